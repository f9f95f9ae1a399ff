"""Contract of FOLK1E in full: the population on 1 January of the municipality and the country, every age."""

from schemas.sources.statbank_shape import AGE, ANCESTRY, REGION, SEX, statbank_table

FOLK1E_ALL = statbank_table(
    "folk1e_all",
    "FOLK1E: befolkningen 1. januar, alle aldre",
    "FOLK1E: population on 1 January, every age",
    "Befolkningen 1. januar efter køn, alder og herkomst, kommunen og hele landet, alle aldre. Tom, indtil tabellen er "
    "hentet. Kilde: Danmarks Statistik.",
    "Population on 1 January by sex, age and ancestry, the municipality and the whole country, every age. Empty until "
    "the table is pulled. Source: Statistics Denmark.",
    REGION,
    SEX,
    AGE,
    ANCESTRY,
)
