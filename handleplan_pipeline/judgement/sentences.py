"""Sentences that say in plain Danish and English what a rule was given and what it said, with the numbers."""

from handleplan_pipeline.adjustment.person_verdicts import OVERLAP_LIMIT
from handleplan_pipeline.catalogue import Catalogue
from handleplan_pipeline.statistics import rules
from schemas.rows import Judgement, number_in

Fields = dict[str, tuple[str, str]]
Said = tuple[str, Fields]
"""Id of a reason and its fields, each in Danish and English."""
PLACES = {"difference": 1, "share_change": 1, "difference_of_medians": 1, "new_areas": 0, "area_count": 0}
"""Decimals by quantity; ratios have two."""
UNITS = {"difference": ("procentpoint", "percentage points"), "difference_of_medians": ("måneder", "months")}
POWER = {"difference": "power", "ratio_of_ratios": "power_change"}
OWN_SHARE = {"better": "own_share_fell", "worse": "own_share_rose", "cannot_tell": "own_share_open"}
"""What is said of the change of the group's own share, where the rule demands a reduction."""
SAID_OF_THE_GOAL = ("fewer_than_20",)
"""Remarks that the status says once for the whole goal."""


def danish(value: float, decimals: int) -> str:
    """A number the Danish way: 1.234,5."""
    return f"{value:,.{decimals}f}".replace(",", " ").replace(".", ",").replace(" ", ".")


def _both(value: float | None, places: int) -> tuple[str, str]:
    if value is None:
        return ("ukendt", "unknown")
    # minus zero reads as a number below zero
    shown = round(value, places) + 0.0
    return (danish(shown, places), f"{shown:,.{places}f}")


def of_readings(catalogue: Catalogue, readings: list[Judgement]) -> list[Said]:
    """What is said of each reading.

    The number against the limit, what the outcome means, what stands beside it, power, and every remark.
    """
    said: list[Said] = []
    for r in readings:
        number = _number(catalogue, r)
        if number:
            number += [*_own_share(catalogue, r), *outcome_of(catalogue, r["goal"], str(r["result"]))]
        said += [*number, *_beside(catalogue, r), *_planned(r), *_remarks(catalogue, r)]
    return said


def outcome_of(catalogue: Catalogue, goal: int, result: str) -> list[Said]:
    """What an outcome of the goal's rule means; nothing of what is no outcome of it."""
    words = catalogue.rule(catalogue.goal(goal).target).outcomes.said.get(result)
    return [] if words is None else [("outcome", {"meaning": (words.da, words.en)})]


def _own_share(catalogue: Catalogue, r: Judgement) -> list[Said]:
    """The change of the group's own share since the baseline, where the rule demands that it fell."""
    demanded = catalogue.indicator(r["indicator_id"]).judged_by == "equal_reduction"
    if not demanded or r["change"] is None or r["trend"] not in OWN_SHARE:
        return []
    return [(OWN_SHARE[r["trend"]], _fields(r, 1, change="change", low="change_lower", high="change_upper"))]


def _verdict(catalogue: Catalogue, result: str) -> tuple[str, str]:
    label = catalogue.label("result", result)
    return label.label_da, label.label_en


def _fields(r: Judgement, places: int, **columns: str) -> Fields:
    """Fields of a reason from columns of the reading, and the year compared with."""
    return {"base": (str(r["baseline_year"]),) * 2, **{k: _both(number_in(r, c), places) for k, c in columns.items()}}


def _number(catalogue: Catalogue, r: Judgement) -> list[Said]:
    """The number, its interval, the limit and the verdict."""
    if r["result"] not in rules.RESULTS or (r["estimate"] is None and r["lower90"] is None):
        return []
    indicator, places = catalogue.indicator(r["indicator_id"]), PLACES.get(r["quantity"], 2)
    fields = _fields(
        r, places, estimate="estimate", low="lower90", high="upper90", limit="limit_value", before="baseline_value"
    )
    fields |= {"title": (indicator.title_da, indicator.title_en), "verdict": _verdict(catalogue, r["result"])}
    if r["estimate"] is None:
        return [("reading_from_none", fields)]
    plain = r["lower90"] is None and places > 0
    return [("reading_point" if plain else f"reading_{r['quantity']}", fields)]


def _beside(catalogue: Catalogue, r: Judgement) -> list[Said]:
    """The companion, the figure adjusted for background, and a sensitivity that would change the verdict."""
    said: list[Said] = []
    if r["companion_value"] is not None:
        places = 1 if r["companion"] == "difference_in_differences" else 2
        columns = {"value": "companion_value", "low": "companion_lower", "high": "companion_upper"}
        said.append((f"companion_{r['companion']}", _fields(r, places, **columns)))
    if r["adjusted_value"] is not None and r["result_adjusted"] in rules.RESULTS:
        points = r["quantity"] == "difference"
        columns = {"estimate": "adjusted_value", "low": "adjusted_lower90", "high": "adjusted_upper90"}
        fields = _fields(r, 1 if points else 2, **columns) | {"verdict": _verdict(catalogue, r["result_adjusted"])}
        said.append((f"reading_adjusted_{'difference' if points else 'ratio'}", fields))
    elif "adjusted_" not in (r["remarks"] or "") and r["result_adjusted"] in (*rules.RESULTS, "suppressed"):
        indicator = catalogue.indicator(r["indicator_id"])
        title = {"title": (indicator.title_da, indicator.title_en)}
        if r["result"] in rules.RESULTS:
            name = "hidden" if r["result_adjusted"] == "suppressed" else "verdict"
            verdict = {} if name == "hidden" else {"verdict": _verdict(catalogue, r["result_adjusted"])}
            said.append((f"reading_adjusted_{name}", title | verdict))
    if r["result_sensitivity"] not in (None, r["result"]):
        margin = catalogue.goal(r["goal"]).target.margin_sensitivity
        verdict = {"verdict": _verdict(catalogue, r["result_sensitivity"])}
        other: Said = ("sensitivity_midp", verdict)
        said.append(other if margin is None else ("sensitivity_margin", verdict | {"margin": _both(100 * margin, 0)}))
    return said


def _planned(r: Judgement) -> list[Said]:
    """Power and the smallest detectable change: always beside parity, elsewhere where nobody can tell."""
    if r["minimum_detectable"] is None or (r["quantity"] != "difference" and r["result"] != "cannot_tell"):
        return []
    places = PLACES.get(r["quantity"], 2)
    fields = {"least": _both(r["minimum_detectable"], places), "unit": UNITS.get(r["quantity"], UNITS["difference"])}
    if r["power"] is not None:
        name = POWER.get(r["quantity"], "power_ratio")
        return [(name, fields | {"power": _both(100 * r["power"], 0)})]
    return [("detectable_difference" if places == 1 else "detectable_ratio", fields)]


def _remarks(catalogue: Catalogue, r: Judgement) -> list[Said]:
    indicator = catalogue.indicator(r["indicator_id"])
    fields = _fields(r, 0) | {
        "title": (indicator.title_da, indicator.title_en),
        "outside": _both(100 * (1 - OVERLAP_LIMIT), 0),
        "threshold": _both(catalogue.disclosure.number("threshold"), 0),
    }
    return [(f"remark_{x}", fields) for x in (r["remarks"] or "").split(";") if x and x not in SAID_OF_THE_GOAL]
