"""A house that is delivered sums alone, its figures by hand, and what follows from them by another statistic.

SYNTHETIC. The counts are made up and about nobody; they are large, so that only what shall be hidden is, and so far
from every limit that any sound interval says the same. Goals 1, 4 and 7 are reckoned from the sentences of their rules
(`catalogue/rules.yaml`) with the intervals of a textbook, written out here.
"""

import json
import math
import os
import re
import subprocess
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import yaml

from handleplan_pipeline.lake.tables import Lake
from schemas.sources.summed_counts import DELIVERY
from tests.lib.commands import command
from tests.lib.deliveries import Place, permission
from tests.lib.posts import Hook
from tests.release.made import LENE, OLE, PROPOSER, key_pair, signers

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
YEARS = range(2010, 2015)
GROUPS = ("minority", "danish")
HEAD = "INDIKATOR;AAR;KOM;GRUPPE;KOEN;ALDER;TAELLER;NAEVNER;VAERDI"
JOURNAL, JOURNAL_OF_2012 = "2010-41-0001", "2012-41-0002"

Count = tuple[int, int]
"""Of so many, so many."""


class Year(NamedTuple):
    """What one delivery says of its year: completed 9th grade, long stays, women reached (of `RESIDENTS`, who all live
    here); minority and Danish."""

    ninth: tuple[Count, Count]
    stays: tuple[Count, Count]
    women: tuple[int, int] | None = None


RESIDENTS = 10_000
HALF, THIRD = (1000, 2000), (700, 2000)
SEVENTY = (1400, 2000)
FIGURES: dict[tuple[int, int], Year] = {
    # (year, number of the delivery)
    (2010, 1): Year(((600, 1000), SEVENTY), ((500, 1000), HALF)),
    (2011, 1): Year(((500, 1000), SEVENTY), ((350, 1000), THIRD), (100, 100)),
    (2011, 2): Year(((690, 1000), SEVENTY), ((350, 1000), THIRD), (100, 100)),
    (2012, 1): Year(((690, 1000), SEVENTY), ((550, 1000), THIRD), (200, 110)),
    (2013, 2): Year(((620, 1000), SEVENTY), ((487, 1000), HALF), (90, 120)),
    # four of the minority: not shown
    (2013, 3): Year(((620, 1000), SEVENTY), ((4, 1013), HALF), (90, 120)),
    (2013, 4): Year(((620, 1000), SEVENTY), ((480, 1000), HALF), (90, 120)),
    (2014, 1): Year(((720, 1000), SEVENTY), ((350, 1000), THIRD), (210, 130)),
}
HIDDEN = ("I04", 2013, "minority")
"""Long stays of the minority in 2013: four by the third delivery, and not shown from the release that rests on it on.
What was hidden stays hidden (record 0053), also when the release was withdrawn and the figure corrected."""
In_Force = Mapping[int, int]
"""Which delivery of each year a release rests on."""
RESTS_ON: dict[str, In_Force] = {
    "r0001": {},
    "r0002": {2010: 1},
    "r0003": {2010: 1, 2011: 1},
    # the one of 2012 is late
    "r0004": {2010: 1, 2011: 1},
    "r0005": {2010: 1, 2011: 1, 2012: 1, 2013: 2},
    "r0006": {2010: 1, 2011: 1, 2012: 1, 2013: 2, 2014: 1},
    "r0008": {2010: 1, 2011: 2, 2012: 1, 2013: 2, 2014: 1},
    "r0010": {2010: 1, 2011: 2, 2012: 1, 2013: 3, 2014: 1},
    # the permission of 2012 was withdrawn
    "r0012": {2010: 1, 2011: 2, 2013: 4, 2014: 1},
    "r0013": {2010: 1, 2011: 2, 2013: 4, 2014: 1},
}
PUBLIC, WITHDRAWN = list(RESTS_ON), "r0010"
BEFORE: dict[str, str | None] = dict(zip(PUBLIC, [None, *PUBLIC], strict=False)) | {"r0012": "r0008"}
"""The release that readers had when the next one was proposed."""


# what follows from the figures

Z = 1.645
"""Of 90 per cent, both sides."""


def limits(now: tuple[Count, Count]) -> tuple[float, float]:
    """90 per cent limits of the difference of two shares, the first less the second, by the normal approximation."""
    shares = [x / n for x, n in now]
    spread = Z * math.sqrt(sum(p * (1 - p) / n for p, (_, n) in zip(shares, now, strict=True)))
    return shares[0] - shares[1] - spread, shares[0] - shares[1] + spread


