"""Register rows drawn as text tables, so that a test of a definition can be read like a page of a manual.

Columns are separated by two blanks or more, the first line names them, `-` is empty, and what follows `#` says why.
A column of the register that is not drawn has the value that matters least (`DEFAULTS`).
"""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import polars as pl

from schemas.contract import TableContract
from schemas.registers.area_key import AREA_KEY
from schemas.registers.area_resident import AREA_RESIDENT
from schemas.registers.benefit import BENEFIT
from schemas.registers.child_measure import CHILD_MEASURE
from schemas.registers.contact import CONTACT
from schemas.registers.decision import DECISION
from schemas.registers.discharge import DISCHARGE
from schemas.registers.homeless_person import HOMELESS_PERSON
from schemas.registers.housing_area import HOUSING_AREA
from schemas.registers.housing_situation import HOUSING_SITUATION
from schemas.registers.person import PERSON_YEAR
from schemas.registers.person_set_aside import PERSON_SET_ASIDE
from schemas.registers.psychiatric_contact import PSYCHIATRIC_CONTACT
from schemas.registers.schooling import SCHOOLING
from schemas.registers.shelter_episode import SHELTER_EPISODE
from schemas.registers.shelter_stay import SHELTER_STAY
from schemas.registers.social_psychiatry_service import SOCIAL_PSYCHIATRY_SERVICE
from schemas.registers.treatment_contact import TREATMENT_CONTACT
from schemas.registers.treatment_episode import TREATMENT_EPISODE
from schemas.registers.treatment_status import TREATMENT_STATUS
from schemas.registers.victimisation import VICTIMISATION
from tests.lib.frames import person, table

REGISTERS = {
    t.name: t
    for t in (
        AREA_KEY,
        AREA_RESIDENT,
        BENEFIT,
        CHILD_MEASURE,
        CONTACT,
        DECISION,
        DISCHARGE,
        HOMELESS_PERSON,
        HOUSING_AREA,
        HOUSING_SITUATION,
        PERSON_YEAR,
        PERSON_SET_ASIDE,
        PSYCHIATRIC_CONTACT,
        SCHOOLING,
        SHELTER_EPISODE,
        SHELTER_STAY,
        SOCIAL_PSYCHIATRY_SERVICE,
        TREATMENT_CONTACT,
        TREATMENT_EPISODE,
        TREATMENT_STATUS,
        VICTIMISATION,
    )
}
LAST_KNOWN = date(2014, 1, 1)
"""Until when an open stay has been seen, where the drawing does not say it."""
LAST_DELIVERED = date(2016, 12, 31)
"""The last day of the last period that has been delivered of every other source."""


def last_day(row: dict[str, Any]) -> date:
    """The last day of a record as far as known; open records have been delivered to the end."""
    return row.get("end_date") or LAST_DELIVERED


DEFAULTS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "shelter_stay": lambda r: {
        "facility": "B1",
        "facility_municipality": "101",
        "paying_municipality": "101",
        "end_date": None,
        "observed_end": r.get("end_date") or LAST_KNOWN,
    },
    "housing_situation": lambda r: {
        "geography": "101",
        "end_date": None,
        "observed_end": r.get("end_date") or LAST_DELIVERED + timedelta(days=1),
    },
    "child_measure": lambda r: {
        "measure_code": "210",
        "acting_municipality": "101",
        "end_date": None,
        "observed_end": last_day(r),
    },
    "schooling": lambda r: {"event": "exit" if "completed" in r else "mark", "subject": "29"},
    "decision": lambda r: {
        "offence_date": r["decision_date"],
        "guilty": True,
        "offence_municipality": "101",
        "offence_code": "1285005",
        "decision_type": "111",
    },
    "treatment_contact": lambda r: {
        "main_drug": "kokain",
        "any_cocaine": r.get("main_drug", "kokain") == "kokain",
        "residential": False,
        "ended_unseen": False,
        "geography": "101",
        "end_date": None,
        "observed_end": last_day(r),
    },
    "treatment_status": lambda r: {"geography": "101", "period": r["status_date"].year},
    "contact": lambda r: {"door": "special_team", "anonymous": r["person"] is None, "counted": True},
    "psychiatric_contact": lambda r: {
        "patient_type": "inpatient",
        "end_date": r["start_date"],
        "observed_end": last_day({"end_date": r["start_date"]} | r),
    },
    "social_psychiatry_service": lambda r: {
        "section": "99",
        "end_date": r["start_date"],
        "observed_end": last_day({"end_date": r["start_date"]} | r),
        "own_initiative": False,
    },
    "discharge": lambda r: {"needs_further_effort": True, "notified_date": r["discharge_date"]},
    "housing_area": lambda r: {
        "area_kind": "exposed_area",
        "status_date": date(r["year"], 1, 15)
        if r.get("area_kind") != "high_risk_department"
        else date(r["year"], 12, 31),
        "criteria_version": "kombineret_udlejning_2010",
        "listed": True,
        "meets_2010_criteria": True,
    },
    "area_key": lambda r: {"area_kind": "exposed_area"},
    "area_resident": lambda r: {"area_kind": "exposed_area"},
    "benefit": lambda r: {"on_transfer": False, "half_year": False, "early_retirement": False},
}
NUMBERED = {
    "decision": "case_id",
    "treatment_contact": "contact_id",
    "treatment_status": "contact_id",
    "contact": "contact_id",
    "victimisation": "case_id",
    "psychiatric_contact": "contact_id",
}
"""Keys that say nothing: rows are numbered in the order they are drawn."""


def lines(text: str) -> list[dict[str, str]]:
    """The rows of a drawn table, every value as it is written."""
    rows = [re.split(r"\s{2,}", line.split("#")[0].strip()) for line in text.splitlines() if line.split("#")[0].strip()]
    names = rows[0]
    wrong = [r for r in rows if len(r) != len(names)]
    if wrong:
        raise ValueError(f"{len(wrong)} drawn rows have another number of columns than {names}")
    return [dict(zip(names, r, strict=True)) for r in rows[1:]]


def value(written: str, dtype: Any) -> Any:
    if written == "-":
        return None
    if dtype == pl.Date:
        return date.fromisoformat(written)
    if dtype == pl.Boolean:
        return {"yes": True, "no": False}[written]
    return int(written) if dtype.is_integer() else written


def drawn(register: str, text: str) -> pl.DataFrame:
    """The register of this name with the rows of the drawn table."""
    contract: TableContract = REGISTERS[register]
    types = {c.name: c.dtype for c in contract.columns}
    rows = []
    for n, line in enumerate(lines(text)):
        row = {name: value(written, types[name]) for name, written in line.items()}
        numbered = {NUMBERED[register]: str(n + 1)} if register in NUMBERED else {}
        rows.append(numbered | DEFAULTS.get(register, lambda r: {})(row) | row)
    return table(contract, *rows)


def people(text: str) -> pl.DataFrame:
    """The population: a drawn row is a person in every year of `in_population` (2008-2013 where it is not drawn)."""
    rows = []
    for line in lines(text):
        first, last = line.get("in_population", "2008-2013").split("-")
        born = date.fromisoformat(line.get("born", "1970-06-01"))
        for year in range(int(first), int(last) + 1):
            rows.append(
                person(
                    line["person"],
                    year,
                    line.get("ancestry", "danish"),
                    born,
                    line.get("sex", "men"),
                    line.get("lives_in", "101"),
                )
            )
    return table(PERSON_YEAR, *rows)
