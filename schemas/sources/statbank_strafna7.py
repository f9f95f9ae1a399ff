"""Contract of STRAFNA7: persons found guilty, by municipality and offence."""

from schemas.sources.statbank_shape import REGION, code_column, statbank_table

STRAFNA7 = statbank_table(
    "strafna7",
    "STRAFNA7: personer fundet skyldige, overtrædelse",
    "STRAFNA7: persons found guilty, offence",
    "Personer fundet skyldige i året efter bopælskommune og overtrædelse. Tom, indtil tabellen er hentet. Kilde: "
    "Danmarks Statistik.",
    "Persons found guilty in the year by municipality of residence and offence. Empty until the table is pulled. "
    "Source: Statistics Denmark.",
    REGION,
    code_column("overtraed", "Overtrædelse", "Offence"),
)
