"""The headline of a goal and year: the verdict first, the figures last, one clause for each of the goal's parts.

Which sentence is said follows from the reading; a word that says a direction is in the sentences only that are chosen
where the 90 per cent interval excludes no change.
"""

from collections.abc import Callable
from dataclasses import replace

import polars as pl

from handleplan_pipeline.catalogue import Indicator
from handleplan_pipeline.cells.routes import PERMISSION_CAVEAT
from handleplan_pipeline.judgement.case import Case, base_of, of_reading, title_of
from handleplan_pipeline.judgement.statements import Field, Number, Said, Words
from handleplan_pipeline.statistics import rules
from schemas.rows import Judgement, observations_in

NOT_COMPARED = ("fewer_than_20",)
"""Remarks that say an indicator cannot be judged at all in a year."""
RATIO_PLACES = 1
"""Decimals of how many times as often; the sentence that says why has two."""
WAYS = {1: "rose", -1: "fell", 0: "level"}
Fields = dict[str, Field]


def headline(case: Case) -> Said:
    """The one sentence that is read first."""
    said = _without_verdict(case) or _clauses(case)
    if case.year > case.goal.decision_year:
        word = case.catalogue.sentence("headline_follow_up")
        return replace(said, title=(word.da, word.en))
    return said


def _without_verdict(case: Case) -> Said | None:
    """What is said where there is nothing to judge; None where the goal has a verdict."""
    result, year = case.verdict.result, {"year": case.year_of(case.year)}
    if case.badge == "not_measurable":
        return Said(f"headline_{why_not_measured(case)}", year)
    if result == "not_due":
        if case.judged_from is None:
            return Said("headline_not_due_yet", year)
        return Said("headline_not_due", year | {"next": case.year_of(case.judged_from)})
    if result == "suppressed":
        return Said("headline_suppressed")
    if case.told_by_lists is not None and result == "cannot_tell":
        return _by_lists(case, case.told_by_lists)
    return None


def why_not_measured(case: Case) -> str:
    """The cause, as the sentences name it."""
    if any(r in NOT_COMPARED for x in case.readings for r in (x["remarks"] or "").split(";")):
        return "fewer_than_20"
    if case.told_by_lists is not None:
        return "list_missing"
    if case.rows.filter(pl.col("caveats") == PERMISSION_CAVEAT).height:
        return "permission_refused"
    return "not_delivered" if case.goal.plan_indicator else "no_plan_indicator"


def listed(case: Case, rows: pl.DataFrame, indicator_id: str | None) -> Number | None:
    """The number of an indicator of the lists among these rows."""
    found = rows.filter((pl.col("indicator_id") == indicator_id) & pl.col("value").is_not_null())
    return Number(case.observation(observations_in(found)[0]), "value", 0) if found.height else None


def _by_lists(case: Case, new_areas: Indicator) -> Said:
    """Where no list by the criteria of the baseline's list tells of new areas."""
    official = case.rows.filter(pl.col("data_kind") == "official")
    count, baseline = listed(case, official, new_areas.told_by), listed(case, case.base, new_areas.told_by)
    if count is None or baseline is None:
        return Said("headline_cannot_tell")
    fields: Fields = {"count": count, "baseline": baseline}
    years = {"year": _own_year(count), "base": _own_year(baseline)}
    return Said("headline_criteria_changed", fields | years)


def _own_year(n: Number) -> Number:
    return Number(n.row, "year", 0, "year")


def _clauses(case: Case) -> Said:
    """A clause for each headline indicator, in the order of the plan."""
    readings = {r["indicator_id"]: r for r in case.readings}
    several = len(case.indicators) > 1
    said: list[Said] = []
    for i in case.indicators:
        r = readings.get(i.id)
        clause = None if r is None else _clause(case, i, r, several, before=bool(said))
        if clause is None and not several:
            return Said("headline_cannot_tell", indicator_id=i.id)
        said.append(clause or _without_figures(case, i, r))
    first, *others = said
    return replace(first, indicator_id=None if several else first.indicator_id, more=tuple(others))


