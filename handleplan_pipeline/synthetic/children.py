"""Children with measures: cases, school exits, marks and family background. Plants I01."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from handleplan_pipeline.synthetic.files import dates, day, numbers_of, write_delivery
from handleplan_pipeline.synthetic.places import home, neighbour
from handleplan_pipeline.synthetic.population import Population
from handleplan_pipeline.synthetic.truth import Truth
from schemas.sources import dst_bua, dst_bufo, dst_education_background, dst_income, dst_kotre, dst_udfk

WITH_MEASURE = 0.055
"""3,970 children with support in Copenhagen (KK 2012) among some 72,000 aged 0-17."""
COMPLETED = {1: 0.66, 2: 0.60, 3: 0.60, 0: 0.60}
"""Share completing 9th grade among children with a measure: 63 % in the municipal reports of 2021/22."""
OUTCOMES, OUTCOME_SHARES = ("passed", "failed", "exempt", "none"), (0.5, 0.2, 0.1, 0.2)
WINDOWS = ("inside", "last_day_before", "first_day", "open", "after")
WINDOW_SHARES = (0.6, 0.1, 0.1, 0.15, 0.05)
PLACED = "199"
"""A placement whose section is not stated: what a file of events says too, so that a file may be of either form."""
SUBJECTS = ("DAN", "MAT", "ENG", "FYK")


class Mark(NamedTuple):
    """A mark of the ninth grade as the register has it."""

    person: int
    subject: str
    form: str
    mark: str


class Children:
    """The cohort of each year t: who turns 16, has a measure somewhere near the window, and what became of them."""

    def __init__(self, population: Population, rng: np.random.Generator) -> None:
        self.population, self.rng = population, rng
        year = population.birth.astype("datetime64[Y]").astype(np.int64) + 1970
        ever = (population.municipality > 0).any(axis=0)
        turning = year + 16
        # two years more at both ends: their cases reach into the first and the last file
        young = np.flatnonzero(ever & (turning >= population.years[0] - 2) & (turning <= population.years[-1] + 2))
        # an even share of each year, so that chance makes no cohort half as large as the next
        young = young[np.lexsort((rng.random(len(young)), turning[young]))]
        share = WITH_MEASURE * 2 * np.arange(len(young) + 1)
        self.person = np.sort(young[np.diff(np.floor(share)) > 0])
        self.t: NDArray[np.int64] = turning[self.person]
        n = len(self.person)
        self.window = rng.choice(len(WINDOWS), n, p=WINDOW_SHARES)
        self.elsewhere = rng.random(n) < 0.03
        self.placed = rng.random(n) < 0.3
        self.completed = rng.random(n) < np.array([COMPLETED[k] for k in (0, 1, 2, 3)])[population.ie_type[self.person]]
        self.late = rng.random(n) < 0.04
        self.outcome = rng.choice(len(OUTCOMES), n, p=OUTCOME_SHARES)
        self.start, self.end = self._cases()

    def _cases(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """First and last day of each child's case; one that is open is closed two years after the window."""
        opens = np.array([day(t - 2, 8, 1) for t in self.t], dtype=np.int64)
        closes = np.array([day(t, 7, 31) for t in self.t], dtype=np.int64)
        spread = self.rng.integers(0, 500, len(self.t))
        start = np.select(
            [self.window == 0, self.window == 1, self.window == 2, self.window == 3],
            [opens + spread, opens - 200, opens - 200, closes - 100],
            closes + 1,
        )
        end = np.select(
            [self.window == 0, self.window == 1, self.window == 2, self.window == 3],
            [opens + spread + 150, opens - 1, opens, closes + 2 * 365],
            closes + 90,
        )
        return start, end

    @property
    def counted(self) -> NDArray[np.bool_]:
        """In the window with the city acting: inside, on its first day, or open."""
        return np.isin(self.window, (0, 2, 3)) & ~self.elsewhere

    def mentioned(self) -> NDArray[np.bool_]:
        """Years x persons of the population: who is in a file of the year."""
        p = self.population
        leaves = [day(t, 6, 15) for t in np.where(self.late, self.t + 2, self.t)]
        exam = [day(t, 6, 15) for t in self.t]
        spells = ((self.start, self.end), (leaves, leaves), (exam, exam))
        found = [p.years_of(self.person, np.array(a), np.array(b)) for a, b in spells]
        return np.asarray(np.logical_or.reduce(found))

    def plant(self, truth: Truth, years: range) -> None:
        """I01 for every year whose next 1 January and next autumn are delivered."""
        p = self.population
        for t in years:
            if t - 2 < years[0] or t + 1 > years[-1]:
                continue
            cohort = self.counted & (self.t == t)
            stays = cohort & p.in_population(t + 1)[self.person]
            left = cohort & ~p.in_population(t + 1)[self.person] & p.known(t, self.person)
            persons, hit = self.person[stays], (self.completed & ~self.late)[stays]
            outcome = np.array(OUTCOMES)[self.outcome[stays]]
            known = np.isin(outcome, ("passed", "failed"))
            truth.add("I01", t, persons, hit, splits=("sex",))
            truth.add("I01_all", t, persons, hit, splits=(), groups=("all",))
            truth.add("I01_left", t, self.person[left], splits=("sex",))
            everyone = np.concatenate([persons, self.person[left]])
            failed = np.concatenate([hit, np.zeros(int(left.sum()), dtype=bool)])
            truth.add("I01_left_failed", t, everyone, failed, splits=("sex",))
            truth.add("I01_exam", t, persons[known], outcome[known] == "passed", splits=("sex",))
            truth.add("I01_exam_unknown", t, persons[~known], splits=("sex",))

    def write(self, out: Path, years: range) -> None:
        """Measures overlapping the year, exits and marks of the year, background of the year."""
        number = self.population.number
        for y in years:
            first, last = day(y, 1, 1), day(y, 12, 31)
            live = (self.start <= last) & (self.end >= first)
            closed = self.end <= last
            for module, chosen in ((dst_bua, self.placed), (dst_bufo, ~self.placed)):
                once = np.flatnonzero(live & chosen)
                # every third child at home has three measures at once and is still one child
                more = once[(self.person[once] % 3 == 0) & ~self.placed[once]]
                at = np.concatenate([once, more, more])
                nth = np.repeat([0, 1, 2], [len(once), len(more), len(more)])
                write_delivery(
                    out,
                    module.DELIVERY,
                    y,
                    {
                        "PNR": numbers_of(number, self.person[at]),
                        "PGF": PLACED if module is dst_bua else (210 + 5 * nth).astype(str),
                        "SAG_VFRA": dates(self.start[at]),
                        "SAG_VTIL": dates(np.where(closed[at], self.end[at], -1)),
                        "SLUTGRUND": np.where(closed[at], "2", ""),
                        "HKOM": np.where(self.elsewhere[at], neighbour(), home()),
                    },
                )
            self._write_school(out, y)
            at = np.flatnonzero(live)
            write_delivery(
                out,
                dst_education_background.DELIVERY,
                y,
                {
                    "PNR": numbers_of(number, self.person[at]),
                    "HFAUDD_MOR": (1000 + self.person[at] % 5 * 1000).astype(str),
                    "HFAUDD_FAR": (1000 + self.person[at] % 4 * 1000).astype(str),
                    "AAR": np.full(len(at), y),
                },
            )
            write_delivery(
                out,
                dst_income.DELIVERY,
                y,
                {
                    "PNR": numbers_of(number, self.person[at]),
                    "SOCIO13": np.where(self.person[at] % 2 == 0, "131", "321"),
                    "INDKOMST_DECIL": self.person[at] % 10 + 1,
                    "OFF_OVERFORSEL_13": (self.person[at] % 7) * 10000.5,
                    "AAR": np.full(len(at), y),
                },
            )

    def _write_school(self, out: Path, y: int) -> None:
        number = self.population.number
        # exits in June of t; late ones the June after next, which is after the day that counts
        leaves = np.where(self.late, self.t + 2, self.t)
        at = np.flatnonzero(leaves == y)
        write_delivery(
            out,
            dst_kotre.DELIVERY,
            y,
            {
                "PNR": numbers_of(number, self.person[at]),
                "UDD": np.full(len(at), "1529"),
                "UDEL": np.full(len(at), "29"),
                "AUDD": np.where(self.completed[at], "1529", "0"),
                "ELEV3_VFRA": dates(np.full(len(at), day(y - 1, 8, 10))),
                "ELEV3_VTIL": dates(np.full(len(at), day(y, 6, 25))),
                "AFG_ART": np.where(self.completed[at], "31", "21"),
            },
        )
        rows: list[Mark] = []
        for k in np.flatnonzero((self.t == y) & (self.outcome != OUTCOMES.index("none"))):
            outcome = OUTCOMES[self.outcome[k]]
            for i, subject in enumerate(SUBJECTS):
                mark = "7"
                if i == 1 and outcome != "passed":
                    mark = "00" if outcome == "failed" else "89"
                rows.append(Mark(int(self.person[k]), subject, "Bundne prøvefag", mark))
            # a teacher's mark is no exam, whatever it is
            rows.append(Mark(int(self.person[k]), "DAN", "Standpunkt", "-3"))
        write_delivery(
            out,
            dst_udfk.DELIVERY,
            y,
            {
                "PNR": numbers_of(number, [r.person for r in rows]),
                "GRUNDSKOLEFAG": [r.subject for r in rows],
                "PROEVEFORM": [r.form for r in rows],
                "GRUNDSKOLEKARAKTER": [r.mark for r in rows],
                "SKOLEAAR": [f"{y - 1}/{y}"] * len(rows),
                "KARAKTERDATO": dates(np.full(len(rows), day(y, 6, 15))),
            },
        )
