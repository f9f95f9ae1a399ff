"""Contract of copenhagen areas on the lists."""

from schemas import columns as c
from schemas.contract import TableContract
from schemas.sources.published_shape import CRITERIA_VERSION, EVIDENCE, LIST_DATE, LIST_DATE_ISO

EXPOSED_AREA_LIST = TableContract(
    "source",
    "exposed_area_list",
    "Københavnske områder på listerne",
    "Copenhagen areas on the lists",
    "Hvilket område var på, ny på eller udgået af hvilken liste, pr. kriterieversion.",
    "Which area was on, new on or left which list, by version of the criteria.",
    (
        LIST_DATE,
        LIST_DATE_ISO,
        c.text("area", "Område", "Area"),
        c.text("area_key", "Områdenøgle", "Area key"),
        c.text("state", "Tilstand", "State"),
        CRITERIA_VERSION,
        *EVIDENCE,
    ),
    ("list_date", "area_key"),
    min_rows=45,
    public=True,
)
