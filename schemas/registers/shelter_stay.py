"""Contract of the register: stays in section 110 shelters, as delivered last, before they are merged."""

from schemas import columns as c
from schemas.registers.shape import OBSERVED_END, PERSON, date_column, register, starts_before_it_ends

SHELTER_STAY = register(
    "shelter_stay",
    "Ophold på § 110-boformer",
    "Stays in section 110 shelters",
    (
        PERSON,
        c.text("facility", "Boform", "Facility"),
        date_column("start_date", "Indskrevet", "Admitted"),
        date_column("end_date", "Udskrevet", "Discharged").null(),
        OBSERVED_END,
        c.text("facility_municipality", "Boformens kommune", "Municipality of the facility", pattern=r"^[0-9]{3}$"),
        c.text("paying_municipality", "Betalingskommune", "Paying municipality", pattern=r"^[0-9]{3}$"),
    ),
    ("person", "facility", "start_date", "observed_end"),
    rules=(starts_before_it_ends("start_date", "end_date"), starts_before_it_ends("start_date", "observed_end")),
)
