"""Contract of the published figures that give a goal its context and never bear it."""

import polars as pl

from schemas import columns as c
from schemas.contract import Column, Rule, TableContract

CONTEXT_FIGURE = TableContract(
    "output",
    "context_figure",
    "Baggrundstal",
    "Context figures",
    "Offentliggjorte tal, der belyser et resultatmål, men aldrig bærer det; det valgte tal hvor kilder er uenige.",
    "Published figures that shed light on a goal but never bear it; the chosen one where sources disagree.",
    (
        c.GOAL,
        c.text(
            "figure_id", "Tal-id", "Figure id", "Tallets id i kildetabellen.", "Id of the figure in its source table."
        ),
        c.text(
            "source_table", "Kildetabel", "Source table", "Tabellen i skemaet source.", "The table in schema source."
        ),
        Column(
            "year",
            pl.Int32,
            "År",
            "Year",
            "Året, tallet gælder; tomt hvor kilden ikke daterer det.",
            "The year of the figure; empty where the source does not date it.",
            nullable=True,
        ),
        c.text(
            "geography_name",
            "Område",
            "Geography",
            "Området som kilden nævner det.",
            "The area as the source names it.",
        ),
        c.text("what_da", "Hvad", "What (Danish)", "Hvad tallet måler.", "What the figure measures."),
        c.text("what_en", "Hvad (engelsk)", "What (English)", "Hvad tallet måler, på engelsk.", "What it measures."),
        c.VALUE.null(),
        c.MISSING_REASON,
        c.PULL_COMMAND.null(),
        c.UNIT,
        c.flag("approximate", "Afrundet i kilden", "Approximate"),
        c.SOURCE_ID,
        c.TRUST_TIER,
        c.integer(
            "conflicts",
            "Antal uenige kilder",
            "Conflicting figures",
            "Hvor mange andre værdier kilderne trykker.",
            "How many other values the sources print.",
            minimum=0,
        ),
        c.text("choice_rule", "Valgregel", "Choice rule", "Reglen, der valgte.", "The rule that chose."),
        c.DATA_KIND,
        c.CAVEATS.null(),
    ),
    ("goal", "source_table", "figure_id"),
    (
        Rule(
            "a_figure_or_a_reason",
            pl.col("value").is_null() != (pl.col("missing_reason") == "none"),
            "missing_reason",
            "Every row has either a figure or the reason why there is none.",
        ),
    ),
    min_rows=1,
    public=True,
)
