"""Changed person numbers: two numbers of one person are linked before anything is counted; a circle is refused."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from assets.goals import goal_04_shelter_stays
from assets.registers import shelter_stay as shelter_stay_asset
from handleplan_pipeline.registers import conform
from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused
from handleplan_pipeline.sources.deliveries.links import current_numbers, linked, require_no_circle
from handleplan_pipeline.sources.deliveries.records import settled
from schemas.registers.shelter_stay import SHELTER_STAY
from schemas.sources import dst_bef, person_number_changes, section_110_stays
from tests.deliveries.made import number, read
from tests.lib.counting import count
from tests.lib.delivered import ask, source
from tests.lib.drawn import people
from tests.lib.frames import who


def changes(*rows: tuple[str, str, date]) -> pl.DataFrame:
    return source(
        person_number_changes.DELIVERY,
        *({"old_person": who(old), "person": who(new), "changed_date": day} for old, new, day in rows),
    )


A_TO_B = ("a", "b", date(2010, 5, 1))
B_TO_C = ("b", "c", date(2012, 5, 1))


@pytest.mark.parametrize(
    ("rows", "current"),
    [
        ([A_TO_B], {"a": "b"}),
        ([A_TO_B, B_TO_C], {"a": "c", "b": "c"}),  # a chain is followed
        ([B_TO_C, A_TO_B], {"a": "c", "b": "c"}),  # in whatever order it comes
        ([A_TO_B, ("d", "b", date(2011, 1, 1))], {"a": "b", "d": "b"}),  # two numbers of one person
        ([A_TO_B, ("a", "c", date(2013, 1, 1))], {"a": "c", "b": "c"}),  # the latest of two successors is in force
        ([], {}),
    ],
)
def test_every_number_leads_to_the_one_in_force(rows: list[tuple[str, str, date]], current: dict[str, str]) -> None:
    assert current_numbers(changes(*rows)) == {who(k): who(v) for k, v in current.items()}


def test_a_row_that_is_set_aside_links_nobody() -> None:
    assert current_numbers(changes(A_TO_B).with_columns(set_aside=pl.lit("outside_period"))) == {}


@pytest.mark.parametrize("rows", [
    [A_TO_B, ("b", "a", date(2010, 6, 1))],
    [A_TO_B, B_TO_C, ("c", "a", date(2014, 1, 1))],
])  # fmt: skip
def test_a_circle_is_refused_and_no_number_is_shown(rows: list[tuple[str, str, date]]) -> None:
    with pytest.raises(DeliveryRefused, match="succeed each other in a circle") as e:
        require_no_circle(changes(*rows), "a.csv")
    assert e.value.rule == "circular"
    assert not any(who(n) in str(e.value) for n in "abc")
    require_no_circle(changes(A_TO_B, B_TO_C), "a.csv")


def stay(person: str, start: date, end: date | None, period: int = 2010, **more: Any) -> dict[str, Any]:
    return {
        "person": who(person),
        "facility": "B1",
        "facility_municipality": "101",
        "paying_municipality": "101",
        "start_date": start,
        "end_date": end,
        "period": period,
        "delivery_id": str(period),
    } | more


def stays(*rows: dict[str, Any]) -> pl.DataFrame:
    """The register as it is made: linked, then settled."""
    delivered = source(section_110_stays.DELIVERY, *rows)
    current = current_numbers(changes(A_TO_B, B_TO_C))
    return settled(section_110_stays.DELIVERY, linked(section_110_stays.DELIVERY, delivered, current))


def test_g5_seventy_and_seventy_nights_under_two_numbers_are_one_long_stay() -> None:
    table = stays(stay("a", date(2010, 1, 10), date(2010, 3, 21)), stay("b", date(2010, 3, 21), date(2010, 5, 30)))
    register = conform(SHELTER_STAY, ask(shelter_stay_asset.QUERY, section_110_stays=table))
    found = count(
        goal_04_shelter_stays,
        shelter_stay=register,
        person=people("person  born  in_population\nc  1960-06-01  2005-2016"),
    )
    assert found("I04", 2010) == "1 of 1"


def test_a_record_under_the_old_number_and_later_under_the_new_one_is_one_record() -> None:
    table = stays(
        stay("a", date(2010, 11, 1), None), stay("b", date(2010, 11, 1), date(2011, 2, 1), 2011, row_number=1)
    )
    register = ask(shelter_stay_asset.QUERY, section_110_stays=table)
    assert register.select("person", "observed_end", "source_rows").rows() == [(who("c"), date(2011, 2, 1), 2)]


@pytest.mark.parametrize("order", [("a", "c"), ("c", "a")])
def test_a_person_under_two_numbers_in_one_file_is_used_once_under_the_one_in_force(order: tuple[str, str]) -> None:
    rows = [{"person": who(n), "birth_date": date(1960, 6, 1 if n == "c" else 2), "sex": "1"} for n in order]
    delivered = source(dst_bef.DELIVERY, *rows, {"person": who("e"), "birth_date": date(1970, 1, 1), "sex": "2"})
    found = linked(dst_bef.DELIVERY, delivered, current_numbers(changes(A_TO_B, B_TO_C)))
    assert found.height == 3
    good = found.filter(pl.col("set_aside").is_null())
    assert set(good.select("person", "birth_date").rows()) == {
        (who("c"), date(1960, 6, 1)),
        (who("e"), date(1970, 1, 1)),
    }
    assert found["set_aside"].drop_nulls().to_list() == ["under_old_number"]


@pytest.mark.parametrize("order", [("a", "c"), ("c", "a")])
def test_a_stay_that_a_file_tells_under_two_numbers_is_one_whatever_its_end(order: tuple[str, str]) -> None:
    """Open under the old number and ended under the one in force: it ended."""
    ends = {"a": None, "c": date(2010, 3, 1)}
    table = stays(*(stay(n, date(2010, 2, 1), ends[n], row_number=k) for k, n in enumerate(order)))
    register = ask(shelter_stay_asset.QUERY, section_110_stays=table)
    assert register.select("person", "end_date").rows() == [(who("c"), date(2010, 3, 1))]


def test_without_changes_nothing_is_touched() -> None:
    table = source(section_110_stays.DELIVERY, stay("a", date(2010, 1, 10), date(2010, 3, 21)))
    assert linked(section_110_stays.DELIVERY, table, {}).equals(table)


def file(*pairs: tuple[str, str], day: str = "2010-05-01") -> pl.DataFrame:
    return pl.DataFrame([{"CPR_NYT": new, "CPR_GAMMELT": old, "AENDRET": day} for old, new in pairs])


def test_both_numbers_of_a_row_become_pseudonyms() -> None:
    parsed = read(file(*((number(k), number(k + 500)) for k in range(40))), "person_number_changes")
    assert (parsed.set_aside, parsed.noted) == ({}, {})
    persons = pl.concat([parsed.frame["person"], parsed.frame["old_person"]])
    assert persons.n_unique() == 80
    assert persons.str.contains("^[0-9a-f]{32}$").all()


@pytest.mark.parametrize(
    ("pair", "rule"),
    [
        (("", number(900)), "old_person_invalid"),
        (("201650000", number(900)), "old_person_invalid"),
        ((number(900), number(900)), "number_is_its_own_successor"),
        ((number(900), ""), "person_number_missing"),
    ],
)
def test_a_change_without_two_numbers_is_broken(pair: tuple[str, str], rule: str) -> None:
    good = ((number(k), number(k + 500)) for k in range(40))
    assert read(file(pair, *good), "person_number_changes").set_aside == {rule: 1}


def test_one_number_with_two_successors_in_one_file_is_a_conflict() -> None:
    good = ((number(k), number(k + 500)) for k in range(40))
    parsed = read(file((number(900), number(901)), (number(900), number(902)), *good), "person_number_changes")
    assert parsed.set_aside == {"conflicting_rows": 2}
    assert parsed.noted == {"differs_in_person": 2}
