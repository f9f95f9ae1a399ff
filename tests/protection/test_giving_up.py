"""What is given up where a city is too small, in which order, and that there is always a way to a release."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest

from handleplan_pipeline.catalogue import Catalogue, load_catalogue
from handleplan_pipeline.catalogue.linkage import GivenUp, GiveUp
from handleplan_pipeline.disclosure import attack
from handleplan_pipeline.protection.counted import tables_of
from handleplan_pipeline.protection.earlier import Earlier, Printed
from handleplan_pipeline.protection.giving_up import DECLARED, TOO_FEW, Ladder, Why
from handleplan_pipeline.protection.plan import Planned, make_plan
from handleplan_pipeline.protection.system import BlockSystem, RowKey, Slice
from tests.protection.made import Leaves, block_of, cells_of, large, release_of

CATALOGUE = load_catalogue()
TOTAL = ("total", "total")
NONE = Earlier()


def policy(**changes: Any) -> Catalogue:
    return CATALOGUE.model_copy(update={"disclosure": CATALOGUE.disclosure.model_copy(update=changes)})


def row(indicator: str, group: str, sex: str = "total", age: str = "total", year: int = 2012) -> RowKey:
    return RowKey(indicator, year, Slice(group, sex, age))


# I04 is a headline that compares danish and minority; I04_count stands beside it
HEADLINE = {g: row("I04", g) for g in ("all", "danish", "minority", "western")}
BY_SEX, BY_AGE = row("I04", "all", "men"), row("I04", "danish", "total", "18-24")
BESIDE, BESIDE_GROUP, BESIDE_SEX = row("I04_count", "all"), row("I04_count", "western"), row("I04_count", "all", "men")
ROWS = [*HEADLINE.values(), BY_SEX, BY_AGE, BESIDE, BESIDE_GROUP, BESIDE_SEX]


def steps(catalogue: Catalogue, rows: list[RowKey] = ROWS) -> list[dict[RowKey, Why]]:
    return [dict(s) for s in Ladder(catalogue, NONE).steps(rows)]


def test_each_step_of_the_policy_comes_on_top_of_those_before() -> None:
    ladder = [
        GiveUp(what="breakdowns", of="supplementary"),
        GiveUp(what="groups", of="supplementary"),
        GiveUp(what="breakdowns", of="all"),
        GiveUp(what="rows", of="all"),
    ]
    found = steps(policy(give_up=ladder))
    assert [set(s) for s in found] == [
        set(),
        {BESIDE_SEX},
        {BESIDE_SEX, BESIDE_GROUP},
        {BESIDE_SEX, BESIDE_GROUP, BY_SEX, BY_AGE},
        set(ROWS),
    ]
    assert found[-1][BESIDE_SEX] == Why("breakdowns", TOO_FEW)
    assert found[-1][HEADLINE["all"]] == Why("rows", TOO_FEW)


def test_a_step_that_gives_up_nothing_more_is_left_out() -> None:
    twice = [GiveUp(what="breakdowns", of="all"), GiveUp(what="breakdowns", of="supplementary")]
    assert [set(s) for s in steps(policy(give_up=twice))] == [set(), {BY_SEX, BY_AGE, BESIDE_SEX}]


def test_as_declared_headline_rows_are_the_last_to_go() -> None:
    found = steps(CATALOGUE)
    gone_at = {r: next(i for i, s in enumerate(found) if r in s) for r in ROWS}
    last = len(found) - 1
    assert all(gone_at[HEADLINE[g]] == last for g in ("all", "danish", "minority"))
    assert all(gone_at[r] < last for r in ROWS if r not in {HEADLINE[g] for g in ("all", "danish", "minority")})
    assert gone_at[BESIDE_SEX] < gone_at[BY_SEX] < gone_at[BESIDE] < last


def test_what_no_release_had_is_given_up_before_anything_that_one_printed() -> None:
    ladder = [GiveUp(what="breakdowns", of="all"), GiveUp(what="rows", of="all")]
    new = {BY_SEX, HEADLINE["western"], BESIDE_GROUP}
    found = [dict(s) for s in Ladder(policy(give_up=ladder), NONE).steps(ROWS, frozenset(ROWS) - new)]
    printed_breakdowns = {BY_AGE, BESIDE_SEX}
    assert [set(s) for s in found] == [set(), {BY_SEX}, new, {BY_SEX} | printed_breakdowns, set(ROWS)]
    decided = GivenUp(indicator="I04_count", what="rows", reason="in all years")
    first = next(iter(Ladder(policy(give_up=ladder, given_up=[decided]), NONE).steps(ROWS, frozenset(ROWS))))
    assert set(first) == {BESIDE, BESIDE_GROUP, BESIDE_SEX}


def test_a_row_that_others_print_is_never_given_up() -> None:
    public, other = row("B1_homeless_week6", "all"), row("B1_homeless_week6", "danish")
    assert set(steps(CATALOGUE, [public, other])[-1]) == {other}


def test_what_somebody_decided_comes_first_and_stays() -> None:
    decided = GivenUp(indicator="I04", years=[2012], what="groups", reason="for few")
    elsewhere = GivenUp(indicator="I04", years=[2011], what="rows", reason="another year")
    found = steps(policy(given_up=[decided, elsewhere]))
    assert found[0] == {HEADLINE["western"]: Why("groups", DECLARED)}
    assert all(s[HEADLINE["western"]] == Why("groups", DECLARED) for s in found)
    always = GivenUp(indicator="I04_count", what="rows", reason="in all years")
    assert set(steps(policy(given_up=[always]))[0]) == {BESIDE, BESIDE_GROUP, BESIDE_SEX}


def test_what_the_last_release_gave_up_for_want_of_persons_is_kept_and_what_was_decided_is_decided_anew() -> None:
    last = Printed({}, frozenset(), {BY_SEX: ("breakdowns", TOO_FEW), BY_AGE: ("breakdowns", DECLARED)})
    older = Printed({}, frozenset(), {BESIDE: ("rows", TOO_FEW)})
    assert Ladder(CATALOGUE, Earlier((older, last))).before(ROWS) == {BY_SEX: Why("breakdowns", TOO_FEW)}
    again = policy(given_up=[GivenUp(indicator="I04", what="groups", reason="r")])
    assert Ladder(again, Earlier((last,))).before(ROWS) == {
        BY_SEX: Why("breakdowns", TOO_FEW),
        HEADLINE["western"]: Why("groups", DECLARED),
    }
    assert Ladder(CATALOGUE, NONE).before(ROWS) == {}


# whole plans


def rows_of(planned: Planned, given_up: bool | None = None) -> dict[tuple[str, ...], Mapping[str, Any]]:
    return {
        (r["indicator_id"], r["population_group"], r["sex"], r["age_group"]): r
        for r in planned.rows
        if given_up is None or (r["given_up"] is not None) == given_up
    }


YOUTH: Leaves = {
    ("danish", "men", "15"): (30, 280),
    ("danish", "women", "16"): (20, 290),
    ("danish", "men", "17"): (7, 285),
    ("immigrant_non_western", "men", "15"): (9, 80),
    ("immigrant_non_western", "women", "16"): (8, 75),
    ("immigrant_non_western", "men", "17"): (0, 73),
    ("unknown", "men", "15"): (8, 60),
}
"""Aged 17: 7 of 360, of whom 7 of 285 Danish and 0 of 73 minority."""


def of_youth() -> pl.DataFrame:
    leaves = YOUTH | {("unknown", "men", "17"): (0, 2)}
    return cells_of("I02", 2011, leaves, ("total", "15-17"), "rate")


def unknown_aged_17(planned: Planned) -> tuple[float, float]:
    """What a reader can tell of the two residents of unknown ancestry aged 17: at least and at most so many."""
    tables = tables_of(CATALOGUE, of_youth())
    system = BlockSystem(block_of("I02"), tables, 2011)
    gone = {at for at, r in rows_of(planned).items() if r["hidden"]}
    hidden = np.array([c.row is None or (c.row.indicator, *c.row.slice) in gone for c in system.cells])
    values = np.array([c.value or 0 for c in system.cells])
    residents = np.array([np.inf if c.residents is None else float(c.residents) for c in system.cells])
    rest = next(i for i, c in enumerate(system.cells) if c.key == "I02|2011|rest|total|17|numerator")
    return attack(system.incidence(), values, hidden, [rest], maximum=residents)[rest]


def test_of_two_residents_nothing_is_told_and_nothing_less_is_asked() -> None:
    """All, Danish and minority aged 17 were printed, and so that neither of the two was found guilty."""
    planned = make_plan(CATALOGUE, of_youth())
    at_17 = [r["hidden"] for (_, g, _, age), r in rows_of(planned).items() if age == "17" and g != "unknown"]
    assert any(at_17)
    assert unknown_aged_17(planned) == (0, 2)
    certified = {c["cell"]: (c["low"], c["high"]) for c in planned.certificates}
    assert certified["I02|2011|rest|total|17|numerator"] == (0, 2)


def test_what_an_earlier_release_told_ends_in_rows_given_up_and_not_in_an_error() -> None:
    """Everything was printed before: what tells of the two is printed no more, and what the goal compares is."""
    planned = make_plan(CATALOGUE, of_youth(), Earlier((release_of(of_youth()),)))
    gone = rows_of(planned, given_up=True)
    assert gone
    assert {r["given_up_because"] for r in gone.values()} == {TOO_FEW}
    assert all(r["hidden"] for r in gone.values())
    assert ("I02", "all", "total", "17") in gone
    compared = {("I02", g, "total", "15-17") for g in ("all", "danish", "minority")}
    assert not compared & set(gone)
    assert compared <= set(rows_of(planned, given_up=False))


def test_what_an_earlier_release_gave_away_for_sure_stops_nothing() -> None:
    """It printed everything, and nothing was delivered since: no row that is given up now is forgotten by anybody."""
    before = replace(release_of(of_youth()), changed=frozenset[str]())
    planned = make_plan(CATALOGUE, pl.concat([of_youth(), cells_of("I04", 2011, large())]), Earlier((before,)))
    of_block = [r for r in planned.rows if r["indicator_id"] == "I02"]
    assert {(r["hidden"], r["given_up"], r["given_up_because"]) for r in of_block} == {(True, "rows", TOO_FEW)}
    assert not any(r["hidden"] for r in planned.rows if r["indicator_id"] == "I04")
    assert {c["block"] for c in planned.certificates} <= {block_of("I04").id}


def test_the_same_deliveries_give_the_same_plan_again_and_again() -> None:
    first = make_plan(CATALOGUE, of_youth(), Earlier((release_of(of_youth()),)))
    releases = [release_of(of_youth()), release_of(of_youth(), first)]
    for _ in range(2):
        again = make_plan(CATALOGUE, of_youth(), Earlier(tuple(releases)))
        assert again.rows == first.rows
        releases.append(release_of(of_youth(), again))


def test_what_was_given_up_by_decision_is_not_printed_and_says_so() -> None:
    decided = GivenUp(indicator="I04", years=[2012], what="breakdowns", reason="few shelters")
    planned = make_plan(policy(given_up=[decided]), cells_of("I04", 2012, large()))
    gone = rows_of(planned, given_up=True)
    assert set(gone) == {at for at in rows_of(planned) if at[2:] != TOTAL}
    assert {(r["given_up"], r["given_up_because"], r["reason"]) for r in gone.values()} == {
        ("breakdowns", DECLARED, "given_up")
    }
    assert not any(r["hidden"] for at, r in rows_of(planned).items() if at[2:] == TOTAL)
    other_year = make_plan(policy(given_up=[decided]), cells_of("I04", 2011, large()))
    assert not rows_of(other_year, given_up=True)


@pytest.mark.parametrize("few", [1, 3, 5, 9])
def test_a_city_of_a_few_persons_gets_a_plan(few: int) -> None:
    """Nobody but a few in every row."""
    leaves: Leaves = {("danish", "men", "25-39"): (1, few), ("immigrant_western", "women", "40-64"): (0, few)}
    planned = make_plan(CATALOGUE, cells_of("I04", 2012, leaves | {("unknown", "unknown", "unknown"): (1, 2)}))
    assert all(r["hidden"] for at, r in rows_of(planned).items() if at[1] in ("danish", "minority") and at[2:] == TOTAL)
