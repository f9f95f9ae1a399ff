"""What counts as a small count in a finished release: asked of two tables made by hand."""

from collections.abc import Iterator

import duckdb
import pytest

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.protection.scan import small_counts

CATALOGUE = load_catalogue()
Database = duckdb.DuckDBPyConnection


@pytest.fixture
def release() -> Iterator[Database]:
    """Who was homeless in week 6: 28 of Danish origin, 32 of minority background, 7 of unknown ancestry."""
    with duckdb.connect() as con:
        con.execute("""
            CREATE SCHEMA output;
            CREATE TABLE output.observation AS SELECT
                'B1_homeless_week6' AS indicator_id, 2011 AS year, '101' AS geography, 'total' AS sex,
                'total' AS age_group, g AS population_group, NULL::VARCHAR AS reference_group,
                'persons' AS unit, v::DOUBLE AS value, 'synthetic' AS data_kind
            FROM (VALUES ('danish', 28), ('minority', 32), ('unknown', 7)) t (g, v);
            CREATE TABLE output.contrast AS SELECT
                'B1_homeless_week6' AS indicator_id, 2011 AS year, '101' AS geography, 'minority' AS population_group,
                'danish' AS reference_group, 'difference' AS contrast, a AS unknown_as, 'persons' AS unit,
                v::DOUBLE AS value, 'synthetic' AS data_kind
            FROM (VALUES ('none', 4), ('group', 11), ('reference_group', -3)) t (a, v)
        """)
        yield con


def told(release: Database, change: str = "") -> list[str]:
    if change:
        release.execute(change)
    return list(small_counts(release, CATALOGUE))


def test_a_small_difference_of_two_printed_counts_is_no_count(release: Database) -> None:
    assert told(release) == []


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE output.contrast SET value = 3 WHERE unknown_as = 'none'",
        "UPDATE output.contrast SET value = 4 WHERE unknown_as = 'group'",
        "UPDATE output.contrast SET contrast = 'ratio' WHERE unknown_as = 'none'",
        "UPDATE output.contrast SET year = 2012 WHERE unknown_as = 'none'",
        "UPDATE output.observation SET value = NULL WHERE population_group = 'danish'",
        "UPDATE output.contrast SET value = 5 WHERE unknown_as = 'group'; "
        "UPDATE output.observation SET value = NULL WHERE population_group = 'unknown'",
    ],
)
def test_one_that_nobody_can_take_is(release: Database, change: str) -> None:
    assert told(release, change) == ["output.contrast: 1 rows print a count of 1 to 5 persons"]


def test_a_count_itself_is(release: Database) -> None:
    found = told(release, "UPDATE output.observation SET value = 3 WHERE population_group = 'unknown'")
    assert found == ["output.observation: 1 rows print a count of 1 to 5 persons"]
