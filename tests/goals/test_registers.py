"""Registers by hand: what a supplier's code means, which delivery of a row stands, and that no row is lost."""

import re
from datetime import date
from importlib import import_module
from typing import Any

import polars as pl
import pytest

from assets.registers import benefit as benefit_asset
from assets.registers import contact as contact_asset
from assets.registers import decision as decision_asset
from assets.registers import housing_situation as housing_situation_asset
from assets.registers import person_set_aside as person_set_aside_asset
from assets.registers import psychiatric_contact as psychiatric_contact_asset
from assets.registers import schooling as schooling_asset
from assets.registers import shelter_stay as shelter_stay_asset
from assets.registers import treatment_status as treatment_status_asset
from assets.registers import victimisation as victimisation_asset
from handleplan_pipeline.errors import ContractError
from handleplan_pipeline.lake.contracts import evaluate
from handleplan_pipeline.lake.engine import DuckDbEngine, SqlError
from handleplan_pipeline.registers import account, conform, outside_population, require_no_row_lost
from handleplan_pipeline.sources.codes import code_list
from handleplan_pipeline.sources.deliveries.declared import delivery_of
from schemas.contract import TableContract
from schemas.registers.benefit import BENEFIT
from schemas.registers.contact import CONTACT
from schemas.registers.decision import DECISION
from schemas.registers.psychiatric_contact import PSYCHIATRIC_CONTACT
from schemas.registers.shelter_stay import SHELTER_STAY
from schemas.registers.treatment_episode import TREATMENT_EPISODE
from schemas.registers.victimisation import VICTIMISATION
from schemas.registry import all_contracts, delivered_sources
from schemas.sources import (
    address_history,
    crisis_centre_stays,
    drug_treatment,
    dst_bef,
    dst_dream,
    dst_kotre,
    dst_kraf,
    dst_udfk,
    dst_victims,
    psychiatry_contacts,
    psychiatry_contacts_lpr3,
    section_110_stays,
    special_team_log,
)
from tests.lib.delivered import ask, source
from tests.lib.drawn import lines
from tests.lib.frames import who


@pytest.mark.parametrize(
    ("code", "kind"), [("0", "inpatient"), ("1", "inpatient"), ("2", "outpatient"), ("3", "emergency"), ("4", None)]
)
def test_lpr2_patient_types(code: str, kind: str | None) -> None:
    row = {"contact_id": "R1", "start_date": date(2010, 5, 1), "patient_type": code}
    found = ask(
        psychiatric_contact_asset.QUERY,
        psychiatry_contacts=source(psychiatry_contacts.DELIVERY, row),
        psychiatry_contacts_lpr3=source(psychiatry_contacts_lpr3.DELIVERY),
    )
    assert found["patient_type"].to_list() == [kind]


@pytest.mark.parametrize(
    ("priority", "end", "kind"),
    [
        ("ATA1", date(2019, 5, 1), "emergency"),  # gone before midnight
        ("ATA1", date(2019, 5, 2), "inpatient"),  # acute admissions are in-patients
        ("ATA1", None, "inpatient"),  # still there when the period ended
        ("ATA3", date(2019, 5, 1), "outpatient"),
        ("ATA3", date(2019, 5, 9), "outpatient"),
    ],
)
def test_both_layouts_of_the_patient_register_stand_in_one_register(priority: str, end: date | None, kind: str) -> None:
    old = {"contact_id": "R1", "start_date": date(2018, 5, 1), "patient_type": "0", "period": 2018}
    new = {"contact_id": "R1", "start_date": date(2019, 5, 1), "end_date": end, "priority": priority, "period": 2019}
    found = ask(
        psychiatric_contact_asset.QUERY,
        psychiatry_contacts=source(psychiatry_contacts.DELIVERY, old),
        psychiatry_contacts_lpr3=source(psychiatry_contacts_lpr3.DELIVERY, new),
    ).sort("start_date")
    assert found["contact_id"].to_list() == ["R1", "LR1"]
    assert found["patient_type"].to_list() == ["inpatient", kind]


def test_the_latest_delivery_of_a_stay_stands_and_an_open_one_is_known_to_the_end_of_its_year() -> None:
    stay = {
        "facility": "B1",
        "start_date": date(2010, 11, 1),
        "facility_municipality": "101",
        "paying_municipality": "101",
    }
    rows = source(
        section_110_stays.DELIVERY,
        stay,
        stay | {"period": 2011, "end_date": date(2011, 3, 1)},
        stay | {"period": 2011, "facility": "B2"},
        stay | {"set_aside": "duplicate_row", "facility": "B3"},
    )
    found = ask(shelter_stay_asset.QUERY, section_110_stays=rows).sort("facility")
    assert found.select("facility", "end_date", "observed_end", "source_rows").rows() == [
        ("B1", date(2011, 3, 1), date(2011, 3, 1), 2),
        ("B2", None, date(2012, 1, 1), 1),
    ]
    assert set(found.columns) == set(SHELTER_STAY.column_names)
    assert set(account(rows).select("period", "outcome", "rows").rows()) == {
        (2010, "duplicate_row", 1),
        (2010, "used", 1),
        (2011, "used", 2),
    }


