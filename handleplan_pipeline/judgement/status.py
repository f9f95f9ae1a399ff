"""The four axes of a goal's status and the badge, by rule, with reasons that name the numbers.

Nothing is averaged and nothing is carried forward. A goal is judged only on its headline indicators; context figures
explain, they never decide.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import polars as pl

from handleplan_pipeline.catalogue import Catalogue, Goal, Indicator
from handleplan_pipeline.cells.routes import PERMISSION_CAVEAT
from handleplan_pipeline.judgement.sentences import Fields, Said, danish, of_readings, outcome_of
from handleplan_pipeline.statistics import rules
from schemas.contract import TableContract
from schemas.rows import GoalStatus, Judgement, judgements_in

WHOLE_COUNTRY = "000"
LANGUAGES = ("da", "en")
"""The order in which a field has its texts."""
PLACES = {"count": 0, "ratio": 2}
"""Decimals of a figure by its measure; shares, rates and medians have one."""


def precondition_of(catalogue: Catalogue, goal: Goal, year: int) -> str:
    """The weakest state among the goal's preconditions: not_granted, then unknown, then granted; none without any."""
    states = {catalogue.precondition(p).state_in(year).state for p in goal.preconditions}
    return next((s for s in ("not_granted", "unknown", "granted") if s in states), "none")


def measurability_of(goal: Goal, rows: pl.DataFrame, municipality: str) -> str:
    """`measurable`: every headline indicator has a figure; `partly_measurable`: some municipal figure exists.

    A figure that is not shown exists.
    """
    exists = pl.col("value").is_not_null() | (pl.col("missing_reason") == "suppressed")
    have = rows.filter(exists & (pl.col("geography") == municipality))
    if set(goal.headline_indicators) <= set(have["indicator_id"]):
        return "measurable"
    return "partly_measurable" if have.height else "not_measurable"


