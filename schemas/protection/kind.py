"""Contract of the kinds of persons in a lake."""

import polars as pl

from schemas import columns as c
from schemas.contract import Column, TableContract

KIND = TableContract(
    "cell",
    "kind",
    "Slags personer",
    "Kinds of persons",
    "FORTROLIG. Hvordan personer i denne sø kan stå i de optalte serier af et år; ikke hvor mange de er.",
    "CONFIDENTIAL. How persons of this lake can stand in the counted series of a year; not how many they are.",
    (
        c.text("pattern", "Mønster", "Pattern", "Serier med antal og udfald.", "Series with how often and outcome."),
        c.integer(
            "before",
            "Før",
            "Before",
            "Udgangsår før hvilket registrene var færre.",
            "Base year before which there were fewer registers.",
        ).null(),
        Column(
            "base_year",
            pl.Int32,
            "Kun i",
            "Only in",
            "Det udgangsår, hvor de er set, hvis de ikke nødvendigvis er mulige i andre.",
            "The base year they were seen in, unless they are possible in others too.",
        ).null(),
        c.flag("ancestry_known", "Herkomst kendt", "Ancestry known"),
        c.text("sex", "Køn", "Sex"),
        c.text("ages", "Aldre", "Ages", "Aldre i hele år.", "Ages in whole years.").null(),
    ),
    (),
)