def test_a_lost_row_stops_the_run() -> None:
    require_no_row_lost(SHELTER_STAY, 3, 4, 1)
    with pytest.raises(ContractError, match="4 delivered, 2 used, 1 set aside"):
        require_no_row_lost(SHELTER_STAY, 2, 4, 1)


@pytest.mark.parametrize(
    ("code", "guilty"),
    [("111", True), ("121", True), ("212", True), ("311", True), ("411", False), ("511", False), ("999", None)],
)
def test_guilt_is_a_sentence_a_fine_or_a_withdrawn_charge_and_a_new_code_is_not_guessed(
    code: str, guilty: bool | None
) -> None:
    row = {"case_id": "S-1", "decision_date": date(2010, 5, 1), "decision_type": code}
    found = ask(decision_asset.QUERY, dst_kraf=source(dst_kraf.DELIVERY, row), decision_type=code_list("decision_type"))
    assert found["guilty"].to_list() == [guilty]


@pytest.mark.parametrize(
    ("mark", "kind"),
    [("-3", "failed"), ("00", "failed"), ("02", "passed"), ("12", "passed"), ("89", "no_mark"), ("98", "no_mark")],
)
def test_exempt_codes_are_no_marks(mark: str, kind: str) -> None:
    row = {"subject": "DAN", "test_form": "Bundne prøvefag", "mark": mark, "mark_date": date(2010, 6, 1)}
    found = ask(schooling_asset.QUERY, dst_kotre=source(dst_kotre.DELIVERY), dst_udfk=source(dst_udfk.DELIVERY, row))
    assert found.select("subject", "mark_class").rows() == [("DAN Bundne prøvefag", kind)]


@pytest.mark.parametrize(("code", "completed"), [("1529", True), ("0", False), ("0000", False), (None, False)])
def test_an_exit_is_completed_when_it_has_a_completed_education(code: str | None, completed: bool) -> None:
    row = {"part": "29", "end_date": date(2010, 6, 25), "completed_code": code}
    found = ask(schooling_asset.QUERY, dst_kotre=source(dst_kotre.DELIVERY, row), dst_udfk=source(dst_udfk.DELIVERY))
    assert found["completed"].to_list() == [completed]


def test_spells_of_a_grade_that_end_on_one_day_are_one_exit() -> None:
    """The file knows them by their start; completed is the exit where one of them was."""
    spell = {"part": "29", "end_date": date(2010, 6, 25)}
    both = [spell | {"completed_code": "0"}, spell | {"completed_code": "1529"}]
    found = ask(schooling_asset.QUERY, dst_kotre=source(dst_kotre.DELIVERY, *both), dst_udfk=source(dst_udfk.DELIVERY))
    assert found.select("completed", "source_rows").rows() == [(True, 2)]


def test_a_number_of_a_row_may_be_used_again_in_another_year() -> None:
    """Suppliers number within a year; a key of a register that knows no year would stop the run."""
    log = [{"contact_id": "H1", "contact_date": date(y, 3, 1), "offer": "S", "anonymous": False} for y in (2011, 2012)]
    contacts = ask(
        contact_asset.QUERY,
        special_team_log=source(special_team_log.DELIVERY, *log),
        crisis_centre_stays=source(crisis_centre_stays.DELIVERY),
    )
    cases = [{"case_id": "S-7", "offence_date": date(y, 5, 1)} for y in (2010, 2011)]
    reported = ask(victimisation_asset.QUERY, dst_victims=source(dst_victims.DELIVERY, *cases))
    for contract, rows in ((CONTACT, contacts), (VICTIMISATION, reported)):
        assert not rows.select(contract.key).is_duplicated().any(), contract.full_name
        assert rows.height == 2


def test_a_register_of_what_happens_in_one_year_knows_its_rows_by_the_day_too() -> None:
    """A file's key holds for its year alone, so the register's needs the day, or the year, beside it."""
    registers = {n: c for (layer, n), c in all_contracts().items() if layer == "register"}
    asked = {n: vars(import_module(f"assets.registers.{n}")).get("QUERY", "") for n in registers}
    seen = set()
    for s in (s for s in delivered_sources() if delivery_of(s).period.rule == "year_in"):
        for name in (n for n, sql in asked.items() if re.search(rf"\bfrom {s}\b", sql)):
            contract, seen = registers[name], seen | {s}
            days = {c for c in contract.column_names if contract.polars_schema[c] == pl.Date or c == "year"}
            assert days & set(contract.key), name
    assert len(seen) >= 8


