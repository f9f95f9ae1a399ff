"""Goal 1: children with a measure, and whether they completed 9th grade."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date

from tests.recount.counting import SEX, TOTAL, Counted, definition
from tests.recount.people import COPENHAGEN, City, Who, remembered

COHORT_AGE = 16
NINTH_GRADE = "29"
EXAM = "Bundne prøvefag"
PASSING = {"02", "4", "7", "10", "12"}
FAILING = {"-3", "00"}
COMPULSORY = {"DAN", "ENG", "FYK", "MAT"}
LOOKS_AT = {"dst_bua": (-2, -1, 0), "dst_bufo": (-2, -1, 0), "dst_kotre": (-1, 0, 1), "dst_bef": (0, 1)}
WITH_MARKS = LOOKS_AT | {"dst_udfk": (-1, 0, 1)}


@remembered
def births(city: City) -> dict[str, date]:
    """The birth date of everybody, as the latest register that has them says it."""
    return {n: row["FOED_DAG"] for year in sorted(city.population) for n, row in city.population[year].items()}


@remembered
def cohort(city: City, year: int) -> dict[str, Who]:
    """Who turns 16 in the year and had a measure of the city on a day of the 24 months to 31 July.

    Who is in the register of the year or, having come in it, of 1 January after; the birth date is the last it has.
    """
    first, last = date(year - 2, 8, 1), date(year, 7, 31)
    found = {}
    for row in [*city.deliveries.latest("dst_bua"), *city.deliveries.latest("dst_bufo")]:
        if row["HKOM"] != COPENHAGEN or row["SAG_VFRA"] > last or row["_known_until"] < first:
            continue
        registered = city.row_of(row["PNR"], year) or city.row_of(row["PNR"], year + 1)
        if registered and births(city)[row["PNR"]].year == year - COHORT_AGE:
            found[row["PNR"]] = city.who(row["PNR"], year)
    return found


@remembered
def completed(city: City, year: int) -> set[str]:
    """Who has left 9th grade completed by 1 October of the year after."""
    return {
        row["PNR"]
        for row in city.deliveries.every("dst_kotre")
        if row["UDEL"] == NINTH_GRADE
        and row["AUDD"] is not None
        and int(row["AUDD"]) != 0
        and row["ELEV3_VTIL"] <= date(year + 1, 10, 1)
    }


@remembered
def exams(city: City, year: int) -> dict[str, bool]:
    """Passed or not, of whom it is known: the best mark of every compulsory subject by 1 October of the year after.

    Where one is missing, or has codes of exemption or absence only, the exam is unknown, whatever the others are.
    """
    passed: dict[str, dict[str, bool]] = defaultdict(dict)
    for row in city.deliveries.every("dst_udfk"):
        mark, subject = row["GRUNDSKOLEKARAKTER"], row["GRUNDSKOLEFAG"]
        if row["PROEVEFORM"] == EXAM and row["KARAKTERDATO"] <= date(year + 1, 10, 1) and mark in PASSING | FAILING:
            of_person = passed[row["PNR"]]
            of_person[subject] = of_person.get(subject, False) or mark in PASSING
    return {
        person: all(of_person[subject] for subject in COMPULSORY)
        for person, of_person in passed.items()
        if of_person.keys() >= COMPULSORY
    }


@definition("I01", "1", LOOKS_AT, SEX)
def ninth_grade(city: City, year: int) -> Iterator[Counted]:
    done = completed(city, year)
    for person, who in cohort(city, year).items():
        if city.in_denmark(person, year + 1):
            yield Counted(who, person in done, 1)


@definition("I01_all", "1", LOOKS_AT, TOTAL, groups=("all",))
def ninth_grade_of_all(city: City, year: int) -> Iterator[Counted]:
    yield from ninth_grade(city, year)


@definition("I01_left", "2", LOOKS_AT, SEX)
def left(city: City, year: int) -> Iterator[Counted]:
    for person, who in cohort(city, year).items():
        yield Counted(who, not city.in_denmark(person, year + 1))


@definition("I01_left_failed", "1", LOOKS_AT, SEX)
def left_is_failure(city: City, year: int) -> Iterator[Counted]:
    done = completed(city, year)
    for person, who in cohort(city, year).items():
        yield Counted(who, person in done and city.in_denmark(person, year + 1), 1)


@definition("I01_exam", "2", WITH_MARKS, SEX)
def exam(city: City, year: int) -> Iterator[Counted]:
    known = exams(city, year)
    for person, who in cohort(city, year).items():
        if city.in_denmark(person, year + 1) and person in known:
            yield Counted(who, known[person], 1)


@definition("I01_exam_unknown", "2", WITH_MARKS, SEX)
def exam_unknown(city: City, year: int) -> Iterator[Counted]:
    known = exams(city, year)
    for person, who in cohort(city, year).items():
        yield Counted(who, city.in_denmark(person, year + 1) and person not in known)
