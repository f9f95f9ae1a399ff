"""What is said of a goal, word for word: the sentences are written here by hand from the rules, not by the code.

`headline` and `why` are compared whole, in both languages; everything said obeys the rules of good sentences.
"""

import re
from collections.abc import Iterator
from typing import Any

import polars as pl
import pytest

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.judgement.judge import judge
from handleplan_pipeline.judgement.observations import observe
from handleplan_pipeline.judgement.statements import (
    Interval,
    Number,
    Row,
    Said,
    StatementError,
    Words,
    Writer,
    Written,
    typeset,
)
from handleplan_pipeline.judgement.status import statements, status
from handleplan_pipeline.lake import contracts
from schemas.goals.goal_01_ninth_grade import CELL, GOAL
from schemas.languages import shown
from schemas.outputs.goal_status import GOAL_STATUS
from schemas.outputs.judgement import JUDGEMENT
from schemas.outputs.statement import STATEMENT, STATEMENT_NUMBER
from tests.lib.readings import FIRST, cell, drawn, fitted, long_stays, two, women
from tests.lib.told import evidence

C = load_catalogue()
ALONE = {g.number: C.model_copy(update={"plan": C.plan.model_copy(update={"goals": [g]})}) for g in C.goals}
"""The catalogue with one goal."""
Cells = list[dict[str, Any]]
DIRECTIONS = {
    "da": r"flere|færre|oftere|sjældnere|klart|bedre|dårligere|længere|kortere|steg|faldt|lavere|højere",
    "en": r"more|fewer|often|clearly|better|worse|longer|shorter|rose|fell|lower|higher",
}
"""Words that say a direction; `often` of how many times as often."""
OPEN = r"kan ikke vise|cannot show|men inden for|within the margin|men lister"


def written(goal: int, counted: Cells, resampled: Cells = [], adjusted: Cells = []) -> list[Written]:  # noqa: B006
    """Everything said of a goal in every year, from hand-made cells."""
    frame = CELL.conform(counted)
    judged = judge(evidence(frame, resampled, adjusted), JUDGEMENT)
    return statements(ALONE[goal], observe(C, goal, frame, GOAL), judged, "101")


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def said(found: list[Written], year: int, layer: str) -> list[tuple[str, str]]:
    rows = [w.row for w in found if (w.row["year"], w.row["layer"]) == (year, layer)]
    return [(plain(r["text_da"]), plain(r["text_en"])) for r in rows]


def over(low: float, high: float, ratio: float) -> Cells:
    limits = {f"ratio_{k}{c}": v for c in (90, 95) for k, v in (("lower", low), ("upper", high))}
    return [fitted("I02", 2014, "direct", ratio=ratio, **limits)]


def share(indicator: str, then: int, now: int) -> Cells:
    return [cell(indicator, y, "all", x, 1000) for y, x in ((2010, then), (2014, now))]


def months(then: float, now: float) -> Cells:
    return [cell("I09", y, "minority", None, 40, value=v) for y, v in ((2011, then), (2014, now))]


def represented(then: float, now: float) -> Cells:
    return [cell("I10", y, "minority", value=v) for y, v in ((2006, then), (2014, now))]


def scene(then: int, now: int) -> Cells:
    return [cell("I06_total", y, "all", x, 100000) for y, x in ((2010, then), (2014, now))]


def homeless(then: tuple[int, int], now: tuple[int, int]) -> Cells:
    return [
        c for y, (a, b) in ((2010, then), (2014, now)) for c in two("I07", y, (a, 1000), (b, 1000), group="non_western")
    ]


def areas(*by_year: tuple[int, float], departments: float = 17) -> Cells:
    lists = [cell("I13a", y, "all", value=v) for y, v in by_year]
    return [*lists, cell("I13b", 2010, "all", value=21.0), cell("I13b", 2014, "all", value=departments)]