def ninth_grade(year: Year) -> str:
    """As large as, within 10 points."""
    low, high = limits(year.ninth)
    if low > -0.1:
        return "met"
    return "clearly_not_met" if high < -0.1 else "not_met" if high < 0 else "cannot_tell"


def long_stays(year: Year, base: Year) -> str:
    """The own share fell, and relatively as much as that of the others within 1.25."""
    mine, theirs = zip(base.stays, year.stays, strict=True)
    ratio = math.log((mine[1][0] / mine[1][1]) / (mine[0][0] / mine[0][1]))
    ratio -= math.log((theirs[1][0] / theirs[1][1]) / (theirs[0][0] / theirs[0][1]))
    spread = Z * math.sqrt(sum(1 / x - 1 / n for x, n in (*mine, *theirs)))
    low, high = ratio - spread, ratio + spread
    much = "met" if high <= math.log(1.25) else "clearly_not_met" if low > math.log(1.25) else "cannot_tell"
    if much == "cannot_tell" and low > 0:
        much = "not_met"
    fell = limits((year.stays[0], base.stays[0]))
    own = "met" if fell[1] < 0 else "clearly_not_met" if fell[0] > 0 else "cannot_tell"
    return min((much, own), key=("clearly_not_met", "not_met", "cannot_tell", "met").index)


def women(now: int, before: int) -> str:
    """More per resident than in the team's first full year: the ratio, on the log scale; the residents are as many."""
    spread = Z * math.sqrt(1 / now + 1 / before)
    return "met" if math.log(now / before) > spread else "not_met" if math.log(before / now) > spread else "cannot_tell"


FULL_YEAR = 2012
Verdicts = dict[tuple[int, int], str]


def hides(number: str) -> bool:
    """Whether a release does not show `HIDDEN`."""
    return number >= WITHDRAWN


def verdicts(number: str) -> Verdicts:
    """(goal, year) -> badge of the goals of this house, in a release."""
    force = RESTS_ON[number]
    known = {y: FIGURES[y, n] for y, n in force.items()}
    found: Verdicts = {(g, y): "not_measurable" for g in (1, 4, 7) for y in YEARS}
    for y, year in known.items():
        if y == 2010:
            found |= {(1, y): "not_due", (4, y): "not_due"}
            continue
        found[1, y] = ninth_grade(year)
        found[4, y] = "suppressed" if y == HIDDEN[1] and hides(number) else long_stays(year, known[2010])
        # the special team began in 2011, so its first full year is 2012; without it nobody can tell
        first = known[FULL_YEAR].women if FULL_YEAR in known else None
        if y <= FULL_YEAR:
            found[7, y] = "not_due"
        else:
            found[7, y] = women(year.women[0], first[0]) if year.women and first else "cannot_tell"
    return found


Row = tuple[str, int, str, str]
"""Indicator, year, group, measure."""
SERIES = {"I01": "share", "I04": "share", "I08_women": "count"}
BESIDE = "I08_women_rate"
"""Women per 10,000 residents beside the count of them: goal 7 is judged by it. Only there where it was delivered."""
INDICATORS = [*SERIES, BESIDE]


def figures(number: str) -> dict[Row, float | None]:
    """The rows of these goals in a release's output.observation, with their values; None where there is none."""
    force = RESTS_ON[number]
    found: dict[Row, float | None] = {}
    for i, measure in SERIES.items():
        for y in YEARS if i != "I08_women" else YEARS[1:]:
            found |= {(i, y, g, measure): None for g in GROUPS}
    for y, delivery in force.items():
        year = FIGURES[y, delivery]
        for i, counted in (("I01", year.ninth), ("I04", year.stays)):
            shares = [100 * x / n for x, n in counted]
            found |= {(i, y, g, "share"): s for g, s in zip(GROUPS, shares, strict=True)}
            found[i, y, "minority", "ratio"] = shares[0] / shares[1]
        if year.women is not None:
            reached = dict(zip(GROUPS, year.women, strict=True))
            found |= {("I08_women", y, g, "count"): float(n) for g, n in reached.items()}
            found |= {(BESIDE, y, g, "rate"): 10_000 * n / RESIDENTS for g, n in reached.items()}
    if hides(number):
        found[*HIDDEN, "share"] = None
        # what is made of it is not there at all
        del found[*HIDDEN, "ratio"]
    return found


