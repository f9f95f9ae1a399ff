"""Delivery: benefits per week (DREAM), one row per person and one column per week."""

from schemas.sources.delivery_shape import Delivery, Period, Variable, delivery_contract

DELIVERY = Delivery(
    source="dst_dream",
    supplier="Danmarks Statistik",
    level="person",
    variables=(
        Variable("PNR", "person", "person", "Personnummer", "Person number", "020165-0000", also=("CPR",)),
        Variable(
            "AAR", "year_of_weeks", "integer", "Ugernes år", "Year of the weeks", "2010", minimum=1990, maximum=2100
        ),
    ),
    key=("person",),
    period=Period("text_starts", ("year_of_weeks",)),
    population_da="Beboere på 18-64 år i udsatte områder og højrisikoafdelinger.",
    population_en="Residents aged 18-64 of exposed areas and high-risk departments.",
    weekly=True,
)

TABLE = delivery_contract(DELIVERY)