EVERY_YEAR = ((2011, 0.0), (2012, 0.0), (2013, 0.0), (2014, 0.0))
CHANGE_I12 = [drawn(i, 2014, "clustered_difference", -0.15, -0.02) for i in ("I12a", "I12b")]
Golden = tuple[int, Cells, Cells, Cells, str, str]
HEADLINES: dict[str, Golden] = {
    # of 1,000 each: 760 and 760; 700 and 800; 600 and 800; 30 of 40 and 75 of 100; 850 and 700; 760 and 800
    "as many": (
        1,
        two("I01", 2014, (760, 1000), (760, 1000)),
        [],
        [],
        "Lige så mange unge med minoritetsbaggrund som med dansk oprindelse gennemførte 9. klasse: "
        "76,0 pct. mod 76,0 pct.",
        "As many young people of minority background as of Danish origin completed 9th grade: "
        "76.0 per cent against 76.0 per cent.",
    ),
    "more than as many": (
        1,
        two("I01", 2014, (850, 1000), (700, 1000)),
        [],
        [],
        "Flere unge med minoritetsbaggrund end med dansk oprindelse gennemførte 9. klasse: 85,0 pct. mod 70,0 pct.",
        "More young people of minority background than of Danish origin completed 9th grade: "
        "85.0 per cent against 70.0 per cent.",
    ),
    "within the margin": (
        1,
        two("I01", 2014, (760, 1000), (800, 1000)),
        [],
        [],
        "Lidt færre unge med minoritetsbaggrund end med dansk oprindelse gennemførte 9. klasse, men inden for "
        "margenen: 76,0 mod 80,0 pct.",
        "Slightly fewer young people of minority background than of Danish origin completed 9th grade, but within "
        "the margin: 76.0 against 80.0 per cent.",
    ),
    "fewer": (
        1,
        two("I01", 2014, (700, 1000), (800, 1000)),
        [],
        [],
        "Færre unge med minoritetsbaggrund end med dansk oprindelse gennemførte 9. klasse: 70,0 pct. mod 80,0 pct.",
        "Fewer young people of minority background than of Danish origin completed 9th grade: "
        "70.0 per cent against 80.0 per cent.",
    ),
    "clearly fewer": (
        3,
        two("I03", 2014, (600, 1000), (800, 1000)),
        [],
        [],
        "Klart færre hjemløse med minoritetsbaggrund end med dansk oprindelse havde bolig efter ét år: "
        "60,0 pct. mod 80,0 pct.",
        "Clearly fewer homeless of minority background than of Danish origin were housed after one year: "
        "60.0 per cent against 80.0 per cent.",
    ),
    "nobody can tell of as many": (
        1,
        two("I01", 2014, (30, 40), (75, 100)),
        [],
        [],
        "Tallene kan ikke vise, om lige så mange unge med minoritetsbaggrund som med dansk oprindelse gennemførte "
        "9. klasse: 75,0 mod 75,0 pct.",
        "Figures cannot show whether as many young people of minority background as of Danish origin completed "
        "9th grade: 75.0 against 75.0 per cent.",
    ),
    # 200 of 4,000 and 400 of 8,000: 50 per 1,000 in both, a crude ratio of 1.0
    "not overrepresented": (
        2,
        two("I02", 2014, (200, 4000), (400, 8000)),
        [],
        over(0.9, 1.10, 1.0),
        "Unge med minoritetsbaggrund er ikke overrepræsenterede i forhold til unge med dansk oprindelse: "
        "50,0 mod 50,0 pr. 1.000.",
        "Young people of minority background are not overrepresented compared with those of Danish origin: "
        "50.0 against 50.0 per 1,000.",
    ),
    "less often": (
        2,
        two("I02", 2014, (100, 4000), (400, 8000)),
        [],
        over(0.4, 0.6, 0.5),
        "Unge med minoritetsbaggrund fik sjældnere en strafferetlig afgørelse end unge med dansk oprindelse: "
        "25,0 mod 50,0 pr. 1.000.",
        "Young people of minority background received a criminal decision less often than those of Danish origin: "
        "25.0 against 50.0 per 1,000.",
    ),
    # 260 of 4,000: 65 per 1,000, 1.3 times 50
    "times as often": (
        2,
        two("I02", 2014, (260, 4000), (400, 8000)),
        [],
        over(1.02, 1.68, 1.31),
        "Unge med minoritetsbaggrund fik 1,3 gange så ofte en strafferetlig afgørelse som unge med dansk oprindelse: "
        "65,0 mod 50,0 pr. 1.000.",
        "Young people of minority background received a criminal decision 1.3 times as often as those of Danish "
        "origin: 65.0 against 50.0 per 1,000.",
    ),
    "the crude figures would say another number": (
        2,
        two("I02", 2014, (200, 4000), (400, 8000)),
        [],
        over(1.2, 1.68, 1.31),
        "Unge med minoritetsbaggrund fik 1,3 gange så ofte en strafferetlig afgørelse som unge med dansk oprindelse "
        "med samme køn og alder.",
        "Young people of minority background received a criminal decision 1.3 times as often as those of Danish "
        "origin of the same sex and age.",
    ),
    "nobody can tell of often": (
        2,
        two("I02", 2014, (260, 4000), (400, 8000)),
        [],
        over(0.9, 1.7, 1.3),
        "Tallene kan ikke vise, om unge med minoritetsbaggrund er overrepræsenterede i forhold til unge med dansk "
        "oprindelse: 65,0 mod 50,0 pr. 1.000.",
        "The figures cannot show whether young people of minority background are overrepresented compared with those "
        "of Danish origin: 65.0 against 50.0 per 1,000.",
    ),
    # of 2,000: 40 per cent in 2010 and 20, 24, 32, 44 in 2014; the others go from 40 to 20, up, or not at all
    "fell as much": (
        4,
        long_stays((800, 400), (800, 400)),
        [],
        [],
        "Andelen med lange ophold faldt lige så meget i begge grupper: minoritet 20,0 pct. (før 40,0), "
        "dansk oprindelse 20,0 pct. (før 40,0).",
        "The long-stay share fell as much in both groups: minority 20.0 per cent (40.0 before), "
        "Danish origin 20.0 per cent (40.0 before).",
    ),
    "fell where the other rose": (
        4,
        long_stays((800, 400), (800, 900)),
        [],
        [],
        "Andelen med lange ophold faldt for hjemløse med minoritetsbaggrund: 20,0 pct. (før 40,0), "
        "dansk oprindelse 45,0 pct. (før 40,0).",
        "The long-stay share fell for minority homeless persons: 20.0 per cent (40.0 before), "
        "Danish origin 45.0 per cent (40.0 before).",
    ),
    "fell less": (
        4,
        long_stays((800, 480), (800, 400)),
        [],
        [],
        "Andelen med lange ophold faldt mindre for hjemløse med minoritetsbaggrund: 24,0 pct. (før 40,0), "
        "dansk oprindelse 20,0 pct. (før 40,0).",
        "The long-stay share fell less for minority homeless persons: 24.0 per cent (40.0 before), "
        "Danish origin 20.0 per cent (40.0 before).",
    ),
    "rose": (
        4,
        long_stays((800, 1000), (800, 800)),
        [],
        [],
        "Andelen med lange ophold steg for hjemløse med minoritetsbaggrund: 50,0 pct. (før 40,0), "
        "dansk oprindelse 40,0 pct. (før 40,0).",
        "The long-stay share rose for minority homeless persons: 50.0 per cent (40.0 before), "
        "Danish origin 40.0 per cent (40.0 before).",
    ),
    # own share 40 to 39: open; the other's 40 to 30: the ratio of 1.3 is above 1
    "developed worse": (
        4,
        long_stays((800, 780), (800, 600)),
        [],
        [],
        "Andelen med lange ophold udviklede sig dårligere for hjemløse med minoritetsbaggrund: 39,0 pct. (før 40,0), "
        "dansk oprindelse 30,0 pct. (før 40,0).",
        "The long-stay share developed worse for minority homeless persons: 39.0 per cent (40.0 before), "
        "Danish origin 30.0 per cent (40.0 before).",
    ),
    "fell in neither group": (
        4,
        long_stays((800, 800), (800, 820)),
        [],
        [],
        "Andelen med lange ophold er i ingen gruppe lavere end før: minoritet 40,0 pct. (før 40,0), "
        "dansk oprindelse 41,0 pct. (før 40,0).",
        "The long-stay share is lower in neither group: minority 40.0 per cent (40.0 before), "
        "Danish origin 41.0 per cent (40.0 before).",
    ),
    "nobody can tell of a fall": (
        4,
        long_stays((800, 780), (800, 790)),
        [],
        [],
        "Tallene kan ikke vise, om andelen med lange ophold faldt lige meget: minoritet 39,0 pct. (før 40,0), "
        "dansk oprindelse 39,5 pct. (før 40,0).",
        "The figures cannot show whether the long-stay share fell equally: minority 39.0 per cent (40.0 before), "
        "Danish origin 39.5 per cent (40.0 before).",
    ),
    "more persons": (
        5,
        [cell("I05", 2010, "non_western", 100), cell("I05", 2014, "non_western", 150)],
        [],
        [],
        "Flere ikke-vestlige begyndte behandling for kokainmisbrug: 150 mod 100 i 2010.",
        "More non-western persons started treatment for cocaine use: 150 against 100 in 2010.",
    ),
    "more than none": (
        5,
        [cell("I05", 2010, "non_western", 0), cell("I05", 2014, "non_western", 30)],
        [],
        [],
        "Flere ikke-vestlige begyndte behandling for kokainmisbrug: 30 mod 0 i 2010.",
        "More non-western persons started treatment for cocaine use: 30 against 0 in 2010.",
    ),
    "fewer persons": (
        5,
        [cell("I05", 2010, "non_western", 150), cell("I05", 2014, "non_western", 100)],
        [],
        [],
        "Færre ikke-vestlige begyndte behandling for kokainmisbrug: 100 mod 150 i 2010.",
        "Fewer non-western persons started treatment for cocaine use: 100 against 150 in 2010.",
    ),
    "the change may be chance": (
        5,
        [cell("I05", 2010, "non_western", 1000), cell("I05", 2014, "non_western", 1020)],
        [],
        [],
        "Ikke-vestlige, der begyndte behandling for kokainmisbrug: 1.020 mod 1.000 i 2010; ændringen kan være "
        "tilfældig.",
        "Non-western persons who started treatment for cocaine use: 1,020 against 1,000 in 2010; the change may be "
        "chance.",
    ),
    # 1,000 and 1,200 of 100,000; 100 and 110 of 1,000 against 100 and 100
    "a part that rose and one nobody can tell": (
        6,
        [*scene(1000, 1200), *homeless((100, 100), (110, 100))],
        [],
        [],
        "Flere dømte: 120,0 mod 100,0 pr. 10.000 i 2010; hjemløse ét år efter: ikke-vestlige 11,0 mod 10,0 pct. for "
        "dansk oprindelse, uafklaret.",
        "More sentenced: 120.0 against 100.0 per 10,000 in 2010; homeless a year later: non-western 11.0 "
        "against 10.0 per cent for Danish origin, unsettled.",
    ),
    "two parts that fell": (
        6,
        [*scene(1000, 800), *homeless((400, 100), (200, 100))],
        [],
        [],
        "Færre dømte: 80,0 mod 100,0 pr. 10.000 i 2010; relativt færre ikke-vestlige hjemløse ét år efter: 20,0 mod "
        "10,0 pct. for dansk oprindelse.",
        "Fewer sentenced: 80.0 against 100.0 per 10,000 in 2010; relatively fewer non-western homeless a "
        "year later: 20.0 against 10.0 per cent for Danish origin.",
    ),
    "one part without figures": (
        6,
        scene(1000, 800),
        [],
        [],
        "Færre dømte: 80,0 mod 100,0 pr. 10.000 i 2010; Hjemløs ét år efter indskrivning: ingen tal.",
        "Fewer sentenced: 80.0 against 100.0 per 10,000 in 2010; Homeless one year after enrolment: no figures.",
    ),
    # 100 and 180 of 9,000
    "relatively more": (
        7,
        [*women(2012, 100, 9000), *women(2014, 180, 9000)],
        [FIRST],
        [],
        "Relativt flere kvinder med minoritetsbaggrund henvendte sig: 200,0 mod 111,1 pr. 10.000 i 2012.",
        "Relatively more women of minority background made contact: 200.0 against 111.1 per 10,000 in 2012.",
    ),
    "shorter": (
        8,
        months(30, 20),
        [drawn("I09", 2014, "difference_of_medians", -15.0, -1.0)],
        [],
        "Perioden med vold før første henvendelse blev kortere: 20,0 mod 30,0 måneder i 2011.",
        "The period of violence before first contact became shorter: 20.0 against 30.0 months in 2011.",
    ),
    "longer": (
        8,
        months(20, 30),
        [drawn("I09", 2014, "difference_of_medians", 1.0, 15.0)],
        [],
        "Perioden med vold før første henvendelse blev længere: 30,0 mod 20,0 måneder i 2011.",
        "The period of violence before first contact became longer: 30.0 against 20.0 months in 2011.",
    ),
    "nobody can tell of months": (
        8,
        months(20, 19),
        [drawn("I09", 2014, "difference_of_medians", -9.0, 1.0)],
        [],
        "Perioden med vold før første henvendelse: 19,0 mod 20,0 måneder i 2011; ændringen kan være tilfældig.",
        "The period of violence before first contact: 19.0 against 20.0 months in 2011; the change may be chance.",
    ),
    "better represented": (
        9,
        represented(0.5, 0.8),
        [drawn("I10", 2014, "representation_change", 1.2, 2.1)],
        [],
        "Etniske minoriteter i socialpsykiatrien er bedre repræsenteret end i 2006: forholdet er 0,80 mod 0,50.",
        "Ethnic minorities in social psychiatry are better represented than in 2006: the ratio is 0.80 against 0.50.",
    ),
    "worse represented": (
        9,
        represented(0.8, 0.5),
        [drawn("I10", 2014, "representation_change", 0.5, 0.9)],
        [],
        "Etniske minoriteter i socialpsykiatrien er dårligere repræsenteret end i 2006: forholdet er 0,50 mod 0,80.",
        "Ethnic minorities in social psychiatry are worse represented than in 2006: the ratio is 0.50 against 0.80.",
    ),
    "nobody can tell of representation": (
        9,
        represented(0.5, 0.6),
        [drawn("I10", 2014, "representation_change", 0.9, 2.0)],
        [],
        "Tallene kan ikke vise en ændring for etniske minoriteter i socialpsykiatrien siden 2006: "
        "forholdet er 0,60 mod 0,50.",
        "The figures cannot show a change for ethnic minorities in social psychiatry since 2006: "
        "the ratio is 0.60 against 0.50.",
    ),
    "two shares that fell": (
        10,
        [*share("I12a", 500, 400), *share("I12b", 500, 400)],
        CHANGE_I12,
        [],
        "Overførselsindkomst i udsatte områder faldt: 40,0 pct. mod 50,0 i 2010; i højrisikoafdelinger faldt den: "
        "40,0 pct. mod 50,0 i 2010.",
        "Transfer income in exposed areas fell: 40.0 per cent against 50.0 in 2010; fell in high-risk "
        "departments: 40.0 per cent against 50.0 in 2010.",
    ),
    "one share that fell": (
        10,
        [*share("I12a", 500, 490), *share("I12b", 500, 400)],
        [drawn("I12a", 2014, "clustered_difference", -0.03, 0.01), CHANGE_I12[1]],
        [],
        "Overførselsindkomst i udsatte områder: 49,0 pct. mod 50,0 i 2010, uafklaret; i højrisikoafdelinger faldt "
        "den: 40,0 pct. mod 50,0 i 2010.",
        "Transfer income in exposed areas: 49.0 per cent against 50.0 in 2010, unsettled; fell in high-risk "
        "departments: 40.0 per cent against 50.0 in 2010.",
    ),
    "no new areas": (
        11,
        areas(*EVERY_YEAR),
        [],
        [],
        "0 nye udsatte boligområder siden 2010; højrisikoafdelinger: 17 mod 21 i 2010.",
        "0 new exposed housing areas since 2010; high-risk departments: 17 against 21 in 2010.",
    ),
    "one new area": (
        11,
        areas(*EVERY_YEAR[:3], (2014, 1.0)),
        [],
        [],
        "1 nyt udsat boligområde siden 2010; højrisikoafdelinger: 17 mod 21 i 2010.",
        "1 new exposed housing area since 2010; high-risk departments: 17 against 21 in 2010.",
    ),
    "new areas in an earlier year": (
        11,
        areas((2011, 0.0), (2012, 1.0), (2013, 0.0), (2014, 0.0)),
        [],
        [],
        "Et tidligere år havde nye; i år 0 nye udsatte boligområder siden 2010; højrisikoafdelinger: 17 mod 21 i 2010.",
        "An earlier year had new ones; this year 0 new exposed housing areas since 2010; high-risk departments: 17 "
        "against 21 in 2010.",
    ),
    "lists are missing": (
        11,
        areas((2011, 0.0), (2014, 0.0)),
        [],
        [],
        "0 nye udsatte boligområder siden 2010, men lister mangler; højrisikoafdelinger: 17 mod 21 i 2010.",
        "0 new exposed housing areas since 2010, but lists are missing; high-risk departments: 17 against 21 in 2010.",
    ),
    "not shown": (
        1,
        [cell("I01", 2014, "minority", cell_state="blanked"), cell("I01", 2014, "danish", 1500, 2000)],
        [],
        [],
        "Dommen vises ikke, fordi den ville afsløre tal om få personer.",
        "The verdict is not shown, because it would reveal figures about a few persons.",
    ),
    "not delivered": (
        1,
        [],
        [],
        [],
        "Målet kan ikke måles for 2014: der er ikke leveret data.",
        "The goal cannot be measured for 2014: no data have been delivered.",
    ),
    "no indicator": (
        8,
        [],
        [],
        [],
        "Målet kan ikke måles for 2014: planen har ingen indikator for det, og der er ikke leveret data.",
        "The goal cannot be measured for 2014: the plan has no indicator for it, and no data have been delivered.",
    ),
    "no interval without persons": (
        9,
        represented(0.5, 0.6),
        [],
        [],
        "Tallene kan ikke vise en ændring for etniske minoriteter i socialpsykiatrien siden 2006: "
        "forholdet er 0,60 mod 0,50.",
        "The figures cannot show a change for ethnic minorities in social psychiatry since 2006: "
        "the ratio is 0.60 against 0.50.",
    ),
}


