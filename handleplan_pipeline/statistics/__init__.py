"""Small pure functions that turn counts into intervals. No I/O, no goal, no table; statsmodels is imported on use."""

from handleplan_pipeline.statistics.adjusted import ExpectedShare, expected_share, pooled_gap
from handleplan_pipeline.statistics.comparisons import newcombe_difference, rate_ratio_exact, rate_ratio_midp
from handleplan_pipeline.statistics.differences import (
    count_difference,
    difference_in_differences,
    equivalence_p,
    miettinen_nurminen_difference,
    noninferiority_p,
)
from handleplan_pipeline.statistics.errors import StatisticsError
from handleplan_pipeline.statistics.intervals import Interval, byar, clopper_pearson, median_interval, wilson
from handleplan_pipeline.statistics.power import (
    minimum_detectable_difference,
    power_equivalence,
    power_noninferiority,
)
from handleplan_pipeline.statistics.ratios import ratio_of_ratios, risk_ratio
from handleplan_pipeline.statistics.standardise import (
    Decomposition,
    directly_standardised_rate,
    kitagawa,
    standardised_difference,
    standardised_ratio,
)
from handleplan_pipeline.statistics.trends import Slope, rate_slope, share_slope

__all__ = [
    "Decomposition",
    "ExpectedShare",
    "Interval",
    "Slope",
    "StatisticsError",
    "byar",
    "clopper_pearson",
    "count_difference",
    "difference_in_differences",
    "directly_standardised_rate",
    "equivalence_p",
    "expected_share",
    "kitagawa",
    "median_interval",
    "miettinen_nurminen_difference",
    "minimum_detectable_difference",
    "newcombe_difference",
    "noninferiority_p",
    "pooled_gap",
    "power_equivalence",
    "power_noninferiority",
    "rate_ratio_exact",
    "rate_ratio_midp",
    "rate_slope",
    "ratio_of_ratios",
    "risk_ratio",
    "share_slope",
    "standardised_difference",
    "standardised_ratio",
    "wilson",
]
