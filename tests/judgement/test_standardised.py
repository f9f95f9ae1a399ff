"""The standardised ratio from cells by sex and year of age: by hand, by both routes, and where a cell is hidden."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest

from assets.adjustment.person_level import adjusted_and_cards
from assets.goals.goal_02_youth_crime import COUNTED, COUNTS, POPULATION
from handleplan_pipeline.adjustment.standardised import ratio_of, standardised_rows
from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.cells.routes import cells_of_goal
from handleplan_pipeline.cells.tabulate import KEYS
from handleplan_pipeline.judgement.judge import judge
from schemas.goals.goal_02_youth_crime import CELL
from schemas.outputs.judgement import JUDGEMENT
from schemas.registers.decision import DECISION
from schemas.registers.person import PERSON_YEAR
from schemas.sources.summed_counts import TABLE as SUMMED
from tests.lib.frames import person, table
from tests.lib.readings import Row, cell
from tests.lib.told import evidence

C = load_catalogue()
Counts = Mapping[tuple[str, int], tuple[int, int]]
SOURCES = ("dst_kraf", "dst_bef")


def strata(counts: Counts) -> pl.DataFrame:
    rows = [(sex, age, x, n) for (sex, age), (x, n) in counts.items()]
    return pl.DataFrame(rows, schema=["sex", "age", "x", "n"], orient="row")


def weights(counts: Mapping[tuple[str, int], int]) -> pl.DataFrame:
    rows = [(sex, age, float(n)) for (sex, age), n in counts.items()]
    return pl.DataFrame(rows, schema=["sex", "age", "weight"], orient="row")


def found(standard: pl.DataFrame | None, mine: pl.DataFrame, other: pl.DataFrame) -> Row:
    row = ratio_of(standard, mine, other)
    assert row is not None
    return row


W = weights({("men", 15): 700, ("men", 16): 500})
DANISH = strata({("men", 15): (30, 600), ("men", 16): (20, 200)})


def test_rates_are_standardised_to_all_residents_by_hand() -> None:
    row = found(W, strata({("men", 15): (10, 100), ("men", 16): (60, 300)}), DANISH)
    minority, danish = 700 * 0.1 + 500 * 0.2, 700 * 0.05 + 500 * 0.1
    assert (row["method"], row["ratio"]) == ("direct", pytest.approx(minority / danish))
    assert row["ratio_lower95"] < row["ratio_lower90"] < row["ratio"] < row["ratio_upper90"]


@pytest.mark.parametrize(
    ("persons", "hits", "method"), [(9, 5, "indirect"), (10, 5, "direct"), (100, 4, "indirect"), (100, 5, "direct")]
)
def test_a_small_stratum_or_few_events_bring_the_indirect_ratio(persons: int, hits: int, method: str) -> None:
    row = found(W, strata({("men", 15): (hits, persons), ("men", 16): (5, 300)}), DANISH)
    assert row["method"] == method
    if method == "indirect":
        assert row["ratio"] == pytest.approx((hits + 5) / (persons * 0.05 + 300 * 0.1))


def test_nobody_to_compare_with_is_not_a_ratio() -> None:
    mine = strata({("men", 15): (10, 100), ("men", 16): (10, 100)})
    for other in ({("men", 15): (0, 100), ("men", 16): (0, 100)}, {("men", 15): (9, 100)}):
        assert found(W, mine, strata(other))["state"] == "too_few_events"
    assert ratio_of(W, strata({}).cast({"x": pl.Int64, "n": pl.Int64, "age": pl.Int64, "sex": pl.String}), DANISH) == {
        "state": "too_few_events"
    }


BY_YEAR: dict[int, dict[str, Counts]] = {
    2010: {
        "minority": {("men", 15): (8, 100), ("women", 15): (4, 100), ("men", 16): (20, 150), ("women", 16): (6, 50)},
        "danish": {("men", 15): (9, 300), ("women", 15): (5, 300), ("men", 16): (25, 250), ("women", 16): (6, 350)},
        "unknown": {("men", 15): (3, 20), ("men", 16): (2, 10)},
    },
    2012: {
        "minority": {("men", 15): (6, 120), ("women", 15): (2, 80), ("men", 16): (15, 150), ("women", 16): (3, 90)},
        "danish": {("men", 15): (9, 280), ("women", 15): (5, 320), ("men", 16): (30, 240), ("women", 16): (6, 360)},
        "unknown": {},
    },
}


def registers() -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Decisions, persons and the row account that hold exactly `BY_YEAR`."""
    people, decisions = [], []
    ancestry = {"minority": "descendant_non_western", "danish": "danish", "unknown": "unknown"}
    for year, groups in BY_YEAR.items():
        for group, counts in groups.items():
            for (sex, age), (x, n) in counts.items():
                for k in range(n):
                    name = f"{year % 100}{group[0]}{sex[0]}{age % 10}{k}"
                    people.append(person(name, year, ancestry[group], date(year - age - 1, 6, 1), sex))
                    if k < x:
                        decisions.append(
                            {
                                "person": name,
                                "case_id": name,
                                "decision_date": date(year, 9, 1),
                                "guilty": True,
                                "offence_date": date(year, 8, 1),
                                "offence_code": "1285005",
                            }
                        )
    account = pl.DataFrame(
        [(s, y, "delivered", "synthetic") for s in SOURCES for y in BY_YEAR],
        schema=["source", "period", "outcome", "data_kind"],
        orient="row",
    )
    return table(DECISION, *decisions), table(PERSON_YEAR, *people), account


