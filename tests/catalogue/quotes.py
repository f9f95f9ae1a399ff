"""The catalogue's verbatim texts by place, and their hashes with white space removed.

Run as `python -m tests.catalogue.quotes PLAN_TEXT` to write the hashes; refuses when a text is not in the plan.
"""

import hashlib
import json
import re
import sys
from pathlib import Path

from handleplan_pipeline.catalogue import Catalogue, load_catalogue

HASHES = Path(__file__).parent / "plan_sentences.sha256.json"


def squeeze(text: str) -> str:
    return re.sub(r"\s+", "", text)


def verbatim(c: Catalogue) -> dict[str, str]:
    """Every text that claims to be the plan's own, by its place in the catalogue."""
    found: dict[str, str] = {}
    for g in c.goals:
        found[f"{g.slug}.sentence"] = g.sentence.text
        found[f"{g.slug}.population_wording"] = g.population_wording
        found |= {f"{g.slug}.reservation.{i}": q.text for i, q in enumerate(g.reservation)}
        found |= {f"{g.slug}.indicators.{i}": q.text for i, q in enumerate(g.indicators)}
    found |= {f"{o.slug}.sentence": o.sentence.text for o in c.plan.overall}
    found |= {f"precondition.{p.id}": p.quote.text for p in c.preconditions if p.quote}
    for a in c.activities:
        parts = {"title": a.title, "cost": a.cost_text, "financing": a.financing, "nb": a.note_nb}
        found |= {f"activity.{a.id}.{k}": v for k, v in parts.items() if v}
    found |= {f"figure.{f.id}": f.quote for f in c.plan_figures}
    found |= {f"question.{q.id}": q.text for q in c.questions}
    return found


def hashes(texts: dict[str, str]) -> dict[str, str]:
    return {k: hashlib.sha256(squeeze(v).encode()).hexdigest() for k, v in sorted(texts.items())}


def not_in_plan(texts: dict[str, str], plan: str) -> list[str]:
    whole = squeeze(plan)
    return [k for k, v in texts.items() if squeeze(v) not in whole]


if __name__ == "__main__":
    texts = verbatim(load_catalogue())
    if missing := not_in_plan(texts, Path(sys.argv[1]).read_text(encoding="utf-8")):
        sys.exit(f"not in the plan: {', '.join(missing)}")
    HASHES.write_text(json.dumps(hashes(texts), indent=1) + "\n", encoding="utf-8")
