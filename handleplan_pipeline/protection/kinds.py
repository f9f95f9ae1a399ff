"""Kinds of persons: all that printed counts can tell of one person, as the definitions' own SQL counts it.

A kind is a pattern (in which series of one base year a person stands, how often, and with which outcome) with sex, age
and whether ancestry is known. Ancestry comes after the counting and changes none of it, so its code is no part of it.
An era is the base years in which the same registers exist: a kind is possible in the base years of its own.
"""

import io
import math
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from handleplan_pipeline.cells.count import Count
from handleplan_pipeline.cells.groups import UNKNOWN
from handleplan_pipeline.cells.tabulate import AGE, LOOK_BACK_YEARS, WITH_ATTRIBUTES
from handleplan_pipeline.errors import ConfigurationError
from handleplan_pipeline.lake.engine import SqlInput, get_engine
from handleplan_pipeline.settings import get_settings
from handleplan_pipeline.sources.pinned import read_pinned

MEMBERSHIPS = (
    WITH_ATTRIBUTES
    + """
    select coalesce(counted.person, 'nobody ' || row_number() over ()) as person, name, counted.year::int as year,
           counted.attribute_year::int as attribute_year,
           coalesce(attribute.ancestry, 'unknown') <> 'unknown' as known, coalesce(attribute.sex, 'unknown') as sex,
           {age} as age,
           outcome
    from counted
    left join attribute on counted.person = attribute.person and counted.attribute_year = attribute.attribute_year
"""
)
"""A row per counted unit; who has no person number is a person of their own."""


class Times(NamedTuple):
    """How often a person stands in a counted series: units with the outcome, and units in all."""

    hits: int
    members: int


Pattern = Mapping[str, Times]
"""By the name under which the definitions count, in one base year."""


class CountedSeries(NamedTuple):
    """An indicator, the name under which its persons are counted, its measure, and years after the attribute year.

    `ages`: the age groups it is broken down by, as `15-17 18-24`; empty where it is not. `of_eras`: who stands in it is
    possible in one era and perhaps not in another.
    """

    indicator: str
    name: str
    measure: str
    shift: int
    ages: str
    of_eras: bool = False


class Kind(NamedTuple):
    """A pattern and who has been seen with it. `age` is None and `sex` unknown where nothing is known of the person.

    `before`: the end of the era it was seen in; None in the last one, and where an era makes no difference to it.
    `base_year`: the one in which alone it is known to be possible; None where it is in every one of the era.
    """

    pattern: str
    known: bool
    sex: str
    age: int | None
    before: int | None = None
    base_year: int | None = None


@dataclass(frozen=True)
class Kinds:
    """The counted series and every kind of person that has been seen to be possible."""

    series: tuple[CountedSeries, ...]
    kinds: frozenset[Kind]

    @property
    def shifts(self) -> dict[str, int]:
        return {s.name: s.shift for s in self.series}


def era_of(base_year: int, eras: Iterable[int]) -> int | None:
    """The end of the era of a base year."""
    return min((e for e in eras if e > base_year), default=None)


def said(pattern: Pattern) -> str:
    """A pattern as text: `one=0/1 other=2/3`, by name."""
    return " ".join(f"{n}={t.hits}/{t.members}" for n, t in sorted(pattern.items()))


def read_pattern(text: str) -> dict[str, Times]:
    """The pattern of `said`. Raises ValueError for any other text."""
    found = {}
    for item in text.split():
        m = re.fullmatch(r"([^=\s]+)=(\d+)/(\d+)", item)
        if m is None:
            raise ValueError("not a pattern of counts")
        found[m.group(1)] = Times(int(m.group(2)), int(m.group(3)))
    return found


ASKED_FOR = "select * from ({counted}) as every semi join asked_for using (name, year)"


def memberships_sql(counted_sql: str, *, of_all: bool = True) -> str:
    """The query of `memberships`. Otherwise of the names and years in the table `asked_for` alone."""
    counted = counted_sql if of_all else ASKED_FOR.format(counted=counted_sql)
    return MEMBERSHIPS.format(counted=counted, look_back=LOOK_BACK_YEARS, age=AGE)


