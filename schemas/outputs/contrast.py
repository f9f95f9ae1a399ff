"""Contract of the comparisons of group against group."""

import polars as pl

from schemas import columns as c
from schemas.contract import Column, Rule, TableContract

CONTRAST_COLUMN = c.text(
    "contrast",
    "Sammenligning",
    "Contrast",
    "Hvad der er beregnet mellem grupperne.",
    "What was computed between the groups.",
    codes=c.CONTRASTS,
)
UNKNOWN_AS = c.text(
    "unknown_as",
    "Uoplyst herkomst regnet som",
    "Unknown ancestry counted as",
    "none: holdt udenfor, det bærende tal; group og reference_group: grænserne, hvis alle uoplyste hørte til dér.",
    "none: kept apart, the figure that bears; group and reference_group: the bounds if all unknown belonged there.",
    codes=("none", "group", "reference_group"),
)
METHOD = c.text("method", "Metode", "Method", "Metoden bag intervallet.", "The method behind the interval.")
MARGIN = c.number(
    "margin",
    "Margen",
    "Margin",
    "Margenen, der dømmes efter; fastsat på forhånd i kataloget. Kun ved den sammenligning, reglen gælder.",
    "The margin judged against; set in the catalogue beforehand. Only on the contrast the rule is applied to.",
)


def _optional(name: str, da: str, en: str) -> Column:
    return c.number(name, da, en).null()


CONTRAST = TableContract(
    "output",
    "contrast",
    "Sammenligninger",
    "Contrasts",
    "Gruppe mod gruppe med interval. Tomme kolonner kræver data, der ikke er leveret.",
    "Group against group, with interval. Empty columns need data that have not been delivered.",
    (
        c.GOAL,
        c.INDICATOR_ID,
        c.YEAR,
        c.GEOGRAPHY,
        c.POPULATION_GROUP,
        c.REFERENCE_GROUP,
        CONTRAST_COLUMN,
        UNKNOWN_AS,
        c.VALUE,
        c.CI_LOW,
        c.CI_HIGH,
        c.UNIT,
        c.CONFIDENCE,
        METHOD,
        MARGIN.null(),
        c.text(
            "margin_unit", "Margenens enhed", "Margin unit", "Enheden, margenen er fastsat i.", "Unit of the margin."
        ).null(),
        _optional("adjusted_value", "Justeret værdi", "Adjusted value"),
        _optional("adjusted_ci_low", "Justeret nedre grænse", "Adjusted lower limit"),
        _optional("adjusted_ci_high", "Justeret øvre grænse", "Adjusted upper limit"),
        c.text("adjustment", "Justering", "Adjustment").null(),
        _optional("minimum_detectable", "Mindste påviselige forskel", "Minimum detectable difference"),
        _optional("power", "Reglens styrke", "Power of the rule"),
        Column(
            "baseline_year",
            pl.Int32,
            "Baselineår",
            "Baseline year",
            "Året, der sammenlignes med.",
            "The year compared with.",
            nullable=True,
        ),
        _optional("baseline_value", "Værdi i baselineåret", "Value in the baseline year"),
        _optional("change", "Ændring siden baseline", "Change since the baseline"),
        _optional("change_ci_low", "Ændring, nedre grænse", "Change, lower limit"),
        _optional("change_ci_high", "Ændring, øvre grænse", "Change, upper limit"),
        c.DATA_KIND,
        c.CAVEATS.null(),
    ),
    (
        "goal",
        "indicator_id",
        "year",
        "geography",
        "population_group",
        "reference_group",
        "contrast",
        "unknown_as",
        "confidence",
    ),
    (
        Rule(
            "limits_hold_the_value",
            (pl.col("ci_low") <= pl.col("value")) & (pl.col("value") <= pl.col("ci_high")),
            "ci_low",
        ),
        Rule("never_with_itself", pl.col("population_group") != pl.col("reference_group"), "population_group"),
    ),
    public=True,
)
