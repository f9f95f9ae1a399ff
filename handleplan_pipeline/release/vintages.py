"""Which earlier releases a new one may repeat, and what of them.

What was printed is public and known to the audit; what a release repeats beside its own figures is no more than that
(record 0058): only of releases that were announced, are still there for the audit to read, were made under disclosure
control and not withdrawn, and never a figure of a row that the new release hides.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from handleplan_pipeline.lake import parquet
from handleplan_pipeline.lake.releases import existing, never_announced, number_of
from handleplan_pipeline.lake.tables import Lake
from handleplan_pipeline.release import ledger
from schemas.contract import TableContract

VERSION = "definition_version"
GROUP, REFERENCE, MEASURE = "population_group", "reference_group", "measure"
"""A row with a reference group is made of that group's figure and the group's own."""
FIGURES = ("value", "ci_low", "ci_high", "ci_method", "confidence", "numerator", "denominator")
"""What a row of figures says that another release may not say for it."""
HIDDEN = {"obs_status": "Q", "conf_status": "C", "missing_reason": "suppressed"}
NOT_REPEATED = {
    "reason_da": "Begrundelsen gentages ikke: Et af dens tal vises ikke i denne udgivelse.",
    "reason_en": "The reason is not repeated: a figure in it is not shown in this release.",
}
Address = tuple[str, str, str]
"""Table, row id and column of a figure."""


def about(release: Path) -> dict[str, Any]:
    """What a release says of itself; nothing where it has no such table."""
    file = release / "parquet" / "meta" / "release.parquet"
    rows = parquet.read(file, "meta.release").to_dicts() if file.is_file() else []
    return rows[0] if rows else {}


def repeatable(lake: Lake, synthetic: bool) -> list[Path]:
    """The releases of the lake that a new one may repeat, oldest first.

    A release with made-up figures repeats none without, and the other way round: they are not about the same city.
    Raises ReleaseError when the ledger is broken.
    """
    aside = {p.name for p in never_announced(lake)} | withdrawn(ledger.read(lake))
    said = {p: about(p) for p in existing(lake) if p.name not in aside}
    controlled = [p for p, s in said.items() if s.get("disclosure_control") == "on"]
    return [p for p in controlled if bool(said[p].get("holds_synthetic")) == synthetic]


def withdrawn(entries: Sequence[ledger.Entry]) -> set[str]:
    """The releases that were withdrawn."""
    return {name for name in ledger.releases_in(entries) if ledger.state_of(entries, name) == "withdrawn"}


def last_before(previous: Path | None, earlier: Sequence[Path]) -> Path | None:
    """The release that a new one is compared with: the one that readers were led to, or the last that may be told."""
    if previous is not None and previous.name in {p.name for p in earlier}:
        return previous
    return earlier[-1] if earlier else None


def rows(earlier: Sequence[Path], release: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows of `meta.vintage`: the releases that the history of a new one (its row of meta.release) tells of."""
    names = ("release_id", "built_at", "kind", "catalogue_version", "code_version")
    told = [*(about(p) | {"release_id": p.name} for p in earlier), release]
    return [{"position": i} | {n: r[n] for n in names} for i, r in enumerate(told, 1)]


def within(lines: pl.DataFrame, known: Sequence[str]) -> pl.DataFrame:
    """Lines of history as far as releases in `known` (oldest first) said them; a line of no such release is left out.

    A release that was withdrawn, or that nobody can read any more, is not repeated by the line that it stood in.
    """
    spans = {}
    for first, last in lines.select("first_release_id", "last_release_id").unique().iter_rows():
        # by their numbers: a machine whose clock once ran ahead has names that are not in order
        inside = [name for name in known if number_of(first) <= number_of(name) <= number_of(last)]
        if inside:
            spans[first, last] = (inside[0], inside[-1])
    if not spans:
        return lines.clear()
    table = pl.DataFrame(
        [(*span, *now) for span, now in spans.items()],
        schema=["first_release_id", "last_release_id", "first_now", "last_now"],
        orient="row",
    )
    joined = lines.join(table, on=["first_release_id", "last_release_id"], how="inner", maintain_order="left")
    return joined.with_columns(first_release_id="first_now", last_release_id="last_now").select(lines.columns)


