"""Delivery: address history and status (CPR)."""

from schemas.sources.delivery_shape import Delivery, Dialect, Period, Span, Variable, delivery_contract, not_before

DELIVERY = Delivery(
    source="address_history",
    supplier="Københavns Kommune",
    level="person",
    variables=(
        Variable("CPR", "person", "person", "Personnummer", "Person number", "020165-0000", also=("PNR",)),
        Variable("TILFLYTDTO", "start_date", "date", "Fra", "From", "2009-05-01"),
        Variable(
            "FRAFLYTDTO",
            "end_date",
            "date",
            "Til (første dag på næste adresse); tom for gældende",
            "To (first day at the next address); empty when current",
            "2010-05-01",
            optional=True,
            until="open",
        ),
        Variable("KOMKOD", "municipality", "municipality", "Kommune", "Municipality", "101", optional=True),
        Variable(
            "VEJKOD", "road_code", "text", "Vejkode", "Road code", "0123", optional=True, pattern="^[0-9]{4}$", width=4
        ),
        Variable(
            "CPRSTATUS",
            "cpr_status",
            "text",
            "Status i CPR; 20 er uden bopæl i Danmark (nummer af skattehensyn)",
            "Status in CPR; 20 is no residence in Denmark (a number for tax)",
            "01",
            listed=True,
            width=2,
        ),
        Variable(
            "ANVENDELSE",
            "use_of_address",
            "text",
            "Adressens anvendelse: 1 bolig, 2 institution, 3 § 110, 4 § 107, 5 § 108 eller tilsvarende",
            "Use of the address: 1 dwelling, 2 institution, 3 section 110, 4 section 107, 5 section 108 or equivalent",
            "1",
            optional=True,
            listed=True,
        ),
        Variable("CO_ADRESSE", "care_of", "flag", "c/o-adresse", "c/o address", "N"),
        Variable(
            "UDEN_FAST_BOPAEL",
            "no_abode",
            "flag",
            "Vejkoden betyder uden fast bopæl på kommunens liste det år",
            "The road code means no abode on the municipality's list of the year",
            "N",
        ),
    ),
    key=("person", "start_date"),
    period=Period("overlaps", ("start_date", "end_date")),
    span=Span(
        identity=("person", "start_date"),
        units=(("person", "municipality", "road_code", "cpr_status"),),
        includes_end=False,
    ),
    population_da="Adresser og status i året for personer med § 110-ophold, stofmisbrugsbehandling eller uden fast bopæl i året eller de to foregående år.",
    population_en="Addresses and status in the year of persons with a section 110 stay, drug treatment or no abode in the year or the two before.",
    municipality="municipality",
    municipal_casework=True,
    dialect=Dialect(encoding="utf-8-sig"),
    rules=(not_before("end_date", "start_date"),),
)

TABLE = delivery_contract(DELIVERY)
