"""Delivery: psychiatric hospital contacts, LPR2 layout (to March 2019)."""

from schemas.sources.delivery_shape import Delivery, Period, Span, Variable, delivery_contract, not_before

DELIVERY = Delivery(
    source="psychiatry_contacts",
    supplier="Region Hovedstaden",
    level="person",
    variables=(
        Variable("V_CPR", "person", "person", "Personnummer", "Person number", "020165-0000", also=("CPR", "PNR")),
        Variable(
            "K_RECNUM", "contact_id", "text", "Kontakt", "Contact", "R000001", pattern="^[A-Z0-9]{2,20}$", opaque=True
        ),
        Variable("D_INDDTO", "start_date", "date", "Indlagt eller startet", "Admitted or started", "2010-02-01"),
        Variable(
            "D_UDDTO",
            "end_date",
            "date",
            "Udskrevet eller afsluttet; tom for en åben",
            "Discharged or ended; empty when open",
            "2010-02-20",
            optional=True,
            until="open",
        ),
        Variable(
            "C_PATTYPE",
            "patient_type",
            "text",
            "0 heldøgn, 1 deldøgn, 2 ambulant, 3 skadestue",
            "0 full day, 1 part day, 2 outpatient, 3 emergency",
            "0",
            listed=True,
        ),
        Variable(
            "C_DIAG",
            "diagnosis",
            "text",
            "Aktionsdiagnose, ICD-10 med D foran",
            "Main diagnosis, ICD-10 with leading D",
            "DF200",
            optional=True,
            pattern="^DF[0-9]{2}[0-9A-Z]{0,3}$",
        ),
    ),
    may_be_empty=True,
    key=("contact_id",),
    period=Period("overlaps", ("start_date", "end_date")),
    span=Span(
        identity=("person", "patient_type", "start_date"),
        units=(("person", "contact_id"), ("contact_id", "start_date")),
        includes_end=True,
    ),
    population_da="Psykiatriske kontakter i året for borgere i kommunen.",
    population_en="Psychiatric contacts of the year of citizens of the municipality.",
    cut=("resident",),
    rules=(not_before("end_date", "start_date"),),
)

TABLE = delivery_contract(DELIVERY)
