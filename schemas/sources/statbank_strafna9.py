"""Contract of STRAFNA9: persons found guilty in crimes."""

from schemas import columns as c
from schemas.contract import TableContract
from schemas.sources.statbank_shape import EVIDENCE, STATE_RULE, TID, VALUE, code_column

STRAFNA9 = TableContract(
    "source",
    "statbank_strafna9",
    "STRAFNA9: personer fundet skyldige",
    "STRAFNA9: persons found guilty",
    "Personer fundet skyldige i året efter køn, alder og herkomst, hele landet. Kilde: Danmarks Statistik.",
    "Persons found guilty in the year by sex, age and ancestry, whole country. Source: Statistics Denmark.",
    (
        code_column("koen", "Køn", "Sex"),
        code_column("alder", "Alder", "Age"),
        code_column("herkomst", "Herkomst", "Ancestry"),
        TID,
        c.YEAR,
        VALUE,
        *EVIDENCE,
    ),
    ("koen", "alder", "herkomst", "tid"),
    (STATE_RULE,),
    public=True,
    partition_column="year",
)
