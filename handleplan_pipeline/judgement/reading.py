"""One indicator in one year, as the goal's rule reads it."""

from dataclasses import dataclass, field, replace

from handleplan_pipeline.statistics import Interval, StatisticsError

CONFIDENCE, DISPLAY = 0.90, 0.95
OVERLAP_LIMIT = 0.90
"""Below this part of the group with a background seen in the reference group nothing is judged (methods 3.2)."""
REMARKS = (
    "adjusted_few_events", "adjusted_overlap", "bounds_disagree", "count_disagrees", "directions_disagree",
    "earlier_year", "fewer_than_20", "first_year", "no_interval", "no_population", "not_clustered", "not_standardised",
    "rate_disagrees", "same_persons", "series_break", "standardised_otherwise", "too_few_events", "unknown_hidden",
    "unknown_to_threshold", "within_margin", "year_missing",
)  # fmt: skip
"""What can qualify a result; the catalogue has a sentence for each (`reasons.yaml`, remark_...)."""


@dataclass(frozen=True)
class Reading:
    """What a rule was given and what it said.

    `estimate` and limits are in the unit of `quantity`: differences of shares in percentage points, ratios as they
    are. `literal` is the point estimate alone. `remarks` are ids of reasons that qualify the result.
    """

    quantity: str
    estimate: float | None = None
    lower90: float | None = None
    upper90: float | None = None
    lower95: float | None = None
    upper95: float | None = None
    method: str | None = None
    limit: float | None = None
    baseline_year: int | None = None
    baseline_value: float | None = None
    literal: bool | None = None
    result: str = "not_assessed"
    result_adjusted: str = "not_assessed"
    result_sensitivity: str | None = None
    unknown_in_group: str | None = None
    unknown_in_reference: str | None = None
    companion: str | None = None
    companion_value: float | None = None
    companion_lower: float | None = None
    companion_upper: float | None = None
    adjusted_value: float | None = None
    adjusted_lower90: float | None = None
    adjusted_upper90: float | None = None
    minimum_detectable: float | None = None
    power: float | None = None
    noninferiority_p: float | None = None
    equivalence_p: float | None = None
    trend: str = "no_baseline"
    change: float | None = None
    change_lower: float | None = None
    change_upper: float | None = None
    slope: float | None = None
    slope_p: float | None = None
    slope_method: str | None = None
    remarks: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        if unknown := set(self.remarks) - set(REMARKS):
            raise StatisticsError(f"remarks without a sentence: {', '.join(sorted(unknown))}.")

    def but(self, **changes: object) -> "Reading":
        return replace(self, **changes)  # type: ignore[arg-type]


def limits(by90: Interval, by95: Interval, scale: float = 1.0) -> dict[str, float | str]:
    """Estimate, limits and method of a reading."""
    return {
        "estimate": float(by90.estimate) * scale, "lower90": float(by90.lower) * scale,
        "upper90": float(by90.upper) * scale, "lower95": float(by95.lower) * scale,
        "upper95": float(by95.upper) * scale, "method": by90.method,
    }  # fmt: skip


def trend_of(lower: float, upper: float, higher_is_better: bool, same: float | None = None) -> str:
    """better or worse when the whole interval says so; unchanged when it lies within `same` of no change."""
    if not higher_is_better:
        lower, upper = -upper, -lower
    if lower > 0:
        return "better"
    if upper < 0:
        return "worse"
    return "unchanged" if same is not None and -same < lower and upper < same else "cannot_tell"
