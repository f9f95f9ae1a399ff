"""What registers share: the pseudonymised key, dates, and the traces of their origin. CONFIDENTIAL, never published."""

import polars as pl

from schemas import columns as c
from schemas.contract import Column, Rule, TableContract

PERSON = c.text(
    "person",
    "Person",
    "Person",
    "Pseudonym (HMAC-SHA-256 med nøgle uden for data); aldrig et CPR-nummer.",
    "Pseudonym (HMAC-SHA-256 with a key held outside the data); never a CPR number.",
    pattern=r"^[0-9a-f]{32}$",
)
KEY_ID = c.text(
    "key_id", "Nøgle-id", "Key id", "Hvilken nøgle pseudonymet er lavet med.", "Which key made the pseudonym."
)
SOURCE_ROWS = c.integer(
    "source_rows",
    "Kilderækker",
    "Source rows",
    "Hvor mange leverede rækker rækken er dannet af; summen går op med de leverede.",
    "How many delivered rows made this row; their sum reconciles with what was delivered.",
    minimum=0,
)
PROVIDED = (SOURCE_ROWS, KEY_ID.null(), c.DATA_KIND.only("delivered", "synthetic"), c.DELIVERY_ID)


def date_column(name: str, da: str, en: str) -> Column:
    return Column(name, pl.Date, da, en, da, en)


OBSERVED_END = Column(
    "observed_end",
    pl.Date,
    "Slut, så vidt vides",
    "End as far as known",
    "Dagen efter den sidste; uden slut dagen efter den sidste leverede periode, der har posten.",
    "The day after the last one; without an end the day after the last delivered period that has the record.",
)
LAST_DAY_KNOWN = Column(
    "observed_end",
    pl.Date,
    "Sidste dag, så vidt vides",
    "Last day as far as known",
    "Uden slut 31. december i den sidste leverede periode, der har posten.",
    "Without an end 31 December of the last delivered period that has the record.",
)


def register(
    name: str,
    title_da: str,
    title_en: str,
    columns: tuple[Column, ...],
    key: tuple[str, ...],
    rules: tuple[Rule, ...] = (),
    partition_column: str | None = None,
) -> TableContract:
    """The contract of one register; every register ends with the traces of its origin."""
    return TableContract(
        "register",
        name,
        title_da,
        title_en,
        f"FORTROLIG. {title_da}, på personniveau med pseudonym nøgle. Forlader aldrig den fortrolige zone.",
        f"CONFIDENTIAL. {title_en}, person level with a pseudonymous key. Never leaves the confidential zone.",
        (*columns, *PROVIDED),
        key,
        rules,
        partition_column=partition_column,
    )


def starts_before_it_ends(start: str, end: str) -> Rule:
    """An open episode has no end; a closed one does not end before it starts."""
    return Rule(f"{start}_not_after_{end}", pl.col(end).is_null() | (pl.col(start) <= pl.col(end)), end)
