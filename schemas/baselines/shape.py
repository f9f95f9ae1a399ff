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
)


def baseline_contract(slug: str) -> TableContract:
    """The contract of one baseline; its title is the catalogue's (`catalogue.titles`)."""
    return TableContract(
        "baseline",
        slug,
        f"Baseline ({slug})",
        f"Baseline ({slug})",
        "Baseline: tallene som offentliggjort, med kilde; hvor der intet tal er, står grunden.",
        "Baseline: the figures as published, with their source; where there is none, the reason stands.",
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
            Rule("a_figure_has_a_source", pl.col("value").is_null() | pl.col("source_id").is_not_null(), "source_id"),
        ),
        min_rows=1,
        public=True,
    )
