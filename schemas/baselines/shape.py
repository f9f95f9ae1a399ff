"""The shape of a baseline: one row per quantity, year and group, as published or with the reason why not."""

import polars as pl

from schemas import columns as c
from schemas.contract import Column, Rule, TableContract

BASELINE_LABEL = c.text(
    "baseline_label",
    "Baseline",
    "Baseline label",
    "Året, baselinen er opkaldt efter i handleplanen.",
    "The year the plan names the baseline after.",
)
DATA_YEAR = Column(
    "data_year",
    pl.Int32,
    "Dataår",
    "Data year",
    "Året, tallene er fra.",
    "The year the data are from.",
    minimum=1990,
    maximum=2100,
)
QUANTITY = c.text(
    "quantity", "Størrelse", "Quantity", "Hvad der er målt, se meta.indicator.", "What is measured.", pattern=c.SLUG
)
SUBGROUP = c.text(
    "subgroup",
    "Delgruppe",
    "Subgroup",
    "Delgruppen af de hjemløse eller patienterne; total = alle.",
    "Subgroup of the homeless or the patients; total = all.",
)
SERIES = c.text(
    "series",
    "Serie",
    "Series",
    "as_published: som trykt, fastfrosset; recomputed: regnet af leverede data; none: intet tal.",
    "as_published: as printed, frozen; recomputed: counted from delivered data; none: no figure.",
    codes=("as_published", "recomputed", "none"),
)
APPROXIMATE = c.flag(
    "approximate",
    "Afrundet i kilden",
    "Approximate",
    "Sand hvor kilden selv skriver ca.",
    "True where the source itself prints about.",
)

FIRST_VALUE = c.number(
    "baseline_first_value",
    "Værdi i baselinens første år",
    "Value in the first year of the baseline",
    "Samme gruppes tal i det første år, baselinen er fastlagt for: 2009 (hjemløshed), 2006 (psykiatri).",
    "The figure of the same group in the first year the baseline is fixed at: 2009 (homelessness), 2006 (psychiatry).",
)
LAST_VALUE = c.number(
    "baseline_last_value",
    "Værdi i baselinens sidste år",
    "Value in the last year of the baseline",
    "Samme gruppes tal i det sidste år, baselinen er fastlagt for: 2010.",
    "The figure of the same group in the last year the baseline is fixed at: 2010.",
)
COMPARISON = c.text(
    "comparison",
    "Sammenligning",
    "Comparison",
    "difference: gruppen minus dansk oprindelse; representation_ratio: andelen ét sted over andelen et andet.",
    "difference: the group less Danish origin; representation_ratio: the share in one service over that in another.",
    codes=("difference", "representation_ratio"),
)
GAP_TREND = c.text(
    "gap_trend",
    "Forskellens udvikling",
    "Trend of the difference",
    "Om forskellen er forøget eller formindsket siden baseline; kun hvor hele 95 pct.-intervallet siger det.",
    "Whether the difference has increased or decreased since the baseline; only where the whole 95 % interval says so.",
    codes=("increased", "decreased", "cannot_tell", "no_baseline"),
)


def _limit(name: str, da: str, en: str) -> Column:
    return c.number(name, da, en).null()


COMPARED: tuple[Column, ...] = (
    FIRST_VALUE.null(),
    LAST_VALUE.null(),
    COMPARISON.null(),
    c.text(
        "comparison_unit",
        "Sammenligningens enhed",
        "Unit of the comparison",
        "Enheden for comparison_value og comparison_change med grænser.",
        "The unit of comparison_value and comparison_change with their limits.",
        code_list="unit",
    ).null(),
    _limit("comparison_value", "Forskel", "Difference"),
    _limit("comparison_ci_low", "Forskel, nedre grænse (95 pct.)", "Difference, lower limit (95 %)"),
    _limit("comparison_ci_high", "Forskel, øvre grænse (95 pct.)", "Difference, upper limit (95 %)"),
    c.text("comparison_method", "Intervallets metode", "Method of the interval").null(),
    _limit("comparison_change", "Forskellens ændring siden baseline", "Change of the difference since the baseline"),
    _limit("comparison_change_ci_low", "Ændring, nedre grænse (95 pct.)", "Change, lower limit (95 %)"),
    _limit("comparison_change_ci_high", "Ændring, øvre grænse (95 pct.)", "Change, upper limit (95 %)"),
    GAP_TREND.null(),
)
"""What stands beside a year's figure: the fixed baseline, and the difference between the groups."""

COLUMNS: tuple[Column, ...] = (
    c.INDICATOR_ID,
    QUANTITY,
    BASELINE_LABEL,
    DATA_YEAR,
    c.GEOGRAPHY,
    c.POPULATION_GROUP,
    SUBGROUP,
    SERIES,
    c.VALUE.null(),
    c.NUMERATOR.null(),
    c.DENOMINATOR.null(),
    c.UNIT,
    APPROXIMATE,
    c.OBS_STATUS_COLUMN,
    c.CONF_STATUS_COLUMN,
    c.MISSING_REASON,
    c.DATA_KIND.null(),
    c.SOURCE_ID.null(),
    c.TRUST_TIER.null(),
    c.CAVEATS.null(),
    *COMPARED,
)


def baseline_contract(slug: str) -> TableContract:
    """The contract of one baseline; its title is the catalogue's (`catalogue.titles`)."""
    return TableContract(
        "baseline",
        slug,
        f"Baseline ({slug})",
        f"Baseline ({slug})",
        "Baseline og den løbende serie: tallene som offentliggjort og som regnet af leverede data; hvor der intet tal "
        "er, står grunden.",
        "The baseline and the yearly series: figures as published and as counted from delivered data; where there is "
        "none, the reason stands.",
        COLUMNS,
        ("quantity", "data_year", "geography", "population_group", "subgroup", "unit", "series"),
        (
            Rule(
                "a_figure_or_a_reason",
                pl.col("value").is_null() != (pl.col("missing_reason") == "none"),
                "missing_reason",
            ),
            Rule(
                "hidden_together",
                pl.col("value").is_not_null() | (pl.col("numerator").is_null() & pl.col("denominator").is_null()),
                "value",
                "Counts never stand where the figure does not.",
            ),
            Rule(
                "nothing_is_compared_without_a_figure",
                pl.col("value").is_not_null()
                | (pl.col("comparison_value").is_null() & pl.col("comparison_change").is_null()),
                "comparison_value",
                "A difference never stands where the figure does not.",
            ),
            Rule("a_figure_has_a_source", pl.col("value").is_null() | pl.col("source_id").is_not_null(), "source_id"),
        ),
        min_rows=1,
        public=True,
    )
