"""Contract of STRAFNA9: persons found guilty in crimes."""

from schemas.sources.statbank_shape import AGE, ANCESTRY, SEX, statbank_table

STRAFNA9 = statbank_table(
    "strafna9",
    "STRAFNA9: personer fundet skyldige",
    "STRAFNA9: persons found guilty",
    "Personer fundet skyldige i året efter køn, alder og herkomst, hele landet. Kilde: Danmarks Statistik.",
    "Persons found guilty in the year by sex, age and ancestry, whole country. Source: Statistics Denmark.",
    SEX,
    AGE,
    ANCESTRY,
)
