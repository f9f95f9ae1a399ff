"""The four axes of a goal's status and the badge, by rule, with reasons that name the numbers.

Nothing is averaged and nothing is carried forward. A goal is judged only on its headline indicators; context figures
explain, they never decide.
"""

from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from handleplan_pipeline.catalogue import Catalogue, Goal, Indicator
from handleplan_pipeline.cells import PERMISSION_CAVEAT
from handleplan_pipeline.judgement.reasons import Fields, Said, danish, of_readings
from handleplan_pipeline.statistics import rules
from schemas.contract import TableContract

AREA_LISTS = "I13a_areas"
"""The published lists, by version of the criteria: what goal 11 is told by."""
PLACES = {"count": 0, "ratio": 2}
"""Decimals of a figure by its measure; shares, rates and medians have one."""
Row = dict[str, Any]


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
        parts.append(rows.filter(
            (pl.col("indicator_id") == i.id) & (pl.col("sex") == i.sex) & (pl.col("age_group") == i.age_group)
            & pl.col("population_group").is_in(groups) & pl.col("reference_group").is_null()
        ))  # fmt: skip
    return pl.concat(parts)


def not_shown(catalogue: Catalogue, goal: Goal, mine: pl.DataFrame, year: int, readings: list[Row]) -> list[Indicator]:
    """Headline indicators of which nothing is told because a figure is not shown, this year or at the baseline."""
    told = {r["indicator_id"]: r["result"] for r in readings}
    hidden = _compared(catalogue, goal, mine).filter(pl.col("missing_reason") == "suppressed")
    return [
        i for i in map(catalogue.indicator, goal.headline_indicators)
        if told.get(i.id) == "suppressed" or (i.id not in told and hidden.filter(
            (pl.col("indicator_id") == i.id) & pl.col("year").is_in([year, i.baseline_year or year])
        ).height)
    ]  # fmt: skip


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


def verdict_of(goal: Goal, measurability: str, year: int, readings: list[Row]) -> Verdict:
    """Met when all are met, not met when any is not, else nobody can tell; an indicator without a reading cannot."""
    whole = {r["indicator_id"] for r in readings} == set(goal.headline_indicators)
    trends = [r["trend"] for r in readings if r["trend"] != "no_baseline"]
    trend = "no_baseline" if not trends else min(trends, key=TREND_ORDER.index) if whole else "cannot_tell"
    if year <= goal.baseline_year:
        return Verdict("not_due", "not_due", None, "no_baseline")
    if measurability == "not_measurable":
        return Verdict("not_assessed", "not_assessed", None, trend)
    found = [r["result"] for r in readings] + ([] if whole else ["cannot_tell"])
    if set(found) == {"not_due"}:
        return Verdict("not_due", "not_due", None, "no_baseline")
    literals = [r["literal_met"] for r in readings]
    literal = False if False in literals else True if whole and None not in literals else None
    adjusted = [r["result_adjusted"] for r in readings]
    if set(adjusted) <= {"not_assessed"}:
        of_adjusted = "not_assessed"
    else:
        of_adjusted = rules.worst([a if a in rules.RESULTS else "cannot_tell" for a in adjusted])
    return Verdict(
        rules.worst([r if r in rules.RESULTS else "cannot_tell" for r in found]), of_adjusted, literal, trend
    )


def _measured(catalogue: Catalogue, rows: pl.DataFrame) -> set[str]:
    """Headline and other indicators with a municipal figure among `rows`."""
    own = rows.filter(pl.col("value").is_not_null() & (pl.col("geography") == catalogue.plan.municipality_code))
    return set(own["indicator_id"])