def _without_figures(case: Case, indicator: Indicator, r: Judgement | None) -> Said:
    hidden = indicator in case.hidden
    name = "hidden" if hidden else "none" if r is None else "open"
    return Said(f"headline_part_{name}", {"title": title_of(indicator)})


def _clause(case: Case, i: Indicator, r: Judgement, several: bool, before: bool) -> Said | None:
    """What is said of one indicator; None where its figures are not there."""
    found = FORMS[str(i.judged_by)](case, i, r, several) if r["result"] in rules.RESULTS else None
    if found is None:
        return None
    name, fields = found
    phrases = {k: Words.of((w.da, w.en)) for k, w in case.catalogue.phrases_of(i.id).items()}
    return Said(f"headline_{name}", {**phrases, **fields}, i.id)


Form = tuple[str, Fields]


def _direction(r: Judgement, unchanged: float) -> int:
    """1 or -1 where the whole interval lies above or below no change; 0 where it holds it, or nobody can tell."""
    low, high = r["lower90"], r["upper90"]
    if low is not None and low > unchanged:
        return 1
    return -1 if high is not None and high < unchanged else 0


def _pair(case: Case, i: Indicator, now: Number, then: Number, several: bool, short: bool = False) -> Fields:
    """Two figures; the unit stands with both where it is short, else with the last, or the first of several parts."""
    unit = case.unit(i)
    if i.unit == "percent" and several:
        return {"now": replace(now, unit=unit), "then": replace(then, unit=None)}
    both = i.unit == "percent" and not short
    return {"now": replace(now, unit=unit if both else None), "then": replace(then, unit=unit)}


def _groups(case: Case, i: Indicator, year: int) -> tuple[Number, Number] | None:
    """The figures of the group and of the reference group."""
    found = [case.figure(i, g, year) for g in (case.goal.population_group, str(i.reference_group))]
    return None if found[0] is None or found[1] is None else (found[0], found[1])


def _slightly(r: Judgement) -> bool:
    """Met although the whole interval lies below no difference."""
    return r["quantity"] == "difference" and r["result"] == "met" and _direction(r, 0) < 0


def _against(case: Case, i: Indicator, r: Judgement, several: bool) -> Fields | None:
    """The group's figure and the reference group's."""
    found = _groups(case, i, case.year)
    if found is None:
        return None
    pair = _pair(case, i, *found, several, short=r["result"] == "cannot_tell" or _slightly(r))
    return {"now": pair["now"], "other": pair["then"]}


def _parity(case: Case, i: Indicator, r: Judgement, several: bool) -> Form | None:
    fields, way = _against(case, i, r, several), _direction(r, 0)
    if fields is None:
        return None
    beyond = {1: "_above", -1: "_below"}.get(way, "") if r["result"] == "met" else ""
    return f"difference_{r['result']}{beyond}", fields


def _not_above(case: Case, i: Indicator, r: Judgement, several: bool) -> Form | None:
    fields, way = _against(case, i, r, several), _direction(r, 1)
    if fields is None or r["estimate"] is None:
        return None
    if r["result"] in ("met", "cannot_tell"):
        return f"standardised_ratio_{r['result']}{'_below' if way < 0 and r['result'] == 'met' else ''}", fields
    fields["ratio"] = ratio = of_reading(r, "estimate", RATIO_PLACES)
    now, other = (n.number for n in fields.values() if isinstance(n, Number) and n.column == "value")
    # the crude figures must not seem to say another number
    same = bool(other) and round(now / other, RATIO_PLACES) == round(ratio.number, RATIO_PLACES)
    return f"standardised_ratio_{'not_met' if same else 'same_age'}", fields


