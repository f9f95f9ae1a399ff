"""The shape of the plan as data. Texts live in the YAML files beside this module; no code repeats them.

Pages: the text of the plan marks a page's start by a leading blank; counting them gives page 6 where the text prints
"Side 6 af 27". In section 8 the extraction shows more starts than the 27 pages the plan claims, so a page there is the
extraction's own and `place` is the safe locator.
"""

from datetime import date
from typing import Literal

from pydantic import Field

from handleplan_pipeline.catalogue.entry import Entry, Parameter
from handleplan_pipeline.catalogue.wording import Words


class Quote(Entry):
    """Words of the plan, verbatim but for line breaks."""

    text: str
    page: int = Field(ge=1)
    place: str


class Target(Entry):
    """How a goal is judged. `margin` is fixed before data are read; changing it makes a new version."""

    type: Literal[
        "parity", "not_above", "equal_reduction", "increase", "decrease", "proportionality", "no_increase", "none"
    ]
    rule_id: str
    rule_version: str
    margin: float | None
    margin_unit: Literal["share difference", "ratio"] | None
    margin_sensitivity: float | None = None
    decision_reference: str
    decision_date: date
    reason: str


class Outcomes(Entry):
    """What each outcome of a rule means to a reader. `not_assessed`: there is nothing the rule could be asked of."""

    met: Words
    not_met: Words
    clearly_not_met: Words | None = None
    cannot_tell: Words
    not_assessed: Words

    @property
    def said(self) -> dict[str, Words]:
        """Outcome -> its words; a rule without a margin knows no clear no."""
        found = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: words for name, words in found.items() if words is not None}


class RuleVersion(Entry):
    """One version of a rule and its thresholds. A changed threshold is a new version; the old one stays listed."""

    rule_id: str
    version: str
    type: str
    margin: float | None
    margin_unit: str | None
    margin_sensitivity: float | None
    confidence: float = Field(gt=0, lt=1)
    valid_from: date
    decision_reference: str
    text_da: str
    text_en: str
    outcomes: Outcomes


class Goal(Entry):
    number: int = Field(ge=1, le=11)
    slug: str
    theme: Literal["children_youth", "homelessness", "substance_use", "women", "psychiatry", "housing"]
    title_da: str
    title_en: str
    sentence: Quote
    reservation: list[Quote]
    indicators: list[Quote]
    plan_indicator: bool = True
    draft_indicator: bool = False
    population_group: str
    population_wording: str
    direction: Literal["up", "down", "equal", "not_above", "no_increase"]
    target: Target
    baseline_year: int
    baseline_label: str
    data_year: int | None = None
    decision_year: int
    owner: str
    headline_indicators: list[str]
    companion_indicators: list[str]
    context_indicators: list[str]
    preconditions: list[str]
    remarks: list[str]
    overall: str | None = None


class OverallIndicator(Entry):
    number: int = Field(ge=1, le=3)
    slug: str
    title_da: str
    title_en: str
    sentence: Quote
    goal: int
    headline_indicators: list[str]


class Quantity(Entry):
    """A parameter of a baseline. `indicator` is the yearly series it is taken from, `offset` years later."""

    id: str
    title_da: str
    title_en: str
    unit: str
    indicator: str | None = None
    """None for what is only published elsewhere."""
    offset: int = 0
    collected: Literal["every", "odd"] = "every"
    """Years in which anybody counts it."""


class Baseline(Entry):
    slug: str
    indicator: str
    """Its title is the baseline's."""
    baseline_label: str
    data_years: list[int] = Field(min_length=1)
    """The years the baseline is fixed at; the series goes on from the first of them."""
    quantities: list[Quantity]
    population_groups: list[str]
    remarks: list[str] = []


class State(Entry):
    """What is known of a precondition from a date on."""

    valid_from: date
    state: Literal["granted", "not_granted", "unknown"]
    reference: str
    remark_da: str
    remark_en: str


class Precondition(Entry):
    id: str
    kind: Literal["activity_money", "measurement_money", "legal", "agreement"]
    title_da: str
    title_en: str
    quote: Quote | None
    goals: list[int]
    amount_dkk: int | None
    states: list[State] = Field(min_length=1)

    def state_in(self, year: int) -> State:
        """The state in force at the end of a year; the first known one for earlier years."""
        valid = [s for s in self.states if s.valid_from <= date(year, 12, 31)]
        return valid[-1] if valid else self.states[0]


class YearlyAmount(Entry):
    year_from: int
    year_to: int
    amount_dkk: int
    note: str | None = None


class Activity(Entry):
    id: str
    heading: str
    title: str
    cost_text: str
    amount_dkk: int | None
    yearly: list[YearlyAmount]
    colour: Literal["requires_separate_grant", "in_budget_process", "within_frame"]
    financing: str
    note_nb: str | None = None
    goals: list[int]
    remarks: list[str] = []


class PlanFigure(Entry):
    id: str
    page: int
    place: str
    quote: str
    what_da: str
    what_en: str
    value: float
    unit: str
    approximate: bool = False
    year: int | None = None
    geography: str | None = None
    population: str | None = None
    goals: list[int] = []


class Question(Entry):
    id: str
    page: int
    section: str
    text: str
    kind: Literal["study_question", "knowledge_gap", "data_gap"]


class Plan(Entry):
    title: str
    adopted: date
    first_year: int
    last_year: int
    municipality_code: str
    """The municipality that is counted: the plan's own, unless the setting HANDLEPLAN_MUNICIPALITY names another."""
    adopted_by: str
    """The municipality whose plan it is, and of which the figures are that its texts print. No setting moves it."""
    catalogue_version: str
    goals: list[Goal]
    overall: list[OverallIndicator]
    baselines: list[Baseline]
    bearing_route: Parameter
    """Which route bears a figure that both give: `registers` or `summed_counts`."""
