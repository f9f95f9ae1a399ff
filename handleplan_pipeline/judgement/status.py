"""The four axes of a goal's status and the badge, by rule, with reasons that name the numbers.

Nothing is averaged and nothing is carried forward. A goal is judged only on its headline indicators; context figures
explain, they never decide.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import polars as pl

from handleplan_pipeline.catalogue import Catalogue, Goal, Indicator
from handleplan_pipeline.judgement.case import Case, Verdict, compared, judged_groups, printed_figures, reading_row
from handleplan_pipeline.judgement.headlines import NOT_COMPARED
from handleplan_pipeline.judgement.sentences import said_of
from handleplan_pipeline.judgement.statements import Row, StatementError, Writer, Written, untraced
from handleplan_pipeline.statistics import rules
from schemas.contract import TableContract
from schemas.outputs.observation import OBSERVATION
from schemas.rows import GoalStatus, Judgement, judgements_in


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
    indicators = map(catalogue.indicator, goal.headline_indicators)
    return pl.concat([rows.clear(), *(compared(rows, i, judged_groups(goal, i)) for i in indicators)])


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


TREND_ORDER = ("worse", "cannot_tell", "unchanged", "better")


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


def cases(catalogue: Catalogue, observations: pl.DataFrame, judged: pl.DataFrame, municipality: str) -> Iterator[Case]:
    """Every goal in every year from the baseline year to the decision year, and on while there are figures.

    `judged` are the readings of the goals' indicators (`output.judgement`).
    """
    beside = [i.id for i in catalogue.indicators if i.open_and_municipal]
    for goal in catalogue.goals:
        mine = observations.filter((pl.col("goal") == goal.number) & ~pl.col("indicator_id").is_in(beside))
        base = _baseline(catalogue, goal, mine, municipality)
        printed = printed_figures(catalogue, goal, mine)
        found: list[Case] = []
        for year in range(goal.baseline_year, _last_year(goal, mine, municipality) + 1):
            rows = mine.filter(pl.col("year") == year)
            readings = judgements_in(judged.filter((pl.col("goal") == goal.number) & (pl.col("year") == year)))
            order = {i: n for n, i in enumerate(goal.headline_indicators)}
            readings.sort(key=lambda r: order[r["indicator_id"]])
            measurability = _measurability(goal, rows, readings, municipality)
            hidden = not_shown(catalogue, goal, mine, year, readings)
            verdict = _unless_hidden(verdict_of(goal, measurability, year, readings), hidden)
            found.append(Case(catalogue, goal, year, measurability, mine, base, printed, readings, verdict, hidden))
        for case in found:
            later = (c.year for c in found if c.year > case.year and c.verdict.result != "not_due")
            yield replace(case, judged_from=next(later, None))


def status(
    catalogue: Catalogue, observations: pl.DataFrame, judged: pl.DataFrame, contract: TableContract, municipality: str
) -> pl.DataFrame:
    """One row per goal and year; its reason is everything that is said of it (`statements`), joined."""
    writer = Writer(catalogue)
    return contract.conform([_status(writer, case) for case in cases(catalogue, observations, judged, municipality)])


def statements(
    catalogue: Catalogue, observations: pl.DataFrame, judged: pl.DataFrame, municipality: str
) -> list[Written]:
    """What is said of every goal and year.

    Raises StatementError, naming goal, year and statement, when a number is not in the row it names.
    """
    writer, found = Writer(catalogue), list(cases(catalogue, observations, judged, municipality))
    written = [w for case in found for w in _written(writer, case)]
    cited = [
        *(reading_row(r) for r in judgements_in(judged)),
        *(case.status_row(case.year) for case in found),
        *(Row("goal", catalogue.goal(r["goal"]).slug, OBSERVATION, r) for r in observations.to_dicts()),
    ]
    if wrong := untraced(written, cited):
        raise StatementError(f"{len(wrong)} numbers are not in the row they name: {'; '.join(wrong[:5])}.")
    return written


def _written(writer: Writer, case: Case) -> list[Written]:
    return writer.write(case.goal.number, case.year, said_of(case), case.data_kind)


def _measurability(goal: Goal, rows: pl.DataFrame, readings: list[Judgement], municipality: str) -> str:
    """As of the figures, unless no indicator can be judged at all."""
    if readings and all((r["remarks"] or "") in NOT_COMPARED for r in readings):
        return "not_measurable"
    return measurability_of(goal, rows, municipality)


def _status(writer: Writer, case: Case) -> GoalStatus:
    """The row of a goal and year."""
    goal, written = case.goal, _written(writer, case)
    missing = _compared(case.catalogue, goal, case.rows).filter(pl.col("value").is_null())
    read = case.judged_rows()["caveats"].drop_nulls()
    return {
        "goal": goal.number,
        "slug": goal.slug,
        "year": case.year,
        "measurability": case.measurability,
        "precondition": precondition_of(case.catalogue, goal, case.year),
        "result": case.verdict.result,
        "result_adjusted": case.verdict.adjusted,
        "literal_met": case.verdict.literal,
        "trend": case.verdict.trend,
        "badge": case.badge,
        "reason_da": " ".join(w.row["text_da"] for w in written),
        "reason_en": " ".join(w.row["text_en"] for w in written),
        "missing_reason": missing["missing_reason"][0] if missing.height else "none",
        "rule_id": goal.target.rule_id,
        "rule_version": goal.target.rule_version,
        "data_kind": case.data_kind,
        "caveats": ";".join(sorted({c for v in read for c in v.split(";")})) or None,
    }


def _unless_hidden(verdict: Verdict, hidden: list[Indicator]) -> Verdict:
    """A verdict nobody can tell because a figure is not shown is suppressed."""
    if not hidden or verdict.result != "cannot_tell":
        return verdict
    adjusted = "suppressed" if verdict.adjusted == "cannot_tell" else verdict.adjusted
    return replace(verdict, result="suppressed", adjusted=adjusted)
