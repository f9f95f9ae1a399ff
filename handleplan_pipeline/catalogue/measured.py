"""What is measured and from what: indicators, what is said beside them, sources and when they come."""

from datetime import date, timedelta
from typing import Literal

from pydantic import Field, field_validator

from handleplan_pipeline.catalogue.entry import Entry, Mark, Parameter
from handleplan_pipeline.catalogue.wording import Words

DECIMALS = {"count": 0, "ratio": 2}
"""Decimals of a printed figure by its measure; shares, rates, medians and amounts have one. Ours, version 1."""


OWN = "own"
"""Stands for the municipality that is counted, whichever that is."""


class Indicator(Entry):
    """What is counted. `population_groups` are published; `reference_group` is what they are compared with."""

    id: str
    parent: str | None = None
    kind: Literal["headline", "companion", "sensitivity", "context", "baseline"]
    goals: list[int]
    title_da: str
    title_en: str
    title_full: Words | None = None
    """Of one whose title means nothing outside its goal: a title that stands alone."""
    definition_da: str
    definition_en: str
    numerator_en: str
    denominator_en: str | None
    measure: Literal["share", "rate", "count", "median", "quantile", "amount", "ratio"]
    unit: str
    scale: float = 1.0
    """Factor from numerator/denominator to the unit, e.g. 100 for per cent."""
    population_groups: list[str]
    reference_group: str | None
    direction: Literal["up", "down", "equal", "not_above", "no_increase", "none"]
    judged_by: str | None = None
    """The quantity the goal's rule is applied to; headline indicators only."""
    geography: str = OWN
    """A code of the list `geography`; `own` becomes the plan's municipality when the catalogue is loaded."""
    age_group: str = "total"
    sex: str = "total"
    baseline_year: int | None
    first_year: int
    last_year: int
    needs: dict[str, list[int]] = Field(min_length=1)
    """Source -> offsets of the periods that must have been delivered for a year, e.g. `dst_bef: [0, 1]`."""
    exists_from: dict[str, int] = {}
    """Source -> first period it exists in; before, nobody can deliver it and it is not needed."""
    looks_back: dict[str, int] = {}
    """Source -> how many periods before a year the definition looks back into. A year that lacks one of them is counted
    with the caveat `left_edge` and is no baseline."""
    always: dict[str, list[int]] = {}
    """Source -> periods that the figure of every year rests on: a list of the baseline that later years are held to."""
    rate: str | None = None
    """Of a number of persons: the indicator that counts the same persons per resident."""
    crude: str | None = None
    """Of one whose ratio is standardised: the indicator that has the crude ratio, breakdowns too."""
    anonymous: str | None = None
    """The count of contacts without a name, who may be of any group."""
    outcome_unknown: str | None = None
    """Of a share: the count of those who are in no denominator because nobody knows their outcome."""
    unknown_apart: str | None = None
    """Where persons of known ancestry are counted alone: the count of those of unknown ancestry."""
    parts: list[str] = []
    """Of a representation ratio: the service a group's share is taken in, and the one it is compared with."""
    told_by: str | None = None
    """Of a number of new areas: the published lists, counted by version of the criteria, that tell where it cannot."""
    told_with: str | None = None
    """The indicator of the same goal whose number stands in those sentences."""
    first_full_year_of: str | None = None
    """The door whose first full year is the baseline: a service that did not exist when the plan was made."""
    parameters: dict[str, Parameter] = {}
    caveats: list[str] = []
    covariates: list[str] = []
    layout: str = "all_dk_min_by_sex_and_by_age"
    definition_version: str = "1"
    mark: Mark

    @property
    def decimals(self) -> int:
        """How many decimals its figures are printed with."""
        return DECIMALS.get(self.measure, 1)

    @property
    def open_and_municipal(self) -> bool:
        """Whether it is the municipality's series of open tables alone, which says nothing of what can be measured."""
        return self.kind == "context" and self.geography != "000" and all(s.startswith("statbank_") for s in self.needs)


class SeriesBreak(Entry):
    id: str
    indicators: list[str]
    from_date: date
    to_date: date | None = None
    what_da: str
    what_en: str
    mark: Literal["P", "S", "K"]
    comparable: bool


class Caveat(Entry):
    id: str
    text_da: str
    text_en: str
    mark: Mark


class Remark(Entry):
    id: str
    text_da: str
    text_en: str
    goals: list[int] = []


class Source(Entry):
    id: str
    title_da: str
    title_en: str
    producer: str
    kind: Literal["published", "delivery"]
    access: Literal["open", "commissioned", "municipal", "regional"]
    licence: str | None
    legal_basis_da: str
    purpose_da: str
    retention: str
    sensitivity: Literal["public", "confidential"]
    every_goal: bool = False
    """Fills or explains any goal: summed data sets, the plan's own figures."""
    stands_in_for: str | None = None
    """The source whose rows it brings in another form, or completes where there is anything to tell."""
    read_whole: bool = False
    """Every delivery of it is read, whatever the year that is counted: numbers and keys that changed at any time."""
    covariates: list[str] = []
    """Background variables it brings."""
    statbank_extract: str | None = None
    """What is pulled of StatBank for it (`sources/statbank/extracts.py`)."""


class Expected(Entry):
    """When sources are expected, how long they are waited for, and why."""

    id: str
    sources: list[str] = Field(min_length=1)
    day: str = Field(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$")
    """Month and day, in Denmark."""
    years_after: int = Field(ge=0, le=5)
    """Years from the period to the year of the day."""
    grace_days: int = Field(ge=0, le=360)
    reason_da: str
    reason_en: str
    source: str
    """Where the day was read, or that it is ours."""
    editions: list[int] | None = None
    """The years a file of the repository brings; periods of other sources follow from the definitions."""
    only: list[int] | None = None
    """The periods there are of what is not made every year."""
    pinned: str | None = None
    """That file; without one the figures stand in the catalogue."""

    def on(self, period: int) -> date:
        """The day a period is expected. 29 February is none that can be named."""
        month, day = map(int, self.day.split("-"))
        return date(period + self.years_after, month, day)

    def late_from(self, period: int) -> date:
        """The first day on which it is late."""
        return self.on(period) + timedelta(days=self.grace_days + 1)

    @field_validator("day")
    @classmethod
    def _every_year(cls, day: str) -> str:
        month, number = map(int, day.split("-"))
        date(2001, month, number)
        return day


class ContextSeries(Entry):
    """A series of an open table that sheds light on goals and bears none; the table is one of the sources."""

    id: str
    source: str
    goals: list[int] = Field(min_length=1)
    title_da: str
    title_en: str
    geography: str
    """A code of the list `geography`; `own` is the municipality that is counted."""
    unit: str
    caveats: list[str]
