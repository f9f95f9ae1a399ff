"""Records have a life: known until the last delivery that holds them, and replaced by a correction.

Drawn through the real registers' SQL and the goals' own queries. Every value is worked out from the definition.
"""

from datetime import date
from types import ModuleType
from typing import Any

import polars as pl
import pytest

from assets.goals import (
    goal_01_ninth_grade,
    goal_03_stable_housing,
    goal_04_shelter_stays,
    goal_05_treatment_access,
    goal_09_psychiatric_follow_up,
)
from assets.registers import child_measure as child_measure_asset
from assets.registers import housing_situation as housing_situation_asset
from assets.registers import psychiatric_contact as psychiatric_contact_asset
from assets.registers import shelter_stay as shelter_stay_asset
from assets.registers import social_psychiatry_service as social_psychiatry_service_asset
from assets.registers import treatment_contact as treatment_contact_asset
from assets.registers import treatment_status as treatment_status_asset
from handleplan_pipeline.registers import conform
from handleplan_pipeline.sources.deliveries.declared import delivery_of
from handleplan_pipeline.sources.deliveries.records import CORRECTED, ended_unseen, settled
from schemas.registers.child_measure import CHILD_MEASURE
from schemas.registers.housing_situation import HOUSING_SITUATION
from schemas.registers.psychiatric_contact import PSYCHIATRIC_CONTACT
from schemas.registers.shelter_stay import SHELTER_STAY
from schemas.registers.social_psychiatry_service import SOCIAL_PSYCHIATRY_SERVICE
from schemas.registers.treatment_contact import TREATMENT_CONTACT
from schemas.registers.treatment_status import TREATMENT_STATUS
from schemas.registry import delivered_sources
from schemas.sources import (
    address_history,
    drug_treatment,
    dst_bua,
    dst_bufo,
    psychiatry_contacts,
    psychiatry_contacts_lpr3,
    section_110_stays,
    social_psychiatry_services,
)
from schemas.sources.delivery_shape import Delivery
from tests.lib.counting import Cells, count
from tests.lib.delivered import ask, source
from tests.lib.drawn import drawn, people, value
from tests.lib.drawn import lines as drawn_lines
from tests.lib.frames import who

FILLED: dict[str, dict[str, Any]] = {
    "section_110_stays": {"facility": "B1", "facility_municipality": "101", "paying_municipality": "101"},
    "drug_treatment": {"municipality": "101", "main_drug": "kokain", "treatment_type": "A"},
    "social_psychiatry_services": {"section": "99", "initiative": "S"},
    "psychiatry_contacts": {"patient_type": "0"},
    "address_history": {
        "municipality": "101",
        "road_code": "0100",
        "cpr_status": "01",
        "use_of_address": "1",
        "care_of": False,
        "no_abode": False,
    },
    "dst_bua": {"measure_code": "210", "acting_municipality": "101"},
}


def delivered(delivery: Delivery, text: str) -> pl.DataFrame:
    """The source table with these drawn rows, one a line with the period of its file, corrections marked."""
    types = delivery.table.polars_schema
    rows = [{n: value(w, types[n]) for n, w in line.items()} for line in drawn_lines(text)]
    filled = [
        FILLED.get(delivery.source, {})
        | {"delivery_id": str(r["period"])}
        | r
        | {"person": who(r.get("person", "ada"))}
        for r in rows
    ]
    return settled(delivery, source(delivery, *filled))


REGISTER: dict[str, tuple[ModuleType, Any, tuple[Delivery, ...]]] = {
    "shelter_stay": (shelter_stay_asset, SHELTER_STAY, (section_110_stays.DELIVERY,)),
    "treatment_contact": (treatment_contact_asset, TREATMENT_CONTACT, (drug_treatment.DELIVERY,)),
    "social_psychiatry_service": (
        social_psychiatry_service_asset,
        SOCIAL_PSYCHIATRY_SERVICE,
        (social_psychiatry_services.DELIVERY,),
    ),
    "psychiatric_contact": (
        psychiatric_contact_asset,
        PSYCHIATRIC_CONTACT,
        (psychiatry_contacts.DELIVERY, psychiatry_contacts_lpr3.DELIVERY),
    ),
    "housing_situation": (housing_situation_asset, HOUSING_SITUATION, (address_history.DELIVERY,)),
    "child_measure": (child_measure_asset, CHILD_MEASURE, (dst_bua.DELIVERY, dst_bufo.DELIVERY)),
}


