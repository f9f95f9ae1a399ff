"""The four axes of a goal's status and the badge, by rule, with reasons that name the numbers.

Nothing is averaged and nothing is carried forward. A goal is judged only on its headline indicators; context figures
explain, they never decide.
"""

from typing import Any

import polars as pl

from handleplan_pipeline.catalogue import Catalogue, Goal
from handleplan_pipeline.cells import PERMISSION_CAVEAT
from schemas.contract import TableContract

DECISION_CONFIDENCE = 0.90
AREA_LISTS = "I13a_areas"
"""The published lists, by version of the criteria: what goal 11 is told by."""
Row = dict[str, Any]


def danish(value: float, decimals: int) -> str:
    """A number the Danish way: 1.234,5."""
    return f"{value:,.{decimals}f}".replace(",", " ").replace(".", ",").replace(" ", ".")


def precondition_of(catalogue: Catalogue, goal: Goal, year: int) -> str:
    """The weakest state among the goal's preconditions: not_granted, then unknown, then granted; none without any."""
    states = {catalogue.precondition(p).state_in(year).state for p in goal.preconditions}
    return next((s for s in ("not_granted", "unknown", "granted") if s in states), "none")


def measurability_of(goal: Goal, rows: pl.DataFrame, municipality: str) -> str:
    """`measurable`: every headline indicator has a figure; `partly_measurable`: some municipal figure exists."""
    have = rows.filter(pl.col("value").is_not_null() & (pl.col("geography") == municipality))
    if set(goal.headline_indicators) <= set(have["indicator_id"]):
        return "measurable"
    return "partly_measurable" if have.height else "not_measurable"


def parity(lower: float, upper: float, margin: float) -> str:
    """Result of an "as large as" goal from the 90 % limits of the difference, higher being better (methods 2.2)."""
    if lower > -margin:
        return "met"
    if upper < -margin:
        return "clearly_not_met"
    return "not_met" if upper < 0 else "cannot_tell"


def no_increase(values: list[float], baseline: float) -> str:
    """Result of a "must not rise" goal: met when no value exceeds the baseline. Only within one criteria version."""
    return "met" if all(v <= baseline for v in values) else "not_met"


def badge_of(measurability: str, result: str) -> str:
    """Not measurable first, then what the rule said."""
    return "not_measurable" if measurability == "not_measurable" else result


def _parity_result(goal: Goal, rows: pl.DataFrame) -> tuple[str, bool]:
    from handleplan_pipeline.statistics import newcombe_difference

    found: list[tuple[str, bool]] = []
    for indicator in goal.headline_indicators:
        r = {
            x["population_group"]: x
            for x in rows.filter((pl.col("indicator_id") == indicator) & (pl.col("measure") == "share")).to_dicts()
        }
        a, b = r[goal.population_group], r["danish"]
        d = newcombe_difference(a["numerator"], a["denominator"], b["numerator"], b["denominator"], DECISION_CONFIDENCE)
        assert goal.target.margin is not None
        found.append((parity(float(d.lower), float(d.upper), goal.target.margin), float(d.estimate) >= 0))
    order = ("clearly_not_met", "not_met", "cannot_tell", "met")
    return min((f[0] for f in found), key=order.index), all(f[1] for f in found)


def _result(goal: Goal, measurability: str, year: int, rows: pl.DataFrame) -> tuple[str, bool | None]:
    if year <= goal.baseline_year:
        return "not_due", None
    if measurability == "not_measurable":
        return "not_assessed", None
    if measurability == "measurable" and goal.target.type == "parity":
        return _parity_result(goal, rows)
    return "cannot_tell", None


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
            places = 0 if float(r["value"]).is_integer() else 1 if indicator.unit != "ratio" else 2
            said.append((
                f"{indicator.title_da}, {group.label_da}: {danish(r['value'], places)} {unit.label_da}",
                f"{indicator.title_en}, {group.label_en}: {r['value']:.{places}f} {unit.label_en}",
            ))  # fmt: skip
    return ("; ".join(s[0] for s in said), "; ".join(s[1] for s in said)) if said else None


