"""What earlier releases printed: counts that are known and cannot be hidden any more, and the pattern they had."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import polars as pl

from handleplan_pipeline.catalogue import Catalogue, Indicator
from handleplan_pipeline.catalogue.linkage import Disclosure
from handleplan_pipeline.lake import parquet
from handleplan_pipeline.lake.releases import controlled
from handleplan_pipeline.protection.blocks import AMOUNTS
from handleplan_pipeline.protection.counted import MEASURE_OF_UNIT, again, protected_indicators, table_of
from handleplan_pipeline.protection.system import Counts, RowKey, Slice, Table
from schemas.sources.summed_counts import DELIVERY as SUMMED_COUNTS

NOT_KNOWN = Counts(None, None)
Deliveries = Mapping[str, Sequence[frozenset[str]]]
"""By source, the current deliveries, each by all the names it goes by."""


@dataclass(frozen=True)
class Printed:
    """What a release prints of persons: counts per row, and which rows it shows as hidden."""

    counts: dict[RowKey, Counts]
    hidden: frozenset[RowKey]
    given_up: Mapping[RowKey, tuple[str, str]] = field(default_factory=dict)
    """Of the hidden rows, those that were given up: with what, and why."""
    versions: Mapping[RowKey, str] = field(default_factory=dict)
    """The version of the definition behind each row with a figure."""
    changed: frozenset[str] | None = None
    """Sources of which other deliveries count now than did then; None where nobody knows."""

    def surely_holds(self, row: RowKey, indicator: Indicator) -> bool:
        """Whether what was printed of a row was counted as it is now, from the same deliveries. Anybody can tell."""
        version = self.versions.get(row, indicator.definition_version)
        needs = {*indicator.needs, SUMMED_COUNTS.source}
        return version == indicator.definition_version and self.changed is not None and needs.isdisjoint(self.changed)


@dataclass(frozen=True)
class Earlier:
    """What each earlier release printed of the same persons, oldest first."""

    releases: tuple[Printed, ...] = ()

    @cached_property
    def counts(self) -> Mapping[RowKey, Counts]:
        """What was last printed of each row."""
        return {row: counts for r in self.prints for row, counts in r.counts.items()}

    @cached_property
    def prints(self) -> tuple[Printed, ...]:
        """The releases without those that printed the same as the one before them."""
        following = zip((None, *self.releases), self.releases, strict=False)
        return tuple(r for before, r in following if before is None or before.counts is not r.counts)

    def surely_known(self, row: RowKey, indicator: Indicator) -> bool:
        """Whether the last release that printed a row printed what holds still."""
        last = next((r for r in reversed(self.releases) if row in r.counts), None)
        return last is not None and last.surely_holds(row, indicator)

    def hidden_among(self, rows: Collection[RowKey], policy: Disclosure) -> frozenset[RowKey]:
        """Which of the rows of one block and year were hidden when they were last there to be seen.

        A release that printed nothing of them (its counts did not add up) shows nothing and hides nothing. What stands
        beside a row that was shown (`shown_with`) had no value, and needs no hiding.
        """
        mine = frozenset(rows)
        ours = frozenset(r for r in mine if not policy.is_public(r.indicator, r.slice.population_group))
        hidden: frozenset[RowKey] = frozenset()
        for r in self.prints:
            # asked in this order, because a set that meets a dict looks at every key of it, for each release and block
            if not r.counts.keys().isdisjoint(ours):
                hidden = frozenset(row for row in hidden if row not in r.counts) | (mine & r.hidden)
        with_ = policy.shown_with
        beside = {r: r._replace(indicator=with_[r.indicator]) for r in hidden if r.indicator in with_}
        return frozenset(r for r in hidden if r not in beside or beside[r] in hidden)


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
        parquet.read(file, f"goal.{file.stem}", [*ROW_COLUMNS, "reference_group"])
        .filter(pl.col("reference_group").is_null())
        .select(ROW_COLUMNS)
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


def read(releases: Iterable[Path], current: Deliveries) -> Earlier:
    """What `releases` (oldest first) printed about the same persons as the `current` deliveries.

    A synthetic figure is only known of the synthetic city it is about: a demonstration that shares no delivery with
    today's, nor with another one that does, is about another one, and one without disclosure control was no release.
    Real figures always count.
    """
    found: list[Printed] = []
    last: tuple[pl.DataFrame, Printed] | None = None
    related = {name for names in _names(current) for name in names}
    for release in reversed(list(releases)):
        rows, then = printed_rows(release), deliveries_of(release)
        if not rows.height:
            continue
        mine = {name for names in _names(then) for name in names}
        same_city = controlled(release) and bool(mine & related)
        related |= mine if same_city else set()
        known = rows.filter((pl.col("data_kind") == "delivered") | ((pl.col("data_kind") == "synthetic") & same_city))
        if known.height:
            # most releases print what the next one printed: one print is kept of both, however long the history
            print_ = last[1] if last is not None and last[0].equals(known) else split(known)
            last = known, print_
            found.append(replace(print_, given_up=given_up_in(release), changed=changed_sources(then, current)))
    return Earlier(tuple(reversed(found)))


def _names(deliveries: Deliveries) -> Iterable[frozenset[str]]:
    return (names for of_source in deliveries.values() for names in of_source)


def changed_sources(then: Deliveries, now: Deliveries) -> frozenset[str]:
    """Sources that do not have the same deliveries in both."""
    return frozenset(
        source
        for source in then.keys() | now.keys()
        if len(then.get(source, ())) != len(now.get(source, ()))
        or not all(any(a & b for b in now.get(source, ())) for a in then.get(source, ()))
    )


def given_up_in(release: Path) -> dict[RowKey, tuple[str, str]]:
    """What a release says it gave up; releases before 0.5 gave nothing up."""
    file = release / "parquet" / "output" / "disclosure_given_up.parquet"
    if not file.is_file():
        return {}
    rows = parquet.read(file, "output.disclosure_given_up").to_dicts()
    return {key_of(r): (r["what"], r["why"]) for r in rows}


def deliveries_of(release: Path) -> Deliveries:
    """The current deliveries a release names."""
    file = release / "parquet" / "meta" / "delivery.parquet"
    if not file.is_file():
        return {}
    current = parquet.read(file, "meta.delivery").filter(pl.col("state") == "current")
    found: dict[str, list[frozenset[str]]] = {}
    for source, name in current.select("source", "delivery_id").sort("source", "delivery_id").iter_rows():
        found.setdefault(source, []).append(frozenset([name]))
    return found