def register(name: str, text: str, last_period: int | None = None) -> pl.DataFrame:
    """The register of this name, by its own SQL, from drawn rows of its first source.

    The last period delivered is that of the last row unless it is said.
    """
    module, contract, deliveries = REGISTER[name]
    first, *others = deliveries
    rows = delivered(first, text)
    tables = {first.source: rows} | {d.source: d.table.empty() for d in others}
    last = {"last_period": rows["period"].max() if last_period is None else last_period}
    return conform(contract, ask(module.QUERY, last, **tables))


ADA = people(
    """
    person  born        in_population
    ada     1960-06-01  2005-2016
    """
)
OPEN_IN_2008 = """
    period  start_date  end_date
    2008    2008-02-01  -
"""


@pytest.mark.parametrize(
    ("name", "last"),
    [
        ("shelter_stay", date(2009, 1, 1)),
        ("housing_situation", date(2009, 1, 1)),
        ("treatment_contact", date(2008, 12, 31)),
        ("social_psychiatry_service", date(2008, 12, 31)),
        ("psychiatric_contact", date(2008, 12, 31)),
        ("child_measure", date(2008, 12, 31)),
    ],
)
def test_an_open_record_is_known_until_the_end_of_the_last_period_that_contains_it(name: str, last: date) -> None:
    ids = {"treatment_contact": "contact_id", "psychiatric_contact": "contact_id"}
    text = OPEN_IN_2008
    if name in ids:
        text = """
            period  contact_id  start_date  end_date
            2008    K1          2008-02-01  -
        """
    found = register(name, text)
    assert found.select("end_date", "observed_end").rows() == [(None, last)]


def test_every_source_whose_records_overlap_periods_has_a_register_that_is_asked_here() -> None:
    spans = {s for s in delivered_sources() if delivery_of(s).span is not None}
    assert spans == {d.source for _, _, deliveries in REGISTER.values() for d in deliveries}


def test_b3_a_contact_that_was_open_in_2008_only_does_not_hide_the_start_of_2012() -> None:
    contacts = register(
        "treatment_contact",
        """
        period  contact_id  start_date  end_date
        2008    K1          2008-02-01  -
        2012    K2          2012-05-01  2012-09-01
        """,
    )
    found = count(goal_05_treatment_access, treatment_contact=contacts, person=ADA)
    stock = {y: found("I05_stock", y, "all") for y in range(2008, 2014)}
    assert stock == {2008: "1", 2009: "0", 2010: "0", 2011: "0", 2012: "1", 2013: "0"}
    assert found("I05", 2012, "all") == "1"


def test_b3_a_service_that_was_open_in_2008_only_ended_that_year() -> None:
    services = register("social_psychiatry_service", OPEN_IN_2008)
    found = count(goal_09_psychiatric_follow_up, social_psychiatry_service=services, person=ADA)
    assert [found("I10_s", y, "danish", age="18+") for y in (2008, 2009, 2014)] == ["1 of 1", "nobody", "nobody"]


def test_b3_a_hospital_contact_that_was_open_in_2008_only_ended_that_year() -> None:
    contacts = register(
        "psychiatric_contact",
        """
        period  contact_id  start_date  end_date
        2008    R1          2008-02-01  -
        """,
    )
    found = count(goal_09_psychiatric_follow_up, psychiatric_contact=contacts, person=ADA)
    assert [found("I10_t", y, "danish", age="18+") for y in (2008, 2009)] == ["1 of 1", "nobody"]


