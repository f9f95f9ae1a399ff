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
from schemas.registry import all_contracts

SNAPSHOT = Path(__file__).parent / "graph.json"
GRAPH = defs.resolve_asset_graph()
MAY_READ = {
    "source": {"source"}, "register": {"source", "register"}, "cell": {"source", "register"}, "plan": {"cell"},
    "person_level": {"source", "register", "cell"},
    "goal": {"cell"}, "overall": {"goal"}, "baseline": {"source", "register", "cell"},
    "output": {"goal", "cell", "output", "source"}, "meta": {"source"},
    "release": {"source", "register", "cell", "baseline", "goal", "overall", "output", "meta"},
}  # fmt: skip
PLAN = [dg.AssetKey(["cell", n]) for n in ("suppression_plan", "certificate")]
"""What is hidden of the cells; confidential like they are."""
PERSON_LEVEL = [dg.AssetKey(["cell", n]) for n in ("adjusted", "resampled", "fitted_model")]
"""Made in one pass; what is standardised is standardised from cells."""


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
        layer = "plan" if key in PLAN else "person_level" if key in PERSON_LEVEL else key.path[0]
        for parent in GRAPH.get(key).parent_keys:
            assert parent.path[0] in MAY_READ[layer], f"{key.to_user_string()} reads {parent.to_user_string()}"


def test_nothing_published_reads_a_register_directly() -> None:
    for key in GRAPH.get_all_asset_keys():
        if key.path[0] in ("goal", "overall", "output"):
            assert not any(p.path[0] == "register" for p in GRAPH.get(key).parent_keys)


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


def test_importing_the_definitions_loads_nothing_heavy() -> None:
    code = (
        "import sys, handleplan_pipeline.definitions; "
        "print([m for m in ('great_expectations', 'pandera', 'statsmodels', 'scipy', 'pandas') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PROJECT_ROOT)
    assert done.stdout.strip() == "[]"


if __name__ == "__main__":
    SNAPSHOT.write_text(json.dumps(picture(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
