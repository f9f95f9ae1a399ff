"""The manual is whole: a file per goal, opened by the plan's own sentence, that tests every indicator of the goal."""

import ast
import re
from pathlib import Path

import pytest

from handleplan_pipeline.catalogue import Goal, load_catalogue

HERE = Path(__file__).parent
GOALS = [pytest.param(g, id=g.slug) for g in load_catalogue().goals]


def plain(text: str) -> str:
    return re.sub(r"[\s>]+", " ", text)


@pytest.mark.parametrize("goal", GOALS)
def test_it_opens_with_the_plans_sentence_and_its_page(goal: Goal) -> None:
    opening = ast.get_docstring(ast.parse((HERE / f"test_{goal.slug}.py").read_text()))
    assert opening is not None
    assert f"{plain(goal.sentence.text)} (Handleplan 2011-2014, side {goal.sentence.page})" in plain(opening)


@pytest.mark.parametrize("goal", GOALS)
def test_every_indicator_of_the_goal_is_tested(goal: Goal) -> None:
    text = (HERE / f"test_{goal.slug}.py").read_text()
    wanted = [i.id for i in load_catalogue().indicators if goal.number in i.goals and i.kind != "baseline"]
    named = {w for s in re.findall(r'"([^"\n]*)"', text) for w in re.findall(r"\w+", s)}
    # a series named by its parent and a suffix, as in f"{name}_left"
    parts = {p + s for p in named for s in re.findall(r"\{\w+\}(\w+)", text)}
    assert wanted
    assert [i for i in wanted if i not in named | parts] == []
