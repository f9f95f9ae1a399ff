"""What a change of definitions does to the counts: the cell tables of two lakes, by indicator.

    python -m benchmarks.definition_effect --before LAKE --after LAKE [--years 2010-2015] [--by-year] [--changed]

Both lakes are counted from the same delivery files (`handleplan run --job count`), each with its own code. Counts here
are true counts: confidential where the deliveries are. So lakes of other than synthetic data are refused.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from handleplan_pipeline.catalogue import load_catalogue
from schemas.goals.shape import CELL_COLUMNS

PLACE = ["indicator_id", "year", "geography", "population_group", "ancestry", "sex", "age_group", "measure"]
"""What a cell is of; the version of its definition is not part of it, because that is what changes."""
COUNTS = ["numerator", "denominator", "value"]
ADDED_UP = ("minority", "danish", "unknown")
"""The groups that make the whole of an indicator without cells of everybody."""


def cells_of(lake: Path) -> pl.DataFrame:
    """Every cell of a counted lake, with place, counts and definition version. Empty without tables of cells.

    Raises ValueError when a cell is not of synthetic or official data.
    """
    types = {c.name: c.dtype for c in CELL_COLUMNS}
    wanted = [*PLACE, *COUNTS, "definition_version", "data_kind"]
    frames = [
        pl.read_parquet(path).select(pl.col(n).cast(types[n]) for n in wanted)
        for path in sorted((lake / "tables" / "cell").glob("*.parquet"))
    ]
    cells = pl.concat(frames) if frames else pl.DataFrame(schema={n: types[n] for n in wanted})
    if real := cells.filter(~pl.col("data_kind").is_in(["synthetic", "official"])).height:
        raise ValueError(f"{lake}: {real} cells are of delivered data; their counts are never printed.")
    return cells.unique(PLACE, keep="first", maintain_order=True)


def whole(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """The places of both lakes whose counts add up to an indicator's whole.

    These are the cells of everybody (else of minority, Danish and unknown) in the indicator's own sex and age, by the
    catalogue. An indicator that only one lake has, and one the catalogue does not know, has no whole.
    """
    own = pl.DataFrame(
        [(i.id, i.sex, i.age_group) for i in load_catalogue().indicators],
        schema=["indicator_id", "sex", "age_group"],
        orient="row",
    )
    shared = before.select(PLACE).join(after.select(PLACE), on=PLACE).join(own, on=own.columns)
    everybody = (pl.col("population_group") == "all").any().over("indicator_id")
    wanted = pl.when(everybody).then(pl.col("population_group") == "all")
    return shared.filter(wanted.otherwise(pl.col("population_group").is_in(ADDED_UP))).with_columns(_whole=True)


def compared(before: pl.DataFrame, after: pl.DataFrame, by: Sequence[str] = ()) -> pl.DataFrame:
    """Two lakes' cells by indicator (and `by`): counts of the whole, cells, and cells that differ.

    Counts are summed over the years that both lakes hold, and null where there is none. `cells` are the places that
    both have; `cells_that_differ` those of them with another numerator, denominator or value.
    """
    sides = {"before": "", "after": "_after"}
    joined = (
        before.with_columns(_in=True)
        .join(after.with_columns(_in=True), on=PLACE, how="full", coalesce=True, suffix="_after")
        .join(whole(before, after), on=PLACE, how="left")
    )
    old, new = pl.col("_in").is_not_null(), pl.col("_in_after").is_not_null()
    apart = pl.any_horizontal(pl.col(c).ne_missing(pl.col(f"{c}_after")) for c in COUNTS)
    counts = [
        _sum(pl.col(c + suffix).filter(pl.col("_whole"))).alias(f"{c}_{side}")
        for c in ("numerator", "denominator")
        for side, suffix in sides.items()
    ]
    versions = [pl.col("definition_version" + suffix).max().alias(f"version_{s}") for s, suffix in sides.items()]
    found = joined.group_by("indicator_id", *by).agg(
        *versions,
        *counts,
        cells=(old & new).sum(),
        cells_that_differ=(old & new & apart).sum(),
        cells_only_before=(old & ~new).sum(),
        cells_only_after=(new & ~old).sum(),
    )
    return found.sort("indicator_id", *by)


def _sum(counts: pl.Expr) -> pl.Expr:
    return pl.when(counts.count() > 0).then(counts.sum())


def _pair(before: object, after: object) -> str:
    return " -> ".join("none" if n is None else str(n) for n in (before, after))


def written(found: pl.DataFrame) -> str:
    """The comparison as a table in Markdown."""
    head = ["indicator", *(["year"] if "year" in found.columns else []), "version", "numerators", "denominators"]
    head += ["cells", "differ", "only before", "only after"]
    lines = [head, ["---"] * len(head)]
    for r in found.iter_rows(named=True):
        pairs = [(r[f"{n}_before"], r[f"{n}_after"]) for n in ("version", "numerator", "denominator")]
        told = ["" if a is None and b is None else str(a) if a == b else _pair(a, b) for a, b in pairs]
        numbers = [str(r[c]) for c in ("cells", "cells_that_differ", "cells_only_before", "cells_only_after")]
        lines.append([r["indicator_id"], *([str(r["year"])] if "year" in r else []), *told, *numbers])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--before", type=Path, required=True)
    parser.add_argument("--after", type=Path, required=True)
    parser.add_argument("--years", help="first and last year, e.g. 2010-2015")
    parser.add_argument("--by-year", action="store_true")
    parser.add_argument("--changed", action="store_true", help="only indicators with a cell or a version that differs")
    asked = parser.parse_args(arguments)
    lakes = [cells_of(asked.before), cells_of(asked.after)]
    if asked.years:
        first, last = map(int, asked.years.split("-"))
        lakes = [cells.filter(pl.col("year").is_between(first, last)) for cells in lakes]
    found = compared(*lakes, by=("year",) if asked.by_year else ())
    if asked.changed:
        versions = pl.col("version_before").ne_missing(pl.col("version_after"))
        sides = pl.col("cells_only_before") + pl.col("cells_only_after")
        found = found.filter((pl.col("cells_that_differ") + sides > 0) | versions)
    print(written(found))


if __name__ == "__main__":
    main()
