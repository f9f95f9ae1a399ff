"""Which sources stand behind an indicator is declared once, in the catalogue; the graph must agree."""

import dagster as dg
import pytest

from handleplan_pipeline.catalogue import Goal, load_catalogue
from handleplan_pipeline.definitions import defs
from schemas.registry import delivered_sources

GRAPH = defs.resolve_asset_graph()
CATALOGUE = load_catalogue()
OTHER_ROUTE = "summed_counts"
"""Fills any cell from finished counts; no indicator needs it."""
ACCOUNT = dg.AssetKey(["register", "row_account"])
"""Reads every source, to say what has been delivered."""


def delivered_upstream(key: dg.AssetKey) -> set[str]:
    """Delivered sources from which an asset is made, by walking the graph."""
    seen, waiting = set[dg.AssetKey](), [key]
    while waiting:
        at = waiting.pop()
        if at in seen or at == ACCOUNT:
            continue
        seen.add(at)
        waiting += GRAPH.get(at).parent_keys
    return {k.path[1] for k in seen if k.path[0] == "source" and k.path[1] in delivered_sources()}


def declared(goal: Goal) -> set[str]:
    sources = CATALOGUE.sources_of(goal)
    counted = {i.id for i in CATALOGUE.indicators if goal.number in i.goals and i.kind != "baseline"}
    needed = {s for i in counted for s in CATALOGUE.indicator(i).needs}
    return {s.id for s in sources if s.kind == "delivery" and s.id in needed}


@pytest.mark.parametrize("goal", CATALOGUE.goals, ids=lambda g: g.slug)
def test_what_a_goal_counts_from_is_what_its_indicators_say_they_need(goal: Goal) -> None:
    upstream = delivered_upstream(dg.AssetKey(["cell", goal.slug])) - {OTHER_ROUTE}
    stand_ins = {s.id for s in CATALOGUE.sources if s.stands_in_for in declared(goal)}
    assert upstream - stand_ins == declared(goal)


def test_every_delivered_source_serves_a_goal() -> None:
    assert {s.id for s in CATALOGUE.sources if s.kind == "delivery" and not CATALOGUE.goals_of(s)} == set()


def test_a_source_of_background_serves_the_goals_whose_models_use_it() -> None:
    by_hand = {1: "parents_education", 2: "family_income_decile"}
    for number, covariate in by_hand.items():
        (source,) = (s for s in CATALOGUE.sources if covariate in s.covariates)
        assert number in CATALOGUE.goals_of(source)
