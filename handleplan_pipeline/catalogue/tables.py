"""Rows of the catalogue's tables; which columns they have is the contracts' business."""

import json
from collections.abc import Callable, Iterable
from typing import Any

from pydantic import BaseModel

from handleplan_pipeline.catalogue import Catalogue, planned
from handleplan_pipeline.catalogue.models import RuleVersion

Rows = list[dict[str, Any]]


def _join(values: Iterable[Any]) -> str | None:
    return ";".join(str(v) for v in values) or None


def _json(value: Any) -> str | None:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str) if value else None


def _english(c: Catalogue, *texts: str) -> str | None:
    """Our English of one or several texts, together."""
    return " ".join(str(c.english(t)) for t in texts) or None


def _pick(entry: BaseModel, *names: str) -> dict[str, Any]:
    return {n: getattr(entry, n) for n in names}


def goals(c: Catalogue) -> Rows:
    return [
        _pick(
            g,
            "slug",
            "theme",
            "title_da",
            "title_en",
            "population_group",
            "population_wording",
            "direction",
            "baseline_year",
            "baseline_label",
            "data_year",
            "decision_year",
            "owner",
            "plan_indicator",
            "draft_indicator",
        )
        | {
            "goal": g.number,
            "sentence_da": g.sentence.text,
            "sentence_en": c.english(g.sentence.text),
            "population_wording_en": c.english(g.population_wording),
            "reservation_en": _english(c, *(q.text for q in g.reservation)),
            "indicators_en": _english(c, *(q.text for q in g.indicators)),
            "page": g.sentence.page,
            "reservation_da": " ".join(q.text for q in g.reservation) or None,
            "indicators_da": " ".join(q.text for q in g.indicators) or None,
            "target_type": g.target.type,
            **_pick(
                g.target, "margin", "margin_unit", "rule_id", "rule_version", "decision_reference", "decision_date"
            ),
            "decision_reference_en": c.english(g.target.decision_reference),
            "headline_indicators": _join(g.headline_indicators),
            "remarks": _join(g.remarks),
        }
        for g in c.goals
    ]


def overall(c: Catalogue) -> Rows:
    return [
        _pick(o, "number", "slug", "title_da", "title_en", "goal")
        | {
            "sentence_da": o.sentence.text,
            "sentence_en": c.english(o.sentence.text),
            "page": o.sentence.page,
            "headline_indicators": _join(o.headline_indicators),
        }
        for o in c.plan.overall
    ]


def indicators(c: Catalogue) -> Rows:
    return [
        _pick(
            i,
            "parent",
            "kind",
            "title_da",
            "title_en",
            "definition_da",
            "definition_en",
            "numerator_en",
            "denominator_en",
            "measure",
            "unit",
            "reference_group",
            "direction",
            "baseline_year",
            "definition_version",
            "mark",
        )
        | {
            "indicator_id": i.id,
            "numerator_da": c.danish(i.numerator_en),
            "denominator_da": c.danish(i.denominator_en),
            "title_full_da": c.full_title(i).da,
            "title_full_en": c.full_title(i).en,
            "headline_sex": i.sex,
            "headline_age_group": i.age_group,
            "headline_geography": i.geography,
            "decimals": i.decimals,
            "goals": _join(i.goals),
            "population_groups": _join(i.population_groups),
            "sources": _join(i.needs),
            "caveats": _join(i.caveats),
            "layout": f"sex, age: {', '.join(layout.broken_down) or '-'}; whole: {', '.join(layout.whole) or '-'}",
            "parameters": _json({k: v.model_dump() for k, v in i.parameters.items()}),
        }
        for i in c.indicators
        for layout in [c.disclosure.layout(i.layout)]
    ]


def preconditions(c: Catalogue) -> Rows:
    return [
        _pick(p, "id", "kind", "title_da", "title_en", "amount_dkk")
        | {"quote_da": p.quote.text if p.quote else None, "quote_en": c.english(p.quote.text) if p.quote else None}
        | {"goals": _join(p.goals)}
        | _pick(s, "valid_from", "state", "reference", "remark_da", "remark_en")
        | {"reference_en": c.english(s.reference)}
        for p in c.preconditions
        for s in p.states
    ]


def activities(c: Catalogue) -> Rows:
    return [
        _pick(a, "id", "heading", "title", "cost_text", "amount_dkk", "colour", "financing", "note_nb")
        | {f"{n}_en": c.english(getattr(a, n)) for n in ("heading", "title", "cost_text", "financing", "note_nb")}
        | {"yearly": _json([y.model_dump() for y in a.yearly]), "goals": _join(a.goals), "remarks": _join(a.remarks)}
        for a in c.activities
    ]