def test_a_person_may_begin_treatment_in_two_cities_on_one_day() -> None:
    """An episode is one city's, so its key names the city."""
    assert {"person", "start_date", "geography"} <= set(TREATMENT_EPISODE.key)


@pytest.mark.parametrize(
    ("since", "months"),
    [(date(2009, 3, 4), 36), (date(2009, 3, 5), 35), (date(2012, 3, 4), 0), (None, None)],
)
def test_months_of_violence_are_completed_months(since: date | None, months: int | None) -> None:
    row = {
        "contact_id": "H1",
        "contact_date": date(2012, 3, 4),
        "anonymous": False,
        "sex": "K",
        "partner_violence": True,
        "offer": "S",
        "violence_start": since,
    }
    found = ask(
        contact_asset.QUERY,
        special_team_log=source(special_team_log.DELIVERY, row),
        crisis_centre_stays=source(crisis_centre_stays.DELIVERY),
    )
    assert found.select("door", "counted", "months_of_violence").rows() == [("special_team", True, months)]


@pytest.mark.parametrize(("change", "counted"), [({"sex": "M"}, False), ({"partner_violence": False}, False)])
def test_only_women_exposed_to_partner_violence_are_counted(change: dict[str, Any], counted: bool) -> None:
    row = {
        "contact_id": "H1",
        "contact_date": date(2012, 3, 4),
        "anonymous": False,
        "sex": "K",
        "partner_violence": True,
        "offer": "A",
    }
    found = ask(
        contact_asset.QUERY,
        special_team_log=source(special_team_log.DELIVERY, row | change),
        crisis_centre_stays=source(crisis_centre_stays.DELIVERY),
    )
    assert found.select("door", "counted").rows() == [("other", counted)]


@pytest.mark.parametrize(
    ("status", "no_abode", "use", "situation"),
    [
        ("01", False, "1", "own_home"),
        ("01", False, None, "unknown"),
        ("01", True, "1", "no_abode"),
        ("03", False, "1", "unknown"),
        ("20", True, None, "emigrated"),  # a number for tax: no residence in Denmark, whatever the road code says
        ("80", False, None, "emigrated"),
        ("90", False, None, "dead"),
        ("70", False, None, "status_unknown"),
        ("70", True, None, "no_abode"),
        *((status, True, "1", "status_unknown") for status in ("05", "07")),
        *((status, True, "1", "number_only") for status in ("30", "50", "60")),
    ],
)
def test_what_a_status_of_the_person_register_means(
    status: str, no_abode: bool, use: str | None, situation: str
) -> None:
    row = {"start_date": date(2010, 1, 1), "cpr_status": status, "no_abode": no_abode, "use_of_address": use}
    found = ask(
        housing_situation_asset.QUERY,
        address_history=source(address_history.DELIVERY, row | {"care_of": False, "road_code": "0123"}),
    )
    assert found["situation"].to_list() == [situation]


@pytest.mark.parametrize(
    ("asset", "contract", "source_table", "row"),
    [
        (contact_asset, CONTACT, special_team_log, {"contact_id": "1", "offer": "X", "sex": "K"}),
        (psychiatric_contact_asset, PSYCHIATRIC_CONTACT, psychiatry_contacts, {"contact_id": "1", "patient_type": "7"}),
        (
            psychiatric_contact_asset,
            PSYCHIATRIC_CONTACT,
            psychiatry_contacts_lpr3,
            {"contact_id": "1", "priority": "X"},
        ),
        (decision_asset, DECISION, dst_kraf, {"case_id": "1", "decision_type": "213"}),
        (benefit_asset, BENEFIT, dst_dream, {"reference_code": "901", "weeks": 52, "transfer_weeks": 1}),
    ],
)
def test_a_code_on_no_list_falls_into_no_branch_but_breaks_the_contract(
    asset: Any, contract: TableContract, source_table: Any, row: dict[str, Any]
) -> None:
    """The door refuses such a file; a register that met one all the same would stop, not guess."""
    names = [n for n in delivered_sources() if n in asset.QUERY]
    tables = {n: source(delivery_of(n)) for n in names}
    tables[source_table.DELIVERY.source] = source(source_table.DELIVERY, row)
    lists = {n: code_list(n) for n in ("decision_type", "benefit") if n in asset.QUERY}
    found = DuckDbEngine().query(asset.QUERY, tables | lists)
    results = {r.rule: r for r in evaluate(contract, conform(contract, found))}
    assert not results["required_values"].passed


