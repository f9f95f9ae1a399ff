"""Delivery: discharges with the region's assessment and notification."""

from schemas.sources.delivery_shape import Delivery, Period, Variable, delivery_contract

DELIVERY = Delivery(
    source="psychiatry_discharge_notifications",
    supplier="Region Hovedstaden",
    level="person",
    variables=(
        Variable("V_CPR", "person", "person", "Personnummer", "Person number", "020165-0000", also=("CPR", "PNR")),
        Variable("D_UDDTO", "discharge_date", "date", "Udskrivningsdato", "Date of discharge", "2011-02-20"),
        Variable(
            "BEHOV_VURDERET",
            "needs_further_effort",
            "flag",
            "Vurderet behov for yderligere indsats",
            "Assessed as needing further effort",
            "J",
        ),
        Variable(
            "UNDERRETNINGSDATO",
            "notified_date",
            "date",
            "Underrettet SOF; tom hvis ikke",
            "Notified the city; empty if not",
            "2011-02-19",
            optional=True,
            until="year_after",
        ),
    ),
    may_be_empty=True,
    key=("person", "discharge_date"),
    period=Period("year_in", ("discharge_date",)),
    population_da="Udskrivninger fra heldøgnspsykiatri i året.",
    population_en="Discharges from psychiatric inpatient care in the year.",
    cut=("resident",),
)

TABLE = delivery_contract(DELIVERY)
