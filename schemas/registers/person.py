"""Contract of the register: persons by year."""

from schemas import columns as c
from schemas.registers.shape import PERSON, register

PERSON_YEAR = register(
    "person",
    "Personer pr. år",
    "Persons by year",
    (
        PERSON,
        c.YEAR,
        c.integer("birth_year", "Fødselsår", "Year of birth", minimum=1880, maximum=2100),
        c.integer(
            "age",
            "Alder",
            "Age",
            "Alder i hele år 1. januar.",
            "Age in whole years on 1 January.",
            unit="years",
            minimum=0,
            maximum=125,
        ),
        c.SEX,
        c.ANCESTRY_COLUMN.only(
            "danish",
            "immigrant_western",
            "immigrant_non_western",
            "descendant_western",
            "descendant_non_western",
            "unknown",
        ),
        c.GEOGRAPHY,
    ),
    ("person", "year"),
)
