"""From counted persons to cells: attaches group, sex and age, tabulates, and joins the two routes into one table.

A goal's own query says who is counted and with what outcome; this module only arranges that into cells, the same way
for every goal. It names no goal.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import polars as pl

from handleplan_pipeline.catalogue import Catalogue, Indicator
from handleplan_pipeline.cells.groups import ALL_GROUPS, GROUPS_OF
from handleplan_pipeline.errors import SourceError
from handleplan_pipeline.lake.engine import DuckDbEngine, SqlInput
from handleplan_pipeline.lake.withheld import withheld
from handleplan_pipeline.sources.codes import code_list
from schemas.contract import TableContract

LOOK_BACK_YEARS = 5
"""Ancestry of the reference year; if absent, the latest earlier row of at most so many years back. Ours, version 1."""
BANDS = ((0, 14), (15, 17), (18, 24), (25, 39), (40, 64), (65, 200))


@dataclass(frozen=True)
class Count:
    """How one indicator is tabulated.

    `share`: persons with the outcome among all counted. `rate`: persons with the outcome per population, named by
    `per`. `count`: persons with the outcome; `per` may name a population that stands beside it. `share_of_known`:
    persons of a group among persons of known ancestry. `median`: median of `amount`.
    """

    indicator: str
    kind: Literal["share", "rate", "count", "share_of_known", "median"]
    splits: tuple[str, ...] = ("sex", "age")
    """`sex`, `age`, and `sex_age` for both at once, which standardisation needs and nobody publishes."""
    bands: tuple[tuple[int, int], ...] = BANDS
    groups: tuple[str, ...] = ALL_GROUPS
    per: str | None = None
    like: str | None = None
    """The name the query gives its rows, where it is not the indicator's own."""
    first_year: int = 1990
    every: int = 1
    """Only years divisible by this: pooled years do not overlap."""


WITH_ATTRIBUTES = """
    with counted as ({counted}),
    wanted as (
        select distinct person, attribute_year from counted where person is not null
    ),
    attribute as (
        select wanted.person, wanted.attribute_year, max_by(person.ancestry, person.year) as ancestry,
               max_by(person.sex, person.year) as sex, max_by(person.birth_date, person.year) as birth_date
        from wanted
        join person on wanted.person = person.person
                   and person.year between wanted.attribute_year - {look_back} and wanted.attribute_year
        group by all
    )
"""
"""Counted units and the ancestry, sex and birth date of each person at its attribute year."""
TABULATE = (
    WITH_ATTRIBUTES
    + """
    select name, counted.year, coalesce(attribute.ancestry, 'unknown') as ancestry,
           coalesce(attribute.sex, 'unknown') as sex,
           counted.attribute_year - year(birth_date)
               - case when month(birth_date) = 1 and day(birth_date) = 1 then 0 else 1 end as age,
           amount, count(*) as members, count(*) filter (outcome) as hits
    from counted
    left join attribute on counted.person = attribute.person and counted.attribute_year = attribute.attribute_year
    group by all
"""
)
POPULATION = "select name, year, ancestry, sex, age, count(*) as members from ({query}) as people group by all"


def tabulate(counted_sql: str, inputs: Mapping[str, SqlInput], params: Mapping[str, Any], name: str) -> pl.DataFrame:
    """Counted units by name, year, ancestry, sex, age and amount.

    `counted_sql` gives a row per counted unit: name, year, attribute_year, person, outcome, amount. A person without a
    population row at `attribute_year` or in the years before has unknown ancestry, sex and age.
    """
    sql = TABULATE.format(counted=counted_sql, look_back=LOOK_BACK_YEARS)
    return DuckDbEngine().query(sql, inputs, params, name)


def population(sql: str, inputs: Mapping[str, SqlInput], params: Mapping[str, Any], name: str) -> pl.DataFrame:
    """Persons of a population by name, year, ancestry, sex and age; `sql` gives a row per person."""
    return DuckDbEngine().query(POPULATION.format(query=sql), inputs, params, name)


