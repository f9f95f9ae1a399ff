"""Looks at a finished release as an attacker would: every table and every file, for what must not be there."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from handleplan_pipeline.catalogue import Catalogue
from handleplan_pipeline.contracts import quote
from handleplan_pipeline.observations import wholes
from handleplan_pipeline.protection.counted import protected_indicators
from handleplan_pipeline.protection.derived import OF_STRATA
from handleplan_pipeline.release.verify import CPR_LIKE

PERSON_COLUMNS = {
    # a hash of rows confirms a guess of them
    "data_hash",
    "person",
    "person_id",
    "pnr",
    "cpr",
    "cpr_number",
    "v_cpr",
    "borger",
    "pseudonym",
    "key_id",
    "birth_date",
}
HASH_COLUMNS = {"sha256", "delivery_id", "model_id", "counts_sha256"}
PSEUDONYM_LIKE = r"^[0-9a-f]{32,}$|^[A-Z2-7]{26,}=*$"
COUNT_COLUMNS = ("numerator", "denominator", "n", "n_ref", "events_ref", "persons")
TEXT_FILES = {".csv", ".json", ".html", ".svg", ".txt", ".xml", ".px", ""}
DECIMALS = {"judgement": 3, "background": 3}
"""Figures that rest on persons and whose counts do not stand beside them, and how many decimals they may have."""


def open_release(folder: Path) -> duckdb.DuckDBPyConnection:
    """The release's database, read-only."""
    return duckdb.connect(str(folder / "handleplan.duckdb"), read_only=True)


