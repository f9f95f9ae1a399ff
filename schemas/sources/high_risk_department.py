"""Contract of high-risk departments."""

from schemas import columns as c
from schemas.contract import TableContract
from schemas.sources.published_shape import APPROXIMATE, EVIDENCE, PRINTED_MEASURE

HIGH_RISK_DEPARTMENT = TableContract(
    "source",
    "high_risk_department",
    "Højrisikoafdelinger",
    "High-risk departments",
    "Afdelinger, hvor mere end 40 pct. er uden for arbejdsmarkedet, og deres boliger.",
    "Departments where more than 40 per cent are outside the labour market, and their dwellings.",
    (c.YEAR, c.text("reference", "Opgjort", "As of, as printed"), PRINTED_MEASURE, c.VALUE, APPROXIMATE, *EVIDENCE),
    ("year", "measure"),
    min_rows=4,
    public=True,
)
