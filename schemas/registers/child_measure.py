"""Contract of the register: child measures."""

from schemas import columns as c
from schemas.registers.shape import LAST_DAY_KNOWN, PERSON, date_column, register, starts_before_it_ends

CHILD_MEASURE = register(
    "child_measure",
    "Foranstaltninger for børn og unge",
    "Child measures",
    (
        PERSON,
        c.text(
            "measure_code",
            "Foranstaltning",
            "Measure code",
            "PGF-koden fra BUA eller BUFO.",
            "The PGF code of BUA or BUFO.",
        ),
        date_column("start_date", "Startdato", "Start date"),
        date_column("end_date", "Slutdato", "End date").null(),
        LAST_DAY_KNOWN,
        c.text("acting_municipality", "Handlekommune", "Acting municipality", pattern=r"^[0-9]{3}$"),
    ),
    ("person", "measure_code", "start_date", "acting_municipality"),
    rules=(starts_before_it_ends("start_date", "end_date"), starts_before_it_ends("start_date", "observed_end")),
)
