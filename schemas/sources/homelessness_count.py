"""Contract of the SFI and VIVE homelessness counts."""

from schemas import columns as c
from schemas.contract import TableContract
from schemas.sources.published_shape import (
    APPROXIMATE,
    CHOICE,
    EVIDENCE,
    FIGURE_ID,
    FLAGS,
    GEOGRAPHY_NAME,
    PLACE,
    PRINTED_MEASURE,
)

HOMELESSNESS_COUNT = TableContract(
    "source",
    "homelessness_count",
    "SFI's og VIVE's hjemløsetællinger",
    "The SFI and VIVE homelessness counts",
    "Tællingernes tal 2007-2024 som trykt, med kilde; uenige tal står side om side.",
    "Figures of the counts 2007-2024 as printed, with source; conflicting figures stand side by side.",
    (
        FIGURE_ID,
        PLACE,
        c.YEAR,
        GEOGRAPHY_NAME,
        c.GEOGRAPHY.null(),
        c.text("subgroup", "Delgruppe", "Subgroup"),
        c.text("origin", "Etnisk baggrund, som trykt", "Origin, as printed"),
        c.text("sex_printed", "Køn, som trykt", "Sex, as printed"),
        c.text("age_printed", "Alder, som trykt", "Age, as printed"),
        c.text("situation", "Hjemløshedssituation", "Situation"),
        c.text("cause", "Årsag", "Cause"),
        c.text("condition", "Lidelse", "Condition"),
        PRINTED_MEASURE,
        c.VALUE,
        c.UNIT,
        c.text("definition", "Definition", "Definition"),
        APPROXIMATE,
        FLAGS,
        *EVIDENCE,
        *CHOICE,
    ),
    ("figure_id",),
    min_rows=187,
    public=True,
)
