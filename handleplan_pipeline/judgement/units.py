"""In which unit the numbers of a reading and of a comparison are: it differs by what was measured, not by column."""

from handleplan_pipeline.catalogue import Catalogue, Indicator
from schemas.rows import Contrast, Judgement

POINTS, RATIO = "percentage points", "ratio"
SHARE = "percent"
OF_DIFFERENCES = ("difference", "share_change", "difference_of_medians", "difference_in_differences")
OF_AREAS = ("new_areas", "area_count")
LEVELS = ("count_ratio", "rate_ratio", "share_change", "difference_of_medians", *OF_AREAS)
"""Quantities that stand beside the level of the year compared with; the others stand beside the same quantity then."""
REDUCTION = "equal_reduction"
"""What demands that the group's own share fell: its change is one of that share."""


def difference_of(unit: str) -> str:
    """The unit of a difference of two figures in a unit."""
    return POINTS if unit == SHARE else unit


def of_quantity(quantity: str, indicator: Indicator) -> str:
    """The unit of a quantity that a rule is applied to, or of a comparison of groups."""
    if quantity in OF_DIFFERENCES:
        return difference_of(indicator.unit)
    return indicator.unit if quantity in OF_AREAS else RATIO


def of_reading(catalogue: Catalogue, indicator: Indicator, quantity: str, companion: str | None) -> Judgement:
    """The columns of units of a reading."""
    own = of_quantity(quantity, indicator)
    level = catalogue.indicator(indicator.rate).unit if quantity == "rate_ratio" and indicator.rate else indicator.unit
    return {
        "unit": own,
        "baseline_unit": level if quantity in LEVELS else own,
        "change_unit": difference_of(indicator.unit) if indicator.judged_by == REDUCTION else own,
        "companion_unit": None if companion is None else of_quantity(companion, indicator),
    }


def of_contrast(row: Contrast, indicator: Indicator, margin_unit: str | None) -> Contrast:
    """The columns of units of a comparison; a margin has the unit its goal's rule declares."""
    margin = None if row.get("margin") is None else margin_unit
    return {"unit": of_quantity(row["contrast"], indicator), "margin_unit": margin}
