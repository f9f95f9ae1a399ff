"""Delivery: stays in crisis centres (section 109)."""

import polars as pl

from schemas.contract import Rule
from schemas.sources.delivery_shape import Delivery, Period, Variable, delivery_contract, not_before

DELIVERY = Delivery(
    source="crisis_centre_stays",
    supplier="Krisecentrene",
    level="person",
    variables=(
        Variable("OPHOLD_ID", "stay_id", "text", "Ophold", "Stay", "O00001", pattern="^[A-Z0-9]{2,20}$", opaque=True),
        Variable(
            "CPR",
            "person",
            "person",
            "Personnummer; tomt for en anonym",
            "Person number; empty when anonymous",
            "020165-0000",
            optional=True,
        ),
        Variable("INDFLYTNING", "start_date", "date", "Indflytning", "Moved in", "2012-03-04"),
        Variable(
            "UDFLYTNING",
            "end_date",
            "date",
            "Udflytning; tom for et åbent ophold",
            "Moved out; empty when open",
            "2012-05-04",
            optional=True,
            until="open",
        ),
        Variable("ANONYM", "anonymous", "flag", "Anonym", "Anonymous", "N"),
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
    key=("stay_id",),
    period=Period("year_in", ("start_date",)),
    population_da="Ophold, der begynder i året, af kvinder udsat for partnervold.",
    population_en="Stays that begin in the year, of women exposed to partner violence.",
    rules=(
        not_before("end_date", "start_date"),
        not_before("start_date", "violence_start"),
        Rule(
            "anonymous_has_no_person",
            pl.col("anonymous") == (pl.col("id_type") == "missing"),
            "anonymous",
            "A stay is anonymous or has a person number, never both and never neither.",
        ),
    ),
)

TABLE = delivery_contract(DELIVERY)
