"""Goals 3, 4 and 10 as one writes them in plain Polars: from registers to counted units by name, year and person."""

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.peers_areas import of_baseline

Tables = Mapping[str, pl.LazyFrame]
NEW_YEAR, NEW_YEARS_EVE = pl.date(pl.col("year"), 1, 1), pl.date(pl.col("year"), 12, 31)
LOOK_BACK = 5


def read(files: Mapping[str, list[str]]) -> Tables:
    return {n: pl.scan_parquet(f, glob=False, hive_partitioning=False) for n, f in files.items()}


def _calendar(t: Tables) -> pl.LazyFrame:
    return t["person"].select(pl.col("year").cast(pl.Int32)).unique()


def _in_year(t: Tables, spans: pl.LazyFrame) -> pl.LazyFrame:
    """Every span once per year it touches, with the first `day` it does."""
    day = pl.max_horizontal("start_date", NEW_YEAR)
    years = spans.join(_calendar(t), how="cross").filter(pl.col("start_date") <= NEW_YEARS_EVE)
    return years.with_columns(day=day).filter(pl.col("observed_end") > pl.col("day"))


def goal_4(t: Tables, values: Mapping[str, Any]) -> pl.LazyFrame:
    stays, here = _in_year(t, t["shelter_stay"].drop("year", strict=False)), values["municipality"]
    guests = [
        stays.filter(pl.col(column) == here).select(pl.lit(name).alias("name"), "person", "year").unique()
        for name, column in {"I04": "facility_municipality", "I04_paying": "paying_municipality"}.items()
    ]
    since = pl.max_horizontal(pl.col("start_date") + pl.duration(days=values["threshold_nights"]), NEW_YEAR)
    until = pl.min_horizontal(pl.col("observed_end") - pl.duration(days=1), NEW_YEARS_EVE)
    long = t["shelter_episode"].join(_calendar(t), how="cross").filter(since <= until).select("person", "year").unique()
    found = pl.concat(guests).join(long.with_columns(outcome=True), on=["person", "year"], how="left")
    return found.with_columns(pl.col("outcome").fill_null(False), attribute_year=pl.col("year"))


def _situation(t: Tables, follow: pl.LazyFrame, window: int) -> pl.LazyFrame:
    """`follow` with the housing of each day, or the nearest within the window."""
    home = t["housing_situation"].select("person", "start_date", "observed_end", "situation")
    home = home.filter(pl.col("situation") != "number_only")
    near = follow.join(home, on="person").filter(
        pl.col("start_date") <= pl.col("follow_up") + pl.duration(days=window),
        pl.col("observed_end") > pl.col("follow_up") - pl.duration(days=window),
    )
    after = pl.col("start_date") > pl.col("follow_up")
    before = pl.col("observed_end") <= pl.col("follow_up")
    ahead = (pl.col("start_date") - pl.col("follow_up")).dt.total_days() * 2 + 1
    behind = ((pl.col("follow_up") - pl.col("observed_end")).dt.total_days() + 1) * 2
    key = ["person", "index_year"]
    covering = near.filter(~after & ~before).group_by(key).agg(on_day=pl.col("situation").sort_by("start_date").last())
    nearest = near.filter(after | before).with_columns(distance=pl.when(after).then(ahead).otherwise(behind))
    nearest = nearest.group_by(key).agg(beside=pl.col("situation").sort_by("distance").first())
    found = follow.join(covering, on=key, how="left").join(nearest, on=key, how="left")
    return found.with_columns(situation=pl.coalesce("on_day", "beside", pl.lit("no_record")))


def goal_3(t: Tables, values: Mapping[str, Any]) -> pl.LazyFrame:
    span = ["person", "start_date", "observed_end"]
    here = t["shelter_stay"].filter(pl.col("facility_municipality") == values["municipality"]).select(span)
    street = t["housing_situation"].filter(
        pl.col("situation") == "no_abode", pl.col("geography") == values["municipality"]
    )
    indexed = _in_year(t, pl.concat([here, street.select(span)])).group_by("person", "year").agg(pl.col("day").min())
    follow_up = pl.col("day") + pl.duration(days=values["follow_up_days"])
    follow = indexed.select("person", index_year="year", follow_up=follow_up)
    found = _situation(t, follow, values["address_window_days"])
    facility = pl.concat(
        [
            t["shelter_stay"].select("person", "start_date", end="observed_end"),
            t["social_psychiatry_service"]
            .filter(pl.col("section") == "107")
            .select("person", "start_date", end=pl.coalesce("end_date", pl.col("observed_end") + pl.duration(days=1))),
        ]
    )
    inside = (
        follow.join(facility, on="person")
        .filter(pl.col("start_date") <= pl.col("follow_up"), pl.col("end") > pl.col("follow_up"))
        .select("person", "index_year", inside=True)
        .unique()
    )
    found = found.join(inside, on=["person", "index_year"], how="left")
    situation, inside_one = pl.col("situation"), pl.col("inside").fill_null(False)
    success = situation.is_in(["own_home", "permanent_accommodation"]) & ~inside_one
    gone, unknown = situation.is_in(["dead", "emigrated"]), situation.is_in(["no_record", "status_unknown"])
    name = pl.when(gone).then(pl.lit("I03_left")).when(unknown).then(pl.lit("I03_unknown")).otherwise(pl.lit("I03"))
    return found.select(
        "person",
        name=name,
        year=pl.col("index_year") + 1,
        attribute_year="index_year",
        outcome=gone | unknown | success,
    )


