"""Contract of FOLK1E: the population on 1 January."""

from schemas.sources.statbank_shape import AGE, ANCESTRY, REGION, SEX, statbank_table

FOLK1E = statbank_table(
    "folk1e",
    "FOLK1E: befolkningen 1. januar",
    "FOLK1E: population on 1 January",
    "Befolkningen 1. januar efter køn, alder og herkomst, hele landet, 15-29 år. Kilde: Danmarks Statistik.",
    "Population on 1 January by sex, age and ancestry, whole country, ages 15-29. Source: Statistics Denmark.",
    REGION,
    SEX,
    AGE,
    ANCESTRY,
)
