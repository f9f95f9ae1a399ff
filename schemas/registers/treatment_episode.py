"""Contract of the register: drug treatment episodes."""

from schemas import columns as c
from schemas.registers.shape import PERSON, date_column, register, starts_before_it_ends

TREATMENT_EPISODE = register(
    "treatment_episode",
    "Stofmisbrugsbehandling",
    "Drug treatment episodes",
    (
        PERSON,
        date_column("request_date", "Henvendelsesdato", "Request date").null(),
        date_column("start_date", "Indskrivning", "Start date"),
        date_column("end_date", "Afslutning", "End date").null(),
        c.text("main_drug", "Hovedstof", "Main drug"),
        c.flag("any_cocaine", "Kokain som hoved- eller bistof", "Cocaine as main or secondary drug"),
        c.GEOGRAPHY,
    ),
    ("person", "start_date"),
    rules=(starts_before_it_ends("start_date", "end_date"),),
)
