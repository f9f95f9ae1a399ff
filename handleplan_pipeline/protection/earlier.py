"""What earlier releases printed: counts that are known and cannot be hidden any more, and the pattern they had."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from handleplan_pipeline.catalogue import Catalogue
from handleplan_pipeline.lake import parquet
from handleplan_pipeline.lake.releases import controlled
from handleplan_pipeline.protection.blocks import AMOUNTS
from handleplan_pipeline.protection.counted import MEASURE_OF_UNIT, again, protected_indicators, table_of
from handleplan_pipeline.protection.system import Counts, RowKey, Slice, Table

NOT_KNOWN = Counts(None, None)


@dataclass(frozen=True)
class Printed:
    """What a release prints of persons: counts per row, and which rows it shows as hidden."""

    counts: dict[RowKey, Counts]
    hidden: frozenset[RowKey]
    given_up: Mapping[RowKey, tuple[str, str]] = field(default_factory=dict)
    """Of the hidden rows, those that were given up: with what, and why."""
    versions: Mapping[RowKey, str] = field(default_factory=dict)
    """The version of the definition behind each row with a figure."""


@dataclass(frozen=True)
class Earlier:
    """What each earlier release printed of the same persons, oldest first."""

    releases: tuple[Printed, ...] = ()
    same_deliveries: bool = False
    """The last one was made of the same deliveries as what is planned now."""

    @property
    def hidden(self) -> frozenset[RowKey]:
        """What the last one hid."""
        return self.releases[-1].hidden if self.releases else frozenset()


ROW_COLUMNS = (
    "indicator_id",
    "year",
    "population_group",
    "sex",
    "age_group",
    "measure",
    "numerator",
    "denominator",
    "value",
    "missing_reason",
    "data_kind",
    "definition_version",
)


def printed_rows(release: Path) -> pl.DataFrame:
    """Rows of counts of a release (columns ROW_COLUMNS); empty when it has none."""
    frames = [
        parquet.read(file, f"goal.{file.stem}").filter(pl.col("reference_group").is_null()).select(ROW_COLUMNS)
        for file in sorted((release / "parquet" / "goal").glob("*.parquet"))
    ]
    frames += [_baseline_rows(f) for f in sorted((release / "parquet" / "baseline").glob("*.parquet"))]
    return pl.concat(frames) if frames else pl.DataFrame()


def _baseline_rows(file: Path) -> pl.DataFrame:
    """What a baseline counted itself."""
    counted = parquet.read(file, f"baseline.{file.stem}").filter(pl.col("series") == "recomputed")
    # earlier releases may print no counts here
    counted = counted.with_columns(
        pl.lit(None, pl.Int64).alias(c) for c in ("numerator", "denominator") if c not in counted.columns
    ).with_columns(definition_version=pl.lit(None, pl.String))
    sub = pl.col("subgroup")
    return (
        counted.with_columns(
            indicator_id=pl.col("indicator_id") + "." + pl.col("quantity"),
            year=pl.col("data_year"),
            sex=pl.when(sub.is_in(["men", "women", "unknown"])).then(sub).otherwise(pl.lit("total")),
            age_group=pl.when(sub.str.contains(r"^\d")).then(sub).otherwise(pl.lit("total")),
            measure=pl.col("unit").replace_strict(MEASURE_OF_UNIT, default=None, return_dtype=pl.String),
        )
        .drop_nulls("measure")
        .select(ROW_COLUMNS)
    )


def key_of(row: dict[str, object]) -> RowKey:
    at = Slice(str(row["population_group"]), str(row["sex"]), str(row["age_group"]))
    return RowKey(str(row["indicator_id"]), int(str(row["year"])), at)


def counts_of(row: dict[str, object]) -> Counts:
    """The counts a printed row gives away; None for what it does not."""
    if row["missing_reason"] == "not_applicable":
        # nobody was there
        return Counts(0, 0)
    number = row["value"] if row["measure"] == "count" else row["numerator"]
    size = None if row["measure"] == "count" else row["denominator"]
    return Counts(None if number is None else round(float(str(number))), None if size is None else int(str(size)))


def split(rows: pl.DataFrame) -> Printed:
    """Rows (columns ROW_COLUMNS) with a figure or with nobody in them, and hidden ones; others say nothing."""
    counts, hidden, versions = {}, set(), {}
    for row in rows.to_dicts():
        if row["missing_reason"] == "suppressed":
            hidden.add(key_of(row))
        elif row["missing_reason"] in ("none", "not_applicable"):
            counts[key_of(row)] = counts_of(row)
            if row.get("definition_version") is not None:
                versions[key_of(row)] = row["definition_version"]
    return Printed(counts, frozenset(hidden), versions=versions)


def tables_of_release(catalogue: Catalogue, release: Printed) -> dict[str, Table]:
    """A table per indicator as a reader sees it: a hidden row is there without its counts, other rows are not there.

    Ratios of counts are no counts, and are left out.
    """
    known = protected_indicators(catalogue)
    rows: dict[str, dict[tuple[int, Slice], Counts]] = {}
    for key in (k for k in [*release.counts, *release.hidden] if k.indicator in known):
        counts = release.counts.get(key, NOT_KNOWN)
        if known[key.indicator].measure in AMOUNTS:
            counts = Counts(None, counts.denominator)
        rows.setdefault(key.indicator, {})[key.year, key.slice] = counts
    return {name: table_of(catalogue, known[name], mine, complete=False) for name, mine in rows.items()}


def known_from(catalogue: Catalogue, release: Printed) -> dict[str, Table]:
    """As `tables_of_release`, with what only its baselines print of a series counted as that series.

    Releases before 0.3 printed the parameters of a baseline there alone.
    """
    tables = tables_of_release(catalogue, release)
    for name, indicator, offset in again(catalogue):
        if name in tables and indicator.id not in tables:
            whole = (indicator.sex, indicator.age_group)
            rows = {
                (y + offset, Slice(at.population_group, *whole)): counts
                for (y, at), counts in tables[name].rows.items()
                if (at.sex, at.age_group) == tables[name].whole
            }
            tables[indicator.id] = table_of(catalogue, indicator, rows, complete=False)
    return tables


def read(releases: Iterable[Path], current_deliveries: frozenset[str]) -> Earlier:
    """What `releases` (oldest first) printed about the same persons.

    A synthetic figure is only known of the synthetic city it is about: a demonstration that shares no delivery with
    today's is about another one, and one without disclosure control was no release. Real figures always count.
    """
    found = []
    for release in releases:
        rows = printed_rows(release)
        if not rows.height:
            continue
        same_city = controlled(release) and bool(deliveries_of(release) & current_deliveries)
        mine = rows.filter((pl.col("data_kind") == "delivered") | ((pl.col("data_kind") == "synthetic") & same_city))
        found.append(replace(split(mine), given_up=_given_up(release)))
    return Earlier(tuple(found))


def _given_up(release: Path) -> dict[RowKey, tuple[str, str]]:
    """What a release says it gave up; releases before 0.5 gave nothing up."""
    file = release / "parquet" / "output" / "disclosure_given_up.parquet"
    if not file.is_file():
        return {}
    rows = parquet.read(file, "output.disclosure_given_up").to_dicts()
    return {key_of(r): (r["what"], r["why"]) for r in rows}


def deliveries_of(release: Path) -> set[str]:
    """The current deliveries a release names."""
    file = release / "parquet" / "meta" / "delivery.parquet"
    if not file.is_file():
        return set()
    return set(parquet.read(file, "meta.delivery").filter(pl.col("state") == "current")["delivery_id"].to_list())
