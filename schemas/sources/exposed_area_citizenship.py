"""Contract of without Danish citizenship in the areas, 2012."""

from schemas import columns as c
from schemas.contract import TableContract
from schemas.sources.published_shape import EVIDENCE, LIST_DATE

EXPOSED_AREA_CITIZENSHIP = TableContract(
    "source",
    "exposed_area_citizenship",
    "Uden dansk statsborgerskab i områderne, 2012",
    "Without Danish citizenship in the areas, 2012",
    "Andel uden dansk statsborgerskab i de 33 områder på listen fra oktober 2012.",
    "Share without Danish citizenship in the 33 areas on the list of October 2012.",
    (
        LIST_DATE,
        c.text("reference_date", "Opgjort pr.", "As of"),
        c.text("municipality", "Kommune", "Municipality"),
        c.text("area", "Område", "Area"),
        c.VALUE,
        c.UNIT,
        *EVIDENCE,
    ),
    ("municipality", "area"),
    min_rows=34,
    public=True,
)
