"""Sentences that say in plain Danish and English what a rule was given and what it said, with the numbers."""

from typing import Any

from handleplan_pipeline.catalogue import Catalogue
from handleplan_pipeline.statistics import rules

Row = dict[str, Any]
Said = tuple[str, dict[str, tuple[str, str]]]
"""Id of a reason and its fields, each in Danish and English."""
PLACES = {"difference": 1, "share_change": 1, "difference_of_medians": 1, "new_areas": 0, "area_count": 0}
"""Decimals by quantity; ratios have two."""


def danish(value: float, decimals: int) -> str:
    """A number the Danish way: 1.234,5."""
    return f"{value:,.{decimals}f}".replace(",", " ").replace(".", ",").replace(" ", ".")


def _both(value: float | None, places: int) -> tuple[str, str]:
    if value is None:
        return ("ukendt", "unknown")
    # minus zero reads as a number below zero
    shown = round(value, places) + 0.0
    return (danish(shown, places), f"{shown:,.{places}f}")


def of_readings(catalogue: Catalogue, readings: list[Row]) -> list[Said]:
    """What is said of each reading: the number against the limit, the adjusted figure, power, and every remark."""
    said: list[Said] = []
    for r in readings:
        said += _of(catalogue, r)
    return said


def _of(catalogue: Catalogue, r: Row) -> list[Said]:
    indicator = catalogue.indicator(r["indicator_id"])
    title = (indicator.title_da, indicator.title_en)
    places = PLACES.get(r["quantity"], 2)
    said: list[Said] = []
    if r["estimate"] is not None and r["result"] in rules.RESULTS:
        verdict = catalogue.label("result", r["result"])
        fields = {
            "title": title, "verdict": (verdict.label_da, verdict.label_en), "base": (str(r["baseline_year"]),) * 2,
            **{k: _both(r[v], places) for k, v in (("estimate", "estimate"), ("low", "lower90"), ("high", "upper90"),
                                                   ("limit", "limit"), ("before", "baseline_value"))},
        }  # fmt: skip
        plain = r["lower90"] is None
        said.append((f"reading_{r['quantity']}" if not plain or places == 0 else "reading_point", fields))
    if r["adjusted_value"] is not None:
        verdict = catalogue.label("result", r["result_adjusted"])
        keys = (("estimate", "adjusted_value"), ("low", "adjusted_lower90"), ("high", "adjusted_upper90"))
        said.append(("reading_adjusted", {
            "verdict": (verdict.label_da, verdict.label_en), **{k: _both(r[v], places) for k, v in keys}
        }))  # fmt: skip
    if r["power"] is not None:
        said.append(("power", {"power": _both(100 * r["power"], 0), "least": _both(r["minimum_detectable"], 1)}))
    said += [(f"remark_{x}", {"title": title}) for x in (r["remarks"] or "").split(";") if x]
    return said
