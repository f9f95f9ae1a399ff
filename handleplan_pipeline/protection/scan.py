"""Looks at a finished release as an attacker would: every table and every file, for what must not be there."""

import re
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import duckdb

from handleplan_pipeline.catalogue import Catalogue
from handleplan_pipeline.cells.count import wholes
from handleplan_pipeline.lake.contracts import quote
from handleplan_pipeline.lake.copies import number, unlike_its_copy
from handleplan_pipeline.lake.engine import connect
from handleplan_pipeline.lake.pseudonym import CPR_LIKE
from handleplan_pipeline.protection.blocks import AMOUNTS
from handleplan_pipeline.protection.counted import linked_blocks, protected_indicators
from schemas.adjustment.background import INTERNAL_TO_BACKGROUND, INTERNAL_TO_CARDS

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
HASH_COLUMNS = {"sha256", "sums_sha256", "delivery_id", "model_id", "counts_sha256"}
PSEUDONYM_LIKE = r"^[0-9a-f]{32,}$|^[A-Z2-7]{26,}=*$"
COUNT_COLUMNS = ("numerator", "denominator", "n", "n_ref", "events_ref", "persons")
TEXT_FILES = {".csv", ".json", ".jsonld", ".html", ".svg", ".txt", ".xml", ".px", ".ics", ""}
INTERNAL = {
    "background": INTERNAL_TO_BACKGROUND,
    "model_card": INTERNAL_TO_CARDS,
    "judgement": INTERNAL_TO_BACKGROUND,
}
"""Columns that stay in the confidential layer, by the table they would stand in."""
DECIMALS = {"judgement": 3, "background": 3}
"""Figures that rest on persons and whose counts do not stand beside them, and how many decimals they may have."""


def open_release(folder: Path) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
    """The release's database, read-only, and the files beside it."""
    return connect(folder / "handleplan.duckdb", read_only=True, folders=[folder])


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


def copies_that_differ(con: duckdb.DuckDBPyConnection, folder: Path) -> Iterator[str]:
    """The Parquet copy of a table says what the database says, row for row."""
    for schema, table in tables(con):
        yield from unlike_its_copy(con, schema, table, folder / "parquet" / schema / f"{table}.parquet")


