"""The SQL engine: one interface, DuckDB by default. Queries see named inputs and nothing else.

Inputs are registered under explicit names; replacement scans are off, so a Python variable is never taken for a
table, and the connection cannot read any file but those of its inputs.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import duckdb
import polars as pl

from handleplan_pipeline.contracts import literal, quote
from handleplan_pipeline.errors import HandleplanError
from handleplan_pipeline.lake import LakeTable

SqlInput = pl.DataFrame | LakeTable
Params = Sequence[Any] | Mapping[str, Any]
"""Values by place (`?`) or by name (`$name`); a name the query does not use is left out."""

# Errors whose text is about the query, never about a row: their message may be shown
SAFE = (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException)


class SqlError(HandleplanError):
    """A query failed. The message names the query; values of rows are never in it."""


class SqlEngine(Protocol):
    """Runs a query over named inputs and returns a frame."""

    def query(
        self, sql: str, inputs: Mapping[str, SqlInput], params: Params = (), name: str = "query"
    ) -> pl.DataFrame: ...


class DuckDbEngine:
    """The embedded engine: a fresh in-memory database per query."""

    def __init__(self, threads: int | None = None, memory_limit: str | None = None) -> None:
        self._config: dict[str, Any] = {"python_enable_replacements": "false"}
        if threads:
            self._config["threads"] = str(threads)
        if memory_limit:
            self._config["memory_limit"] = memory_limit

    def query(self, sql: str, inputs: Mapping[str, SqlInput], params: Params = (), name: str = "query") -> pl.DataFrame:
        """Rows of `sql` as a Polars frame; `inputs` are the only tables it can see.

        Raises SqlError with the query's name; the database's own words only where they cannot hold a row's value.
        """
        with duckdb.connect(":memory:", config=self._config) as con:
            try:
                allowed = [str(f) for t in inputs.values() if isinstance(t, LakeTable) for f in t.files]
                con.execute(f"SET allowed_paths=[{', '.join(literal(a) for a in allowed)}]")
                con.execute("SET enable_external_access=false")
                for table, data in inputs.items():
                    if isinstance(data, LakeTable):
                        files = ", ".join(literal(str(f)) for f in data.files)
                        con.execute(f"CREATE VIEW {quote(table)} AS SELECT * FROM read_parquet([{files}])")
                    else:
                        con.register(table, data.to_arrow())
                return con.execute(sql, _used(sql, params)).pl()
            except SAFE as e:
                raise SqlError(f"{name}: {type(e).__name__}: {e}") from None
            except duckdb.Error as e:
                raise SqlError(
                    f"{name}: the query failed with {type(e).__name__}; the database's message is withheld because "
                    "it can hold values of rows. Run the query on synthetic data to see it."
                ) from None


def _used(sql: str, params: Params) -> Any:
    """DuckDB refuses a named value that the query does not ask for."""
    if isinstance(params, Mapping):
        return {k: v for k, v in params.items() if f"${k}" in sql}
    return list(params)
