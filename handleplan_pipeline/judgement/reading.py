"""One indicator in one year, as the goal's rule reads it: a part for each thing it says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace

from handleplan_pipeline.statistics import Interval, StatisticsError
from handleplan_pipeline.statistics.bounds import bounded
from handleplan_pipeline.statistics.planning import Planned
from handleplan_pipeline.statistics.trends import Slope

UNTOLD = "cannot_tell"
"""What a row of persons says where it says nothing."""
REMARKS = (
    "adjusted_few_events",
    "adjusted_overlap",
    "bounds_disagree",
    "count_disagrees",
    "directions_disagree",
    "earlier_year",
    "fewer_than_20",
    "first_year",
    "no_interval",
    "no_population",
    "not_clustered",
    "not_standardised",
    "outcome_unknown",
    "rate_disagrees",
    "same_persons",
    "series_break",
    "standardised_otherwise",
    "too_few_events",
    "unknown_hidden",
    "unknown_to_threshold",
    "within_margin",
    "year_missing",
)
"""What can qualify a result; the catalogue has a sentence for each (`sentences.yaml`, remark_...)."""


@dataclass(frozen=True)
class Measured:
    """The quantity in its own unit, with limits at 90 per cent (the rule) and 95 (the reader)."""

    estimate: float | None = None
    lower90: float | None = None
    upper90: float | None = None
    lower95: float | None = None
    upper95: float | None = None
    method: str | None = None

    @classmethod
    def of(cls, by90: Interval, by95: Interval, scale: float = 1.0) -> "Measured":
        estimate, low90, high90 = (float(v) * scale for v in (by90.estimate, by90.lower, by90.upper))
        return cls(estimate, low90, high90, float(by95.lower) * scale, float(by95.upper) * scale, by90.method)


@dataclass(frozen=True)
class Since:
    """What became of it since the year it is compared with."""

    baseline_year: int | None = None
    baseline_value: float | None = None
    trend: str = "no_baseline"
    change: float | None = None
    change_lower: float | None = None
    change_upper: float | None = None


@dataclass(frozen=True)
class Companion:
    """Another quantity of the same counts that stands beside the one judged, without a say."""

    companion: str
    companion_value: float | None
    companion_lower: float
    companion_upper: float | None


@dataclass(frozen=True)
class Adjusted:
    """The same rule on the figure given social background."""

    result_adjusted: str = "not_assessed"
    adjusted_value: float | None = None
    adjusted_lower90: float | None = None
    adjusted_upper90: float | None = None


@dataclass(frozen=True)
class Bounds:
    """What the rule says with all of unknown ancestry in the one and in the other group; None where not tried."""

    unknown_in_group: str | None = None
    unknown_in_reference: str | None = None

    @classmethod
    def of(cls, results: Mapping[str, str | None]) -> "Bounds":
        """From results by way (`statistics.bounds.WAYS`)."""
        return cls(results.get("group"), results.get("reference"))

    @property
    def tried(self) -> list[str]:
        return [b for b in (self.unknown_in_group, self.unknown_in_reference) if b is not None]


@dataclass(frozen=True)
class Parity:
    """Tests of "as large as" beside its interval."""

    noninferiority_p: float
    equivalence_p: float


@dataclass(frozen=True)
class Reading:
    """What a rule was given and what it said.

    Differences of shares are in percentage points, ratios as they are. `literal_met` is the point estimate alone.
    `planned` is None until the width of the interval has been asked. `remarks` are ids of reasons that qualify the
    result.
    """

    quantity: str
    limit: float | None = None
    literal_met: bool | None = None
    result: str = "not_assessed"
    result_sensitivity: str | None = None
    measured: Measured = field(default=Measured())
    since: Since = field(default=Since())
    bounds: Bounds = field(default=Bounds())
    adjusted: Adjusted = field(default=Adjusted())
    companion: Companion | None = None
    planned: Planned | None = None
    parity: Parity | None = None
    slope: Slope | None = None
    slope_unit: str | None = None
    remarks: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        if unnamed := set(self.remarks) - set(REMARKS):
            raise StatisticsError(f"remarks without a sentence: {', '.join(sorted(unnamed))}.")

    def saying(self, *remarks: str) -> "Reading":
        """The reading with these remarks after its own."""
        return replace(self, remarks=(*self.remarks, *remarks))

    def stopped(self, remark: str) -> "Reading":
        """Nobody can tell, and why."""
        return replace(self.saying(remark), result="cannot_tell", since=replace(self.since, trend="cannot_tell"))

    def cannot_tell(self) -> "Reading":
        return replace(self, result="cannot_tell")

    @property
    def broken(self) -> bool:
        """Whether the series was broken since the year compared with."""
        return "series_break" in self.remarks

    def within(self, bounds: Bounds) -> "Reading":
        """The reading, unless one of the bounds gives another result."""
        result, disagree = bounded(self.result, bounds.tried)
        said = replace(self, bounds=bounds, result=result)
        return said.saying("bounds_disagree") if disagree else said

    def whatever_the_outcome(self, tried: Sequence[str]) -> "Reading":
        """The reading, unless it would be another one with other outcomes of those whose outcome nobody knows."""
        result, disagree = bounded(self.result, tried)
        return replace(self, result=result).saying("outcome_unknown") if disagree else self

    def row(self) -> dict[str, object]:
        """Its columns in `output.judgement`."""
        parts = (self.measured, self.since, self.bounds, self.adjusted, self.companion, self.planned, self.parity)
        found = {f.name: getattr(p, f.name) for p in parts if p is not None for f in fields(p)}
        own = ("quantity", "literal_met", "result", "result_sensitivity")
        found |= {n: getattr(self, n) for n in own} | {
            "limit_value": self.limit,
            "remarks": ";".join(self.remarks) or None,
        }
        if self.slope is not None:
            found |= {"slope": self.slope.estimate, "slope_p": self.slope.p, "slope_method": self.slope.method}
            found["slope_unit"] = self.slope_unit
        return found
