"""Reads a finished export back, by other readers than its writers, and says where it is unlike the tables.

CSV and SDMX by DuckDB, workbooks by openpyxl, JSON-stat by its own rules. What the tables say is read from the database
alone. The verification of a release asks this of every part that its manifest names.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from math import prod
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import duckdb
import openpyxl
import polars as pl

from handleplan_pipeline.errors import ReleaseError
from handleplan_pipeline.exports import csv, datapackage, dcat, jsonstat, sdmx, sheets, xlsx
from handleplan_pipeline.exports.csv import DIALECTS, Dialect
from handleplan_pipeline.exports.release import NO_CODE, Field, Release, Table, read
from handleplan_pipeline.lake.contracts import literal, quote
from handleplan_pipeline.lake.engine import connect
from handleplan_pipeline.lake.files import sha256_of
from schemas.languages import LANGUAGES

Wrong = Iterator[str]
UNREADABLE = (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError, BadZipFile, duckdb.Error)
"""What a damaged file does to its reader."""


def unlike(folder: Path, parts: Sequence[str]) -> list[str]:
    """What of the named parts differs from the release's tables; empty when each says the same."""
    wrong: list[str] = []
    try:
        release = read(folder)
    except (ReleaseError, *UNREADABLE) as e:
        return [f"exports: the tables cannot be read ({type(e).__name__})"]
    for part in parts:
        if part in READERS:
            try:
                wrong += READERS[part](release, folder)
            except (ReleaseError, *UNREADABLE) as e:
                wrong.append(f"{part}: cannot be read back ({type(e).__name__})")
    return wrong


def _text_file(file: Path, dialect: Dialect) -> str:
    """SQL that reads a CSV file as texts, an empty one as null."""
    options = f"delim={literal(dialect.separator)}, header=true, all_varchar=true, nullstr='', quote='\"', escape='\"'"
    return f"read_csv({literal(str(file))}, {options}, auto_detect=false, new_line='\\r\\n', columns=$columns)"


def _typed(field: Field, dialect: Dialect) -> str:
    """SQL of a text as a value of its column, unguarded; null where it is none."""
    name = quote(field.name)
    if field.type == "VARCHAR":
        dangerous = rf"regexp_matches({name}, '^''+[=+\-@\t\r\n\x00]')"
        return f"CASE WHEN {dangerous} THEN substr({name}, 2) ELSE {name} END"
    if field.type == "BOOLEAN":
        return f"CASE {name} WHEN {literal(dialect.true)} THEN true WHEN {literal(dialect.false)} THEN false END"
    number = f"replace({name}, ',', '.')" if dialect.decimal_comma else name
    return f"TRY_CAST({number} AS {field.type})"


def csv_files(release: Release, folder: Path) -> Wrong:
    """Every table in both dialects: columns, and rows in their order."""
    with connect(folders=[folder]) as con:
        for table in release.tables.values():
            for dialect in DIALECTS:
                file = csv.path(folder, table, dialect)
                name = file.relative_to(folder).as_posix()
                if not file.is_file():
                    yield f"{name}: missing"
                elif file.read_bytes()[:3].startswith(b"\xef\xbb\xbf") != dialect.bom:
                    yield f"{name}: the byte order mark is not as it should be"
                elif not _csv_rows(con, file, table, dialect).equals(table.rows, null_equal=True):
                    yield f"{name}: differs from {table.full_name}"


def _csv_rows(con: duckdb.DuckDBPyConnection, file: Path, table: Table, dialect: Dialect) -> pl.DataFrame:
    with file.open(encoding="utf-8-sig", newline="") as text:
        if text.readline().rstrip("\r\n").split(dialect.separator) != [f.name for f in table.fields]:
            return pl.DataFrame()
    columns = "{" + ", ".join(f"{literal(f.name)}: 'VARCHAR'" for f in table.fields) + "}"
    wanted = ", ".join(f"{_typed(f, dialect)} AS {quote(f.name)}" for f in table.fields)
    source = _text_file(file, dialect).replace("$columns", columns)
    return con.execute(f"SELECT {wanted} FROM {source}").pl()


