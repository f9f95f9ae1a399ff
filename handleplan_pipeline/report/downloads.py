"""Files of the release that a reader can take, with what each holds and its size."""

from collections.abc import Sequence
from pathlib import Path

from markupsafe import Markup

from handleplan_pipeline.report.blocks import Block, Text
from handleplan_pipeline.report.edition import Edition
from handleplan_pipeline.report.headline import Goal
from handleplan_pipeline.report.numbers import size
from handleplan_pipeline.report.tables import Column, Table

UP = "../../"
"""From a page to the folder of the release."""
DATABASE = "handleplan.duckdb"
LATER = ("manifest.json", "SHA256SUMS")
"""Files that every release has and that are written after the report."""
UNSIZED = (DATABASE, *LATER)
"""Files whose size is not known yet, or differs between builds of the same tables."""


def of_goal(edition: Edition, goal: Goal) -> list[Block]:
    """The goal's files that the release has."""
    wanted = [
        (f"xlsx/{edition.language}/{goal.slug}.xlsx", "file_xlsx"),
        (f"csv/da/goal.{goal.slug}.csv", "file_csv_da"),
        (f"csv/goal.{goal.slug}.csv", "file_csv"),
        (f"jsonstat/goal_{goal.number:02d}.{edition.language}.json", "file_jsonstat"),
        (f"parquet/goal/{goal.slug}.parquet", "file_parquet"),
        (DATABASE, "file_duckdb"),
    ]
    return [listed(edition, wanted), Text(Markup('<a href="data.html">{}</a>').format(edition.say("all_files")))]


def listed(edition: Edition, wanted: Sequence[tuple[str, str]]) -> Table:
    """Those of `wanted` (path in the release, key of its words) that the release has."""
    rows: list[list[Markup | str]] = []
    for path, words in wanted:
        at = edition.folder / path
        if at.is_file() or path in LATER:
            link = Markup('<a href="{}{}">{}</a>').format(UP, path, Path(path).name)
            shown = edition.say("differs") if path in UNSIZED else size(at.stat().st_size, edition.language)
            rows.append([link, edition.say(words), shown])
    columns = [Column(edition.say("file")), Column(edition.say("holds")), Column(edition.say("size"), True)]
    return Table(edition.say("files_caption"), columns, rows)