def memberships(
    counted_sql: str,
    inputs: Mapping[str, SqlInput],
    params: Mapping[str, Any],
    name: str,
    asked_for: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """A row per counted unit of a query: person, name, year, attribute_year, known, sex, age, outcome. Confidential.

    `asked_for`: the names and years that are wanted; all of them by default.
    """
    wanted = {} if asked_for is None else {"asked_for": asked_for}
    sql = memberships_sql(counted_sql, of_all=asked_for is None)
    return get_engine().query(sql, {**inputs, **wanted}, params, name)


def counted_series(
    counts: Iterable[Count], shifts: Mapping[str, int], of_eras: Collection[str] = ()
) -> list[CountedSeries]:
    """The series of these counts; `shifts` by name."""
    return [
        CountedSeries(c.indicator, n, c.kind, shifts[n], _bands(c), n in of_eras)
        for c in counts
        if (n := c.like or c.indicator) in shifts
    ]


def _bands(count: Count) -> str:
    return " ".join(f"{a}-{b}" for a, b in count.bands) if "age" in count.splits else ""


def age_classes(series: Iterable[CountedSeries]) -> list[int]:
    """First ages of the finest classes that any of these series tells apart."""
    bands = [b.split("-") for s in series for b in s.ages.split()]
    return sorted({0} | {int(a) for a, _ in bands} | {int(b) + 1 for _, b in bands})


def shifts_of(rows: pl.DataFrame) -> dict[str, int]:
    """Years from the attribute year to the year a series is printed in; pooled years count from the last one."""
    found = rows.group_by("name").agg(shift=(pl.col("year") - pl.col("attribute_year")).min())
    return {n: int(s) for n, s in found.sort("name").iter_rows()}


ATTRIBUTES = ("known", "sex", "age")


def patterns_of(rows: pl.DataFrame, shifts: Mapping[str, int]) -> pl.DataFrame:
    """A row per person and base year: person, base, attribute_year, pattern and the attributes. `rows`: `memberships`.

    A pooled base year asks for a person's attributes in several years and still counts one person, with the attributes
    of the last of them. Who is known in one of these years and not in another stands in the counts as two persons do,
    and is none that could be made alone: left out.
    """
    base = pl.col("year") - pl.col("name").replace_strict(dict(shifts), return_dtype=pl.Int32)
    who, born = ["person", "base"], pl.col("attribute_year") - pl.col("age")
    about = {"known": pl.col("known"), "sex": pl.col("sex"), "born": born}
    units = (
        rows.with_columns(base=base, **about)
        .group_by(*who, "name")
        .agg(
            pl.len().alias("members"),
            pl.col("outcome").sum().alias("hits"),
            pl.col("attribute_year").max(),
            *(pl.col(c).min().alias(f"least_{c}") for c in about),
            *(pl.col(c).max().alias(f"most_{c}") for c in about),
        )
        .with_columns(item=pl.format("{}={}/{}", "name", "hits", "members"))
        .sort("name")
    )
    whole = units.group_by(who, maintain_order=True).agg(
        pl.col("item").str.join(" ").alias("pattern"),
        pl.col("attribute_year").max(),
        *(pl.col(f"least_{c}").min() for c in about),
        *(pl.col(f"most_{c}").max() for c in about),
    )
    is_one = pl.all_horizontal(pl.col(f"least_{c}").eq_missing(pl.col(f"most_{c}")) for c in about)
    return whole.filter(is_one).select(
        *who,
        "attribute_year",
        "pattern",
        known="least_known",
        sex="least_sex",
        age=pl.col("attribute_year") - pl.col("least_born"),
    )


def kinds_in(patterns: pl.DataFrame, eras: Iterable[int] = (), of_eras: Collection[str] = ()) -> frozenset[Kind]:
    """The kinds that have these patterns (columns of `patterns_of`), in whatever base year of the era they were seen.

    `of_eras`: names to which an era matters.
    """
    ends = tuple(eras)
    matters = {p: any(n in of_eras for n in read_pattern(p)) for p in patterns["pattern"].unique()}
    found = patterns.select("pattern", *ATTRIBUTES, "base").unique()
    return frozenset(
        Kind(pattern, known, sex, age, era_of(base, ends) if matters[pattern] else None)
        for pattern, known, sex, age, base in found.iter_rows()
    )


def kinds_of_their_years(patterns: pl.DataFrame, everywhere: frozenset[Kind], eras: Iterable[int]) -> frozenset[Kind]:
    """The kinds that have these patterns and are not possible in every base year (`everywhere`): in their own alone."""
    ends = tuple(eras)
    found = patterns.select("pattern", *ATTRIBUTES, "base").unique().iter_rows()
    seen = ((Kind(pattern, known, sex, age), base) for pattern, known, sex, age, base in found)
    return frozenset(
        k._replace(base_year=base)
        for k, base in seen
        if everywhere.isdisjoint((k, k._replace(before=era_of(base, ends))))
    )


def _ages(ages: Sequence[int]) -> str:
    """`18-24 30`: ages as ranges."""
    found: list[str] = []
    first = ages[0]
    for a, b in pairwise([*ages, ages[-1] + 2]):
        if b != a + 1:
            found.append(str(a) if first == a else f"{first}-{a}")
            first = b
    return " ".join(found)


def _ages_told(ages: Collection[int | None]) -> Iterator[str | None]:
    if None in ages:
        yield None
    if known := sorted(a for a in ages if a is not None):
        yield _ages(known)


def _ages_of(text: str | None) -> Iterator[int | None]:
    if text is None:
        yield None
        return
    for part in text.split():
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)


