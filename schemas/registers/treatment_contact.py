"""Contract of the register: contacts of drug treatment, before they are merged into episodes."""

from schemas import columns as c
from schemas.registers.shape import LAST_DAY_KNOWN, PERSON, date_column, register, starts_before_it_ends

TREATMENT_CONTACT = register(
    "treatment_contact",
    "Kontaktforløb i stofmisbrugsbehandling",
    "Contacts of drug treatment",
    (
        PERSON,
        c.text("contact_id", "Kontaktforløb", "Contact"),
        date_column("request_date", "Anmodningsdato", "Request date").null(),
        date_column("start_date", "Indskrivning", "Start date"),
        date_column("end_date", "Afslutning", "End date").null(),
        LAST_DAY_KNOWN,
        c.text("main_drug", "Hovedstof", "Main drug"),
        c.flag("any_cocaine", "Kokain som hoved- eller bistof", "Cocaine as main or secondary drug"),
        c.flag("residential", "Døgnbehandling", "Residential"),
        c.flag("ended_early", "Afbrudt", "Ended early").null(),
        c.flag(
            "ended_unseen",
            "Slut uden dato",
            "Ended without a date",
            "Åbent, men ikke i en senere levering: sluttede senest med periodens sidste dag.",
            "Open, but in no later delivery: it had ended by the last day of the period.",
        ),
        c.GEOGRAPHY,
    ),
    ("contact_id", "delivery_id"),
    rules=(starts_before_it_ends("start_date", "end_date"), starts_before_it_ends("start_date", "observed_end")),
)