@pytest.mark.parametrize("name", HEADLINES)
def test_the_headline_word_for_word(name: str) -> None:
    goal, cells, draws, adjusted, da, en = HEADLINES[name]
    assert said(written(goal, cells, draws, adjusted), 2014, "headline") == [(da, en)]


WHYS: dict[str, list[tuple[str, str]]] = {
    # Newcombe's 90 per cent interval of 0.70 - 0.80, 1,000 each
    "fewer": [
        (
            "Forskellen er 10,0 procentpoint; intervallet er 6,8–13,2.",
            "The difference is 10.0 percentage points; the interval is 6.8–13.2.",
        ),
        (
            "Der er en forskel, som tilfældigheder ikke forklarer, og den kan være større end de 10 procentpoint, "
            "reglen tillader.",
            "There is a difference that chance does not explain, and it may be larger than the 10 percentage points "
            "the rule allows.",
        ),
    ],
    "times as often": [
        (
            "Forholdet er 1,31 med samme køn og alder i begge grupper; intervallet er 1,02–1,68.",
            "The ratio is 1.31 with the same sex and age in both groups; the interval is 1.02–1.68.",
        ),
        (
            "Der er en overrepræsentation, som tilfældigheder ikke forklarer, og forholdet kan være større end de "
            "1,10, reglen tillader.",
            "There is an overrepresentation that chance does not explain, and the ratio may be larger than the 1.10 "
            "the rule allows.",
        ),
    ],
    "shorter": [
        (
            "Ændringen i medianen siden 2011 er −10,0 måneder; intervallet er −15,0 til −1,0.",
            "The change of the median since 2011 is −10.0 months; the interval is −15.0 to −1.0.",
        ),
        (
            "Tallet er lavere end ved baseline, selv i den ugunstige ende af intervallet.",
            "The figure is lower than at the baseline, even at the unfavourable end of the interval.",
        ),
    ],
    "no new areas": [
        (
            "Nye udsatte områder: 0 efter samme kriterier som listen fra januar 2010: Nået.",
            "New exposed areas: 0 by the criteria of the list of January 2010: Met.",
        ),
        (
            "Højrisikoafdelinger: 17 i forhold til 21 i 2010: Nået.",
            "High-risk departments: 17 compared with 21 in 2010: Met.",
        ),
    ],
    "not shown": [
        (
            "Tal under 5 og de tal, der ellers ville afsløre dem, vises ikke; derfor kan der ikke siges mere om: "
            "Gennemført 9. klasse.",
            "Figures under 5 and those that would give them away are not shown; so nothing more can be said of: "
            "Completed 9th grade.",
        )
    ],
    "no interval without persons": [
        ("Punktestimatet er 1,20; der er intet interval.", "The point estimate is 1.20; there is no interval."),
        ("Intervallet kræver oplysninger på personniveau.", "The interval needs person-level data."),
    ],
}


