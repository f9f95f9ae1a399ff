"""Contract of the register: criminal decisions."""

from schemas import columns as c
from schemas.registers.shape import PERSON, date_column, register

DECISION = register(
    "decision",
    "Strafferetlige afgørelser",
    "Criminal decisions",
    (
        PERSON,
        date_column("decision_date", "Afgørelsesdato", "Decision date"),
        date_column("offence_date", "Gerningsdato", "Offence date").null(),
        c.text("offence_code", "Gerningskode", "Offence code", "GER7-koden.", "The GER7 code.", pattern=r"^[0-9]{7}$"),
        c.text("case_id", "Sag", "Case"),
        c.flag("guilty", "Skyldig", "Guilty"),
    ),
    ("person", "case_id", "offence_code", "decision_date"),
)
