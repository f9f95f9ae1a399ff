"""Counted units by group, sex and age: the cells of a count."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import polars as pl

from handleplan_pipeline.catalogue import Catalogue, Indicator
from handleplan_pipeline.cells.ages import on_1_january
from handleplan_pipeline.cells.count import LEFT_EDGE, Count
from handleplan_pipeline.cells.groups import GROUPS_OF
from handleplan_pipeline.errors import SourceError
from handleplan_pipeline.lake.engine import SqlInput, get_engine

LOOK_BACK_YEARS = 5
"""Ancestry of the reference year; if absent, the latest earlier row of at most so many years back. Ours, version 1."""


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

AGE = on_1_january("counted.attribute_year")


TABULATE = (
    WITH_ATTRIBUTES
    + """
    select name, counted.year, coalesce(attribute.ancestry, 'unknown') as ancestry,
           coalesce(attribute.sex, 'unknown') as sex,
           {age} as age,
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
    sql = TABULATE.format(counted=counted_sql, look_back=LOOK_BACK_YEARS, age=AGE)
    return get_engine().query(sql, inputs, params, name)


def population(sql: str, inputs: Mapping[str, SqlInput], params: Mapping[str, Any], name: str) -> pl.DataFrame:
    """Persons of a population by name, year, ancestry, sex and age; `sql` gives a row per person."""
    return get_engine().query(POPULATION.format(query=sql), inputs, params, name)


def _spread(units: pl.LazyFrame, count: Count, total: tuple[str, str]) -> pl.LazyFrame:
    """Every unit once per group and per split (total, sex, age band)."""
    groups = pl.LazyFrame(
        [(a, g) for a, gs in GROUPS_OF.items() for g in ("all", *gs)],
        schema=["ancestry", "population_group"],
        orient="row",
    ).filter(pl.col("population_group").is_in(count.groups))
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
    names = plain.collect_schema().names()
    return pl.concat([p.select(names) for p in parts])


def _band(bands: tuple[tuple[int, int], ...]) -> pl.Expr:
    age = pl.col("age")
    found = [pl.when(age.is_between(*b)).then(pl.lit(label(b))) for b in bands]
    return pl.coalesce([*found, pl.lit("unknown")])


def label(band: tuple[int, int]) -> str:
    """16, 15-17 or 65+."""
    a, b = band
    return str(a) if a == b else f"{a}+" if b >= 200 else f"{a}-{b}"


KEYS = ["year", "population_group", "sex", "age_group"]


def _grid(count: Count, years: Sequence[int], total: tuple[str, str]) -> pl.LazyFrame:
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
    return pl.LazyFrame(rows, schema={"year": pl.Int32, **dict.fromkeys(KEYS[1:], pl.String)}, orient="row")


def years_of(count: Count, indicator: Indicator, delivered: pl.DataFrame, candidates: Sequence[int]) -> list[int]:
    """The years for which every period the indicator needs has been delivered."""
    have = set(delivered.select("source", "period").iter_rows())
    return [
        y
        for y in candidates
        if y >= count.first_year
        and y % count.every == 0
        and all(
            (s, y + o) in have or y + o < indicator.exists_from.get(s, 0)
            for s, offsets in indicator.needs.items()
            for o in offsets
        )
    ]


def left_edges(indicator: Indicator, delivered: pl.DataFrame, years: Sequence[int]) -> list[int]:
    """The years that look back into a period that could exist and has not been delivered."""
    have = set(delivered.select("source", "period").iter_rows())
    return [
        y
        for y in years
        if any(
            (s, y - k) not in have and y - k >= indicator.exists_from.get(s, 0)
            for s, periods in indicator.looks_back.items()
            for k in range(1, periods + 1)
        )
    ]


