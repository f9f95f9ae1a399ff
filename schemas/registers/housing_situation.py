"""Contract of the register: housing situation over time."""

from schemas import columns as c
from schemas.registers.shape import OBSERVED_END, PERSON, date_column, register, starts_before_it_ends

HOUSING_SITUATION = register(
    "housing_situation",
    "Adresseforhold over tid",
    "Housing situation over time",
    (
        PERSON,
        date_column("start_date", "Fra", "From"),
        date_column("end_date", "Til (første dag i det næste)", "To (first day of the next)").null(),
        OBSERVED_END,
        c.text(
            "situation",
            "Boligsituation",
            "Situation",
            "dead og emigrated er CPR-status, status_unknown en, der ikke siger, hvor nogen bor, number_only en, der "
            "kun handler om nummeret (annulleret, slettet, ændret); no_abode er kommunens egen liste det år.",
            "dead and emigrated are CPR status, status_unknown one that does not tell where somebody lives, "
            "number_only one of the number alone (annulled, deleted, changed); no_abode is the municipality's own "
            "list of the year.",
            codes=(
                "own_home",
                "permanent_accommodation",
                "temporary_accommodation",
                "shelter",
                "institution",
                "care_of",
                "no_abode",
                "dead",
                "emigrated",
                "status_unknown",
                "number_only",
                "unknown",
            ),
        ),
        c.GEOGRAPHY.null(),
    ),
    ("person", "start_date"),
    rules=(starts_before_it_ends("start_date", "end_date"), starts_before_it_ends("start_date", "observed_end")),
)
