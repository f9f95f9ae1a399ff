"""Contract of the register: contacts in treatment psychiatry."""

from schemas import columns as c
from schemas.registers.shape import LAST_DAY_KNOWN, PERSON, date_column, register, starts_before_it_ends

PSYCHIATRIC_CONTACT = register(
    "psychiatric_contact",
    "Kontakter i behandlingspsykiatrien",
    "Contacts in treatment psychiatry",
    (
        PERSON,
        c.text("contact_id", "Kontakt", "Contact"),
        date_column("start_date", "Start", "Start date"),
        date_column("end_date", "Slut", "End date").null(),
        LAST_DAY_KNOWN,
        c.text("patient_type", "Patienttype", "Patient type", codes=("inpatient", "outpatient", "emergency")),
    ),
    ("contact_id", "delivery_id"),
    rules=(starts_before_it_ends("start_date", "end_date"), starts_before_it_ends("start_date", "observed_end")),
)
