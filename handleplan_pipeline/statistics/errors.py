"""The one error of the statistics: an input for which no interval is defined."""

from handleplan_pipeline.errors import HandleplanError


class StatisticsError(HandleplanError):
    """Counts or a confidence level for which the statistic is not defined. The message holds no counts."""