@pytest.mark.parametrize(("last_file", "cohort"), [(2007, "nobody"), (2008, "0 of 1")])
def test_b3_a_measure_last_delivered_for_2007_is_not_in_the_cohort_of_2010(last_file: int, cohort: str) -> None:
    """The window of 2010 is 1 August 2008 to 31 July 2010; a file of 2008 knows the measure to 31 December 2008."""
    files = "\n".join(f"{y}  2005-01-01  -" for y in range(2005, last_file + 1))
    measures = register("child_measure", f"period  start_date  end_date\n{files}")
    child = people(
        """
        person  born        in_population
        ada     1994-05-14  2005-2016
        """
    )
    found = count(goal_01_ninth_grade, child_measure=measures, person=child)
    assert found("I01", 2010) == cohort


def test_the_account_says_how_many_open_records_ended_unseen() -> None:
    rows = delivered(
        social_psychiatry_services.DELIVERY,
        """
        period  section  start_date  end_date
        2008    99       2008-02-01  -             # not seen again: ended
        2008    85       2008-03-01  -             # seen again
        2009    85       2008-03-01  -             # open in the last file: still known
        2008    104      2008-03-01  2008-04-01    # closed
        """,
    )
    found = ended_unseen(social_psychiatry_services.DELIVERY, rows, 2009)
    assert found.select("period", "outcome", "rows").rows() == [(2008, "ended_unseen", 1)]


@pytest.mark.parametrize(("last_period", "unknown"), [(2010, "0"), (2011, "1")])
def test_a_last_delivery_without_a_row_ends_a_residential_stay_for_an_unknown_reason(
    last_period: int, unknown: str
) -> None:
    """Open in the file of 2010. With nothing later it goes on; a file of 2011 that holds nobody ended it unseen."""
    contacts = register(
        "treatment_contact",
        """
        period  contact_id  start_date  end_date  treatment_type
        2010    K1          2010-02-01  -         D
        """,
        last_period,
    )
    found = count(goal_05_treatment_access, treatment_contact=contacts, person=ADA)
    assert found("I05d_unknown", 2010, "all") == unknown
    rows = delivered(drug_treatment.DELIVERY, "period  contact_id  start_date  end_date\n2010  K1  2010-02-01  -")
    ended = ended_unseen(drug_treatment.DELIVERY, rows, last_period)["rows"].sum()
    assert str(ended) == unknown, "and the account of rows says the same"


def test_a_later_status_does_not_overwrite_the_one_of_its_day() -> None:
    """Homeless in the file of 2010, a home in the file of 2012: both stand, each at its own date."""
    rows = delivered(
        drug_treatment.DELIVERY,
        """
        period  contact_id  start_date  status_date  housing
        2010    K1          2010-02-01  2010-06-01   2
        2011    K1          2010-02-01  -            2        # a status without a date says nothing
        2012    K1          2010-02-01  2012-06-01   1
        2013    K1          2010-02-01  2013-06-01   9        # nor does one that is not stated
        """,
    )
    found = conform(TREATMENT_STATUS, ask(treatment_status_asset.QUERY, drug_treatment=rows)).sort("period")
    assert found.select("period", "status_date", "homeless").rows() == [
        (2010, date(2010, 6, 1), True),
        (2012, date(2012, 6, 1), False),
    ]
    assert ask(treatment_status_asset.ROWS, drug_treatment=rows).row(0) == (4, 2)


CONTACTS = "period  person  contact_id  start_date  end_date"


def contacts(rows: str) -> list[tuple[int, str, str | None]]:
    """Of each row of treatment its period, and whose and which contact it is if it stands."""
    table = delivered(drug_treatment.DELIVERY, f"{CONTACTS}\n{rows}")
    return [(r["period"], r["contact_id"], r["set_aside"]) for r in table.iter_rows(named=True)]


def known_contacts(rows: str) -> list[tuple[str, date, date]]:
    """Person, first and last known day of each contact of the register."""
    names = {who(name): name for name in ("ada", "bob")}
    found = register("treatment_contact", f"{CONTACTS}\n{rows}").sort("start_date", "observed_end", "contact_id")
    return [(names[p], a, b) for p, a, b in found.select("person", "start_date", "observed_end").rows()]