@pytest.mark.parametrize("name", WHYS)
def test_why_word_for_word(name: str) -> None:
    goal, cells, draws, adjusted, _, _ = HEADLINES[name]
    assert said(written(goal, cells, draws, adjusted), 2014, "why") == WHYS[name]


def test_background_is_said_with_the_decimals_it_is_stored_with() -> None:
    gap = fitted("I01", 2014, "expected_share", gap_adjusted=-0.0217, gap_lower90=-0.0521, gap_upper90=0.0134)
    found = written(1, two("I01", 2014, (700, 1000), (800, 1000)), [], [gap | {"overlap_share": 0.97}])
    assert said(found, 2014, "background") == [
        (
            "Taget social baggrund i betragtning er forskellen 2,2 procentpoint: Nået. "
            "Det er en sammenhæng, ikke en forklaring.",
            "Given social background the difference is 2.2 percentage points: Met. "
            "That is an association, not an explanation.",
        )
    ]


@pytest.mark.parametrize(
    ("adjusted", "remarks", "da"),
    [
        (
            "not_met",
            None,
            "Taget social baggrund i betragtning: Ikke nået. Tallene bag vises ikke, fordi de hviler på tal, der ikke "
            "vises.",
        ),
        (
            "suppressed",
            None,
            "Taget social baggrund i betragtning vises ingen dom, fordi den hviler på tal, der ikke vises.",
        ),
        (
            "cannot_tell",
            "adjusted_overlap",
            "Taget social baggrund i betragtning kan det ikke afgøres: for mange i gruppen har en baggrund, som ingen "
            "i referencegruppen har.",
        ),
        ("not_assessed", None, None),
    ],
)
def test_a_verdict_given_background_without_its_figures_says_why(
    adjusted: str, remarks: str | None, da: str | None
) -> None:
    frame = CELL.conform(two("I01", 2014, (700, 1000), (800, 1000)))
    judged = judge(evidence(frame), JUDGEMENT).with_columns(
        result_adjusted=pl.lit(adjusted), remarks=pl.lit(remarks, dtype=pl.String)
    )
    found = statements(ALONE[1], observe(C, 1, frame, GOAL), judged, "101")
    assert [x for x, _ in said(found, 2014, "background")] == [da] * (da is not None)


