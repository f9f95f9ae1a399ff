"""Contract of STRAFNA7: persons found guilty, by municipality and offence."""

from schemas import columns as c
from schemas.contract import TableContract
from schemas.sources.statbank_shape import EVIDENCE, STATE_RULE, TID, VALUE, code_column

STRAFNA7 = TableContract(
    "source",
    "statbank_strafna7",
    "STRAFNA7: personer fundet skyldige, overtrædelse",
    "STRAFNA7: persons found guilty, offence",
    "Personer fundet skyldige i året efter bopælskommune og overtrædelse. Tom, indtil tabellen er hentet. Kilde: "
    "Danmarks Statistik.",
    "Persons found guilty in the year by municipality of residence and offence. Empty until the table is pulled. "
    "Source: Statistics Denmark.",
    (
        code_column("omraade", "Område", "Region"),
        code_column("overtraed", "Overtrædelse", "Offence"),
        TID,
        c.YEAR,
        VALUE,
        *EVIDENCE,
    ),
    ("omraade", "overtraed", "tid"),
    (STATE_RULE,),
    public=True,
    partition_column="year",
)
