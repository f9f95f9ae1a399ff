"""Contract of the register: persons of the SFI count; origin is judged by staff, not taken from the population."""

from schemas import columns as c
from schemas.registers.shape import register

HOMELESS_PERSON = register(
    "homeless_person",
    "Hjemløse i SFI's tælling",
    "Homeless persons of the SFI count",
    (
        c.text("form_id", "Skema", "Form"),
        c.YEAR,
        c.GEOGRAPHY,
        c.POPULATION_GROUP.only("danish", "immigrant", "descendant", "unknown"),
        c.SEX.only("men", "women", "unknown"),
        c.integer("age", "Alder", "Age", unit="years", minimum=0).null(),
        c.text("situation", "Hjemløshedssituation", "Situation", pattern="^[1-9]$"),
        c.text("income", "Forsørgelse", "Source of income"),
        c.flag("on_housing_list", "Skrevet op til bolig", "On the housing list").null(),
    ),
    ("year", "form_id"),
)