SERIES_FILE, KINDS_FILE = "series.csv", "kinds.csv"
TABLE = {
    "pattern": pl.String,
    "before": pl.Int64,
    "base_year": pl.Int32,
    "ancestry_known": pl.Boolean,
    "sex": pl.String,
    "ages": pl.String,
}


def table_of_kinds(kinds: Iterable[Kind]) -> pl.DataFrame:
    """Kinds with their ages as ranges, in a fixed order: the columns of TABLE.

    `before` is null in the last era, `base_year` where the kind is possible in all years of its era, `ages` where
    nothing is known of the person.
    """
    rows: dict[tuple[str, int | None, int | None, bool, str], set[int | None]] = {}
    for k in kinds:
        rows.setdefault((k.pattern, k.before, k.base_year, k.known, k.sex), set()).add(k.age)
    ordered = sorted(rows.items(), key=lambda row: (row[0][0], row[0][1] or math.inf, row[0][2] or 0, *row[0][3:]))
    lines = [(*who, text) for who, ages in ordered for text in _ages_told(ages)]
    return pl.DataFrame(lines, schema=TABLE, orient="row")


def kinds_of_table(table: pl.DataFrame) -> frozenset[Kind]:
    """The kinds of `table_of_kinds`."""
    rows = table.select(*TABLE).iter_rows()
    return frozenset(
        Kind(p, known, sex, age, end, base) for p, end, base, known, sex, ages in rows for age in _ages_of(ages)
    )


def written(kinds: Kinds) -> dict[str, str]:
    """The files that hold these kinds, by name: the same kinds give the same bytes.

    Raises ValueError for a kind of one base year alone, which nobody else has.
    """
    if any(k.base_year is not None for k in kinds.kinds):
        raise ValueError("a kind of one base year alone is of one lake alone")
    series = pl.DataFrame(sorted(kinds.series), schema=CountedSeries._fields, orient="row")
    return {
        SERIES_FILE: series.write_csv(),
        KINDS_FILE: table_of_kinds(kinds.kinds)
        .drop("base_year")
        .with_columns(pl.col("ancestry_known").replace_strict({True: "yes", False: "no"}, return_dtype=pl.String))
        .write_csv(),
    }


def read_kinds(folder: Path) -> Kinds:
    """The pinned kinds. Raises PinnedFileError for a file that was changed, ConfigurationError for one that is none."""
    series, _ = read_pinned(folder / SERIES_FILE)
    kinds, _ = read_pinned(folder / KINDS_FILE)
    try:
        of_series = (
            pl.read_csv(io.BytesIO(series), schema_overrides={"shift": pl.Int64, "of_eras": pl.Boolean})
            .with_columns(pl.col("ages").fill_null(""))
            .iter_rows()
        )
        table = pl.read_csv(io.BytesIO(kinds), infer_schema=False)
        table = table.with_columns(
            pl.col("before").cast(pl.Int64),
            ancestry_known=pl.col("ancestry_known") == "yes",
            base_year=pl.lit(None, dtype=pl.Int32),
        )
        found = kinds_of_table(table)
        return Kinds(tuple(CountedSeries(*r) for r in of_series), found)
    except (ValueError, TypeError, pl.exceptions.PolarsError) as e:
        raise ConfigurationError(f"{folder.name}: the kinds of persons cannot be read ({type(e).__name__}).") from e


@lru_cache(maxsize=4)
def _pinned(folder: Path) -> Kinds:
    return read_kinds(folder)


def pinned_kinds() -> Kinds:
    """The kinds that come with the repository."""
    return _pinned(get_settings().reference / "kinds")


def is_nobody(kind: Kind) -> bool:
    """Whether nothing is known of the person."""
    return kind.sex == UNKNOWN