def hidden_now(contract: TableContract, now: pl.DataFrame, lines: pl.DataFrame) -> pl.Series:
    """Of each line, whether its row is hidden in `now`: itself, or the same cell by another version of the definition.

    A line that compares two groups is hidden with the figure of either: the other one would give it away. Where `now`
    shows the row of the line's own version, it is shown.
    """
    key = [k for k in contract.key if k in now.columns]
    cell = [k for k in key if k != VERSION]
    hidden = now.filter(pl.col("missing_reason") == "suppressed").select(cell).unique()
    shown = now.filter(pl.col("missing_reason") != "suppressed").select(key)
    numbered = lines.with_row_index("line")
    found = [numbered.join(hidden, on=cell, how="semi", nulls_equal=True)]
    if REFERENCE in cell:
        found += [_compared_with(numbered, hidden, cell, side) for side in (GROUP, REFERENCE)]
    apart = pl.concat(found).join(shown, on=key, how="anti", nulls_equal=True)
    wanted = set(apart["line"].to_list())
    return pl.Series("hidden_now", [i in wanted for i in range(lines.height)], dtype=pl.Boolean)


def _compared_with(lines: pl.DataFrame, hidden: pl.DataFrame, cell: Sequence[str], side: str) -> pl.DataFrame:
    """Lines that compare two groups, of which the one on this side has a hidden figure of its own."""
    place = [k for k in cell if k not in (GROUP, REFERENCE, MEASURE)]
    alone = hidden.filter(pl.col(REFERENCE).is_null()).select(*place, pl.col(GROUP).alias(side)).unique()
    of_two = lines.filter(pl.col(REFERENCE).is_not_null())
    return of_two.join(alone, on=[*place, side], how="semi", nulls_equal=True)


def without_hidden(contract: TableContract, now: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Lines of earlier releases, without the figures of rows that `now` hides; those are marked as withheld."""
    gone = lines.with_columns(hidden_now(contract, now, lines))
    away = pl.col("hidden_now") & pl.col("value").is_not_null()
    emptied = [pl.when(away).then(None).otherwise(pl.col(c)).alias(c) for c in FIGURES]
    marked = [pl.when(away).then(pl.lit(v)).otherwise(pl.col(c)).alias(c) for c, v in HIDDEN.items()]
    return gone.with_columns(*emptied, *marked, withheld=pl.col("withheld") | away).select(lines.columns)


def named_numbers(release: Path) -> Mapping[tuple[int, int], list[Address]] | None:
    """The figures that the sentences of each goal and year name; None where a release does not say."""
    file = release / "parquet" / "output" / "statement_number.parquet"
    if not file.is_file():
        return None
    rows = parquet.read(file, "output.statement_number").to_dicts()
    found: dict[tuple[int, int], list[Address]] = {}
    for r in rows:
        at = (f"{r['table_schema']}.{r['table_name']}", r["row_id"], r["column_name"])
        found.setdefault((r["goal"], r["year"]), []).append(at)
    return found


class Shown:
    """Which figures the new release shows, by their address."""

    def __init__(self, tables: Mapping[str, pl.DataFrame]) -> None:
        self._tables = {name: frame for name, frame in tables.items() if "row_id" in frame.columns}
        self._known: dict[str, dict[str, dict[str, Any]]] = {}

    def __contains__(self, at: Address) -> bool:
        name, row_id, column = at
        if name not in self._tables:
            return False
        if name not in self._known:
            self._known[name] = {r["row_id"]: r for r in self._tables[name].iter_rows(named=True)}
        return self._known[name].get(row_id, {}).get(column) is not None


def without_reasons(lines: pl.DataFrame, shown: Shown, earlier: Sequence[Path]) -> pl.DataFrame:
    """Lines of the status of goals, without the reasons in which a figure stands that the new release does not show."""
    folders = {p.name: p for p in earlier}
    told: dict[str, Mapping[tuple[int, int], list[Address]] | None] = {}
    kept = []
    for goal, year, last, withheld in lines.select("goal", "year", "last_release_id", "withheld").iter_rows():
        if withheld:
            # one that was not repeated before stays as it is
            kept.append(False)
            continue
        if last not in told:
            told[last] = named_numbers(folders[last])
        numbers = told[last]
        kept.append(numbers is not None and all(at in shown for at in numbers.get((goal, year), [])))
    away = pl.lit(~pl.Series("kept", kept, dtype=pl.Boolean))
    replaced = [pl.when(away).then(pl.lit(text)).otherwise(pl.col(c)).alias(c) for c, text in NOT_REPEATED.items()]
    return lines.with_columns(*replaced, withheld=away)