def sdmx_file(release: Release, folder: Path) -> Wrong:
    """The observations, each in the codes it should have."""
    file = folder / "sdmx" / "observation.csv"
    wanted = sdmx.observations(release)
    columns = "{" + ", ".join(f"{literal(n)}: 'VARCHAR'" for n in sdmx.COLUMNS) + "}"
    with connect(files=[file]) as con:
        source = _text_file(file, csv.INTERNATIONAL).replace("$columns", columns)
        found = con.execute(f"SELECT * FROM {source}").pl()
    numbers = [n for n, kind in wanted.schema.items() if kind != pl.String]
    typed = found.with_columns(pl.col(n).cast(wanted.schema[n], strict=False) for n in numbers)
    if not typed.equals(wanted, null_equal=True):
        yield f"sdmx/observation.csv: differs from {sdmx.TABLE}"


def jsonstat_files(release: Release, folder: Path) -> Wrong:
    """Every dataset is a cube and holds its indicator's rows; collections lead to datasets; verdicts as they stand."""
    table = release.tables[jsonstat.TABLE]
    rows = {c.indicator_id: list(c.rows) for c in jsonstat.cubes(release)}
    for language in LANGUAGES:
        for indicator, mine in rows.items():
            name = f"jsonstat/{indicator}.{language}.json"
            said = _json(folder / name)
            odd = list(structure(said))
            yield from (f"{name}: {o}" for o in odd)
            if not odd and not _same_rows(jsonstat_rows(said), mine, table):
                yield f"{name}: differs from {jsonstat.TABLE}"
        for goal in release.rows("meta.goal"):
            name = f"jsonstat/goal_{goal['goal']:02d}.{language}.json"
            said = _json(folder / name)
            bearing = {i for i, mine in rows.items() if any(r["goal"] == goal["goal"] for r in mine)}
            if {i["href"] for i in said["link"]["item"]} != {f"{i}.{language}.json" for i in bearing}:
                yield f"{name}: does not list the datasets of its goal"
    said = _json(folder / "json" / "status.json")
    verdicts = [{k: v for k, v in r.items() if k != "labels"} for r in said["verdicts"]]
    if verdicts != json.loads(json.dumps(release.rows("output.goal_status"), default=str)):
        yield "json/status.json: differs from output.goal_status"


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def structure(said: Mapping[str, Any]) -> Wrong:
    """Where a dataset breaks the rules of JSON-stat 2.0, or ours: every cell with a status, every status explained."""
    ids, size, dimensions = said["id"], said["size"], said["dimension"]
    if said["version"] != "2.0" or said["class"] != "dataset" or not said["label"]:
        yield "is no JSON-stat 2.0 dataset with a label"
    if len(ids) != len(size) or set(ids) != set(dimensions) or len(set(ids)) != len(ids):
        yield "its dimensions are not those of id and size"
        return
    for name, length in zip(ids, size, strict=True):
        category = dimensions[name]["category"]
        if len(category["index"]) != length or set(category["index"]) != set(category["label"]):
            yield f"dimension {name}: its codes are not as many as its size says, or not all have a label"
        if not set(category.get("unit", {})) <= set(category["index"]):
            yield f"dimension {name}: a unit of no code"
    if not {d for role in said["role"].values() for d in role} <= set(ids):
        yield "a role names no dimension"
    cells = prod(size)
    if any(not 0 <= int(i) < cells for i in (*said["value"], *said["status"])):
        yield "a value or a status outside the cube"
    if not set(said["value"]) <= set(said["status"]):
        yield "a value without a status"
    if not set(said["status"].values()) <= set(said["extension"]["handleplan"]["status_label"]):
        yield "a status without words"


