"""Goal 11: no new exposed housing areas.

> Resultatmål 11: Der må ikke opstå nye udsatte boligområder, og antallet af højrisikoafdelinger må ikke stige.
> (Handleplan 2011-2014, side 20)

Counted of year t: areas on the ministry's list that were not on the list of January 2010, within one version of the
criteria (I13a), and high-risk departments (I13b). The baseline is 6 areas of January 2010, not the 10 of another list
of October. Nothing is compared across a change of the criteria, an undated list stays out, an official figure stands.
"""

from pathlib import Path

import polars as pl
import pytest

from assets.goals import goal_11_exposed_areas
from assets.goals.goal_11_exposed_areas import count_areas
from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.judgement.observations import observe
from handleplan_pipeline.judgement.status import status
from handleplan_pipeline.settings import get_settings
from handleplan_pipeline.sources.published import read_published, with_tier
from schemas.goals.goal_11_exposed_areas import GOAL
from schemas.outputs.goal_status import GOAL_STATUS
from schemas.outputs.judgement import JUDGEMENT
from schemas.registers.row_account import ROW_ACCOUNT
from schemas.sources.exposed_area_count import EXPOSED_AREA_COUNT
from schemas.sources.high_risk_department import HIGH_RISK_DEPARTMENT
from schemas.sources.published_source import PUBLISHED_SOURCE
from tests.lib.drawn import drawn

FOLDER = Path(get_settings().reference) / "published"


@pytest.fixture(scope="module")
def rows() -> pl.DataFrame:
    sources = read_published(FOLDER, PUBLISHED_SOURCE)
    areas = with_tier(read_published(FOLDER, EXPOSED_AREA_COUNT), sources, "a")
    departments = with_tier(read_published(FOLDER, HIGH_RISK_DEPARTMENT), sources, "b")
    return observe(load_catalogue(), 11, count_areas(areas, departments, load_catalogue().plan), GOAL)


def test_areas_by_year_and_criteria(rows: pl.DataFrame) -> None:
    found = rows.filter(pl.col("indicator_id") == "I13a_areas").select("year", "definition_version", "value").rows()
    assert set(found) == {
        (2006, "kombineret_udlejning_2005", 4),
        (2010, "kombineret_udlejning_2010", 6),
        (2010, "ghetto_2010", 10),
        (2012, "ghetto_2010", 8),
        (2017, "ghetto_2014", 4),
        (2019, "exposed_2018", 6),
        (2020, "exposed_2018", 3),
        (2022, "parallel_2021", 1),
        (2023, "parallel_2021", 0),
    }


def test_departments_as_the_plan_prints_them(rows: pl.DataFrame) -> None:
    found = rows.filter(pl.col("indicator_id").str.starts_with("I13b") & pl.col("value").is_not_null())
    assert set(found.select("indicator_id", "year", "value").rows()) == {
        ("I13b", 2006, 60),
        ("I13b", 2008, 21),
        ("I13b_dwellings", 2006, 6500),
        ("I13b_dwellings", 2008, 1400),
    }
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
    account = ROW_ACCOUNT.conform(
        [
            {
                "source": "housing_areas",
                "period": 2012,
                "outcome": "permission_refused",
                "rows": 0,
                "data_kind": "delivered",
            },
        ]
    )
    found = goal_11_exposed_areas.refused(load_catalogue(), account)
    assert set(found.select("indicator_id", "year", "cell_state").rows()) == {
        ("I13a", 2012, "not_available"),
        ("I13b", 2012, "not_available"),
    }


# From delivered lists ----------------------------------------------------------------------------------------------


NO_NEW_KEYS = "old_key  new_key  valid_from"


def lists(text: str, keys: str = NO_NEW_KEYS) -> dict[tuple[str, int], float]:
    areas, changes = drawn("housing_area", text), drawn("area_key", keys)
    found = goal_11_exposed_areas.delivered_counts(load_catalogue(), areas, changes)
    return {(i, y): v for i, y, v in found.select("indicator_id", "year", "value").rows()}