def test_an_id_given_anew_every_year_is_another_contact() -> None:
    """Numbered from 1 in each file: K1 is Ada's in 2010 and Bob's in 2011, when Ada's is K2."""
    rows = """
        2010  ada  K1  2010-02-01  -
        2010  bob  K2  2010-03-01  2010-04-01
        2011  bob  K1  2011-05-01  2011-06-01
        2011  ada  K2  2010-02-01  2011-03-01
    """
    assert known_contacts(rows) == [
        ("ada", date(2010, 2, 1), date(2011, 3, 1)),
        ("bob", date(2010, 3, 1), date(2010, 4, 1)),
        ("bob", date(2011, 5, 1), date(2011, 6, 1)),
    ]


def test_an_id_given_to_the_same_person_again_is_another_contact_where_the_first_had_ended() -> None:
    rows = "2010  ada  K1  2010-02-01  2010-04-01\n2011  ada  K1  2011-02-01  2011-03-01"
    assert len(known_contacts(rows)) == 2


def test_two_contacts_of_one_day_are_two_also_where_they_end_on_one_day() -> None:
    rows = "2010  ada  K1  2010-02-01  2010-04-01\n2010  ada  K2  2010-02-01  2010-04-01"
    assert len(known_contacts(rows)) == 2


def test_an_open_contact_whose_first_day_was_moved_is_corrected_by_its_id_also_into_the_next_year() -> None:
    rows = "2010  ada  K1  2010-12-20  -\n2011  ada  K1  2011-01-05  2011-07-01"
    assert contacts(rows) == [(2010, "K1", CORRECTED), (2011, "K1", None)]


def test_a_contact_of_the_wrong_person_is_corrected_by_its_id_and_first_day() -> None:
    rows = "2010  ada  K1  2010-02-01  -\n2011  bob  K1  2010-02-01  2011-03-01"
    assert contacts(rows) == [(2010, "K1", CORRECTED), (2011, "K1", None)]


def test_a_contact_that_had_ended_is_corrected_by_no_later_one_of_another_person() -> None:
    rows = "2010  ada  K1  2010-06-01  2010-10-01\n2011  bob  K1  2010-06-01  2011-02-01"
    assert contacts(rows) == [(2010, "K1", None), (2011, "K1", None)]


def test_what_was_said_under_an_id_that_was_given_anew_stands_after_a_correction_too() -> None:
    rows = delivered(
        drug_treatment.DELIVERY,
        """
        period  contact_id  start_date  status_date  housing
        2010    K1          2010-03-01  2010-12-28   2
        2011    K7          2010-03-01  -            -
        2012    K7          2010-04-01  -            -
        """,
    )
    assert rows["set_aside"].to_list() == [CORRECTED, CORRECTED, None]
    found = conform(TREATMENT_STATUS, ask(treatment_status_asset.QUERY, drug_treatment=rows))
    assert found["status_date"].to_list() == [date(2010, 12, 28)]


def test_what_a_corrected_contact_said_of_housing_stands_unless_it_was_another_persons() -> None:
    rows = delivered(
        drug_treatment.DELIVERY,
        """
        period  person  contact_id  start_date  status_date  housing
        2010    ada     K1          2010-02-01  2010-06-01   2
        2011    ada     K1          2010-03-01  2011-06-01   1        # another first day: still hers
        2010    ada     K2          2010-04-01  2010-07-01   2
        2011    bob     K2          2010-04-01  2011-07-01   1        # it was Bob's
        """,
    )
    found = conform(TREATMENT_STATUS, ask(treatment_status_asset.QUERY, drug_treatment=rows)).sort("status_date")
    assert found["status_date"].to_list() == [date(2010, 6, 1), date(2011, 6, 1), date(2011, 7, 1)]
    assert ask(treatment_status_asset.ROWS, drug_treatment=rows).row(0) == (4, 1)


def long_stays(stays: pl.DataFrame) -> Cells:
    return count(goal_04_shelter_stays, shelter_stay=stays, person=ADA)


