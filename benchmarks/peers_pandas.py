"""Goals 3, 4 and 10 as one writes them in pandas: from registers to counted units by name, year and person."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.peers_areas import of_baseline

Tables = Mapping[str, pd.DataFrame]
LOOK_BACK = 5
DATES = ("start_date", "end_date", "observed_end", "birth_date")


def read(files: Mapping[str, list[str]]) -> Tables:
    found = {n: pd.concat([pd.read_parquet(f) for f in fs], ignore_index=True) for n, fs in files.items()}
    for frame in found.values():
        for column in set(DATES) & set(frame.columns):
            frame[column] = pd.to_datetime(frame[column])
    return found


def _day(years: Any, month: int, day: int) -> Any:
    return pd.to_datetime({"year": years, "month": month, "day": day})


def _calendar(t: Tables) -> pd.DataFrame:
    return pd.DataFrame({"year": sorted(t["person"]["year"].unique())})


def _in_year(t: Tables, spans: pd.DataFrame) -> pd.DataFrame:
    """Every span once per year it touches, with the first `day` it does."""
    years = spans.merge(_calendar(t), how="cross")
    years["day"] = years["start_date"].where(years["start_date"] > _day(years["year"], 1, 1), _day(years["year"], 1, 1))
    return years[(years["start_date"] <= _day(years["year"], 12, 31)) & (years["observed_end"] > years["day"])]


def goal_4(t: Tables, values: Mapping[str, Any]) -> pd.DataFrame:
    stays = _in_year(t, t["shelter_stay"].drop(columns="year", errors="ignore"))
    guests = [
        stays[stays[column] == values["municipality"]][["person", "year"]].drop_duplicates().assign(name=name)
        for name, column in {"I04": "facility_municipality", "I04_paying": "paying_municipality"}.items()
    ]
    spans = t["shelter_episode"].merge(_calendar(t), how="cross")
    since = spans["start_date"] + pd.Timedelta(days=values["threshold_nights"])
    since = since.where(since > _day(spans["year"], 1, 1), _day(spans["year"], 1, 1))
    until = spans["observed_end"] - pd.Timedelta(days=1)
    until = until.where(until < _day(spans["year"], 12, 31), _day(spans["year"], 12, 31))
    long = spans[since <= until][["person", "year"]].dropna().drop_duplicates().assign(outcome=True)
    found = pd.concat(guests).merge(long, on=["person", "year"], how="left")
    return found.assign(outcome=found["outcome"].notna(), attribute_year=found["year"])


def _situation(t: Tables, follow: pd.DataFrame, window: int) -> pd.DataFrame:
    """`follow` with the housing of each day, or the nearest within the window."""
    home = t["housing_situation"][["person", "start_date", "observed_end", "situation"]].dropna(subset="person")
    home = home[home["situation"] != "number_only"]
    near, days, key = follow.merge(home, on="person"), pd.Timedelta(days=window), ["person", "index_year"]
    start, end, day = near["start_date"], near["observed_end"], near["follow_up"]
    near = near[(start <= day + days) & (end > day - days)]
    start, end, day = near["start_date"], near["observed_end"], near["follow_up"]
    after, before = start > day, end <= day
    near = near.assign(distance=((start - day).dt.days * 2 + 1).where(after, ((day - end).dt.days + 1) * 2))
    covering = near[~after & ~before].sort_values("start_date").groupby(key, as_index=False).last()
    nearest = near[after | before].sort_values("distance").groupby(key, as_index=False).first()
    found = follow.merge(covering[[*key, "situation"]], on=key, how="left")
    found = found.merge(nearest[[*key, "situation"]], on=key, how="left", suffixes=("", "_beside"))
    return found.assign(situation=found["situation"].fillna(found["situation_beside"]).fillna("no_record"))


def goal_3(t: Tables, values: Mapping[str, Any]) -> pd.DataFrame:
    span, here = ["person", "start_date", "observed_end"], values["municipality"]
    stays, home, service = t["shelter_stay"], t["housing_situation"], t["social_psychiatry_service"]
    street = home[(home["situation"] == "no_abode") & (home["geography"] == here)]
    spans = pd.concat([stays[stays["facility_municipality"] == here][span], street[span]])
    indexed = _in_year(t, spans).groupby(["person", "year"], as_index=False, dropna=False)["day"].min()
    follow = indexed.rename(columns={"year": "index_year"})
    follow["follow_up"] = follow["day"] + pd.Timedelta(days=values["follow_up_days"])
    found = _situation(t, follow, values["address_window_days"])
    service = service[service["section"] == "107"]
    ends = service["end_date"].fillna(service["observed_end"] + pd.Timedelta(days=1))
    facility = pd.concat(
        [
            stays[["person", "start_date"]].assign(end=stays["observed_end"]),
            service[["person", "start_date"]].assign(end=ends),
        ]
    ).dropna(subset="person")
    inside = follow.merge(facility, on="person")
    inside = inside[(inside["start_date"] <= inside["follow_up"]) & (inside["end"] > inside["follow_up"])]
    inside = inside[["person", "index_year"]].drop_duplicates().assign(inside=True)
    found = found.merge(inside, on=["person", "index_year"], how="left")
    gone = found["situation"].isin(["dead", "emigrated"])
    unknown = found["situation"].isin(["no_record", "status_unknown"])
    housed = found["situation"].isin(["own_home", "permanent_accommodation"]) & found["inside"].isna()
    name = pd.Series("I03", index=found.index).mask(gone, "I03_left").mask(unknown, "I03_unknown")
    years = {"year": found["index_year"] + 1, "attribute_year": found["index_year"]}
    return found[["person"]].assign(name=name, outcome=gone | unknown | housed, **years)


def goal_10(t: Tables, values: Mapping[str, Any]) -> pd.DataFrame:
    area, who = ["area_kind", "area_key", "year"], ["person", "year"]
    asked = t["area_resident"][area].drop_duplicates()
    days = [pd.Timestamp(year=y, month=1, day=1).date() for y in asked["year"]]
    listed, changes = (t[n].to_dict("records") for n in ("housing_area", "area_key"))
    fixed = of_baseline(zip(asked["area_kind"], asked["area_key"], days, strict=True), listed, changes, values)
    areas = pd.DataFrame([(k, a, d.year) for k, a, d in fixed], columns=area)
    person = t["person"]
    adults = person[person["age"].between(18, 64)][who]
    resident = t["area_resident"].dropna(subset="person").merge(areas, on=area).merge(adults, on=who)
    resident = resident.merge(t["benefit"], on=who, how="left")
    given = {c: resident[c].fillna(False).astype(bool) for c in ("on_transfer", "half_year", "early_retirement")}
    outcomes = {"": given["on_transfer"], "_half_year": given["half_year"]}
    outcomes["_early_retirement"] = given["on_transfer"] | given["early_retirement"]
    series = resident["area_kind"].map({"exposed_area": "I12a", "high_risk_department": "I12b"})
    return pd.concat(
        resident[who].assign(attribute_year=resident["year"], name=series + suffix, outcome=outcome)
        for suffix, outcome in outcomes.items()
    )


GOALS: Mapping[int, Callable[[Tables, Mapping[str, Any]], pd.DataFrame]] = {3: goal_3, 4: goal_4, 10: goal_10}


def _tabulated(t: Tables, counted: pd.DataFrame) -> pd.DataFrame:
    """Counted units by name, year, ancestry, sex and age: the attributes of the latest of six years that says them."""
    who = ["person", "attribute_year"]
    wanted = counted[who].dropna().drop_duplicates()
    rows = wanted.merge(t["person"][["person", "year", "ancestry", "sex", "birth_date"]], on="person")
    back = rows["attribute_year"] - rows["year"]
    rows = rows[(back >= 0) & (back <= LOOK_BACK)].sort_values("year")
    said = rows.groupby(who, as_index=False)[["ancestry", "sex", "birth_date"]].last()
    units = counted.merge(said, on=who, how="left")
    born = units["birth_date"]
    on_new_year = (born.dt.month == 1) & (born.dt.day == 1)
    age = units["attribute_year"] - born.dt.year - 1 + on_new_year.astype(int)
    units = units.assign(age=age, ancestry=units["ancestry"].fillna("unknown"), sex=units["sex"].fillna("unknown"))
    keys = ["name", "year", "ancestry", "sex", "age"]
    grouped = units.groupby(keys, as_index=False, dropna=False)
    return grouped.agg(members=("outcome", "size"), hits=("outcome", "sum"))


def count(files: Mapping[str, list[str]], values: Mapping[int, Mapping[str, Any]], out: Path) -> None:
    """Write the counts of each goal as Parquet."""
    tables = read(files)
    for goal, of_goal in values.items():
        _tabulated(tables, GOALS[goal](tables, of_goal)).to_parquet(out / f"{goal}.parquet")
