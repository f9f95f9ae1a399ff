"""Contracts of what is said of each goal and year, and of the numbers it is said with."""

import polars as pl

from schemas import columns as c
from schemas.contract import Column, Rule, TableContract

LAYERS = ("headline", "why", "certainty", "background", "unknowns", "precondition", "caution", "context")
"""In the order they are read: the verdict first, what bears no verdict last."""
MOST_WORDS = {"headline": 25, "why": 30}
"""Ours, version 1: what a reader takes in at once."""
TRANSFORMS = ("none", "abs", "times_100", "difference_from_1", "year")


def _words(column: str) -> pl.Expr:
    return pl.col(column).str.count_matches(r"\S+")


def _well_said(column: str) -> pl.Expr:
    text = pl.col(column)
    return (
        text.str.contains(r"[.!?]$")
        & ~text.str.contains(r"\.\.|[{}]|  |\bNone\b|\bnan\b")
        & text.str.contains(r"^[^a-zæøå]")
    )


PART = Column(
    "part", pl.Int32, "Nummer", "Part", "Sætningens plads i læserækkefølgen.", "The place in the order of reading."
)

STATEMENT = TableContract(
    "output",
    "statement",
    "Udsagn",
    "Statements",
    "Hvad der siges om hvert resultatmål og år: overskrift, hvorfor, sikkerhed, baggrund, uoplyste, forudsætning, "
    "forbehold og sammenhæng. Hvert tal står i statement_number med sin række.",
    "What is said of each result goal and year: headline, why, certainty, background, unknowns, precondition, cautions "
    "and context. Every number stands in statement_number with its row.",
    (
        c.GOAL,
        c.YEAR,
        PART,
        c.text("layer", "Lag", "Layer", "Hvad udsagnet er til.", "What the statement is for.", codes=LAYERS),
        c.text("statement_id", "Udsagnets id", "Statement id", "Sætningen i kataloget.", "The catalogue's sentence."),
        c.INDICATOR_ID.null(),
        c.text("text_da", "Dansk", "Danish", "Udsagnet på dansk.", "The statement in Danish."),
        c.text("text_en", "Engelsk", "English", "Udsagnet på engelsk.", "The statement in English."),
        c.DATA_KIND.null(),
        c.CAVEATS.null(),
    ),
    ("goal", "year", "part"),
    (
        Rule(
            "one_headline",
            (pl.col("layer") == "headline").sum().over("goal", "year") == 1,
            "layer",
            "Each goal and year has exactly one headline.",
        ),
        Rule(
            "one_or_two_whys",
            (pl.col("layer") == "why").sum().over("goal", "year").is_between(1, 2),
            "layer",
            "One or two sentences say why.",
        ),
        Rule(
            "short_enough",
            pl.all_horizontal(
                (pl.col("layer") != layer) | ((_words("text_da") <= most) & (_words("text_en") <= most))
                for layer, most in MOST_WORDS.items()
            ),
            "text_da",
            "A headline has at most 25 words, a sentence that says why at most 30.",
        ),
        Rule(
            "well_said",
            _well_said("text_da") & _well_said("text_en"),
            "text_da",
            "Every sentence ends with one stop and holds no braces, None, nan or double spaces.",
        ),
    ),
    min_rows=11,
    public=True,
)

STATEMENT_NUMBER = TableContract(
    "output",
    "statement_number",
    "Tallene i udsagnene",
    "Numbers of the statements",
    "En række pr. tal i et udsagn: rækken, det står i, og hvordan det er skrevet.",
    "A row per number of a statement: the row it stands in, and how it is written.",
    (
        c.GOAL,
        c.YEAR,
        PART,
        c.text("slot", "Plads", "Slot", "Tallets plads i sætningen.", "The place of the number in its sentence."),
        Column(
            "position",
            pl.Int32,
            "Rækkefølge",
            "Place",
            "Tallets nummer i sætningen, fra venstre; det samme på begge sprog.",
            "The number's place in its sentence, from the left; the same in both languages.",
            minimum=1,
        ),
        c.text("table_schema", "Skema", "Schema", "Skemaet, tallet står i.", "The schema the number stands in."),
        c.text("table_name", "Tabel", "Table", "Tabellen, tallet står i.", "The table the number stands in."),
        c.text(
            "row_id", "Række-id", "Row id", "Rækken, tallet står i.", "The row it stands in.", pattern="^[0-9a-f]{10}$"
        ),
        c.text("column_name", "Kolonne", "Column", "Kolonnen, tallet står i.", "The column it stands in."),
        c.number("value", "Værdi", "Value", "Tallet, som det står i rækken.", "The number as it stands in the row."),
        c.text(
            "transform",
            "Omregning",
            "Transform",
            "Fra rækkens tal til det, der skrives; year: et årstal.",
            "From the row's number to what is written; year: the number of a year.",
            codes=TRANSFORMS,
        ),
        Column("decimals", pl.Int32, "Decimaler", "Decimals", "Hvor mange decimaler.", "How many decimals.", minimum=0),
        c.text("text_da", "Dansk", "Danish", "Tallet på dansk.", "The number in Danish."),
        c.text("text_en", "Engelsk", "English", "Tallet på engelsk.", "The number in English."),
    ),
    ("goal", "year", "part", "slot"),
    public=True,
)
