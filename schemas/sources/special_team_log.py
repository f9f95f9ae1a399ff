"""Delivery: the special team's log of contacts, anonymous ones too."""

import polars as pl

from schemas.contract import Rule
from schemas.sources.delivery_shape import Delivery, Period, Variable, delivery_contract, not_before

DELIVERY = Delivery(
    source="special_team_log",
    supplier="Københavns Kommune",
    level="person",
    variables=(
        Variable(
            "HENVENDELSE_ID",
            "contact_id",
            "text",
            "Henvendelse",
            "Contact",
            "H00001",
            pattern="^[A-Z0-9]{2,20}$",
            opaque=True,
        ),
        Variable(
            "CPR",
            "person",
            "person",
            "Personnummer; tomt for en anonym",
            "Person number; empty when anonymous",
            "020165-0000",
            optional=True,
        ),
        Variable("DATO", "contact_date", "date", "Dato", "Date", "2012-03-04"),
        Variable("ANONYM", "anonymous", "flag", "Anonym", "Anonymous", "N"),
        Variable(
            "KOEN",
            "sex",
            "text",
            "K kvinde, M mand",
            "K woman, M man",
            "K",
            listed=True,
            sexes=(("K", "women"), ("M", "men")),
        ),
        Variable(
            "PARTNERVOLD", "partner_violence", "flag", "Udsat for partnervold", "Exposed to partner violence", "J"
        ),
        Variable(
            "TILBUD",
            "offer",
            "text",
            "S specialteam, A andet tilbud",
            "S special team, A other offer",
            "S",
            listed=True,
        ),
        Variable(
            "VOLDSSTART",
            "violence_start",
            "date",
            "Første vold, hvis oplyst",
            "First violence, if stated",
            "2008-03-01",
            optional=True,
        ),
    ),
    may_be_empty=True,
    key=("contact_id",),
    period=Period("year_in", ("contact_date",)),
    population_da="Alle henvendelser i året, også anonyme.",
    population_en="All contacts of the year, anonymous ones too.",
    municipal_casework=True,
    rules=(
        not_before("contact_date", "violence_start"),
        Rule(
            "anonymous_has_no_person",
            pl.col("anonymous") == (pl.col("id_type") == "missing"),
            "anonymous",
            "A contact is anonymous or has a person number, never both and never neither.",
        ),
    ),
)

TABLE = delivery_contract(DELIVERY)
