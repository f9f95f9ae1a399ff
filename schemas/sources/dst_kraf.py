"""Delivery: criminal decisions (KRAF), one row per decision with its main offence."""

from schemas.sources.delivery_shape import Delivery, Period, Variable, delivery_contract, not_before

DELIVERY = Delivery(
    source="dst_kraf",
    supplier="Danmarks Statistik",
    level="person",
    variables=(
        Variable("PNR", "person", "person", "Personnummer", "Person number", "020165-0000", also=("CPR",)),
        Variable(
            "AFG_AFGDTO",
            "decision_date",
            "date",
            "Afgørelsesdato",
            "Date of decision",
            "2010-05-20",
            also=("AFG_AFGOEDTO",),
        ),
        Variable(
            "AFG_GERDTO",
            "offence_date",
            "date",
            "Gerningsdato",
            "Date of offence",
            "2010-01-15",
            also=(
                "AFG_GER1DTO",
                "SIG_GER1DTO",
            ),
        ),
        Variable(
            "AFG_GER7",
            "offence_code",
            "text",
            "Lovovertrædelse, 7 cifre",
            "Offence, 7 digits",
            "3210505",
            pattern="^[123][0-9]{6}$",
            listed=True,
        ),
        Variable(
            "AFG_AFGTYP3",
            "decision_type",
            "text",
            "Afgørelsestype, 3 cifre",
            "Type of decision, 3 digits",
            "111",
            pattern="^[0-9]{3}$",
            listed=True,
        ),
        Variable(
            "AFG_GERKOM",
            "offence_municipality",
            "municipality",
            "Gerningskommune",
            "Municipality of the offence",
            "101",
            optional=True,
        ),
        Variable(
            "JOURNR",
            "case_id",
            "text",
            "Journalnummer",
            "Journal number",
            "S-000001",
            pattern="^[0-9A-Z-]{3,20}$",
            opaque=True,
        ),
    ),
    key=("person", "case_id", "decision_date", "decision_type", "offence_code", "offence_date"),
    # Foreigners without a number: 6 per cent has been seen. Ours, version 1.
    without_person=0.15,
    period=Period("year_in", ("decision_date",)),
    population_da="Afgørelser i året mod beboere i kommunen 1. januar og for forhold begået i kommunen.",
    population_en="Decisions of the year against residents of the municipality on 1 January and for offences committed in it.",
    cut=("named", "resident"),
    formats=("parquet", "csv", "sas7bdat"),
    rules=(not_before("decision_date", "offence_date"),),
)

TABLE = delivery_contract(DELIVERY)
