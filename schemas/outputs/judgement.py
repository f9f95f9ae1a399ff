"""Contract of the readings: what each rule was given, and what it said."""

import polars as pl

from schemas import columns as c
from schemas.contract import Column, Rule, TableContract
from schemas.outputs.goal_status import LITERAL_MET, RESULT, RESULT_ADJUSTED, TREND


def _number(name: str, da: str, en: str) -> Column:
    return c.number(name, da, en).null()


def _result(name: str, da: str, en: str) -> Column:
    return c.text(name, da, en, codes=c.RESULTS).null()


def _unit(name: str, da: str, en: str, long_da: str, long_en: str) -> Column:
    return c.text(name, da, en, long_da, long_en, code_list="unit")


UNITS = (
    _unit(
        "unit",
        "Enhed",
        "Unit",
        "Enheden for størrelsen, dens grænser, reglens grænse og det justerede tal.",
        "Unit of the quantity, its limits, the limit of the rule and the adjusted figure.",
    ),
    _unit(
        "baseline_unit",
        "Sammenligningsårets enhed",
        "Unit of the year compared with",
        "Enheden for baseline_value: niveauet dengang, eller samme størrelse.",
        "Unit of baseline_value: the level then, or the same quantity.",
    ),
    _unit("change_unit", "Ændringens enhed", "Unit of the change", "Enheden for change.", "Unit of change."),
    _unit(
        "companion_unit",
        "Ledsagende enhed",
        "Unit of the companion",
        "Enheden for den ledsagende størrelse.",
        "Unit of the companion quantity.",
    ).null(),
)
"""What a rule is applied to differs from goal to goal, and with it the unit of the same columns."""

JUDGEMENT = TableContract(
    "output",
    "judgement",
    "Dommens regnestykke",
    "How each rule judged",
    "En række pr. målbærende indikator og år: størrelsen, intervallet, grænsen, de tre læsninger og grænserne for "
    "uoplyst herkomst. Forskelle i procentpoint.",
    "A row per goal-bearing indicator and year: quantity, interval, limit, the three readings and the bounds for "
    "unknown ancestry. Differences in percentage points.",
    (
        c.GOAL,
        c.INDICATOR_ID,
        c.YEAR,
        c.POPULATION_GROUP,
        c.REFERENCE_GROUP.null(),
        c.text("quantity", "Størrelse", "Quantity", codes=c.QUANTITIES),
        *UNITS,
        _number("estimate", "Estimat", "Estimate"),
        _number("lower90", "Nedre grænse, 90 pct. (dom)", "Lower limit, 90 % (decision)"),
        _number("upper90", "Øvre grænse, 90 pct. (dom)", "Upper limit, 90 % (decision)"),
        _number("lower95", "Nedre grænse, 95 pct. (visning)", "Lower limit, 95 % (display)"),
        _number("upper95", "Øvre grænse, 95 pct. (visning)", "Upper limit, 95 % (display)"),
        c.text("method", "Metode", "Method").null(),
        _number("limit_value", "Grænse i reglen", "Limit of the rule"),
        Column(
            "baseline_year",
            pl.Int32,
            "Sammenligningsår",
            "Year compared with",
            "Sammenligningsår",
            "Year compared with",
            nullable=True,
        ),
        _number("baseline_value", "Værdi i sammenligningsåret", "Value in the year compared with"),
        c.flag("due", "Efter baselineåret", "After the baseline year"),
        LITERAL_MET.null(),
        RESULT,
        RESULT_ADJUSTED,
        _result(
            "result_sensitivity", "Resultat med snævrere margen eller mid-p", "Result with the narrower margin or mid-p"
        ),
        _result("unknown_in_group", "Resultat, uoplyste i gruppen", "Result with the unknown in the group"),
        _result("unknown_in_reference", "Resultat, uoplyste i referencen", "Result with the unknown in the reference"),
        c.text("companion", "Ledsagende størrelse", "Companion quantity").null(),
        _number("companion_value", "Ledsagende værdi", "Companion value"),
        _number("companion_lower", "Ledsagende, nedre", "Companion, lower"),
        _number("companion_upper", "Ledsagende, øvre", "Companion, upper"),
        _number("adjusted_value", "Justeret værdi", "Adjusted value"),
        _number("adjusted_lower90", "Justeret, nedre 90 pct.", "Adjusted, lower 90 %"),
        _number("adjusted_upper90", "Justeret, øvre 90 pct.", "Adjusted, upper 90 %"),
        _number("minimum_detectable", "Mindste påviselige forskel", "Minimum detectable difference"),
        _number("power", "Reglens styrke", "Power of the rule"),
        _number("noninferiority_p", "p, ikke ringere", "Non-inferiority p"),
        _number("equivalence_p", "p, ækvivalens", "Equivalence p"),
        TREND,
        _number("change", "Ændring siden baseline", "Change since the baseline"),
        _number("change_lower", "Ændring, nedre", "Change, lower"),
        _number("change_upper", "Ændring, øvre", "Change, upper"),
        c.number(
            "slope",
            "Hældning pr. år, uden dom",
            "Slope per year, without a verdict",
            "Ændring pr. år siden baseline i den enhed, slope_unit nævner; uden dom.",
            "Change per year since the baseline in the unit slope_unit names; without a verdict.",
            unit_column="slope_unit",
            decimals=1,
        ).null(),
        c.text(
            "slope_unit",
            "Hældningens enhed",
            "Unit of the slope",
            codes=("percentage_points_per_year", "percent_per_year"),
        ).null(),
        _number("slope_p", "p for ingen hældning", "p of no slope"),
        c.text("slope_method", "Hældningens metode", "Method of the slope").null(),
        c.text("remarks", "Bemærkninger", "Remarks").null(),
        c.text("rule_id", "Regel", "Rule"),
        c.text("rule_version", "Regelversion", "Rule version"),
        c.DATA_KIND,
    ),
    ("goal", "indicator_id", "year"),
    (
        Rule(
            "limits_hold_the_estimate",
            pl.col("lower90").is_null()
            | pl.col("upper90").is_null()
            | ((pl.col("lower90") <= pl.col("estimate")) & (pl.col("estimate") <= pl.col("upper90"))),
            "lower90",
        ),
        Rule(
            "a_verdict_needs_a_number",
            ~pl.col("result").is_in(["met", "not_met", "clearly_not_met"]) | pl.col("literal_met").is_not_null(),
            "result",
        ),
        Rule(
            "disagreeing_bounds_cannot_tell",
            pl.col("result").is_in(["cannot_tell", "not_assessed", "suppressed"])
            | (
                pl.col("unknown_in_group").fill_null(pl.col("result")).eq(pl.col("result"))
                & pl.col("unknown_in_reference").fill_null(pl.col("result")).eq(pl.col("result"))
            ),
            "result",
            "Where unknown ancestry could change the verdict, nobody can tell.",
        ),
    ),
    public=True,
)
