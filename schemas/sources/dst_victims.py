"""Delivery: reported partner violence (victims), one row per report."""

from schemas.sources.delivery_shape import Delivery, Period, Variable, delivery_contract

DELIVERY = Delivery(
    source="dst_victims",
    supplier="Danmarks Statistik",
    level="person",
    variables=(
        Variable("PNR", "person", "person", "Personnummer", "Person number", "020165-0000", also=("CPR",)),
        Variable(
            "OFFER_GERDTO",
            "offence_date",
            "date",
            "Gerningsdato",
            "Date of offence",
            "2010-01-15",
            also=(
                "OFR_GERDTO",
                "OFR_GERFRADT",
            ),
        ),
        Variable(
            "OFFER_GER7",
            "offence_code",
            "text",
            "Lovovertrædelse, 7 cifre",
            "Offence, 7 digits",
            "1235020",
            pattern="^[123][0-9]{6}$",
            listed=True,
            also=("OFR_GER7",),
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
    key=("person", "case_id"),
    # Foreigners without a number, as among decisions. Ours, version 1.
    without_person=0.15,
    period=Period("year_in", ("offence_date",)),
    population_da="Kvinder med bopæl i kommunen, anmeldt partnervold begået i året.",
    population_en="Women living in the municipality, reported partner violence of the year.",
    cut=("resident",),
    formats=("csv", "parquet", "sas7bdat"),
)

TABLE = delivery_contract(DELIVERY)