def _reasons(
    catalogue: Catalogue, goal: Goal, year: int, measurability: str, rows: pl.DataFrame, base: pl.DataFrame
) -> list[tuple[str, dict[str, tuple[str, str]]]]:
    """(reason id, fields as (da, en)) in the order they are said."""
    sources = [catalogue.source(s) for s in goal.sources]
    names = (", ".join(s.title_da for s in sources), ", ".join(s.title_en for s in sources))
    said: list[tuple[str, dict[str, tuple[str, str]]]] = []
    fields = {"year": (str(year), str(year)), "sources": names}
    lists = rows.filter(
        pl.col("value").is_not_null() & (pl.col("indicator_id") == AREA_LISTS) & (pl.col("data_kind") == "official")
    )
    if goal.target.type == "no_increase":
        b = base["value"].drop_nulls()
        known = f"{b[0]:.0f}" if len(b) else "?"
        if year == goal.baseline_year:
            said.append(("baseline_known", {"baseline": (known, known)}))
        elif lists.height:
            x = lists.row(0, named=True)
            count, version = f"{x['value']:.0f}", x["definition_version"]
            said.append(("criteria_changed", fields | {"count": (count, count), "version": (version, version),
                                                       "baseline": (known, known)}))  # fmt: skip
            said.append(("departments_missing", fields))
        else:
            said.append(("list_missing", fields))
    elif measurability == "not_measurable":
        refused = rows.filter(pl.col("caveats") == PERMISSION_CAVEAT).height
        absent = "not_delivered" if goal.plan_indicator else "no_plan_indicator"
        said.append(("permission_refused" if refused else absent, fields))
    figures = _figures(catalogue, goal, rows)
    if figures is not None and goal.target.type != "no_increase":
        said.append(("figures", fields | {"figures": figures}))
    missing = sorted(set(goal.headline_indicators) - _measured(catalogue, rows))
    if measurability == "partly_measurable" and goal.target.type != "no_increase":
        titles = [catalogue.indicator(i) for i in missing]
        said.append(
            ("partly", {"missing": (", ".join(i.title_da for i in titles), ", ".join(i.title_en for i in titles))})
        )
    if year == goal.baseline_year:
        said.append(("baseline_year", fields))
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


def status(
    catalogue: Catalogue, observations: pl.DataFrame, contract: TableContract, municipality: str
) -> pl.DataFrame:
    """One row per goal and year from the baseline year to the decision year."""
    out: list[Row] = []
    for goal in catalogue.goals:
        mine = observations.filter(pl.col("goal") == goal.number)
        base = _baseline(catalogue, goal, mine, municipality)
        for year in range(goal.baseline_year, goal.decision_year + 1):
            rows = mine.filter(pl.col("year") == year)
            measurability = measurability_of(goal, rows, municipality)
            result, literal = _result(goal, measurability, year, rows)
            said = _reasons(catalogue, goal, year, measurability, rows, base)
            texts = [
                " ".join(getattr(catalogue.reason(i), lang).format(**{k: v[n] for k, v in f.items()}) for i, f in said)
                for n, lang in enumerate(("da", "en"))
            ]
            missing = rows.filter(pl.col("indicator_id").is_in(goal.headline_indicators) & pl.col("value").is_null())
            kinds = rows.filter(pl.col("geography") == municipality)["data_kind"].drop_nulls().unique().to_list()
            out.append({
                "goal": goal.number, "slug": goal.slug, "year": year, "measurability": measurability,
                "precondition": precondition_of(catalogue, goal, year), "result": result,
                "result_adjusted": "not_due" if result == "not_due" else "not_assessed", "literal_met": literal,
                "trend": "cannot_tell" if base.height and year > goal.baseline_year else "no_baseline",
                "badge": badge_of(measurability, result), "reason_da": texts[0], "reason_en": texts[1],
                "missing_reason": missing["missing_reason"][0] if missing.height else "none",
                "rule_id": goal.target.rule_id, "rule_version": goal.target.rule_version,
                "data_kind": "synthetic" if "synthetic" in kinds else (sorted(kinds)[0] if kinds else None),
                "caveats": ";".join(sorted({c for v in rows["caveats"].drop_nulls() for c in v.split(";")})) or None,
            })  # fmt: skip
    return contract.conform(out)