def test_b4_a_corrected_admission_replaces_the_old_record() -> None:
    """File of 2010: 1 July, open. File of 2011: 1 December to 20 January, 50 nights. Never over 120 days."""
    rows = """
        period  start_date  end_date
        2010    2010-07-01  -
        2011    2010-12-01  2011-01-20
    """
    table = delivered(section_110_stays.DELIVERY, rows)
    assert table["set_aside"].to_list() == [CORRECTED, None]
    found = long_stays(register("shelter_stay", rows))
    assert [found("I04", y) for y in (2010, 2011)] == ["0 of 1", "0 of 1"]


def test_b4_a_corrected_street_address_is_not_homelessness_beside_the_home() -> None:
    addresses = register(
        "housing_situation",
        """
        period  start_date  end_date    road_code  no_abode
        2009    2009-06-01  -           9901       yes
        2010    2009-06-01  -           9901       yes
        2011    2009-06-15  2011-01-20  9901       yes
        2011    2011-01-20  -           0100       no
        2012    2011-01-20  -           0100       no
        2013    2011-01-20  -           0100       no
        2014    2011-01-20  -           0100       no
        2015    2011-01-20  -           0100       no
        2016    2011-01-20  -           0100       no
        """,
    )
    assert addresses.select("start_date", "situation", "source_rows").sort("start_date").rows() == [
        (date(2009, 6, 15), "no_abode", 1),
        (date(2011, 1, 20), "own_home", 6),
    ]
    found = count(goal_03_stable_housing, housing_situation=addresses, person=ADA)
    # index years 2009 (not housed 15 June 2010), 2010 (still on the street 1 January 2011), 2011 (housed a year later)
    assert {y: found("I03", y) for y in range(2010, 2016)} == {
        2010: "0 of 1",
        2011: "0 of 1",
        2012: "1 of 1",
        2013: "nobody",
        2014: "nobody",
        2015: "nobody",
    }


DEAD_IN_2010 = """
    period  start_date  end_date    cpr_status  person
    2010    2005-01-01  2010-09-01  01          ada
    2010    2010-09-01  -           90          ada
"""


@pytest.mark.parametrize(
    ("later", "until"),
    [
        # no file repeats it: dead for as long as anything is delivered (another person's file of 2013)
        ("2013  2012-01-01  -  01  bob", date(2014, 1, 1)),
        # another record of the person's begins
        ("2013  2013-05-01  -  01  ada", date(2013, 5, 1)),
        # a later file has them where they were: the death was a mistake of one file
        ("2013  2005-01-01  -  01  ada", date(2011, 1, 1)),
    ],
)
def test_who_is_dead_or_gone_stays_so_though_the_next_file_does_not_repeat_it(later: str, until: date) -> None:
    found = register("housing_situation", f"{DEAD_IN_2010}    {later}\n")
    assert found.filter(situation="dead")["observed_end"].to_list() == [until]


def test_the_dead_of_a_file_that_nobody_repeats_is_no_housed_person_a_year_later() -> None:
    homes = register("housing_situation", f"{DEAD_IN_2010}    2013  2013-06-01  -  01  bob\n")
    stay = drawn("shelter_stay", "person  start_date  end_date\nada  2010-03-01  2010-03-09")
    found = count(goal_03_stable_housing, housing_situation=homes, shelter_stay=stay, person=ADA)
    assert (found("I03_left", 2011), found("I03", 2011)) == ("1", "nobody")
    assert found("I03_unknown_housed", 2011) == "nobody"


@pytest.mark.parametrize(("end", "verdict"), [("2008-03-31", None), ("2009-03-31", CORRECTED)])
def test_a_late_service_replaces_no_earlier_one_that_had_ended(end: str, verdict: str | None) -> None:
    """One that had ended is missing from the file of 2009 because it has no day there."""
    rows = f"""
        period  start_date  end_date
        2008    2007-02-01  {end}
        2009    2008-03-15  2009-06-01
    """
    assert verdicts(social_psychiatry_services.DELIVERY, rows) == [verdict, None]


