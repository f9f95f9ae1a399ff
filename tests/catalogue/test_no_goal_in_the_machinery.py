"""The machinery counts, judges and says; which goals and indicators there are stands in the catalogue alone.

Only `synthetic` names them: it makes a city for these goals, so that each definition meets somebody it is about (record
0024). The YAML files of the catalogue are the place where they stand.
"""

import re
from pathlib import Path

import pytest

import handleplan_pipeline
from handleplan_pipeline.catalogue import Catalogue, load_catalogue, read_catalogue
from handleplan_pipeline.catalogue import __file__ as catalogue_file
from handleplan_pipeline.errors import ConfigurationError

PACKAGE = Path(handleplan_pipeline.__file__).parent
MAKES_A_CITY = "synthetic"
NUMBERED = (
    r"\bI(0[1-9]|1[0-3])[a-z]*(_[a-z0-9_]+)?\b|\bB[12]\b",
    r"goal_[0-9]{2}|overall_[0-9]",
    r"[Gg]oals? [0-9]|goal\.number *(==|!=|in) *[\[({0-9]",
)


def names(catalogue: Catalogue) -> list[str]:
    plan = catalogue.plan
    slugs = [x.slug for x in (*plan.goals, *plan.overall, *plan.baselines)]
    return [*slugs, *(i.id for i in catalogue.indicators)]


def named_in(text: str, catalogue: Catalogue) -> list[str]:
    """Lines of `text` that name a goal, an indicator or a baseline, in code, in a string or in words."""
    named = "|".join(map(re.escape, names(catalogue)))
    anything = re.compile("|".join([*NUMBERED, rf"\b(?:{named})\b"]))
    return [f"{n}: {line.strip()}" for n, line in enumerate(text.splitlines(), 1) if anything.search(line)]


@pytest.mark.parametrize(
    "line",
    [
        '"I13a_areas"',
        "as at the baseline (I05)",
        "if goal.number == 7:",
        "what goal 11 is told by",
        "goal_04_shelter",
        "baseline_psychiatry",
        '"B2"',
        "goals 3 and 6",
    ],
)
def test_the_search_finds_what_it_looks_for(line: str) -> None:
    assert named_in(line, load_catalogue())


def test_no_file_names_a_goal_or_an_indicator() -> None:
    files = sorted(p for p in PACKAGE.rglob("*.py") if MAKES_A_CITY not in p.relative_to(PACKAGE).parts)
    assert len(files) > 100
    found = {str(p.relative_to(PACKAGE)): named_in(p.read_text(encoding="utf-8"), load_catalogue()) for p in files}
    assert {f: lines for f, lines in found.items() if lines} == {}


def changed(tmp_path: Path, before: str, after: str) -> Path:
    """A copy of the catalogue in which one place of the indicators says something else."""
    for path in Path(catalogue_file).parent.glob("*.yaml"):
        (tmp_path / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    page = tmp_path / "indicators.yaml"
    text = page.read_text(encoding="utf-8")
    assert before in text
    page.write_text(text.replace(before, after, 1), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("told_by: I13a_areas", "told_by: I99_areas", "I13a refers to unknown indicators: I99_areas"),
        ("  told_with: I13b\n", "", "I13a: told_by and told_with come together"),
        ("    baseline_version:", "    another_version:", "I13a_areas: tells of I13a and needs the parameter"),
    ],
)
def test_what_tells_in_an_indicators_place_is_checked(tmp_path: Path, before: str, after: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        read_catalogue(changed(tmp_path, before, after))
