"""The report: static pages in two languages, made from the release's own database and nothing else."""

from handleplan_pipeline.report.site import write

__all__ = ["write"]
