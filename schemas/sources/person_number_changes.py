"""Delivery: person numbers that were changed, the old and the new one (CPR)."""

import polars as pl

from schemas.contract import Rule
from schemas.sources.delivery_shape import Delivery, Period, Variable, delivery_contract

DELIVERY = Delivery(
    source="person_number_changes",
    supplier="Københavns Kommune",
    level="person",
    variables=(
        Variable("CPR_NYT", "person", "person", "Nyt personnummer", "New person number", "020165-0000"),
        Variable("CPR_GAMMELT", "old_person", "person", "Gammelt personnummer", "Old person number", "030165-0000"),
        Variable("AENDRET", "changed_date", "date", "Ændringens dato", "Date of the change", "2010-05-01"),
    ),
    key=("old_person",),
    period=Period("year_in", ("changed_date",)),
    population_da="Alle, der i året fik et nyt nummer og indgår i nogen levering. Fører et nummer over årene tilbage til sig selv, "
    "afvises hele filen (`circular`): ingen ved, hvilket der gælder.",
    population_en="Everybody who got a new number in the year and is in any delivery. Where a number leads back to itself over the "
    "years, the whole file is refused (`circular`): nobody knows which one is in force.",
    cut=("whole",),
    may_be_empty=True,
    links_persons=True,
    rules=(
        Rule(
            "number_is_its_own_successor",
            pl.col("person") != pl.col("old_person"),
            "old_person",
            "A number that changed is another number.",
        ),
    ),
)

TABLE = delivery_contract(DELIVERY)
