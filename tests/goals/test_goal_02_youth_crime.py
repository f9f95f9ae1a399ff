"""Goal 2 by hand: groups, hidden cells, missing ancestries, and the cells that standardisation needs."""

from datetime import date

import polars as pl
import pytest

from assets.goals.goal_02_youth_crime import COUNTED, COUNTS, POPULATION, national_cells
from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.cells import cells_of_goal
from handleplan_pipeline.errors import SourceError
from handleplan_pipeline.observations import observe
from schemas.goals.goal_02_youth_crime import CELL, GOAL
from schemas.registers.decision import DECISION
from schemas.registers.person import PERSON_YEAR
from schemas.sources.summed_counts import TABLE as SUMMED
from tests.goals.frames import person, table

GUILTY = {"1": 30, "24": 1, "25": 4, "34": 2, "35": 3}
PEOPLE = {"1": 1000, "24": 100, "25": 50, "34": 40, "35": 10}


def tables(hide: str | None = None, drop: str | None = None) -> tuple[pl.DataFrame, pl.DataFrame]:
    guilty = [
        {"koen": s, "alder": "15-29", "herkomst": h, "year": 2010, "value": None if h == hide else n,
         "cell_state": "blanked" if h == hide else "value"}
        for h, n in GUILTY.items() if h != drop for s in ("M", "K")
    ]  # fmt: skip
    people = [
        {"omraade": "000", "koen": s, "alder": a, "herkomst": h, "year": 2010, "value": n // 2}
        for h, n in PEOPLE.items() for s in ("1", "2") for a in ("15", "29")
    ]  # fmt: skip
    outside = [{"omraade": "000", "koen": "1", "alder": "30", "herkomst": "1", "year": 2010, "value": 999}]
    return pl.DataFrame(guilty), pl.DataFrame(people + outside)


def counted(frame: pl.DataFrame) -> dict[tuple[str, str], tuple[int | None, int | None, str]]:
    return {
        (r["population_group"], r["sex"]): (r["numerator"], r["denominator"], r["cell_state"]) for r in frame.to_dicts()
    }


def test_groups_and_ages_by_hand() -> None:
    got = counted(national_cells(*tables()))
    assert got[("danish", "total")] == (60, 2000, "value")
    assert got[("minority", "total")] == (20, 400, "value")
    assert got[("non_western", "total")] == (14, 120, "value")
    assert got[("minority", "women")] == (10, 200, "value")


def test_a_hidden_cell_hides_every_sum_it_is_part_of_and_is_never_a_zero() -> None:
    cells = national_cells(*tables(hide="34"))
    got = counted(cells)
    assert got[("minority", "total")] == (None, None, "blanked")
    assert got[("non_western", "total")] == (14, 120, "value")
    rows = observe(load_catalogue(), 2, CELL.arrange(cells), GOAL).filter(pl.col("indicator_id") == "I02n")
    hidden = rows.filter((pl.col("population_group") == "minority") & (pl.col("sex") == "total"))
    assert hidden.select("value", "numerator", "ci_low", "obs_status", "conf_status", "missing_reason").rows() == [
        (None, None, None, "Q", "C", "suppressed")
    ]
    assert "ratio" not in hidden["measure"].to_list()


def test_a_missing_ancestry_stops_the_count() -> None:
    with pytest.raises(SourceError, match="lack ancestry codes"):
        national_cells(*tables(drop="34"))


def test_the_goals_own_indicator_says_why_it_has_no_figure() -> None:
    rows = observe(load_catalogue(), 2, national_cells(*tables()), GOAL).filter(pl.col("indicator_id") == "I02")
    assert set(rows["year"]) == set(range(2010, 2015))
    assert set(rows["population_group"]) == {"minority", "danish"}
    assert rows["value"].null_count() == rows.height
    assert set(rows["missing_reason"]) == {"not_delivered"}


def test_the_registers_count_by_sex_and_single_year_of_age_for_standardisation_and_publish_by_each() -> None:
    """A summed data set can carry the same cells, so that both routes can be standardised."""
    born = {"bo": (date(1994, 5, 5), "men"), "ib": (date(1993, 5, 5), "men"), "ea": (date(1994, 5, 5), "women")}
    people = table(PERSON_YEAR, *(person(n, 2010, "danish", b, s) for n, (b, s) in born.items()))
    rows = table(DECISION, {"person": "bo", "case_id": "S-1", "decision_date": date(2010, 3, 1), "guilty": True,
                            "offence_date": date(2010, 2, 1), "offence_code": "1285005"})  # fmt: skip
    account = pl.DataFrame([(s, 2010, "delivered", "synthetic") for s in ("dst_kraf", "dst_bef")],
                           schema=["source", "period", "outcome", "data_kind"], orient="row")  # fmt: skip
    found = cells_of_goal(
        load_catalogue(), CELL, COUNTED, COUNTS, {"decision": rows, "person": people}, account, SUMMED.empty(),
        population_sql=POPULATION,
    ).frame.filter((pl.col("indicator_id") == "I02") & (pl.col("population_group") == "danish"))  # fmt: skip
    known = {(s, a): (n, d) for s, a, n, d in found.select("sex", "age_group", "numerator", "denominator").rows()}
    assert known == {
        ("total", "15-17"): (1, 3), ("men", "15-17"): (1, 2), ("women", "15-17"): (0, 1), ("total", "15"): (1, 2),
        ("total", "16"): (0, 1), ("men", "15"): (1, 1), ("men", "16"): (0, 1), ("women", "15"): (0, 1),
    }  # fmt: skip
    published = observe(load_catalogue(), 2, found, GOAL).filter(
        (pl.col("indicator_id") == "I02") & (pl.col("year") == 2010) & pl.col("value").is_not_null()
        & (pl.col("measure") == "rate")
    )  # fmt: skip
    assert set(published.select("sex", "age_group").rows()) == {
        ("total", "15-17"), ("men", "15-17"), ("women", "15-17"), ("total", "15"), ("total", "16"),
    }  # fmt: skip
