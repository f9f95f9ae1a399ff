"""Contract of the bootstraps over persons and areas."""

import polars as pl

from schemas import columns as c
from schemas.contract import Column, TableContract

RESAMPLED = TableContract(
    "cell",
    "resampled",
    "Gentagne udtræk",
    "Resampled quantities",
    "FORTROLIG. Størrelser, hvor de samme personer indgår flere gange: estimat og grænser fra 2.000 udtræk af personer "
    "(og områder). Fast startværdi.",
    "CONFIDENTIAL. Quantities in which the same persons come several times: estimate and limits from 2,000 draws of "
    "persons (and areas). Fixed seed.",
    (
        c.INDICATOR_ID,
        c.YEAR,
        c.text("quantity", "Størrelse", "Quantity", pattern=c.SLUG),
        Column(
            "base_year",
            pl.Int32,
            "Sammenligningsår",
            "Year compared with",
            "Sammenligningsår",
            "Year compared with",
            nullable=True,
        ),
        c.number("estimate", "Estimat", "Estimate"),
        c.number("lower90", "Nedre grænse, 90 pct.", "Lower limit, 90 %").null(),
        c.number("upper90", "Øvre grænse, 90 pct.", "Upper limit, 90 %").null(),
        c.number("lower95", "Nedre grænse, 95 pct.", "Lower limit, 95 %").null(),
        c.number("upper95", "Øvre grænse, 95 pct.", "Upper limit, 95 %").null(),
        c.integer("persons", "Personer", "Persons", minimum=0),
        c.number("share_in_both", "Andel i begge år", "Share in both years", minimum=0, maximum=1),
        c.integer("clusters", "Områder", "Areas", minimum=1).null(),
        c.text("method", "Metode", "Method"),
        c.DATA_KIND,
    ),
    ("indicator_id", "year", "quantity"),
)
