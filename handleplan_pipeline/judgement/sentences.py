"""Everything that is said of a goal and year beside its headline: why, how certain, and what must be known with it."""

from collections.abc import Iterator

import polars as pl

from handleplan_pipeline.catalogue import Indicator
from handleplan_pipeline.judgement.case import (
    WHOLE_COUNTRY,
    Case,
    base_of,
    compared,
    judged_groups,
    label_of,
    of_reading,
    title_of,
)
from handleplan_pipeline.judgement.headlines import Fields, headline, listed, why_not_measured
from handleplan_pipeline.judgement.statements import Interval, Number, Said, Text, Words
from handleplan_pipeline.statistics import rules
from schemas.goals.shape import OBSERVATION_KEY
from schemas.rows import Judgement, known, observations_in

SMALL_POWER = 0.80
"""Ours, version 1: from here on nothing is said of the size of the groups."""
DETECTABLE = {"difference": "points", "share_change": "points", "difference_of_medians": "months"}
SAID_IN_THE_HEADLINE = ("within_margin", "earlier_year", "fewer_than_20")
"""Remarks that the headline, or a sentence on the whole goal, tells."""
UNKNOWNS = ("unknown_hidden", "unknown_to_threshold")
GIVEN_BACKGROUND = "adjusted_"
FORM_OF_OUTCOME = {"difference": 0, "ratio": 2}


def said_of(case: Case) -> list[Said]:
    """All that is said, in the order it is thought; the layers say in which order it is read."""
    said = [headline(case), *_whys(case)]
    if case.badge in rules.RESULTS:
        said += [*_certainty(case), *_background(case), *_unknowns(case), *_beside(case)]
    return [*said, *_precondition(case), *_cautions(case), *_context(case)]


# Why ---------------------------------------------------------------------------------------------------------------


def _whys(case: Case) -> list[Said]:
    """One or two sentences."""
    if case.badge == "suppressed":
        return [_not_shown(case)]
    if case.badge == "not_due":
        return _why_not_due(case)
    if case.badge == "not_measurable":
        return [_outcome(case, "not_assessed")]
    if not case.readings or case.told_by_lists is not None:
        return [Said("not_compared" if case.told_by_lists is not None else "no_reading")]
    if len(case.indicators) > 1:
        return [_why_of_part(case, r) for r in case.readings if r["result"] != "not_due"]
    (r,) = case.readings
    number = _number(case, r)
    explained = [Said(f"remark_{x}", _remark_fields(case, r)) for x in remarks_of(r) if _layer(case, x) == "why"]
    return [*([number] if number else []), *(explained or [_outcome(case, str(r["result"]), r)])][:2]


def _not_shown(case: Case, layer: str | None = None) -> Said:
    titles = Words(tuple((i.title_da, i.title_en) for i in case.hidden))
    return Said("not_shown", {"titles": titles}, layer=layer)


def _why_not_due(case: Case) -> list[Said]:
    found = [r for r in case.readings if "first_year" in remarks_of(r) and r["baseline_year"] is not None]
    return [Said("remark_first_year", {"base": base_of(found[0])})] if found else [Said("outcome_not_due")]


def _outcome(case: Case, result: str, r: Judgement | None = None) -> Said:
    """What an outcome of the goal's rule means."""
    rule = case.catalogue.rule(case.goal.target)
    words = rule.outcomes.said.get(result)
    if words is None:
        return Said("no_reading")
    fields: Fields = {"meaning": Words.of((words.da, words.en))}
    if r is not None and r["limit_value"] is not None:
        places = FORM_OF_OUTCOME["difference" if rule.margin_unit == "share difference" else "ratio"]
        fields["margin"] = of_reading(r, "limit_value", places, transform="abs")
    elif "{margin}" in words.da:
        return Said("no_reading")
    return Said("outcome", fields, None if r is None else r["indicator_id"])


