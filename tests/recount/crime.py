"""Goal 2 and the first half of goal 6: residents with a decision of guilt."""

from collections.abc import Callable, Iterator

from tests.recount.codes import code_list
from tests.recount.counting import Counted, band, definition, sliced
from tests.recount.layouts import Row
from tests.recount.people import COPENHAGEN, City, full_years

CRIMINAL_AGE = 15
"""It was 14 from 1 July 2010 to 1 March 2012; younger offences are left out throughout."""
GUILTY = {row["code"] for row in code_list("decision_type") if row["guilty"] == "true"}
SCENE = {row["code"]: row["category"] for row in code_list("offence") if row["use"] == "counted"}
LOOKS_AT = {"dst_kraf": (0,), "dst_bef": (0,)}
YEARS_OF_AGE = sliced("15-17", by_sex=True, by_age=str, crossed=True)


def of_the_laws(row: Row) -> bool:
    """The penal code (1), the weapons act (34) and the euphoriants act (32)."""
    return bool(row["AFG_GER7"].startswith(("1", "34", "32")))


def of_the_laws_or_traffic(row: Row) -> bool:
    return of_the_laws(row) or bool(row["AFG_GER7"].startswith("2"))


def decided(city: City, year: int, wanted: Callable[[Row], bool]) -> set[str]:
    """Persons with a decision of guilt in the year for such an offence."""
    return {row["PNR"] for row in city.deliveries.of("dst_kraf", year) if row["AFG_AFGTYP3"] in GUILTY and wanted(row)}


def youths(city: City, year: int, oldest: int, laws: Callable[[Row], bool]) -> Iterator[Counted]:
    """Residents of 15 and up to `oldest`; the offence was done at 15 or later."""

    def wanted(row: Row) -> bool:
        registered = city.row_of(row["PNR"], year)
        return (
            laws(row)
            and registered is not None
            and full_years(registered["FOED_DAG"], row["AFG_GERDTO"]) >= CRIMINAL_AGE
        )

    guilty = decided(city, year, wanted)
    for person, who in city.residents(year, CRIMINAL_AGE, oldest).items():
        yield Counted(who, person in guilty, 1)


@definition("I02", "1", LOOKS_AT, YEARS_OF_AGE)
def youth_crime(city: City, year: int) -> Iterator[Counted]:
    yield from youths(city, year, 17, of_the_laws)


@definition("I02_crude", "1", LOOKS_AT, sliced("15-17"))
def youth_crime_crude(city: City, year: int) -> Iterator[Counted]:
    yield from youths(city, year, 17, of_the_laws)


@definition("I02_age15_24", "1", LOOKS_AT, sliced("15-24", by_sex=True, by_age=band))
def crime_to_24(city: City, year: int) -> Iterator[Counted]:
    yield from youths(city, year, 24, of_the_laws)


@definition("I02_traffic", "1", LOOKS_AT, sliced("15-17", by_sex=True, by_age=str))
def crime_with_traffic(city: City, year: int) -> Iterator[Counted]:
    yield from youths(city, year, 17, of_the_laws_or_traffic)


def scene(city: City, year: int, *categories: str) -> Iterator[Counted]:
    """Residents of 15 and over, each once whatever the number of decisions."""
    guilty = decided(city, year, lambda row: SCENE.get(row["AFG_GER7"]) in categories)
    for person, who in city.residents(year, CRIMINAL_AGE).items():
        yield Counted(who, person in guilty, 1)


FIFTEEN_UP = sliced("15+", by_sex=True, by_age=band)


@definition("I06a", "1", LOOKS_AT, FIFTEEN_UP)
def street_disorder(city: City, year: int) -> Iterator[Counted]:
    yield from scene(city, year, "street_disorder")


@definition("I06b", "1", LOOKS_AT, FIFTEEN_UP)
def euphoriants_act(city: City, year: int) -> Iterator[Counted]:
    yield from scene(city, year, "euphoriants_act")


@definition("I06c", "1", LOOKS_AT, FIFTEEN_UP)
def drug_dealing(city: City, year: int) -> Iterator[Counted]:
    yield from scene(city, year, "drug_dealing")


@definition("I06_total", "1", LOOKS_AT, FIFTEEN_UP)
def drug_scene(city: City, year: int) -> Iterator[Counted]:
    yield from scene(city, year, "street_disorder", "euphoriants_act", "drug_dealing")


@definition("I06_place", "1", LOOKS_AT, sliced("15+"))
def drug_scene_by_place(city: City, year: int) -> Iterator[Counted]:
    """The offence was done in the city, wherever the person lives; beside the residents of 15 and over."""
    for person in decided(city, year, lambda row: row["AFG_GER7"] in SCENE and row["AFG_GERKOM"] == COPENHAGEN):
        yield Counted(city.who(person, year), 1)
    for who in city.residents(year, CRIMINAL_AGE).values():
        yield Counted(who, 0, 1)
