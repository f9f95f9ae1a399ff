"""From counted units to cells: attributes, the two routes, what was not delivered, what may not be held."""

from typing import Any

import polars as pl
import pytest

from assets.goals import goal_04_shelter_stays, goal_05_treatment_access
from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.cells.count import Count
from handleplan_pipeline.cells.routes import UNUSUAL, UNUSUAL_CAVEAT, GoalCells, cells_of_goal, routes_differ
from handleplan_pipeline.cells.tabulate import tabulate, years_of
from handleplan_pipeline.judgement.observations import observe
from schemas.contract import TableContract
from schemas.goals import goal_04_shelter_stays as four
from schemas.goals import goal_05_treatment_access as five
from schemas.goals import goal_06_open_drug_scene as six
from schemas.registers.person import PERSON_YEAR
from schemas.registers.row_account import ROW_ACCOUNT
from schemas.registers.treatment_contact import TREATMENT_CONTACT
from schemas.sources.summed_counts import TABLE as SUMMED
from tests.lib.counting import episodes, merged
from tests.lib.drawn import drawn, people
from tests.lib.frames import person, table

C = load_catalogue()
UNITS = """
    select 'X' as name, $t as year, $t as attribute_year, person, true as outcome, null::double as amount from unit
"""


def ancestry_in(t: int, *rows: dict[str, Any]) -> tuple[str, str, int | None]:
    """Ancestry, sex and age that a person counted in year `t` gets from these rows of the population."""
    unit = table(PERSON_YEAR, person("a", t)).select("person")
    inputs = {"unit": unit, "person": table(PERSON_YEAR, *rows)}
    found = tabulate(UNITS, inputs, {"t": t}, "test").row(0, named=True)
    return found["ancestry"], found["sex"], found["age"]


def test_ancestry_is_that_of_1_january_of_the_year() -> None:
    rows = (person("a", 2010, "immigrant"), person("a", 2011, "danish"), person("a", 2012, "immigrant"))
    assert ancestry_in(2011, *rows) == ("danish", "men", 40)


@pytest.mark.parametrize(("t", "known"), [(2011, True), (2012, False)])
def test_absent_ancestry_is_looked_up_at_most_five_years_back(t: int, known: bool) -> None:
    found = ancestry_in(t, person("a", 2005, "danish"), person("a", 2006, "descendant_western"))
    assert found == (("descendant_western", "men", t - 1971) if known else ("unknown", "unknown", None))


def test_a_later_row_is_never_used_and_an_unknown_one_is_never_filled_in() -> None:
    assert ancestry_in(2010, person("a", 2011, "danish"))[0] == "unknown"
    assert ancestry_in(2011, person("a", 2010, "danish"), person("a", 2011, "unknown"))[0] == "unknown"


def account(*rows: tuple[str, int, str]) -> pl.DataFrame:
    return ROW_ACCOUNT.conform(
        [{"source": s, "period": p, "outcome": o, "rows": 1, "data_kind": "synthetic"} for s, p, o in rows]
    )


def summed(*rows: dict[str, Any]) -> pl.DataFrame:
    shared = {
        "period": 2010,
        "count_year": 2010,
        "geography": "101",
        "sex": "total",
        "age_group": "total",
        "data_kind": "synthetic",
        "delivery_id": "sums",
    }
    filled = [dict.fromkeys(SUMMED.column_names) | shared | {"row_number": i + 1} | r for i, r in enumerate(rows)]
    return pl.DataFrame(filled, schema=SUMMED.polars_schema, orient="row")


def cells(stays: str, sums: pl.DataFrame, rows: pl.DataFrame, contract: TableContract = four.CELL) -> GoalCells:
    shelter_stay = drawn("shelter_stay", f"person  start_date  end_date\n{stays}")
    inputs = {
        "shelter_stay": shelter_stay,
        "shelter_episode": episodes(shelter_stay),
        "person": people("person  in_population\na  2010-2010\nb  2010-2010"),
    }
    module = goal_04_shelter_stays
    return cells_of_goal(C, contract, module.COUNTED, module.COUNTS, inputs, rows, sums)


