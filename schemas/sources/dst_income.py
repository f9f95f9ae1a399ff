"""Delivery: income and status of the family (IND), background of the cohort."""

from schemas.sources.delivery_shape import Delivery, Period, Variable, delivery_contract

DELIVERY = Delivery(
    source="dst_income",
    supplier="Danmarks Statistik",
    level="person",
    variables=(
        Variable("PNR", "person", "person", "Personnummer", "Person number", "020165-0000", also=("CPR",)),
        Variable(
            "SOCIO13",
            "socio_status",
            "text",
            "Socioøkonomisk status",
            "Socio-economic status",
            "131",
            optional=True,
            width=3,
            pattern="^[0-9]{3}$",
            listed=True,
        ),
        Variable(
            "INDKOMST_DECIL",
            "income_decile",
            "integer",
            "Familiens indkomstdecil",
            "Income decile of the family",
            "4",
            optional=True,
            minimum=1,
            maximum=10,
        ),
        Variable(
            "OFF_OVERFORSEL_13",
            "public_transfers",
            "number",
            "Offentlige overførsler",
            "Public transfers",
            "12500,50",
            optional=True,
            amount=True,
        ),
        Variable("AAR", "background_year", "integer", "År", "Year", "2010", minimum=1990, maximum=2100),
    ),
    key=("person",),
    period=Period("text_starts", ("background_year",)),
    population_da="Børn og unge med en foranstaltning; familiens tal.",
    population_en="Children with a measure; figures of the family.",
    cut=("known",),
    known_from=("dst_bua", "dst_bufo"),
)

TABLE = delivery_contract(DELIVERY)
