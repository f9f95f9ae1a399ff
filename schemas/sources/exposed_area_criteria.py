"""Contract of criteria of the lists."""

from schemas import columns as c
from schemas.contract import TableContract
from schemas.sources.published_shape import CRITERIA_VERSION, EVIDENCE

EXPOSED_AREA_CRITERIA = TableContract(
    "source",
    "exposed_area_criteria",
    "Kriterier for listerne",
    "Criteria of the lists",
    "Kriterierne for hver liste med gyldighed; ubekræftede grænser er mærket.",
    "The criteria of each list with their validity; unconfirmed thresholds are marked.",
    (
        CRITERIA_VERSION,
        c.text("valid_from_printed", "Gælder fra, som trykt", "Valid from, as printed"),
        c.text("valid_to_printed", "Gælder til, som trykt", "Valid to, as printed").null(),
        c.text("list_type", "Listetype", "List type"),
        c.text("criterion", "Kriterium", "Criterion"),
        c.text("operator", "Operator", "Operator"),
        c.number("threshold", "Grænse", "Threshold"),
        c.UNIT,
        c.text("rule", "Regel", "Rule"),
        c.flag("confirmed", "Bekræftet i kilde", "Confirmed by a source"),
        *EVIDENCE,
    ),
    ("criteria_version", "list_type", "criterion"),
    min_rows=20,
    public=True,
)
