"""Everything declared about the plan, as one thing that is asked."""

from datetime import date
from typing import Any

from handleplan_pipeline.catalogue.closed_lists import ClosedList
from handleplan_pipeline.catalogue.entry import Entry, Parameter
from handleplan_pipeline.catalogue.linkage import Disclosure
from handleplan_pipeline.catalogue.measured import (
    OWN,
    Caveat,
    ContextSeries,
    Expected,
    Indicator,
    Remark,
    SeriesBreak,
    Source,
)
from handleplan_pipeline.catalogue.models import (
    Activity,
    Baseline,
    Goal,
    Plan,
    PlanFigure,
    Precondition,
    Question,
    RuleVersion,
    Target,
)
from handleplan_pipeline.catalogue.planned import Planned
from handleplan_pipeline.catalogue.wording import CheckRule, Code, Correction, Municipality, Phrases, Sentence, Words
from handleplan_pipeline.errors import ConfigurationError

GEOGRAPHY, PUBLISHER = "geography", "publisher"
"""The lists of municipalities that are named in print, and of what they call themselves."""


def _with(listed: list[Code], mine: Code) -> list[Code]:
    """The list with the municipality that is counted."""
    return listed if mine.code in {c.code for c in listed} else [*listed, mine]


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
    municipalities: list[Municipality]
    """Every one that can be counted."""
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
        """The catalogue with which a municipality counts its own people; without one it is the plan's own.

        Raises ConfigurationError for a code that no municipality has.
        """
        code = municipality or self.plan.municipality_code
        mine = next((m for m in self.municipalities if m.code == code), None)
        if mine is None:
            raise ConfigurationError(
                f"HANDLEPLAN_MUNICIPALITY={code}: no municipality has this code of Danmarks Statistik "
                "(catalogue/municipalities.yaml). Set the code of the one that is counted."
            )
        indicators = [i.model_copy(update={"geography": code}) if i.geography == OWN else i for i in self.indicators]
        plan = self.plan.model_copy(update={"municipality_code": code})
        context = [x.model_copy(update={"geography": code}) if x.geography == OWN else x for x in self.context]
        named = {GEOGRAPHY: mine.place, PUBLISHER: mine.publisher}
        lists = self.code_lists | {n: _with(self.code_lists[n], c) for n, c in named.items()}
        changed = {"plan": plan, "indicators": indicators, "context": context, "code_lists": lists}
        return self.model_copy(update=changed | self._sources_of(lists[PUBLISHER], code))

    def _sources_of(self, publishers: list[Code], code: str) -> dict[str, Any]:
        """Sources and translations where the registers that the plan's city makes are made by this municipality."""
        by_code = {c.code: c for c in publishers}
        mine, city = by_code[code], by_code[self.plan.municipality_code].label_da
        sources = [
            s.model_copy(update={"producer": mine.label_da}) if s.kind == "delivery" and s.producer == city else s
            for s in self.sources
        ]
        said = [] if self.english(mine.label_da) else [Words(da=mine.label_da, en=mine.label_en)]
        return {"sources": sources, "translations": [*self.translations, *said]}

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
