"""Registers by hand: what a supplier's code means, which delivery of a row stands, and that no row is lost."""

from datetime import date
from typing import Any

import pytest

from assets.registers import contact as contact_asset
from assets.registers import decision as decision_asset
from assets.registers import psychiatric_contact as psychiatric_contact_asset
from assets.registers import schooling as schooling_asset
from assets.registers import shelter_stay as shelter_stay_asset
from handleplan_pipeline.errors import ContractError
from handleplan_pipeline.registers import account, require_no_row_lost
from handleplan_pipeline.sources.codes import code_list
from schemas.registers.shelter_stay import SHELTER_STAY
from schemas.sources import (
    crisis_centre_stays,
    dst_kotre,
    dst_kraf,
    dst_udfk,
    psychiatry_contacts,
    psychiatry_contacts_lpr3,
    section_110_stays,
    special_team_log,
)
from tests.lib.delivered import ask, source


@pytest.mark.parametrize(
    ("code", "kind"), [("0", "inpatient"), ("1", "inpatient"), ("2", "outpatient"), ("3", "emergency")]
)
def test_lpr2_patient_types(code: str, kind: str) -> None:
    row = {"contact_id": "R1", "start_date": date(2010, 5, 1), "patient_type": code}
    found = ask(
        psychiatric_contact_asset.QUERY,
        psychiatry_contacts=source(psychiatry_contacts.DELIVERY, row),
        psychiatry_contacts_lpr3=source(psychiatry_contacts_lpr3.DELIVERY),
    )
    assert found["patient_type"].to_list() == [kind]


@pytest.mark.parametrize(("priority", "kind"), [("ATA1", "emergency"), ("ATA3", "outpatient"), (None, "outpatient")])
def test_both_layouts_of_the_patient_register_stand_in_one_register(priority: str | None, kind: str) -> None:
    old = {"contact_id": "R1", "start_date": date(2018, 5, 1), "patient_type": "0", "period": 2018}
    new = {"contact_id": "R1", "start_date": date(2019, 5, 1), "priority": priority, "period": 2019}
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
