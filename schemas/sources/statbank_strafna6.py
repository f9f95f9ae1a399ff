"""Contract of STRAFNA6: persons found guilty, by municipality and two classes of origin."""

from schemas import columns as c
from schemas.contract import TableContract
from schemas.sources.statbank_shape import EVIDENCE, STATE_RULE, TID, VALUE, code_column

STRAFNA6 = TableContract(
    "source",
    "statbank_strafna6",
    "STRAFNA6: personer fundet skyldige, kommune",
    "STRAFNA6: persons found guilty, municipality",
    "Personer fundet skyldige i året efter bopælskommune, køn, alder og oprindelse i to klasser. Tom, indtil tabellen er "
    "hentet. Kilde: Danmarks Statistik.",
    "Persons found guilty in the year by municipality of residence, sex, age and two classes of origin. Empty until the "
    "table is pulled. Source: Statistics Denmark.",
    (
        code_column("omraade", "Område", "Region"),
        code_column("koen", "Køn", "Sex"),
        code_column("alder", "Alder", "Age"),
        code_column("herkomst1", "Oprindelse", "National origin"),
        TID,
        c.YEAR,
        VALUE,
        *EVIDENCE,
    ),
    ("omraade", "koen", "alder", "herkomst1", "tid"),
    (STATE_RULE,),
    public=True,
    partition_column="year",
)
