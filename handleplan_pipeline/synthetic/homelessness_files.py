"""Cuts the files of shelter stays, addresses and drug treatment from the plans of the lives."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from handleplan_pipeline.synthetic import lives as code
from handleplan_pipeline.synthetic.files import dates, day, write_delivery
from handleplan_pipeline.synthetic.homelessness import LEFT
from handleplan_pipeline.synthetic.lives import Contact, Lives, Stay
from handleplan_pipeline.synthetic.places import home, neighbour, third
from schemas.sources import address_history, drug_treatment, section_110_stays


class StayRow(NamedTuple):
    number: str
    stay: Stay


class ContactRow(NamedTuple):
    number: str
    contact: Contact


class AddressRow(NamedTuple):
    """A row of the address history; `end` is -1 while nobody knows it."""

    number: str
    start: int
    end: int
    address: int


def write_homelessness(lives: Lives, years: range, out: Path) -> None:
    """Every file of `years`."""
    for i, life in enumerate(lives.lives):
        for k, c in enumerate(life.contacts):
            c.identifier = f"K{i:06d}{k}"
    for t in years:
        _write_stays(lives, out, t)
        _write_addresses(lives, out, t)
        _write_treatment(lives, out, t)


def _write_stays(lives: Lives, out: Path, t: int) -> None:
    first, after = day(t, 1, 1), day(t + 1, 1, 1)
    rows = [
        StayRow(x.number, s)
        for x in lives.lives
        for s in x.stays
        if s.start < after and s.end >= first and (s.here or s.paid)
    ]
    write_delivery(
        out,
        section_110_stays.DELIVERY,
        t,
        {
            "CPR": [r.number for r in rows],
            "BOFORM_ID": [r.stay.facility for r in rows],
            "BOFORM_KOM": [home() if r.stay.here else neighbour() for r in rows],
            "BETALINGSKOM": [home() if r.stay.paid else third() for r in rows],
            "INDSKREVET": dates([r.stay.start for r in rows]),
            "UDSKREVET": dates([r.stay.end if r.stay.end < after else -1 for r in rows]),
        },
    )


def _write_addresses(lives: Lives, out: Path, t: int) -> None:
    first, after = day(t, 1, 1), day(t + 1, 1, 1)
    rows = []
    for x in lives.lives:
        for k, spell in enumerate(x.homes):
            end = x.homes[k + 1].start if k + 1 < len(x.homes) else None
            seen = spell.address != code.NONE and spell.start < after
            if seen and (end is None or end >= first) and (end is None or end > spell.start):
                known_end = end if end is not None and end < after else -1
                rows.append(AddressRow(x.number, spell.start, known_end, spell.address))
    kind = np.array([r.address for r in rows], dtype=np.int64)
    use = {
        code.INSTITUTION: "2",
        code.SHELTER: "3",
        code.TEMPORARY: "4",
        code.PERMANENT: "5",
        code.HOME: "1",
        code.CARE_OF: "1",
        code.HOME_ELSEWHERE: "1",
    }
    status = {code.DEAD: "90", code.EMIGRATED: "80", code.NO_ABODE: "03", code.HIGH_CODE: "03"}
    left = np.isin(kind, LEFT)
    elsewhere = kind == code.HOME_ELSEWHERE
    write_delivery(
        out,
        address_history.DELIVERY,
        t,
        {
            "CPR": [r.number for r in rows],
            "TILFLYTDTO": dates([r.start for r in rows]),
            "FRAFLYTDTO": dates([r.end for r in rows]),
            "KOMKOD": np.select([left, elsewhere], ["", neighbour()], home()),
            "VEJKOD": np.select([left, kind == code.NO_ABODE, kind == code.HIGH_CODE], ["", "9901", "9950"], "0123"),
            "CPRSTATUS": [status.get(int(k), "01") for k in kind],
            "ANVENDELSE": [use.get(int(k), "") for k in kind],
            "CO_ADRESSE": kind == code.CARE_OF,
            "UDEN_FAST_BOPAEL": kind == code.NO_ABODE,
        },
    )


def _write_treatment(lives: Lives, out: Path, t: int) -> None:
    first, after = day(t, 1, 1), day(t + 1, 1, 1)
    rows = [
        ContactRow(x.number, c)
        for x in lives.lives
        for c in x.contacts
        if c.start < after and (c.end is None or c.end >= first)
    ]
    contacts = [r.contact for r in rows]
    closed = [c.end is not None and c.end < after for c in contacts]
    # a status that is not known yet is not in the year's file
    status = [c.status_day if c.status_day is not None and c.status_day < after else -1 for c in contacts]
    write_delivery(
        out,
        drug_treatment.DELIVERY,
        t,
        {
            "CPR": [r.number for r in rows],
            "KONTAKTFORLOEBID": [c.identifier for c in contacts],
            "KOM": [home() if c.here else neighbour() for c in contacts],
            "ANMODNINGSDATO": dates([-1 if c.request is None else c.request for c in contacts]),
            "INDSKRIVNINGSDATO": dates([c.start for c in contacts]),
            "BEHANDLINGAFSLUTTETDATO": dates([c.end if done else -1 for c, done in zip(contacts, closed, strict=True)]),
            "HOVEDSTOF": [c.drugs[0] for c in contacts],
            "BISTOF1": [c.drugs[1] for c in contacts],
            "BISTOF2": [c.drugs[2] for c in contacts],
            "BEHANDLINGSTYPE": ["D" if c.residential else "A" for c in contacts],
            "AFSLUTNINGSAARSAG": [c.reason if done else "" for c, done in zip(contacts, closed, strict=True)],
            "STATUSDATO": dates(status),
            "BOLIGSITUATION": [c.housing if s >= 0 else "" for c, s in zip(contacts, status, strict=True)],
        },
    )