def tables(con: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    found = con.execute(
        "SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT internal ORDER BY 1, 2"
    ).fetchall()
    return [(str(s), str(t)) for s, t in found]


def _columns(con: duckdb.DuckDBPyConnection, schema: str, table: str) -> dict[str, str]:
    found = con.execute(
        "SELECT column_name, data_type FROM duckdb_columns() WHERE schema_name = ? AND table_name = ?", [schema, table]
    ).fetchall()
    return {str(n): str(t) for n, t in found}


def _count(con: duckdb.DuckDBPyConnection, sql: str, parameters: list[Any] | None = None) -> int:
    found = con.execute(sql, parameters or []).fetchone()
    return int(found[0]) if found else 0


def copies_that_differ(con: duckdb.DuckDBPyConnection, folder: Path) -> Iterator[str]:
    """The Parquet copy of a table says what the database says, row for row."""
    for schema, table in tables(con):
        file = folder / "parquet" / schema / f"{table}.parquet"
        name = f"{quote(schema)}.{quote(table)}"
        columns = ", ".join(quote(c) for c in _columns(con, schema, table))
        a, b = f"SELECT {columns} FROM {name}", f"SELECT {columns} FROM read_parquet($1)"
        different = _count(
            con, f"SELECT count(*) FROM (({a} EXCEPT ALL {b}) UNION ALL ({b} EXCEPT ALL {a}))", [str(file)]
        )
        if different:
            yield f"{schema}.{table}: {different} rows differ between the database and its Parquet copy"


def persons(con: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Tables with a person per row: a column of persons, or of their pseudonyms."""
    for schema, table in tables(con):
        columns = _columns(con, schema, table)
        if wrong := sorted(PERSON_COLUMNS & {c.lower() for c in columns}):
            yield f"{schema}.{table}: has a column of persons ({', '.join(wrong)})"
        for column, kind in columns.items():
            if kind != "VARCHAR" or column in HASH_COLUMNS:
                continue
            hits = _count(
                con, f"SELECT count(*) FROM {quote(schema)}.{quote(table)} WHERE regexp_matches({quote(column)}, ?)",
                [PSEUDONYM_LIKE],
            )  # fmt: skip
            if hits:
                yield f"{schema}.{table}: column {column} holds {hits} values that look like pseudonyms"


def small_counts(con: duckdb.DuckDBPyConnection, catalogue: Catalogue, threshold: int) -> Iterator[str]:
    """Counts of 1 to T-1 persons that are printed, their complements too."""
    ids = [*protected_indicators(catalogue), *(b.indicator for b in catalogue.plan.baselines)]
    for schema, table in tables(con):
        columns = _columns(con, schema, table)
        if schema in ("source", "meta") or "indicator_id" not in columns:
            continue
        name = f"{quote(schema)}.{quote(table)}"
        mine = "list_contains($1, indicator_id) AND data_kind IS DISTINCT FROM 'official'"
        small = f"BETWEEN 1 AND {threshold - 1}"
        tests = [f"{quote(c)} {small}" for c in COUNT_COLUMNS if columns.get(c) in ("BIGINT", "INTEGER")]
        if {"numerator", "denominator", "measure"} <= set(columns):
            tests = [t for t in tests if "denominator" not in t]
            tests.append(f"measure IN ('share', 'median') AND denominator {small}")
            tests.append(f"measure = 'share' AND denominator - numerator {small}")
            tests.append(f"measure = 'rate' AND denominator - numerator {small}")
        if {"value", "unit"} <= set(columns):
            tests.append(f"unit IN ('persons', 'contacts') AND value {small}")
        if not tests:
            continue
        hits = _count(con, f"SELECT count(*) FROM {name} WHERE {mine} AND (({') OR ('.join(tests)}))", [ids])
        if hits:
            yield f"{schema}.{table}: {hits} rows print a count of 1 to {threshold - 1} persons"


def exact_fractions(con: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Numbers so exact that they give away the fraction they are, where its counts are not printed."""
    for schema, table in tables(con):
        decimals = DECIMALS.get(table) if schema == "output" else None
        for column, kind in _columns(con, schema, table).items() if decimals is not None else ():
            if kind != "DOUBLE":
                continue
            hits = _count(
                con,
                f"SELECT count(*) FROM {quote(schema)}.{quote(table)} "
                f"WHERE abs({quote(column)} - round({quote(column)}, {decimals})) > 1e-12 * (1 + abs({quote(column)}))",
            )
            if hits:
                yield f"{schema}.{table}: column {column} has {hits} values of more than {decimals} decimals"


def shares_without_counts(con: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """A printed share or rate stands with its counts and is exactly their quotient."""
    for schema, table in tables(con):
        columns = _columns(con, schema, table)
        if schema not in ("goal", "overall") and (schema, table) != ("output", "observation"):
            continue
        if not {"value", "numerator", "denominator", "measure"} <= set(columns):
            continue
        hits = _count(
            con,
            f"SELECT count(*) FROM {quote(schema)}.{quote(table)} WHERE measure IN ('share', 'rate') "
            "AND value IS NOT NULL AND (numerator IS NULL OR denominator IS NULL)",
        )
        if hits:
            yield f"{schema}.{table}: {hits} shares stand without their counts"


def made_of_strata(con: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Figures that can be solved for counts by stratum: never printed, or only where all those rows are."""
    columns = _columns(con, "output", "background")
    for column in (c for c in OF_STRATA if c in columns):
        if hits := _count(con, f"SELECT count(*) FROM output.background WHERE {quote(column)} IS NOT NULL"):
            yield f"output.background: column {column} has {hits} values made of strata"
    if "coefficient" in _columns(con, "output", "model_card"):
        yield "output.model_card: prints coefficients"
    for table, group, value in (("background", "population_group", "ratio"), ("contrast", '"group"', "value")):
        extra = "" if table == "background" else "AND t.contrast = 'standardised_ratio'"
        hits = _count(
            con,
            f"SELECT count(*) FROM output.{table} t WHERE t.{value} IS NOT NULL {extra} AND EXISTS (FROM "
            "output.observation o WHERE o.reference_group IS NULL AND o.missing_reason = 'suppressed' AND "
            f"o.indicator_id = t.indicator_id AND o.year = t.year AND o.population_group IN (t.{group}, "
            "t.reference_group))",
        )
        if hits:
            yield f"output.{table}: {hits} standardised ratios rest on hidden rows"


def hidden_but_told(con: duckdb.DuckDBPyConnection, catalogue: Catalogue) -> Iterator[str]:
    """Derived values whose counts are hidden: contrasts, readings, verdicts and background of a hidden row."""
    con.register("wholes", wholes(catalogue).to_arrow())
    con.execute("""
        CREATE OR REPLACE TEMP TABLE hidden_rows AS
        SELECT DISTINCT indicator_id, year, population_group FROM output.observation o
        JOIN wholes USING (indicator_id, sex, age_group)
        WHERE o.reference_group IS NULL AND o.missing_reason = 'suppressed'
    """)
    questions = {
        "output.contrast": """SELECT count(*) FROM output.contrast c JOIN hidden_rows h
            ON h.indicator_id = c.indicator_id AND (
                (h.year = c.year AND (h.population_group IN (c."group", c.reference_group)
                                      OR (h.population_group = 'unknown' AND c.unknown_as <> 'none')))
             OR (h.year = c.baseline_year AND h.population_group IN (c."group", c.reference_group)
                 AND c.change IS NOT NULL))""",
        "output.judgement": """SELECT count(*) FROM output.judgement j JOIN hidden_rows h
            ON h.indicator_id = j.indicator_id
           AND (h.year = j.year OR (h.year = j.baseline_year AND j.change IS NOT NULL))
           AND h.population_group IN (j."group", j.reference_group) WHERE j.estimate IS NOT NULL""",
        "output.background": """SELECT count(*) FROM output.background b JOIN hidden_rows h
            ON h.indicator_id = b.indicator_id AND h.year = b.year
           AND h.population_group IN (b.population_group, b.reference_group)
           WHERE coalesce(b.observed, b.gap_adjusted, b.ratio) IS NOT NULL""",
    }
    for table, question in questions.items():
        if hits := _count(con, question):
            yield f"{table}: {hits} values rest on a hidden count"


def files_with_person_numbers(folder: Path) -> Iterator[str]:
    """CPR-like numbers in any text file of the release."""
    pattern = re.compile(CPR_LIKE.replace("($|", "(?:$|").replace("(^|", "(?:^|"))
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and p.suffix in TEXT_FILES):
        if path.name == "SHA256SUMS":
            continue
        # a sha256 may hold ten digits in a row by chance
        text = re.sub(r"\b[0-9a-f]{64}\b", "", path.read_text(encoding="utf-8", errors="replace"))
        hits = len(pattern.findall(text))
        if hits:
            yield f"{path.relative_to(folder).as_posix()}: {hits} values that look like CPR numbers"


def everything(folder: Path, catalogue: Catalogue) -> list[str]:
    """What is wrong with the release, table by table; empty when nothing is."""
    threshold = int(catalogue.disclosure.number("threshold"))
    with open_release(folder) as con:
        wrong = [
            *copies_that_differ(con, folder), *persons(con), *small_counts(con, catalogue, threshold),
            *exact_fractions(con), *shares_without_counts(con), *hidden_but_told(con, catalogue), *made_of_strata(con),
        ]  # fmt: skip
    return wrong + list(files_with_person_numbers(folder))
