"""What each release said: every row once per wording, with the first and the last release it stood in."""

from pathlib import Path

import polars as pl

from handleplan_pipeline.lake import parquet
from schemas.contract import TableContract


def extend(contract: TableContract, now: pl.DataFrame, release_id: str, previous: Path | None) -> pl.DataFrame:
    """The history table of the new release.

    `now` is the table as the new release says it (without release id). A row that the last release said in the same
    words is carried on; one it said otherwise, or not at all, starts a new line, and the old line ends.
    """
    said = [n for n in contract.column_names if n not in ("first_release_id", "last_release_id")]
    fresh = now.select(said).with_columns(first_release_id=pl.lit(release_id), last_release_id=pl.lit(release_id))
    file = previous / "parquet" / "history" / f"{contract.name}.parquet" if previous else None
    if previous is None or file is None or not file.is_file():
        return contract.arrange(fresh)
    old = parquet.read(file, contract.full_name)
    open_lines = old.filter(pl.col("last_release_id") == previous.name)
    closed = old.filter(pl.col("last_release_id") != previous.name)
    carried = open_lines.join(fresh.select(said), on=said, how="semi", nulls_equal=True)
    ended = open_lines.join(fresh.select(said), on=said, how="anti", nulls_equal=True)
    new = fresh.join(open_lines.select(said), on=said, how="anti", nulls_equal=True)
    carried = carried.with_columns(last_release_id=pl.lit(release_id))
    return contract.arrange(pl.concat([closed, ended, carried, new]))
