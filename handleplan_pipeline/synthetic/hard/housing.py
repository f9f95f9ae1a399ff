"""Hard cases of areas and benefits: a second list, renamed and merged areas, every benefit, every answer of a form."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from handleplan_pipeline.sources.codes import code_list
from handleplan_pipeline.sources.deliveries.parse import reference_week
from handleplan_pipeline.synthetic.hard.cast import DANISH, IRAQI, Cast, Player
from handleplan_pipeline.synthetic.hard.codes import listed
from handleplan_pipeline.synthetic.hard.forms import OTHER_WEEKS, WEEKS_IN
from handleplan_pipeline.synthetic.hard.reckon import Reckoning
from handleplan_pipeline.synthetic.housing import VERSION
from handleplan_pipeline.synthetic.places import home
from handleplan_pipeline.synthetic.truth import FIRST_OF_B1

SECOND_LIST, SECOND_DATE = "ghetto_2010", date(2010, 10, 26)
ON_BOTH = ("OMR01", "OMR02", "OMR03", "OMR04", "OMR05", "OMR06")
ONLY_SECOND = ("OMR90", "OMR91", "OMR92", "OMR93")
LATER, LATER_FROM = "OMR90", 2012
"""On the second list of 2010 only, and on the first one from here on: new there."""
RENAMED, RENAMED_TO, RENAMED_FROM = "OMR80", "OMR80A", 2013
MERGED, MERGED_TO, MERGED_FROM = ("OMR81", "OMR82"), "OMR83", 2014
BASELINE = (RENAMED, *MERGED)
"""Areas of the list of January 2010 that the crowd does not live in."""
BENEFITS_FROM = 2010
"""From when the figures of goal 10 are counted."""
WHOLE = ("total", "total")


@dataclass
class Resident:
    """Where a person lives by year (area of the day's own name), and the benefit of each of the year's weeks."""

    player: Player
    area: dict[int, str]
    weeks: dict[int, list[str]] = field(default_factory=dict)
    elsewhere: str = ""
    """The benefit in the weeks of other years that one file has too."""


def weeks_of(year: int) -> int:
    return date(year, 12, 28).isocalendar().week


def origin_of(area: str) -> str:
    """The area of January 2010 that an area is, by its former names; a merged one is the first of them."""
    return {RENAMED_TO: RENAMED, MERGED_TO: MERGED[0]}.get(area, area)


def on_the_list(year: int) -> set[str]:
    """Areas of the cases on the list of January of `year`, under the names of that year."""
    found = {RENAMED_TO if year >= RENAMED_FROM else RENAMED}
    found |= {MERGED_TO} if year >= MERGED_FROM else set(MERGED)
    return found | ({LATER} if year >= LATER_FROM else set())


class Housing:
    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.people: list[Resident] = []
        self.forms: list[tuple[int, dict[str, Any]]] = []
        for case in (
            "second_area_list",
            "area_on_a_later_list",
            "renamed_area",
            "merged_areas",
            "every_answer_of_a_form",
        ):
            cast.planted[case] = set()
        self._areas()
        self._benefits()
        self._forms()

    def _lives(self, case: str, born: date, area: dict[int, str], code: str = "", **who: Any) -> Resident:
        resident = Resident(self.cast.person(case, born, **who), area)
        for y in area:
            resident.weeks[y] = [code] * weeks_of(y)
        self.people.append(resident)
        return resident

    def _areas(self) -> None:
        years = self.cast.years
        renamed = {y: RENAMED_TO if y >= RENAMED_FROM else RENAMED for y in years}
        for k in range(4):
            code = ("130", "")[k % 2]
            origin = (IRAQI, DANISH)[k // 2]
            self._lives("area_on_a_later_list", date(1970 + k, 2, 3), dict.fromkeys(years, LATER), code, origin=origin)
            self._lives("renamed_area", date(1975 + k, 3, 4), renamed, code, origin=origin)
            merged = {y: MERGED_TO if y >= MERGED_FROM else MERGED[k // 2] for y in years}
            self._lives("merged_areas", date(1980 + k, 4, 5), merged, code, origin=origin)

    def _benefits(self) -> None:
        # a code a year and person, late ones in late years
        years = range(BENEFITS_FROM, self.cast.years[-1] + 1)
        of_year: dict[int, list[str]] = {y: [] for y in years}
        valid = {y: set(listed("dst_dream", "Y_*", y)) for y in years}
        for code in sorted(set().union(*valid.values())):
            allowed = [y for y in years if code in valid[y]]
            of_year[min(allowed, key=lambda y: len(of_year[y]))].append(code)
        for k in range(max(len(c) for c in of_year.values())):
            born, origin = date(1965 + k % 20, 1 + k % 12, 2 + k % 26), (IRAQI, DANISH)[k % 2]
            mine = {y: c[k] for y, c in of_year.items() if k < len(c)}
            resident = self._lives("every_benefit", born, dict.fromkeys(mine, "OMR01"), origin=origin)
            resident.weeks = {y: [code] * weeks_of(y) for y, code in mine.items()}
        # half of 52 weeks to the week, one less, and a benefit that changes in the reference week
        for case, first, second, turn in (
            ("half_a_year_of_benefit", "130", "", 26),
            ("half_a_year_of_benefit", "130", "", 25),
            ("benefit_changes_in_the_week", "130", "", None),
            ("benefit_changes_in_the_week", "", "890", None),
        ):
            resident = self._lives(case, date(1985, 5, 6 + len(self.people) % 20), {2013: "OMR02"})
            at = int(reference_week(2013)[2:]) - 1 if turn is None else turn
            n = weeks_of(2013)
            resident.weeks[2013] = [first] * at + [second] * (n - at)
        # one file has weeks of other years too: they are no weeks of the year
        for k, (weeks, elsewhere) in enumerate(((0, "130"), (25, "130"), (26, ""), (52, ""))):
            resident = self._lives("weeks_of_other_years", date(1987, 6, 8 + k), {WEEKS_IN: "OMR03"})
            resident.weeks[WEEKS_IN] = [""] * (weeks_of(WEEKS_IN) - weeks) + ["130"] * weeks
            resident.elsewhere = elsewhere
        # lives there under the old number, is in DREAM under the new one
        resident = self._lives("changed_number_of_a_resident", date(1986, 6, 7), {2012: "OMR03"}, "130")
        self.cast.renumber(resident.player, date(2012, 3, 1), 1)

    def _forms(self) -> None:
        names = ("KOEN", "ETNISK_BAGGRUND", "FORSOERGELSE", "SKREVET_OP_BOLIG", "SITUATION")
        for y in (2009, 2011):
            codes = {name: listed("sfi_person_forms", name, y) for name in names}
            for k in range(max(len(c) for c in codes.values())):
                answers: dict[str, Any] = {name: c[k % len(c)] for name, c in codes.items()}
                self.forms.append((y, {**answers, "SKEMA_ID": f"HARD{k:03d}", "ALDER": 30 + k}))

    def write(self) -> None:
        self._write_areas()
        for r in self.people:
            for y, area in r.area.items():
                p = r.player
                self.cast.send(
                    "housing_residents",
                    y,
                    CPR=p.number(date(y, 1, 1)),
                    OMRAADE_ID=area,
                    OMRAADE_TYPE="omraade",
                    REFERENCEDATO=date(y, 1, 1),
                )
                names = [f"Y_{y % 100:02d}{w:02d}" for w in range(1, weeks_of(y) + 1)]
                weeks = dict(zip(names, r.weeks[y], strict=True))
                weeks |= dict.fromkeys(OTHER_WEEKS, r.elsewhere) if r.elsewhere else {}
                if any(weeks.values()):
                    self.cast.send("dst_dream", y, PNR=p.number(date(y, 12, 31)), AAR=y, **weeks)
        for y, answers in self.forms:
            self.cast.send("sfi_person_forms", y, TAELLEDATO=date(y, 2, 4), KOMMUNE=home(), **answers)

    def _write_areas(self) -> None:
        for y in self.cast.years:
            for area in sorted(on_the_list(y)):
                self._area(y, area, date(y, 1, 15), VERSION, True)
            if y < LATER_FROM and y != 2010:
                self._area(y, LATER, date(y, 1, 15), VERSION, False)
        for area in (*ON_BOTH, *ONLY_SECOND):
            self._area(2010, area, SECOND_DATE, SECOND_LIST, area in ON_BOTH)
        new_names = [(RENAMED, RENAMED_TO, RENAMED_FROM)] + [(area, MERGED_TO, MERGED_FROM) for area in MERGED]
        for before, after, year in new_names:
            self.cast.send(
                "housing_area_keys",
                year,
                OMRAADE_TYPE="omraade",
                OMRAADE_ID_FOER=before,
                OMRAADE_ID_NY=after,
                GYLDIG_FRA=date(year, 1, 1),
            )

    def _area(self, y: int, area: str, day: date, version: str, meets: bool) -> None:
        self.cast.send(
            "housing_areas",
            y,
            OMRAADE_ID=area,
            OMRAADE_TYPE="omraade",
            STATUSDATO=day,
            KRITERIEVERSION=version,
            PAA_LISTEN=meets or version == SECOND_LIST,
            KRITERIER_2010=meets,
            BOLIGER=1000,
        )


def reckon(r: Reckoning, cast: Housing) -> None:
    use = dict(code_list("benefit").select("code", "use").rows())
    for t in r.years:
        if t > 2010:
            new = {origin_of(a) for a in on_the_list(t)} - set(BASELINE)
            for name in ("I13a", "I13a_constant"):
                r.row(name, t, "all", WHOLE, None, None, float(len(new)))
        if t >= 2010:
            _shares(r, t, [x for x in cast.people if t in x.area and x.player.resident(t)], use)
    _counted_forms(r, cast)


def _shares(r: Reckoning, t: int, people: list[Resident], use: dict[str, str]) -> None:
    at = int(reference_week(t)[2:]) - 1
    people = [x for x in people if 18 <= x.player.age(t) <= 64]
    fixed = [x for x in people if origin_of(x.area[t]) in (*BASELINE, *ON_BOTH)]
    current = [x for x in people if x.area[t] in on_the_list(t) or x.area[t] in ON_BOTH]

    def on(x: Resident) -> bool:
        return use.get(x.weeks[t][at]) == "counted"

    def retired(x: Resident) -> bool:
        return use.get(x.weeks[t][at]) == "optional"

    def half(x: Resident) -> bool:
        return sum(use.get(w) == "counted" for w in x.weeks[t]) * 2 >= len(x.weeks[t])

    r.add("I12a", t, [x.player for x in fixed], [on(x) for x in fixed])
    r.add("I12a_half_year", t, [x.player for x in fixed], [half(x) for x in fixed])
    r.add("I12a_early_retirement", t, [x.player for x in fixed], [on(x) or retired(x) for x in fixed])
    r.add("I12a_current", t, [x.player for x in current], [on(x) for x in current])


def _counted_forms(r: Reckoning, cast: Housing) -> None:
    """The groups of the forms: Greenlanders belong to the realm."""
    of = {"dansk": "danish", "groenlandsk": "danish", "uoplyst": "unknown"}
    for t in sorted({y for y, _ in cast.forms if y >= FIRST_OF_B1}):
        r.row("B1_homeless_week6", t, "all", WHOLE, sum(y == t for y, _ in cast.forms), None)
        for g in ("minority", "danish", "unknown"):
            mine = [f for y, f in cast.forms if y == t and of.get(f["ETNISK_BAGGRUND"], "minority") == g]
            r.row("B1_homeless_week6", t, g, WHOLE, len(mine), None)
            listed_up = [f["SKREVET_OP_BOLIG"] for f in mine if f["SKREVET_OP_BOLIG"] != "U"]
            r.row("B1_share_on_housing_list", t, g, WHOLE, listed_up.count("J"), len(listed_up))
            income = [f["FORSOERGELSE"] for f in mine if f["FORSOERGELSE"] != "uoplyst"]
            for q, answer in (
                ("no_income", "ingen"),
                ("disability_pension", "foertidspension"),
                ("cash_benefit", "kontanthjaelp"),
            ):
                r.row(f"B1_share_{q}", t, g, WHOLE, income.count(answer), len(income))
