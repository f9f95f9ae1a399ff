"""The SQL engine: DuckDB, or Spark where the settings say so (`get_engine`). Queries see named inputs and nothing else.

Inputs are registered under explicit names; replacement scans are off, so a Python variable is never taken for a
table, and the connection cannot read any file but those of its inputs. `connect` is the only door to DuckDB: what does
not fit in memory goes to a folder of the lake that only this user can open, encrypted, or nowhere.
"""

import contextlib
import os
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import duckdb
import polars as pl

from handleplan_pipeline.errors import HandleplanError
from handleplan_pipeline.lake import spill
from handleplan_pipeline.lake.contracts import literal, quote
from handleplan_pipeline.lake.key_ids import require_one_key
from handleplan_pipeline.lake.parquet import literally, require_whole
from handleplan_pipeline.lake.tables import LakeTable
from handleplan_pipeline.settings import get_settings

SqlInput = pl.DataFrame | LakeTable
Params = Mapping[str, Any]
"""Values by name (`$name`); a name the query does not use is left out."""

# Errors whose text is about the query, never about a row: their message may be shown
SAFE = (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException)
SETTINGS = {
    "python_enable_replacements": "false",
    "autoload_known_extensions": "false",
    "autoinstall_known_extensions": "false",
    "allow_community_extensions": "false",
    "allow_persistent_secrets": "false",
    "temp_file_encryption": "true",
    # the wheel encrypts with a random source that is good enough against a reader, not against an attacker of the
    # cipher (hence its name); the better one is a download. The folder's mode is the first lock (decision 0022)
    "force_mbedtls_unsafe": "true",
}


ENOUGH = "1GB"
"""What one query may have where nobody says otherwise, and the rest goes to the disk. Without a limit DuckDB takes 80
per cent of the machine, and the largest queries of two Copenhagens took 2.6 GB. Ours, version 1."""


class SqlError(HandleplanError):
    """A query failed. The message names the query; values of rows are never in it."""


