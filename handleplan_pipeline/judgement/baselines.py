"""Baselines: what was published, and beside it a yearly series with the fixed baseline and the groups compared."""

from collections.abc import Iterator
from typing import Any

import polars as pl

from handleplan_pipeline.catalogue import Catalogue
from handleplan_pipeline.catalogue.models import Baseline, Quantity
from handleplan_pipeline.cells.amounts import GROUPS, WITH_ZEROS
from handleplan_pipeline.cells.count import wholes
from handleplan_pipeline.judgement.contrasts import contrasts
from handleplan_pipeline.judgement.units import RATIO, difference_of
from handleplan_pipeline.statistics.rules import gap_trend
from schemas.contract import TableContract
from schemas.goals.shape import obs_status_of
from schemas.outputs.contrast import CONTRAST

UNITS = {
    "personer": "persons",
    "pct": "percent",
    "ophold": "stays",
    "døgn": "days",
    "dage": "days",
    "steder": "places",
    "pladser": "places",
    "overnatninger": "nights",
}
"""Units as printed, in English; an unknown one is kept as printed."""
HIDDEN = {"obs_status": "Q", "conf_status": "C", "missing_reason": "suppressed"}
"""A figure that is not shown (disclosure control)."""
COMPARISONS = ("difference", "representation_ratio")
NO_CHANGE = {"difference": 0.0, "representation_ratio": 1.0}
"""What a comparison is when nothing separates the groups."""
Row = dict[str, Any]
Place = tuple[str, int, str]
"""Quantity, year and group."""


def delivered_part(catalogue: Catalogue, slug: str, cells: pl.DataFrame) -> pl.DataFrame:
    """Each quantity's yearly figures from protected cells, from the first year of the baseline on.

    Columns data_year, population_group, quantity, value, numerator, denominator, hidden, data_kind, caveats. A hidden
    figure has no value; a share of nobody is no figure; of a count, a group nobody belonged to has a zero.
    """
    baseline = catalogue.baseline(slug)
    first = baseline.data_years[0]
    whole = cells.join(wholes(catalogue), on=["indicator_id", "sex", "age_group"])
    parts = [
        _of_quantity(catalogue, q, whole.filter(pl.col("year") - q.offset >= first))
        for q in baseline.quantities
        if q.indicator is not None
    ]
    return pl.concat([p for p in parts if p is not None])


def _of_quantity(catalogue: Catalogue, q: Quantity, whole: pl.DataFrame) -> pl.DataFrame:
    indicator = catalogue.indicator(str(q.indicator))
    mine = whole.filter((pl.col("indicator_id") == indicator.id) & pl.col("population_group").is_in([*GROUPS, "all"]))
    if indicator.measure != "count":
        mine = mine.filter(pl.col("population_group") != "all")
    value = {
        "count": pl.col("numerator").cast(pl.Float64),
        "share": indicator.scale * pl.col("numerator") / pl.col("denominator"),
    }.get(indicator.measure, pl.col("value"))
    counts = indicator.measure == "count"
    shown = ~(pl.col("cell_state") == "blanked")
    found = mine.select(
        data_year=(pl.col("year") - q.offset).cast(pl.Int32),
        population_group="population_group",
        quantity=pl.lit(q.id),
        value=pl.when(shown).then(value),
        numerator=pl.when(shown & pl.lit(not counts)).then(pl.col("numerator")),
        denominator=pl.when(shown & pl.lit(not counts)).then(pl.col("denominator")),
        hidden=~shown,
        data_kind="data_kind",
        caveats="caveats",
    )
    return with_zeros(found.filter(pl.col("hidden") | pl.col("value").is_finite()), indicator.measure)


def caveats_of_both(one: str, other: str) -> pl.Expr:
    """The caveats of a figure made of two: those of either column, each once."""
    both = pl.concat_str(one, other, separator=";", ignore_nulls=True).str.split(";")
    said = both.list.unique(maintain_order=True).list.join(";")
    return pl.when(said != "").then(said)


def with_zeros(found: pl.DataFrame, measure: str) -> pl.DataFrame:
    """Numbers of persons and nights are zero for a group nobody belonged to in a year that was counted by group."""
    if measure not in WITH_ZEROS:
        return found
    groups = pl.DataFrame({"population_group": GROUPS})
    by_group = found.filter(pl.col("population_group").is_in(GROUPS))
    counted = by_group.select("data_year", "quantity", "data_kind", "caveats").unique(
        ["data_year", "quantity"], keep="first"
    )
    nobody = counted.join(groups, how="cross").join(found, on=["data_year", "population_group"], how="anti")
    return pl.concat([found, nobody.with_columns(value=pl.lit(0.0), hidden=pl.lit(False))], how="diagonal")


