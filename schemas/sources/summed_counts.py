"""Delivery: a summed data set (sumdatasæt): counts with blanked cells, as Statistics Denmark delivers them."""

import polars as pl

from schemas.contract import Rule
from schemas.sources.delivery_shape import Delivery, Period, Variable, Whole, delivery_contract

DELIVERY = Delivery(
    source="summed_counts",
    supplier="Danmarks Statistik",
    level="counts",
    variables=(
        Variable(
            "INDIKATOR",
            "indicator_id",
            "text",
            "Indikator",
            "Indicator",
            "I02",
            pattern="^[IB][0-9]{1,2}[A-Za-z0-9_]*$",
        ),
        Variable("AAR", "count_year", "integer", "År", "Year", "2010", minimum=1990, maximum=2100),
        Variable("KOM", "geography", "municipality", "Kommune", "Municipality", "101"),
        Variable(
            "GRUPPE",
            "population_group",
            "text",
            "Befolkningsgruppe",
            "Population group",
            "minority",
            codes=("minority", "non_western", "western", "immigrant", "descendant", "danish", "unknown", "all"),
        ),
        Variable(
            "KOEN",
            "sex",
            "text",
            "total, men, women, unknown",
            "total, men, women, unknown",
            "total",
            codes=("total", "men", "women", "unknown"),
        ),
        Variable(
            "ALDER",
            "age_group",
            "text",
            "Aldersgruppe eller total",
            "Age group or total",
            "15-17",
            pattern="^(total|unknown|[0-9]+(-[0-9]+|\\+)?)$",
        ),
        Variable(
            "TAELLER",
            "numerator",
            "integer",
            "Tæller; .. for diskretioneret",
            "Numerator; .. when hidden",
            "12",
            optional=True,
            minimum=0,
        ),
        Variable(
            "NAEVNER",
            "denominator",
            "integer",
            "Nævner; .. for diskretioneret",
            "Denominator; .. when hidden",
            "340",
            optional=True,
            minimum=0,
        ),
        Variable(
            "VAERDI",
            "value",
            "number",
            "Værdi, hvor tallet ikke er et antal; .. for diskretioneret",
            "Value where it is no count; .. when hidden",
            "18,5",
            optional=True,
        ),
    ),
    key=("indicator_id", "count_year", "geography", "population_group", "sex", "age_group"),
    period=Period("text_starts", ("count_year",)),
    population_da="Optællinger på færdige celler; aldrig en række pr. person. I02 også for køn og alderstrin på én gang, for "
    "gruppen, dansk oprindelse, uoplyst og alle: ellers kan det ikke standardiseres.",
    population_en="Counts of finished cells; never a row per person. I02 also by sex and year of age at once, for the "
    "group, Danish origin, unknown and all: it cannot be standardised otherwise.",
    cut=("named",),
    municipality="geography",
    formats=("csv", "xlsx"),
    wholes=(
        Whole("sex", "total", parts=("men", "women"), rest=("unknown",)),
        Whole(
            "population_group",
            "all",
            parts=("minority", "danish"),
            rest=("unknown",),
            within=("immigrant", "descendant", "western", "non_western"),
        ),
        # of some of the minority nobody knows the country
        Whole("population_group", "minority", within=("immigrant", "descendant", "western", "non_western")),
    ),
    age_groups="age_group",
    rules=(
        Rule(
            "numerator_above_denominator",
            pl.any_horizontal(
                pl.col("numerator").is_null(),
                pl.col("denominator").is_null(),
                pl.col("numerator") <= pl.col("denominator"),
            ),
            "numerator",
            "The numerator is part of the denominator.",
        ),
    ),
)

TABLE = delivery_contract(DELIVERY)
