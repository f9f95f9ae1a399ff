"""Contract of the register: public transfer income in the reference week and over the year."""

from schemas import columns as c
from schemas.registers.shape import PERSON, register

BENEFIT = register(
    "benefit",
    "Overførselsindkomst",
    "Transfer income",
    (
        PERSON,
        c.YEAR,
        c.text("reference_week", "Referenceuge", "Reference week", pattern=r"^[0-9]{4}$"),
        c.flag("on_transfer", "Overførselsindkomst i referenceugen", "Transfer income in the reference week"),
        c.flag("early_retirement", "Efterløn i referenceugen", "Early retirement benefit in the reference week"),
        c.flag("half_year", "Mindst halvdelen af ugerne", "At least half of the weeks"),
    ),
    ("person", "year"),
)