def fill(
    catalogue: Catalogue,
    contract: TableContract,
    published: pl.DataFrame | None,
    delivered: pl.DataFrame,
    cells: pl.DataFrame | None = None,
    person_level: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """The baseline table: `published` figures, the `delivered` series, and a row with a reason for all that has none.

    `published` has quantity, data_year, geography, population_group, subgroup, value, unit, approximate, source_id,
    trust_tier, caveats. `delivered` is as `delivered_part` gives it, with a subgroup where it is split further; it
    stands beside a published figure and never replaces it. The groups are compared on protected `cells` and draws.
    """
    baseline = catalogue.baseline(contract.name)
    recomputed = list(_recomputed(catalogue, baseline, delivered, _compared(catalogue, baseline, cells, person_level)))
    rows = [*([] if published is None else map(_as_published, published.to_dicts())), *recomputed]
    rows += _missing(catalogue, baseline, rows, delivered)
    common = {"indicator_id": baseline.indicator, "baseline_label": baseline.baseline_label}
    empty = dict.fromkeys(contract.column_names)
    return contract.conform([empty | {"conf_status": "F"} | r | common for r in rows])


def _as_published(row: Row) -> Row:
    shown = {"obs_status": "A", "missing_reason": "none", "data_kind": "official", "series": "as_published"}
    return row | {"unit": UNITS.get(row["unit"], row["unit"])} | shown


def _recomputed(
    catalogue: Catalogue, baseline: Baseline, delivered: pl.DataFrame, compared: dict[Place, Row]
) -> Iterator[Row]:
    units = {q.id: q.unit for q in baseline.quantities}
    rows = [{"subgroup": "total"} | r for r in delivered.to_dicts()]
    fixed = {(r["quantity"], r["data_year"], r["population_group"], r["subgroup"]): r["value"] for r in rows}
    first, last = baseline.data_years[0], baseline.data_years[-1]
    for r in rows:
        quantity, year, group, subgroup = (r[k] for k in ("quantity", "data_year", "population_group", "subgroup"))
        beside = {
            "baseline_first_value": fixed.get((quantity, first, group, subgroup)),
            "baseline_last_value": fixed.get((quantity, last, group, subgroup)),
        }
        shown = HIDDEN if r["hidden"] else {"obs_status": "A", "missing_reason": "none"}
        yield (
            {k: v for k, v in r.items() if k != "hidden"}
            | {
                "geography": catalogue.plan.municipality_code,
                "unit": units[quantity],
                "approximate": False,
                "source_id": "registers",
                "series": "recomputed",
            }
            | shown
            | beside
            | (_in_unit(compared.get((quantity, year, group), {}), units[quantity], subgroup, bool(r["hidden"])))
        )


def _in_unit(comparison: Row, unit: str, subgroup: str, hidden: bool) -> Row:
    """The comparison of a whole group that is shown, with its unit."""
    if not comparison or subgroup != "total" or hidden:
        return {}
    points = comparison["comparison"] == "difference"
    return comparison | {"comparison_unit": difference_of(unit) if points else RATIO}


def _compared(
    catalogue: Catalogue, baseline: Baseline, cells: pl.DataFrame | None, person_level: pl.DataFrame | None
) -> dict[Place, Row]:
    """The comparison of each quantity, year and group with the reference group, unknown ancestry kept apart."""
    if cells is None:
        return {}
    quantities = {q.indicator: q for q in baseline.quantities if q.indicator is not None}
    goals = {catalogue.indicator(i).goals[0] for i in quantities}
    mine = cells.filter(pl.col("indicator_id").is_in(list(quantities)))
    found: dict[Place, Row] = {}
    for goal in sorted(goals):
        for r in contrasts(catalogue, goal, mine, CONTRAST, resampled=person_level).to_dicts():
            if r["contrast"] in COMPARISONS and r["unknown_as"] == "none":
                q = quantities[r["indicator_id"]]
                found[q.id, r["year"] - q.offset, r["population_group"]] = _comparison(r)
    return found


def _comparison(r: Row) -> Row:
    same = NO_CHANGE[r["contrast"]]
    return {
        "comparison": r["contrast"],
        "comparison_value": r["value"],
        "comparison_ci_low": r["ci_low"],
        "comparison_ci_high": r["ci_high"],
        "comparison_method": r["method"],
        "comparison_change": r["change"],
        "comparison_change_ci_low": r["change_ci_low"],
        "comparison_change_ci_high": r["change_ci_high"],
        "gap_trend": gap_trend(r["baseline_value"], r["value"], r["change_ci_low"], r["change_ci_high"], same),
    }


def _missing(catalogue: Catalogue, baseline: Baseline, rows: list[Row], delivered: pl.DataFrame) -> Iterator[Row]:
    """A row with the reason for every quantity, year and group without a figure, to the last year with one."""
    have = {(r["quantity"], r["data_year"], r["population_group"]) for r in rows}
    counted = set(delivered.select("quantity", "data_year").iter_rows())
    last = max([catalogue.plan.last_year, *(y for _, y in counted)])
    for q in baseline.quantities:
        for year in range(baseline.data_years[0], last + 1):
            for group in baseline.population_groups:
                if (q.id, year, group) not in have:
                    reason = _reason(q, year, (q.id, year) in counted)
                    yield {
                        "quantity": q.id,
                        "data_year": year,
                        "geography": catalogue.plan.municipality_code,
                        "population_group": group,
                        "subgroup": "total",
                        "unit": q.unit,
                        "approximate": False,
                        "obs_status": obs_status_of(reason),
                        "missing_reason": reason,
                        "series": "none",
                    }


def _reason(q: Quantity, year: int, counted: bool) -> str:
    if counted:
        # the year was counted, so nobody of the group was there
        return "not_applicable"
    return "not_collected" if q.collected == "odd" and year % 2 == 0 else "not_delivered"
