"""Overall indicators are a goal's figures shown twice; baselines stay as published, with the recomputed ones beside."""

import importlib
import io

import polars as pl
import pytest

from assets.baselines.baseline_homelessness import published_part
from assets.baselines.baseline_psychiatry import delivered_part
from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.catalogue.models import OverallIndicator
from handleplan_pipeline.judgement.baselines import fill
from handleplan_pipeline.judgement.observations import observe
from schemas.baselines.baseline_homelessness import BASELINE as HOMELESSNESS
from schemas.baselines.baseline_psychiatry import BASELINE as PSYCHIATRY
from schemas.goals.goal_01_ninth_grade import CELL
from schemas.registry import contract
from tests.lib.readings import cell, two

C = load_catalogue()


@pytest.mark.parametrize("overall", C.plan.overall, ids=lambda o: o.slug)
def test_an_overall_indicator_is_the_goals_table_row_for_row(overall: OverallIndicator) -> None:
    goal = C.goal(overall.goal)
    (indicator,) = goal.headline_indicators
    cells = two(indicator, 2010, (300, 400), (1500, 2000), goal.population_group)
    cells += two(indicator, 2014, (320, 400), (1500, 2000), goal.population_group)
    figures = observe(C, goal.number, CELL.conform(cells), contract("goal", goal.slug))
    slug = overall.slug
    shown = getattr(importlib.import_module(f"assets.overall.{slug}"), slug)(figures).value
    assert pl.read_parquet(io.BytesIO(shown.parts[None])).equals(figures)
    assert shown.contract.column_names == contract("goal", goal.slug).column_names
    assert overall.headline_indicators == goal.headline_indicators


def test_the_psychiatry_baseline_is_labelled_2010_and_built_on_2006() -> None:
    cells = [
        cell(i, y, "minority", x, 100)
        for i, y, x in (("I10_s", 2006, 10), ("I10_t", 2006, 20), ("I10_s", 2010, 12), ("I10_t", 2010, 20))
    ]
    rows = fill(C, "baseline_psychiatry", None, PSYCHIATRY, set(), delivered_part(CELL.conform(cells)), "synthetic")
    assert set(rows["baseline_label"]) == {"2010"}
    found = rows.filter((pl.col("quantity") == "representation_ratio") & pl.col("value").is_not_null())
    assert found.sort("data_year").select("data_year", "value", "series").rows() == [
        (2006, 0.5, "recomputed"),
        (2010, 0.6, "recomputed"),
    ]
    # every quantity and year has its row, with the reason where there is no figure
    assert rows.filter(pl.col("value").is_null())["missing_reason"].unique().to_list() == ["not_delivered"]
    assert set(rows["data_year"]) == set(range(2006, 2011))
    assert (C.goal(9).baseline_label, C.goal(9).data_year, C.indicator("I10").baseline_year) == ("2010", 2006, 2006)


def counted(value: float) -> pl.DataFrame:
    """The count of 2009 in the shape it was pinned in."""
    shared = {
        "measure": "hjemloese_uge6",
        "year": 2009,
        "geography": "101",
        "chosen": True,
        "subgroup": "I alt",
        "unit": "personer",
        "approximate": False,
        "source_id": "SFI",
        "trust_tier": 1,
    }
    empty = dict.fromkeys(("origin", "sex_printed", "age_printed", "situation", "cause", "condition"), "I alt")
    return pl.DataFrame([shared | empty | {"value": value}])


def test_what_was_published_stays_frozen_and_what_is_recomputed_stands_beside_it() -> None:
    published = published_part(counted(1494.0), "101")
    delivered = pl.DataFrame(
        {
            "data_year": [2009],
            "population_group": ["all"],
            "quantity": ["homeless_week6"],
            "value": [1500.0],
            "numerator": [None],
            "denominator": [None],
            "hidden": [False],
        }
    ).cast({"data_year": pl.Int32, "numerator": pl.Int64, "denominator": pl.Int64})
    both = fill(C, "baseline_homelessness", published, HOMELESSNESS, set(), delivered, "synthetic")
    of_all = both.filter((pl.col("population_group") == "all") & (pl.col("quantity") == "homeless_week6"))
    assert of_all.sort("series").select("series", "value", "data_kind").rows() == [
        ("as_published", 1494.0, "official"),
        ("recomputed", 1500.0, "synthetic"),
    ]
    alone = fill(C, "baseline_homelessness", published, HOMELESSNESS, set())
    frozen = pl.col("series") == "as_published"
    assert both.filter(frozen).equals(alone.filter(frozen))