def _spread(units: pl.DataFrame, count: Count, total: tuple[str, str]) -> pl.DataFrame:
    """Every unit once per group and per split (total, sex, age band)."""
    groups = pl.DataFrame(
        [(a, g) for a, gs in GROUPS_OF.items() for g in ("all", *gs)], schema=["ancestry", "population_group"],
        orient="row",
    ).filter(pl.col("population_group").is_in(count.groups))  # fmt: skip
    sex, age_group = total
    units = units.join(groups, on="ancestry")
    plain = units.with_columns(sex=pl.lit(sex), age_group=pl.lit(age_group))
    parts = [plain]
    if "sex" in count.splits:
        parts.append(units.with_columns(age_group=pl.lit(age_group)))
    if "age" in count.splits:
        parts.append(units.with_columns(sex=pl.lit(sex), age_group=_band(count.bands)))
    if "sex_age" in count.splits:
        parts.append(units.with_columns(age_group=_band(count.bands)))
    return pl.concat([p.select(plain.columns) for p in parts])


def _band(bands: tuple[tuple[int, int], ...]) -> pl.Expr:
    age = pl.col("age")
    found = [pl.when(age.is_between(*b)).then(pl.lit(label(b))) for b in bands]
    return pl.coalesce([*found, pl.lit("unknown")])


def label(band: tuple[int, int]) -> str:
    """16, 15-17 or 65+."""
    a, b = band
    return str(a) if a == b else f"{a}+" if b >= 200 else f"{a}-{b}"


KEYS = ["year", "population_group", "sex", "age_group"]


def _grid(count: Count, years: Sequence[int], total: tuple[str, str]) -> pl.DataFrame:
    """Every row a count has, so that nobody counted is a zero and not a gap."""
    sex, age_group = total
    slices = [(sex, age_group)]
    if "sex" in count.splits:
        slices += [("men", age_group), ("women", age_group)]
    if "age" in count.splits:
        slices += [(sex, label(b)) for b in count.bands]
    if "sex_age" in count.splits:
        slices += [(s, label(b)) for s in ("men", "women") for b in count.bands]
    rows = [(y, g, s, a) for y in years for g in count.groups for s, a in slices]
    return pl.DataFrame(rows, schema={"year": pl.Int32, **dict.fromkeys(KEYS[1:], pl.String)}, orient="row")


def years_of(count: Count, indicator: Indicator, delivered: pl.DataFrame, candidates: Sequence[int]) -> list[int]:
    """The years for which every period the indicator needs has been delivered."""
    have = set(delivered.select("source", "period").iter_rows())
    return [
        y
        for y in candidates
        if y >= count.first_year and y % count.every == 0
        and all(
            (s, y + o) in have or y + o < indicator.exists_from.get(s, 0)
            for s, offsets in indicator.needs.items() for o in offsets
        )
    ]  # fmt: skip


def arrange(
    catalogue: Catalogue, counts: Sequence[Count], units: pl.DataFrame, populations: pl.DataFrame | None,
    delivered: pl.DataFrame,
) -> pl.DataFrame:  # fmt: skip
    """Cells (without provenance) of all `counts`, for the years that can be known."""
    periods = delivered["period"].to_list()
    candidates = range(min(periods), max(periods) + 1) if periods else range(0)
    found = [
        _cells_of(c, catalogue.indicator(c.indicator), units, populations, years)
        for c in counts
        if (years := years_of(c, catalogue.indicator(c.indicator), delivered, candidates))
    ]
    return pl.concat(found) if found else pl.DataFrame(schema=CELL_SHAPE)


CELL_SHAPE = pl.Schema({
    "indicator_id": pl.String, "year": pl.Int32, "population_group": pl.String, "sex": pl.String,
    "age_group": pl.String, "numerator": pl.Int64, "denominator": pl.Int64, "value": pl.Float64,
})  # fmt: skip


