"""The two shapes every goal has: its confidential counts (cell) and its published figures (goal)."""

import polars as pl

from schemas import columns as c
from schemas.contract import Column, Rule, TableContract

_SHARE_HAS_NO_MORE_THAN_ALL = Rule(
    "numerator_not_above_denominator",
    (pl.col("measure") != "share")
    | (pl.col("numerator") <= pl.col("denominator"))
    | pl.col("numerator").is_null()
    | pl.col("denominator").is_null(),
    "numerator",
    "Of a share, the part is never larger than the whole.",
)

CELL_COLUMNS: tuple[Column, ...] = (
    c.INDICATOR_ID,
    c.YEAR,
    c.GEOGRAPHY,
    c.POPULATION_GROUP,
    c.ANCESTRY_COLUMN,
    c.SEX,
    c.AGE_GROUP,
    c.MEASURE,
    c.NUMERATOR.null(),
    c.DENOMINATOR.null(),
    c.VALUE.null(),
    c.CELL_STATE,
    c.DATA_KIND,
    c.DEFINITION_VERSION,
    c.CAVEATS.null(),
    c.DELIVERY_ID.null(),
)

CELL_KEY = (
    "indicator_id",
    "year",
    "geography",
    "population_group",
    "ancestry",
    "sex",
    "age_group",
    "measure",
    "definition_version",
)

CELL_RULES = (
    _SHARE_HAS_NO_MORE_THAN_ALL,
    Rule(
        "a_hidden_cell_has_no_number",
        ~pl.col("cell_state").is_in(["blanked", "not_available"])
        | (pl.col("numerator").is_null() & pl.col("value").is_null()),
        "cell_state",
        "A cell the supplier hid is a state, never a zero.",
    ),
)

REFERENCE_DATE = Column(
    "reference_date",
    pl.Date,
    "Referencedato",
    "Reference date",
    "Dagen, tallet gælder, hvor et år har flere: datoen på listen. Hvor kilden kun har måneden, månedens første dag.",
    "The day the figure refers to, where a year has several: the date of the list. Where the source has the month "
    "alone, its first day.",
)
OBSERVATION_COLUMNS: tuple[Column, ...] = (
    c.GOAL,
    c.INDICATOR_ID,
    c.YEAR,
    REFERENCE_DATE.null(),
    c.GEOGRAPHY,
    c.POPULATION_GROUP,
    c.REFERENCE_GROUP.null(),
    c.ANCESTRY_COLUMN,
    c.SEX,
    c.AGE_GROUP,
    c.MEASURE,
    c.VALUE.null(),
    c.CI_LOW.null(),
    c.CI_HIGH.null(),
    c.CI_METHOD.null(),
    c.CONFIDENCE.null(),
    c.NUMERATOR.null(),
    c.DENOMINATOR.null(),
    c.UNIT,
    c.OBS_STATUS_COLUMN,
    c.CONF_STATUS_COLUMN,
    c.MISSING_REASON,
    c.DATA_KIND.null(),
    c.CAVEATS.null(),
    c.DEFINITION_VERSION,
)

OBSERVATION_KEY = (
    "goal",
    "indicator_id",
    "year",
    "geography",
    "population_group",
    "reference_group",
    "ancestry",
    "sex",
    "age_group",
    "measure",
    "definition_version",
)

_MISSING_STATUS = {
    "suppressed": "Q",
    "not_delivered": "O",
    "not_collected": "L",
    "not_applicable": "M",
    "no_indicator": "M",
    "no_legal_basis": "L",
    "no_measurement_money": "L",
    "not_due": "M",
    "not_pulled": "L",
}
"""The SDMX code of each reason for having no figure."""


def obs_status_of(missing_reason: str) -> str:
    """The SDMX observation status that goes with a reason for having no figure. KeyError for an unknown reason."""
    return _MISSING_STATUS[missing_reason]


OBSERVATION_RULES = (
    _SHARE_HAS_NO_MORE_THAN_ALL,
    Rule(
        "a_figure_or_a_reason",
        pl.col("value").is_null() != (pl.col("missing_reason") == "none"),
        "missing_reason",
        "Every row has either a figure or the reason why there is none.",
    ),
    Rule(
        "reason_and_status_agree",
        pl.col("missing_reason").replace_strict(_MISSING_STATUS, default=None, return_dtype=pl.String).is_null()
        | (
            pl.col("missing_reason").replace_strict(_MISSING_STATUS, default="", return_dtype=pl.String)
            == pl.col("obs_status")
        ),
        "obs_status",
        "The observation status says the same as the reason.",
    ),
    Rule(
        "suppressed_is_marked",
        (pl.col("missing_reason") == "suppressed") == (pl.col("conf_status") == "C"),
        "conf_status",
        "A suppressed figure, and only that, is marked C.",
    ),
    Rule(
        "hidden_together",
        pl.col("value").is_not_null()
        | (
            pl.col("ci_low").is_null()
            & pl.col("ci_high").is_null()
            & pl.col("numerator").is_null()
            & pl.col("denominator").is_null()
        ),
        "value",
        "Limits and counts never stand where the figure does not.",
    ),
    Rule(
        "limits_hold_the_value",
        pl.col("ci_low").is_null() | ((pl.col("ci_low") <= pl.col("value")) & (pl.col("value") <= pl.col("ci_high"))),
        "ci_low",
    ),
    Rule("a_figure_says_its_kind", pl.col("value").is_null() | pl.col("data_kind").is_not_null(), "data_kind"),
)


def goal_contracts(slug: str) -> tuple[TableContract, TableContract]:
    """The cell and the goal contract of one result goal; its title is the catalogue's (`catalogue.titles`)."""
    number = int(slug.split("_")[1])
    cell = TableContract(
        "cell",
        slug,
        f"Optalte celler, resultatmål {number}",
        f"Counted cells, result goal {number}",
        f"FORTROLIG. Optællinger før diskretionering for resultatmål {number}.",
        f"CONFIDENTIAL. Counts before disclosure control for result goal {number}.",
        CELL_COLUMNS,
        CELL_KEY,
        CELL_RULES,
    )
    goal = TableContract(
        "goal",
        slug,
        f"Resultatmål {number}",
        f"Result goal {number}",
        f"Tallene for resultatmål {number}. En række pr. indikator, år, gruppe og mål; tomt tal har en grund.",
        f"The figures of result goal {number}. One row per indicator, year, group and measure; an empty figure has its "
        "reason.",
        OBSERVATION_COLUMNS,
        OBSERVATION_KEY,
        OBSERVATION_RULES,
        min_rows=1,
        public=True,
    )
    return cell, goal
