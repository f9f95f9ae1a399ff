"""Hard cases of the population register itself, and everybody of the cases as part of what rates are reckoned per."""

from datetime import date

from handleplan_pipeline.synthetic.hard.cast import DANISH, Cast, Player
from handleplan_pipeline.synthetic.hard.codes import listed
from handleplan_pipeline.synthetic.hard.reckon import Reckoning
from handleplan_pipeline.synthetic.hard.roofless import FAR
from handleplan_pipeline.synthetic.women import TEAM_FROM

UNLISTED = ("5123", "5999")
"""On no list of countries."""
REALM = ("5100", "5101", "5102")


def cast_population(cast: Cast) -> None:
    """Every country with an immigrant and a descendant, countries on no list, and rows that change or fail to come."""
    for k, land in enumerate(listed("dst_bef", "OPR_LAND", 2010)):
        born = date(1975 + k % 10, 1 + k % 12, 2 + k // 12)
        cast.person("every_country", born, sex=1 + k % 2, origin=("23"[k % 2], land))
    for case, lands in (("unlisted_country", UNLISTED), ("blank_country", ("",)), ("minority_of_the_realm", REALM)):
        for k, land in enumerate(lands):
            for kind in "23":
                cast.person(case, date(1980 + k, 3 + int(kind), 4), sex=int(kind) - 1, origin=(kind, land))
    for kind in (*listed("dst_bef", "IE_TYPE", 2010), ""):
        cast.person("every_ancestry", date(1990, 5, 6), origin=(kind, "5432" if kind in ("2", "3") else ""))
    for y in (2009, 2012):
        cast.person("gap_in_population", date(1985, 6, 7), bef={y: None, y + 1: None})
    cast.person(
        "ancestry_and_home_change",
        date(1986, 7, 8),
        origin=DANISH,
        bef={y: {"ie_type": "3", "origin": "5432", "municipality": FAR} for y in (2010, 2011)},
    )


def reckon(r: Reckoning, cast: Cast) -> None:
    """The denominators of rates: residents of each year."""

    def living(t: int, low: int, high: int, sex: int | None = None) -> list[Player]:
        return [
            p
            for p in cast.players
            if p.resident(t) and low <= p.age(t) <= high and (sex is None or p.bef[t].sex == sex)
        ]

    for t in r.years:
        for name, low, high in (
            ("I02", 15, 17),
            ("I02_crude", 15, 17),
            ("I02_traffic", 15, 17),
            ("I02_age15_24", 15, 24),
            *((name, 15, 200) for name in ("I06_total", "I06a", "I06b", "I06c", "I06_place")),
        ):
            r.add(name, t, [], per=living(t, low, high))
        if t - 1 >= r.years[0]:
            r.add("I05_rate", t, [], per=living(t, 18, 64))
        r.add("I08_system", t, [], per=living(t, 18, 64, 2))
        if t >= TEAM_FROM:
            for name in ("I08_contacts", "I08_women", "I08_women_rate"):
                r.add(name, t, [], per=living(t, 18, 64, 2))
