"""Contract of the register: continuous stays in section 110 shelters."""

from schemas import columns as c
from schemas.registers.shape import OBSERVED_END, PERSON, date_column, register, starts_before_it_ends

SHELTER_EPISODE = register(
    "shelter_episode",
    "Sammenhængende ophold på § 110-boformer",
    "Continuous stays in section 110 shelters",
    (
        PERSON,
        date_column("start_date", "Første nat", "First night"),
        date_column("end_date", "Udskrivningsdato", "Discharge date").null(),
        OBSERVED_END,
        c.integer("stays", "Antal ophold i episoden", "Stays in the episode", minimum=1),
    ),
    ("person", "start_date"),
    rules=(starts_before_it_ends("start_date", "end_date"), starts_before_it_ends("start_date", "observed_end")),
)
