"""Delivery: population (BEF), one row per person and 1 January."""

from schemas.sources.delivery_shape import Delivery, Dialect, Period, Variable, delivery_contract, not_before

DELIVERY = Delivery(
    source="dst_bef",
    supplier="Danmarks Statistik",
    level="person",
    variables=(
        Variable("PNR", "person", "person", "Personnummer", "Person number", "020165-0000", also=("CPR",)),
        Variable(
            "KOEN",
            "sex",
            "text",
            "Køn: 1 mand, 2 kvinde",
            "Sex: 1 man, 2 woman",
            "2",
            listed=True,
            sexes=(("1", "men"), ("2", "women")),
        ),
        Variable("FOED_DAG", "birth_date", "date", "Fødselsdag", "Date of birth", "1965-01-02", birth=True),
        Variable("KOM", "municipality", "municipality", "Bopælskommune", "Municipality of residence", "101"),
        Variable(
            "IE_TYPE",
            "ie_type",
            "text",
            "Herkomst: 1 dansk oprindelse, 2 indvandrer, 3 efterkommer, 0, 9 eller tom uoplyst",
            "Ancestry: 1 Danish origin, 2 immigrant, 3 descendant, 0, 9 or empty unknown",
            "1",
            listed=True,
            optional=True,
        ),
        Variable(
            "OPR_LAND",
            "origin_country",
            "text",
            "Oprindelsesland, 4 cifre",
            "Country of origin, 4 digits",
            "5100",
            optional=True,
            pattern="^[0-9]{4}$",
            listed=True,
            width=4,
        ),
        Variable(
            "REFERENCEDATO", "population_date", "date", "Statusdato, 1. januar", "Status date, 1 January", "2010-01-01"
        ),
    ),
    key=("person",),
    period=Period("date_equals", ("population_date",)),
    population_da="Alle med bopæl i kommunen 1. januar, og enhver person i en anden levering for året eller året før, som "
    "bor i Danmark den dag, også den, der er flyttet til en anden kommune. Hvem der ikke er her, læses som død eller udrejst.",
    population_en="Everybody living in the municipality on 1 January, and every person of any other delivery for the year or the "
    "year before who lives in Denmark that day, also who has moved to another municipality. Who is not here is read as dead "
    "or emigrated.",
    cut=("named", "linked"),
    municipality="municipality",
    partitioned=True,
    dialect=Dialect(encoding="cp1252", date_format="%d-%m-%Y"),
    rules=(not_before("population_date", "birth_date"),),
)

TABLE = delivery_contract(DELIVERY)
