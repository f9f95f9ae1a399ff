"""Delivery: Placements (BUA), cases in force in the year."""

import polars as pl

from schemas.contract import Rule
from schemas.sources.delivery_shape import Delivery, Events, Period, Span, Variable, delivery_contract, not_before

DELIVERY = Delivery(
    source="dst_bua",
    supplier="Danmarks Statistik",
    level="person",
    variables=(
        Variable("PNR", "person", "person", "Personnummer", "Person number", "020165-0000", also=("CPR",)),
        Variable(
            "PGF",
            "measure_code",
            "text",
            "Foranstaltning (PGF)",
            "Measure (PGF)",
            "210",
            pattern="^[0-9]{3}$",
            listed=True,
            also=("PFG",),
        ),
        Variable("SAG_VFRA", "start_date", "date", "Sagen fra", "Case from", "2009-03-01"),
        Variable(
            "SAG_VTIL",
            "end_date",
            "date",
            "Sagen til; tom for en åben sag",
            "Case to; empty for an open case",
            "2010-06-30",
            optional=True,
            until="open",
        ),
        Variable(
            "SLUTGRUND", "end_reason", "text", "Slutgrund", "Reason for end", "2", optional=True, pattern="^[0-9]{1,2}$"
        ),
        Variable("HKOM", "acting_municipality", "municipality", "Handlekommune", "Acting municipality", "101"),
    ),
    key=("person", "measure_code", "start_date", "acting_municipality"),
    period=Period("overlaps", ("start_date", "end_date")),
    span=Span(
        identity=("person", "measure_code", "start_date", "acting_municipality"),
        unit=("person", "measure_code", "acting_municipality"),
        includes_end=True,
    ),
    population_da="Børn og unge med en personrettet foranstaltning i kraft mindst én dag i året, kommunen som handlekommune.",
    population_en="Children with a child-directed measure in force on at least one day of the year, the municipality acting.",
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
            Variable("HKOM", "acting_municipality", "municipality", "Handlekommune", "Acting municipality", "101"),
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
    rules=(
        not_before("end_date", "start_date"),
        Rule(
            "family_directed_measure",
            ~pl.col("measure_code").str.starts_with("4"),
            "measure_code",
            "Family-directed measures (4xx) are not recorded per child.",
        ),
    ),
)

TABLE = delivery_contract(DELIVERY)
