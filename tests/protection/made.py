"""Hand-made cells for the joint plan: a small shelter count, with the parts a test wants to change."""

from collections.abc import Iterator
from typing import Any

import polars as pl

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.cells.groups import GROUPS_OF
from handleplan_pipeline.protection.blocks import Block
from handleplan_pipeline.protection.counted import linked_blocks
from handleplan_pipeline.protection.earlier import Printed
from handleplan_pipeline.protection.plan import Planned
from handleplan_pipeline.protection.system import Counts, RowKey, Slice

COLUMNS = ["indicator_id", "year", "population_group", "sex", "age_group", "numerator", "denominator"]
Leaves = dict[tuple[str, str, str], tuple[int, int]]
"""(ancestry, sex, age group) -> persons with the outcome, persons in all."""


def cells_of(
    indicator: str,
    year: int,
    leaves: Leaves,
    whole: tuple[str, str] = ("total", "total"),
    measure: str = "share",
    splits: tuple[str, ...] = ("sex", "age"),
    groups: tuple[str, ...] | None = None,
) -> pl.DataFrame:
    """Every row an indicator has, summed from its leaves."""
    rows: dict[tuple[str, str, str], list[int]] = {}
    for (ancestry, sex, age), (x, n) in leaves.items():
        slices = [whole]
        if "sex" in splits:
            slices.append((sex, whole[1]))
        if "age" in splits:
            slices.append((whole[0], age))
        for group in ("all", *GROUPS_OF[ancestry]):
            for s, a in slices:
                row = rows.setdefault((group, s, a), [0, 0])
                row[0] += x
                row[1] += n
    frame = pl.DataFrame(
        [(indicator, year, g, s, a, x, n) for (g, s, a), (x, n) in rows.items() if groups is None or g in groups],
        schema=dict(zip(COLUMNS, [pl.String, pl.Int32, *[pl.String] * 3, pl.Int64, pl.Int64], strict=True)),
        orient="row",
    )
    return frame.with_columns(
        denominator=pl.col("denominator") if measure != "count" else pl.lit(None, pl.Int64),
        value=pl.lit(None, pl.Float64),
        geography=pl.lit("101"),
        ancestry=pl.lit("total"),
        measure=pl.lit(measure),
        cell_state=pl.when(pl.col("numerator") == 0).then(pl.lit("zero")).otherwise(pl.lit("value")),
        data_kind=pl.lit("synthetic"),
        definition_version=pl.lit("1"),
        caveats=pl.lit(None, pl.String),
        delivery_id=pl.lit("registers"),
    )


def block_of(indicator: str) -> Block:
    """The derived block in which a series stands."""
    return next(b for b in linked_blocks(load_catalogue()) if any(s.indicator == indicator for s in b.series))


def large(scale: int = 1) -> Leaves:
    """A shelter population in which nothing is small."""
    found: Leaves = {}
    for i, ancestry in enumerate(a for a in GROUPS_OF if a != "unknown"):
        for j, sex in enumerate(("men", "women")):
            for k, age in enumerate(("18-24", "25-39", "40-64")):
                n = scale * (40 + 7 * i + 11 * j + 5 * k)
                found[ancestry, sex, age] = (n // 4 + 3, n)
    return found


def with_unknown(x: int = 3, n: int = 14) -> Leaves:
    """The same, and some of unknown ancestry."""
    return large() | {("unknown", "men", "25-39"): (x, n)}


def hidden_wholes_of(*hidden: tuple[int, str], leaves: Leaves | None = None) -> pl.DataFrame:
    """Protected cells of I04 in 2010 to 2012, in which these years and groups are hidden as a whole."""
    frame = pl.concat(cells_of("I04", y, leaves or with_unknown()) for y in (2010, 2011, 2012))
    gone = pl.lit(False)
    for year, group in hidden:
        gone = gone | ((pl.col("year") == year) & (pl.col("population_group") == group))
    return _blanked(frame, gone & (pl.col("sex") == "total") & (pl.col("age_group") == "total"))


def by_sex_and_age(
    hidden: tuple[str, str] | None, splits: tuple[str, ...] = ("sex", "age"), year: int = 2012
) -> pl.DataFrame:
    """Protected cells of I04 in a year, in which a group's row of one sex or age may be hidden."""
    group, part = hidden or ("", "")
    frame = cells_of("I04", year, large(), splits=splits)
    at = (pl.col("sex") == part) | (pl.col("age_group") == part)
    return _blanked(frame, (pl.col("population_group") == group) & at)


def _blanked(frame: pl.DataFrame, gone: pl.Expr) -> pl.DataFrame:
    return frame.with_columns(
        *(pl.when(~gone).then(pl.col(c)).alias(c) for c in ("numerator", "denominator", "value")),
        cell_state=pl.when(gone).then(pl.lit("blanked")).otherwise(pl.col("cell_state")),
    )


def key_of(row: dict[str, Any]) -> RowKey:
    """The row of a cell or of a plan."""
    return RowKey(row["indicator_id"], row["year"], Slice(row["population_group"], row["sex"], row["age_group"]))


def counts_in(cells: pl.DataFrame) -> dict[RowKey, Counts]:
    return {key_of(r): Counts(r["numerator"], r["denominator"]) for r in cells.to_dicts()}


def release_of(cells: pl.DataFrame, planned: Planned | None = None, version: str | None = None) -> Printed:
    """What a release of these cells printed; without a plan everything. `version`: of the definitions."""
    hidden = {} if planned is None else {key_of(r): r for r in planned.rows if r["hidden"]}
    rows = counts_in(cells).keys() if planned is None else map(key_of, planned.rows)
    counts = {k: counts_in(cells).get(k, Counts(0, 0)) for k in rows if k not in hidden}
    gave_up = {k: (r["given_up"], r["given_up_because"]) for k, r in hidden.items() if r["given_up"]}
    versions = {} if version is None else dict.fromkeys(counts, version)
    return Printed(counts, frozenset(hidden), gave_up, versions)


def read_by_anybody(release: Printed, measure: str = "share") -> Iterator[tuple[Any, ...]]:
    """The rows of a release as the attacker reads them (`attacker.Row`)."""
    for key, counts in release.counts.items():
        missing = "not_applicable" if counts == Counts(0, 0) else "none"
        yield (key.indicator, key.year, *key.slice, measure, counts.numerator, *counts, missing, "percent")
    for key in release.hidden:
        yield (key.indicator, key.year, *key.slice, measure, None, None, None, "suppressed", "percent")
