"""Contract of the register: services of social psychiatry."""

from schemas import columns as c
from schemas.registers.shape import LAST_DAY_KNOWN, PERSON, date_column, register, starts_before_it_ends

SOCIAL_PSYCHIATRY_SERVICE = register(
    "social_psychiatry_service",
    "Ydelser i socialpsykiatrien",
    "Services of social psychiatry",
    (
        PERSON,
        c.text("section", "Paragraf", "Section", codes=("85", "99", "103", "104", "107", "108")),
        date_column("start_date", "Start", "Start date"),
        date_column("end_date", "Slut", "End date").null(),
        LAST_DAY_KNOWN,
        c.flag("own_initiative", "Borgerens egen henvendelse", "The citizen's own contact"),
    ),
    ("person", "section", "start_date"),
    rules=(starts_before_it_ends("start_date", "end_date"), starts_before_it_ends("start_date", "observed_end")),
)