def from_persons() -> pl.DataFrame:
    decision, people, account = registers()
    return cells_of_goal(
        C,
        CELL,
        COUNTED,
        COUNTS,
        {"decision": decision, "person": people},
        account,
        SUMMED.empty(),
        population_sql=POPULATION,
    ).frame


def from_summed(cells: pl.DataFrame) -> pl.DataFrame:
    """The same cells through the other route: delivered as a summed data set, with no person held."""
    empty = dict.fromkeys(SUMMED.column_names)
    rows = [
        empty
        | {c: r[c] for c in ("indicator_id", "geography", "data_kind", *KEYS[1:], "numerator", "denominator")}
        | {"count_year": r["year"], "period": "2015", "delivery_id": "summed"}
        for r in cells.to_dicts()
    ]
    frame = pl.DataFrame(rows, schema=SUMMED.polars_schema, orient="row", strict=False)
    nothing = registers()[2].clear()
    return cells_of_goal(C, CELL, COUNTED, COUNTS, {}, nothing, frame, population_sql=POPULATION).frame


@pytest.fixture(scope="module")
def persons() -> pl.DataFrame:
    return from_persons()


def ratios(cells: pl.DataFrame) -> dict[int, Row]:
    return {r["year"]: r for r in standardised_rows(C, cells) if r["method"] != "expected_share"}


def reading(cells: pl.DataFrame) -> dict[int, Row]:
    adjusted, _ = adjusted_and_cards(standardised_rows(C, cells), "delivered")
    return {
        r["year"]: r
        for r in judge(evidence(cells, adjusted=adjusted.to_dicts()), JUDGEMENT).to_dicts()
        if r["indicator_id"] == "I02"
    }


def test_both_routes_give_the_same_numbers_and_they_are_those_counted_by_hand(persons: pl.DataFrame) -> None:
    delivered = from_summed(persons)
    assert set(delivered["delivery_id"]) == {"summed"}
    for year in BY_YEAR:
        assert ratios(persons)[year] == ratios(delivered)[year]
        assert reading(persons)[year] == reading(delivered)[year]
    fitted = [[r for r in standardised_rows(C, f) if r["method"] == "expected_share"] for f in (persons, delivered)]
    assert [r | {"card": None} for r in fitted[0]] == [r | {"card": None} for r in fitted[1]]
    assert [r["state"] for r in fitted[0]] == ["fitted", "fitted"]
    keys = list(BY_YEAR[2010]["danish"])
    standard = np.array(
        [np.mean([sum(g[k][1] for g in groups.values() if k in g) for groups in BY_YEAR.values()]) for k in keys]
    )
    for year, groups in BY_YEAR.items():
        rate = {g: np.array([groups[g][k][0] / groups[g][k][1] for k in keys]) for g in ("minority", "danish")}
        row = ratios(delivered)[year]
        assert (row["method"], row["n"]) == ("direct", 400 if year == 2010 else 440)
        assert row["ratio"] == pytest.approx((standard @ rate["minority"]) / (standard @ rate["danish"]))


def test_those_of_unknown_ancestry_bound_the_ratio_where_their_strata_are_known(persons: pl.DataFrame) -> None:
    row = ratios(from_summed(persons))[2010]
    groups = BY_YEAR[2010]
    more = {k: tuple(np.add(v, groups["unknown"].get(k, (0, 0)))) for k, v in groups["minority"].items()}
    keys = list(groups["danish"])
    standard = {
        k: float(np.mean([sum(g[k][1] for g in gs.values() if k in g) for gs in BY_YEAR.values()])) for k in keys
    }
    alone = found(weights(standard), strata(more), strata(groups["danish"]))  # type: ignore[arg-type]
    assert row["unknown_in_group_upper90"] == pytest.approx(alone["ratio_upper90"])
    assert row["unknown_in_reference_upper90"] < row["ratio_upper90"] < row["unknown_in_group_upper90"]
    # nobody of unknown ancestry: there is no bound to try
    assert "unknown_in_group_upper90" not in ratios(persons)[2012]


