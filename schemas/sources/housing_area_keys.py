"""Delivery: new keys of renamed, merged and divided areas and departments."""

from schemas.sources.delivery_shape import Delivery, Period, Variable, delivery_contract
from schemas.sources.housing_shape import AREA_KIND, KEY

DELIVERY = Delivery(
    source="housing_area_keys",
    supplier="Københavns Kommune",
    level="area",
    variables=(
        AREA_KIND,
        Variable(
            "OMRAADE_ID_FOER", "old_key", "text", "Nøglen før datoen", "The key before the date", "OMR01", pattern=KEY
        ),
        Variable(
            "OMRAADE_ID_NY", "new_key", "text", "Nøglen fra datoen", "The key from the date", "OMR01A", pattern=KEY
        ),
        Variable("GYLDIG_FRA", "valid_from", "date", "Første dag", "First day", "2013-01-01"),
    ),
    key=("area_kind", "old_key", "new_key", "valid_from"),
    period=Period("year_in", ("valid_from",)),
    population_da="Alle områder og afdelinger, der fik ny nøgle i året: omdøbte, sammenlagte (en række pr. gammel nøgle) "
    "og delte (en række pr. ny nøgle, også hvor den er uændret). Et område uden række her er et nyt område.",
    population_en="All areas and departments given a new key in the year: renamed, merged (a row per old key) and "
    "divided (a row per new key, an unchanged one too). An area without a row here is a new area.",
    formats=("xlsx", "csv"),
    may_be_empty=True,
)

TABLE = delivery_contract(DELIVERY)
