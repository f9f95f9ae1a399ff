"""Delivery: residents of exposed areas and high-risk departments."""

from schemas.sources.delivery_shape import Delivery, Period, Variable, delivery_contract

DELIVERY = Delivery(
    source="housing_residents",
    supplier="Københavns Kommune",
    level="person",
    variables=(
        Variable("CPR", "person", "person", "Personnummer", "Person number", "020165-0000", also=("PNR",)),
        Variable(
            "OMRAADE_ID",
            "area_key",
            "text",
            "Område eller afdeling",
            "Area or department",
            "OMR01",
            pattern="^[A-Z0-9-]{2,20}$",
        ),
        Variable(
            "OMRAADE_TYPE",
            "area_kind",
            "text",
            "omraade eller afdeling",
            "omraade or afdeling",
            "omraade",
            listed=True,
        ),
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
