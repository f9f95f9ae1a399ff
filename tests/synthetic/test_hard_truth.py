"""What the hard city's truth says of its cases, held against counts made by hand from the definitions."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import pytest

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.synthetic.hard import children, crime, homeless, homeless_truth, housing, psychiatry, women
from handleplan_pipeline.synthetic.hard.cast import Cast
from handleplan_pipeline.synthetic.hard.reckon import Reckoning
from handleplan_pipeline.synthetic.truth import GROUPS, Shape

YEARS = range(2006, 2016)
Counts = dict[tuple[str, int], tuple[int | None, int | None]]


class Crowd:
    """A city without a crowd: every indicator is counted as a whole, by group."""

    shapes = {i.id: Shape((), (), GROUPS) for i in load_catalogue().indicators}


def counts(
    make: Callable[[Cast], Any], reckon: Callable[[Reckoning, Any], None], *cases: str, group: str = "all"
) -> Counts:
    """(indicator, year) -> numerator and denominator of everybody in `cases`, or of a group of them."""
    made = make(Cast(YEARS))
    keep = [p for p in made.people if p.player is not None and p.player.case in cases]
    assert {p.player.case for p in keep} == set(cases)
    made.people[:] = keep
    r = Reckoning(Crowd(), YEARS)  # type: ignore[arg-type]
    reckon(r, made)
    found: Counts = defaultdict(lambda: (0, None))
    for row in r.rows:
        if row.population_group == group:
            n, d = found[row.indicator_id, row.year]
            added = (n or 0) + (row.numerator or 0), (d or 0) + (row.denominator or 0) or None
            found[row.indicator_id, row.year] = added
    return found


def of_homeless(*cases: str) -> Counts:
    return counts(homeless.Homeless, homeless_truth.reckon, *cases)


def of_children(*cases: str) -> Counts:
    return counts(children.Children, children.reckon, *cases)


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        # 1 February to 14 September 2010, and 10 January to 19 June 2013
        ("overlapping_stays", {2010: (1, 1), 2013: (1, 1)}),
        # 75 + 66 nights in 2011; 1 August to 31 December 2012, and the days to 4 January are beyond 121 too
        ("back_to_back_stays", {2011: (1, 1), 2012: (1, 1), 2013: (1, 1)}),
        ("same_day_readmission", {2010: (1, 1)}),
        # 70 nights and 70 nights, with a visit on the day between the two that nobody slept on
        ("visit_between_stays", {2012: (0, 1)}),
        # 1 January to 19 May 2010; 1 November 2011 to 19 March 2012 is one stay of 140 days
        ("admission_on_1_january", {2010: (1, 1), 2011: (0, 1), 2012: (1, 1)}),
        # open in the last file that holds it: nights to the end of 2008; from 20 November 2009 to the end of 2010
        ("lost_discharge", {2008: (1, 1), 2009: (0, 1), 2010: (1, 1), 2011: (0, 0), 2013: (0, 1)}),
        # 1 December 2010 to 19 January 2011: 50 nights
        ("corrected_admission", {2010: (0, 1), 2011: (0, 1)}),
        # 1 October 2012 to 9 March 2013: night 121 is 29 January
        ("corrected_discharge", {2012: (0, 1), 2013: (1, 1)}),
        # 20 September 2010 to 31 January 2011: 134 nights, night 121 is 18 January
        ("late_reported_stay", {2010: (0, 1), 2011: (1, 1)}),
        # 70 + 70 nights under two numbers
        ("changed_number", {2012: (1, 1)}),
        # 100 nights in Aarhus and 40 here; who was only elsewhere is in no denominator
        ("nights_of_other_municipalities", {2012: (1, 1), 2013: (1, 1)}),
    ],
)
def test_nights(case: str, expected: dict[int, tuple[int, int]]) -> None:
    found = of_homeless(case)
    for year, (n, d) in expected.items():
        assert found["I04", year] == (n, d or None), year


def test_a_home_by_address_is_none_while_the_person_sleeps_in_a_shelter() -> None:
    found = of_homeless("own_address_during_stay")
    # cohorts of 2009 (in the shelter on 1 May 2010) and 2010 (1 March 2011; 1 January 2011)
    assert found["I03", 2010] == (0, 1)
    assert found["I03_address_only", 2010] == (1, 1)
    assert found["I03", 2011] == (0, 2)
    assert found["I03_address_only", 2011] == (2, 2)
    assert of_homeless("discharged_on_follow_up_day")["I03", 2011] == (1, 1)


def test_no_record_of_an_address_is_unknown_and_the_nearer_record_stands() -> None:
    found = of_homeless("no_address_record")
    assert (found["I03", 2011], found["I03_unknown", 2011]) == ((0, None), (2, None))
    assert found["I03_unknown_failed", 2011] == (0, 2)
    # one unknown; ten days after the home ended; ten days before the home begins
    found = of_homeless("address_gap")
    assert (found["I03", 2011], found["I03_unknown", 2011]) == ((2, 2), (1, None))


@pytest.mark.parametrize(
    ("status", "left"), [("20", 2), ("70", 0), ("60", 0), ("50", 0), ("30", 0), ("05", 0), ("07", 0)]
)
def test_a_status_that_says_nothing_of_where_somebody_lives_is_unknown(status: str, left: int) -> None:
    found = of_homeless(f"cpr_status_{status}")
    assert found["I03", 2012] == (0, None)
    assert (found["I03_left", 2012][0], found["I03_unknown", 2012][0]) == (left, 2 - left)


def test_a_corrected_time_without_abode_counts_as_corrected() -> None:
    found = of_homeless("corrected_move")
    # without abode from 15 June 2009 to 19 January 2011; at home on 1 January 2012
    assert [found["I03", t] for t in range(2010, 2014)] == [(0, 1), (0, 1), (1, 1), (0, None)]


def test_treatment_that_lost_its_end_is_over_and_the_next_start_is_one() -> None:
    found = of_homeless("lost_treatment_end")
    assert [found["I05_stock", t][0] for t in range(2007, 2014)] == [0, 1, 0, 0, 0, 1, 0]
    assert [found["I05", t][0] for t in (2008, 2012)] == [1, 1]
    assert of_homeless("second_secondary_drug")["I05", 2011][0] == 1
    assert of_homeless("overlapping_contacts")["I05", 2012][0] == 1
    assert of_homeless("starter_outside_the_rate")["I05", 2011][0] == 2
    assert of_homeless("starter_outside_the_rate")["I05_rate", 2011][0] == 0
    waits = of_homeless("waits_without_cocaine")
    assert (waits["I05", 2012][0], waits["I05b", 2012], waits["I05c", 2012]) == (0, (1, 1), (1, 1))


def test_the_status_near_the_day_decides() -> None:
    found = of_homeless("changing_status")
    # day 365 is 1 October 2012: homeless on 1 September
    # day 365 is 1 April 2013: at home on 1 May in one case, homeless in the other
    assert found["I07", 2012] == (1, 1)
    assert found["I07", 2013] == (1, 2)
    # a year away: not asked, but by the sensitivity without a window
    found = of_homeless("status_at_intake")
    assert (found["I07", 2012], found["I07_status_any", 2012]) == ((0, 1), (1, 1))
    found = of_homeless("status_half_a_year_away")
    assert (found["I07", 2012], found["I07_status_90", 2012]) == ((1, 1), (0, 1))


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ("two_spells_of_grade_9", {2011: (1, 1), 2012: (1, 2)}),
        ("grade_8_or_10", {2011: (0, 1), 2012: (0, 1), 2013: (1, 1)}),
        ("overlapping_spells_at_school", {2013: (1, 1)}),
        # one of home's is enough; another municipality's child is in no cohort
        ("measure_of_two_municipalities", {2010: (1, 1), 2011: (1, 1), 2012: (0, 0)}),
        # over before 1 August 2007 it is not: 31 December 2007 is in the window of 2009 only
        ("lost_end_of_measure", {2009: (1, 1), 2010: (0, 0)}),
        ("corrected_measure", {2010: (0, 0), 2011: (1, 1)}),
        # from 1 February to 30 June 2013; from May 2012 to 15 January 2013; the third began on 15 August
        ("placement_as_events", {2013: (1, 2)}),
        ("end_without_a_beginning", {2013: (0, 0)}),
        ("placed_anew_on_the_day", {2014: (0, 1)}),
        # home was the first of one, and the second of the other from 10 August 2013 on
        ("placement_of_two_municipalities", {2013: (1, 1)}),
        ("every_placement_event", {2014: (2, 2)}),
        ("moved_within_denmark", {2010: (1, 1)}),
        ("moved_abroad", {2010: (0, 0)}),
    ],
)
def test_the_ninth_grade(case: str, expected: dict[int, tuple[int, int]]) -> None:
    found = of_children(case)
    for year, (n, d) in expected.items():
        assert found["I01", year] == (n, d or None), year


def test_the_leaving_exam() -> None:
    found = of_children("single_mark", "teacher_s_mark_only")
    assert sum(found["I01_exam_unknown", t][0] or 0 for t in YEARS) == 3
    found = of_children("re_exam")
    assert [found["I01_exam", t] for t in (2011, 2012, 2013)] == [(1, 1), (1, 2), (1, 1)]


def test_decisions_of_one_journal_are_decisions_each() -> None:
    found = counts(crime.Crime, crime.reckon, "decisions_of_one_journal")
    # two of 16 were found guilty of theft or of drugs; the order of the rows does not matter
    assert found["I02", 2011][0] == 2
    assert found["I06b", 2011][0] == 1
    assert found["I06_total", 2012][0] == 1
    assert found["I06c", 2013][0] == 2


def test_contact_at_discharge_and_late_notice_stand_beside() -> None:
    of = psychiatry.Psychiatry, psychiatry.reckon
    assert counts(*of, "service_running_at_discharge")["I11_in_contact", 2012] == (2, None)
    assert counts(*of, "notified_late")["I11_notified_late", 2012] == (1, None)
    assert counts(*of, "second_discharge_counts")["I11", 2012] == (1, 1)
    assert counts(*of, "discharge_that_is_not_counted")["I11", 2012] == (0, None)
    lost = counts(*of, "lost_end_of_service", group="minority")
    assert [lost["I10_s", t] for t in (2007, 2008, 2009)] == [(0, None), (1, 1), (0, None)]
    again = counts(*of, "service_after_a_lost_end", group="minority")
    assert [again["I10_s", t] for t in (2009, 2010, 2011)] == [(1, 1), (1, 1), (0, None)]


def test_renamed_and_merged_areas_are_not_new_and_the_second_list_is_another() -> None:
    r = Reckoning(Crowd(), YEARS)  # type: ignore[arg-type]
    housing.reckon(r, housing.Housing(Cast(YEARS)))
    new = {row.year: row.value for row in r.rows if row.indicator_id == "I13a"}
    assert new == {2011: 0, 2012: 1, 2013: 1, 2014: 1, 2015: 1}


def test_only_the_weeks_of_the_year_are_weeks_of_the_year() -> None:
    """Of none, 25, 26 and 52 weeks at the end of 2013 the week in November is one, and half of 52 are 26."""
    found = counts(housing.Housing, housing.reckon, "weeks_of_other_years")
    assert found["I12a", 2013] == (3, 4)
    assert found["I12a_half_year", 2013] == (2, 4)


def test_men_are_not_counted_and_a_woman_of_two_numbers_is_one() -> None:
    made = women.Women(Cast(YEARS))
    r = Reckoning(Crowd(), YEARS)  # type: ignore[arg-type]
    made.contacts[:] = [
        c for c in made.contacts if c.player and c.player.case in ("man_in_the_log", "changed_number_in_the_log")
    ]
    women.reckon(r, made)
    total = {(x.indicator_id, x.year): x.numerator for x in r.rows if x.population_group == "all"}
    assert total["I08_women", 2012] == 1
    assert total["I08_contacts", 2012] == 2
