"""Contract of the register: exposed areas and high-risk departments by year."""

from schemas import columns as c
from schemas.registers.shape import date_column, register

HOUSING_AREA = register(
    "housing_area",
    "Udsatte områder og højrisikoafdelinger",
    "Exposed areas and high-risk departments",
    (
        c.YEAR,
        c.text("area_key", "Område eller afdeling", "Area or department"),
        c.text("area_kind", "Slags", "Kind", codes=("exposed_area", "high_risk_department")),
        date_column("status_date", "Listens dato", "Date of the list"),
        c.text("criteria_version", "Kriterieversion", "Criteria version", pattern=c.SLUG),
        c.flag("listed", "På listen", "Listed"),
        c.flag("meets_2010_criteria", "Opfylder kriterierne af januar 2010", "Meets the criteria of January 2010"),
        c.integer("dwellings", "Boliger", "Dwellings", minimum=0).null(),
    ),
    ("area_kind", "area_key", "status_date", "criteria_version"),
)
