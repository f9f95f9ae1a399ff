"""Contract of FOLK1E in full: the population on 1 January of the municipality and the country, every age."""

from schemas import columns as c
from schemas.contract import TableContract
from schemas.sources.statbank_shape import EVIDENCE, STATE_RULE, TID, VALUE, code_column

FOLK1E_ALL = TableContract(
    "source",
    "statbank_folk1e_all",
    "FOLK1E: befolkningen 1. januar, alle aldre",
    "FOLK1E: population on 1 January, every age",
    "Befolkningen 1. januar efter køn, alder og herkomst, kommunen og hele landet, alle aldre. Tom, indtil tabellen er "
    "hentet. Kilde: Danmarks Statistik.",
    "Population on 1 January by sex, age and ancestry, the municipality and the whole country, every age. Empty until "
    "the table is pulled. Source: Statistics Denmark.",
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
