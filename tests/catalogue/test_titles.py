"""The title of a goal, an overall indicator, a baseline or a delivery stands in the catalogue and nowhere else."""

import ast
import dataclasses
from pathlib import Path

import pytest

import schemas
from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.catalogue.titles import described, titles
from handleplan_pipeline.definitions import defs
from handleplan_pipeline.lake import contracts
from schemas.registry import all_contracts, contract, delivered_sources
from schemas.sources.delivery_shape import Delivery

CATALOGUE = load_catalogue()
TITLES = titles(CATALOGUE)
DECLARED_IN = ("goals", "overall", "baselines", "sources")


def texts(path: Path) -> list[str]:
    """Every text of a file that is not a docstring."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    said = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr)}
    constants = [n for n in ast.walk(tree) if isinstance(n, ast.Constant) and id(n) not in said]
    return [n.value for n in constants if isinstance(n.value, str)]


def test_every_goal_overall_indicator_baseline_and_delivery_has_one() -> None:
    plan = CATALOGUE.plan
    assert set(TITLES) == {x.slug for x in (*plan.goals, *plan.overall, *plan.baselines)} | set(delivered_sources())
    assert all(da.strip() and en.strip() for da, en in TITLES.values())


def test_no_declaration_writes_its_title_a_second_time() -> None:
    files = {p.stem: p for p in Path(schemas.__file__).parent.rglob("*.py") if p.parent.name in DECLARED_IN}
    assert set(TITLES) <= set(files)
    again = {
        name: [x for x in texts(files[name]) if x != name and any(title.casefold() in x.casefold() for title in both)]
        for name, both in TITLES.items()
    }
    assert {name: x for name, x in again.items() if x} == {}
    assert not {f.name for f in dataclasses.fields(Delivery)} & {"title", "title_da", "title_en"}


def test_no_two_tables_of_one_layer_are_called_the_same() -> None:
    for layer in ("goal", "cell", "overall", "baseline", "source"):
        named = [TITLES[name] for (of, name) in all_contracts() if of == layer and name in TITLES]
        assert len(named) == len(set(named)), layer


@pytest.mark.parametrize(
    ("layer", "name", "da", "en"),
    [
        ("goal", "goal_06_open_drug_scene", "Den åbne stofscene", "The open drug scene"),
        ("cell", "goal_06_open_drug_scene", "Den åbne stofscene", "The open drug scene"),
        ("overall", "overall_2_stable_housing", "Mere stabil boligsituation", "A more stable housing situation"),
        ("baseline", "baseline_psychiatry", "Baseline for psykiatri", "Psychiatry baseline"),
        ("source", "section_110_stays", "§ 110-ophold", "Section 110 stays"),
    ],
)
def test_what_is_shown_begins_with_it(layer: str, name: str, da: str, en: str) -> None:
    table = contract(layer, name)
    shown = described(CATALOGUE, table)
    assert shown[0].startswith(f"{da}. ")
    assert shown[1].startswith(f"{en}. ")
    assert f"IS '{en}. " in contracts.ddl(table, described=shown)[1]
    node = next(n for n in defs.resolve_asset_graph().asset_nodes if list(n.key.path) == [layer, name])
    assert node.description is not None
    assert node.description.startswith(f"{da}. ")


def test_a_table_the_catalogue_does_not_name_says_what_its_contract_says() -> None:
    table = contract("output", "observation")
    assert described(CATALOGUE, table) == (table.description_da, table.description_en)
