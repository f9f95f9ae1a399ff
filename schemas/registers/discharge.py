"""Contract of the register: discharges from treatment psychiatry."""

from schemas import columns as c
from schemas.registers.shape import PERSON, date_column, register

DISCHARGE = register(
    "discharge",
    "Udskrivninger fra behandlingspsykiatrien",
    "Discharges from treatment psychiatry",
    (
        PERSON,
        date_column("discharge_date", "Udskrivningsdato", "Discharge date"),
        c.flag("needs_further_effort", "Vurderet behov", "Assessed need of further effort"),
        date_column("notified_date", "Underrettet", "Notified").null(),
    ),
    ("person", "discharge_date"),
)
