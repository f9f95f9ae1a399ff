"""Hard cases of shelters, addresses and drug treatment: who slept where, and what the files say of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from handleplan_pipeline.synthetic.hard.cast import DANISH, GERMAN, IRAQI, TURKISH, Cast, Player, Spell, Told
from handleplan_pipeline.synthetic.hard.codes import listed
from handleplan_pipeline.synthetic.places import home, neighbour

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


class Homeless:
    """The cases, in the order of the findings."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.people: list[Roofless] = []
        self.contacts = 0
        self._stays()
        self._stay_records()
        self._addresses()
        self._statuses_of_the_register()
        self._treatment()
        self._treatment_records()
        self._every_code()

    def _new(self, case: str, born: date, **who: Any) -> Roofless:
        person = Roofless(self.cast.person(case, born, **who))
        self.people.append(person)
        return person

    def _at_home(self, case: str, born: date, *stays: Spell, **who: Any) -> Roofless:
        """A person with stays who keeps an own dwelling all the time."""
        person = self._new(case, born, **who)
        person.stays += stays
        person.homes.append(address(HOME, SINCE))
        return person

    def _id(self) -> str:
        self.contacts += 1
        return f"HARD{self.contacts:05d}"

    def _stays(self) -> None:
        d = date
        # two facilities at once: 226 nights, not 150 and 137
        self._at_home(
            "overlapping_stays",
            d(1962, 3, 4),
            stay(d(2010, 2, 1), d(2010, 7, 1)),
            stay(d(2010, 5, 1), d(2010, 9, 15), "B902"),
        )
        self._at_home(
            "overlapping_stays",
            d(1963, 5, 6),
            stay(d(2013, 1, 10), d(2013, 3, 10)),
            stay(d(2013, 3, 1), d(2013, 6, 20)),
            origin=DANISH,
        )
        # one day's discharge is the next one's admission: 75 + 66 nights
        self._at_home(
            "back_to_back_stays",
            d(1964, 7, 8),
            stay(d(2011, 3, 1), d(2011, 5, 15)),
            stay(d(2011, 5, 15), d(2011, 7, 20), "B902"),
            origin=DANISH,
        )
        self._at_home(
            "back_to_back_stays",
            d(1965, 9, 10),
            stay(d(2012, 8, 1), d(2012, 10, 1)),
            stay(d(2012, 10, 1), d(2013, 1, 5)),
            origin=TURKISH,
        )
        # in, out and in again on one day: 214 nights
        self._at_home(
            "same_day_readmission",
            d(1966, 11, 12),
            stay(d(2010, 3, 1), d(2010, 3, 1)),
            stay(d(2010, 3, 1), d(2010, 10, 1)),
        )
        # an admission on 1 January that is none of the register's own
        self._at_home("admission_on_1_january", d(1967, 2, 3), stay(d(2010, 1, 1), d(2010, 5, 20)), origin=DANISH)
        # out on New Year's Eve, in on New Year's Day: one day between, one stay of 60 + 1 + 70 nights
        self._at_home(
            "admission_on_1_january",
            d(1968, 4, 5),
            stay(d(2011, 11, 1), d(2011, 12, 31)),
            stay(d(2012, 1, 1), d(2012, 3, 20)),
        )
        # 100 nights in Aarhus that home pays for, then 40 here
        self._at_home(
            "nights_of_other_municipalities",
            d(1969, 6, 7),
            stay(d(2012, 2, 1), d(2012, 5, 11), "B951", FAR),
            stay(d(2012, 5, 11), d(2012, 6, 20)),
        )
        self._at_home(
            "nights_of_other_municipalities",
            d(1970, 8, 9),
            stay(d(2013, 2, 1), d(2013, 7, 1), "B952", neighbour()),
            origin=DANISH,
        )
        self._at_home(
            "nights_of_other_municipalities", d(1971, 10, 11), stay(d(2013, 2, 1), d(2013, 7, 1), paid=FAR), kom=FAR
        )
        # housed by address, asleep in a shelter on day 365
        self._at_home("own_address_during_stay", d(1951, 1, 20), stay(d(2010, 3, 1), d(2012, 3, 1)))
        self._at_home("own_address_during_stay", d(1952, 2, 21), stay(d(2009, 5, 1), d(2011, 9, 1)), origin=DANISH)
        # out of it on day 365 itself: 2011-04-01
        self._at_home("discharged_on_follow_up_day", d(1953, 3, 22), stay(d(2010, 4, 1), d(2011, 4, 1)))
        # two numbers of one woman: 70 + 70 nights
        two = self._at_home("changed_number", d(1972, 12, 13), sex=2)
        later = self.cast.fresh_number(d(1972, 12, 13), 2)
        two.player.numbers.append((d(2012, 6, 10), later))
        self.cast.planted["changed_number"].add(later)
        two.stays += [stay(d(2012, 4, 1), d(2012, 6, 10)), stay(d(2012, 6, 10), d(2012, 8, 19), "B902")]
        # a man whose sex is corrected in the register, with his number
        other = self._at_home(
            "changed_sex",
            d(1973, 1, 14),
            stay(d(2011, 2, 1), d(2011, 6, 15)),
            bef={y: {"sex": 2} for y in range(2013, 2100)},
        )
        number = self.cast.fresh_number(d(1973, 1, 14), 2)
        other.player.numbers.append((d(2012, 9, 1), number))
        other.stays.append(stay(d(2013, 5, 1), d(2013, 6, 1)))
        self.cast.planted["changed_sex"].add(number)

    def _stay_records(self) -> None:
        d = date
        # open in the file of 2008, in none after: over on 31 December 2008
        self._at_home(
            "lost_discharge",
            d(1954, 4, 23),
            stay(d(2008, 2, 1), d(2009, 1, 1), told={2008: Told(d(2008, 2, 1), None)}),
            origin=DANISH,
        )
        self._at_home(
            "lost_discharge",
            d(1955, 5, 24),
            stay(d(2009, 11, 20), d(2011, 1, 1), told={y: Told(d(2009, 11, 20), None) for y in (2009, 2010)}),
            stay(d(2013, 4, 1), d(2013, 4, 20), "B903"),
        )
        # admitted in December, not in July, as the file of 2011 says: 50 nights
        self._at_home(
            "corrected_admission",
            d(1956, 6, 25),
            stay(
                d(2010, 12, 1),
                d(2011, 1, 20),
                told={2010: Told(d(2010, 7, 1), None), 2011: Told(d(2010, 12, 1), d(2011, 1, 20))},
            ),
        )
        # discharged in the file of 2012, still there in that of 2013: 100 nights and more
        self._at_home(
            "corrected_discharge",
            d(1957, 7, 26),
            stay(
                d(2012, 10, 1),
                d(2013, 3, 10),
                told={2012: Told(d(2012, 10, 1), d(2012, 12, 20)), 2013: Told(d(2012, 10, 1), d(2013, 3, 10))},
            ),
            origin=DANISH,
        )
        # another facility's stay is first told of a year later: it corrects nothing of the one beside it
        self._at_home(
            "late_reported_stay",
            d(1958, 8, 27),
            stay(d(2010, 9, 20), d(2011, 1, 1), told={2010: Told(d(2010, 9, 20), None)}),
            stay(d(2010, 12, 1), d(2011, 2, 1), "B902", told={2011: Told(d(2010, 12, 1), d(2011, 2, 1))}),
        )

    def _addresses(self) -> None:
        d = date
        one = stay(d(2010, 2, 1), d(2010, 3, 1))
        # nobody knows where they live: unknown, neither housed nor not
        for born, origin in ((d(1959, 9, 28), IRAQI), (d(1960, 10, 29), DANISH)):
            self._new("no_address_record", born, origin=origin).stays.append(one)
        # nothing within 30 days of 2011-02-01
        gap = self._new("address_gap", d(1961, 11, 30))
        gap.stays.append(one)
        gap.homes += [address(HOME, SINCE, d(2010, 11, 1)), address(HOME, d(2011, 6, 1))]
        # ten days after a home ended, forty before the next one: the nearer stands
        near = self._new("address_gap", d(1974, 2, 15), origin=DANISH)
        near.stays.append(one)
        near.homes += [address(HOME, SINCE, d(2011, 1, 22)), address(TEMPORARY, d(2011, 3, 13))]
        near = self._new("address_gap", d(1975, 3, 16))
        near.stays.append(one)
        near.homes += [address(TEMPORARY, SINCE, d(2010, 12, 20)), address(HOME, d(2011, 2, 11))]
        # the end is lost: no abode until 31 December 2008 and unknown until the home of 2010
        lost = self._new("lost_move", d(1976, 4, 17), origin=DANISH)
        lost.homes += [
            address(HOME, SINCE, d(2008, 3, 1)),
            address(NO_ABODE, d(2008, 3, 1), d(2009, 1, 1), told={2008: Told(d(2008, 3, 1), None)}),
            address(HOME, d(2010, 6, 1)),
        ]
        # without abode from 15 June, not 1 June 2009, and until 20 January 2011, as the file of 2011 says
        street = self._new("corrected_move", d(1977, 5, 18))
        first = Told(d(2009, 6, 1), None)
        street.homes += [
            address(HOME, SINCE, d(2009, 6, 1)),
            address(
                NO_ABODE,
                d(2009, 6, 15),
                d(2011, 1, 20),
                told={2009: first, 2010: first, 2011: Told(d(2009, 6, 15), d(2011, 1, 20))},
            ),
            address(HOME, d(2011, 1, 20)),
        ]
        # housed, and without abode again within the year; in another municipality in between
        kept = self._new("home_elsewhere_then_lost", d(1978, 6, 19), origin=GERMAN)
        kept.stays.append(stay(d(2011, 2, 1), d(2011, 3, 1)))
        kept.homes += [
            address(HOME, SINCE, d(2011, 2, 1)),
            address(NO_ABODE, d(2011, 2, 1), d(2011, 9, 1)),
            address(HOME, d(2011, 9, 1), d(2012, 7, 1), KOMKOD=FAR),
            address(NO_ABODE, d(2012, 7, 1), d(2012, 8, 1)),
            address(HOME, d(2012, 8, 1)),
        ]

    def _statuses_of_the_register(self) -> None:
        """On the follow-up day: 20 has no residence in Denmark, 70 has disappeared, 60 is a number given up."""
        d = date
        for k, (kind, status) in enumerate(
            (
                (ABROAD, "20"),
                (UNKNOWN, "70"),
                (UNKNOWN, "60"),
                (UNKNOWN, "50"),
                (UNKNOWN, "30"),
                (UNKNOWN, "05"),
                (UNKNOWN, "07"),
            )
        ):
            for j, origin in enumerate((IRAQI, DANISH)):
                who = self._new(f"cpr_status_{status}", d(1961 + k, 1 + j, 20 + j), origin=origin)
                who.stays.append(stay(d(2011, 4, 1), d(2011, 4, 20)))
                who.homes += [address(HOME, SINCE, d(2011, 9, 1)), address(kind, d(2011, 9, 1), CPRSTATUS=status)]

    def _treated(self, case: str, born: date, *contacts: Spell, **who: Any) -> Roofless:
        person = self._at_home(case, born, **who)
        person.contacts += contacts
        return person

    def _treatment(self) -> None:
        d, i = date, self._id
        self._treated(
            "second_secondary_drug",
            d(1979, 7, 20),
            contact(i(), d(2011, 3, 1), d(2011, 8, 1), ("heroin", "hash", "kokain")),
        )
        self._treated(
            "overlapping_contacts",
            d(1980, 8, 21),
            contact(i(), d(2012, 1, 10), d(2012, 6, 1), ("kokain", "", "")),
            contact(i(), d(2012, 3, 1), d(2012, 4, 1), ("heroin", "", "")),
            contact(i(), d(2012, 6, 8), d(2012, 9, 1), ("hash", "", "")),
        )
        self._treated(
            "same_day_contacts",
            d(1981, 9, 22),
            contact(i(), d(2013, 2, 1), d(2013, 2, 1), ("kokain", "hash", "")),
            contact(i(), d(2013, 2, 1), d(2013, 5, 1), ("kokain", "", "")),
        )
        # starts of any drug count for waiting and leaving
        self._treated(
            "waits_without_cocaine",
            d(1982, 10, 23),
            contact(i(), d(2012, 5, 1), d(2012, 6, 1), ("hash", "", ""), ANMODNINGSDATO=d(2012, 4, 1)),
        )
        self._treated(
            "residential_without_reason",
            d(1983, 11, 24),
            contact(i(), d(2012, 5, 1), d(2012, 9, 1), ("kokain", "", ""), BEHANDLINGSTYPE="D", AFSLUTNINGSAARSAG=None),
            contact(i(), d(2013, 5, 1), d(2013, 9, 1), ("hash", "", ""), BEHANDLINGSTYPE="D", AFSLUTNINGSAARSAG="A"),
        )
        # who starts and is no resident of 18-64 is in the count and in no rate
        self._treated(
            "starter_outside_the_rate", d(1940, 12, 25), contact(i(), d(2011, 5, 2), d(2011, 9, 1), ("kokain", "", ""))
        )
        self._treated(
            "starter_outside_the_rate",
            d(1984, 1, 26),
            contact(i(), d(2011, 5, 3), d(2011, 9, 1), ("kokain", "", "")),
            kom=FAR,
        )
        self._treated(
            "contact_of_another_municipality",
            d(1985, 2, 27),
            contact(i(), d(2011, 5, 4), d(2011, 9, 1), ("kokain", "", ""), KOM=FAR),
        )

    def _treatment_records(self) -> None:
        d, i = date, self._id
        lost = i()
        # open in 2008 only: over on 31 December 2008; the start of 2012 is a start
        self._treated(
            "lost_treatment_end",
            d(1986, 3, 28),
            contact(lost, d(2008, 2, 1), d(2008, 12, 31), ("kokain", "", ""), told={2008: Told(d(2008, 2, 1), None)}),
            contact(i(), d(2012, 5, 1), d(2012, 9, 1), ("kokain", "", "")),
        )
        self._treated(
            "corrected_intake",
            d(1987, 4, 29),
            contact(
                i(),
                d(2011, 1, 5),
                d(2011, 7, 1),
                ("kokain", "", ""),
                ANMODNINGSDATO=None,
                told={
                    2010: Told(d(2010, 12, 20), None, {"HOVEDSTOF": "hash"}),
                    2011: Told(d(2011, 1, 5), d(2011, 7, 1)),
                },
            ),
        )
        # homeless in June 2012, at home in May 2013: day 365 is 2013-04-01
        self._status(
            "changing_status",
            d(1988, 5, 10),
            d(2012, 4, 1),
            {2012: (d(2012, 6, 1), "2"), 2013: (d(2013, 5, 1), "1")},
            d(2013, 8, 1),
        )
        self._status(
            "changing_status",
            d(1989, 6, 11),
            d(2012, 4, 1),
            {2012: (d(2012, 6, 1), "1"), 2013: (d(2013, 5, 1), "2")},
            d(2013, 8, 1),
            origin=DANISH,
        )
        # the older status is nearer, and a later file tells another: day 365 is 2012-10-01
        self._status(
            "changing_status",
            d(1990, 7, 12),
            d(2011, 10, 2),
            {2011: (d(2011, 12, 1), "1"), 2012: (d(2012, 9, 1), "2"), 2013: (d(2013, 3, 1), "1")},
            d(2013, 6, 1),
        )
        # homeless at intake, own address, treatment over after a month
        self._status("status_at_intake", d(1953, 1, 30), d(2011, 3, 1), {2011: (d(2011, 3, 1), "2")}, d(2011, 4, 1))
        # a status within half a year that is not within 90 days
        self._status(
            "status_half_a_year_away", d(1954, 2, 11), d(2011, 3, 1), {2011: (d(2011, 10, 1), "2")}, d(2011, 12, 1)
        )

    def _status(
        self,
        case: str,
        born: date,
        start: date,
        told: Mapping[int, tuple[date, str]],
        end: date,
        origin: tuple[str, str] = IRAQI,
    ) -> None:
        """A contact whose status changes from file to file."""
        files = {
            y: Told(
                start,
                end if end.year <= y else None,
                {"STATUSDATO": day, "BOLIGSITUATION": code},
            )
            for y, (day, code) in told.items()
        }
        person = self._treated(case, born, contact(self._id(), start, end, told=files), origin=origin)
        person.statuses += [Status(day, code) for day, code in told.values()]

    def _every_code(self) -> None:
        """Every drug as main, first and second secondary drug; every kind of housing and of ending."""
        names = ("HOVEDSTOF", "BISTOF1", "BISTOF2", "BEHANDLINGSTYPE", "AFSLUTNINGSAARSAG", "BOLIGSITUATION")
        codes = {name: listed("drug_treatment", name, 2009) for name in names}
        for k in range(max(len(c) for c in codes.values())):
            # the secondary drugs are others than the main one
            says: dict[str, Any] = {
                name: c[(k + (names.index(name) if name.startswith("BI") else 0)) % len(c)] for name, c in codes.items()
            }
            start = date(2009, 2, 2) + timedelta(days=30 * k)
            person = self._treated(
                "every_drug_and_status",
                date(1955 + k, 4, 9),
                contact(self._id(), start, start, STATUSDATO=start, **says),
            )
            person.statuses.append(Status(start, says["BOLIGSITUATION"]))

    def write(self) -> None:
        """The rows of every file, under the number of the day."""
        for person in self.people:
            p = person.player
            parts = [
                ("section_110_stays", person.stays, ("CPR", "INDSKREVET", "UDSKREVET")),
                ("address_history", person.homes, ("CPR", "TILFLYTDTO", "FRAFLYTDTO")),
                ("drug_treatment", person.contacts, ("CPR", "INDSKRIVNINGSDATO", "BEHANDLINGAFSLUTTETDATO")),
            ]
            for source, spells, columns in parts:
                for spell in spells:
                    said = {k: v for k, v in spell.says.items() if k != "KIND"}
                    told = Spell(spell.start, spell.end, said, spell.told)
                    self.cast.report(source, p.number(spell.start), [told], columns)