def reasons(old: In_Force, new: In_Force, places: set[int]) -> list[str]:
    """How the deliveries of some years differ: corrected, added, gone; in the order in which they are said."""
    found = {
        "delivery_gone" if y not in new else "delivery_added" if y not in old else "delivery_corrected"
        for y in places & (set(old) | set(new))
        if old.get(y) != new.get(y)
    }
    return [r for r in ("delivery_corrected", "delivery_added", "delivery_gone") if r in found]


# the house


class House:
    """A lake, a landing folder and people, at times that are said; times without a zone are Danish."""

    def __init__(self, root: Path, hook: Hook) -> None:
        self.root, self.place, self.lake = root, Place(root), root / "lake"
        self.keys = {n: key_pair(root / "keys", n.split()[0]) for n in (LENE, OLE)}
        self.grant()
        values = {
            "LAKE": self.lake,
            "LANDING": root / "landing",
            "PERMISSIONS": root / "permissions.yaml",
            "APPROVERS": signers(root / "allowed_signers", self.keys),
            "PERSON_LEVEL": "false",
            "AUTOMATION": "on",
            "ALERTS": hook.address,
            "RELEASE_PARTS": "report",
        }
        plain = {k: v for k, v in os.environ.items() if not k.startswith(("HANDLEPLAN_", "DAGSTER_"))}
        self.environment = plain | {"COLUMNS": "200"} | {f"HANDLEPLAN_{k}": str(v) for k, v in values.items()}

    def grant(self, **of_2012: Any) -> None:
        """Permissions on file; `of_2012` is what is special about that of one delivery."""
        about = {"sources": [DELIVERY.source], "delete_by": "2999-01-01"}
        entries = [
            permission(journal_number=JOURNAL, **about),
            permission(journal_number=JOURNAL_OF_2012, **about | of_2012),
        ]
        file = self.root / "permissions.yaml"
        file.write_text(yaml.safe_dump([e.model_dump(mode="json") for e in entries]))
        file.chmod(0o600)

    def lands(self, year: int, number: int = 1, wrong: bool = False) -> None:
        """A delivery arrives in the landing folder; in a wrong one more have the outcome than there are."""
        said = FIGURES.get((year, number)) or FIGURES[year, number + 1]
        lines = [HEAD]
        for i, counted in (("I01", said.ninth), ("I04", said.stays)):
            for g, (x, n) in zip(GROUPS, counted, strict=True):
                lines.append(f"{i};{year};101;{g};total;total;{x + 5000 * wrong};{n};")
        for g, n in zip(GROUPS, said.women or (), strict=False):
            lines.append(f"I08_women;{year};101;{g};women;total;{n};;")
            lines.append(f"{BESIDE};{year};101;{g};women;total;{n + RESIDENTS * wrong};{RESIDENTS};")
        journal = JOURNAL_OF_2012 if year == 2012 else JOURNAL
        text = "\n".join(lines) + "\n"
        about: dict[str, Any] = {"permission": journal, "data_kind": "delivered"}
        self.place.land(text, period=year, number=number, delivery=DELIVERY, **about)

    def _ask(self, at: str, *arguments: str, **more: str) -> "subprocess.CompletedProcess[str]":
        moment = datetime.fromisoformat(at).replace(tzinfo=COPENHAGEN).isoformat()
        return command(*arguments, environment=self.environment, at=moment, **more)

    def do(self, at: str, *arguments: str, code: int = 0) -> str:
        """A command at a time; its output."""
        done = self._ask(at, *arguments)
        assert done.returncode == code, (arguments, done.stdout, done.stderr)
        return done.stdout

    def daemon(self, at: str) -> list[dict[str, Any]]:
        """What the daemon started since it looked before."""
        done = self._ask(at, str(self.root / "daemon.json"), call="tests.lib.daemon:look")
        assert done.returncode == 0, done.stderr
        runs = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        assert all(r["ok"] for r in runs), runs
        return runs


class June(NamedTuple):
    """What people saw before they approved a release: warnings of the checklist, differences in the terminal, page."""

    warnings: dict[str, str]
    diff: str
    page: str


