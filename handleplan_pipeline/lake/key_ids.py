"""Pseudonyms of different keys never meet: the same person would be two, and nothing would be found in both tables."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import polars as pl

from handleplan_pipeline.errors import ContractError
from handleplan_pipeline.lake.keys import present_key_id
from handleplan_pipeline.lake.parquet import KEY_ID, footer
from handleplan_pipeline.lake.tables import Lake, LakeTable
from schemas.registry import all_contracts


def key_ids(table: LakeTable | pl.DataFrame) -> frozenset[str]:
    """The keys that made a table's pseudonyms, as its rows or its files say; empty for one without persons."""
    if isinstance(table, pl.DataFrame):
        return frozenset(table[KEY_ID].drop_nulls().unique() if KEY_ID in table.columns else ())
    return frozenset(k for f in table.files for k in footer(f, f"{table.layer}.{table.name}").key_ids)


def require_one_key(tables: Mapping[str, LakeTable | pl.DataFrame], name: str) -> None:
    """Raise ContractError unless all pseudonyms in `tables` (by name) were made with one key, and that is today's.

    The message names the sources that must be taken in again. Where no key is at hand (a role that only counts) only
    the tables are compared with each other.
    """
    found = {n: key_ids(t) for n, t in tables.items()}
    roots = {t.root for t in tables.values() if isinstance(t, LakeTable) and t.root}
    every = sorted({k for ids in found.values() for k in ids})
    wrong = every if len(every) > 1 else []
    today = {k: present_key_id(k, next(iter(roots), Path())) for k in every}
    wrong = wrong or [k for k in every if today[k] not in (None, k)]
    if not wrong:
        return
    # two purposes have two keys of today; which one is right here nobody but a person can say
    present = known if len(known := {k for k in today.values() if k}) == 1 else set()
    held = "; ".join(f"{t}: {', '.join(sorted(ids))}" for t, ids in sorted(found.items()) if ids)
    cure = f"{_cure(roots, present)} Nothing was written."
    raise ContractError(f"{name}: pseudonyms made with another key are never joined ({held}). {cure}")


def _cure(roots: Iterable[Path], present: set[str]) -> str:
    """Which sources must be taken in again, as far as the lake can tell."""
    sources: dict[str, frozenset[str]] = {}
    for lake in map(Lake, roots):
        tables = (lake.table(c) for c in all_contracts().values() if c.layer == "source" and lake.exists(c))
        sources |= {t.name: ids for t in tables if (ids := key_ids(t))}
    old = sorted(n for n, ids in sources.items() if present and not ids <= present)
    if old:
        return f"Take in again with today's key: {', '.join(old)}; then the registers made of them (`handleplan run`)."
    if present:
        return "The sources are of today's key: materialise the registers made of them again (`handleplan run`)."
    return f"Take in again with one key: {_by_key(sources)} (`handleplan run` with HANDLEPLAN_KEY_FILE)."


def _by_key(sources: Mapping[str, frozenset[str]]) -> str:
    keys = sorted({k for ids in sources.values() for k in ids})
    return "; ".join(f"{k}: {', '.join(sorted(n for n, ids in sources.items() if k in ids))}" for k in keys)