DELIVERED = account(("section_110_stays", 2010, "delivered"), ("dst_bef", 2010, "delivered"))
STAYS = """
    a  2010-02-01  2010-06-11   # 130 nights
    b  2010-02-01  2010-02-11
"""
NONE = ""
SAME = {"indicator_id": "I04", "population_group": "danish", "numerator": 1, "denominator": 2}


def headline(found: GoalCells) -> dict[str, Any]:
    chosen = found.frame.filter(
        (pl.col("indicator_id") == "I04")
        & (pl.col("population_group") == "danish")
        & (pl.col("sex") == "total")
        & (pl.col("age_group") == "total")
        & (pl.col("year") == 2010)
    )
    return chosen.row(0, named=True) if chosen.height else {}


def test_both_routes_with_the_same_counts_agree_and_the_registers_bear() -> None:
    found = cells(STAYS, summed(SAME), DELIVERED)
    assert found.differing == 0
    row = headline(found)
    assert (row["numerator"], row["denominator"], row["delivery_id"]) == (1, 2, "registers")
    assert C.plan.bearing_route.value == "registers"


@pytest.mark.parametrize("change", [{"numerator": 2}, {"denominator": 3}, {"numerator": 0}])
def test_routes_that_differ_are_counted_and_the_bearing_one_stands(change: dict[str, int]) -> None:
    found = cells(STAYS, summed(SAME | change), DELIVERED)
    assert found.differing == 1
    assert (headline(found)["numerator"], headline(found)["denominator"]) == (1, 2)


def test_a_cell_one_route_hides_is_not_compared() -> None:
    found = cells(STAYS, summed(SAME | {"numerator": None, "denominator": None}), DELIVERED)
    assert found.differing == 0
    assert headline(found)["numerator"] == 1


def test_summed_data_alone_fill_the_counts_and_a_hidden_cell_is_a_state() -> None:
    alone = cells(NONE, summed(SAME), account())
    assert (headline(alone)["numerator"], headline(alone)["delivery_id"]) == (1, "sums")
    hidden = headline(cells(NONE, summed(SAME | {"numerator": None, "denominator": None}), account()))
    assert (hidden["cell_state"], hidden["numerator"], hidden["denominator"]) == ("blanked", None, None)


def test_a_corrected_summed_data_set_of_a_later_period_stands() -> None:
    found = cells(NONE, summed(SAME, SAME | {"period": 2011, "numerator": 2}), account())
    assert headline(found)["numerator"] == 2


def test_cells_of_an_unusual_summed_data_set_say_so_whatever_year_they_count() -> None:
    """The set of 2011 corrects 2010 and is unlike the one before it; what the set of 2010 alone has stands on that."""
    sums = summed(SAME, SAME | {"period": 2011, "numerator": 2}, SAME | {"population_group": "minority"})
    found = cells(NONE, sums, account(("summed_counts", 2011, UNUSUAL))).frame
    told = found.filter(pl.col("indicator_id") == "I04").select("population_group", "caveats").rows()
    assert {g: UNUSUAL_CAVEAT in (c or "").split(";") for g, c in told} == {"danish": True, "minority": False}
    usual = cells(NONE, sums, account(("section_110_stays", 2011, UNUSUAL))).frame
    assert not usual.filter(pl.col("caveats").str.contains(UNUSUAL_CAVEAT)).height


def test_a_set_aside_row_of_a_summed_data_set_is_not_counted() -> None:
    assert headline(cells(NONE, summed(SAME | {"set_aside": "duplicate_row"}), account())) == {}


@pytest.mark.parametrize("source", ["section_110_stays", "summed_counts"])
def test_a_source_without_permission_leaves_no_figure_and_the_goal_says_so(source: str) -> None:
    """On either route: what the sums of another year hold would stand in those of this one."""
    refused = account((source, 2012, "permission_refused"), ("dst_bef", 2012, "delivered"))
    sums = summed(SAME) if source == "summed_counts" else summed()
    found = cells(NONE, sums, refused)
    state = found.frame.filter((pl.col("indicator_id") == "I04") & (pl.col("year") == 2012))
    assert set(state["cell_state"]) == {"not_available"}
    rows = observe(C, 4, found.frame, four.GOAL).filter(
        (pl.col("indicator_id") == "I04") & (pl.col("population_group") == "minority")
    )
    reasons = dict(rows.select("year", "missing_reason").rows())
    assert (reasons[2012], reasons[2011]) == ("no_legal_basis", "not_delivered")
    assert rows.filter(pl.col("year") > 2010)["value"].null_count() == 4