def _equal_reduction(case: Case, i: Indicator, r: Judgement, several: bool) -> Form | None:
    then = None if r["baseline_year"] is None else _groups(case, i, r["baseline_year"])
    now = _groups(case, i, case.year)
    if now is None or then is None or r["estimate"] is None:
        return None
    bare = [replace(n, unit=None) for n in then]
    fields: Fields = {"now": now[0], "then": bare[0], "other": now[1], "other_then": bare[1]}
    low, high = r["change_lower"], r["change_upper"]
    rose, fell = low is not None and low > 0, high is not None and high < 0
    neither = all(n.text("da") == t.text("da") or n.number > t.number for n, t in zip(now, then, strict=True))
    if r["result"] == "met":
        name = "met" if now[1].number < then[1].number else "fell"
    elif r["result"] == "cannot_tell":
        name = "neither" if neither else "cannot_tell"
    else:
        name = "rose" if rose else "less" if fell else "worse"
    return f"equal_reduction_{name}", fields


def _relative_ratio(case: Case, i: Indicator, r: Judgement, several: bool) -> Form | None:
    found = _groups(case, i, case.year)
    if found is None:
        return None
    way = 0 if r["result"] == "cannot_tell" else _direction(r, 1)
    fields: Fields = {"now": replace(found[0], unit=None), "other": found[1]}
    return f"relative_ratio_{WAYS[way]}", fields


def _change(case: Case, i: Indicator, r: Judgement, several: bool) -> Form | None:
    """A number, rate, share or median of one group since the baseline."""
    counted = case.catalogue.indicator(i.rate) if r["quantity"] == "rate_ratio" and i.rate else i
    now = case.figure(counted, r["population_group"], case.year)
    if now is None or r["baseline_value"] is None or (r["estimate"] is None and r["lower90"] is None):
        return None
    then = replace(of_reading(r, "baseline_value"), decimals=now.decimals)
    way = 0 if r["result"] == "cannot_tell" else _direction(r, float(r["limit_value"] or 0))
    name = WAYS[way]
    if way == 0 and not several and r["lower90"] is not None and not _direction(r, float(r["limit_value"] or 0)):
        name = "chance"
    return f"change_{name}", _pair(case, counted, now, then, several) | {"base": base_of(r)}


def _representation(case: Case, i: Indicator, r: Judgement, several: bool) -> Form | None:
    now = case.figure(i, r["population_group"], case.year)
    if now is None or r["baseline_value"] is None:
        return None
    way = 0 if r["result"] == "cannot_tell" else _direction(r, 1)
    fields: Fields = {"now": now, "then": of_reading(r, "baseline_value"), "base": base_of(r)}
    return f"representation_{WAYS[way]}", fields


def _new_areas(case: Case, i: Indicator, r: Judgement, several: bool) -> Form | None:
    if r["estimate"] is None:
        return None
    words = case.catalogue.phrases_of(i.id)["one" if r["estimate"] == 1 else "many"]
    fields: Fields = {"now": of_reading(r, "estimate"), "noun": Words.of((words.da, words.en)), "base": base_of(r)}
    earlier = "earlier_year" in (r["remarks"] or "")
    return "new_areas" + ("_earlier" if earlier else "_open" if r["result"] == "cannot_tell" else ""), fields


def _area_count(case: Case, i: Indicator, r: Judgement, several: bool) -> Form | None:
    if r["estimate"] is None or r["baseline_value"] is None:
        return None
    return "area_count", {
        "now": of_reading(r, "estimate"),
        "then": of_reading(r, "baseline_value"),
        "base": base_of(r),
    }


FORMS: dict[str, Callable[[Case, Indicator, Judgement, bool], Form | None]] = {
    "difference": _parity,
    "standardised_ratio": _not_above,
    "equal_reduction": _equal_reduction,
    "relative_ratio": _relative_ratio,
    "count_ratio": _change,
    "rate_ratio": _change,
    "difference_of_medians": _change,
    "representation_change": _representation,
    "share_change": _change,
    "new_areas": _new_areas,
    "area_count": _area_count,
}
"""What the catalogue names as `judged_by` of an indicator -> its clause."""