def _figures(catalogue: Catalogue, goal: Goal, rows: pl.DataFrame) -> tuple[str, str] | None:
    """The headline figures of the groups that are compared, in both languages; None when there is none."""
    said: list[tuple[str, str]] = []
    for indicator in map(catalogue.indicator, goal.headline_indicators):
        own = rows.filter(
            (pl.col("indicator_id") == indicator.id) & pl.col("value").is_not_null()
            & pl.col("reference_group").is_null() & (pl.col("sex") == indicator.sex)
            & (pl.col("age_group") == indicator.age_group)
            & pl.col("population_group").is_in(indicator.population_groups)
        )  # fmt: skip
        for r in own.sort("population_group").to_dicts():
            group = catalogue.label("population_group", r["population_group"])
            unit = catalogue.label("unit", indicator.unit)
            places = PLACES.get(indicator.measure, 1)
            # a count's title says what is counted, and a ratio has no unit
            units = ("", "") if indicator.measure in PLACES else (f" {unit.label_da}", f" {unit.label_en}")
            said.append((
                f"{indicator.title_da}, {group.label_da}: {danish(r['value'], places)}{units[0]}",
                f"{indicator.title_en}, {group.label_en}: {r['value']:,.{places}f}{units[1]}",
            ))  # fmt: skip
    return ("; ".join(s[0] for s in said), "; ".join(s[1] for s in said)) if said else None


def _of_lists(baseline: bool, lists: pl.DataFrame, base: pl.DataFrame, fields: Fields) -> list[Said]:
    """What is said of goal 11 where no list by the criteria of the baseline's list tells of new areas."""
    known = {
        k: f"{found[0]:.0f}" if len(found := base.filter(pl.col("indicator_id") == i)["value"].drop_nulls()) else "?"
        for k, i in (("baseline", AREA_LISTS), ("departments", "I13b"))
    }
    numbers = {k: (v, v) for k, v in known.items()}
    if baseline:
        return [("baseline_known" if known["departments"] == "?" else "baseline_both", numbers)]
    if not lists.height:
        return [("list_missing", fields)]
    x = lists.row(0, named=True)
    count, version = f"{x['value']:.0f}", x["definition_version"]
    said: list[Said] = [
        ("criteria_changed", fields | numbers | {"count": (count, count), "version": (version, version)})
    ]
    return [*said, ("departments_missing", fields)] if known["departments"] == "?" else said


def _reasons(
    catalogue: Catalogue,
    goal: Goal,
    year: int,
    measurability: str,
    rows: pl.DataFrame,
    base: pl.DataFrame,
    readings: list[Row],
) -> list[Said]:
    """(reason id, fields as (da, en)) in the order they are said."""
    sources = catalogue.sources_of(goal)
    names = (", ".join(s.title_da for s in sources), ", ".join(s.title_en for s in sources))
    said: list[Said] = []
    fields: Fields = {"year": (str(year), str(year)), "sources": names}
    lists = rows.filter(
        pl.col("value").is_not_null() & (pl.col("indicator_id") == AREA_LISTS) & (pl.col("data_kind") == "official")
    )
    if goal.target.type == "no_increase" and not any(r["indicator_id"] == "I13a" for r in readings):
        said += _of_lists(year == goal.baseline_year, lists, base, fields)
    elif any(r in NOT_COMPARED for x in readings for r in (x["remarks"] or "").split(";")):
        said.append(("fewer_than_20", fields))
    elif measurability == "not_measurable":
        refused = rows.filter(pl.col("caveats") == PERMISSION_CAVEAT).height
        absent = "not_delivered" if goal.plan_indicator else "no_plan_indicator"
        said.append(("permission_refused" if refused else absent, fields))
    figures = _figures(catalogue, goal, rows)
    if figures is not None and goal.target.type != "no_increase":
        said.append(("figures", fields | {"figures": figures}))
    if year > goal.baseline_year:
        said += of_readings(catalogue, readings)
    missing = sorted(set(goal.headline_indicators) - _measured(catalogue, rows))
    if measurability == "partly_measurable" and goal.target.type != "no_increase":
        titles = [catalogue.indicator(i) for i in missing]
        said.append(
            ("partly", {"missing": (", ".join(i.title_da for i in titles), ", ".join(i.title_en for i in titles))})
        )
    if year == goal.baseline_year:
        said.append(("baseline_year", fields))
    if goal.data_year is not None and goal.data_year != goal.baseline_year:
        said.append(("baseline_label", {"label": (goal.baseline_label,) * 2, "year": (str(goal.data_year),) * 2}))
    if goal.draft_indicator:
        said.append(("draft_indicator", {}))
    if any(
        catalogue.precondition(p).kind == "legal" and catalogue.precondition(p).state_in(year).state == "unknown"
        for p in goal.preconditions
    ):
        said.append(("permission_unknown", {}))
    ratio = rows.filter((pl.col("measure") == "ratio") & (pl.col("geography") == "000") & (pl.col("sex") == "total")
                        & (pl.col("population_group") == goal.population_group))  # fmt: skip
    if ratio.height:
        x = ratio.row(0, named=True)
        pairs = {
            n: (danish(x[k], 2), f"{x[k]:.2f}") for n, k in (("ratio", "value"), ("low", "ci_low"), ("high", "ci_high"))
        }
        said.append(("national_context", pairs))
    return said


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
        pl.col("indicator_id").is_in(goal.headline_indicators) & pl.col("value").is_not_null()
        & (pl.col("geography") == municipality)
    )  # fmt: skip
    years: list[int] = own["year"].to_list()
    return max([goal.decision_year, *years])


