"""Delivery: exposed areas and high-risk departments of the year."""

from schemas.sources.delivery_shape import Delivery, Period, Variable, delivery_contract
from schemas.sources.housing_shape import AREA_ID, AREA_KIND

DELIVERY = Delivery(
    source="housing_areas",
    supplier="Københavns Kommune",
    level="area",
    variables=(
        AREA_ID,
        AREA_KIND,
        Variable(
            "STATUSDATO",
            "status_date",
            "date",
            "Listens dato, for afdelinger årets udgang",
            "Date of the list, for departments the year's end",
            "2010-01-15",
        ),
        Variable(
            "KRITERIEVERSION",
            "criteria_version",
            "text",
            "Kriterieversion",
            "Version of the criteria",
            "kombineret_udlejning_2010",
            pattern="^[a-z][a-z0-9_]*$",
        ),
        Variable(
            "PAA_LISTEN",
            "listed",
            "flag",
            "På listen; for afdelinger: mere end 40 pct. uden for arbejdsmarkedet",
            "On the list; for departments: more than 40 per cent outside the labour market",
            "J",
        ),
        Variable(
            "KRITERIER_2010",
            "meets_2010_criteria",
            "flag",
            "Opfylder kriterierne af januar 2010",
            "Meets the criteria of January 2010",
            "J",
        ),
        Variable("BOLIGER", "dwellings", "integer", "Boliger", "Dwellings", "1200", optional=True, minimum=0),
    ),
    key=("area_key", "area_kind", "status_date", "criteria_version"),
    period=Period("year_in", ("status_date",)),
    population_da="Alle områder og afdelinger, der er eller i 2010 var på listen. Flere lister i et år er rækker i samme "
    "fil, hver med sin dato og kriterieversion.",
    population_en="All areas and departments that are on the list or were in 2010. Several lists in a year are rows of one "
    "file, each with its date and version of the criteria.",
    formats=("xlsx", "csv"),
)

TABLE = delivery_contract(DELIVERY)
