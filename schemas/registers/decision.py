"""Contract of the register: criminal decisions."""

from schemas import columns as c
from schemas.registers.shape import PERSON, date_column, register

DECISION = register(
    "decision",
    "Strafferetlige afgørelser",
    "Criminal decisions",
    (
        PERSON,
        c.text("case_id", "Sag", "Case"),
        date_column("decision_date", "Afgørelsesdato", "Decision date"),
        date_column("offence_date", "Gerningsdato", "Offence date"),
        c.text("offence_code", "Gerningskode", "Offence code", "GER7-koden.", "The GER7 code.", pattern=r"^[0-9]{7}$"),
        c.text("offence_municipality", "Gerningskommune", "Municipality of the offence", pattern=r"^[0-9]{3}$").null(),
        c.text("decision_type", "Afgørelsestype", "Type of decision", pattern=r"^[0-9]{3}$"),
        c.flag("guilty", "Skyldig", "Guilty"),
    ),
    ("person", "case_id", "decision_date", "decision_type", "offence_code", "offence_date"),
)
