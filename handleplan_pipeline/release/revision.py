"""What changed between two releases, figure by figure."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from handleplan_pipeline.lake import parquet

if TYPE_CHECKING:
    from handleplan_pipeline.release.table import Table

COMPARED = {"observation": ("value", "obs_status"), "goal_status": (None, "badge")}


def changes(tables: "list[Table]", previous: Path, release_id: str) -> list[dict[str, Any]]:
    """Rows of meta.revision: figures and badges that differ from the last release, were added or went away.

    Changes that earlier releases listed are carried on, so the table holds the whole history.
    """
    rows: list[dict[str, Any]] = []
    old_list = previous / "parquet" / "meta" / "revision.parquet"
    if old_list.is_file():
        rows += parquet.read(old_list, "meta.revision").to_dicts()
    for t in tables:
        if t.schema != "output" or t.name not in COMPARED:
            continue
        file = previous / "parquet" / t.schema / f"{t.name}.parquet"
        if not file.is_file():
            continue
        value, state = COMPARED[t.name]
        key = list(t.contract.key)
        keep = [*key, *([value] if value else []), state]
        old = parquet.read(file, t.contract.full_name).select(keep).with_columns(pl.lit(1).alias("there"))
        new = t.frame.select(keep).with_columns(pl.lit(1).alias("there"))
        both = new.join(old, on=key, how="full", coalesce=True, nulls_equal=True, suffix="_old")
        differs = pl.col(state).ne_missing(pl.col(f"{state}_old"))
        if value:
            differs = differs | pl.col(value).ne_missing(pl.col(f"{value}_old"))
        for r in both.filter(differs).sort(key).to_dicts():
            reason = "added" if r["there_old"] is None else "removed" if r["there"] is None else "revised"
            rows.append(
                {
                    "table_name": t.name,
                    "goal": r["goal"],
                    "key": json.dumps({k: r[k] for k in key}, ensure_ascii=False),
                    "old_value": r.get(f"{value}_old") if value else None,
                    "new_value": r.get(value) if value else None,
                    "old_status": r[f"{state}_old"],
                    "new_status": r[state],
                    "reason": reason,
                    "first_shown_in": release_id,
                }
            )
    return rows
