"""Delivery: residents of exposed areas and high-risk departments."""

from schemas.sources.delivery_shape import Delivery, Period, Variable, delivery_contract
from schemas.sources.housing_shape import AREA_ID, AREA_KIND

DELIVERY = Delivery(
    source="housing_residents",
    supplier="Københavns Kommune",
    level="person",
    variables=(
        Variable("CPR", "person", "person", "Personnummer", "Person number", "020165-0000", also=("PNR",)),
        AREA_ID,
        AREA_KIND,
        Variable(
            "REFERENCEDATO", "population_date", "date", "Statusdato, 1. januar", "Status date, 1 January", "2010-01-01"
        ),
    ),
    key=("person", "area_kind"),
    period=Period("date_equals", ("population_date",)),
    population_da="Beboere 1. januar i områder og afdelinger på årets liste eller listen af 2010.",
    population_en="Residents on 1 January of areas and departments on the list of the year or of 2010.",
    municipal_casework=True,
)

TABLE = delivery_contract(DELIVERY)