def no_starts(delivered: pl.DataFrame) -> pl.DataFrame:
    """Cells of goal 5 from deliveries without a row."""
    module = goal_05_treatment_access
    rows = table(TREATMENT_CONTACT)
    return cells_of_goal(
        C,
        five.CELL,
        module.COUNTED,
        module.COUNTS,
        {
            "treatment_episode": merged(rows),
            "treatment_contact": rows,
            "person": people("person  ancestry  in_population\nole  immigrant_non_western  2010-2012"),
        },
        delivered,
        summed(),
        population_sql=module.POPULATION,
    ).frame


def test_a_delivery_without_rows_is_zero_and_a_missing_one_is_no_figure() -> None:
    sources = [("drug_treatment", y, "delivered") for y in (2010, 2011)]
    found = no_starts(account(*sources, *(("dst_bef", y, "delivered") for y in (2010, 2011, 2012))))
    mine = found.filter((pl.col("indicator_id") == "I05") & (pl.col("population_group") == "non_western"))
    assert set(mine["year"]) == {2011}
    assert set(mine["cell_state"]) == {"zero"}
    rows = observe(C, 5, found, five.GOAL).filter(
        (pl.col("indicator_id") == "I05")
        & (pl.col("population_group") == "non_western")
        & (pl.col("sex") == "total")
        & (pl.col("age_group") == "total")
    )
    known = {y: (v, r) for y, v, r in rows.select("year", "value", "missing_reason").rows()}
    assert known[2011] == (0.0, "none")
    assert known[2012] == (None, "not_delivered")


def test_a_source_is_needed_from_the_year_it_exists() -> None:
    about = load_catalogue().indicator("I09").model_copy(update={"needs": {"a": [0, 1]}, "exists_from": {"a": 2012}})
    have = pl.DataFrame([("a", 2012)], schema=["source", "period"], orient="row")
    assert years_of(Count("I09", "median"), about, have, range(2009, 2014)) == [2009, 2010, 2011]


@pytest.mark.parametrize(("printed", "differing"), [(18.5, 0), (18.54, 0), (20.0, 1), (None, 1)])
def test_a_value_that_is_no_count_is_compared_too(printed: float | None, differing: int) -> None:
    """Medians, ratios and numbers of areas have no numerator; a supplier prints them rounded."""
    shared = {
        "indicator_id": "I09",
        "geography": "101",
        "year": 2010,
        "population_group": "danish",
        "sex": "women",
        "age_group": "total",
        "numerator": None,
        "denominator": 31,
        "cell_state": "value",
    }
    shape = {"numerator": pl.Int64, "value": pl.Float64}
    counted = pl.DataFrame([shared | {"value": 18.5}], schema_overrides=shape)
    sums = pl.DataFrame([shared | {"value": printed}], schema_overrides=shape)
    assert routes_differ(counted, sums) == differing


def test_a_rate_may_count_more_persons_than_live_here_and_still_has_limits() -> None:
    """I06_place: offenders of any residence per resident; many of unknown ancestry, of whom few live in the city."""
    shared = dict.fromkeys(six.CELL.column_names) | {
        "indicator_id": "I06_place",
        "year": 2012,
        "geography": "101",
        "ancestry": "total",
        "sex": "total",
        "age_group": "15+",
        "measure": "rate",
        "cell_state": "value",
        "data_kind": "synthetic",
        "definition_version": "1",
        "delivery_id": "registers",
    }
    rows = [
        shared | {"population_group": "unknown", "numerator": 12, "denominator": 3},
        shared | {"population_group": "danish", "numerator": 12, "denominator": 3000},
    ]
    found = observe(C, 6, six.CELL.conform(rows), six.GOAL).filter(pl.col("indicator_id") == "I06_place")
    known = {
        g: (v, low, high, m)
        for g, v, low, high, m in found.select("population_group", "value", "ci_low", "ci_high", "ci_method").rows()
    }
    assert known["danish"][0] == 40.0
    assert known["danish"][3] == "wilson"
    value, low, high, method = known["unknown"]
    assert (value, method) == (40000.0, "byar")
    assert low < value < high
