"""`handleplan sql`: questions to the release (or the lake) and to nothing else of the machine.

The database is opened read-only, with no access to files, extensions, secrets or the process's variables, and its
configuration is locked; only questions are run. Of the lake only the tables may be read.
"""

import csv
import io
import json
import math
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from handleplan_pipeline.commands.releases import lake, release_folder
from handleplan_pipeline.commands.terminal import hear_control_c, show_table, warn
from handleplan_pipeline.errors import ReleaseError

if TYPE_CHECKING:
    import duckdb

QUESTION_FAILED = 1
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A text cell that begins so is taken for a formula by a spreadsheet."""


class On(StrEnum):
    """What is asked."""

    release = "release"
    lake = "lake"


class Format(StrEnum):
    """How the answer is written."""

    table = "table"
    csv = "csv"
    json = "json"


@contextmanager
def connect(on: On) -> Iterator["duckdb.DuckDBPyConnection"]:
    """The release's database or the lake's warehouse, read-only and closed to everything else."""
    import duckdb

    from handleplan_pipeline.lake import engine

    path = lake().warehouse if on == On.lake else release_folder() / "handleplan.duckdb"
    if not path.is_file():
        raise ReleaseError(f"{path.name}: not there. Run `handleplan run` first.")
    with ExitStack() as stack:
        try:
            opened = (
                engine.connect(path, read_only=True, lake=lake().root, folders=[lake().tables])
                if on == On.lake
                else engine.connect(path, read_only=True)
            )
            con = stack.enter_context(opened)
        except duckdb.Error as e:
            raise ReleaseError(
                f"{path.name}: cannot be opened ({type(e).__name__}). `handleplan verify` says what is wrong with a "
                "release; `handleplan run` makes the lake's warehouse anew."
            ) from None
        yield con


def sql(
    query: Annotated[str | None, typer.Argument(help="A query; without one, a prompt opens.")] = None,
    on: Annotated[On, typer.Option(help="release, or lake (confidential)")] = On.release,
    format: Annotated[
        Format,
        typer.Option(help="csv: UTF-8, texts that look like formulas begin with '; json: an object per row"),
    ] = Format.table,
) -> None:
    """Ask the latest release (or the lake) in SQL, read-only."""
    with connect(on) as con:
        if query is None and not sys.stdin.isatty():
            query = sys.stdin.read()
        if query is None:
            _prompt(con, on, format)
        elif not _answer(con, query, on, format):
            raise typer.Exit(QUESTION_FAILED)


def _prompt(con: "duckdb.DuckDBPyConnection", on: On, form: Format) -> None:
    hear_control_c()
    while True:
        try:
            text = input("sql> ").strip()
        except EOFError:
            return
        if text in ("exit", "quit", ".exit"):
            return
        if text:
            _answer(con, text, on, form)


def _answer(con: "duckdb.DuckDBPyConnection", text: str, on: On, form: Format) -> bool:
    """Answer every question of `text`; False when one could not be answered, which is said."""
    import duckdb

    try:
        statements = con.extract_statements(text)
        if refusal := _why_not(statements, form):
            warn(refusal)
            return False
        for i, statement in enumerate(statements):
            if i:
                sys.stdout.write("\n")
            con.execute(statement)
            if statement.type == duckdb.StatementType.EXPLAIN and form == Format.table:
                sys.stdout.writelines(f"{row[1]}\n" for row in _rows(con))
            else:
                _write(con, form)
    except duckdb.PermissionException:
        warn(f"`handleplan sql` reads the {on} and nothing else of the machine.")
    except duckdb.Error as e:
        warn(_in_words(e, on))
    else:
        return True
    return False


def _why_not(statements: "Sequence[duckdb.Statement]", form: Format) -> str | None:
    """Why the statements are not run; None when they are."""
    import duckdb

    allowed = (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN)
    if not statements:
        return "There is no question in the query."
    if other := [s for s in statements if s.type not in allowed]:
        kind = str(other[0].type).rpartition(".")[2]
        return (
            f"`handleplan sql` answers questions (SELECT, DESCRIBE, SHOW, EXPLAIN) and runs no {kind}. Nothing was run."
        )
    if len(statements) > 1 and form != Format.table:
        return f"--format {form} takes one question at a time; there are {len(statements)}. Nothing was run."
    return None


def _in_words(error: "duckdb.Error", on: On) -> str:
    """The database's own words, but of the lake only those that cannot hold a row's value."""
    from handleplan_pipeline.lake.engine import SAFE

    if on == On.lake and not isinstance(error, SAFE):
        return (
            f"The query failed with {type(error).__name__}; the database's words are withheld, as they can hold values."
        )
    return str(error)


def _rows(con: "duckdb.DuckDBPyConnection") -> Iterator[tuple[Any, ...]]:
    while some := con.fetchmany(10_000):
        yield from some


def _write(con: "duckdb.DuckDBPyConnection", form: Format) -> None:
    names = [str(d[0]) for d in con.description or ()]
    if form == Format.csv:
        _write_csv(names, _rows(con))
    elif form == Format.json:
        _write_json(names, _rows(con))
    else:
        show_table(names, [tuple(map(_text, row)) for row in _rows(con)])


def _text(value: Any) -> str:
    return "NULL" if value is None else value if isinstance(value, str) else str(value)


def _write_csv(names: Sequence[str], rows: Iterator[tuple[Any, ...]]) -> None:
    """RFC 4180 with a header; what is missing is empty, an empty text is `""`."""
    for row in [names, *rows]:
        sys.stdout.write(",".join(map(_csv_cell, row)) + "\r\n")


def _csv_cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float, Decimal)):
        return str(value)
    text = value.hex() if isinstance(value, bytes) else str(value)
    text = f"'{text}" if text.startswith(FORMULA) else text
    cell = io.StringIO()
    csv.writer(cell, lineterminator="").writerow([text])
    return cell.getvalue()


def _write_json(names: Sequence[str], rows: Iterator[tuple[Any, ...]]) -> None:
    """An array with an object per row, one row per line."""
    between = "[\n"
    for row in rows:
        told = {n: _json_value(v) for n, v in zip(_unique(names), row, strict=True)}
        sys.stdout.write(between + json.dumps(told, ensure_ascii=False, allow_nan=False))
        between = ",\n"
    sys.stdout.write("[]\n" if between == "[\n" else "\n]\n")


def _unique(names: Sequence[str]) -> list[str]:
    """Names of columns, a second one of the same name numbered, so that no value is lost in an object."""
    told: list[str] = []
    for name in names:
        told.append(
            name if name not in told else next(f"{name}_{i}" for i in range(2, 99) if f"{name}_{i}" not in told)
        )
    return told


def _json_value(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, (date, datetime, time)):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(k): _json_value(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_json_value(v) for v in value]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return value.hex() if isinstance(value, bytes) else str(value)