class Story:
    """What happened, told by what the house printed on the way."""

    def __init__(self, house: House, hook: Hook) -> None:
        self.house, self.hook = house, hook
        self.runs: dict[str, list[dict[str, Any]]] = {}
        self.junes: dict[str, June] = {}
        self.told: dict[str, int] = {}
        self.led: dict[str, str] = {}
        self.refused: dict[str, list[str]] = {}
        self.verified: dict[str, str] = {}
        self.purged = ""

    @property
    def lake(self) -> Lake:
        return Lake(self.house.lake)

    def folder(self, number: str) -> Path:
        """Of a release, public or not."""
        (found,) = [
            *self.house.lake.glob(f"releases/*_{number}"),
            *self.house.lake.glob(f"releases/.proposed/*_{number}"),
        ]
        return found

    def looks(self, at: str) -> None:
        self.runs[at] = self.house.daemon(at)
        self.told[at] = len(self.hook.posts)
        told = self.house.lake / "releases" / "latest.json"
        self.led[at] = json.loads(told.read_text())["release_id"] if told.is_file() else ""

    def proposed_anew(self, year: int, before: str, note: str) -> None:
        """The schedule's proposal has no note, and a verdict changed: it is rejected, and proposed with one."""
        said = self.house.do(f"{year}-06-02T09:00", "release", "check", code=5)
        (goals,) = re.findall(r"^error verdict_without_note: the verdict changed for goals ([\d, ]+), ", said, re.M)
        self.refused[before] = goals.split(", ")
        self.house.do(f"{year}-06-02T10:00", "release", "reject", before, "--reason", "uden note", "--by", LENE)
        self.house.do(f"{year}-06-02T11:00", "release", "propose", "--by", PROPOSER, "--note", note)

    def june(self, year: int, number: str, note: str = "", rejected: str = "", at: str = "") -> None:
        """The yearly refresh, and what people do with what it proposes."""
        self.looks(f"{year}-06-01T08:00")
        if note:
            self.proposed_anew(year, rejected, note)
        do = self.house.do
        checked = do(f"{year}-06-05T09:00", "release", "check")
        warnings = dict(re.findall(r"^warning (\w+): (.*)$", checked, re.M))
        page = self.house.lake / "releases" / ".proposed" / f"{self.folder(number).name}.diff.html"
        diff = do(f"{year}-06-05T10:00", "release", "diff")
        self.junes[number] = June(warnings, diff, page.read_text() if page.is_file() else "")
        known = [w for name in warnings for w in ("--acknowledge", name)]
        key = ("--by", LENE, "--key", str(self.house.keys[LENE]))
        do(f"{year}-06-10T09:00", "release", "approve", number, *key, *known)
        if at:
            do(f"{year}-06-10T10:00", "release", "publish", number, "--at", at, "--by", OLE)
        else:
            do(f"{year}-06-15T08:00", "release", "publish", number, "--by", OLE)


def lived(house: House, hook: Hook) -> Story:
    """From June 2011 to June 2020."""
    s = Story(house, hook)
    s.looks("2011-05-31T12:00")
    s.june(2011, "r0001")
    house.lands(2010)
    s.looks("2011-10-20T12:00")
    s.june(2012, "r0002")
    house.lands(2011)
    s.looks("2012-10-20T12:00")
    s.june(2013, "r0003")
    s.looks("2013-12-30T12:00")
    s.looks("2014-01-02T12:00")
    s.june(2014, "r0004")
    house.lands(2012)
    s.looks("2014-08-20T12:00")
    house.lands(2013, 1, wrong=True)
    s.looks("2014-10-20T12:00")
    house.lands(2013, 2)
    s.looks("2014-11-10T12:00")
    s.june(2015, "r0005")
    house.lands(2014)
    s.looks("2015-10-20T12:00")
    s.june(2016, "r0006", at="2016-06-15T08:00")
    s.looks("2016-06-15T07:59")
    s.looks("2016-06-15T08:00")
    house.lands(2011, 2)
    s.looks("2017-03-01T12:00")
    s.june(2017, "r0008", "Mål 1: en rettet levering for 2011", "r0007")
    house.lands(2013, 3)
    s.looks("2018-03-01T12:00")
    s.june(2018, "r0010", "Mål 4: en rettet levering for 2013", "r0009")
    house.do("2018-09-03T09:00", "release", "withdraw", "r0010", "--reason", "fejl i leveringen", "--by", LENE)
    house.lands(2013, 4)
    s.looks("2018-11-01T12:00")
    house.grant(status="withdrawn")
    s.purged = house.do("2019-02-01T09:00", "purge")
    s.june(2019, "r0012", "Mål 1, 4 og 7: leveringen for 2012 er trukket tilbage", "r0011")
    s.june(2020, "r0013")
    s.verified = {n: house.do("2020-07-01T09:00", "release", "verify", n) for n in ("r0001", WITHDRAWN, "r0013")}
    return s