def with_left_edges(catalogue: Catalogue, cells: pl.DataFrame, delivered: pl.DataFrame) -> pl.DataFrame:
    """Cells with the caveat `left_edge` in the years of each indicator that are cut off before the first period."""
    years = cells.group_by("indicator_id").agg(pl.col("year").unique()).iter_rows()
    cut = {(i, y) for i, found in years for y in left_edges(catalogue.indicator(i), delivered, found)}
    return with_caveat(cells, LEFT_EDGE, cut)


def with_caveat(
    cells: pl.DataFrame,
    caveat: str,
    places: Collection[tuple[str | int, ...]],
    on: tuple[str, ...] = ("indicator_id", "year"),
) -> pl.DataFrame:
    """Cells with one caveat more on those of these places: indicators and years, or the columns `on`."""
    if not places:
        return cells
    keys = {name: cells.schema[name] for name in on}
    marked = pl.DataFrame(list(places), schema=keys, orient="row").unique().with_columns(_marked=pl.lit(True))
    said = pl.concat_str("caveats", pl.lit(caveat), separator=";", ignore_nulls=True)
    found = cells.join(marked, on=on, how="left", maintain_order="left")
    return found.with_columns(caveats=pl.when("_marked").then(said).otherwise("caveats")).drop("_marked")


def arrange(
    catalogue: Catalogue,
    counts: Sequence[Count],
    units: pl.DataFrame,
    populations: pl.DataFrame | None,
    delivered: pl.DataFrame,
) -> pl.DataFrame:
    """Cells (without provenance) of all `counts`, for the years that can be known."""
    periods = delivered["period"].to_list()
    candidates = range(min(periods), max(periods) + 1) if periods else range(0)
    people = None if populations is None else populations.lazy()
    found = [
        _cells_of(c, catalogue.indicator(c.indicator), units.lazy(), people, years)
        for c in counts
        if (years := years_of(c, catalogue.indicator(c.indicator), delivered, candidates))
    ]
    # one plan of many small steps: each by itself takes longer to start than to do
    return pl.concat(found).collect() if found else pl.DataFrame(schema=CELL_SHAPE)


CELL_SHAPE = pl.Schema(
    {
        "indicator_id": pl.String,
        "year": pl.Int32,
        "population_group": pl.String,
        "sex": pl.String,
        "age_group": pl.String,
        "numerator": pl.Int64,
        "denominator": pl.Int64,
        "value": pl.Float64,
    }
)


def _cells_of(
    count: Count, indicator: Indicator, units: pl.LazyFrame, populations: pl.LazyFrame | None, years: Sequence[int]
) -> pl.LazyFrame:
    total = (indicator.sex, indicator.age_group)
    mine = units.filter((pl.col("name") == (count.like or count.indicator)) & pl.col("year").is_in(years))
    mine = mine.with_columns(pl.col("year").cast(pl.Int32))
    spread = _spread(mine, count, total)
    if count.kind == "median":
        cells = spread.group_by(KEYS).agg(
            numerator=pl.lit(None, pl.Int64),
            denominator=pl.col("members").sum().cast(pl.Int64),
            value=pl.col("amount").repeat_by("members").list.explode().median(),
        )
    else:
        cells = spread.group_by(KEYS).agg(
            numerator=pl.col("hits").sum().cast(pl.Int64), denominator=pl.col("members").sum().cast(pl.Int64)
        )
        cells = _with_denominator(cells, count, populations, years, total).with_columns(value=pl.lit(None, pl.Float64))
    cells = cells.with_columns(indicator_id=pl.lit(count.indicator)).select(CELL_SHAPE.names())
    return cells.cast(CELL_SHAPE).sort("indicator_id", *KEYS)


def _with_denominator(
    cells: pl.LazyFrame, count: Count, populations: pl.LazyFrame | None, years: Sequence[int], total: tuple[str, str]
) -> pl.LazyFrame:
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
    counted = (
        pl.concat([grid, extra])
        .unique(maintain_order=True)
        .join(cells.drop("denominator"), on=KEYS, how="left")
        .with_columns(pl.col("numerator").fill_null(0))
    )
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
