"""Contract of FOLK1E: the population on 1 January."""

from schemas import columns as c
from schemas.contract import TableContract
from schemas.sources.statbank_shape import EVIDENCE, STATE_RULE, TID, VALUE, code_column

FOLK1E = TableContract(
    "source",
    "statbank_folk1e",
    "FOLK1E: befolkningen 1. januar",
    "FOLK1E: population on 1 January",
    "Befolkningen 1. januar efter køn, alder og herkomst, hele landet, 15-29 år. Kilde: Danmarks Statistik.",
    "Population on 1 January by sex, age and ancestry, whole country, ages 15-29. Source: Statistics Denmark.",
    (
        code_column("omraade", "Område", "Region"),
        code_column("koen", "Køn", "Sex"),
        code_column("alder", "Alder", "Age"),
        code_column("herkomst", "Herkomst", "Ancestry"),
        TID,
        c.YEAR,
        VALUE,
        *EVIDENCE,
    ),
    ("omraade", "koen", "alder", "herkomst", "tid"),
    (STATE_RULE,),
    public=True,
    partition_column="year",
)
