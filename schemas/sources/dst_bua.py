"""Delivery: Placements (BUA), cases in force in the year."""

from schemas.sources.child_measure_shape import ACTING, KEY, RULES, SPAN, VARIABLES
from schemas.sources.delivery_shape import Delivery, Events, Period, Variable, delivery_contract

DELIVERY = Delivery(
    source="dst_bua",
    supplier="Danmarks Statistik",
    level="person",
    variables=VARIABLES,
    key=KEY,
    period=Period("overlaps", ("start_date", "end_date")),
    span=SPAN,
    population_da="Børn og unge med en personrettet foranstaltning i kraft mindst én dag i året, kommunen som handlekommune.",
    population_en="Children with a child-directed measure in force on at least one day of the year, the municipality acting.",
    cut=("named",),
    municipality="acting_municipality",
    events=Events(
        variables=(
            Variable(
                "HAENDELSE",
                "event",
                "text",
                "Hændelse i anbringelsen",
                "Event of the placement",
                "0",
                listed=True,
            ),
            Variable(
                "HAENDELSESDATO",
                "event_date",
                "date",
                "Dagen, den skete",
                "The day it happened",
                "2009-03-01",
                also=("HAENDELSE_DATO", "HAEND_DATO"),
            ),
            Variable(
                "ANSTED_KLAS",
                "place",
                "text",
                "Anbringelsessted",
                "Kind of place",
                "02",
                optional=True,
                listed=True,
                width=2,
            ),
            ACTING,
        ),
        kind="HAENDELSE",
        event="event",
        day="event_date",
        where="acting_municipality",
        start_of="SAG_VFRA",
        end_of="SAG_VTIL",
        where_of="HKOM",
        code_of="PGF",
        code="199",
        empty=("SLUTGRUND",),
    ),
    rules=RULES,
)

TABLE = delivery_contract(DELIVERY)
