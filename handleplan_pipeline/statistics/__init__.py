"""Small pure functions that turn counts into intervals. No I/O, no goal, no table; statsmodels is imported on use."""

from handleplan_pipeline.statistics.comparisons import newcombe_difference, rate_ratio_exact
from handleplan_pipeline.statistics.errors import StatisticsError
from handleplan_pipeline.statistics.intervals import Interval, clopper_pearson, wilson

__all__ = [
    "Interval",
    "StatisticsError",
    "clopper_pearson",
    "newcombe_difference",
    "rate_ratio_exact",
    "wilson",
]
