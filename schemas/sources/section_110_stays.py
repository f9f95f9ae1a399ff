"""Delivery: stays in section 110 shelters, real admission and discharge dates."""

from schemas.sources.delivery_shape import Delivery, Dialect, Period, Span, Variable, delivery_contract, not_before

DELIVERY = Delivery(
    source="section_110_stays",
    supplier="Ankestyrelsen / Danmarks Statistik",
    level="person",
    variables=(
        Variable("CPR", "person", "person", "Personnummer", "Person number", "020165-0000", also=("PNR",)),
        Variable("BOFORM_ID", "facility", "text", "Boform", "Facility", "B012", pattern="^[A-Z0-9]{2,12}$"),
        Variable(
            "BOFORM_KOM",
            "facility_municipality",
            "municipality",
            "Boformens kommune",
            "Municipality of the facility",
            "101",
        ),
        Variable(
            "BETALINGSKOM", "paying_municipality", "municipality", "Betalingskommune", "Paying municipality", "101"
        ),
        Variable("INDSKREVET", "start_date", "date", "Indskrevet", "Admitted", "2010-02-01"),
        Variable(
            "UDSKREVET",
            "end_date",
            "date",
            "Udskrevet; tom for et åbent ophold",
            "Discharged; empty for an open stay",
            "2010-06-02",
            optional=True,
            until="open",
        ),
    ),
    key=("person", "facility", "start_date", "end_date"),
    # Guests can be anonymous: 13 per cent has been seen. Ours, version 1.
    without_person=0.25,
    period=Period("overlaps", ("start_date", "end_date")),
    span=Span(
        identity=("person", "facility", "start_date"),
        units=(("person", "facility"),),
        includes_end=False,
    ),
    population_da="Ophold med mindst én dag i året, kommunen som boformens kommune eller betalingskommune; de rigtige datoer, uden teknisk indskrivning 1. januar.",
    population_en="Stays with at least one day in the year, the municipality hosting or paying; the real dates, without technical admissions on 1 January.",
    cut=("named",),
    municipality="facility_municipality",
    dialect=Dialect(encoding="cp1252", date_format="%d-%m-%Y"),
    municipal_casework=False,
    technical_cut="start_date",
    rules=(not_before("end_date", "start_date"),),
)

TABLE = delivery_contract(DELIVERY)
