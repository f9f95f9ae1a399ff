"""Contract of the register: reported partner violence."""

from schemas import columns as c
from schemas.registers.shape import PERSON, date_column, register

VICTIMISATION = register(
    "victimisation",
    "Anmeldt partnervold",
    "Reported partner violence",
    (PERSON, c.text("case_id", "Sag", "Case"), date_column("offence_date", "Gerningsdato", "Date of offence")),
    ("person", "case_id", "offence_date"),
)
