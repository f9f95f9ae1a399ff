"""Contract of the register: residents of exposed areas and high-risk departments."""

from schemas import columns as c
from schemas.registers.shape import PERSON, register

AREA_RESIDENT = register(
    "area_resident",
    "Beboere i udsatte områder og højrisikoafdelinger",
    "Residents of exposed areas and high-risk departments",
    (
        PERSON,
        c.YEAR,
        c.text("area_key", "Område eller afdeling", "Area or department"),
        c.text("area_kind", "Slags", "Kind", codes=("exposed_area", "high_risk_department")),
    ),
    ("person", "year", "area_kind"),
)
