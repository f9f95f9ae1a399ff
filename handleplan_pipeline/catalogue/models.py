"""The shape of the plan as data. Texts live in the YAML files beside this module; no code repeats them.

Pages: the text of the plan marks a page's start by a leading blank; counting them gives page 6 where the text prints
"Side 6 af 27". In section 8 the extraction shows more starts than the 27 pages the plan claims, so a page there is the
extraction's own and `place` is the safe locator.
"""

from datetime import date, timedelta
from typing import Literal

from pydantic import Field, field_validator

from handleplan_pipeline.catalogue.closed_lists import ClosedList
from handleplan_pipeline.catalogue.entry import Entry, Mark, Parameter, Text
from handleplan_pipeline.catalogue.linkage import Disclosure
from handleplan_pipeline.catalogue.planned import Planned

DECIMALS = {"count": 0, "ratio": 2}
"""Decimals of a printed figure by its measure; shares, rates, medians and amounts have one. Ours, version 1."""
OWN = "own"
"""Stands for the municipality that is counted, whichever that is."""


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


class Words(Entry):
    """A sentence in both languages."""

    da: str = Field(min_length=1)
    en: str = Field(min_length=1)


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


class Code(Entry):
    code: str
    label_da: str
    label_en: str


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


class Sentence(Words):
    """A sentence readers get, with named fields in braces, and the layer of statements it belongs to."""

    id: str
    layer: str


class Phrases(Entry):
    """What headline sentences call the things of a headline indicator, each in both languages."""

    id: str
    group: Words | None = None
    reference: Words | None = None
    short: Words | None = None
    topic: Words | None = None
    does: Words | None = None
    what: Words | None = None
    rose: Words | None = None
    fell: Words | None = None
    level: Words | None = None
    one: Words | None = None
    many: Words | None = None

    @property
    def said(self) -> dict[str, Words]:
        """Those that there are, by name."""
        found = {name: getattr(self, name) for name in type(self).model_fields if name != "id"}
        return {name: words for name, words in found.items() if words is not None}


class CheckRule(Entry):
    """What a rule of the tables is called and why it is asked; a broken one stops the release, or warns."""

    rule: str
    title_da: str
    title_en: str
    why_da: str
    why_en: str
    severity: Literal["error", "warning"]


class Correction(Entry):
    """An error of ours that was corrected: what was wrong, in which figures. Years empty: all."""

    id: str
    found_on: date
    indicators: list[str] = Field(min_length=1)
    year_from: int | None = None
    year_to: int | None = None
    text_da: Text
    text_en: Text


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


GEOGRAPHY = "geography"
"""The list of municipalities that are named in print."""


def _with_municipality(listed: list[Code], code: str) -> list[Code]:
    """The list with the municipality that is counted, by its number where nobody has written its name down."""
    if code in {c.code for c in listed}:
        return listed
    return [*listed, Code(code=code, label_da=f"Kommune {code}", label_en=f"Municipality {code}")]


