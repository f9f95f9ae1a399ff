"""Hard cases of shelters, addresses and drug treatment: who slept where, and what the files say of it."""

from datetime import date
from typing import Any

from handleplan_pipeline.synthetic.hard.cast import DANISH, GERMAN, IRAQI, TURKISH, Cast, Spell, Told
from handleplan_pipeline.synthetic.hard.roofless import (
    ABROAD,
    FAR,
    HOME,
    NO_ABODE,
    SINCE,
    TEMPORARY,
    UNKNOWN,
    Roofless,
    address,
    stay,
)
from handleplan_pipeline.synthetic.hard.treatment import Treatment
from handleplan_pipeline.synthetic.places import neighbour


class Homeless:
    """The cases, in the order of the findings."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.people: list[Roofless] = []
        self._stays()
        self._stay_records()
        self._addresses()
        self._statuses_of_the_register()
        self._anonymous()
        Treatment(self.cast, self.people)

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
        # 70 nights and 70 nights, two days apart; a visit of no night on the day between makes them no one stay
        self._at_home(
            "visit_between_stays",
            d(1966, 12, 13),
            stay(d(2012, 3, 1), d(2012, 5, 10)),
            stay(d(2012, 5, 11), d(2012, 5, 11), "B902"),
            stay(d(2012, 5, 12), d(2012, 7, 21)),
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
        self.cast.renumber(two.player, d(2012, 6, 10), 2)
        two.stays += [stay(d(2012, 4, 1), d(2012, 6, 10)), stay(d(2012, 6, 10), d(2012, 8, 19), "B902")]
        # a man whose sex is corrected in the register, with his number
        other = self._at_home(
            "changed_sex",
            d(1973, 1, 14),
            stay(d(2011, 2, 1), d(2011, 6, 15)),
            bef={y: {"sex": 2} for y in range(2013, 2100)},
        )
        self.cast.renumber(other.player, d(2012, 9, 1), 2)
        other.stays.append(stay(d(2013, 5, 1), d(2013, 6, 1)))

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

    def _anonymous(self) -> None:
        """Guests without a number: nobody, and no broken rows."""
        self.cast.planted["anonymous_guest"] = {""}
        for start, end in ((date(2011, 2, 1), date(2011, 2, 9)), (date(2012, 5, 1), date(2012, 5, 1))):
            self.cast.report("section_110_stays", "", [stay(start, end)], ("CPR", "INDSKREVET", "UDSKREVET"))

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
