"""What changed between two releases, figure by figure, with its size and its reason."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from handleplan_pipeline.lake import parquet
from handleplan_pipeline.release.reasons import Reasons
from handleplan_pipeline.release.table import Table
from handleplan_pipeline.release.vintages import VERSION, hidden_now
from schemas.contract import TableContract
from schemas.meta.release import REVISION

COMPARED = {"observation": ("value", "obs_status"), "goal_status": (None, "badge")}
Row = dict[str, Any]
Pair = tuple[Row | None, Row | None]


def changes(tables: Sequence[Table], previous: Path, earlier: Sequence[Path], release_id: str) -> list[Row]:
    """Rows of meta.revision: figures and badges that differ from the release `previous`, were added or went away.

    Changes that earlier releases listed are carried on from the last of `earlier`, so the table holds the whole history
    of what may be repeated. A figure of a row that is hidden now stands in none of them.
    """
    now = {t.name: t for t in tables if t.schema == "output" and t.name in COMPARED}
    reasons = Reasons(previous, {f"{t.schema}.{t.name}": t.frame for t in tables})
    rows = _carried(now["observation"], earlier)
    for name, table in now.items():
        file = previous / "parquet" / "output" / f"{name}.parquet"
        if not file.is_file():
            continue
        old = parquet.read(file, table.contract.full_name)
        key = [k for k in table.contract.key if k in old.columns]
        for was, is_ in _changed(table, old, key):
            row = _row(table, key, was, is_)
            reason = reasons.of(name, was, is_)
            rows.append(row | {"reason": reason, "first_shown_in": release_id, "compared_with": previous.name})
    return _without_hidden(now["observation"], rows)


def _changed(table: Table, old: pl.DataFrame, key: list[str]) -> Iterator[Pair]:
    """Rows (before, now) that differ in figure or status; None where one is not there.

    A row that another version of its definition has replaced is the same row.
    """
    value, state = COMPARED[table.name]
    looked_at = [state, *([value] if value else [])]
    before = {tuple(r[k] for k in key): r for r in old.iter_rows(named=True)}
    after = {tuple(r[k] for k in key): r for r in table.frame.iter_rows(named=True)}
    gone = [before[k] for k in before if k not in after]
    new = [after[k] for k in after if k not in before]
    pairs: list[Pair] = [
        (before[k], after[k]) for k in after if k in before and any(before[k][c] != after[k][c] for c in looked_at)
    ]
    pairs += _replaced(gone, new, [k for k in key if k != VERSION]) if VERSION in key else _apart(gone, new)
    yield from sorted(pairs, key=lambda p: str([(p[1] or p[0] or {})[k] for k in key]))


def _apart(gone: Sequence[Row], new: Sequence[Row]) -> list[Pair]:
    return [*((r, None) for r in gone), *((None, r) for r in new)]


def _replaced(gone: Sequence[Row], new: Sequence[Row], cell: list[str]) -> list[Pair]:
    """Rows that went and came, those of one cell as pairs where there is one of each."""
    at: dict[tuple[Any, ...], tuple[list[Row], list[Row]]] = {}
    for side, rows in enumerate((gone, new)):
        for r in rows:
            at.setdefault(tuple(r[k] for k in cell), ([], []))[side].append(r)
    pairs: list[Pair] = []
    for went, came in at.values():
        pairs += [(went[0], came[0])] if len(went) == len(came) == 1 else _apart(went, came)
    return pairs


def _row(table: Table, key: list[str], was: Row | None, is_: Row | None) -> Row:
    value, state = COMPARED[table.name]
    row = is_ or was or {}
    old, new = ((r[value] if r and value else None) for r in (was, is_))
    return {
        "table_name": table.name,
        "goal": row["goal"],
        "indicator_id": row.get("indicator_id"),
        "key": json.dumps({k: row[k] for k in key}, ensure_ascii=False),
        "old_value": old,
        "new_value": new,
        "size": None if old is None or new is None else new - old,
        "old_status": was and was[state],
        "new_status": is_ and is_[state],
        "what_changed": _change(was, is_, old, new),
    }


def _change(was: Row | None, is_: Row | None, old: float | None, new: float | None) -> str:
    if was is None or is_ is None:
        return "added" if was is None else "removed"
    hidden = [r.get("missing_reason") == "suppressed" for r in (was, is_)]
    if hidden == [False, True]:
        return "hidden"
    if hidden == [True, False]:
        return "shown"
    return "revised" if old != new else "status"


def _carried(observation: Table, earlier: Sequence[Path]) -> list[Row]:
    """What the last release listed, as far as it is of releases that may be repeated."""
    known = {p.name for p in earlier}
    file = earlier[-1] / "parquet" / "meta" / "revision.parquet" if earlier else None
    if file is None or not file.is_file():
        return []
    kept = []
    for r in parquet.read(file, "meta.revision").to_dicts():
        if r["first_shown_in"] not in known:
            continue
        if "what_changed" not in r:
            # said what became of the row in the column of the reason
            r |= {"what_changed": r["reason"], "reason": "not_said"}
        if r.get("compared_with") is not None and r["compared_with"] not in known:
            r |= {"old_value": None, "size": None}
        kept.append(dict.fromkeys(REVISION.column_names) | r)
    return kept


def _without_hidden(observation: Table, rows: list[Row]) -> list[Row]:
    """The rows, without the figures of those whose row is hidden now."""
    at = [i for i, r in enumerate(rows) if r["table_name"] == "observation"]
    if not at:
        return rows
    hidden = hidden_now(observation.contract, observation.frame, _keys(observation.contract, [rows[i] for i in at]))
    away = {i for i, gone in zip(at, hidden.to_list(), strict=True) if gone}
    nothing = {"old_value": None, "new_value": None, "size": None}
    return [r | nothing if i in away else r for i, r in enumerate(rows)]


def _keys(contract: TableContract, rows: Sequence[Row]) -> pl.DataFrame:
    """The keys of revisions as a frame; a column that an earlier release did not have in its key is empty."""
    schema = {k: contract.polars_schema[k] for k in contract.key}
    said = [json.loads(r["key"]) for r in rows]
    return pl.DataFrame([{k: s.get(k) for k in schema} for s in said], schema=schema, orient="row")


def mean_revisions(indicators: pl.DataFrame, history: pl.DataFrame, release_id: str) -> list[Row]:
    """Rows of meta.mean_revision: headline figures as they were first shown against what is shown today.

    A figure counts when it is shown in this release and was first shown in an earlier one, by the same version of its
    definition. Made of `history.observation` after what is hidden was withheld.
    """
    headline = indicators.filter(pl.col("kind") == "headline").select(
        "indicator_id", "decimals", sex="headline_sex", age_group="headline_age_group", geography="headline_geography"
    )
    lines = history.join(headline, on=["indicator_id", "sex", "age_group", "geography"], how="inner")
    shown = lines.filter(pl.col("value").is_not_null()).sort("first_release_id")
    today = shown.filter(pl.col("last_release_id") == release_id)
    first = shown.group_by("row_id", maintain_order=True).first()
    first = first.select("row_id", then="value", since="first_release_id")
    pairs = today.join(first, on="row_id").filter(pl.col("since") < release_id)
    pairs = pairs.with_columns(size=pl.col("value") - pl.col("then"))
    found: list[Row] = []
    for (indicator_id, measure), mine in pairs.sort("indicator_id", "measure").group_by(
        "indicator_id", "measure", maintain_order=True
    ):
        places = 2 if measure == "ratio" else int(mine["decimals"][0])
        sizes = [float(s) for s in mine["size"]]
        printed = [(round(a, places), round(b, places)) for a, b in mine.select("then", "value").iter_rows()]
        found.append(
            {
                "indicator_id": indicator_id,
                "measure": measure,
                "unit": mine["unit"][0],
                "compared_rows": len(sizes),
                "revised_rows": sum(a != b for a, b in printed),
                "mean_absolute_revision": sum(map(abs, sizes)) / len(sizes),
                "mean_signed_revision": sum(sizes) / len(sizes),
                "largest_revision": max(map(abs, sizes)),
            }
        )
    return found
