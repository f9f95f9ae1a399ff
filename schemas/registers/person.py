"""Contract of the register: persons by year, as they stand in the population on 1 January."""

from schemas import columns as c
from schemas.registers.shape import PERSON, date_column, register

PERSON_YEAR = register(
    "person",
    "Personer pr. år",
    "Persons by year",
    (
        PERSON,
        c.YEAR,
        date_column("birth_date", "Fødselsdag", "Date of birth"),
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
        c.SEX.only("men", "women"),
        c.ANCESTRY_COLUMN.only(
            "danish",
            "immigrant_western",
            "immigrant_non_western",
            "descendant_western",
            "descendant_non_western",
            "immigrant",
            "descendant",
            "unknown",
        ),
        c.GEOGRAPHY,
    ),
    ("person", "year"),
    partition_column="year",
)
