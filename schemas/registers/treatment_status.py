"""Contract of the register: housing statuses of drug treatment, kept by date and delivery."""

from schemas import columns as c
from schemas.registers.shape import PERSON, date_column, register
from schemas.sources.delivery_shape import PERIOD

TREATMENT_STATUS = register(
    "treatment_status",
    "Boligstatus i stofmisbrugsbehandling",
    "Housing status in drug treatment",
    (
        PERSON,
        c.text("contact_id", "Kontaktforløb", "Contact"),
        date_column("status_date", "Statusdato", "Status date"),
        c.flag("homeless", "Hjemløs ved status", "Homeless at the status"),
        c.GEOGRAPHY,
        PERIOD,
    ),
    ("contact_id", "period"),
)
