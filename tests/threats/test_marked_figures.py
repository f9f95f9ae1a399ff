"""No invented figure or sentence is shown without its mark, and no other is given one (threat 55)."""

from pathlib import Path

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.commands.read import _figure_row
from handleplan_pipeline.graph.outputs import goals_told
from schemas.outputs.goal_status import GOAL_STATUS
from schemas.outputs.observation import OBSERVATION
from schemas.outputs.statement import STATEMENT
from tests.commands.made import goal_row, handleplan, headline_of, lake_with

MARK = "[SYNTETISK]"


def test_a_sentence_of_generated_figures_says_so_where_it_is_shown(tmp_path: Path) -> None:
    """The other goal of the year rests on official figures."""
    rows = [
        goal_row(data_kind="synthetic", reason_da="Opfundet."),
        goal_row(goal=4, slug="goal_04_shelter_stays", data_kind="official", reason_da="Officielt."),
    ]
    lake = lake_with(tmp_path, 1, rows=rows).root
    done = handleplan("status", "--year", "2012", lake=lake)
    assert done.returncode == 0, done.stderr
    assert f"Opfundet. {MARK}" in done.stdout
    assert "Officielt." in done.stdout
    assert f"Officielt. {MARK}" not in done.stdout
    # the badge in the table too: one row of each kind
    badges = [x for x in done.stdout.split("\n") if "Kan ikke måles" in x and x[:1].isdigit()]
    assert [MARK in x for x in badges] == [True, False]


def figure_row(**more: object) -> dict[str, object]:
    """A figure of the goal tables as `handleplan goal` reads it."""
    return {
        "indicator_id": "I02",
        "geography": "101",
        "year": 2014,
        "population_group": "minority",
        "reference_group": None,
        "measure": "rate",
        "value": 29.46,
        "ci_low": 25.4,
        "ci_high": 34.1,
        "unit": "per 1000",
        "missing_reason": "none",
        "data_kind": "synthetic",
    } | more


def test_national_official_figures_are_told_from_made_up_municipal_ones() -> None:
    own = _figure_row(load_catalogue(), figure_row())
    national = _figure_row(load_catalogue(), figure_row(geography="000", data_kind="official"))
    assert (own[1], national[1]) == ("København", "Hele landet")
    assert (MARK in own[8], MARK in national[8]) == (True, False)
    assert (own[5], own[6]) == ("29,46", "25,40–34,10")


def test_every_sentence_that_dagster_shows_of_generated_figures_says_so() -> None:
    rows = [goal_row(year=2014, data_kind="synthetic", badge="met", reason_en="Invented.")]
    rows.append(goal_row(goal=4, slug="goal_04_shelter_stays", year=2014, data_kind="official", reason_en="Official."))
    said = STATEMENT.conform([headline_of(r) for r in rows])
    made_up, official = goals_told(load_catalogue(), said, GOAL_STATUS.conform(rows), OBSERVATION.conform([]))
    assert made_up.asset_key.path == ["goal", "goal_03_stable_housing"]
    assert made_up.metadata["headline"].value == "- SYNTHETIC FIGURES. Invented."
    assert made_up.metadata["badge"].value == "SYNTHETIC FIGURES. Met | Nået"
    assert made_up.description == "2014: SYNTHETIC FIGURES. Met. Invented."
    assert official.metadata["headline"].value == "- Official."
    assert "SYNTHETIC" not in str(official.description)
