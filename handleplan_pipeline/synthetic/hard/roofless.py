"""What is known of a person of the hard cases of homelessness: stays, addresses, treatment; and how they are said."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from handleplan_pipeline.synthetic.hard.cast import Player, Spell, Told
from handleplan_pipeline.synthetic.places import home

FAR = "751"
"""Aarhus: neither home nor a neighbour."""
SINCE = date(2005, 3, 1)
"""From when most are registered where they live."""
HOME, TEMPORARY, PERMANENT, NO_ABODE, DEAD, EMIGRATED, ABROAD, UNKNOWN = (
    "home",
    "temporary",
    "permanent",
    "no_abode",
    "dead",
    "emigrated",
    "abroad",
    "unknown",
)


@dataclass(frozen=True)
class Status:
    """What the drug register says of housing on a day, first told in the file of a year."""

    day: date
    housing: str


@dataclass
class Roofless:
    """A person with stays (nights start..end-1), addresses (days start..end-1) and contacts (days start..end)."""

    player: Player
    stays: list[Spell] = field(default_factory=list)
    homes: list[Spell] = field(default_factory=list)
    contacts: list[Spell] = field(default_factory=list)
    statuses: list[Status] = field(default_factory=list)


def stay(
    start: date,
    end: date | None,
    facility: str = "B901",
    kom: str | None = None,
    paid: str | None = None,
    told: Mapping[int, Told] | None = None,
) -> Spell:
    says = {"BOFORM_ID": facility, "BOFORM_KOM": kom or home(), "BETALINGSKOM": paid or home()}
    return Spell(start, end, says, told)


def address(
    kind: str, start: date, end: date | None = None, told: Mapping[int, Told] | None = None, **more: Any
) -> Spell:
    """`kind` is what the address counts as; `more` are variables that say it otherwise."""
    use = {HOME: "1", TEMPORARY: "4", PERMANENT: "5"}
    cpr = {NO_ABODE: "03", DEAD: "90", EMIGRATED: "80", ABROAD: "20", UNKNOWN: "70"}
    nowhere = kind in (DEAD, EMIGRATED, ABROAD, UNKNOWN)
    says = {
        "KOMKOD": None if nowhere else home(),
        "VEJKOD": None if nowhere else "9901" if kind == NO_ABODE else "0123",
        "CPRSTATUS": cpr.get(kind, "01"),
        "ANVENDELSE": use.get(kind),
        "CO_ADRESSE": False,
        "UDEN_FAST_BOPAEL": kind == NO_ABODE,
    }
    return Spell(start, end, {"KIND": kind, **says, **more}, told)


def contact(
    identifier: str,
    start: date,
    end: date | None,
    drugs: tuple[str, str, str] = ("heroin", "", ""),
    told: Mapping[int, Told] | None = None,
    **more: Any,
) -> Spell:
    says = {
        "KONTAKTFORLOEBID": identifier,
        "KOM": home(),
        "ANMODNINGSDATO": start - timedelta(days=7),
        "HOVEDSTOF": drugs[0],
        "BISTOF1": drugs[1] or None,
        "BISTOF2": drugs[2] or None,
        "BEHANDLINGSTYPE": "A",
        "AFSLUTNINGSAARSAG": "F",
        "STATUSDATO": None,
        "BOLIGSITUATION": None,
    }
    return Spell(start, end, {**says, **more}, told)
