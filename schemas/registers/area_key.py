"""Contract of the register: new keys of renamed, merged and divided areas and departments."""

from schemas import columns as c
from schemas.registers.shape import date_column, register

AREA_KEY = register(
    "area_key",
    "Områders og afdelingers nye nøgler",
    "New keys of areas and departments",
    (
        c.text("area_kind", "Slags", "Kind", codes=("exposed_area", "high_risk_department")),
        c.text("old_key", "Nøgle før", "Key before"),
        c.text("new_key", "Nøgle fra datoen", "Key from the date"),
        date_column("valid_from", "Første dag", "First day"),
    ),
    ("area_kind", "old_key", "new_key", "valid_from"),
)
