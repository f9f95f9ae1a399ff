"""Hard cases of drug treatment: second drugs, overlapping contacts, lost ends, statuses that change by file."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from handleplan_pipeline.synthetic.hard.cast import DANISH, IRAQI, Cast, Spell, Told
from handleplan_pipeline.synthetic.hard.codes import listed
from handleplan_pipeline.synthetic.hard.roofless import FAR, HOME, SINCE, Roofless, Status, address, contact


class Treatment:
    """Adds its persons to those of homelessness, because one life decides both."""

    def __init__(self, cast: Cast, people: list[Roofless]) -> None:
        self.cast, self.people = cast, people
        self.contacts = 0
        self._treatment()
        self._treatment_records()
        self._every_code()

    def _id(self) -> str:
        self.contacts += 1
        return f"HARD{self.contacts:05d}"

    def _treated(self, case: str, born: date, *contacts: Spell, **who: Any) -> Roofless:
        person = Roofless(self.cast.person(case, born, **who), homes=[address(HOME, SINCE)])
        self.people.append(person)
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