def test_new_areas_are_counted_within_one_version_of_the_criteria_only() -> None:
    found = lists("""
        year  area_key  area_kind             criteria_version
        2010  A         exposed_area          kombineret_udlejning_2010
        2011  A         exposed_area          kombineret_udlejning_2010
        2011  B         exposed_area          kombineret_udlejning_2010              # new
        2012  B         exposed_area          v2014              # another list: no figure
        2012  D         high_risk_department  kombineret_udlejning_2010
    """)
    assert found[("I13a", 2011)] == 1
    assert ("I13a", 2012) not in found
    assert found[("I13a_constant", 2012)] == 1  # B still meets the criteria of January 2010
    assert found[("I13b", 2012)] == 1


def test_a_list_without_new_areas_is_a_zero_and_the_baseline_year_has_none() -> None:
    found = lists("""
        year  area_key  listed
        2010  A         yes
        2010  B         yes
        2011  A         yes
        2011  B         no
    """)
    assert found[("I13a", 2011)] == 0
    assert ("I13a", 2010) not in found


def test_a_list_that_became_empty_has_no_new_areas_and_is_not_a_gap() -> None:
    found = lists("""
        year  area_key  listed  criteria_version
        2010  A         yes     kombineret_udlejning_2010
        2011  A         no      kombineret_udlejning_2010              # empty, by the same criteria
        2012  A         no      v9                 # empty, by others
    """)
    assert found[("I13a", 2011)] == 0
    assert ("I13a", 2012) not in found


def test_without_the_list_of_2010_there_is_nothing_to_be_new_against() -> None:
    found = lists("""
        year  area_key
        2011  A
    """)
    assert ("I13a", 2011) not in found
    assert ("I13a_constant", 2011) not in found


def test_constant_criteria_count_areas_that_meet_them_whether_listed_or_not() -> None:
    found = lists("""
        year  area_key  listed  meets_2010_criteria
        2010  A         yes     yes
        2012  A         no      yes                   # was on the list of January 2010
        2012  B         no      yes                   # meets the old criteria, on no list today
        2012  C         yes     no
    """)
    assert found[("I13a_constant", 2012)] == 1


def test_departments_and_their_dwellings_are_those_on_the_years_list() -> None:
    found = lists("""
        year  area_key  area_kind             listed  dwellings
        2012  X         high_risk_department  yes     60
        2012  Y         high_risk_department  yes     40
        2012  Z         high_risk_department  no      99
    """)
    assert found[("I13b", 2012)] == 2
    assert found[("I13b_dwellings", 2012)] == 100


def test_a_second_list_of_the_baselines_year_is_not_the_baseline() -> None:
    """Finding B2: October 2010 had ten areas on another list; OMR90 was not on the list of January."""
    found = lists("""
        year  area_key  status_date  criteria_version
        2010  OMR01     2010-01-15   kombineret_udlejning_2010
        2010  OMR90     2010-10-26   ghetto_2010
        2010  OMR02     2010-10-26   kombineret_udlejning_2010   # the right criteria, not January
        2010  OMR03     2010-01-15   ghetto_2010                 # January, other criteria
        2012  OMR90     2012-01-15   kombineret_udlejning_2010
        2013  OMR02     2013-01-15   kombineret_udlejning_2010
        2014  OMR03     2014-01-15   kombineret_udlejning_2010
    """)
    assert [found["I13a", y] for y in (2012, 2013, 2014)] == [1, 1, 1]


def test_two_lists_of_a_year_are_both_read_and_only_the_baselines_kind_is_compared() -> None:
    found = lists("""
        year  area_key  status_date  criteria_version
        2010  A         2010-01-15   kombineret_udlejning_2010
        2011  A         2011-01-15   kombineret_udlejning_2010
        2011  A         2011-10-01   ghetto_2010
        2011  B         2011-10-01   ghetto_2010                 # new on the other list only
        2012  C         2012-01-15   kombineret_udlejning_2010   # new, on two lists of the year: one area
        2012  C         2012-09-15   kombineret_udlejning_2010
        2012  D         2012-09-15   kombineret_udlejning_2010   # new in September
    """)
    assert (found["I13a", 2011], found["I13a", 2012]) == (0, 2)


