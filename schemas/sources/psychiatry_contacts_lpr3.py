"""Delivery: psychiatric hospital contacts, LPR3 layout (from March 2019)."""

from schemas.sources.delivery_shape import Delivery, Period, Span, Variable, delivery_contract, not_before

DELIVERY = Delivery(
    source="psychiatry_contacts_lpr3",
    supplier="Region Hovedstaden",
    level="person",
    variables=(
        Variable("pnr", "person", "person", "Personnummer", "Person number", "020165-0000", also=("CPR",)),
        Variable(
            "dw_ek_kontakt",
            "contact_id",
            "text",
            "Kontakt",
            "Contact",
            "90000001",
            pattern="^[A-Z0-9]{2,20}$",
            opaque=True,
        ),
        Variable("kont_starttidspunkt", "start_date", "date", "Start", "Start", "2019-04-01", clock=True),
        Variable(
            "kont_sluttidspunkt",
            "end_date",
            "date",
            "Slut; tom for en åben",
            "End; empty when open",
            "2019-04-20",
            optional=True,
            until="open",
            clock=True,
        ),
        Variable(
            "kont_type",
            "contact_type",
            "text",
            "Kontakttype",
            "Contact type",
            "ALCA00",
            listed=True,
        ),
        Variable(
            "prioritet",
            "priority",
            "text",
            "ATA1 akut, ATA3 planlagt",
            "ATA1 acute, ATA3 planned",
            "ATA3",
            listed=True,
        ),
        Variable(
            "borger_bo_kom",
            "municipality",
            "municipality",
            "Bopælskommune",
            "Municipality of residence",
            "101",
            optional=True,
        ),
    ),
    may_be_empty=True,
    key=("contact_id",),
    period=Period("overlaps", ("start_date", "end_date")),
    span=Span(
        identity=("person", "contact_type", "priority", "start_date"),
        units=(("person", "contact_id"), ("contact_id", "start_date")),
        includes_end=True,
    ),
    population_da="Psykiatriske kontakter i året for borgere i kommunen.",
    population_en="Psychiatric contacts of the year of citizens of the municipality.",
    cut=("resident",),
    rules=(not_before("end_date", "start_date"),),
)

TABLE = delivery_contract(DELIVERY)
