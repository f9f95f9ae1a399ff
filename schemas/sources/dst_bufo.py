"""Delivery: Preventive measures (BUFO), cases in force in the year."""

from schemas.sources.child_measure_shape import KEY, RULES, SPAN, VARIABLES
from schemas.sources.delivery_shape import Delivery, Period, delivery_contract

DELIVERY = Delivery(
    source="dst_bufo",
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
    rules=RULES,
)

TABLE = delivery_contract(DELIVERY)