def test_a_weak_rule_says_so_and_a_strong_one_is_silent() -> None:
    weak = said(written(1, two("I01", 2014, (30, 40), (75, 100))), 2014, "certainty")
    assert re.fullmatch(
        r"Grupperne er små: Selv uden nogen forskel ville reglen kun sige »Nået« i \d\d af 100 år\.", weak[0][0]
    )
    assert said(written(1, two("I01", 2014, (700, 1000), (800, 1000))), 2014, "certainty") == []


def test_years_before_and_after_the_year_the_goal_is_judged_in_say_so() -> None:
    counted = [c for y in (2010, 2011, 2014, 2015) for c in two("I01", y, (700, 1000), (800, 1000))]
    found = written(1, counted)
    assert said(found, 2010, "headline") == [
        (
            "2010 er udgangspunktet; målet dømmes fra 2011.",
            "2010 is the starting point; the goal is judged from 2011.",
        )
    ]
    after = said(found, 2015, "headline")[0]
    assert after[0].startswith("Opfølgning: Færre unge")
    assert after[1].startswith("Follow-up: Fewer young people")
    assert said(found, 2014, "headline")[0][0].startswith("Færre")
    cautions = {y: [da for da, _ in said(found, y, "caution")] for y in (2011, 2014, 2015)}
    assert "Målet dømmes på tallene for 2014; dommen for 2011 er foreløbig." in cautions[2011]
    assert "Målet dømmes på tallene for 2014; 2015 er opfølgning." in cautions[2015]
    assert not any("foreløbig" in x or "opfølgning" in x for x in cautions[2014])


