"""A whole release, asked as a reader would: headline rows, labels, ids, dates, the queries of the documents."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from handleplan_pipeline.release.row_ids import wrong_row_ids
from handleplan_pipeline.settings import PROJECT_ROOT
from tests.lib.lakes import released_city, run_without_deliveries, shared_demonstration

Reader = duckdb.DuckDBPyConnection
QUERIES = re.findall(
    r"^## (.+?)\n.*?```sql\n(.*?)```", (PROJECT_ROOT / "docs/queries.md").read_text("utf-8"), re.M | re.S
)


def database(lake: Path) -> Path:
    return lake / "releases" / "latest" / "handleplan.duckdb"


@pytest.fixture(scope="module", params=["nothing delivered", pytest.param("a city", marks=pytest.mark.slow)])
def release(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    nothing = request.param == "nothing delivered"
    lake = run_without_deliveries(tmp_path_factory)[0] if nothing else released_city(tmp_path_factory)
    with duckdb.connect(str(database(lake)), read_only=True) as con:
        yield con


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """A city in which enough is shown that every kind of figure can be held against its judgement."""
    with duckdb.connect(str(database(shared_demonstration(tmp_path_factory))), read_only=True) as con:
        yield con


def count(con: Reader, sql: str) -> int:
    found = con.execute(sql).fetchone()
    assert found is not None
    return int(found[0])


def test_every_code_of_every_published_table_has_its_words(release: Reader) -> None:
    """Asked in SQL, with the dictionary of the release alone."""
    columns = release.execute(
        'SELECT table_schema, table_name, column_name, code_list FROM meta."column" WHERE code_list IS NOT NULL'
    ).fetchall()
    assert len(columns) > 200
    wrong = []
    for schema, table, column, listed in columns:
        of_table = listed.split(".") if "." in listed else None
        known = (
            f'SELECT "{of_table[2]}"::VARCHAR FROM {of_table[0]}."{of_table[1]}"'
            if of_table
            else f"SELECT code FROM meta.code_list WHERE list = '{listed}' AND label_da <> '' AND label_en <> ''"
        )
        codes = f'SELECT unnest(string_split("{column}"::VARCHAR, \';\')) AS code FROM {schema}."{table}"'
        missing = count(release, f"SELECT count(DISTINCT code) FROM ({codes}) WHERE code NOT IN ({known})")
        wrong += [f"{schema}.{table}.{column}: {missing}"] * bool(missing)
    assert wrong == []


def test_row_ids_are_made_of_the_key_and_name_one_row(release: Reader) -> None:
    assert list(wrong_row_ids(release)) == []
    tables = release.execute(
        "SELECT schema_name, table_name FROM duckdb_columns() WHERE column_name = 'row_id' AND schema_name <> 'history'"
    ).fetchall()
    assert {s for s, _ in tables} == {"goal", "overall", "baseline", "output"}
    own = [(s, t) for s, t in tables if t != "statement_number"]
    assert [t for s, t in own if count(release, f"SELECT count(*) - count(DISTINCT row_id) FROM {s}.{t}")] == []
    same = "SELECT count(*) FROM goal.goal_11_exposed_areas SEMI JOIN output.observation USING (row_id, value)"
    assert count(release, same) == count(release, "SELECT count(*) FROM goal.goal_11_exposed_areas WHERE value >= 0")


def test_two_lists_of_one_year_have_their_dates(release: Reader) -> None:
    """January and October 2010: six and ten areas, by other criteria."""
    found = release.execute(
        "SELECT reference_date::VARCHAR, value FROM goal.goal_11_exposed_areas WHERE indicator_id = 'I13a_areas' "
        "AND year = 2010 AND data_kind = 'official' ORDER BY 1"
    ).fetchall()
    assert found == [("2010-01-01", 6.0), ("2010-10-01", 10.0)]
    key = "goal, indicator_id, year, geography, population_group, reference_group, ancestry, sex, age_group, measure"
    doubles = (
        f"SELECT count(*) FROM (SELECT 1 FROM output.observation GROUP BY {key}, reference_date HAVING count(*) > 1)"
    )
    assert count(release, doubles) == 0


def test_every_check_says_how_many_rows_it_was_asked_of(release: Reader) -> None:
    assert count(release, 'SELECT count(*) FROM meta."check" ANTI JOIN meta.check_rule USING (rule)') == 0
    unlike = (
        'SELECT count(*) FROM meta."check" c JOIN meta.run r USING (table_schema, table_name) '
        "WHERE c.tested_rows <> r.rows OR c.failed_rows > c.tested_rows"
    )
    assert count(release, unlike) == 0
    assert count(release, 'SELECT count(*) FROM meta."check" WHERE tested_rows > 0') > 300


def test_how_many_rows_a_delivery_of_persons_has_is_not_told(release: Reader) -> None:
    told = "SELECT count(*) FROM meta.delivery WHERE coalesce(received_rows, set_aside_rows) IS NOT NULL"
    assert count(release, f"{told} AND source NOT IN ('housing_areas', 'housing_area_keys')") == 0


@pytest.mark.parametrize(("question", "sql"), QUERIES, ids=[q for q, _ in QUERIES])
def test_a_query_of_the_documents_runs_as_it_stands(release: Reader, question: str, sql: str) -> None:
    assert release.execute(sql).description


def test_the_six_questions_of_a_newcomer_are_answered() -> None:
    words = ("goal 1 met", "cocaine", "synthetic", "33 per cent", "goal 3 in 2013", "changed")
    assert [w for w in words if not any(w in q for q, _ in QUERIES)] == []


README = (PROJECT_ROOT / "README.md").read_text(encoding="utf-8")


def test_the_snippets_of_the_readme_run_as_printed(
    release: Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (path,) = (p for (p,) in release.execute("SELECT path FROM duckdb_databases() WHERE path IS NOT NULL").fetchall())
    (tmp_path / "data_lake" / "releases").mkdir(parents=True)
    (tmp_path / "data_lake" / "releases" / "latest").symlink_to(Path(path).parent)
    monkeypatch.chdir(tmp_path)
    (python,) = re.findall(r"```python\n(.*?)```", README, re.S)
    lines, last = python.rsplit("con.sql(", 1)
    found: dict[str, Any] = {}
    exec(f"{lines}answer = con.sql({last}con.close()\n", found)  # what a reader pastes
    assert found["answer"].columns == ["year", "value", "ci_low", "ci_high", "data_kind"]
    assert found["answer"]["year"].is_unique().all()
    for sql in (*re.findall(r'dbGetQuery\(con, "(.*?)"\)', README), *re.findall(r'handleplan sql "(.*?)"\n', README)):
        assert release.execute(sql).fetchall()


HEADLINE = """
    SELECT o.* FROM output.observation o JOIN meta.indicator i ON i.indicator_id = o.indicator_id
    WHERE o.sex = i.headline_sex AND o.age_group = i.headline_age_group AND o.geography = i.headline_geography
      AND o.reference_group IS NULL
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("quantity", "reckoned"),
    [
        # parity: the group's share less the reference's, in percentage points
        ("difference", "mine.value - other.value"),
        # a count against the count of the baseline year
        ("count_ratio", "mine.value / base.value"),
        # a share against the baseline's
        ("share_change", "mine.value - base.value"),
    ],
)
def test_the_headline_rows_give_the_judged_estimate(city: Reader, quantity: str, reckoned: str) -> None:
    found = city.execute(f"""
        WITH headline AS ({HEADLINE})
        SELECT j.indicator_id, j.year, j.estimate, {reckoned} AS reckoned, j.unit
        FROM output.judgement j
        JOIN headline mine ON mine.indicator_id = j.indicator_id AND mine.year = j.year
                          AND mine.population_group = j.population_group
        LEFT JOIN headline other ON other.indicator_id = j.indicator_id AND other.year = j.year
                                AND other.population_group = j.reference_group
        LEFT JOIN headline base ON base.indicator_id = j.indicator_id AND base.year = j.baseline_year
                               AND base.population_group = j.population_group
        WHERE j.quantity = '{quantity}' AND j.estimate IS NOT NULL
    """).fetchall()
    assert found
    assert [r for r in found if r[3] is None or abs(r[2] - r[3]) > 0.0051] == []
    assert {r[4] for r in found} == {"ratio" if quantity == "count_ratio" else "percentage points"}


