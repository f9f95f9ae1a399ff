"""What deliveries of children's measures share: placements and preventive measures are halves of one register."""

import polars as pl

from schemas.contract import Rule
from schemas.sources.delivery_shape import Span, Variable, not_before

ACTING = Variable("HKOM", "acting_municipality", "municipality", "Handlekommune", "Acting municipality", "101")
VARIABLES = (
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
    ACTING,
)
KEY = ("person", "measure_code", "start_date", "acting_municipality")
SPAN = Span(
    identity=KEY,
    units=(("person", "measure_code", "acting_municipality"),),
    includes_end=True,
)
RULES = (
    not_before("end_date", "start_date"),
    Rule(
        "family_directed_measure",
        ~pl.col("measure_code").str.starts_with("4"),
        "measure_code",
        "Family-directed measures (4xx) are not recorded per child.",
    ),
)
