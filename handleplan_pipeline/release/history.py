"""What each release said: every row once per wording, with the first and the last release it stood in."""

from pathlib import Path

import polars as pl

from handleplan_pipeline.lake import parquet
from schemas.contract import ROW_ID, TableContract
from schemas.row_ids import row_ids

FIRST = "first_release_id"


def extend(contract: TableContract, now: pl.DataFrame, release_id: str, previous: Path | None) -> pl.DataFrame:
    """The history table of the new release.

    `now` is the table as the new release says it (without release id). A row that the last release said in the same
    words is carried on; one it said otherwise, or not at all, starts a new line, and the old line ends. A column that
    the last release did not have yet says nothing new: the line goes on, with what it holds today.
    """
    said = [n for n in contract.column_names if n not in ("first_release_id", "last_release_id")]
    fresh = now.select(said).with_columns(first_release_id=pl.lit(release_id), last_release_id=pl.lit(release_id))
    file = previous / "parquet" / "history" / f"{contract.name}.parquet" if previous else None
    if previous is None or file is None or not file.is_file():
        return contract.arrange(fresh)
    old = parquet.read(file, contract.full_name)
    both = [n for n in said if n in old.columns]
    open_lines = old.filter(pl.col("last_release_id") == previous.name)
    closed = old.filter(pl.col("last_release_id") != previous.name)
    begun = open_lines.select(*both, "first_release_id")
    carried = fresh.drop("first_release_id").join(begun, on=both, how="inner", nulls_equal=True)
    ended = open_lines.join(fresh.select(both), on=both, how="anti", nulls_equal=True)
    new = fresh.join(open_lines.select(both), on=both, how="anti", nulls_equal=True)
    before = _as_now(contract, pl.concat([closed, ended]))
    names = contract.column_names
    return contract.arrange(pl.concat([f.select(names) for f in (before, carried, new)]))


def _as_now(contract: TableContract, old: pl.DataFrame) -> pl.DataFrame:
    """Lines of earlier releases with the columns of today: empty where they did not exist, ids made of the key."""
    empty = [pl.lit(None, t).alias(n) for n, t in contract.polars_schema.items() if n not in old.columns]
    lines = old.with_columns(empty)
    if ROW_ID.name not in contract.column_names or ROW_ID.name in old.columns:
        return lines
    key = [n for n in contract.key_in_order if n != FIRST]
    return lines.with_columns(row_ids(lines, key))
