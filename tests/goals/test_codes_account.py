"""Counts per code: decisions, persons and weeks, from files as they are delivered. Expected numbers are by hand."""

from typing import Any

import polars as pl
import pytest

from handleplan_pipeline.sources.deliveries.codes_used import by_code
from handleplan_pipeline.sources.deliveries.command import delivery_of
from tests.deliveries.made import frame, number, read


def counted(source: str, raw: pl.DataFrame, variable: str) -> dict[str, tuple[int, int | None]]:
    """Rows (or weeks) and persons by code of the rows that are used."""
    found = by_code(read(raw, source).frame, delivery_of(source)).filter(pl.col("variable") == variable)
    return {code: (n, k) for code, n, k in found.select("code", "times", "persons").rows()}


def test_weeks_are_counted_by_benefit_and_persons_by_that_of_the_reference_week() -> None:
    """Six persons, two weeks: 651 in the first; in the second three have 893, two 785 and one nothing."""
    raw = frame("dst_dream", 6, Y_1246="651", Y_1247=pl.Series(["893"] * 3 + ["785"] * 2 + [""]))
    assert counted("dst_dream", raw, "Y_*") == {"651": (6, None), "893": (3, None), "785": (2, None)}
    assert counted("dst_dream", raw, "reference_week") == {"893": (3, 3), "785": (2, 2)}


def test_weeks_of_rows_that_are_set_aside_are_not_counted() -> None:
    raw = frame("dst_dream", 6, Y_1246=pl.Series(["130"] * 5 + ["13"]), Y_1247="130")
    assert counted("dst_dream", raw, "Y_*") == {"130": (10, None)}


@pytest.mark.parametrize("empty", ["", None])
def test_a_file_without_a_benefit_has_no_count_and_is_read(empty: Any) -> None:
    raw = frame("dst_dream", 6, Y_1246=pl.Series([empty] * 6, dtype=pl.String), Y_1247=pl.Series([""] * 6))
    assert counted("dst_dream", raw, "Y_*") == {}


def test_two_decisions_of_one_person_are_two_decisions_and_one_person() -> None:
    raw = frame("dst_kraf", 6, PNR=pl.Series([number(0), number(0), *map(number, range(1, 5))]))
    raw = raw.with_columns(AFG_AFGTYP3=pl.Series(["111"] * 3 + ["511"] * 3))
    assert counted("dst_kraf", raw, "AFG_AFGTYP3") == {"111": (3, 2), "511": (3, 3)}


def test_persons_of_the_population_are_counted_by_ancestry_and_country() -> None:
    raw = frame(
        "dst_bef", 6, IE_TYPE=pl.Series(["1", "1", "2", "2", "9", ""]), OPR_LAND=pl.Series(["5100"] * 5 + ["5123"])
    )
    assert counted("dst_bef", raw, "IE_TYPE") == {"1": (2, 2), "2": (2, 2), "9": (1, 1)}
    assert counted("dst_bef", raw, "OPR_LAND") == {"5100": (5, 5), "5123": (1, 1)}


def test_areas_have_no_persons() -> None:
    area = {
        "OMRAADE_ID": ["A1", "A2"],
        "OMRAADE_TYPE": ["omraade", "afdeling"],
        "STATUSDATO": ["2010-01-15"] * 2,
        "KRITERIEVERSION": ["v2010"] * 2,
        "PAA_LISTEN": ["J"] * 2,
        "KRITERIER_2010": ["J"] * 2,
        "BOLIGER": ["10"] * 2,
    }
    assert counted("housing_areas", pl.DataFrame(area), "OMRAADE_TYPE") == {"omraade": (1, None), "afdeling": (1, None)}