# Of everything that is said -----------------------------------------------------------------------------------------


def follow_up(goal: int, cells: Cells, draws: Cells, adjusted: Cells) -> list[Written]:
    """The same figures a year after the year the goal is judged in."""
    later = [[{**r, "year": 2015} for r in rows if r["year"] == 2014] for rows in (cells, draws, adjusted)]
    rows = (cells + later[0], draws + later[1], adjusted + later[2])
    return written(goal, *rows)


def everything() -> Iterator[Written]:
    for goal, cells, draws, adjusted, _, _ in HEADLINES.values():
        yield from follow_up(goal, cells, draws, adjusted)


@pytest.fixture(scope="module")
def all_said() -> list[Written]:
    return list(everything())


def test_every_sentence_is_well_made(all_said: list[Written]) -> None:
    for w in all_said:
        for language in ("da", "en"):
            text = w.row[f"text_{language}"]
            assert not re.search(r"\.\.|  |[{}]|\bNone\b|\bnan\b", text), text
            assert text.endswith("."), text
            assert text[0] == text[0].upper(), text
            most = {"headline": 25, "why": 30}.get(w.row["layer"], 999)
            assert len(text.split()) <= most, text


def test_each_goal_and_year_has_one_headline_and_one_or_two_whys(all_said: list[Written]) -> None:
    for goal, cells, draws, adjusted, _, _ in HEADLINES.values():
        found = written(goal, cells, draws, adjusted)
        for year in {w.row["year"] for w in found}:
            layers = [w.row["layer"] for w in found if w.row["year"] == year]
            assert (layers[0], layers.count("headline")) == ("headline", 1)
            assert 1 <= layers.count("why") <= 2


def test_both_languages_have_the_same_numbers_in_the_same_order(all_said: list[Written]) -> None:
    for w in all_said:
        for language in ("da", "en"):
            text, at = w.row[f"text_{language}"], 0
            for n in w.numbers:
                at = text.find(n[f"text_{language}"], at) + len(n[f"text_{language}"])
                assert at >= len(n[f"text_{language}"]), (text, n["slot"])


def test_without_its_slots_no_sentence_holds_a_number(all_said: list[Written]) -> None:
    """But those of the catalogue: what is counted, a code's label, the rule of 5."""
    own = r"9\. klasse|9th grade|1\.000|1,000|10\.000|10,000|Tal under 5|Figures under 5|100 år|100 years|120 da(ge|ys)"
    own += r"|§ 110|[Ss]ection 110|op til 5|up to 5|hedder 2010|labelled 2010"
    for w in all_said:
        for language in ("da", "en"):
            text = plain(w.row[f"text_{language}"])
            for number in sorted((n[f"text_{language}"] for n in w.numbers), key=len, reverse=True):
                text = text.replace(number, "", 1)
            assert not re.search(r"\d", re.sub(own, "", text)), (text, w.row["statement_id"])


