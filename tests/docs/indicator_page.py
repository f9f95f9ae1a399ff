"""docs/indicators.md from the catalogue; `python -m tests.docs.indicator_page` writes it anew."""

from pathlib import Path

from handleplan_pipeline.catalogue import Catalogue, Indicator, load_catalogue
from handleplan_pipeline.settings import PROJECT_ROOT

PAGE = PROJECT_ROOT / "docs" / "indicators.md"
OPENING = """# Indicators

What each indicator counts, as the catalogue declares it (`catalogue/indicators.yaml`; this page is made from it and a
test compares them). How a definition behaves at its boundaries is shown with drawn register rows in
`tests/goals/test_goal_NN_slug.py`; readings where a definition leaves room are in
[decisions/0011](decisions/0011-readings-of-the-definitions.md).

Marks: **P** the plan says so, **S** a public source, **K** expert knowledge not yet confirmed, **O** ours, because the
plan is silent. Kinds: *headline* bears the goal; *companion*, *sensitivity* and *context* stand beside it and never do.
t is the year of the figure. Unknown ancestry is a group of its own everywhere and never guessed.
"""


def page(catalogue: Catalogue) -> str:
    parts = [OPENING]
    for goal in catalogue.goals:
        parts += [f"## Goal {goal.number}: {goal.title_en}", f"> {goal.sentence.text} (side {goal.sentence.page})"]
        parts += [
            _of(i) for i in catalogue.indicators if i.goals and i.goals[0] == goal.number and i.kind != "baseline"
        ]
    parts.append("## Baselines")
    parts += [_of(i) for i in catalogue.indicators if i.kind == "baseline"]
    return "\n\n".join(p.strip() for p in parts) + "\n"


def _of(i: Indicator) -> str:
    lines = [f"### {i.id}: {i.title_en}", f"{i.definition_en}", ""]
    facts = {
        "kind": i.kind + (f", beside {i.parent}" if i.parent else ""),
        "numerator": i.numerator_en,
        "denominator": i.denominator_en,
        "unit": f"{i.measure}, {i.unit}",
        "groups": ", ".join(i.population_groups)
        + (f"; compared with {i.reference_group}" if i.reference_group else ""),
        "sex and age": f"{i.sex}, {i.age_group}" if (i.sex, i.age_group) != ("total", "total") else None,
        "years": f"{i.first_year} to {i.last_year}, baseline {i.baseline_year}",
        "sources": ", ".join(i.needs),
        "caveats": ", ".join(i.caveats),
        "mark": i.mark,
    }
    lines += [f"- {name}: {text}" for name, text in facts.items() if text]
    for name, p in i.parameters.items():
        value = ", ".join(map(str, p.value)) if isinstance(p.value, list | tuple) else p.value
        unit = f" {p.unit}" if p.unit else ""
        lines.append(f"- `{name}` = {value}{unit} ({p.mark}, version {p.version}): {p.reason}")
    return "\n".join(lines)


def write(path: Path = PAGE) -> None:
    path.write_text(page(load_catalogue()), encoding="utf-8")


if __name__ == "__main__":
    write()
