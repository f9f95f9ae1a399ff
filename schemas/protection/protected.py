"""Contracts of the line besides its cells: what is made of persons or of the plan, as it may be printed."""

from dataclasses import replace

import polars as pl

from schemas import columns as c
from schemas.adjustment.background import BACKGROUND, MODEL_CARD
from schemas.contract import LINE, ROW_ID, Column, Rule, TableContract
from schemas.outputs.judgement import JUDGEMENT
from schemas.protection.suppression_plan import DISCLOSURE_GIVEN_UP, DISCLOSURE_LOSS, DISCLOSURE_REASON


def at_the_line(published: TableContract) -> TableContract:
    """The same table where it leaves the confidential zone, before it is published as it is."""
    columns = tuple(column for column in published.columns if column != ROW_ID)
    return replace(published, layer=LINE, public=False, columns=columns)


PROTECTED_BACKGROUND = at_the_line(BACKGROUND)
PROTECTED_CARD = at_the_line(MODEL_CARD)
PROTECTED_LOSS = at_the_line(DISCLOSURE_LOSS)
PROTECTED_GIVEN_UP = at_the_line(DISCLOSURE_GIVEN_UP)
PROTECTED_REASON = at_the_line(DISCLOSURE_REASON)

ADJUSTED, STANDARDISED = "adjusted", "standardised_ratio"
"""Quantities of a goal given social background, and of rates standardised for sex and age."""
OF_A_READING = (
    "estimate",
    "lower90",
    "upper90",
    "lower95",
    "upper95",
    "method",
    "literal_met",
    "result",
    "trend",
    "baseline_year",
    "baseline_value",
    "change",
    "change_lower",
    "change_upper",
    "minimum_detectable",
    "power",
    "remarks",
)
"""What of a reading can rest on persons; the columns are those of `output.judgement`."""
PERSON_LEVEL = TableContract(
    LINE,
    "person_level",
    "Hvad reglerne siger om tal dannet af personer",
    "What the rules say of figures made of persons",
    "Modeller, standardiserede forhold og gentagne udtræk, som de må trykkes: dommen er fældet på de nøjagtige tal, "
    "tallene er afrundet, og hvad der bygger på skjulte celler, er tomt.",
    "Models, standardised ratios and bootstraps as they may be printed: the verdict was given on the exact figures, "
    "the figures are rounded, and what rests on hidden cells is empty.",
    (
        c.INDICATOR_ID,
        Column(
            "year", pl.Int32, "År", "Year", "Året; 0 for en oplysning om hele serien.", "Year; 0 for the whole series."
        ),
        c.text(
            "quantity",
            "Størrelse",
            "Quantity",
            "Dommens størrelse; adjusted: givet baggrund; ..._unknown_in_...: grænsen for uoplyst herkomst.",
            "The quantity judged; adjusted: given background; ..._unknown_in_...: the bound for unknown ancestry.",
            pattern=c.SLUG,
        ),
        *(replace(column, nullable=True) for column in JUDGEMENT.columns if column.name in OF_A_READING),
        c.DATA_KIND,
    ),
    ("indicator_id", "year", "quantity"),
    (
        Rule(
            "a_suppressed_verdict_has_no_number",
            (pl.col("result").fill_null("") != "suppressed")
            | (pl.col("estimate").is_null() & pl.col("lower90").is_null() & pl.col("upper90").is_null()),
            "result",
        ),
    ),
)