def test_of_one_case_that_both_registers_of_measures_have_the_one_that_lasts_longer_stands() -> None:
    one = {"person": who("ada"), "measure_code": "210", "acting_municipality": "101", "start_date": date(2009, 2, 1)}
    short, long = {"end_date": date(2009, 5, 1)}, {"end_date": date(2009, 12, 1)}
    for first, second in ((short, long), (long, short)):
        found = ask(
            child_measure_asset.QUERY,
            dst_bua=source(dst_bua.DELIVERY, one | first),
            dst_bufo=source(dst_bufo.DELIVERY, one | second),
        )
        assert found.select("end_date", "source_rows").rows() == [(date(2009, 12, 1), 2)]


def verdicts(delivery: Delivery, text: str) -> list[str | None]:
    return delivered(delivery, text)["set_aside"].to_list()


@pytest.mark.parametrize(
    ("why", "rows"),
    [
        ("another facility", "2010  B1  2010-07-01  -\n2011  B2  2010-12-01  2011-01-20"),
        ("it does not overlap: the first ended with 2010", "2010  B1  2010-07-01  -\n2011  B1  2011-01-01  2011-01-20"),
        ("the earlier record is in the later file too", "2010  B1  2010-07-01  -\n2011  B1  2010-07-01  -\n"
         "2011  B1  2010-12-01  2011-01-20"),
        ("both stood in the same file", "2010  B1  2010-07-01  2010-12-10\n2010  B1  2010-12-01  -\n"
         "2011  B1  2010-12-01  2011-01-20"),
        ("the same record was closed", "2010  B1  2010-07-01  -\n2011  B1  2010-07-01  2011-01-20"),
    ],
)  # fmt: skip
def test_what_is_no_correction(why: str, rows: str) -> None:
    table = f"period  facility  start_date  end_date\n{rows}"
    assert set(verdicts(section_110_stays.DELIVERY, table)) == {None}, why


def test_a_correction_reaches_every_delivery_of_the_record_and_another_person_is_left_alone() -> None:
    rows = """
        period  person  start_date  end_date
        2009    ada     2009-07-01  -
        2010    ada     2009-07-01  -
        2010    bob     2009-07-01  -
        2011    ada     2009-08-01  2011-01-20
    """
    assert verdicts(section_110_stays.DELIVERY, rows) == [CORRECTED, CORRECTED, None, None]


def test_a_correction_of_a_correction() -> None:
    rows = """
        period  start_date  end_date
        2009    2009-07-01  -
        2010    2009-08-01  -
        2011    2009-09-01  2011-01-20
    """
    assert verdicts(section_110_stays.DELIVERY, rows) == [CORRECTED, CORRECTED, None]


def test_b7_in_out_and_in_again_on_one_day_is_two_stays_of_which_one_has_214_nights() -> None:
    stays = register(
        "shelter_stay",
        """
        period  start_date  end_date
        2010    2010-03-01  2010-03-01
        2010    2010-03-01  2010-10-01
        """,
    )
    assert stays.height == 2
    assert long_stays(stays)("I04", 2010) == "1 of 1"


def test_the_longer_of_two_stays_from_one_day_is_the_one_that_goes_on() -> None:
    stays = register(
        "shelter_stay",
        """
        period  start_date  end_date
        2010    2010-12-01  2010-12-01
        2010    2010-12-01  -
        2011    2010-12-01  2011-02-01
        """,
    ).sort("observed_end")
    assert stays.select("end_date", "source_rows").rows() == [(date(2010, 12, 1), 1), (date(2011, 2, 1), 2)]


def test_b7_one_case_start_under_two_municipalities_is_two_measures() -> None:
    measures = register(
        "child_measure",
        """
        period  start_date  acting_municipality
        2009    2009-03-01  147
        2009    2009-03-01  101
        """,
    )
    child = people(
        """
        person  born        in_population
        ada     1994-05-13  2005-2016
        """
    )
    assert count(goal_01_ninth_grade, child_measure=measures, person=child)("I01", 2010) == "0 of 1"
