"""What an asset shows in Dagster: a goal its series, one that lacks its inputs a sentence, a failed step its reason."""

import base64
import logging
import re
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.definitions import defs
from handleplan_pipeline.errors import SourceError
from handleplan_pipeline.graph.pictures import NO_SERIES, chart
from handleplan_pipeline.graph.resources import LakeIOManager, resources
from handleplan_pipeline.graph.why import say_why
from handleplan_pipeline.settings import PROJECT_ROOT
from schemas.goals.goal_04_shelter_stays import GOAL
from schemas.registry import delivered_sources

CATALOGUE = load_catalogue()
GOAL_4 = CATALOGUE.goal(4)


def figure(year: int, group: str, value: float | None, **more: Any) -> dict[str, Any]:
    told = "suppressed" if value is None else None
    return {
        "goal": 4,
        "indicator_id": "I04",
        "year": year,
        "geography": "101",
        "population_group": group,
        "ancestry": "total",
        "sex": "total",
        "age_group": "total",
        "measure": "share",
        "unit": "percent",
        "value": value,
        "missing_reason": told,
        "data_kind": "official",
    } | more


def drawn(text: str) -> str:
    (found,) = re.findall(r"!\[[^\]]*\]\(data:image/svg\+xml;base64,([^)]*)\)", text)
    return base64.b64decode(found).decode()


def shown(*rows: dict[str, Any]) -> str:
    return str(chart(CATALOGUE, GOAL_4, GOAL.conform(rows)).value)


def test_a_goal_shows_its_headline_s_series_as_a_table_and_a_picture() -> None:
    text = shown(
        figure(2010, "minority", 20.0),
        figure(2011, "minority", 10.0),
        figure(2010, "danish", 5.0),
        figure(2011, "danish", 5.0),
        # of no headline: another sex, another measure
        figure(2010, "minority", 77.0, sex="men"),
        figure(2010, "minority", 88.0, measure="ratio"),
    )
    assert "| 2010 | 20.0 | 5.0 |" in text
    assert "| 2011 | 10.0 | 5.0 |" in text
    assert "77" not in text
    assert "88" not in text
    assert "SYNTHETIC" not in text
    # 20 is the top (26 of 156), 10 half of the way down to the axis at 156
    assert '<polyline points="16.0,26.0 390.0,91.0"' in drawn(text)
    assert drawn(text).count("<polyline") == 2


def test_a_hidden_year_is_a_gap_and_says_why() -> None:
    text = shown(*(figure(y, "minority", v) for y, v in ((2010, 9.0), (2011, 8.0), (2012, None), (2013, 7.0))))
    assert "| 2012 | Not shown, to protect persons |" in text
    assert drawn(text).count("<polyline") == 1
    assert drawn(text).count("<circle") == 3


def test_generated_figures_are_marked_in_words_and_in_the_picture() -> None:
    text = shown(figure(2010, "minority", 9.0, data_kind="synthetic"), figure(2011, "minority", 8.0))
    assert text.splitlines()[0].endswith("SYNTHETIC FIGURES")
    assert "SYNTHETIC FIGURES" in drawn(text)


def test_without_a_figure_there_is_no_picture() -> None:
    assert "data:image" not in shown(figure(2010, "minority", None))
    assert shown() == NO_SERIES


@pytest.fixture
def alone(tmp_path: Path) -> Any:
    """Materialise assets of the whole graph in a lake that holds nothing."""

    def materialise(*keys: str) -> dg.ExecuteInProcessResult:
        with dg.DagsterInstance.ephemeral() as instance:
            wanted = [dg.AssetKey(k.split("/")) for k in keys]
            given = {"io_manager": LakeIOManager(root=str(tmp_path / "lake"), lock_wait_seconds=0)}
            return dg.materialize(
                [a for a in defs.assets or [] if isinstance(a, dg.AssetsDefinition)],
                instance=instance,
                selection=wanted,
                resources={**resources(), **given},
                raise_on_error=False,
            )

    return materialise


def test_a_goal_alone_from_a_fresh_clone_says_which_inputs_it_lacks(alone: Any) -> None:
    result = alone("cell/goal_04_shelter_stays")
    (failed,) = [e for e in result.all_events if e.is_step_failure]
    said = failed.step_failure_data.user_failure_data.description
    assert said == (
        "cell.goal_04_shelter_stays: reads tables that were never made in lake/: register.person, "
        "register.row_account, register.shelter_episode, register.shelter_stay, source.summed_counts. Materialise them "
        "and what they are made of first (job refresh, or handleplan run)."
    )
    result = alone("goal/goal_04_shelter_stays")
    (failed,) = [e for e in result.all_events if e.is_step_failure]
    assert "goal.goal_04_shelter_stays" in failed.step_failure_data.user_failure_data.description
    assert "lake/: protected.cell. Materialise" in failed.step_failure_data.user_failure_data.description


def test_every_table_s_asset_says_why_it_failed_in_a_line_of_its_own() -> None:
    """In the UI the sentence of an error stands below a stack of calls."""
    assets = [a for a in defs.assets or [] if isinstance(a, dg.AssetsDefinition)]
    assert len(assets) > 100
    assert [a.keys for a in assets if say_why not in a.hook_defs] == []


def test_the_line_holds_our_own_sentence_and_nothing_of_a_library() -> None:
    @dg.op
    def ours() -> None:
        try:
            raise KeyError("0101109999 of a row")
        except KeyError as e:
            raise SourceError("x.csv: column stay_end is missing. Deliver it anew.") from e

    @dg.op
    def theirs() -> None:
        raise ValueError("0101109999 of a row")

    def logged(op: dg.OpDefinition) -> list[str]:
        """What stands in the run's log as an error, without the events of Dagster itself."""
        found: list[str] = []

        class Kept(logging.Handler):
            def emit(self, record: Any) -> None:
                if not record.dagster_meta["dagster_event"]:
                    found.append(record.dagster_meta["orig_message"])

        @dg.logger
        def kept(_: dg.InitLoggerContext) -> logging.Logger:
            log = logging.Logger("kept", logging.ERROR)
            log.addHandler(Kept())
            return log

        job = dg.GraphDefinition("g", node_defs=[op]).to_job(hooks={say_why}, logger_defs={"kept": kept})
        job.execute_in_process(raise_on_error=False, run_config={"loggers": {"kept": {}}})
        return found

    assert logged(ours) == ["x.csv: column stay_end is missing. Deliver it anew."]
    assert logged(theirs) == []


def test_every_asset_leads_to_the_file_that_makes_it() -> None:
    found = {}
    for a in (a for a in defs.assets or [] if isinstance(a, dg.AssetsDefinition)):
        for key in a.keys:
            shown = a.metadata_by_key[key]["dagster/code_references"]
            (found[key.to_user_string()],) = [Path(r.file_path) for r in shown.code_references]  # type: ignore[attr-defined]
    assert found["goal/goal_04_shelter_stays"].name == "goal_04_shelter_stays.py"
    assert all("assets" in p.parts and p.is_file() for p in found.values())


def test_a_source_says_where_its_specification_stands() -> None:
    graph = defs.resolve_asset_graph()
    for name in delivered_sources():
        description = graph.get(dg.AssetKey(["source", name])).description or ""
        (page,) = re.findall(r"`(docs/deliveries/\w+\.md)`", description)
        assert (PROJECT_ROOT / page).is_file()