def test_a_headline_says_a_direction_only_where_the_interval_excludes_no_change() -> None:
    for name, (goal, cells, draws, adjusted, da, en) in HEADLINES.items():
        frame = CELL.conform(cells)
        judged = judge(evidence(frame, draws, adjusted), JUDGEMENT).filter(
            (pl.col("year") == 2014) & (pl.col("goal") == goal)
        )
        sure = []
        for r in judged.to_dicts():
            none = 0.0 if r["quantity"] in ("difference", "share_change", "difference_of_medians") else 1.0
            told = r["result"] != "cannot_tell" and r["lower90"] is not None
            own = (r["change_lower"], r["change_upper"]) if r["quantity"] == "ratio_of_ratios" else (None, None)
            limits = [(r["lower90"], r["upper90"], none), (*own, 0.0)]
            sure.append(told and any(x is not None and (x > n or (y is not None and y < n)) for x, y, n in limits))
        for language, text in (("da", da), ("en", en)):
            said_of = [re.search(rf"\b({DIRECTIONS[language]})\b", c.lower()) for c in text.split(";")]
            clauses = [bool(m) and not re.search(OPEN, c) for m, c in zip(said_of, text.split(";"), strict=True)]
            if any(clauses) and "ingen gruppe" not in text and "neither group" not in text:
                assert any(sure), (name, text)
                assert sum(clauses) <= sum(sure), (name, text)


def test_the_headlines_numbers_give_the_estimate() -> None:
    """AC-07: parts that differ by rounding only."""
    for name, (goal, cells, draws, adjusted, _, _) in HEADLINES.items():
        frame = CELL.conform(cells)
        judged = judge(evidence(frame, draws, adjusted), JUDGEMENT).filter(pl.col("year") == 2014).to_dicts()
        (head,) = [
            w for w in written(goal, cells, draws, adjusted) if w.row["layer"] == "headline" and w.row["year"] == 2014
        ]
        number = {n["slot"]: n["value"] for n in head.numbers}
        for r in (r for r in judged if len(judged) == 1 and r["estimate"] is not None):
            if r["quantity"] == "difference":
                assert number["now"] - number["other"] == pytest.approx(r["estimate"], abs=0.1), name
            elif r["quantity"] in ("count_ratio", "rate_ratio", "representation_change"):
                assert number["now"] / number["then"] == pytest.approx(r["estimate"], abs=0.01), name
            elif r["quantity"] in ("difference_of_medians", "share_change"):
                assert number["now"] - number["then"] == pytest.approx(r["estimate"], abs=0.1), name
            elif r["quantity"] == "standardised_ratio" and {"now", "ratio"} <= set(number):
                assert number["now"] / number["other"] == pytest.approx(number["ratio"], abs=0.06), name
            elif r["quantity"] == "ratio_of_ratios":
                now, then = number["now"] / number["other"], number["then"] / number["other_then"]
                assert now / then == pytest.approx(r["estimate"], abs=0.01), name


def test_every_number_is_in_the_row_it_names(all_said: list[Written]) -> None:
    for w in all_said:
        for n in w.numbers:
            value = n["value"]
            changed = {"abs": abs(value), "times_100": 100 * value, "difference_from_1": value - 1}
            number = changed.get(n["transform"], value)
            year = n["transform"] == "year"
            assert n["text_da"] == (f"{value:.0f}" if year else shown(number, n["decimals"], "da"))
            assert n["text_en"] == (f"{value:.0f}" if year else shown(number, n["decimals"], "en"))


def test_the_contracts_hold_and_the_reason_is_everything_said(all_said: list[Written]) -> None:
    goal, cells, draws, adjusted, _, _ = HEADLINES["one share that fell"]
    frame = CELL.conform(cells)
    seen, judged = observe(C, goal, frame, GOAL), judge(evidence(frame, draws, adjusted), JUDGEMENT)
    found = statements(ALONE[goal], seen, judged, "101")
    tables = [
        (STATEMENT, STATEMENT.conform([w.row for w in found])),
        (STATEMENT_NUMBER, STATEMENT_NUMBER.conform([n for w in found for n in w.numbers])),
    ]
    broken = [(c.name, r.rule) for c, f in tables for r in contracts.evaluate(c, f) if not r.passed]
    assert broken == []
    for r in status(ALONE[goal], seen, judged, GOAL_STATUS, "101").to_dicts():
        mine = [w.row for w in found if (w.row["goal"], w.row["year"]) == (r["goal"], r["year"])]
        assert r["reason_da"] == " ".join(x["text_da"] for x in mine)
        assert r["reason_en"] == " ".join(x["text_en"] for x in mine)


