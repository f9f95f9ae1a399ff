"""Delivery: highest education of parents (UDDA), background of the cohort."""

from schemas.sources.delivery_shape import Delivery, Period, Variable, delivery_contract

DELIVERY = Delivery(
    source="dst_education_background",
    supplier="Danmarks Statistik",
    level="person",
    variables=(
        Variable("PNR", "person", "person", "Personnummer", "Person number", "020165-0000", also=("CPR",)),
        Variable(
            "HFAUDD_MOR",
            "mother_education",
            "text",
            "Mors højeste fuldførte uddannelse",
            "Mother's highest completed education",
            "3320",
            optional=True,
            pattern="^[0-9]{1,6}$",
        ),
        Variable(
            "HFAUDD_FAR",
            "father_education",
            "text",
            "Fars højeste fuldførte uddannelse",
            "Father's highest completed education",
            "3320",
            optional=True,
            pattern="^[0-9]{1,6}$",
        ),
        Variable("AAR", "background_year", "integer", "År", "Year", "2010", minimum=1990, maximum=2100),
    ),
    key=("person",),
    period=Period("text_starts", ("background_year",)),
    population_da="Børn og unge med en foranstaltning.",
    population_en="Children with a measure.",
    cut=("known",),
    known_from=("dst_bua", "dst_bufo"),
)

TABLE = delivery_contract(DELIVERY)
