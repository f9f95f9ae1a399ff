"""Delivery: marks of the leaving exam (UDFK), one row per subject and mark."""

from schemas.sources.delivery_shape import Delivery, Period, Variable, delivery_contract

DELIVERY = Delivery(
    source="dst_udfk",
    supplier="Danmarks Statistik",
    level="person",
    variables=(
        Variable("PNR", "person", "person", "Personnummer", "Person number", "020165-0000", also=("CPR",)),
        Variable("GRUNDSKOLEFAG", "subject", "text", "Fag", "Subject", "MAT", pattern="^[A-Z0-9ÆØÅ]{2,6}$"),
        Variable(
            "PROEVEFORM",
            "test_form",
            "text",
            "Prøveform",
            "Form of test",
            "Bundne prøvefag",
            listed=True,
        ),
        Variable(
            "GRUNDSKOLEKARAKTER",
            "mark",
            "text",
            "Karakter efter 7-trinsskalaen, eller kode for fritagelse og fravær",
            "Mark on the 7-point scale, or code of exemption or absence",
            "7",
            listed=True,
            width=2,
        ),
        Variable(
            "SKOLEAAR", "school_year", "text", "Skoleår", "School year", "2009/2010", pattern="^[0-9]{4}/[0-9]{4}$"
        ),
        Variable("KARAKTERDATO", "mark_date", "date", "Karakterens dato", "Date of the mark", "2010-06-15"),
    ),
    key=("person", "subject", "test_form", "mark_date"),
    period=Period("year_in", ("mark_date",)),
    population_da="Karakterer givet i året i 9. klasse.",
    population_en="Marks given in the year in grade 9.",
    cut=("known",),
    known_from=("dst_bua", "dst_bufo"),
)

TABLE = delivery_contract(DELIVERY)
