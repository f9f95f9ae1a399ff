"""The shape of disclosure control as data: thresholds, layouts and what is public. Policy only."""

from typing import Literal

from handleplan_pipeline.catalogue.entry import Entry, Parameter


class Layout(Entry):
    """What is printed of an indicator: groups broken down by sex and (apart from it) by age, and groups as a whole."""

    id: str
    why: str
    broken_down: list[str]
    whole: list[str]


class Variant(Entry):
    """A series that counts nearly the same persons as another, so that a small difference is a small count."""

    of: str
    indicator: str
    part: Literal["numerator", "denominator"] | None = None
    of_part: Literal["numerator", "denominator"] | None = None


class PublicRow(Entry):
    """A row of ours that another body prints."""

    indicator: str
    population_group: str


What = Literal["breakdowns", "groups", "rows"]
"""Rows by sex or age; rows of groups that are not compared; all rows."""


class GiveUp(Entry):
    """A step of giving up where a block cannot be protected; each comes on top of those before."""

    what: What
    of: Literal["supplementary", "all"]


class GivenUp(Entry):
    """What somebody decided not to print of an indicator, in some years or in all."""

    indicator: str
    years: list[int] | None = None
    what: What
    reason: str


class Disclosure(Entry):
    """Everything declared about disclosure control."""

    parameters: dict[str, Parameter]
    layouts: list[Layout]
    not_persons: list[str]
    derived: dict[str, list[str]]
    """A ratio of counts, and the counts it is made of."""
    public_rows: list[PublicRow]
    public_denominators: list[str]
    """Rates whose residents anybody can look up."""
    shown_with: dict[str, str]
    """A series that is shown or hidden with another one."""
    variants: list[Variant]
    give_up: list[GiveUp]
    """What is given up where a block cannot be protected, step by step."""
    given_up: list[GivenUp]

    def is_public(self, indicator: str, population_group: str) -> bool:
        """Whether another body prints this row of ours."""
        return any((p.indicator, p.population_group) == (indicator, population_group) for p in self.public_rows)

    def number(self, name: str) -> float:
        return float(self.parameters[name].value)  # type: ignore[arg-type]

    def layout(self, layout_id: str) -> Layout:
        return next(x for x in self.layouts if x.id == layout_id)
