"""Contract of number of areas on the lists."""

from schemas import columns as c
from schemas.contract import TableContract
from schemas.sources.published_shape import CRITERIA_VERSION, EVIDENCE, FLAGS, LIST_DATE, LIST_DATE_ISO, YEAR_OR_NONE

EXPOSED_AREA_COUNT = TableContract(
    "source",
    "exposed_area_count",
    "Antal områder på listerne",
    "Number of areas on the lists",
    "Antal områder på hver liste, København og hele landet, pr. kriterieversion.",
    "Number of areas on each list, Copenhagen and the country, by version of the criteria.",
    (
        c.GEOGRAPHY,
        LIST_DATE,
        LIST_DATE_ISO,
        YEAR_OR_NONE,
        c.text("list_type", "Listetype", "List type"),
        CRITERIA_VERSION,
        c.VALUE,
        FLAGS,
        *EVIDENCE,
    ),
    ("geography", "list_date", "list_type"),
    min_rows=43,
    public=True,
)