def _cells_of(
    count: Count, indicator: Indicator, units: pl.DataFrame, populations: pl.DataFrame | None, years: Sequence[int]
) -> pl.DataFrame:
    total = (indicator.sex, indicator.age_group)
    mine = units.filter((pl.col("name") == (count.like or count.indicator)) & pl.col("year").is_in(years))
    mine = mine.with_columns(pl.col("year").cast(pl.Int32))
    spread = _spread(mine, count, total)
    if count.kind == "median":
        cells = spread.group_by(KEYS).agg(
            numerator=pl.lit(None, pl.Int64), denominator=pl.col("members").sum().cast(pl.Int64),
            value=pl.col("amount").repeat_by("members").list.explode().median(),
        )  # fmt: skip
    else:
        cells = spread.group_by(KEYS).agg(
            numerator=pl.col("hits").sum().cast(pl.Int64), denominator=pl.col("members").sum().cast(pl.Int64)
        )
        cells = _with_denominator(cells, count, populations, years, total).with_columns(value=pl.lit(None, pl.Float64))
    cells = cells.with_columns(indicator_id=pl.lit(count.indicator)).select(CELL_SHAPE.names())
    return cells.cast(CELL_SHAPE).sort("indicator_id", *KEYS)


def _with_denominator(
    cells: pl.DataFrame, count: Count, populations: pl.DataFrame | None, years: Sequence[int], total: tuple[str, str]
) -> pl.DataFrame:
    if count.kind == "share":
        return cells
    if count.kind == "share_of_known":
        known = cells.filter(pl.col("population_group").is_in(["minority", "danish"]))
        slices = known.group_by("year", "sex", "age_group").agg(denominator=pl.col("numerator").sum())
        grid = _grid(count, years, total)
        filled = grid.join(cells.drop("denominator"), on=KEYS, how="left").with_columns(
            pl.col("numerator").fill_null(0)
        )
        return filled.join(slices, on=["year", "sex", "age_group"])
    grid = _grid(count, years, total)
    extra = cells.filter(pl.col("sex").eq("unknown") | pl.col("age_group").eq("unknown")).select(KEYS)
    counted = pl.concat([grid, extra]).unique(maintain_order=True).join(
        cells.drop("denominator"), on=KEYS, how="left"
    ).with_columns(pl.col("numerator").fill_null(0))  # fmt: skip
    if count.per is None:
        return counted.with_columns(denominator=pl.lit(None, pl.Int64))
    if populations is None:
        raise SourceError(f"{count.indicator}: no population named {count.per}")
    people = populations.filter((pl.col("name") == count.per) & pl.col("year").is_in(years)).with_columns(
        pl.col("year").cast(pl.Int32)
    )
    per = _spread(people, count, total).group_by(KEYS).agg(denominator=pl.col("members").sum().cast(pl.Int64))
    joined = counted.join(per, on=KEYS, how="left")
    return joined if count.kind == "count" else joined.filter(pl.col("denominator") > 0)


def with_provenance(
    catalogue: Catalogue, cells: pl.DataFrame, data_kind: str | None, delivery: str | None
) -> pl.DataFrame:
    """Cells with measure, state, geography, definition, caveats and origin: every column of the contract.

    A column of origin that `cells` already has is kept.
    """
    ids = cells["indicator_id"].unique().to_list()
    about = pl.DataFrame(
        [
            {"indicator_id": i.id, "geography": i.geography, "measure": i.measure,
             "caveats": ";".join(i.caveats) or None,
                          "definition_version": i.definition_version}
            for i in map(catalogue.indicator, ids)
        ],
        schema={"indicator_id": pl.String, "geography": pl.String, "measure": pl.String, "caveats": pl.String,
                "definition_version": pl.String},
    )  # fmt: skip
    origin = {"data_kind": data_kind, "delivery_id": delivery}
    number = pl.coalesce(pl.col("value"), pl.col("numerator"))
    hidden = pl.col("numerator").is_null() & pl.col("value").is_null()
    state = pl.when(hidden).then(pl.lit("blanked")).when(number == 0).then(pl.lit("zero")).otherwise(pl.lit("value"))
    return cells.join(about.drop([c for c in about.columns if c in cells.columns and c != "indicator_id"]),
                      on="indicator_id").with_columns(
        ancestry=pl.lit("total"), cell_state=state,
        **{n: pl.lit(v, pl.String) for n, v in origin.items() if n not in cells.columns},
    )  # fmt: skip