def hide(cells: pl.DataFrame, group: str, year: int, *columns: str) -> pl.DataFrame:
    """One stratum, 16-year-old men of a group in a year, as the supplier blanks it."""
    one = (
        (pl.col("indicator_id") == "I02")
        & (pl.col("year") == year)
        & (pl.col("population_group") == group)
        & (pl.col("sex") == "men")
        & (pl.col("age_group") == "16")
    )
    assert cells.filter(one).height == 1
    return cells.with_columns(
        *(pl.when(one).then(None).otherwise(pl.col(c)).alias(c) for c in columns),
        cell_state=pl.when(one).then(pl.lit("blanked")).otherwise(pl.col("cell_state")),
    )


@pytest.mark.parametrize("columns", [("numerator",), ("numerator", "denominator")])
@pytest.mark.parametrize("group", ["minority", "danish"])
def test_a_hidden_stratum_leaves_the_year_unstandardised_and_says_so(
    persons: pl.DataFrame, group: str, columns: tuple[str, ...]
) -> None:
    read = reading(hide(persons, group, 2012, *columns))
    assert (read[2012]["result"], read[2012]["remarks"]) == ("cannot_tell", "not_standardised")
    assert (read[2012]["estimate"], read[2012]["adjusted_value"]) == (None, None)
    assert read[2010]["estimate"] == reading(persons)[2010]["estimate"]


def test_a_stratum_that_was_not_delivered_is_no_zero(persons: pl.DataFrame) -> None:
    short = persons.filter(
        ~(
            (pl.col("year") == 2012)
            & (pl.col("population_group") == "minority")
            & (pl.col("sex") == "women")
            & (pl.col("age_group") == "15")
        )
    )
    assert reading(short)[2012]["remarks"] == "not_standardised"
    wholes = persons.filter((pl.col("sex") == "total") & (pl.col("age_group") == "15-17"))
    assert {r["remarks"] for r in reading(wholes).values()} == {"not_standardised"}


def test_the_standard_needs_all_residents_of_every_delivered_year_but_not_their_decisions(
    persons: pl.DataFrame,
) -> None:
    assert ratios(hide(persons, "all", 2012, "numerator")) == ratios(persons)
    # without the residents of one year the others would be another standard, in every year
    hidden = hide(persons, "all", 2012, "numerator", "denominator")
    assert ratios(hidden) == {}
    assert {r["remarks"] for r in reading(hidden).values()} == {"not_standardised"}


def test_the_indirect_ratio_needs_no_standard() -> None:
    minority, danish = ({"16": (4, 100), "17": (5, 80)}, {"16": (30, 900), "17": (40, 800)})
    whole = [
        cell("I02", 2012, g, sum(x for x, _ in c.values()), sum(n for _, n in c.values()))
        for g, c in (("minority", minority), ("danish", danish))
    ]
    crossed = [
        cell("I02", 2012, g, x, n, sex="men", age_group=age)
        for g, c in (("minority", minority), ("danish", danish))
        for age, (x, n) in c.items()
    ]
    row = ratios(CELL.conform([*whole, *crossed]))[2012]
    assert (row["method"], row["ratio"]) == ("indirect", pytest.approx(9 / (100 * 30 / 900 + 80 * 40 / 800)))
    # a bound that would need the standard is not tried, and it is said
    many = [cell("I02", 2012, "unknown", 3, 50), cell("I02", 2012, "unknown", 3, 50, sex="men", age_group="16")]
    r = reading(CELL.conform([*whole, *crossed, *many]))[2012]
    assert (r["method"], r["unknown_in_group"], r["remarks"]) == ("indirect", None, "unknown_hidden")


def test_a_hidden_stratum_of_unknown_ancestry_leaves_the_verdict_untried_and_says_so(persons: pl.DataFrame) -> None:
    r = reading(hide(persons, "unknown", 2010, "numerator"))[2010]
    assert (r["unknown_in_group"], r["remarks"]) == (None, "unknown_hidden")
    assert reading(persons)[2010]["unknown_in_group"] is not None


def few(events: int) -> dict[str, Any]:
    """One stratum, with as many events among the Danish."""
    rows = [
        cell("I02", 2012, g, x, n, **s)
        for g, x, n in (("minority", 12, 100), ("danish", events, 900), ("all", 12 + events, 1000))
        for s in ({}, {"sex": "men", "age_group": "16"})
    ]
    return reading(CELL.conform(rows))[2012]


def test_nobody_in_the_reference_group_is_too_few_to_standardise_and_says_so() -> None:
    assert (few(0)["result"], few(0)["remarks"]) == ("cannot_tell", "too_few_events")
    assert (few(9)["method"], few(10)["method"]) == ("indirect", "direct")
