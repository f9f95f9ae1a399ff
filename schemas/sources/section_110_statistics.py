"""Contract of section 110 statistics."""

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

SECTION_110_STATISTICS = TableContract(
    "source",
    "section_110_statistics",
    "§ 110-statistik",
    "Section 110 statistics",
    "Offentliggjort statistik over § 110-boformer, som trykt, med kilde.",
    "Published statistics of section 110 shelters, as printed, with source.",
    (
        FIGURE_ID,
        PLACE,
        c.YEAR,
        GEOGRAPHY_NAME,
        c.text("dimension", "Opdeling", "Dimension"),
        c.text("category", "Kategori", "Category"),
        PRINTED_MEASURE,
        c.VALUE,
        c.UNIT,
        APPROXIMATE,
        FLAGS,
        *EVIDENCE,
        *CHOICE,
    ),
    ("figure_id",),
    min_rows=58,
    public=True,
)
