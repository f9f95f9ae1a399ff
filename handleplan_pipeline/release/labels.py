"""Every code that a release prints has its labels: a code without one stops the build and is named."""

from collections.abc import Iterable, Iterator, Mapping

import polars as pl

from handleplan_pipeline.errors import ReleaseError
from handleplan_pipeline.release.table import Table
from schemas.dictionary import about

BETWEEN = ";"
"""Stands between the codes of a column that holds several."""
SHOWN = 5


def labelled(code_list: pl.DataFrame) -> dict[str, frozenset[str]]:
    """The codes of each list of `meta.code_list`."""
    found = code_list.group_by("list").agg("code")
    return {name: frozenset(codes) for name, codes in found.iter_rows()}


def unlabelled(tables: Iterable[Table], known: Mapping[str, frozenset[str]]) -> Iterator[tuple[str, str, list[str]]]:
    """(schema.table.column, list, codes) of codes that stand in a table and not in their list.

    A list that is the key of another table (schema.table.column) is asked by the rules of that table.
    """
    for t in tables:
        columns = (*t.contract.columns, *t.extra)
        names = frozenset(c.name for c in columns)
        for column in columns:
            name = about(t.contract, column, names).code_list
            if name is None or "." in name or column.name not in t.frame.columns:
                continue
            values = t.frame[column.name].drop_nulls().cast(pl.String).unique()
            codes = {code for v in values for code in v.split(BETWEEN)}
            if missing := sorted(codes - known.get(name, frozenset())):
                yield f"{t.contract.full_name}.{column.name}", name, missing


def require_labels(tables: list[Table]) -> None:
    """Raise ReleaseError, naming column, list and codes, when a code has no label."""
    (lists,) = (t.frame for t in tables if t.contract.full_name == "meta.code_list")
    wrong = [
        f"{column}: {', '.join(codes[:SHOWN])}{' ...' * (len(codes) > SHOWN)} (list {name})"
        for column, name, codes in unlabelled(tables, labelled(lists))
    ]
    if wrong:
        raise ReleaseError(
            f"Codes without a label: {'; '.join(wrong)}. Give each its words in catalogue/code_lists.yaml. Nothing was "
            "released; the last release stays."
        )
