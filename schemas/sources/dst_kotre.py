"""Delivery: education spells (KOTRE), exits of the year."""

from schemas.sources.delivery_shape import Delivery, Period, Variable, delivery_contract, not_before

DELIVERY = Delivery(
    source="dst_kotre",
    supplier="Danmarks Statistik",
    level="person",
    variables=(
        Variable("PNR", "person", "person", "Personnummer", "Person number", "020165-0000", also=("CPR",)),
        Variable("UDD", "education", "text", "Uddannelseskode", "Education code", "1529", pattern="^[0-9]{1,6}$"),
        Variable(
            "UDEL",
            "part",
            "text",
            "Uddannelsesdel: 20-31 er 0.-11. klasse, 29 er 9. klasse",
            "Part of education: 20-31 is grade 0-11, 29 is grade 9",
            "29",
            width=2,
            pattern="^[0-9]{2}$",
            listed=True,
        ),
        Variable(
            "AUDD",
            "completed_code",
            "text",
            "Fuldført uddannelse; tom eller 0 er ikke fuldført",
            "Completed education; empty or 0 is not completed",
            "1529",
            optional=True,
            pattern="^[0-9]{1,6}$",
        ),
        Variable("ELEV3_VFRA", "start_date", "date", "Forløb fra", "Spell from", "2009-08-10"),
        Variable("ELEV3_VTIL", "end_date", "date", "Forløb til", "Spell to", "2010-06-25"),
        Variable(
            "AFG_ART",
            "exit_kind",
            "text",
            "Afgangsart",
            "Kind of exit",
            "31",
            optional=True,
            pattern="^[0-9]{1,2}$",
            listed=True,
        ),
    ),
    key=("person", "part", "start_date"),
    period=Period("year_in", ("end_date",)),
    population_da="Grundskoleforløb, der slutter i året.",
    population_en="Primary school spells that end in the year.",
    cut=("known",),
    known_from=("dst_bua", "dst_bufo"),
    rules=(not_before("end_date", "start_date"),),
)

TABLE = delivery_contract(DELIVERY)
