"""Baselines as published: every quantity, year and group the plan asks for has a figure or the reason why not."""

import polars as pl

from handleplan_pipeline.catalogue import Catalogue
from schemas.contract import TableContract
from schemas.goals.shape import obs_status_of

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


def fill(
    catalogue: Catalogue,
    slug: str,
    published: pl.DataFrame | None,
    contract: TableContract,
    not_collected: set[tuple[str, int]],
    delivered: pl.DataFrame | None = None,
    data_kind: str | None = None,
    nobody: frozenset[tuple[str, int]] = frozenset(),
) -> pl.DataFrame:
    """The baseline table: `published` figures, then a row with a reason for all that has none.

    `published` has quantity, data_year, geography, population_group, subgroup, value, unit, approximate, source_id,
    trust_tier, caveats. `delivered` has data_year, population_group, quantity, value, numerator, denominator and
    hidden, of this `data_kind`, and a subgroup where it is split further; it stands beside a published figure and never
    replaces it. `nobody` names (quantity, year) that were counted, so that a group without a figure had no persons;
    `not_collected` names (quantity, year) that nobody counted.
    """
    baseline = next(b for b in catalogue.plan.baselines if b.slug == slug)
    common = {"indicator_id": baseline.indicator, "baseline_label": baseline.baseline_label, "conf_status": "F"}
    rows = (
        []
        if published is None
        else [
            r
            | common
            | {
                "unit": UNITS.get(r["unit"], r["unit"]),
                "obs_status": "A",
                "missing_reason": "none",
                "data_kind": "official",
                "series": "as_published",
            }
            for r in published.to_dicts()
        ]
    )
    have = {(r["quantity"], r["data_year"], r["population_group"]) for r in rows}
    units = {q.id: q.unit for q in baseline.quantities}
    for r in delivered.to_dicts() if delivered is not None else []:
        place = (r["quantity"], r["data_year"], r["population_group"])
        if r["quantity"] in units:
            have.add(place)
            rows.append(
                common
                | {k: v for k, v in r.items() if k != "hidden"}
                | {
                    "geography": catalogue.plan.municipality_code,
                    "subgroup": r.get("subgroup", "total"),
                    "unit": units[r["quantity"]],
                    "approximate": False,
                    "data_kind": data_kind,
                    "source_id": "registers",
                    "series": "recomputed",
                    **(HIDDEN if r["hidden"] else {"obs_status": "A", "missing_reason": "none"}),
                }
            )
    for quantity in baseline.quantities:
        for year in baseline.data_years:
            for group in baseline.population_groups:
                if (quantity.id, year, group) in have:
                    continue
                reason = "not_collected" if (quantity.id, year) in not_collected else "not_delivered"
                reason = "not_applicable" if (quantity.id, year) in nobody else reason
                rows.append(
                    common
                    | {
                        "quantity": quantity.id,
                        "data_year": year,
                        "geography": catalogue.plan.municipality_code,
                        "population_group": group,
                        "subgroup": "total",
                        "unit": quantity.unit,
                        "approximate": False,
                        "obs_status": obs_status_of(reason),
                        "missing_reason": reason,
                        "series": "none",
                    }
                )
    empty = dict.fromkeys(contract.column_names)
    return contract.conform([empty | r for r in rows])
