"""Contract of the register: contacts to the special team, other offers and crisis centres."""

import polars as pl

from schemas import columns as c
from schemas.contract import Rule
from schemas.registers.shape import PERSON, date_column, register

CONTACT = register(
    "contact",
    "Henvendelser til specialteam og krisecenter",
    "Contacts to the special team and crisis centres",
    (
        c.text("contact_id", "Henvendelse", "Contact"),
        PERSON.null(),
        date_column("contact_date", "Dato", "Date"),
        c.text("door", "Dør", "Door", codes=("special_team", "crisis_centre", "other")),
        c.flag("anonymous", "Anonym", "Anonymous"),
        c.flag("counted", "Kvinde udsat for partnervold", "Woman exposed to partner violence"),
        c.integer("months_of_violence", "Måneder med vold", "Months of violence", unit="months", minimum=0).null(),
    ),
    ("door", "contact_id", "contact_date"),
    rules=(Rule("anonymous_has_no_person", pl.col("anonymous") == pl.col("person").is_null(), "person"),),
)