def _compared(catalogue: Catalogue, goal: Goal, rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of the headline indicators that the goal is judged on: not broken down, of the groups compared."""
    parts = [rows.clear()]
    for i in map(catalogue.indicator, goal.headline_indicators):
        groups = {goal.population_group, i.reference_group, "all"} & set(i.population_groups)
        parts.append(
            rows.filter(
                (pl.col("indicator_id") == i.id)
                & (pl.col("sex") == i.sex)
                & (pl.col("age_group") == i.age_group)
                & pl.col("population_group").is_in(groups)
                & pl.col("reference_group").is_null()
            )
        )
    return pl.concat(parts)


def not_shown(
    catalogue: Catalogue, goal: Goal, mine: pl.DataFrame, year: int, readings: list[Judgement]
) -> list[Indicator]:
    """Headline indicators of which nothing is told because a figure is not shown, this year or at the baseline."""
    told = {r["indicator_id"]: r["result"] for r in readings}
    hidden = _compared(catalogue, goal, mine).filter(pl.col("missing_reason") == "suppressed")
    return [
        i
        for i in map(catalogue.indicator, goal.headline_indicators)
        if told.get(i.id) == "suppressed"
        or (
            i.id not in told
            and hidden.filter(
                (pl.col("indicator_id") == i.id) & pl.col("year").is_in([year, i.baseline_year or year])
            ).height
        )
    ]


def badge_of(measurability: str, result: str) -> str:
    """Not measurable first, then what the rule said."""
    return "not_measurable" if measurability == "not_measurable" else result


TREND_ORDER = ("worse", "cannot_tell", "unchanged", "better")
NOT_COMPARED = ("fewer_than_20",)
"""Remarks that say an indicator cannot be judged at all in a year."""


@dataclass(frozen=True)
class Verdict:
    """The readings of a goal's indicators in one year, put together without averaging."""

    result: str
    adjusted: str
    literal: bool | None
    trend: str


def verdict_of(goal: Goal, measurability: str, year: int, readings: list[Judgement]) -> Verdict:
    """Met when all are met, not met when any is not, else nobody can tell; an indicator without a reading cannot."""
    whole = {r["indicator_id"] for r in readings} == set(goal.headline_indicators)
    results = [r["result"] for r in readings] + ([] if whole else ["cannot_tell"])
    if year <= goal.baseline_year:
        return NOT_DUE
    trend = _trend_of(readings, whole)
    if measurability == "not_measurable":
        return Verdict("not_assessed", "not_assessed", None, trend)
    if set(results) == {"not_due"}:
        return NOT_DUE
    return Verdict(_weakest(results), _adjusted_of(readings), _literal_of(readings, whole), trend)


NOT_DUE = Verdict("not_due", "not_due", None, "no_baseline")


def _weakest(results: Sequence[str]) -> str:
    """The weakest result; one that is none of the rule's own tells nothing."""
    return rules.worst([r if r in rules.RESULTS else "cannot_tell" for r in results])


def _trend_of(readings: list[Judgement], whole: bool) -> str:
    """The worst trend of all indicators; none where nothing has a baseline, unknown where one is not read."""
    trends = [r["trend"] for r in readings if r["trend"] != "no_baseline"]
    if not trends:
        return "no_baseline"
    return min(trends, key=TREND_ORDER.index) if whole else "cannot_tell"


def _literal_of(readings: list[Judgement], whole: bool) -> bool | None:
    """Whether the point estimates alone meet the goal: no when any does not, yes when all do."""
    literals = [r["literal_met"] for r in readings]
    if False in literals:
        return False
    return True if whole and None not in literals else None


def _adjusted_of(readings: list[Judgement]) -> str:
    results = [r["result_adjusted"] for r in readings]
    return "not_assessed" if set(results) <= {"not_assessed"} else _weakest(results)


def _measured(catalogue: Catalogue, rows: pl.DataFrame) -> set[str]:
    """Headline and other indicators with a municipal figure among `rows`."""
    own = rows.filter(pl.col("value").is_not_null() & (pl.col("geography") == catalogue.plan.municipality_code))
    return set(own["indicator_id"])


def _figures(catalogue: Catalogue, goal: Goal, rows: pl.DataFrame) -> tuple[str, str] | None:
    """The headline figures of the groups that are compared, in both languages; None when there is none."""
    said: list[tuple[str, str]] = []
    for indicator in map(catalogue.indicator, goal.headline_indicators):
        own = rows.filter(
            (pl.col("indicator_id") == indicator.id)
            & pl.col("value").is_not_null()
            & pl.col("reference_group").is_null()
            & (pl.col("sex") == indicator.sex)
            & (pl.col("age_group") == indicator.age_group)
            & pl.col("population_group").is_in(indicator.population_groups)
        )
        for r in own.sort("population_group").to_dicts():
            group = catalogue.label("population_group", r["population_group"])
            unit = catalogue.label("unit", indicator.unit)
            places = PLACES.get(indicator.measure, 1)
            # a count's title says what is counted, and a ratio has no unit
            units = ("", "") if indicator.measure in PLACES else (f" {unit.label_da}", f" {unit.label_en}")
            said.append(
                (
                    f"{indicator.title_da}, {group.label_da}: {danish(r['value'], places)}{units[0]}",
                    f"{indicator.title_en}, {group.label_en}: {r['value']:,.{places}f}{units[1]}",
                )
            )
    return ("; ".join(s[0] for s in said), "; ".join(s[1] for s in said)) if said else None


def _of_lists(case: "Case", new_areas: Indicator) -> list[Said]:
    """What is said where no list by the criteria of the baseline's list tells of new areas."""
    lists = case.rows.filter(
        pl.col("value").is_not_null()
        & (pl.col("indicator_id") == new_areas.told_by)
        & (pl.col("data_kind") == "official")
    )
    known = {
        k: _number_at(case.base, i) for k, i in (("baseline", new_areas.told_by), ("departments", new_areas.told_with))
    }
    numbers = {k: (v, v) for k, v in known.items()}
    if case.year == case.goal.baseline_year:
        return [("baseline_known" if known["departments"] == "?" else "baseline_both", numbers)]
    if not lists.height:
        return [("list_missing", case.fields)]
    x = lists.row(0, named=True)
    count, version = f"{x['value']:.0f}", x["definition_version"]
    said: list[Said] = [
        ("criteria_changed", case.fields | numbers | {"count": (count, count), "version": (version, version)})
    ]
    return [*said, ("departments_missing", case.fields)] if known["departments"] == "?" else said


def _number_at(base: pl.DataFrame, indicator_id: str | None) -> str:
    """An indicator's number among the figures of the baseline year; a question mark where there is none."""
    found = base.filter(pl.col("indicator_id") == indicator_id)["value"].drop_nulls()
    return f"{found[0]:.0f}" if len(found) else "?"


@dataclass(frozen=True)
class Case:
    """A goal in one year: what is known of it and what was said of its indicators."""

    catalogue: Catalogue
    goal: Goal
    year: int
    measurability: str
    rows: pl.DataFrame
    base: pl.DataFrame
    readings: list[Judgement]

    @property
    def fields(self) -> Fields:
        """What many sentences name: the year and the sources."""
        sources = [s for s in self.catalogue.sources_of(self.goal) if s.statbank_extract is None]
        names = (", ".join(s.title_da for s in sources), ", ".join(s.title_en for s in sources))
        return {"year": (str(self.year), str(self.year)), "sources": names}

    @property
    def by_lists(self) -> Indicator | None:
        """The headline indicator that published lists tell of; None for a goal that is told by its own figures."""
        return next((i for i in map(self.catalogue.indicator, self.goal.headline_indicators) if i.told_by), None)


def _reasons(case: Case) -> list[Said]:
    """(reason id, fields as (da, en)) in the order they are said."""
    said = [*_why_no_verdict(case), *_of_figures(case)]
    if case.year > case.goal.baseline_year:
        said += of_readings(case.catalogue, case.readings)
    return [*said, *_partly(case), *_of_the_plan(case), *_national_context(case)]


def _why_no_verdict(case: Case) -> Iterator[Said]:
    """The lists where no list by the baseline's criteria tells of new areas, or why there is nothing to judge."""
    new_areas = case.by_lists
    if new_areas is not None and new_areas.id not in {r["indicator_id"] for r in case.readings}:
        yield from _of_lists(case, new_areas)
    elif any(r in NOT_COMPARED for x in case.readings for r in (x["remarks"] or "").split(";")):
        yield "fewer_than_20", case.fields
    elif case.measurability == "not_measurable":
        refused = case.rows.filter(pl.col("caveats") == PERMISSION_CAVEAT).height
        absent = "not_delivered" if case.goal.plan_indicator else "no_plan_indicator"
        yield "permission_refused" if refused else absent, case.fields


def _of_figures(case: Case) -> Iterator[Said]:
    figures = _figures(case.catalogue, case.goal, case.rows)
    if figures is not None and case.by_lists is None:
        yield "figures", case.fields | {"figures": figures}


def _partly(case: Case) -> Iterator[Said]:
    """The headline indicators without a figure."""
    if case.measurability == "partly_measurable" and case.by_lists is None:
        missing = sorted(set(case.goal.headline_indicators) - _measured(case.catalogue, case.rows))
        titles = [case.catalogue.indicator(i) for i in missing]
        yield "partly", {"missing": (", ".join(i.title_da for i in titles), ", ".join(i.title_en for i in titles))}


def _of_the_plan(case: Case) -> Iterator[Said]:
    """What the plan itself leaves open: the baseline year and its label, a draft, an unknown permission."""
    goal, catalogue = case.goal, case.catalogue
    if case.year == goal.baseline_year:
        yield "baseline_year", case.fields
    if goal.data_year is not None and goal.data_year != goal.baseline_year:
        yield "baseline_label", {"label": (goal.baseline_label,) * 2, "year": (str(goal.data_year),) * 2}
    if goal.draft_indicator:
        yield "draft_indicator", {}
    legal = [p for p in map(catalogue.precondition, goal.preconditions) if p.kind == "legal"]
    if any(p.state_in(case.year).state == "unknown" for p in legal):
        yield "permission_unknown", {}


def _national_context(case: Case) -> Iterator[Said]:
    """The national ratio of the same groups, where there is one."""
    ratio = case.rows.filter(
        (pl.col("measure") == "ratio")
        & (pl.col("geography") == WHOLE_COUNTRY)
        & (pl.col("sex") == "total")
        & (pl.col("population_group") == case.goal.population_group)
    )
    if ratio.height:
        x, columns = ratio.row(0, named=True), {"ratio": "value", "low": "ci_low", "high": "ci_high"}
        yield "national_context", {n: (danish(x[c], 2), f"{x[c]:.2f}") for n, c in columns.items()}


def _baseline(catalogue: Catalogue, goal: Goal, rows: pl.DataFrame, municipality: str) -> pl.DataFrame:
    """The municipal figures of the baseline year, in the version of the definition the catalogue names as baseline."""
    found = rows.filter(
        (pl.col("year") == goal.baseline_year) & pl.col("value").is_not_null() & (pl.col("geography") == municipality)
    )
    for indicator_id in found["indicator_id"].unique():
        declared = catalogue.indicator(indicator_id).parameters.get("baseline_version")
        if declared is not None:
            other = (pl.col("indicator_id") == indicator_id) & (pl.col("definition_version") != str(declared.value))
            found = found.filter(~other)
    return found


def _last_year(goal: Goal, rows: pl.DataFrame, municipality: str) -> int:
    own = rows.filter(
        pl.col("indicator_id").is_in(goal.headline_indicators)
        & pl.col("value").is_not_null()
        & (pl.col("geography") == municipality)
    )
    years: list[int] = own["year"].to_list()
    return max([goal.decision_year, *years])


def status(
    catalogue: Catalogue, observations: pl.DataFrame, judged: pl.DataFrame, contract: TableContract, municipality: str
) -> pl.DataFrame:
    """One row per goal and year from the baseline year to the decision year, and on while there are figures.

    `judged` are the readings of the goals' indicators (`output.judgement`).
    """
    out: list[GoalStatus] = []
    beside = [i.id for i in catalogue.indicators if i.open_and_municipal]
    for goal in catalogue.goals:
        mine = observations.filter((pl.col("goal") == goal.number) & ~pl.col("indicator_id").is_in(beside))
        base = _baseline(catalogue, goal, mine, municipality)
        for year in range(goal.baseline_year, _last_year(goal, mine, municipality) + 1):
            rows = mine.filter(pl.col("year") == year)
            readings = judgements_in(judged.filter((pl.col("goal") == goal.number) & (pl.col("year") == year)))
            measurability = _measurability(goal, rows, readings, municipality)
            case = Case(catalogue, goal, year, measurability, rows, base, readings)
            out.append(_status(case, not_shown(catalogue, goal, mine, year, readings), municipality))
    return contract.conform(out)


def _measurability(goal: Goal, rows: pl.DataFrame, readings: list[Judgement], municipality: str) -> str:
    """As of the figures, unless no indicator can be judged at all."""
    if readings and all((r["remarks"] or "") in NOT_COMPARED for r in readings):
        return "not_measurable"
    return measurability_of(goal, rows, municipality)


def _status(case: Case, hidden: list[Indicator], municipality: str) -> GoalStatus:
    """The row of a goal and year; `hidden` are its headline indicators of which nothing is told."""
    goal, rows = case.goal, case.rows
    verdict = _unless_hidden(verdict_of(goal, case.measurability, case.year, case.readings), hidden)
    said = [*_of_hidden(hidden), *_reasons(case)]
    if verdict.result == "not_assessed":
        said += outcome_of(case.catalogue, goal.number, verdict.result)
    missing = _compared(case.catalogue, goal, rows).filter(pl.col("value").is_null())
    kinds = rows.filter(pl.col("geography") == municipality)["data_kind"].drop_nulls().unique().to_list()
    return {
        "goal": goal.number,
        "slug": goal.slug,
        "year": case.year,
        "measurability": case.measurability,
        "precondition": precondition_of(case.catalogue, goal, case.year),
        "result": verdict.result,
        "result_adjusted": verdict.adjusted,
        "literal_met": verdict.literal,
        "trend": verdict.trend,
        "badge": badge_of(case.measurability, verdict.result),
        "reason_da": _text(case.catalogue, said, "da"),
        "reason_en": _text(case.catalogue, said, "en"),
        "missing_reason": missing["missing_reason"][0] if missing.height else "none",
        "rule_id": goal.target.rule_id,
        "rule_version": goal.target.rule_version,
        "data_kind": "synthetic" if "synthetic" in kinds else (sorted(kinds)[0] if kinds else None),
        "caveats": ";".join(sorted({c for v in rows["caveats"].drop_nulls() for c in v.split(";")})) or None,
    }


def _unless_hidden(verdict: Verdict, hidden: list[Indicator]) -> Verdict:
    """A verdict nobody can tell because a figure is not shown is suppressed."""
    if not hidden or verdict.result != "cannot_tell":
        return verdict
    adjusted = "suppressed" if verdict.adjusted == "cannot_tell" else verdict.adjusted
    return replace(verdict, result="suppressed", adjusted=adjusted)


def _of_hidden(hidden: list[Indicator]) -> Iterator[Said]:
    if hidden:
        titles = ", ".join(i.title_da for i in hidden), ", ".join(i.title_en for i in hidden)
        yield "not_shown", {"titles": titles}


def _text(catalogue: Catalogue, said: list[Said], language: str) -> str:
    """The sentences in one language."""
    n = LANGUAGES.index(language)
    sentences = (getattr(catalogue.reason(i), language).format(**{k: v[n] for k, v in f.items()}) for i, f in said)
    # a figure's unit may end in a full stop of its own
    return " ".join(sentences).replace("..", ".")