class Catalogue(Entry):
    """Everything declared about the plan, checked as a whole when it is loaded."""

    plan: Plan
    indicators: list[Indicator]
    preconditions: list[Precondition]
    activities: list[Activity]
    plan_figures: list[PlanFigure]
    questions: list[Question]
    series_breaks: list[SeriesBreak]
    caveats: list[Caveat]
    remarks: list[Remark]
    sources: list[Source]
    expected: list[Expected]
    """When every source is expected."""
    context: list[ContextSeries]
    code_lists: dict[str, list[Code]]
    """The codes that are printed."""
    delivered_codes: list[ClosedList]
    """The codes that suppliers write."""
    sentences: list[Sentence]
    phrases: list[Phrases]
    rules: list[RuleVersion]
    disclosure: Disclosure
    plausibility: dict[str, Parameter]
    """From where on a delivery is refused, stopped or said to be unusual."""
    translations: list[Words]
    """Ours: the plan's words in English, and what was written in English in Danish."""
    check_rules: list[CheckRule]
    release_calendar: list[Planned]
    corrections: list[Correction]

    def of(self, municipality: str | None) -> "Catalogue":
        """The catalogue with which a municipality counts its own people; without one it is the plan's own."""
        code = municipality or self.plan.municipality_code
        indicators = [i.model_copy(update={"geography": code}) if i.geography == OWN else i for i in self.indicators]
        plan = self.plan.model_copy(update={"municipality_code": code})
        context = [x.model_copy(update={"geography": code}) if x.geography == OWN else x for x in self.context]
        lists = self.code_lists | {GEOGRAPHY: _with_municipality(self.code_lists[GEOGRAPHY], code)}
        return self.model_copy(update={"plan": plan, "indicators": indicators, "context": context, "code_lists": lists})

    def english(self, danish: str | None) -> str | None:
        """Our English of a Danish text; None where there is none."""
        return next((t.en for t in self.translations if t.da == danish), None)

    def danish(self, english: str | None) -> str | None:
        """Our Danish of a text that was written in English; None where there is none."""
        return next((t.da for t in self.translations if t.en == english), None)

    def texts_to_translate(self) -> list[str]:
        """Every Danish text that is published beside its English without having an English of its own."""
        quotes = [q for g in self.plan.goals for q in (g.sentence, *g.reservation, *g.indicators)]
        quotes += [o.sentence for o in self.plan.overall] + [p.quote for p in self.preconditions if p.quote]
        texts = [q.text for q in quotes] + [g.population_wording for g in self.plan.goals]
        texts += [t for s in self.sources for t in (s.legal_basis_da, s.purpose_da, s.retention, s.producer)]
        for a in self.activities:
            texts += [a.heading, a.title, a.cost_text, a.financing, *([a.note_nb] if a.note_nb else [])]
            texts += [y.note for y in a.yearly if y.note]
        texts += [g.target.decision_reference for g in self.plan.goals] + [r.decision_reference for r in self.rules]
        texts += [s.reference for p in self.preconditions for s in p.states] + [f.place for f in self.plan_figures]
        return texts + [q.text for q in self.questions]

    @property
    def version(self) -> str:
        return self.plan.catalogue_version

    @property
    def goals(self) -> list[Goal]:
        return self.plan.goals

    def goal(self, number: int) -> Goal:
        return next(g for g in self.plan.goals if g.number == number)

    def indicator(self, indicator_id: str) -> Indicator:
        return next(i for i in self.indicators if i.id == indicator_id)

    def full_title(self, indicator: Indicator) -> Words:
        """Its title after the titles of what it is a variant of: a title that means something alone."""
        own = Words(da=indicator.title_da, en=indicator.title_en)
        if indicator.title_full is not None or indicator.parent is None:
            return indicator.title_full or own
        of = self.full_title(self.indicator(indicator.parent))
        if own.da.startswith(of.da) and own.en.startswith(of.en):
            return own
        return Words(da=f"{of.da}: {own.da}", en=f"{of.en}: {own.en}")

    def precondition(self, precondition_id: str) -> Precondition:
        return next(p for p in self.preconditions if p.id == precondition_id)

    def source(self, source_id: str) -> Source:
        return next(s for s in self.sources if s.id == source_id)

    def expected_of(self, source_id: str) -> Expected:
        """When a source is expected; the check of the catalogue has seen to it that every source has one."""
        return next(x for x in self.expected if source_id in x.sources)

    def sources_of(self, goal: Goal) -> list[Source]:
        """The sources that the goal's indicators need, in the catalogue's order."""
        needed = {s for i in self.indicators if goal.number in i.goals for s in i.needs}
        return [s for s in self.sources if s.id in needed]

    def goals_of(self, source: Source) -> list[int]:
        """The goals that need a source: by an indicator, by its background, or because it serves every goal."""
        if source.every_goal:
            return [g.number for g in self.goals]
        ids = {source.id, source.stands_in_for}
        asked = set(source.covariates)
        of_context = {g for x in self.context if x.source in ids for g in x.goals}
        counted = {g for i in self.indicators if ids & set(i.needs) or asked & set(i.covariates) for g in i.goals}
        return sorted(counted | of_context)

    def sentence(self, sentence_id: str) -> Sentence:
        return next(s for s in self.sentences if s.id == sentence_id)

    def phrases_of(self, indicator_id: str) -> dict[str, Words]:
        """The phrases of a headline indicator, by name."""
        return next((p.said for p in self.phrases if p.id == indicator_id), {})

    def rule(self, target: Target) -> RuleVersion:
        """The version of the rule a goal is judged by."""
        return next(r for r in self.rules if (r.rule_id, r.version) == (target.rule_id, target.rule_version))

    def label(self, code_list: str, code: str) -> Code:
        return next(c for c in self.code_lists[code_list] if c.code == code)

    def closed_lists(self, source: str, variable: str) -> list[ClosedList]:
        """The lists that close a variable of a delivery; none where it is not coded."""
        return [c for c in self.delivered_codes if f"{source}.{variable}" in c.variables]

    def closed_list(self, name: str) -> ClosedList:
        return next(c for c in self.delivered_codes if c.id == name)

    def baseline(self, slug: str) -> Baseline:
        return next(b for b in self.plan.baselines if b.slug == slug)

    def breaks_of(self, indicator_id: str) -> list[SeriesBreak]:
        return [b for b in self.series_breaks if indicator_id in b.indicators]

    def break_years(self, indicator_id: str) -> set[int]:
        """Years whose figures are flagged as a break: where one begins, and where one that ended does."""
        dates = [d for b in self.breaks_of(indicator_id) for d in (b.from_date, b.to_date)]
        return {d.year for d in dates if d is not None}

    def broken(self, indicator_id: str, base: int, year: int) -> bool:
        """Whether a break that stops comparison lies between the base year's 1 January and the year's end."""
        return any(
            not b.comparable and date(base, 1, 1) < b.from_date <= date(year, 12, 31)
            for b in self.breaks_of(indicator_id)
        )
