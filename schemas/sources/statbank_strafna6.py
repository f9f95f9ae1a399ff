"""Contract of STRAFNA6: persons found guilty, by municipality and two classes of origin."""

from schemas.sources.statbank_shape import AGE, REGION, SEX, code_column, statbank_table

STRAFNA6 = statbank_table(
    "strafna6",
    "STRAFNA6: personer fundet skyldige, kommune",
    "STRAFNA6: persons found guilty, municipality",
    "Personer fundet skyldige i året efter bopælskommune, køn, alder og oprindelse i to klasser. Tom, indtil tabellen er "
    "hentet. Kilde: Danmarks Statistik.",
    "Persons found guilty in the year by municipality of residence, sex, age and two classes of origin. Empty until the "
    "table is pulled. Source: Statistics Denmark.",
    REGION,
    SEX,
    AGE,
    code_column("herkomst1", "Oprindelse", "National origin"),
)
