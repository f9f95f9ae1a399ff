"""Contract of the register: housing situation over time."""

from schemas import columns as c
from schemas.registers.shape import PERSON, date_column, register, starts_before_it_ends

HOUSING_SITUATION = register(
    "housing_situation",
    "Adresseforhold over tid",
    "Housing situation over time",
    (
        PERSON,
        date_column("start_date", "Fra", "From"),
        date_column("end_date", "Til", "To").null(),
        c.text(
            "situation",
            "Boligsituation",
            "Situation",
            codes=(
                "own_home",
                "permanent_accommodation",
                "temporary_accommodation",
                "institution",
                "care_of",
                "no_abode",
                "unknown",
            ),
        ),
        c.GEOGRAPHY,
    ),
    ("person", "start_date"),
    rules=(starts_before_it_ends("start_date", "end_date"),),
)
