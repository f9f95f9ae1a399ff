"""The graph: a committed picture of it, one direction, one slug everywhere, and a quick import."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.definitions import defs
from handleplan_pipeline.settings import PROJECT_ROOT
from schemas.contract import LINE, TableContract
from schemas.registry import all_contracts

SNAPSHOT = Path(__file__).parent / "graph.json"
GRAPH = defs.resolve_asset_graph()
STEPS = ("source", "register", "cell", LINE, "baseline", "goal", "overall", "output", "meta", "release")
"""The way of a row: a layer reads itself and those before it."""
ITSELF = ("source", "register", "cell", LINE, "output", "meta", "release")
"""Layers in which one table is made of another of the same layer."""
CONTRACTS = all_contracts()


def contract_of(key: dg.AssetKey) -> TableContract | None:
    """The asset's table; None for the release and the warehouse, which are folders and files."""
    return CONTRACTS.get((key.path[0], key.path[1]))


def read_by(key: dg.AssetKey) -> set[dg.AssetKey]:
    """The tables an asset is handed; what it only has to come after is not among them."""
    made = next(a for a in defs.assets or [] if isinstance(a, dg.AssetsDefinition) and key in a.keys)
    inputs = made.op.ins
    return {k for n, k in made.keys_by_input_name.items() if inputs[n].dagster_type.kind.name != "NOTHING"}


def below_the_line() -> list[dg.AssetKey]:
    found = [(k, contract_of(k)) for k in sorted(GRAPH.get_all_asset_keys())]
    return [k for k, c in found if c is not None and c.public and c.layer != "source"]


def picture() -> dict[str, Any]:
    nodes = {
        k.to_user_string(): {
            "deps": sorted(p.to_user_string() for p in GRAPH.get(k).parent_keys),
            "group": GRAPH.get(k).group_name,
            "owners": sorted(GRAPH.get(k).owners),
            "partitioned": GRAPH.get(k).is_partitioned,
            "tags": {n: v for n, v in sorted(GRAPH.get(k).tags.items()) if not n.startswith("dagster/")},
        }
        for k in sorted(GRAPH.get_all_asset_keys())
    }
    repository = defs.get_repository_def()
    schedules = {s.name: [s.cron_schedule, s.execution_timezone] for s in repository.schedule_defs}
    jobs = sorted(n for n in repository.job_names if not n.startswith("__"))
    return {"assets": nodes, "jobs": jobs, "schedules": schedules}


def test_the_graph_is_the_one_that_was_agreed() -> None:
    """An accidental dependency shows here; `python -m tests.graph.test_graph` writes the picture anew."""
    assert picture() == json.loads(SNAPSHOT.read_text(encoding="utf-8"))


def test_data_flow_one_way() -> None:
    for key in GRAPH.get_all_asset_keys():
        step = STEPS.index(key.path[0])
        for parent in GRAPH.get(key).parent_keys:
            allowed = STEPS[: step + (key.path[0] in ITSELF)]
            assert parent.path[0] in allowed, f"{key.to_user_string()} reads {parent.to_user_string()}"


def test_nothing_below_the_line_reads_a_table_above_it() -> None:
    """Which tables are above is said by their contracts: what is not public and not at the line is confidential."""
    below = below_the_line()
    assert {k.path[0] for k in below} == {"goal", "overall", "baseline", "output", "meta"}
    for key in below:
        for parent in read_by(key):
            table = contract_of(parent)
            assert table is not None and not table.confidential, f"{key.to_user_string()} reads {table}"  # noqa: PT018


def test_what_is_below_the_line_cannot_fetch_a_table_by_itself() -> None:
    """Whoever holds the lake could read any table; below the line only the release does, and it takes public ones."""
    for made in defs.assets or []:
        if isinstance(made, dg.AssetsDefinition) and made.keys & set(below_the_line()):
            assert "lake" not in made.required_resource_keys, made.keys


def test_only_the_line_turns_counts_into_what_may_be_printed() -> None:
    door = {k for k in GRAPH.get_all_asset_keys() if k.path[0] == LINE}
    assert door
    for key in GRAPH.get_all_asset_keys() - door:
        table = contract_of(key)
        if table is not None and table.confidential:
            # nothing above waits for what was protected
            assert not GRAPH.get(key).parent_keys & door
    for key in door:
        table = contract_of(key)
        assert table is not None and not table.confidential and not table.public  # noqa: PT018
        assert GRAPH.get(key).tags["sensitivity"] == LINE


def test_a_goal_is_made_of_the_line_alone() -> None:
    """Goal 2 shows its standardised ratio, and goal 11 the dates of the published lists."""
    beside = {2: {dg.AssetKey([LINE, "background"])}, 11: {dg.AssetKey(["source", "exposed_area_count"])}}
    for goal in load_catalogue().goals:
        read = read_by(dg.AssetKey(["goal", goal.slug]))
        assert read == {dg.AssetKey([LINE, "cell"]), *beside.get(goal.number, ())}
    assert CONTRACTS["source", "exposed_area_count"].public


@pytest.mark.parametrize("goal", load_catalogue().goals, ids=lambda g: g.slug)
def test_one_slug_everywhere(goal: Any) -> None:
    assert goal.slug.startswith(f"goal_{goal.number:02d}_")
    for layer in ("cell", "goal"):
        assert dg.AssetKey([layer, goal.slug]) in GRAPH.get_all_asset_keys()
        assert (layer, goal.slug) in all_contracts()
    for folder in ("assets/goals", "schemas/goals"):
        found = sorted(p.name for p in (PROJECT_ROOT / folder).glob(f"goal_{goal.number:02d}_*.py"))
        assert found == [f"{goal.slug}.py"]
    assert GRAPH.get(dg.AssetKey(["goal", goal.slug])).tags["goal"] == f"{goal.number:02d}"


def test_every_asset_is_described_owned_and_shows_its_columns() -> None:
    for key in GRAPH.get_all_asset_keys():
        node = GRAPH.get(key)
        assert node.description and node.owners, key  # noqa: PT018
        if key.path[0] != "release":
            assert "dagster/column_schema" in node.metadata, key


def test_every_rule_of_every_table_is_an_asset_check() -> None:
    checks = {(k.asset_key.path[0], k.asset_key.path[1], k.name) for k in GRAPH.asset_check_keys}
    made = {(k.path[0], k.path[1]) for k in GRAPH.get_all_asset_keys()}
    wanted = {
        (t.layer, t.name, r) for t in all_contracts().values() if (t.layer, t.name) in made for r in t.rule_names()
    }
    assert wanted <= checks


def test_no_op_that_holds_the_lake_waits_for_its_own_run() -> None:
    """An op whose output the lake's IO manager would store starts with the lake held: its own lock would never come."""
    jobs = [j for j in defs.get_repository_def().get_all_jobs() if not j.asset_layer.executable_asset_keys]
    ops = {n.definition for j in jobs for n in j.nodes}
    assert {"publish_due", "make_backup", "purge_lake"} <= {o.name for o in ops}
    assert {o.name for o in ops if any(d.io_manager_key != "no_table" for d in o.output_defs)} == set()


def test_importing_the_definitions_loads_nothing_heavy() -> None:
    code = (
        "import sys, handleplan_pipeline.definitions; "
        "print([m for m in ('great_expectations', 'pandera', 'statsmodels', 'scipy', 'pandas') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PROJECT_ROOT)
    assert done.stdout.strip() == "[]"


if __name__ == "__main__":
    SNAPSHOT.write_text(json.dumps(picture(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
