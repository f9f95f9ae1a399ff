"""Contracts of observed against expected: the confidential table, the published one, and the model cards."""

import polars as pl

from schemas import columns as c
from schemas.contract import Column, Rule, TableContract

MODELLED = "expected_share"
"""The method of a row that rests on a model of persons."""


def _number(name: str, da: str, en: str) -> Column:
    return c.number(name, da, en).null()


COLUMNS: tuple[Column, ...] = (
    c.INDICATOR_ID,
    c.YEAR,
    c.POPULATION_GROUP,
    c.REFERENCE_GROUP,
    c.text(
        "method",
        "Metode",
        "Method",
        "expected_share: model på referencegruppen; direct/indirect: standardiseret forhold.",
        "expected_share: model of the reference group; direct/indirect: standardised ratio.",
        codes=(MODELLED, "direct", "indirect", "none"),
    ),
    c.text(
        "state",
        "Tilstand",
        "State",
        "fitted: beregnet; too_few_events: for få hændelser til en model; suppressed: vises ikke.",
        "fitted: computed; too_few_events: too few events for a model; suppressed: not shown.",
        codes=("fitted", "too_few_events", "suppressed"),
    ),
    c.integer("n", "Personer i gruppen", "Persons of the group").null(),
    c.integer("n_ref", "Personer i referencegruppen", "Persons of the reference group").null(),
    c.integer("events_ref", "Hændelser i referencegruppen", "Events of the reference group").null(),
    _number("observed", "Faktisk andel", "Observed share"),
    _number("expected", "Forventet andel givet baggrund", "Expected share given background"),
    _number("reference_share", "Referencegruppens andel", "Share of the reference group"),
    _number("gap_crude", "Rå forskel", "Crude gap"),
    _number("gap_explained", "Forklaret af baggrund", "Explained by background"),
    _number("gap_adjusted", "Justeret forskel", "Adjusted gap"),
    _number("gap_lower90", "Justeret, nedre 90 pct.", "Adjusted, lower 90 %"),
    _number("gap_upper90", "Justeret, øvre 90 pct.", "Adjusted, upper 90 %"),
    _number("gap_lower95", "Justeret, nedre 95 pct.", "Adjusted, lower 95 %"),
    _number("gap_upper95", "Justeret, øvre 95 pct.", "Adjusted, upper 95 %"),
    _number("se", "Standardfejl", "Standard error"),
    _number("se_expected", "Standardfejl på forventet", "Standard error of the expected share"),
    _number("oe_index", "Faktisk/forventet, indeks", "Observed/expected, index"),
    _number("ratio", "Standardiseret forhold", "Standardised ratio"),
    c.integer("least_stratum", "Mindste antal i et stratum", "Smallest count in a stratum", minimum=1).null(),
    *(
        _number(f"ratio_{side}{level}", f"Forhold, {da} {level} pct.", f"Ratio, {en} {level} %")
        for level in ("90", "95")
        for side, da, en in (("lower", "nedre", "lower"), ("upper", "øvre", "upper"))
    ),
    *(
        _number(f"unknown_in_{where}_{side}90", "Grænse med uoplyst", "Limit with unknown ancestry counted there")
        for where in ("group", "reference")
        for side in ("lower", "upper")
    ),
    _number("direct_gap", "Direkte standardiseret forskel", "Directly standardised gap"),
    _number("direct_lower95", "Direkte, nedre 95 pct.", "Direct, lower 95 %"),
    _number("direct_upper95", "Direkte, øvre 95 pct.", "Direct, upper 95 %"),
    _number("rate_effect", "Del fra andelene", "Part due to rates"),
    _number("composition_effect", "Del fra sammensætningen", "Part due to composition"),
    c.text("direct_strata", "Direkte, standardiseret for", "Direct, standardised for").null(),
    _number("pooled_gap", "Forskel, fælles model", "Gap, pooled model"),
    _number("pooled_lower95", "Fælles model, nedre 95 pct.", "Pooled model, lower 95 %"),
    _number("pooled_upper95", "Fælles model, øvre 95 pct.", "Pooled model, upper 95 %"),
    _number("drawn_lower90", "Justeret, gentagne udtræk, nedre 90 pct.", "Adjusted, persons drawn again, lower 90 %"),
    _number("drawn_upper90", "Justeret, gentagne udtræk, øvre 90 pct.", "Adjusted, persons drawn again, upper 90 %"),
    _number("overlap_share", "Overlap", "Overlap share"),
    _number("calibration_slope", "Kalibreringshældning", "Calibration slope"),
    c.integer("params", "Parametre", "Parameters").null(),
    c.text("model_id", "Model", "Model").null(),
    c.text("covariates", "Baggrund, der indgår", "Covariates used").null(),
    c.text("collapsed", "Baggrund slået sammen til to", "Covariates collapsed to two levels").null(),
    c.text("covariates_missing", "Baggrund, der ikke er leveret", "Covariates not delivered").null(),
    c.DATA_KIND,
)
KEY = ("indicator_id", "year", "population_group", "reference_group", "method")
RULES = (
    Rule(
        "the_parts_add_up",
        pl.col("gap_crude").is_null()
        | ((pl.col("gap_explained") + pl.col("gap_adjusted") - pl.col("gap_crude")).abs() < 1e-9),
        "gap_crude",
        "Explained and adjusted gap add up to the crude gap.",
    ),
)
ADJUSTED = TableContract(
    "cell",
    "adjusted",
    "Justeret for social baggrund, før diskretionering",
    "Adjusted for social background, before disclosure control",
    "FORTROLIG. Faktisk mod forventet givet baggrund, med interval, overlap og standardiserede forhold.",
    "CONFIDENTIAL. Observed against expected given background, with interval, overlap and standardised ratios.",
    COLUMNS,
    KEY,
    RULES,
)
INTERNAL_TO_BACKGROUND = (
    "se",
    "se_expected",
    "direct_gap",
    "direct_lower95",
    "direct_upper95",
    "direct_strata",
    "rate_effect",
    "composition_effect",
    "pooled_gap",
    "pooled_lower95",
    "pooled_upper95",
    "drawn_lower90",
    "drawn_upper90",
    "calibration_slope",
    "overlap_share",
    "least_stratum",
)
"""Functions of counts by stratum that no table prints: several at once can be solved for whole persons, and an overlap
with three decimals is a number of persons."""
BACKGROUND = TableContract(
    "output",
    "background",
    "Social baggrund",
    "Social background",
    "Faktisk mod forventet givet baggrund: modellen er tilpasset referencegruppen alene. Beskriver en sammenhæng og er "
    "ikke en forklaring.",
    "Observed against expected given background: the model is fitted on the reference group alone. It describes an "
    "association and is no explanation.",
    tuple(column for column in COLUMNS if column.name not in INTERNAL_TO_BACKGROUND),
    KEY,
    RULES,
    public=True,
)
CARD_COLUMNS: tuple[Column, ...] = (
    c.text("model_id", "Model", "Model"),
    c.text("term", "Led", "Term"),
    c.number("coefficient", "Koefficient (logit)", "Coefficient (logit)"),
    c.text("formula", "Formel", "Formula"),
    c.integer("n_ref", "Personer i referencegruppen", "Persons of the reference group").null(),
    c.integer("events_ref", "Hændelser i referencegruppen", "Events of the reference group").null(),
    c.text("data_hash", "Dataaftryk", "Data hash", pattern=r"^[a-p]{64}$"),
    c.integer(
        "seed",
        "Startværdi",
        "Seed",
        "Startværdi for de gentagne udtræk, der efterprøver intervallet; modellen selv trækker intet.",
        "Seed of the draws that check the interval; the model itself draws nothing.",
    ),
    c.DATA_KIND,
)
FITTED_MODEL = TableContract(
    "cell",
    "fitted_model",
    "Tilpassede modeller",
    "Fitted models",
    "FORTROLIG. Koefficienter, formel og dataaftryk for hver model bag social baggrund.",
    "CONFIDENTIAL. Coefficients, formula and data hash of every model behind social background.",
    CARD_COLUMNS,
    ("model_id", "term"),
)
INTERNAL_TO_CARDS = ("coefficient", "data_hash", "seed")
"""Coefficients can be solved for counts, an unkeyed hash confirms a guess of the rows it was made of, and the seed is
that of limits which stay inside."""
MODEL_CARD = TableContract(
    "output",
    "model_card",
    "Modelkort",
    "Model cards",
    "Led og formel for hver model bag social baggrund. Koefficienter og dataaftryk vises ikke: de kan afsløre tal.",
    "Terms and formula of every model behind social background. Coefficients and data hash are not shown: they can "
    "reveal counts.",
    tuple(column for column in CARD_COLUMNS if column.name not in INTERNAL_TO_CARDS),
    ("model_id", "term"),
    public=True,
)
