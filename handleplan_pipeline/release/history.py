"""What each release said: every row once per wording, with the first and the last release it stood in."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from handleplan_pipeline.lake import parquet
from handleplan_pipeline.release.vintages import Shown, within, without_hidden, without_reasons
from schemas.contract import ROW_ID, TableContract
from schemas.row_ids import row_ids

FIRST = "first_release_id"
LAST = "last_release_id"
WITHHELD = "withheld"


def extend(
    contract: TableContract, now: pl.DataFrame, release_id: str, earlier: Sequence[Path], shown: Shown
) -> pl.DataFrame:
    """The history table of the new release.

    `now` is the table as the new release says it (without release id), `earlier` the releases that it may repeat,
    oldest first, `shown` the figures it shows. A row that the last of them said in the same words is carried on; one it
    said otherwise, or not at all, starts a new line, and the old line ends. A column that the last release did not have
    yet says nothing new: the line goes on, with what it holds today. What an ended line says of a row that is hidden
    now is withheld.
    """
    said = [n for n in contract.column_names if n not in (FIRST, LAST, WITHHELD)]
    fresh = now.select(said).with_columns(
        pl.lit(False).alias(WITHHELD), pl.lit(release_id).alias(FIRST), pl.lit(release_id).alias(LAST)
    )
    previous = earlier[-1] if earlier else None
    file = previous / "parquet" / "history" / f"{contract.name}.parquet" if previous else None
    if previous is None or file is None or not file.is_file():
        return contract.arrange(fresh)
    old = within(parquet.read(file, contract.full_name), [p.name for p in earlier])
    both = [n for n in said if n in old.columns]
    open_lines = old.filter(pl.col(LAST) == previous.name)
    closed = old.filter(pl.col(LAST) != previous.name)
    begun = open_lines.select(*both, FIRST)
    carried = fresh.drop(FIRST).join(begun, on=both, how="inner", nulls_equal=True)
    ended = open_lines.join(fresh.select(both), on=both, how="anti", nulls_equal=True)
    new = fresh.join(open_lines.select(both), on=both, how="anti", nulls_equal=True)
    before = _as_now(contract, pl.concat([closed, ended]))
    of_figures = "value" in said
    before = without_hidden(contract, now, before) if of_figures else without_reasons(before, shown, earlier)
    names = contract.column_names
    return contract.arrange(pl.concat([f.select(names) for f in (before, carried, new)]))


def _as_now(contract: TableContract, old: pl.DataFrame) -> pl.DataFrame:
    """Lines of earlier releases with the columns of today: empty where they did not exist, ids made of the key."""
    empty = [pl.lit(None, t).alias(n) for n, t in contract.polars_schema.items() if n not in old.columns]
    lines = old.with_columns(empty).with_columns(pl.col(WITHHELD).fill_null(False))
    if ROW_ID.name not in contract.column_names or ROW_ID.name in old.columns:
        return lines
    key = [n for n in contract.key_in_order if n != FIRST]
    return lines.with_columns(row_ids(lines, key))
