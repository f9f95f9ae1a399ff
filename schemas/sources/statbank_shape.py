"""What StatBank tables share: the API's own codes, one row per cell."""

import polars as pl

from schemas import columns as c
from schemas.contract import Column, Rule, TableContract

TID = c.text(
    "tid",
    "Tid",
    "Time",
    "Periodekode som StatBank skriver den, fx 2010 eller 2010K1.",
    "Period code as StatBank writes it, e.g. 2010 or 2010K1.",
    pattern=r"^[0-9]{4}(K[1-4])?$",
)
VALUE = Column(
    "value",
    pl.Int64,
    "Antal",
    "Number",
    "Cellens tal; tomt hvor cellen er skjult eller ikke findes.",
    "The cell's number; empty where the cell is hidden or does not exist.",
    unit="persons",
    nullable=True,
    minimum=0,
)
EVIDENCE = (c.CELL_STATE, c.DATA_KIND.only("official", "synthetic"), c.DELIVERY_ID)
"""`synthetic` where an answer did not come from Statistics Denmark's own address."""
STATE_RULE = Rule(
    "a_hidden_cell_has_no_number",
    pl.col("cell_state").is_in(["blanked", "not_available"]) == pl.col("value").is_null(),
    "cell_state",
)


def code_column(name: str, da: str, en: str) -> Column:
    return c.text(
        name,
        da,
        en,
        f"{da}: StatBanks kode, se source.statbank_code.",
        f"{en}: StatBank's code, see source.statbank_code.",
    )


REGION = code_column("omraade", "Område", "Region")
SEX = code_column("koen", "Køn", "Sex")
AGE = code_column("alder", "Alder", "Age")
ANCESTRY = code_column("herkomst", "Herkomst", "Ancestry")


def statbank_table(
    name: str, title_da: str, title_en: str, description_da: str, description_en: str, *codes: Column
) -> TableContract:
    """A table of counts as StatBank has it, by reference year: a row is one cell of these variables and the time."""
    return TableContract(
        "source",
        f"statbank_{name}",
        title_da,
        title_en,
        description_da,
        description_en,
        (*codes, TID, c.YEAR, VALUE, *EVIDENCE),
        (*(code.name for code in codes), TID.name),
        (STATE_RULE,),
        public=True,
        partition_column="year",
    )