def _why_of_part(case: Case, r: Judgement) -> Said:
    """The number of one of several indicators and its verdict, or what stands in the way of one."""
    indicator = case.catalogue.indicator(r["indicator_id"])
    title = (indicator.title_da, indicator.title_en)
    verdict = Said("why_verdict", {"verdict": label_of(case.catalogue, "result", str(r["result"]))})
    explained = [Said(f"remark_{x}", _remark_fields(case, r)) for x in remarks_of(r) if _layer(case, x) == "why"]
    number = _number(case, r)
    if number is None:
        first, *more = [*explained, verdict]
        return Said(first.sentence, first.fields, indicator.id, tuple(more[:1]), " ", title)
    return Said(number.sentence, number.fields, indicator.id, (verdict,), ": ", title)


def _number(case: Case, r: Judgement) -> Said | None:
    """The number against its interval; None where there is none."""
    if r["result"] not in rules.RESULTS or (r["estimate"] is None and r["lower90"] is None):
        return None
    fields: Fields = {} if r["baseline_year"] is None else {"base": base_of(r)}
    if r["estimate"] is None:
        return Said("why_from_none", fields | {"low": of_reading(r, "lower90")}, r["indicator_id"])
    form = str(case.catalogue.indicator(r["indicator_id"]).judged_by)
    fields["estimate"] = of_reading(r, "estimate")
    if form == "area_count":
        return Said("why_area_count", fields | {"before": of_reading(r, "baseline_value")}, r["indicator_id"])
    if form == "new_areas":
        return Said("why_new_areas", fields, r["indicator_id"])
    if r["lower90"] is None or r["upper90"] is None:
        return Said("why_point", fields, r["indicator_id"])
    fields["interval"] = Interval(of_reading(r, "lower90"), of_reading(r, "upper90"))
    if form == "difference" and _said_to_be_lower(r):
        # the headline says which way; a difference is then as large as it is
        fields["estimate"] = of_reading(r, "estimate", transform="abs")
        fields["interval"] = Interval(
            of_reading(r, "upper90", transform="abs"), of_reading(r, "lower90", transform="abs")
        )
    if form == "equal_reduction":
        if r["change"] is None or r["change_lower"] is None or r["change_upper"] is None:
            return Said("why_relative_ratio", fields, r["indicator_id"])
        fields["change"] = of_reading(r, "change", 1)
        fields["own"] = Interval(of_reading(r, "change_lower", 1), of_reading(r, "change_upper", 1))
    return Said(f"why_{form}", fields, r["indicator_id"])


def _said_to_be_lower(r: Judgement) -> bool:
    return r["result"] != "cannot_tell" and known(r["upper90"]) < 0


def remarks_of(r: Judgement) -> list[str]:
    return [x for x in (r["remarks"] or "").split(";") if x]


def _layer(case: Case, remark: str) -> str | None:
    """The layer a remark is said in; None where another sentence tells it."""
    return None if remark in SAID_IN_THE_HEADLINE else case.catalogue.sentence(f"remark_{remark}").layer


def _remark_fields(case: Case, r: Judgement) -> Fields:
    threshold = str(int(case.catalogue.disclosure.number("threshold")))
    fields: Fields = {"threshold": Words.of((threshold, threshold))}
    return fields if r["baseline_year"] is None else fields | {"base": base_of(r)}


# Certainty, background, unknown ancestry -----------------------------------------------------------------------------


def _title(case: Case, r: Judgement) -> Text | None:
    """Names the indicator where a goal has several."""
    if len(case.indicators) == 1:
        return None
    i = case.catalogue.indicator(r["indicator_id"])
    return i.title_da, i.title_en


def _certainty(case: Case) -> Iterator[Said]:
    """The first reading that is too weak to say Met, or else to say anything."""
    for r in case.readings:
        weak = r["power"] is not None and r["power"] < SMALL_POWER and r["quantity"] != "ratio_of_ratios"
        if r["power"] is not None and r["power"] < SMALL_POWER:
            fields: Fields = {"power": of_reading(r, "power", 0, transform="times_100")}
            yield Said("power" if weak else "power_change", fields, r["indicator_id"], title=_title(case, r))
            return
    for r in case.readings:
        if r["result"] == "cannot_tell" and r["minimum_detectable"] is not None:
            name = f"detectable_{DETECTABLE.get(r['quantity'], 'ratio')}"
            yield Said(name, {"least": of_reading(r, "minimum_detectable")}, r["indicator_id"], title=_title(case, r))
            return