def parameters(catalogue: Catalogue, counts: Sequence[Count]) -> dict[str, Any]:
    """The numbers of the catalogue that the goal's query may name, by name. ValueError when two indicators differ."""
    found: dict[str, Any] = {"municipality": catalogue.plan.municipality_code}
    for count in counts:
        for name, p in catalogue.indicator(count.indicator).parameters.items():
            if isinstance(p.value, (int, float)) and found.setdefault(name, p.value) != p.value:
                raise ValueError(f"{count.indicator}: the parameter {name} has two values in one goal")
    return found


@dataclass(frozen=True)
class GoalCells:
    """The cells of a goal, and in how many cells the two routes print different counts."""

    frame: pl.DataFrame
    differing: int


@withheld("the cells of a goal")
def cells_of_goal(
    catalogue: Catalogue, contract: TableContract, counted_sql: str, counts: Sequence[Count],
    inputs: Mapping[str, SqlInput], row_account: pl.DataFrame, summed_counts: pl.DataFrame,
    *, population_sql: str | None = None, lists: Sequence[str] = (), official: Sequence[pl.DataFrame] = (),
    derive: Callable[[pl.DataFrame], pl.DataFrame] | None = None,
) -> GoalCells:  # fmt: skip
    """The cell table of a goal from both routes: person registers through its query, and summed data sets.

    `official` are finished cells, which always stand; `derive` adds cells made from other cells. Which of the two
    routes bears a figure that both give is the catalogue's `bearing_route`.
    """
    goal = next(g.number for g in catalogue.goals if g.slug == contract.name)
    from_summed = summed(catalogue, summed_counts, [i.id for i in catalogue.indicators if goal in i.goals])
    delivered = row_account.filter(pl.col("outcome") == "delivered")
    refused = without_permission(catalogue, counts, row_account)
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
    order = bearing_first(catalogue, counted, from_summed)
    return GoalCells(one_per_cell(contract, [*official, *order, refused]), routes_differ(counted, from_summed))


def bearing_first(catalogue: Catalogue, counted: pl.DataFrame, from_summed: pl.DataFrame) -> list[pl.DataFrame]:
    """Cells of both routes, those that bear a figure given by both (`bearing_route`) first."""
    routes = {"registers": counted, "summed_counts": from_summed}
    return [routes.pop(str(catalogue.plan.bearing_route.value)), *routes.values()]


REFUSED, PERMISSION_CAVEAT = "permission_refused", "permission_missing"


def without_permission(catalogue: Catalogue, counts: Sequence[Count], row_account: pl.DataFrame) -> pl.DataFrame:
    """Cells that say a headline figure cannot be had because a source's permission is missing or has ended."""
    refused = row_account.filter(pl.col("outcome") == REFUSED).select("source", "period").rows()
    rows = {
        (c.indicator, period - offset, group)
        for c in counts
        for i in [catalogue.indicator(c.indicator)]
        for source, period in refused
        for offset in i.needs.get(source, ())
        for group in i.population_groups
        if i.kind == "headline" and i.first_year <= period - offset <= i.last_year
    }
    made = [
        dict.fromkeys(CELL_SHAPE)
        | {"indicator_id": i, "year": y, "population_group": g, "sex": catalogue.indicator(i).sex,
           "age_group": catalogue.indicator(i).age_group}
        for i, y, g in sorted(rows)
    ]  # fmt: skip
    cells = with_provenance(catalogue, pl.DataFrame(made, schema=CELL_SHAPE), None, None)
    return cells.with_columns(
        cell_state=pl.lit("not_available"), caveats=pl.lit(PERMISSION_CAVEAT), data_kind=pl.lit("delivered")
    )


def summed(catalogue: Catalogue, summed_counts: pl.DataFrame, indicators: Sequence[str]) -> pl.DataFrame:
    """Cells of the summed data sets; a cell the supplier hid is a state and never a zero."""
    rows = summed_counts.filter(pl.col("set_aside").is_null() & pl.col("indicator_id").is_in(list(indicators)))
    rows = rows.with_columns(year=pl.col("count_year").cast(pl.Int32))
    latest = rows.sort("period").unique(["indicator_id", "geography", *KEYS], keep="last")
    cells = latest.select(*CELL_SHAPE.names(), "geography", "data_kind", "delivery_id")
    return with_provenance(catalogue, cells, None, None)


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
