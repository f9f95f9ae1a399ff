"""Contract of the register: drug treatment episodes, merged by the rule of at most ten days between contacts."""

from schemas import columns as c
from schemas.registers.shape import LAST_DAY_KNOWN, PERSON, date_column, register, starts_before_it_ends

TREATMENT_EPISODE = register(
    "treatment_episode",
    "Stofmisbrugsbehandling",
    "Drug treatment episodes",
    (
        PERSON,
        date_column("request_date", "Henvendelsesdato", "Request date").null(),
        date_column("start_date", "Indskrivning", "Start date"),
        date_column("end_date", "Afslutning", "End date").null(),
        LAST_DAY_KNOWN,
        c.flag("main_cocaine", "Kokain som hovedstof ved indskrivning", "Cocaine as main drug at intake"),
        c.flag("any_cocaine", "Kokain ved indskrivning", "Cocaine at intake"),
        c.GEOGRAPHY,
    ),
    ("person", "start_date", "geography"),
    rules=(starts_before_it_ends("start_date", "end_date"), starts_before_it_ends("start_date", "observed_end")),
)