def test_made_up_figures_are_said_to_be_made_up_and_official_ones_are_not() -> None:
    national = cell("I02n", 2014, "minority", 300, 10000, data_kind="official", age_group="15-29")
    other = cell("I02n", 2014, "danish", 200, 10000, data_kind="official", age_group="15-29")
    found = written(2, [*two("I02", 2014, (260, 4000), (400, 8000)), national, other], [], over(1.02, 1.68, 1.31))
    kinds = {w.row["layer"]: w.row["data_kind"] for w in found if w.row["year"] == 2014}
    assert kinds["headline"] == kinds["why"] == "synthetic"
    assert kinds["context"] == "official"
    assert ("Tallene er syntetiske og siger intet om den virkelige by.",) in [
        (da,) for da, _ in said(found, 2014, "caution")
    ]


def test_the_caveats_of_a_goal_are_those_of_the_rows_its_judgement_read() -> None:
    national = [
        cell("I02n", 2014, g, x, 10000, data_kind="official", age_group="15-29")
        for g, x in (("minority", 300), ("danish", 200))
    ]
    counted = [*two("I02", 2014, (260, 4000), (400, 8000)), *national]
    frame = CELL.conform(counted)
    seen = observe(C, 2, frame, GOAL)
    judged = judge(evidence(frame, [], over(1.02, 1.68, 1.31)), JUDGEMENT)
    rows = status(ALONE[2], seen, judged, GOAL_STATUS, "101").filter((pl.col("goal") == 2) & (pl.col("year") == 2014))
    caveats = set(rows["caveats"][0].split(";"))
    assert caveats == set(C.indicator("I02").caveats)
    assert not {"national_not_municipal", "all_offences"} & caveats
    context = [w.row for w in statements(ALONE[2], seen, judged, "101") if w.row["statement_id"] == "national_context"]
    assert {"national_not_municipal", "all_offences"} <= set(context[0]["caveats"].split(";"))


def test_what_is_hidden_changes_no_sentence() -> None:
    """Two cities that print the same rows are told alike: figures behind blanked cells have no say."""
    shown_cells = [cell("I01", 2014, "danish", 1500, 2000)]
    told = []
    for x in (3, 400):
        hidden = cell("I01", 2014, "minority", x, 500, cell_state="blanked")
        seen = observe(C, 1, CELL.conform([hidden | {"numerator": None, "denominator": None}, *shown_cells]), GOAL)
        told.append([w.row for w in statements(ALONE[1], seen, JUDGEMENT.empty(), "101")])
    assert told[0] == told[1]
    assert not any("75" in w["text_da"] and w["layer"] == "headline" for w in told[0])


# The writer itself ----------------------------------------------------------------------------------------------------


def judged_row(**values: object) -> Row:
    key = {"goal": 4, "indicator_id": "I04", "year": 2014, "data_kind": "official"}
    return Row("output", "judgement", JUDGEMENT, {**key, **values})


def test_a_number_without_a_row_cannot_be_printed() -> None:
    writer = Writer(C)
    empty = Number(judged_row(power=None), "power", 0, "times_100")
    with pytest.raises(StatementError, match=r"goal 4, 2014, power: power has no number in output.judgement.power"):
        writer.write(4, 2014, [Said("power", {"power": empty})], None)
    with pytest.raises(StatementError, match=r"goal 4, 2014, power: nothing fills \{power\}"):
        writer.write(4, 2014, [Said("power")], None)
    among_words = Words.of(("i 73 tilfælde", "in 73 cases"))
    with pytest.raises(StatementError, match="holds a number that names no row"):
        writer.write(4, 2014, [Said("why_verdict", {"verdict": among_words})], None)


@pytest.mark.parametrize(
    ("value", "decimals", "da", "en"),
    [
        (1234.5, 1, "1.234,5", "1,234.5"),
        (33.14, 1, "33,1", "33.1"),
        (1000000, 0, "1.000.000", "1,000,000"),
        (-5.44, 1, "−5,4", "−5.4"),
        (-0.04, 1, "0,0", "0.0"),
    ],
)
def test_numbers_as_they_are_printed(value: float, decimals: int, da: str, en: str) -> None:
    assert (shown(value, decimals, "da"), shown(value, decimals, "en")) == (da, en)


@pytest.mark.parametrize(
    ("low", "high", "da", "en"),
    [
        (0.28, 0.86, "0,28–0,86", "0.28–0.86"),
        (-15.9, -2.1, "−15,90 til −2,10", "−15.90 to −2.10"),
        (-0.001, 2.0, "0,00–2,00", "0.00–2.00"),
    ],
)
def test_a_range_with_a_negative_number_has_no_dash(low: float, high: float, da: str, en: str) -> None:
    row = judged_row(a=low, b=high, companion_value=1.0, base=2010)
    fields = {
        "interval": Interval(Number(row, "a", 2), Number(row, "b", 2)),
        "value": Number(row, "companion_value", 2),
        "base": Number(row, "base", 0, "year"),
    }
    (found,) = Writer(C).write(4, 2014, [Said("companion_count_ratio", fields)], None)
    assert f"({da})" in found.row["text_da"]
    assert f"({en})" in found.row["text_en"]
    assert [n["slot"] for n in found.numbers] == ["value", "base", "interval_low", "interval_high"]
    assert found.numbers[1]["text_da"] == "2010"


def test_text_is_set_with_one_stop_and_unbroken_units() -> None:
    assert typeset("det var 64,3 pct.") == "Det var 64,3\u00a0pct."
    assert typeset("18 pr. 1.000") == "18\u00a0pr.\u00a01.000."
    assert typeset("9.0 percentage points") == "9.0\u00a0percentage points."
