"""Goal 11: the baseline is 6 of January 2010, not 10 of October; undated lists stay out; nothing crosses a break."""

from pathlib import Path

import polars as pl
import pytest

from assets.goals import goal_11_exposed_areas
from assets.goals.goal_11_exposed_areas import count_areas
from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.observations import observe
from handleplan_pipeline.published import read_published, with_tier
from handleplan_pipeline.settings import get_settings
from handleplan_pipeline.status import status
from schemas.goals.goal_11_exposed_areas import GOAL
from schemas.outputs.goal_status import GOAL_STATUS
from schemas.outputs.judgement import JUDGEMENT
from schemas.registers.row_account import ROW_ACCOUNT
from schemas.sources.exposed_area_count import EXPOSED_AREA_COUNT
from schemas.sources.high_risk_department import HIGH_RISK_DEPARTMENT
from schemas.sources.published_source import PUBLISHED_SOURCE

FOLDER = Path(get_settings().reference) / "published"


@pytest.fixture(scope="module")
def rows() -> pl.DataFrame:
    sources = read_published(FOLDER, PUBLISHED_SOURCE)
    areas = with_tier(read_published(FOLDER, EXPOSED_AREA_COUNT), sources, "a")
    departments = with_tier(read_published(FOLDER, HIGH_RISK_DEPARTMENT), sources, "b")
    return observe(load_catalogue(), 11, count_areas(areas, departments, "101"), GOAL)


def test_areas_by_year_and_criteria(rows: pl.DataFrame) -> None:
    found = rows.filter(pl.col("indicator_id") == "I13a_areas").select("year", "definition_version", "value").rows()
    assert set(found) == {
        (2006, "kombineret_udlejning_2005", 4), (2010, "kombineret_udlejning_2010", 6), (2010, "ghetto_2010", 10),
        (2012, "ghetto_2010", 8), (2017, "ghetto_2014", 4), (2019, "exposed_2018", 6), (2020, "exposed_2018", 3),
        (2022, "parallel_2021", 1), (2023, "parallel_2021", 0),
    }  # fmt: skip


def test_departments_as_the_plan_prints_them(rows: pl.DataFrame) -> None:
    found = rows.filter(pl.col("indicator_id").str.starts_with("I13b") & pl.col("value").is_not_null())
    assert set(found.select("indicator_id", "year", "value").rows()) == {
        ("I13b", 2006, 60), ("I13b", 2008, 21), ("I13b_dwellings", 2006, 6500), ("I13b_dwellings", 2008, 1400),
    }  # fmt: skip
    later = rows.filter((pl.col("indicator_id") == "I13b") & (pl.col("year") >= 2010))
    assert later["value"].null_count() == later.height == 5


def test_status_never_compares_across_criteria(rows: pl.DataFrame) -> None:
    judged = status(load_catalogue(), rows, JUDGEMENT.empty(), GOAL_STATUS, "101").filter(pl.col("goal") == 11)
    found = {r["year"]: r for r in judged.to_dicts()}
    assert found[2010]["badge"] == "not_due"
    assert "6 udsatte områder" in found[2010]["reason_da"]
    assert (found[2012]["badge"], found[2012]["literal_met"]) == ("cannot_tell", None)
    assert "8 områder" in found[2012]["reason_da"]
    assert "6 områder" in found[2012]["reason_da"]
    assert found[2013]["badge"] == found[2014]["badge"] == "not_measurable"


def test_without_permission_for_the_list_the_goal_says_so() -> None:
    account = ROW_ACCOUNT.conform([
        {"source": "housing_areas", "period": 2012, "outcome": "permission_refused", "rows": 0,
         "data_kind": "delivered"},
    ])  # fmt: skip
    found = goal_11_exposed_areas.refused(load_catalogue(), account)
    assert set(found.select("indicator_id", "year", "cell_state").rows()) == {
        ("I13a", 2012, "not_available"), ("I13b", 2012, "not_available"),
    }  # fmt: skip
