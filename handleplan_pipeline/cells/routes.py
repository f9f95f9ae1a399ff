"""The two routes to a cell, registers and summed data sets, and which bears a figure."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from handleplan_pipeline.catalogue import Catalogue
from handleplan_pipeline.cells.count import Count, parameters
from handleplan_pipeline.cells.tabulate import (
    CELL_SHAPE,
    KEYS,
    arrange,
    population,
    tabulate,
    with_caveat,
    with_left_edges,
)
from handleplan_pipeline.lake.engine import SqlInput
from handleplan_pipeline.lake.withheld import withheld
from handleplan_pipeline.sources.codes import code_list
from schemas.contract import TableContract


def with_provenance(
    catalogue: Catalogue, cells: pl.DataFrame, data_kind: str | None, delivery: str | None
) -> pl.DataFrame:
    """Cells with measure, state, geography, definition, caveats and origin: every column of the contract.

    A column of origin, and a state, that `cells` already has is kept.
    """
    ids = cells["indicator_id"].unique().to_list()
    about = pl.DataFrame(
        [
            {
                "indicator_id": i.id,
                "geography": i.geography,
                "measure": i.measure,
                "caveats": ";".join(i.caveats) or None,
                "definition_version": i.definition_version,
            }
            for i in map(catalogue.indicator, ids)
        ],
        schema={
            "indicator_id": pl.String,
            "geography": pl.String,
            "measure": pl.String,
            "caveats": pl.String,
            "definition_version": pl.String,
        },
    )
    origin = {"data_kind": data_kind, "delivery_id": delivery}
    number = pl.coalesce(pl.col("value"), pl.col("numerator"))
    # a quantile with too few persons beside it has no value, and is not hidden by its supplier
    sized = (pl.col("measure") == "quantile") & pl.col("denominator").is_not_null()
    hidden = pl.col("numerator").is_null() & pl.col("value").is_null() & ~sized
    state = pl.when(hidden).then(pl.lit("blanked")).when(number == 0).then(pl.lit("zero")).otherwise(pl.lit("value"))
    made = {"cell_state": state, **{n: pl.lit(v, pl.String) for n, v in origin.items()}}
    return cells.join(
        about.drop([c for c in about.columns if c in cells.columns and c != "indicator_id"]), on="indicator_id"
    ).with_columns(ancestry=pl.lit("total"), **{n: e for n, e in made.items() if n not in cells.columns})


@dataclass(frozen=True)
class GoalCells:
    """The cells of a goal, and in how many cells the two routes print different counts."""

    frame: pl.DataFrame
    differing: int


@withheld("the cells of a goal")
def cells_of_goal(
    catalogue: Catalogue,
    contract: TableContract,
    counted_sql: str,
    counts: Sequence[Count],
    inputs: Mapping[str, SqlInput],
    row_account: pl.DataFrame,
    summed_counts: pl.DataFrame,
    *,
    population_sql: str | None = None,
    lists: Sequence[str] = (),
    official: Sequence[pl.DataFrame] = (),
    derive: Callable[[pl.DataFrame], pl.DataFrame] | None = None,
) -> GoalCells:
    """The cell table of a goal from both routes: person registers through its query, and summed data sets.

    `official` are finished cells, which always stand; `derive` adds cells made from other cells. Which of the two
    routes bears a figure that both give is the catalogue's `bearing_route`.
    """
    goal = next(g.number for g in catalogue.goals if g.slug == contract.name)
    mine = [i.id for i in catalogue.indicators if goal in i.goals and i.kind != "baseline"]
    from_summed = summed(catalogue, summed_counts, mine, row_account)
    delivered = row_account.filter(pl.col("outcome") == "delivered")
    refused = without_permission(catalogue, counts, row_account, set(from_summed["indicator_id"]))
    if not delivered.height:
        return GoalCells(one_per_cell(contract, [*official, from_summed, refused]), 0)
    years = sorted(set(delivered["period"].to_list()))
    calendar = pl.DataFrame({"year": range(years[0], years[-1] + 1)}, schema={"year": pl.Int32})
    tables: dict[str, SqlInput] = {**inputs, "calendar": calendar, **{n: code_list(n) for n in lists}}
    values = parameters(catalogue, counts)
    units = tabulate(counted_sql, tables, values, contract.full_name)
    people = population(population_sql, tables, values, contract.full_name) if population_sql else None
    cells = arrange(catalogue, counts, units, people, delivered)
    cells = cells if derive is None else derive(cells)
    counted = with_provenance(catalogue, cells, delivered["data_kind"].to_list()[0], "registers")
    counted = with_left_edges(catalogue, counted, delivered)
    counted = with_unusual(catalogue, counted, row_account)
    return of_both_routes(catalogue, contract, counted, from_summed, official, [refused])


@withheld("the cells of a baseline")
def cells_of_baseline(
    catalogue: Catalogue,
    contract: TableContract,
    baseline: str,
    counted: pl.DataFrame,
    row_account: pl.DataFrame,
    summed_counts: pl.DataFrame,
) -> GoalCells:
    """The cell table of a baseline's own parameters, from both routes.

    `counted` are cells without provenance from the deliveries of the row account.
    """
    mine = [i.id for i in catalogue.indicators if i.parent == baseline]
    from_summed = summed(catalogue, summed_counts, mine, row_account)
    if not counted.height:
        return GoalCells(one_per_cell(contract, [from_summed]), 0)
    delivered = row_account.filter(pl.col("outcome") == "delivered")
    cells = with_provenance(catalogue, counted, delivered["data_kind"].to_list()[0], "registers")
    cells = with_unusual(catalogue, with_left_edges(catalogue, cells, delivered), row_account)
    return of_both_routes(catalogue, contract, cells, from_summed)


def of_both_routes(
    catalogue: Catalogue,
    contract: TableContract,
    counted: pl.DataFrame,
    from_summed: pl.DataFrame,
    official: Sequence[pl.DataFrame] = (),
    last: Sequence[pl.DataFrame] = (),
) -> GoalCells:
    """Cells of both routes: `official` ones always stand, `last` ones where nothing else does.

    Of a figure that both routes give, the one of the catalogue's `bearing_route` stands.
    """
    routes = {"registers": counted, SUMMED: from_summed}
    order = [routes.pop(str(catalogue.plan.bearing_route.value)), *routes.values()]
    return GoalCells(one_per_cell(contract, [*official, *order, *last]), routes_differ(counted, from_summed))


SUMMED = "summed_counts"
"""The delivery of the other route, and its name as a route."""
UNUSUAL, UNUSUAL_CAVEAT = "unusual", "unusual_delivery"
"""What the account of rows says of a delivery that is unlike the one before it, and the caveat that follows."""


def _unusual(row_account: pl.DataFrame) -> set[tuple[str, int]]:
    """Source and period of the deliveries that are unlike the one before them."""
    return set(row_account.filter(pl.col("outcome") == UNUSUAL).select("source", "period").rows())


def with_unusual(catalogue: Catalogue, cells: pl.DataFrame, row_account: pl.DataFrame) -> pl.DataFrame:
    """The cells, with the caveat on those of which a needed delivery is unlike the one before it."""
    told = _unusual(row_account)
    told |= {(s.stands_in_for, p) for s in catalogue.sources if s.stands_in_for for x, p in told if x == s.id}
    places = {
        (i.id, period - offset)
        for i in map(catalogue.indicator, cells["indicator_id"].unique().to_list())
        for source, period in told
        for offset in i.needs.get(source, ())
    }
    return with_caveat(cells, UNUSUAL_CAVEAT, places)


REFUSED, PERMISSION_CAVEAT = "permission_refused", "permission_missing"


def without_permission(
    catalogue: Catalogue, counts: Sequence[Count], row_account: pl.DataFrame, by_sums: Collection[str] = ()
) -> pl.DataFrame:
    """Cells that say a headline figure cannot be had because a source's permission is missing or has ended.

    `by_sums` are indicators that summed data sets of other years hold; such a set has the figures of its own year.
    """
    refused = row_account.filter(pl.col("outcome") == REFUSED).select("source", "period").rows()
    rows = {
        (c.indicator, period - offset, group)
        for c in counts
        for i in [catalogue.indicator(c.indicator)]
        for source, period in refused
        for offset in ((0,) if source == SUMMED and i.id in by_sums else i.needs.get(source, ()))
        for group in i.population_groups
        if i.kind == "headline" and i.first_year <= period - offset <= i.last_year
    }
    return not_available(catalogue, sorted(rows), PERMISSION_CAVEAT, "delivered")


def not_available(
    catalogue: Catalogue, rows: Iterable[tuple[str, int, str]], caveat: str, data_kind: str
) -> pl.DataFrame:
    """Cells (indicator, year, group) that hold no number and say why by their one caveat."""
    made = [
        dict.fromkeys(CELL_SHAPE)
        | {
            "indicator_id": i,
            "year": y,
            "population_group": g,
            "sex": catalogue.indicator(i).sex,
            "age_group": catalogue.indicator(i).age_group,
        }
        for i, y, g in rows
    ]
    cells = with_provenance(catalogue, pl.DataFrame(made, schema=CELL_SHAPE), data_kind, None)
    return cells.with_columns(cell_state=pl.lit("not_available"), caveats=pl.lit(caveat))


def summed(
    catalogue: Catalogue, summed_counts: pl.DataFrame, indicators: Sequence[str], row_account: pl.DataFrame
) -> pl.DataFrame:
    """Cells of the summed data sets; a cell the supplier hid is a state and never a zero.

    Those of an unusual delivery say so, whatever year they count.
    """
    rows = summed_counts.filter(pl.col("set_aside").is_null() & pl.col("indicator_id").is_in(list(indicators)))
    rows = rows.with_columns(year=pl.col("count_year").cast(pl.Int32))
    latest = rows.sort("period").unique(["indicator_id", "geography", *KEYS], keep="last")
    cells = latest.select(*CELL_SHAPE.names(), "geography", "data_kind", "delivery_id", "period")
    periods = {(p,) for source, p in _unusual(row_account) if source == SUMMED}
    told = with_caveat(with_provenance(catalogue, cells, None, None), UNUSUAL_CAVEAT, periods, on=("period",))
    return told.drop("period")


ROUTE_ORDER = "route"


ROUNDING = 0.005
"""A value that is no count is printed rounded: within half a per cent it is the same one. Ours, version 1."""


def one_per_cell(contract: TableContract, frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """One row per cell: the first frame that has it stands (official, then registers, then summed data sets)."""
    wanted = contract.polars_schema
    shaped = [
        f.select(pl.col(n).cast(t) for n, t in wanted.items()).with_columns(pl.lit(i).alias(ROUTE_ORDER))
        for i, f in enumerate(frames)
        if f.height
    ]
    if not shaped:
        return contract.empty()
    return pl.concat(shaped).sort(ROUTE_ORDER).unique(list(contract.key), keep="first").drop(ROUTE_ORDER)


def routes_differ(person_cells: pl.DataFrame, summed_cells: pl.DataFrame) -> int:
    """In how many cells the two routes print different counts; a cell one of them hides is not compared."""
    keys = ["indicator_id", "geography", *KEYS]
    both = person_cells.join(summed_cells, on=keys, suffix="_summed").filter(pl.col("cell_state_summed") != "blanked")
    value, printed = pl.col("value"), pl.col("value_summed")
    apart = (value.is_null() != printed.is_null()) | ((value - printed).abs() > ROUNDING * value.abs()).fill_null(False)
    unequal = [pl.col(c).ne_missing(pl.col(f"{c}_summed")) for c in ("numerator", "denominator")]
    return both.filter(pl.any_horizontal(*unequal, apart)).height