def jsonstat_rows(said: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows of a dataset, as texts and numbers."""
    own = said["extension"]["handleplan"]
    codes = [said["dimension"][d]["category"]["index"] for d in said["id"][:-1]]
    statistics = said["dimension"][said["id"][-1]]["category"]["index"]
    found = []
    for at, place in enumerate(own["rows"]):
        row: dict[str, Any] = dict(own["fixed"]) | {"indicator_id": own["indicator"]}
        rest = place
        for name, known in reversed(list(zip(said["id"], codes, strict=False))):
            rest, code = divmod(rest, len(known))
            row[name] = known[code]
        for i, name in enumerate(statistics):
            row[name] = said["value"].get(str(place * len(statistics) + i))
        states = {said["status"][str(place * len(statistics) + i)] for i in range(len(statistics))}
        row["obs_status"] = states.pop() if len(states) == 1 else None
        row |= {n: v[at] if isinstance(v, list) else v for n, v in own["of_rows"].items()}
        found.append(row)
    return found


def _same_rows(found: Sequence[Mapping[str, Any]], wanted: Sequence[Mapping[str, Any]], table: Table) -> bool:
    """Whether two lists hold the same rows, whatever their order; of the release's id each file says it once."""
    names = [f.name for f in table.fields if f.name != "release_id"]

    def text(row: Mapping[str, Any], name: str) -> Any:
        value = row[name]
        if name in jsonstat.DIMENSIONS:
            return NO_CODE if value is None else str(value)
        return value if value is None or isinstance(value, (int, float, str)) else value.isoformat()

    def listed(rows: Sequence[Mapping[str, Any]]) -> list[str]:
        return sorted(repr([_number(text(r, n)) for n in names]) for r in rows)

    return listed(found) == listed(wanted)


def _number(value: Any) -> Any:
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def workbooks(release: Release, folder: Path) -> Wrong:
    """Every workbook: its sheets, no formula, one table per sheet of data, every value as the tables have it."""
    for language in LANGUAGES:
        for goal in release.rows("meta.goal"):
            name = f"xlsx/{language}/{goal['slug']}.xlsx"
            yield from (f"{name}: {w}" for w in _workbook(release, goal, folder / name, language))


def _workbook(release: Release, goal: dict[str, Any], file: Path, language: str) -> Wrong:
    wanted = {sheets.SHEETS[s.name][language]: s for s in sheets.of(release, goal, language)}
    with closing(openpyxl.load_workbook(file, read_only=True)) as book:
        if book.sheetnames != [sheets.SHEETS["front"][language], *wanted]:
            yield "has other sheets than it should"
            return
        for title, sheet in wanted.items():
            rows = list(book[title].iter_rows(min_row=xlsx.FIRST_ROW + 1, values_only=True))
            if list(rows[0]) != xlsx.headers(sheet.columns):
                yield f"{title}: has other columns than it should"
            elif not _same_cells(rows[1:], sheet):
                yield f"{title}: differs from the tables"


def _same_cells(rows: Sequence[Sequence[Any]], sheet: sheets.Sheet) -> bool:
    """Whether the cells are the sheet's values: texts as texts, numbers to 16 digits, nothing as nothing."""
    if len(rows) != len(sheet.columns[0].values):
        return False
    for at, column in enumerate(sheet.columns):
        for row, value in zip(rows, column.values, strict=True):
            if isinstance(value, float):
                # a workbook holds 16 significant digits of a number
                value = float(f"{value:.16G}")
            if row[at] != value or isinstance(row[at], str) != isinstance(value, str):
                return False
    return True


def package(release: Release, folder: Path) -> Wrong:
    """`datapackage.json`: every table once, and of every file its size and sum."""
    said = _json(folder / datapackage.NAME)
    if [r["name"] for r in said["resources"]] != list(release.tables):
        yield f"{datapackage.NAME}: lists other tables than the release has"
        return
    if said != datapackage.package(release, folder):
        yield f"{datapackage.NAME}: says something else of the tables or their files"


def catalogue(release: Release, folder: Path) -> Wrong:
    """`catalog.jsonld`: every file that a portal offers, with its size and sum."""
    (dataset,) = _json(folder / dcat.NAME)["dcat:dataset"]
    found = {
        str(d["dcat:downloadURL"]["@id"]): (
            d["dcat:byteSize"]["@value"],
            d["spdx:checksum"]["spdx:checksumValue"]["@value"],
        )
        for d in dataset["dcat:distribution"]
    }
    files = {f.relative_to(folder).as_posix(): (str(f.stat().st_size), sha256_of(f)) for f in dcat.doors(folder)}
    listed = sorted((next((n for n in files if a == n or a.endswith(f"/{n}")), a), v) for a, v in found.items())
    if listed != sorted(files.items()):
        yield f"{dcat.NAME}: lists other files, sizes or sums than there are"


READERS: dict[str, Callable[[Release, Path], Wrong]] = {
    "csv": csv_files,
    "jsonstat": jsonstat_files,
    "sdmx": sdmx_file,
    "xlsx": workbooks,
    "datapackage": package,
    "dcat": catalogue,
}