@contextlib.contextmanager
def connect(
    database: Path | None = None,
    *,
    read_only: bool = False,
    lake: Path | None = None,
    files: Sequence[Path] = (),
    folders: Sequence[Path] = (),
    threads: int | None = None,
    memory_limit: str | None = None,
    written_once: bool = False,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that reads and writes its database, `files` and what lies in `folders`, and nothing else.

    It spills under `lake` in a folder of its own, or nowhere without one; its settings cannot be changed any more.
    `memory_limit` is DuckDB's (e.g. `4GB`); the default is the setting of the installation, or `ENOUGH` where it can
    spill. With `written_once` a transaction goes into its file when it is committed, not into a journal first: for
    files nobody knows yet.
    """
    config: dict[str, Any] = dict(SETTINGS)
    if threads:
        config["threads"] = str(threads)
    if written_once:
        config["checkpoint_threshold"] = "1KB"
    with contextlib.ExitStack() as stack:
        place = stack.enter_context(spill.folder(lake)) if lake else None
        if limit := memory_limit or get_settings().memory_limit or (ENOUGH if place else None):
            config["memory_limit"] = limit
        config["temp_directory"] = str(place or "")
        name = str(database) if database else ":memory:"
        con = stack.enter_context(duckdb.connect(name, read_only=read_only, config=config))
        # a pattern is compared as it is written, so both ways of writing a path are allowed
        paths = sorted({p for f in files for p in (str(f), literally(f))})
        places = sorted({p for f in folders for p in (str(f), literally(f))})
        con.execute(f"SET allowed_paths=[{', '.join(map(literal, paths))}]")
        con.execute(f"SET allowed_directories=[{', '.join(map(literal, places))}]")
        # it would write to the compute log of a run
        con.execute("SET enable_progress_bar=false")
        con.execute("SET enable_external_access=false")
        con.execute("SET lock_configuration=true")
        yield con


def stored_rows(files: Sequence[Path]) -> str:
    """SQL that reads these Parquet files, each by its literal path."""
    return f"read_parquet([{', '.join(literal(literally(f)) for f in files)}], hive_partitioning=false)"


class SqlEngine(Protocol):
    """What every engine does, with the same rows for the same SQL (DuckDB's) and inputs.

    `inputs` are the only tables a query can see. Raises SqlError with the query's name, the engine's own words only
    where they cannot hold a row's value; SourceError when an input is damaged; ContractError when the inputs'
    pseudonyms were made with different keys.
    """

    def query(
        self, sql: str, inputs: Mapping[str, SqlInput], params: Params | None = None, name: str = "query"
    ) -> pl.DataFrame:
        """Rows of `sql` as a Polars frame, for answers that this process can hold."""
        ...

    def write(
        self, sql: str, inputs: Mapping[str, SqlInput], folder: Path, params: Params | None = None, name: str = "query"
    ) -> tuple[Path, ...]:
        """Rows of `sql` as Parquet files in `folder`, for tables; the rows never are in this process as a whole."""
        ...


def get_engine() -> SqlEngine:
    """The engine of this installation; nobody constructs one. Raises ConfigurationError when it cannot be had."""
    settings = get_settings()
    if settings.engine == "spark":
        from handleplan_pipeline.lake.spark import SparkEngine

        return SparkEngine(settings.spark.get_secret_value())
    return DuckDbEngine()


def require_engine() -> None:
    """Raise ConfigurationError, saying what to do, where the engine of this installation cannot be had."""
    settings = get_settings()
    if settings.engine == "spark":
        from handleplan_pipeline.lake.spark import require_usable

        require_usable(settings.spark.get_secret_value())


class _Kept:
    """The main thread's connection for queries of frames alone: a new one takes as long as ten small queries.

    It can read no file, and between queries it holds no table. A fork goes without it: its threads would be missing.
    """

    def __init__(self) -> None:
        self._mark: tuple[int | None, str | None] | None = None
        self._open = contextlib.ExitStack()
        self._con: duckdb.DuckDBPyConnection | None = None

    def drop(self) -> None:
        if threading.current_thread() is threading.main_thread():
            self._mark = self._con = None
            self._open.close()

    def get(self, threads: int | None, memory_limit: str | None) -> duckdb.DuckDBPyConnection:
        mark = (threads, memory_limit or get_settings().memory_limit)
        if self._con is None or self._mark != mark:
            self.drop()
            self._con = self._open.enter_context(connect(threads=threads, memory_limit=memory_limit))
            self._mark = mark
        return self._con


_KEPT = _Kept()
os.register_at_fork(before=_KEPT.drop)


class DuckDbEngine:
    """The embedded engine: a fresh in-memory database per query of stored tables, which spills under their lake.

    Frames alone are in memory already and spill nowhere; they are asked in a connection that is kept.
    """

    def __init__(self, threads: int | None = None, memory_limit: str | None = None) -> None:
        self._threads, self._memory_limit = threads, memory_limit

    def query(
        self, sql: str, inputs: Mapping[str, SqlInput], params: Params | None = None, name: str = "query"
    ) -> pl.DataFrame:
        with self._asked(inputs, name) as con:
            return con.execute(sql, _used(sql, params or {})).pl()

    def write(
        self, sql: str, inputs: Mapping[str, SqlInput], folder: Path, params: Params | None = None, name: str = "query"
    ) -> tuple[Path, ...]:
        file = folder / "rows.parquet"
        with self._asked(inputs, name, (file,)) as con:
            # it is read once, and gone
            con.sql(sql, params=_used(sql, params or {})).write_parquet(str(file), compression="uncompressed")
        return (file,)

    @contextlib.contextmanager
    def _connected(self, inputs: Mapping[str, SqlInput], out: Sequence[Path]) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection of its own, or the one that is kept where nothing but frames is asked."""
        tables = [t for t in inputs.values() if isinstance(t, LakeTable)]
        if tables or out or threading.current_thread() is not threading.main_thread():
            lake = next((t.root for t in tables if t.root), None)
            files = [*(f for t in tables for f in t.files), *out]
            with connect(lake=lake, files=files, threads=self._threads, memory_limit=self._memory_limit) as con:
                yield con
            return
        try:
            con = _KEPT.get(self._threads, self._memory_limit)
            yield con
            for table in inputs:
                con.unregister(table)
        except BaseException:
            _KEPT.drop()
            raise

    @contextlib.contextmanager
    def _asked(
        self, inputs: Mapping[str, SqlInput], name: str, out: Sequence[Path] = ()
    ) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection that sees `inputs` as tables; its errors are sentences that name the query."""
        tables = [t for t in inputs.values() if isinstance(t, LakeTable)]
        require_one_key(inputs, name)
        try:
            with self._connected(inputs, out) as con:
                for table, data in inputs.items():
                    if isinstance(data, LakeTable):
                        con.execute(f"CREATE VIEW {quote(table)} AS SELECT * FROM {stored_rows(data.files)}")
                    else:
                        con.register(table, data.to_arrow())
                yield con
                return
        except SAFE as e:
            raise SqlError(f"{name}: {type(e).__name__}: {e}") from None
        except duckdb.Error as e:
            failed = type(e).__name__
        for t in tables:
            require_whole(t.files, f"{t.layer}.{t.name}")
        raise SqlError(
            f"{name}: the query failed with {failed}; the database's message is withheld because it can hold values of "
            "rows. Run the query on synthetic data to see it."
        ) from None


def _used(sql: str, params: Params) -> dict[str, Any]:
    """DuckDB refuses a named value that the query does not ask for."""
    return {k: v for k, v in params.items() if re.search(rf"\${k}\b", sql)}