def activity_years(c: Catalogue) -> Rows:
    """The amounts that the plan prints by year, one row a year and amount."""
    return [
        {
            "id": a.id,
            "year": year,
            "line": line,
            "amount_dkk": y.amount_dkk,
            "note_da": y.note,
            "note_en": c.english(y.note),
        }
        for a in c.activities
        for line, y in enumerate(a.yearly, start=1)
        for year in range(y.year_from, y.year_to + 1)
    ]


def plan_figures(c: Catalogue) -> Rows:
    return [
        _pick(
            f,
            "id",
            "page",
            "place",
            "quote",
            "what_da",
            "what_en",
            "value",
            "unit",
            "approximate",
            "year",
            "geography",
            "population",
        )
        | {"place_en": c.english(f.place), "goals": _join(f.goals)}
        for f in c.plan_figures
    ]


def series_breaks(c: Catalogue) -> Rows:
    names = ("id", "from_date", "to_date", "what_da", "what_en", "mark", "comparable")
    return [_pick(b, *names) | {"indicators": _join(b.indicators)} for b in c.series_breaks]


def sources(c: Catalogue) -> Rows:
    names = (
        "id",
        "title_da",
        "title_en",
        "producer",
        "kind",
        "access",
        "licence",
        "legal_basis_da",
        "purpose_da",
        "retention",
        "sensitivity",
    )
    translated = {"legal_basis_en": "legal_basis_da", "purpose_en": "purpose_da"}
    translated |= {"retention_en": "retention", "producer_en": "producer"}
    return [
        _pick(s, *names)
        | {en: c.english(getattr(s, da)) for en, da in translated.items()}
        | {"goals": _join(c.goals_of(s))}
        for s in c.sources
    ]


def rule_outcomes(c: Catalogue) -> Rows:
    """What every outcome means, with the threshold in words; the last two are alike for every rule."""
    of_any = {name: c.sentence(f"outcome_{name}") for name in ("suppressed", "not_due")}
    return [
        _pick(r, "rule_id", "version")
        | {"outcome": name, "text_da": words.da.format(margin=da), "text_en": words.en.format(margin=en)}
        for r in c.rules
        for da, en in [_threshold(r)]
        for name, words in {**r.outcomes.said, **of_any}.items()
    ]


def _threshold(rule: RuleVersion) -> tuple[str, str]:
    """A rule's margin or limit as its sentences write it, in Danish and English."""
    if rule.margin is None:
        return "", ""
    points = rule.margin_unit == "share difference"
    text = f"{100 * rule.margin:.0f}" if points else f"{rule.margin:.2f}"
    return text.replace(".", ","), text


TABLES: dict[str, Callable[[Catalogue], Rows]] = {
    "goal": goals,
    "overall_indicator": overall,
    "indicator": indicators,
    "precondition": preconditions,
    "activity": activities,
    "plan_figure": plan_figures,
    "activity_year": activity_years,
    "check_rule": lambda c: [
        _pick(r, "rule", "title_da", "title_en", "why_da", "why_en", "severity") for r in c.check_rules
    ],
    "question": lambda c: [
        _pick(q, "id", "page", "section", "text", "kind") | {"text_en": c.english(q.text)} for q in c.questions
    ],
    "series_break": series_breaks,
    "caveat": lambda c: [_pick(v, "id", "text_da", "text_en", "mark") for v in c.caveats],
    "remark": lambda c: [_pick(r, "id", "text_da", "text_en") | {"goals": _join(r.goals)} for r in c.remarks],
    "rule": lambda c: [
        _pick(
            r,
            "rule_id",
            "version",
            "type",
            "margin",
            "margin_unit",
            "margin_sensitivity",
            "confidence",
            "valid_from",
            "decision_reference",
            "text_da",
            "text_en",
        )
        | {"decision_reference_en": c.english(r.decision_reference)}
        for r in c.rules
    ],
    "rule_outcome": rule_outcomes,
    "correction": lambda c: [
        _pick(k, "id", "found_on", "year_from", "year_to", "text_da", "text_en") | {"indicators": _join(k.indicators)}
        for k in c.corrections
    ],
    "release_calendar": lambda c: list(planned.rows(c.release_calendar)),
    "code_list": lambda c: [
        {"list": name} | _pick(e, "code", "label_da", "label_en")
        for name, entries in c.code_lists.items()
        for e in entries
    ],
}