def _background(case: Case) -> Iterator[Said]:
    """What the rule says of the figure given social background, of the first reading that has one."""
    for r in case.readings:
        said = next(_of_background(case, r), None)
        if said is not None:
            yield Said(said.sentence, said.fields, r["indicator_id"], title=_title(case, r))
            return


def _of_background(case: Case, r: Judgement) -> Iterator[Said]:
    remarks = [x for x in remarks_of(r) if x.startswith(GIVEN_BACKGROUND)]
    if r["adjusted_value"] is not None and r["result_adjusted"] in rules.RESULTS:
        fields: Fields = {"verdict": label_of(case.catalogue, "result", r["result_adjusted"])}
        if r["quantity"] != "difference":
            yield Said("adjusted_ratio", fields | {"estimate": of_reading(r, "adjusted_value")})
        elif r["upper90"] is not None and _said_to_be_lower(r):
            name = "adjusted_difference" + ("_other_way" if r["adjusted_value"] > 0 else "")
            yield Said(name, fields | {"estimate": of_reading(r, "adjusted_value", transform="abs")})
        else:
            yield Said("adjusted_difference", fields | {"estimate": of_reading(r, "adjusted_value")})
    elif remarks:
        yield Said(f"remark_{remarks[0]}")
    elif r["result"] in rules.RESULTS and r["result_adjusted"] == "suppressed":
        yield Said("adjusted_hidden")
    elif r["result"] in rules.RESULTS and r["result_adjusted"] in rules.RESULTS:
        yield Said("adjusted_verdict", {"verdict": label_of(case.catalogue, "result", r["result_adjusted"])})


def _unknowns(case: Case) -> Iterator[Said]:
    """How far the verdict was tried against a number that is not shown: the weakest trial of all."""
    for name in UNKNOWNS:
        for r in case.readings:
            if name in remarks_of(r):
                yield Said(f"remark_{name}", _remark_fields(case, r), r["indicator_id"], title=_title(case, r))
                return


# Beside the verdict --------------------------------------------------------------------------------------------------


def _beside(case: Case) -> Iterator[Said]:
    """Companions, a sensitivity that would change the verdict, and the remarks that no other sentence tells."""
    for r in case.readings:
        title, of = _title(case, r), r["indicator_id"]
        limits = r["companion_lower"], r["companion_upper"]
        if r["companion_value"] is not None and None not in limits and r["baseline_year"] is not None:
            places = 1 if r["companion"] == "difference_in_differences" else 2
            fields: Fields = {
                "base": base_of(r),
                "value": of_reading(r, "companion_value", places),
                "interval": Interval(*(of_reading(r, f"companion_{x}", places) for x in ("lower", "upper"))),
            }
            yield Said(f"companion_{r['companion']}", fields, of, title=title)
        if r["result_sensitivity"] not in (None, r["result"]):
            name = "midp" if case.goal.target.margin_sensitivity is None else "margin"
            verdict = label_of(case.catalogue, "result", str(r["result_sensitivity"]))
            yield Said(f"sensitivity_{name}", {"verdict": verdict}, of, title=title)
        for x in remarks_of(r):
            if _layer(case, x) == "caution":
                yield Said(f"remark_{x}", _remark_fields(case, r), of, title=title)


def _precondition(case: Case) -> Iterator[Said]:
    """The plan's reservation: the weakest state among them, and which have it."""
    found = [(p, p.state_in(case.year).state) for p in map(case.catalogue.precondition, case.goal.preconditions)]
    for state in ("not_granted", "unknown", "granted"):
        titles = tuple((p.title_da, p.title_en) for p, s in found if s == state)
        if titles:
            yield Said(f"precondition_{state}", {"titles": Words(titles)})
            return