@pytest.mark.parametrize(
    ("keys", "new"),
    [
        ("", 1),  # nobody says that it is the old area: it is new
        ("OMR01  OMR01A  2013-01-01", 0),  # renamed on the day, before the list
        ("OMR01  OMR01A  2013-02-01", 1),  # renamed after the list of 15 January: then it was another
        ("OMR01  OMR55  2011-05-01\nOMR55  OMR01A  2012-05-01", 0),  # renamed twice
        ("OMR01  OMR01A  2012-05-01\nOMR77  OMR01A  2012-05-01", 0),  # merged with one that was on no list
        ("OMR01  OMR01  2012-05-01\nOMR01  OMR01A  2012-05-01", 0),  # divided: every part is the old area
        ("OMR77  OMR01A  2012-05-01", 1),  # the new name of an area that was not on the list
    ],
)
def test_a_renamed_or_merged_area_is_not_new(keys: str, new: int) -> None:
    """Finding G7: OMR01 became OMR01A in 2013."""
    found = lists(
        "year  area_key\n2010  OMR01\n2013  OMR01A",
        NO_NEW_KEYS + "\n" + keys,
    )
    assert found["I13a", 2013] == found["I13a_constant", 2013] == new


def test_a_key_that_is_given_to_another_area_names_a_new_one() -> None:
    found = lists(
        "year  area_key\n2010  OMR01\n2013  OMR01\n2013  OMR09",
        NO_NEW_KEYS + "\nOMR01  OMR09  2012-05-01",  # OMR09 is the old area; OMR01 is a key used again
    )
    assert found["I13a", 2013] == 1


def test_a_new_area_that_is_renamed_within_the_year_is_one() -> None:
    found = lists(
        """
        year  area_key  status_date
        2010  OMR01     2010-01-15
        2012  OMR07     2012-01-15
        2012  OMR07A    2012-10-15
        """,
        NO_NEW_KEYS + "\nOMR07  OMR07A  2012-05-01",
    )
    assert found["I13a", 2012] == 1


def test_departments_are_counted_by_the_last_status_of_the_year() -> None:
    found = lists("""
        year  area_key  area_kind             status_date  listed  dwellings
        2012  X         high_risk_department  2012-06-30   yes     60
        2012  X         high_risk_department  2012-12-31   no      60
        2012  Y         high_risk_department  2012-06-30   yes     40
        2012  Y         high_risk_department  2012-12-31   yes     41
    """)
    assert (found["I13b", 2012], found["I13b_dwellings", 2012]) == (1, 41)


def test_of_a_department_that_was_divided_every_part_counts_with_its_dwellings() -> None:
    """Renamed in the year it is still one: the key of its last status stands."""
    divided = lists(
        """
        year  area_key  area_kind             status_date  dwellings
        2011  AFD01     high_risk_department  2011-12-31   60
        2011  AFD51     high_risk_department  2011-12-31   45
        """,
        NO_NEW_KEYS
        + "  area_kind\nAFD01  AFD51  2011-03-01  high_risk_department\nAFD01  AFD01  2011-03-01  high_risk_department",
    )
    assert (divided["I13b", 2011], divided["I13b_dwellings", 2011]) == (2, 105)
    renamed = lists(
        """
        year  area_key  area_kind             status_date  dwellings
        2011  AFD01     high_risk_department  2011-06-30   60
        2011  AFD01N    high_risk_department  2011-12-31   61
        """,
        NO_NEW_KEYS + "  area_kind\nAFD01  AFD01N  2011-09-01  high_risk_department",
    )
    assert (renamed["I13b", 2011], renamed["I13b_dwellings", 2011]) == (1, 61)