def status(
    catalogue: Catalogue, observations: pl.DataFrame, judged: pl.DataFrame, contract: TableContract, municipality: str
) -> pl.DataFrame:
    """One row per goal and year from the baseline year to the decision year, and on while there are figures.

    `judged` are the readings of the goals' indicators (`output.judgement`).
    """
    out: list[Row] = []
    for goal in catalogue.goals:
        mine = observations.filter(pl.col("goal") == goal.number)
        base = _baseline(catalogue, goal, mine, municipality)
        for year in range(goal.baseline_year, _last_year(goal, mine, municipality) + 1):
            rows = mine.filter(pl.col("year") == year)
            readings = judged.filter((pl.col("goal") == goal.number) & (pl.col("year") == year)).to_dicts()
            measurability = measurability_of(goal, rows, municipality)
            if readings and all((r["remarks"] or "") in NOT_COMPARED for r in readings):
                measurability = "not_measurable"
            verdict = verdict_of(goal, measurability, year, readings)
            said = _reasons(catalogue, goal, year, measurability, rows, base, readings)
            hidden = not_shown(catalogue, goal, mine, year, readings)
            if hidden and verdict.result == "cannot_tell":
                adjusted = "suppressed" if verdict.adjusted == "cannot_tell" else verdict.adjusted
                verdict = replace(verdict, result="suppressed", adjusted=adjusted)
            if hidden:
                titles = ", ".join(i.title_da for i in hidden), ", ".join(i.title_en for i in hidden)
                said.insert(0, ("not_shown", {"titles": titles}))
            texts = [
                " ".join(getattr(catalogue.reason(i), lang).format(**{k: v[n] for k, v in f.items()}) for i, f in said)
                # a figure's unit may end in a full stop of its own
                .replace("..", ".")
                for n, lang in enumerate(("da", "en"))
            ]
            missing = _compared(catalogue, goal, rows).filter(pl.col("value").is_null())
            kinds = rows.filter(pl.col("geography") == municipality)["data_kind"].drop_nulls().unique().to_list()
            out.append({
                "goal": goal.number, "slug": goal.slug, "year": year, "measurability": measurability,
                "precondition": precondition_of(catalogue, goal, year), "result": verdict.result,
                "result_adjusted": verdict.adjusted, "literal_met": verdict.literal, "trend": verdict.trend,
                "badge": badge_of(measurability, verdict.result), "reason_da": texts[0], "reason_en": texts[1],
                "missing_reason": missing["missing_reason"][0] if missing.height else "none",
                "rule_id": goal.target.rule_id, "rule_version": goal.target.rule_version,
                "data_kind": "synthetic" if "synthetic" in kinds else (sorted(kinds)[0] if kinds else None),
                "caveats": ";".join(sorted({c for v in rows["caveats"].drop_nulls() for c in v.split(";")})) or None,
            })  # fmt: skip
    return contract.conform(out)
