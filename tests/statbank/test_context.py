"""StatBank's tables of context: what is pulled stands once per goal, what is not says how to pull it; nothing else."""

from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from assets.goals.goal_02_youth_crime import municipal_cells
from assets.outputs.context_figure import CONTEXT_FIGURE, statbank_figures
from assets.sources.statbank_code import statbank_code
from assets.sources.statbank_context import statbank_context
from assets.sources.statbank_folk1e_all import statbank_folk1e_all
from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.graph.jobs import RANGE_END, RANGE_START
from handleplan_pipeline.graph.resources import LakeIOManager, SourcesResource
from handleplan_pipeline.judgement.observations import observe
from handleplan_pipeline.judgement.status import status
from handleplan_pipeline.lake.tables import Lake
from handleplan_pipeline.sources.statbank.extracts import CONTEXT as EXTRACTS
from handleplan_pipeline.sources.statbank.extracts import FOLK1E_ALL, KRISE2
from schemas.goals.goal_02_youth_crime import CELL, GOAL
from schemas.outputs.goal_status import GOAL_STATUS
from schemas.outputs.judgement import JUDGEMENT
from schemas.outputs.observation import OBSERVATION
from schemas.sources.statbank_code import CODE
from schemas.sources.statbank_context import CONTEXT
from schemas.sources.statbank_folk1e_all import FOLK1E_ALL as POPULATION
from tests.lib.municipal import municipal_tables
from tests.statbank import made
from tests.statbank.pins import pinning, recorded
from tests.statbank.server import Faults

Server = tuple[str, Faults]
GOALS = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}


@pytest.fixture
def figures(tmp_path: Path, request: pytest.FixtureRequest, server: Server) -> pl.DataFrame:
    """What the assets make of a reference folder in which these extracts are pinned, as made answers."""
    reference = recorded(tmp_path / "reference")
    for extract in request.param:
        pinning(server[0], reference).pin(extract)
    for path in (Path(__file__).parents[2] / "data_lake/reference/statbank").glob("*.csv*"):
        (reference / "statbank" / path.name).write_bytes(path.read_bytes())
    sources = SourcesResource(
        root=str(tmp_path), reference=str(reference), landing=str(tmp_path / "landing"), raw=str(tmp_path / "raw")
    )
    resources = {"io_manager": LakeIOManager(root=str(tmp_path)), "sources": sources}
    assets = [statbank_context, statbank_code, statbank_folk1e_all]
    with dg.DagsterInstance.ephemeral() as instance:
        tags = {RANGE_START: "2010", RANGE_END: "2011"}
        assert dg.materialize(assets, instance=instance, resources=resources, tags=tags).success
    lake = Lake(tmp_path)
    return CONTEXT_FIGURE.arrange(statbank_figures(lake.read(CONTEXT), lake.read(POPULATION), lake.read(CODE)))


@pytest.mark.parametrize("figures", [()], indirect=True)
def test_without_an_answer_each_series_says_how_to_pull_it(figures: pl.DataFrame) -> None:
    assert set(figures["goal"]) == GOALS
    assert figures["value"].null_count() == figures.height
    assert set(figures["missing_reason"]) == {"not_pulled"}
    commands = set(figures["pull_command"])
    assert commands == {f"handleplan statbank pin {e.id}" for e in (*EXTRACTS, FOLK1E_ALL)}
    assert figures.filter(pl.col("caveats").str.contains("not_pulled")).height == figures.height


@pytest.mark.parametrize("figures", [(KRISE2,)], indirect=True)
def test_a_pulled_table_stands_once_per_goal_in_its_own_words(figures: pl.DataFrame) -> None:
    mine = figures.filter(pl.col("source_table") == "statbank_krise2")
    assert set(mine["goal"]) == {7, 8}
    assert mine.height == 2 * 72
    women = mine.filter(pl.col("figure_id") == "HERKAMS=8;KMDR=000001;BEBOSTAT=3;2020").to_dicts()
    assert [w["value"] for w in women] == [made.value(("8", "000001", "3", "2020"))] * 2
    assert women[0]["what_en"].endswith(": Immigrants, 1 day, Women")
    assert (women[0]["data_kind"], women[0]["year"], women[0]["geography_name"]) == ("synthetic", 2020, "Hele landet")
    assert (
        figures.filter(pl.col("source_table") == "statbank_herfor1")["missing_reason"].to_list() == ["not_pulled"] * 2
    )


@pytest.mark.parametrize("figures", [(FOLK1E_ALL,)], indirect=True)
def test_the_population_stands_beside_the_goals_whose_rates_it_is_under(figures: pl.DataFrame) -> None:
    mine = figures.filter(pl.col("source_table") == "statbank_folk1e_all")
    rated = {g for i in load_catalogue().indicators if i.measure == "rate" for g in i.goals}
    assert set(mine["goal"]) == rated
    one = mine.filter((pl.col("figure_id") == "HERKOMST=25;2010K1") & (pl.col("goal") == 2)).to_dicts()[0]
    by_hand = sum(made.value(("101", sex, str(age), "25", "2010K1")) for sex in "12" for age in range(126))
    assert one["value"] == by_hand
    assert one["what_en"].endswith(": Immigrants from non-western countries")


def test_open_figures_of_the_municipality_say_nothing_of_what_can_be_measured() -> None:
    """Goal 2 with every cell of I02k pulled has the status it has without: not measurable, and no kind of data."""
    catalogue = load_catalogue()
    assert {i.id for i in catalogue.indicators if i.open_and_municipal} == {
        "I02k",
        "I06k",
        "I06k_a",
        "I06k_b",
        "I06k_c",
        "I06k_rate",
    }
    told = []
    for kept in (True, False):
        guilty, people = municipal_tables()
        pulled = pl.concat([guilty.with_columns(year=pl.lit(y)) for y in range(2010, 2020)])
        inhabitants = pl.concat([people.with_columns(year=pl.lit(y)) for y in range(2010, 2020)])
        cells = municipal_cells(pulled if kept else guilty.clear(), inhabitants)
        rows = OBSERVATION.conform(observe(catalogue, 2, CELL.arrange(cells), GOAL).to_dicts())
        assert (rows["data_kind"] == "official").any() is kept or not kept
        told.append(status(catalogue, rows, JUDGEMENT.empty(), GOAL_STATUS, "101").filter(pl.col("goal") == 2))
    assert told[0].height == 5
    assert told[0].equals(told[1])
    assert set(told[0]["measurability"]) == {"not_measurable"}