def _cautions(case: Case) -> Iterator[Said]:
    goal, year = case.goal, case.year_of(case.year)
    if case.data_kind == "synthetic":
        yield Said("synthetic")
    if case.badge in rules.RESULTS and case.year != goal.decision_year:
        name = "follow_up" if case.year > goal.decision_year else "interim"
        yield Said(name, {"decision": case.year_of(goal.decision_year), "year": year})
    if case.hidden and case.badge != "suppressed":
        yield _not_shown(case, "caution")
    if case.badge == "not_measurable":
        yield from _what_it_takes(case)
    if case.measurability == "partly_measurable" and case.by_lists is None:
        missing = [i for i in case.indicators if case.figure(i, judged_group_of(case, i), case.year) is None]
        if missing:
            yield Said("partly", {"missing": Words(tuple((i.title_da, i.title_en) for i in missing))})
    if goal.data_year is not None and goal.data_year != goal.baseline_year:
        data_year = _data_year(case)
        if data_year is not None:
            yield Said("baseline_label", {"label": Words.of((goal.baseline_label,) * 2), "base": data_year})
    if goal.draft_indicator:
        yield Said("draft_indicator")
    if case.told_by_lists is not None:
        yield from _of_departments(case, case.told_by_lists)


def judged_group_of(case: Case, indicator: Indicator) -> str:
    """A group whose figure the goal needs."""
    groups = judged_groups(case.goal, indicator)
    return case.goal.population_group if case.goal.population_group in groups else sorted(groups)[0]


def _what_it_takes(case: Case) -> Iterator[Said]:
    if why_not_measured(case) == "fewer_than_20":
        yield Said("fewer_than_20", {"year": case.year_of(case.year)})
    sources = [s for s in case.catalogue.sources_of(case.goal) if s.statbank_extract is None]
    if sources:
        yield Said("needs", {"sources": Words(tuple((s.title_da, s.title_en) for s in sources))})


def _data_year(case: Case) -> Number | None:
    """The year the baseline is built on, of a reading or of an observation."""
    for r in case.readings:
        if r["baseline_year"] == case.goal.data_year:
            return base_of(r)
    for i in case.indicators:
        found = compared(case.mine, i, judged_groups(case.goal, i)).filter(pl.col("year") == case.goal.data_year)
        if found.height:
            row = case.observation(observations_in(found)[0])
            return Number(row, "year", 0, "year")
    return None


def _of_departments(case: Case, new_areas: Indicator) -> Iterator[Said]:
    """What stands with the lists: the baseline's numbers in its own year, later that one was not delivered."""
    baseline, other = (listed(case, case.base, i) for i in (new_areas.told_by, new_areas.told_with))
    if case.year == case.goal.baseline_year and baseline is not None:
        fields: Fields = {"baseline": baseline, "base": Number(baseline.row, "year", 0, "year")}
        yield (
            Said("baseline_known", fields) if other is None else Said("baseline_both", fields | {"departments": other})
        )
    elif case.year > case.goal.baseline_year and other is None:
        yield Said("departments_missing", {"year": case.year_of(case.year)})


def _context(case: Case) -> Iterator[Said]:
    """Figures that the headline does not hold, and the national ratio of the same groups."""
    if case.badge not in rules.RESULTS or not case.readings:
        figures = list(_figures(case)) if case.by_lists is None else []
        if figures:
            first, *more = figures
            yield Said("figures", first.fields, more=tuple(more))
    found = case.rows.filter(
        (pl.col("measure") == "ratio")
        & (pl.col("geography") == WHOLE_COUNTRY)
        & (pl.col("sex") == "total")
        & (pl.col("population_group") == case.goal.population_group)
        & pl.col("value").is_not_null()
        & pl.col("ci_low").is_not_null()
    ).sort(OBSERVATION_KEY)
    if found.height:
        row = case.observation(observations_in(found)[0])
        interval = Interval(Number(row, "ci_low", 2), Number(row, "ci_high", 2))
        yield Said(
            "national_context", {"value": Number(row, "value", 2), "interval": interval}, row.values["indicator_id"]
        )


def _figures(case: Case) -> Iterator[Said]:
    """The headline figures that are printed, of the groups compared."""
    for i in case.indicators:
        for group in sorted(judged_groups(case.goal, i)):
            value = case.figure(i, group, case.year)
            if value is not None:
                fields: Fields = {"title": title_of(i), "group": label_of(case.catalogue, "population_group", group)}
                yield Said("figure", fields | {"value": value, "year": case.year_of(case.year)}, i.id)
