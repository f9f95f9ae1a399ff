"""Hard cases of children with measures: codes, municipalities, spells of the ninth grade and single marks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

from handleplan_pipeline.synthetic.children import SUBJECTS
from handleplan_pipeline.synthetic.hard.cast import DANISH, IRAQI, TURKISH, Cast, Player, Spell, Told
from handleplan_pipeline.synthetic.hard.codes import listed
from handleplan_pipeline.synthetic.hard.forms import BEGINS, ENDS, EVENTS_IN, Event
from handleplan_pipeline.synthetic.hard.reckon import Reckoning
from handleplan_pipeline.synthetic.hard.roofless import FAR
from handleplan_pipeline.synthetic.places import home, neighbour

PASSED = ("02", "4", "7", "10", "12")
"""Marks of the scale of 2007 that pass; -3 and 00 fail, all others are no marks."""
FAILED = ("-3", "00")
EXAM, TEACHER, TENTH, OLD = "Bundne prøvefag", "Standpunkt", "Obligatoriske prøvefag", "Prøvefag 2002-2006"
PLACEMENTS = ("100", "110", "120", "130", "140", "150", "160", "170", "180")
GRADES = {7: "27", 8: "28", 9: "29", 10: "30"}


Happened = tuple[str, date] | tuple[str, date, str]
"""An event of a placement, its day and, where it is not home, the acting municipality."""


class School(NamedTuple):
    """A spell at a school that ended: grade, first and last day, completed or not."""

    grade: int
    start: date
    end: date
    completed: bool
    exit: str = ""
    part: str = ""


class Mark(NamedTuple):
    subject: str
    form: str
    mark: str
    day: date


@dataclass
class Child:
    """A child with measures (last day inclusive), spells at school and marks."""

    player: Player
    measures: list[Spell] = field(default_factory=list)
    schools: list[School] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    socio: str = ""

    @property
    def turns_16(self) -> int:
        return self.player.birth.year + 16


def measure(
    code: str, start: date, end: date | None, kom: str | None = None, told: Mapping[int, Told] | None = None
) -> Spell:
    return Spell(start, end, {"PGF": code, "SLUTGRUND": "2", "HKOM": kom or home()}, told)


def ninth(end: date, completed: bool = True, grade: int = 9) -> School:
    return School(grade, date(end.year - 1, 8, 10), end, completed)


class Children:
    """The cases: everybody turns 16 in a year whose figures can be counted."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.people: list[Child] = []
        self._measures()
        self._schools()
        self._exams()
        self._registers()
        self._every_code()
        self.events: list[Event] = []
        self._events()

    def _new(self, case: str, born: date, completed: bool | None = True, measured: bool = True, **who: Any) -> Child:
        """A child with an ordinary measure that left the ninth grade in June of the year it turned 16, passing all."""
        child = Child(self.cast.person(case, born, **who))
        self.people.append(child)
        t = child.turns_16
        if measured:
            child.measures.append(measure("225", date(t - 1, 2, 1), date(t - 1, 11, 30)))
        if completed is not None:
            child.schools.append(ninth(date(t, 6, 25), completed))
            child.marks += [Mark(s, EXAM, "7", date(t, 6, 15)) for s in SUBJECTS]
        return child

    def _measures(self) -> None:
        d = date
        for k, code in enumerate(PLACEMENTS):
            child = self._new(
                "placement_100_180", d(1995 + k % 3, 3, 3 + k), k % 3 > 0, measured=False, origin=(IRAQI, DANISH)[k % 2]
            )
            t = child.turns_16
            child.measures.append(measure(code, d(t - 1, 1, 10), d(t - 1, 5, 20)))
        # one start, two municipalities: home's is one of them
        for born, first, second in ((d(1994, 5, 13), neighbour(), home()), (d(1995, 6, 14), home(), FAR)):
            child = self._new("measure_of_two_municipalities", born, measured=False)
            start, end = d(child.turns_16 - 1, 3, 1), d(child.turns_16 - 1, 9, 1)
            child.measures += [measure("120", start, end, first), measure("120", start, end, second)]
        # another municipality's child: in no cohort
        child = self._new("measure_of_two_municipalities", d(1996, 7, 15), measured=False)
        child.measures.append(measure("120", d(2011, 3, 1), d(2011, 9, 1), FAR))
        # open in the files until 2007 and in none after: over on 31 December 2007, seven months before the window
        told = {y: Told(d(2005, 1, 1), None) for y in (2006, 2007)}
        child = self._new("lost_end_of_measure", d(1994, 5, 14), measured=False, origin=DANISH)
        child.measures.append(measure("130", d(2005, 1, 1), d(2007, 12, 31), told=told))
        child = self._new("lost_end_of_measure", d(1993, 6, 15), measured=False)
        child.measures.append(measure("130", d(2005, 1, 1), d(2007, 12, 31), told=told))
        # told to begin in June 2010, corrected to September, after the window
        child = self._new("corrected_measure", d(1994, 8, 16), measured=False)
        child.measures.append(
            measure(
                "140",
                d(2010, 9, 1),
                d(2011, 5, 1),
                told={2010: Told(d(2010, 6, 1), None), 2011: Told(d(2010, 9, 1), d(2011, 5, 1))},
            )
        )
        # corrected the other way: into the window
        child = self._new("corrected_measure", d(1995, 9, 17), measured=False, origin=DANISH)
        child.measures.append(
            measure(
                "140",
                d(2011, 6, 1),
                d(2012, 5, 1),
                told={2011: Told(d(2011, 9, 1), None), 2012: Told(d(2011, 6, 1), d(2012, 5, 1))},
            )
        )

    def _schools(self) -> None:
        d = date
        # left without completing, and completed a year later
        child = self._new("two_spells_of_grade_9", d(1995, 2, 3), False)
        child.schools.append(ninth(d(2012, 6, 25)))
        # moved in the middle of the year: the second spell completes
        child = self._new("two_spells_of_grade_9", d(1996, 3, 4), None, origin=DANISH)
        child.schools += [
            School(9, d(2011, 8, 10), d(2012, 1, 31), False),
            School(9, d(2012, 2, 1), d(2012, 6, 26), True),
        ]
        # two spells, never completed
        child = self._new("two_spells_of_grade_9", d(1996, 4, 5), False, origin=TURKISH)
        child.schools.append(ninth(d(2013, 6, 25), False))
        # completed on a school beside another that did not
        child = self._new("overlapping_spells_at_school", d(1997, 5, 6), None)
        child.schools += [
            School(9, d(2012, 8, 10), d(2013, 6, 25), True),
            School(9, d(2012, 10, 1), d(2013, 3, 1), False),
        ]
        # the eighth and the tenth grade complete no ninth
        child = self._new("grade_8_or_10", d(1995, 7, 8), None, origin=DANISH)
        child.schools.append(ninth(d(2011, 6, 25), True, 8))
        child = self._new("grade_8_or_10", d(1996, 8, 9), None)
        child.schools += [ninth(d(2012, 6, 25), False), ninth(d(2013, 6, 25), True, 10)]
        child = self._new("grade_8_or_10", d(1997, 9, 10), None, origin=DANISH)
        child.schools += [ninth(d(2012, 6, 25), True, 8), ninth(d(2013, 6, 25)), ninth(d(2014, 6, 25), True, 10)]

    def _exams(self) -> None:
        d = date
        # one mark is missing: unknown, although the others are good
        child = self._new("single_mark", d(1995, 10, 11))
        child.marks = child.marks[:1]
        child = self._new("single_mark", d(1996, 11, 12), origin=DANISH)
        child.marks = child.marks[1:]
        # failed in June, passed again in December
        child = self._new("re_exam", d(1995, 12, 13))
        child.marks[0] = Mark(SUBJECTS[0], EXAM, "00", d(2011, 6, 15))
        child.marks.append(Mark(SUBJECTS[0], EXAM, "02", d(2011, 12, 15)))
        # passed the year after, before 1 October
        child = self._new("re_exam", d(1996, 1, 14), origin=DANISH)
        child.marks[1] = Mark(SUBJECTS[1], EXAM, "-3", d(2012, 6, 15))
        child.marks.append(Mark(SUBJECTS[1], EXAM, "4", d(2013, 6, 15)))
        # and after it: failed
        child = self._new("re_exam", d(1996, 2, 15))
        child.marks[1] = Mark(SUBJECTS[1], EXAM, "00", d(2012, 6, 15))
        child.marks.append(Mark(SUBJECTS[1], EXAM, "12", d(2013, 12, 15)))
        # worse the second time: the best stands
        child = self._new("re_exam", d(1997, 3, 16), origin=DANISH)
        child.marks.append(Mark(SUBJECTS[2], EXAM, "00", d(2013, 12, 15)))
        # a teacher's mark replaces no exam
        child = self._new("teacher_s_mark_only", d(1997, 4, 17))
        child.marks = [m._replace(form=TEACHER) for m in child.marks]

    def _registers(self) -> None:
        d = date
        # moved to Aarhus: lives in Denmark
        self._new("moved_within_denmark", d(1994, 9, 18), bef={y: {"municipality": FAR} for y in range(2011, 2100)})
        self._new("moved_abroad", d(1994, 10, 19), bef=dict.fromkeys(range(2011, 2100)), origin=DANISH)
        # of the ancestry of the year in which the child turns 16
        change = {y: {"ie_type": "2", "origin": "5432"} for y in range(2012, 2100)}
        self._new("changed_ancestry", d(1995, 1, 20), origin=("3", "5432"), bef=change)
        self._new("changed_ancestry", d(1996, 2, 21), origin=DANISH, bef=change)
        self._new(
            "changed_ancestry",
            d(1997, 3, 22),
            origin=("3", "5180"),
            bef={y: {"ie_type": "1", "origin": "5100"} for y in range(2012, 2100)},
        )
        # no row in the year of turning 16: the one before it stands
        self._new("gap_in_population", d(1995, 4, 23), bef={2011: None})
        self._new("gap_in_population", d(1996, 5, 24), origin=DANISH, bef={2011: None, 2012: None})
        for k, blank in enumerate(("", "0", "9")):
            self._new("blank_ancestry", d(1996, 6, 25 + k), origin=(blank, ""))

    def _every_code(self) -> None:
        """Every mark and form once; every measure, part of school, way of leaving and status of the family."""
        d = date
        for k, mark in enumerate(listed("dst_udfk", "GRUNDSKOLEKARAKTER", 2010)):
            child = self._new("every_mark", d(1994 + k % 4, 11, 2 + k))
            child.marks[0] = child.marks[0]._replace(mark=mark)
        for k, form in enumerate(listed("dst_udfk", "PROEVEFORM", 2010)):
            child = self._new("every_mark", d(1994 + k % 4, 12, 2 + k))
            child.marks.append(Mark(SUBJECTS[0], form, "00", child.marks[0].day.replace(month=5)))
        codes = [c for c in listed("dst_bufo", "PGF", 2014) if c not in PLACEMENTS]
        for k in range(0, len(codes), 6):
            child = self._new(
                "every_measure", d(1998, 2, 3 + k // 6), measured=False, origin=(IRAQI, DANISH)[k % 4 // 2]
            )
            child.measures += [measure(c, d(2014, 1, 10 + n), d(2014, 7, 1)) for n, c in enumerate(codes[k : k + 6])]
        statuses = listed("dst_income", "SOCIO13", 2012)
        exits = listed("dst_kotre", "AFG_ART", 2012)
        for k in range(max(len(statuses), len(exits))):
            child = self._new("every_status_and_exit", d(1996, 1 + k % 12, 3 + k // 12), origin=(IRAQI, DANISH)[k % 2])
            child.socio = statuses[k % len(statuses)]
            child.schools[0] = child.schools[0]._replace(exit=exits[k % len(exits)])
        child = self._new("every_part_of_school", d(1997, 6, 7))
        for k, part in enumerate(listed("dst_kotre", "UDEL", 2012)):
            if part != GRADES[9]:
                child.schools.append(School(0, d(2011, 8, 10), d(2012, 6, 1) + timedelta(days=k), True, part=part))

    def _placed(
        self,
        case: str,
        born: date,
        happened: Sequence[Happened],
        *spells: Spell,
        completed: bool = True,
    ) -> None:
        """A child whose placements the file of events tells by what happened, and the others' files by `spells`."""
        child = self._new(case, born, completed, measured=False)
        child.measures += spells
        self.events += [Event(child.player, code, day, kom=kom[0] if kom else "") for code, day, *kom in happened]

    def _events(self) -> None:
        """Placements that are told as events, of children who turn 16 in 2013 or 2014."""
        d, unseen = date, dict[int, Told]()
        case = "placement_as_events"
        # begun, another place, returned: one spell
        seen: list[Happened] = [(BEGINS, d(2013, 2, 1)), ("1", d(2013, 4, 1)), (ENDS, d(2013, 6, 30))]
        self._placed(case, d(1997, 4, 20), seen, measure("199", d(2013, 2, 1), d(2013, 6, 30), told=unseen))
        # open in the file of spells before it, over in the file of events
        spell = measure("120", d(2012, 5, 1), d(2013, 1, 15), told={2012: Told(d(2012, 5, 1), None)})
        self._placed(case, d(1997, 5, 21), [(BEGINS, spell.start), (ENDS, d(2013, 1, 15))], spell, completed=False)
        # decided within the window, begun after it
        spell = measure("199", d(2013, 8, 15), None, told={y: Told(d(2013, 8, 15), None) for y in (2014, 2015)})
        self._placed(case, d(1997, 6, 22), [("0.2", d(2013, 6, 1)), (BEGINS, spell.start)], spell)
        # an end of what nobody saw begin: no day of it is known
        self._placed("end_without_a_beginning", d(1997, 7, 23), [(ENDS, d(2013, 3, 1))])
        # returned and placed anew on one day
        days = [d(2013, 1, 10), d(2013, 3, 1), d(2013, 9, 30)]
        seen = [(BEGINS, days[0]), (ENDS, days[1]), (BEGINS, days[1]), (ENDS, days[2])]
        spells = [measure("199", a, b, told=unseen) for a, b in pairwise(days)]
        self._placed("placed_anew_on_the_day", d(1998, 3, 24), seen, *spells, completed=False)
        # another municipality took over within the window; home took over after it
        last = d(2013, 12, 1)
        for born, over, first, second in (
            (d(1997, 8, 25), d(2013, 3, 1), home(), neighbour()),
            (d(1997, 9, 26), d(2013, 8, 10), neighbour(), home()),
        ):
            seen = [(BEGINS, d(2013, 1, 5), first), ("5.5", over, first), ("7.5", over, second), (ENDS, last, second)]
            spells = [measure("199", d(2013, 1, 5), over, first, told=unseen)]
            spells.append(measure("199", over, last, second, told=unseen))
            self._placed("placement_of_two_municipalities", born, seen, *spells)
        self._every_event(unseen)

    def _every_event(self, unseen: Mapping[int, Told]) -> None:
        """Every event, and every kind of place, of a child each."""
        start = date(2013, 1, 10)
        # in an order in which each can happen: nothing ends before the last
        codes = sorted(listed("dst_bua", "HAENDELSE", EVENTS_IN), key=lambda c: (c[0] == ENDS, c != "0.2"))
        spell = measure("199", start + timedelta(1), start + timedelta(len(codes) - 2), told=unseen)
        seen = [(code, start + timedelta(k)) for k, code in enumerate(codes)]
        self._placed("every_placement_event", date(1998, 4, 25), seen, spell)
        child = self._new("every_placement_event", date(1998, 5, 26), measured=False)
        child.measures.append(measure("199", start, None, told=unseen))
        for k, place in enumerate(listed("dst_bua", "ANSTED_KLAS", EVENTS_IN)):
            self.events.append(Event(child.player, "1" if k else BEGINS, start + timedelta(k), place))

    def write(self) -> None:
        for child in self.people:
            number = child.player.number(date.min)
            for k, m in enumerate(child.measures):
                source = "dst_bua" if m.says["PGF"] < "200" or k % 2 else "dst_bufo"
                self.cast.report(source, number, [m], ("PNR", "SAG_VFRA", "SAG_VTIL"))
            if child.socio:
                y = child.turns_16
                self.cast.send("dst_income", y, PNR=number, SOCIO13=child.socio, INDKOMST_DECIL=5, AAR=y)
            for s in child.schools:
                self.cast.send(
                    "dst_kotre",
                    s.end.year,
                    PNR=number,
                    UDD="1529",
                    UDEL=s.part or GRADES[s.grade],
                    AUDD="1529" if s.completed else "0",
                    ELEV3_VFRA=s.start,
                    ELEV3_VTIL=s.end,
                    AFG_ART=s.exit or ("31" if s.completed else "21"),
                )
            for mark in child.marks:
                self.cast.send(
                    "dst_udfk",
                    mark.day.year,
                    PNR=number,
                    GRUNDSKOLEFAG=mark.subject,
                    PROEVEFORM=mark.form,
                    GRUNDSKOLEKARAKTER=mark.mark,
                    SKOLEAAR=f"{mark.day.year - (mark.day.month < 8)}/{mark.day.year + (mark.day.month >= 8)}",
                    KARAKTERDATO=mark.day,
                )


def outcome(child: Child) -> bool | None:
    """Whether every compulsory subject was passed by 1 October of the next year; None where one has no mark."""
    t = child.turns_16
    passed = []
    for subject in SUBJECTS:
        marks = {m.mark for m in child.marks if m.subject == subject and m.form == EXAM and m.day <= date(t + 1, 10, 1)}
        if not marks & {*PASSED, *FAILED}:
            return None
        passed.append(bool(marks & set(PASSED)))
    return all(passed)


def reckon(r: Reckoning, cast: Children) -> None:
    for t in r.years:
        if t - 2 < r.years[0] or t + 1 > r.years[-1]:
            continue
        first, last = date(t - 2, 8, 1), date(t, 7, 31)
        cohort = [
            c
            for c in cast.people
            if c.turns_16 == t
            and any(
                m.says["HKOM"] == home() and m.start <= last and (m.end is None or m.end >= first) for m in c.measures
            )
        ]
        stays = [c for c in cohort if t + 1 in c.player.bef]
        left = [c for c in cohort if t + 1 not in c.player.bef and c.player.row(t) is not None]
        _plant(r, t, stays, left)


def completed(child: Child) -> bool:
    by = date(child.turns_16 + 1, 10, 1)
    return any(s.grade == 9 and s.completed and s.end <= by for s in child.schools)


def _plant(r: Reckoning, t: int, stays: list[Child], left: list[Child]) -> None:
    persons, gone = [c.player for c in stays], [c.player for c in left]
    hits = [completed(c) for c in stays]
    r.add("I01", t, persons, hits)
    r.add("I01_all", t, persons, hits)
    r.add("I01_left", t, gone)
    r.add("I01_left_failed", t, persons + gone, hits + [False] * len(gone))
    known = [c for c in stays if outcome(c) is not None]
    r.add("I01_exam", t, [c.player for c in known], [bool(outcome(c)) for c in known])
    r.add("I01_exam_unknown", t, [c.player for c in stays if outcome(c) is None])
