"""Delivery: services of social psychiatry by section."""

from schemas.sources.delivery_shape import Delivery, Dialect, Period, Span, Variable, delivery_contract, not_before

DELIVERY = Delivery(
    source="social_psychiatry_services",
    supplier="Københavns Kommune",
    level="person",
    variables=(
        Variable("CPR", "person", "person", "Personnummer", "Person number", "020165-0000", also=("PNR",)),
        Variable(
            "PARAGRAF",
            "section",
            "text",
            "Paragraf i serviceloven",
            "Section of the act",
            "99",
            listed=True,
        ),
        Variable("STARTDATO", "start_date", "date", "Start", "Start", "2010-02-01"),
        Variable(
            "SLUTDATO",
            "end_date",
            "date",
            "Slut; tom for en åben",
            "End; empty when open",
            "2010-12-01",
            optional=True,
            until="open",
        ),
        Variable(
            "INITIATIV",
            "initiative",
            "text",
            "B borgerens egen henvendelse, S socialforvaltningens kontakt",
            "B the citizen's own contact, S the administration's contact",
            "S",
            listed=True,
        ),
    ),
    key=("person", "section", "start_date"),
    period=Period("overlaps", ("start_date", "end_date")),
    span=Span(
        identity=("person", "section", "start_date"),
        units=(("person", "section"),),
        includes_end=True,
    ),
    population_da="Ydelser på psykiatriområdet med mindst én dag i året.",
    population_en="Services of the psychiatry area with at least one day in the year.",
    municipal_casework=True,
    dialect=Dialect(encoding="utf-16"),
    rules=(not_before("end_date", "start_date"),),
)

TABLE = delivery_contract(DELIVERY)
