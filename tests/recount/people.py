"""Who somebody is on 1 January: ancestry, sex and age, from the population register and from nowhere else."""

from collections.abc import Callable
from datetime import date
from functools import cached_property, wraps
from typing import Any, NamedTuple, TypeVar, cast

from tests.recount.codes import code_list
from tests.recount.files import COPENHAGEN, Deliveries
from tests.recount.layouts import Row

YEARS_BACK = 5
"""Who is not in the register of the year is what the latest of so many years before says, else unknown."""
GROUP_OF_COUNTRY = {row["code"]: row["country_group"] for row in code_list("origin_country")}


class Who(NamedTuple):
    """`groups` are the population groups somebody belongs to, `all` among them; `age` is that of 1 January."""

    groups: tuple[str, ...]
    sex: str
    age: int | None

    @property
    def ancestry_known(self) -> bool:
        return "unknown" not in self.groups


NOBODY_KNOWS = Who(("all", "unknown"), "unknown", None)


def groups_of(ancestry: str | None, country: str | None) -> tuple[str, ...]:
    """Danish, or minority with its two halves: immigrant or descendant, western or not; unknown is never guessed.

    A country that is blank, on no list or of the realm makes nobody western nor the opposite.
    """
    if ancestry == "1":
        return ("all", "danish")
    if ancestry not in ("2", "3"):
        return ("all", "unknown")
    of_country = GROUP_OF_COUNTRY.get(country or "", "unknown")
    return (
        "all",
        "minority",
        "immigrant" if ancestry == "2" else "descendant",
        *([of_country] if of_country in ("western", "non_western") else []),
    )


def full_years(birth: date, on: date) -> int:
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))


F = TypeVar("F", bound=Callable[..., Any])


def remembered(what: F) -> F:
    """A function of the city (and a year or a word) that is asked often and answers once."""

    @wraps(what)
    def answer(city: "City", *about: Any) -> Any:
        question = (what.__module__, what.__qualname__, *about)
        if question not in city.memory:
            city.memory[question] = what(city, *about)
        return city.memory[question]

    return cast(F, answer)


class City:
    """The deliveries, and the population by year and number."""

    def __init__(self, deliveries: Deliveries) -> None:
        self.deliveries = deliveries
        self.memory: dict[tuple[Any, ...], Any] = {}

    @cached_property
    def population(self) -> dict[int, dict[str, Row]]:
        rows = self.deliveries.rows["dst_bef"]
        return {year: {row["PNR"]: row for row in rows[year]} for year in rows}

    def row_of(self, number: str, year: int) -> Row | None:
        """The register's row of that year, else the latest of the five years before."""
        for back in range(YEARS_BACK + 1):
            row = self.population.get(year - back, {}).get(number)
            if row:
                return row
        return None

    @remembered
    def who(self, number: str | None, year: int) -> Who:
        row = self.row_of(number, year) if number else None
        if row is None:
            return NOBODY_KNOWS
        age = full_years(row["FOED_DAG"], date(year, 1, 1))
        return Who(groups_of(row["IE_TYPE"], row["OPR_LAND"]), "men" if row["KOEN"] == "1" else "women", age)

    def in_denmark(self, number: str, year: int) -> bool:
        """In the population on 1 January, in whichever municipality; a row with a fault in it names its person too."""
        return number in self.population.get(year, {}) or number in self.deliveries.named[year]

    def named_residents(self, year: int) -> dict[str, Who]:
        """Whom only rows with a fault name as living in the city that day; who they are, earlier rows say."""
        found = {}
        for number, places in self.deliveries.named[year].items():
            row = None if number in self.population.get(year, {}) else self.row_of(number, year)
            if row and places == {COPENHAGEN}:
                found[number] = self.who(number, year)
        return found

    @remembered
    def residents(self, year: int, youngest: int = 0, oldest: int = 200) -> dict[str, Who]:
        """Residents of the city on 1 January of these ages."""
        found = {}
        for number, row in self.population.get(year, {}).items():
            if row["KOM"] == COPENHAGEN and youngest <= full_years(row["FOED_DAG"], date(year, 1, 1)) <= oldest:
                found[number] = self.who(number, year)
        return found