@pytest.mark.parametrize(
    ("asset", "source_table", "row"),
    [
        (schooling_asset, dst_udfk, {"subject": "DAN", "test_form": "Standpunkt", "mark": "13"}),
        (housing_situation_asset, address_history, {"start_date": date(2010, 1, 1), "cpr_status": "99"}),
        (treatment_status_asset, drug_treatment, {"status_date": date(2010, 6, 1), "housing": "4"}),
    ],
)
def test_where_a_column_may_be_empty_the_query_itself_refuses(
    asset: Any, source_table: Any, row: dict[str, Any]
) -> None:
    tables = {n: source(delivery_of(n)) for n in delivered_sources() if n in asset.QUERY}
    with pytest.raises(SqlError):
        ask(asset.QUERY, **tables | {source_table.DELIVERY.source: source(source_table.DELIVERY, row)})


# Who must be in the population --------------------------------------------------------------------------------------


def rows_of(text: str) -> pl.DataFrame:
    """Delivered rows of persons: person, period, and what else is drawn."""
    found = [{"id_type": "cpr", "set_aside": None} | line | {"period": int(line["period"])} for line in lines(text)]
    return pl.DataFrame(found, schema_overrides={"set_aside": pl.String})


def test_persons_of_a_delivery_who_are_in_no_population_of_two_years_are_said_by_source_and_year() -> None:
    """Finding G3: movers were missing from the population file and were read as gone."""
    population = rows_of("person  period\na  2010\na  2011\nb  2011\nother  2012")
    tables = {
        "population": population,
        "everybody": rows_of("person  period\na  2010\nb  2010"),  # b is there a year later: born, or moved in
        "movers": rows_of("person  period\na  2010\nc  2010\nc  2012"),  # nobody knows of 2013: not asked
        "hospital": rows_of("person  period  id_type\na  2010  cpr\nx  2010  substitute"),  # belongs to nobody
        "addresses": rows_of("person  period  cpr_status\na  2010  01\nd  2010  90"),  # the dead have left
    }
    sources = {"everybody": False, "movers": False, "hospital": False, "addresses": True}
    assert outside_population(DuckDbEngine(), tables, "population", sources) == [("movers", 2010)]


@pytest.mark.parametrize(("persons", "said"), [(100, []), (99, [("contacts", 2010)])])
def test_one_per_cent_is_not_above_one_per_cent(persons: int, said: list[tuple[str, int]]) -> None:
    known = [{"person": f"p{i}", "period": y, "set_aside": None} for i in range(persons) for y in (2010, 2011)]
    some = [{"person": f"p{i}", "period": 2010, "set_aside": None, "id_type": "cpr"} for i in range(persons - 1)]
    some.append({"person": "mover", "period": 2010, "set_aside": None, "id_type": "cpr"})
    tables = {
        name: pl.DataFrame(r, schema_overrides={"set_aside": pl.String})
        for name, r in (("population", known), ("contacts", some))
    }
    assert outside_population(DuckDbEngine(), tables, "population", {"contacts": False}) == said


def test_a_population_row_with_a_fault_names_its_person_as_of_its_year_unless_it_is_of_another_day() -> None:
    verdicts = {"ada": None, "bob": "value_not_readable", "eva": "outside_period", "kim": "conflicting_rows"}
    rows = [{"person": who(name), "set_aside": verdict, "period": 2011} for name, verdict in verdicts.items()]
    nobody = {"person": None, "set_aside": "person_number_invalid", "period": 2011}
    found = ask(
        person_set_aside_asset.QUERY, dst_bef=source(dst_bef.DELIVERY, *rows, rows[-1] | {"row_number": 9}, nobody)
    )
    assert sorted(found.select("person", "year", "source_rows").rows()) == sorted(
        [(who("bob"), 2011, 1), (who("kim"), 2011, 2)]
    )


def test_rows_that_were_set_aside_say_where_a_person_lives_if_they_agree() -> None:
    about = {"set_aside": "conflicting_rows", "period": 2011}
    rows = [
        about | {"person": who(name), "municipality": place}
        for name, place in (
            ("ada", "101"),
            ("ada", "101"),
            ("bob", "101"),
            ("bob", "147"),
            ("eva", None),
            ("eva", "101"),
        )
    ]
    found = ask(person_set_aside_asset.QUERY, dst_bef=source(dst_bef.DELIVERY, *rows))
    assert {r["person"]: r["geography"] for r in found.iter_rows(named=True)} == {
        who("ada"): "101",
        who("bob"): None,
        who("eva"): None,
    }