@pytest.mark.slow
def test_the_ratio_of_goal_2_is_the_standardised_one_and_the_crude_one_is_beside_it(city: Reader) -> None:
    own = city.execute("""
        SELECT r.year, r.value, j.estimate FROM goal.goal_02_youth_crime r
        JOIN output.judgement j ON j.indicator_id = r.indicator_id AND j.year = r.year
                               AND j.population_group = r.population_group
        WHERE r.indicator_id = 'I02' AND r.measure = 'ratio' AND j.estimate IS NOT NULL
    """).fetchall()
    assert own
    assert [r for r in own if abs(r[1] - r[2]) > 0.0051] == []
    crude = city.execute(f"""
        WITH headline AS ({HEADLINE})
        SELECT r.value, g.value / d.value FROM goal.goal_02_youth_crime r
        JOIN headline g ON g.indicator_id = 'I02' AND g.year = r.year AND g.population_group = r.population_group
        JOIN headline d ON d.indicator_id = 'I02' AND d.year = r.year AND d.population_group = r.reference_group
        WHERE r.indicator_id = 'I02_crude' AND r.measure = 'ratio' AND r.sex = 'total' AND r.age_group = '15-17'
    """).fetchall()
    assert crude
    assert [r for r in crude if abs(r[0] - r[1]) > 1e-9] == []


@pytest.mark.slow
def test_every_figure_of_a_goal_has_its_lineage(city: Reader) -> None:
    goals = city.execute("SELECT slug FROM meta.goal").fetchall()
    for (slug,) in goals:
        without = (
            f"SELECT count(*) FROM goal.{slug} t WHERE value IS NOT NULL AND NOT EXISTS (FROM meta.lineage l WHERE "
            f"l.table_name = '{slug}' AND l.indicator_id = t.indicator_id AND l.year = t.year)"
        )
        assert count(city, without) == 0, slug
    dangling = "SELECT count(*) FROM meta.lineage ANTI JOIN meta.delivery USING (delivery_id) WHERE delivery_id <> ''"
    assert count(city, dangling) == 0
    unknown = (
        "SELECT count(*) FROM meta.lineage WHERE source_id IS NOT NULL AND source_id NOT IN "
        "(SELECT source_id FROM source.published_source UNION SELECT id FROM meta.source)"
    )
    assert count(city, unknown) == 0