def goal_10(t: Tables, values: Mapping[str, Any]) -> pl.LazyFrame:
    area = ["area_kind", "area_key", "year"]
    asked = [(k, a, date(y, 1, 1)) for k, a, y in t["area_resident"].select(area).unique().collect().iter_rows()]
    fixed = of_baseline(asked, t["housing_area"].collect().to_dicts(), t["area_key"].collect().to_dicts(), values)
    rows = [(k, a, d.year) for k, a, d in fixed]
    areas = pl.LazyFrame(rows, schema=dict(zip(area, (pl.String, pl.String, pl.Int32), strict=True)), orient="row")
    adults = t["person"].filter(pl.col("age").is_between(18, 64)).select("person", "year")
    resident = (
        t["area_resident"]
        .join(areas, on=area, how="semi")
        .join(adults, on=["person", "year"])
        .join(t["benefit"], on=["person", "year"], how="left")
    )
    on_transfer = pl.col("on_transfer").fill_null(False)
    # null or early: what is not known is no transfer income, unless the other is
    early = (pl.col("on_transfer") | pl.col("early_retirement")).fill_null(False)
    outcomes = {"": on_transfer, "_half_year": pl.col("half_year").fill_null(False), "_early_retirement": early}
    series = pl.col("area_kind").replace_strict({"exposed_area": "I12a", "high_risk_department": "I12b"})
    parts = [
        resident.select("person", "year", attribute_year="year", name=series + suffix, outcome=outcome)
        for suffix, outcome in outcomes.items()
    ]
    return pl.concat(parts)


GOALS: Mapping[int, Callable[[Tables, Mapping[str, Any]], pl.LazyFrame]] = {3: goal_3, 4: goal_4, 10: goal_10}


def _tabulated(t: Tables, counted: pl.LazyFrame) -> pl.LazyFrame:
    """Counted units by name, year, ancestry, sex and age: the attributes of the latest of six years that says them."""
    wanted = counted.select("person", pl.col("attribute_year").cast(pl.Int32)).drop_nulls("person").unique()
    rows = wanted.join(t["person"].select("person", "year", "ancestry", "sex", "birth_date"), on="person")
    back = pl.col("attribute_year") - pl.col("year")
    rows = rows.filter(back.is_between(0, LOOK_BACK)).sort("year")
    said = rows.group_by("person", "attribute_year").agg(
        pl.col(c).drop_nulls().last() for c in ("ancestry", "sex", "birth_date")
    )
    born = pl.col("birth_date")
    on_new_year = (born.dt.month() == 1) & (born.dt.day() == 1)
    age = pl.col("attribute_year") - born.dt.year() - pl.when(on_new_year).then(0).otherwise(1)
    units = counted.with_columns(pl.col("attribute_year").cast(pl.Int32))
    units = units.join(said, on=["person", "attribute_year"], how="left")
    keys = {"ancestry": pl.col("ancestry").fill_null("unknown"), "sex": pl.col("sex").fill_null("unknown"), "age": age}
    return (
        units.with_columns(**keys)
        .group_by("name", "year", *keys)
        .agg(members=pl.len(), hits=pl.col("outcome").sum())
        .select("name", "year", *keys, "members", "hits")
    )


def count(files: Mapping[str, list[str]], values: Mapping[int, Mapping[str, Any]], out: Path) -> None:
    """Write the counts of each goal as Parquet."""
    tables = read(files)
    for goal, of_goal in values.items():
        _tabulated(tables, GOALS[goal](tables, of_goal)).collect().write_parquet(out / f"{goal}.parquet")