def persons(con: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Tables with a person per row: a column of persons, or of their pseudonyms."""
    for schema, table in tables(con):
        columns = _columns(con, schema, table)
        if wrong := sorted(PERSON_COLUMNS & {c.lower() for c in columns}):
            yield f"{schema}.{table}: has a column of persons ({', '.join(wrong)})"
        texts = [c for c, kind in columns.items() if kind == "VARCHAR" and c not in HASH_COLUMNS]
        if not texts:
            continue
        alike = ", ".join(f"count(*) FILTER (regexp_matches({quote(c)}, $1))" for c in texts)
        found = con.execute(f"SELECT {alike} FROM {quote(schema)}.{quote(table)}", [PSEUDONYM_LIKE]).fetchone()
        for column, hits in zip(texts, found or (), strict=True):
            if hits:
                yield f"{schema}.{table}: column {column} holds {hits} values that look like pseudonyms"


_OF_TWO_PRINTED = """(contrast = 'difference' AND EXISTS (
    SELECT 1 FROM output.observation one JOIN output.observation other
        USING (indicator_id, year, geography, sex, age_group)
    LEFT JOIN (SELECT * FROM output.observation WHERE population_group = 'unknown' AND reference_group IS NULL) nobodys
        USING (indicator_id, year, geography, sex, age_group)
    WHERE (indicator_id, year, geography) = (shown.indicator_id, shown.year, shown.geography)
      AND (one.population_group, other.population_group) = (shown.population_group, shown.reference_group)
      AND one.reference_group IS NULL AND other.reference_group IS NULL
      AND shown.value = one.value - other.value
        + CASE shown.unknown_as WHEN 'none' THEN 0 WHEN 'group' THEN nobodys.value ELSE -nobodys.value END))"""
"""A difference that everybody takes between counts that are printed is no count of persons, however small."""


def small_counts(con: duckdb.DuckDBPyConnection, catalogue: Catalogue) -> Iterator[str]:
    """Counts of 1 to T persons that are printed, their complements too."""
    largest = int(catalogue.disclosure.number("largest_sensitive"))
    amounts = ", ".join(f"'{m}'" for m in AMOUNTS)
    ids = [*protected_indicators(catalogue), *(b.indicator for b in catalogue.plan.baselines)]
    for schema, table in tables(con):
        columns = _columns(con, schema, table)
        if schema in ("source", "meta") or "indicator_id" not in columns:
            continue
        name = f"{quote(schema)}.{quote(table)}"
        mine = "list_contains($1, indicator_id) AND data_kind IS DISTINCT FROM 'official'"
        small = f"BETWEEN 1 AND {largest}"
        tests = [f"{quote(c)} {small}" for c in COUNT_COLUMNS if columns.get(c) in ("BIGINT", "INTEGER")]
        if {"numerator", "denominator", "measure"} <= set(columns):
            tests = [t for t in tests if "denominator" not in t]
            tests.append(f"measure IN ('share', {amounts}) AND denominator {small}")
            tests.append(f"measure = 'share' AND denominator - numerator {small}")
            tests.append(f"measure = 'rate' AND denominator - numerator {small}")
        if {"value", "unit"} <= set(columns):
            no_count = f" AND NOT {_OF_TWO_PRINTED}" if (schema, table) == ("output", "contrast") else ""
            tests.append(f"unit IN ('persons', 'contacts') AND value {small}{no_count}")
        if not tests:
            continue
        hits = number(con, f"SELECT count(*) FROM {name} shown WHERE {mine} AND (({') OR ('.join(tests)}))", [ids])
        if hits:
            yield f"{schema}.{table}: {hits} rows print a count of 1 to {largest} persons"


def exact_fractions(con: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Numbers so exact that they give away the fraction they are, where its counts are not printed."""
    for schema, table in tables(con):
        decimals = DECIMALS.get(table) if schema == "output" else None
        for column, kind in _columns(con, schema, table).items() if decimals is not None else ():
            if kind != "DOUBLE":
                continue
            hits = number(
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
        hits = number(
            con,
            f"SELECT count(*) FROM {quote(schema)}.{quote(table)} WHERE measure IN ('share', 'rate') "
            "AND value IS NOT NULL AND (numerator IS NULL OR denominator IS NULL)",
        )
        if hits:
            yield f"{schema}.{table}: {hits} shares stand without their counts"


def internal_columns(con: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Columns that can be solved for counts by stratum and are never printed."""
    for table, names in INTERNAL.items():
        if printed := sorted(set(names) & set(_columns(con, "output", table))):
            yield f"output.{table}: prints what can be solved for counts ({', '.join(printed)})"


def hidden_but_disclosed(con: duckdb.DuckDBPyConnection, catalogue: Catalogue) -> Iterator[str]:
    """Derived values whose counts are hidden: contrasts, readings, verdicts and background of a hidden row."""
    con.register("wholes", wholes(catalogue).to_arrow())
    con.execute("""
        CREATE OR REPLACE TEMP TABLE hidden AS
        SELECT o.indicator_id, year, population_group, o.sex <> w.sex AS by_sex, o.age_group <> w.age_group AS by_age
        FROM output.observation o JOIN wholes w USING (indicator_id)
        WHERE o.reference_group IS NULL AND o.missing_reason = 'suppressed'
    """)
    con.execute(
        "CREATE OR REPLACE TEMP TABLE hidden_rows AS SELECT DISTINCT * FROM hidden WHERE NOT (by_sex OR by_age)"
    )
    questions = {
        "output.contrast": """SELECT count(*) FROM output.contrast c JOIN hidden_rows h
            ON h.indicator_id = c.indicator_id AND (
                (h.year = c.year AND (h.population_group IN (c.population_group, c.reference_group)
                                      OR (h.population_group = 'unknown' AND c.unknown_as <> 'none')))
             OR (h.year = c.baseline_year AND h.population_group IN (c.population_group, c.reference_group)
                 AND c.change IS NOT NULL))""",
        "output.judgement": """SELECT count(*) FROM output.judgement j JOIN hidden_rows h
            ON h.indicator_id = j.indicator_id
           AND (h.year = j.year OR (h.year = j.baseline_year AND j.change IS NOT NULL))
           AND h.population_group IN (j.population_group, j.reference_group) WHERE j.estimate IS NOT NULL""",
        "output.background": """SELECT count(*) FROM output.background b JOIN hidden_rows h
            ON h.indicator_id = b.indicator_id AND h.year = b.year
           AND h.population_group IN (b.population_group, b.reference_group)
           WHERE coalesce(b.observed, b.gap_adjusted, b.ratio) IS NOT NULL""",
        "output.background (by sex or age)": f"""SELECT count(*) FROM output.background b JOIN hidden h
            ON h.indicator_id = b.indicator_id AND h.year = b.year
           AND h.population_group IN (b.population_group, b.reference_group)
           WHERE b.ratio IS NOT NULL OR (b.gap_adjusted IS NOT NULL AND {_by_covariate("b.covariates")})""",
        "output.contrast (by sex or age)": f"""SELECT count(*) FROM output.contrast c JOIN hidden h
            ON h.indicator_id = c.indicator_id AND h.year = c.year
           AND h.population_group IN (c.population_group, c.reference_group)
           WHERE c.contrast = 'standardised_ratio'
              OR (c.adjusted_value IS NOT NULL AND {_by_covariate("c.adjustment")})""",
        "output.observation (standardised)": """SELECT count(*) FROM output.observation o JOIN hidden h
            ON h.indicator_id = o.indicator_id AND h.year = o.year
           AND h.population_group IN (o.population_group, o.reference_group)
           WHERE o.reference_group IS NOT NULL AND o.ci_method IN ('direct', 'indirect')""",
        "output.judgement (by sex or age)": """SELECT count(*) FROM output.judgement j JOIN output.background b
            ON b.indicator_id = j.indicator_id AND b.year IN (j.year, j.baseline_year)
           AND b.state = 'suppressed' AND b.method = 'expected_share' WHERE j.adjusted_value IS NOT NULL""",
    }
    questions |= _shown_with(catalogue) | _beside_in_baselines(catalogue)
    for table, question in questions.items():
        if hits := number(con, question):
            yield f"{table}: {hits} values rest on a hidden count"


def _shown_with(catalogue: Catalogue) -> dict[str, str]:
    """Questions about rows that may only be shown with another one, in the goal tables and in the baselines."""
    slugs = {b.indicator: b.slug for b in catalogue.plan.baselines}
    found = {}
    for s in (s for b in linked_blocks(catalogue) for s in b.series if s.shown_with):
        indicator, _, quantity = s.indicator.partition(".")
        if quantity:
            found[f"baseline.{slugs[indicator]} ({quantity})"] = f"""SELECT count(*)
                FROM baseline.{slugs[indicator]} b JOIN hidden_rows h
                  ON h.indicator_id = '{s.shown_with}' AND h.year = b.data_year
                 AND h.population_group = b.population_group
                WHERE b.quantity = '{quantity}' AND b.series = 'recomputed' AND b.value IS NOT NULL"""
        else:
            found[f"output.observation ({indicator})"] = f"""SELECT count(*) FROM output.observation o
                JOIN output.observation h USING (year, population_group, sex, age_group)
                WHERE o.indicator_id = '{indicator}' AND h.indicator_id = '{s.shown_with}' AND o.value IS NOT NULL
                  AND h.missing_reason = 'suppressed' AND h.reference_group IS NULL AND o.reference_group IS NULL
                  AND o.data_kind <> 'official'"""
    return found


def _beside_in_baselines(catalogue: Catalogue) -> dict[str, str]:
    """Questions about what stands beside a baseline's figure: differences and fixed years of hidden rows."""
    found = {}
    for b in catalogue.plan.baselines:
        table = f"baseline.{b.slug}"
        hidden = f"""{table} h WHERE h.series = 'recomputed' AND h.missing_reason = 'suppressed'
            AND h.quantity = b.quantity AND h.subgroup = b.subgroup"""
        found[f"{table} (comparison)"] = f"""SELECT count(*) FROM {table} b
            WHERE b.comparison_value IS NOT NULL AND EXISTS (SELECT 1 FROM {hidden} AND h.data_year = b.data_year
                  AND h.population_group IN (b.population_group, 'danish'))"""
        for column, year in (("first", b.data_years[0]), ("last", b.data_years[-1])):
            found[f"{table} (baseline_{column}_value)"] = f"""SELECT count(*) FROM {table} b
                WHERE b.baseline_{column}_value IS NOT NULL AND EXISTS (SELECT 1 FROM {hidden}
                      AND h.data_year = {year} AND h.population_group = b.population_group)"""
    return found


def _by_covariate(column: str) -> str:
    """Whether a hidden row `h` is one by a covariate that `column` names."""
    named = f"list_contains(string_split({column}, ';'), "
    return f"((h.by_sex AND {named}'sex')) OR (h.by_age AND {named}'age')))"


def row_ids(con: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """The ids of the rows of every table that has them; ten hex digits may look like a person number by chance."""
    for schema, table in tables(con):
        if "row_id" in _columns(con, schema, table):
            yield from (str(i) for (i,) in con.execute(f"SELECT row_id FROM {quote(schema)}.{quote(table)}").fetchall())


def files_with_person_numbers(folder: Path, row_ids: Iterable[str] = ()) -> Iterator[str]:
    """CPR-like numbers in any text file of the release, its row ids (hex, checked by `release.verify`) apart."""
    pattern, known = re.compile(CPR_LIKE), frozenset(row_ids)
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and p.suffix in TEXT_FILES):
        if path.name == "SHA256SUMS":
            continue
        # a sha256 may hold ten digits in a row by chance
        text = re.sub(r"\b[0-9a-f]{64}\b", "", path.read_text(encoding="utf-8", errors="replace"))
        text = re.sub(r"\b[0-9a-f]{10}\b", lambda m: "" if m[0] in known else m[0], text)
        hits = len(pattern.findall(text))
        if hits:
            yield f"{path.relative_to(folder).as_posix()}: {hits} values that look like CPR numbers"


def everything(folder: Path, catalogue: Catalogue) -> list[str]:
    """What is wrong with the release, table by table; empty when nothing is."""
    with open_release(folder) as con:
        wrong = [
            *copies_that_differ(con, folder),
            *persons(con),
            *small_counts(con, catalogue),
            *exact_fractions(con),
            *shares_without_counts(con),
            *internal_columns(con),
            *hidden_but_disclosed(con, catalogue),
        ]
        ids = list(row_ids(con))
    return wrong + list(files_with_person_numbers(folder, ids))
