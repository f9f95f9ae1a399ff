"""Overall indicators are a goal's figures shown twice; baselines stay as published, with the recomputed ones beside."""

import importlib
import io

import polars as pl
import pytest

from assets.baselines.baseline_homelessness import published_part
from assets.baselines.baseline_psychiatry import delivered_part
from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.catalogue.models import OverallIndicator
from handleplan_pipeline.judgement.baselines import delivered_part as homelessness_part
from handleplan_pipeline.judgement.baselines import fill
from handleplan_pipeline.judgement.observations import observe
from handleplan_pipeline.statistics.rules import gap_trend
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


def test_the_psychiatry_baseline_is_labelled_2010_and_goes_on_from_2006() -> None:
    cells = [
        cell(i, y, "minority", x, 100)
        for i, y, x in (("I10_s", 2006, 10), ("I10_t", 2006, 20), ("I10_s", 2010, 12), ("I10_t", 2010, 20))
    ]
    cells += [cell(i, 2013, "minority", x, 100) for i, x in (("I10_s", 18), ("I10_t", 20))]
    rows = fill(C, PSYCHIATRY, None, delivered_part(CELL.conform(cells)))
    assert set(rows["baseline_label"]) == {"2010"}
    found = rows.filter((pl.col("quantity") == "representation_ratio") & pl.col("value").is_not_null())
    shown = ("data_year", "value", "series", "baseline_first_value", "baseline_last_value")
    assert found.sort("data_year").select(shown).rows() == [
        (2006, 0.5, "recomputed", 0.5, 0.6),
        (2010, 0.6, "recomputed", 0.5, 0.6),
        (2013, 0.9, "recomputed", 0.5, 0.6),
    ]
    # every quantity and year has its row, with the reason where there is no figure
    assert rows.filter(pl.col("value").is_null())["missing_reason"].unique().to_list() == ["not_delivered"]
    assert set(rows["data_year"]) == set(range(2006, 2015))
    assert (C.goal(9).baseline_label, C.goal(9).data_year, C.indicator("I10").baseline_year) == ("2010", 2006, 2006)


@pytest.mark.parametrize("unusual", ["I10_s", "I10_t"])
def test_a_ratio_of_the_psychiatry_baseline_carries_the_caveats_of_both_its_shares(unusual: str) -> None:
    """The caveat of either share is one of the ratio; each is said once, and the other share has its own alone."""
    cells = [
        cell(i, 2010, "minority", 10, 100) | {"caveats": "shared" + ";unusual_delivery" * (i == unusual)}
        for i in ("I10_s", "I10_t")
    ]
    rows = fill(C, PSYCHIATRY, None, delivered_part(CELL.conform(cells)))
    said = {r["quantity"]: r["caveats"] for r in rows.to_dicts() if r["value"] is not None}
    assert said == {
        "share_social_psychiatry": "shared" + ";unusual_delivery" * (unusual == "I10_s"),
        "share_treatment_psychiatry": "shared" + ";unusual_delivery" * (unusual == "I10_t"),
        "representation_ratio": "shared;unusual_delivery",
    }


def counted(value: float, year: int = 2009) -> pl.DataFrame:
    """The count of a year in the shape it was pinned in."""
    shared = {
        "measure": "hjemloese_uge6",
        "year": year,
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
    cells = CELL.conform([cell("B1_homeless_week6", 2009, "all", 1500)])
    both = fill(C, HOMELESSNESS, published, homelessness_part(C, HOMELESSNESS.name, cells))
    of_all = both.filter((pl.col("population_group") == "all") & (pl.col("quantity") == "homeless_week6"))
    assert of_all.sort("series").select("series", "value", "data_kind", "trust_tier").rows() == [
        ("as_published", 1494.0, "official", 1),
        ("recomputed", 1500.0, "synthetic", None),
    ]
    alone = fill(C, HOMELESSNESS, published, homelessness_part(C, HOMELESSNESS.name, CELL.empty()))
    frozen = pl.col("series") == "as_published"
    assert both.filter(frozen).equals(alone.filter(frozen))


def test_later_counts_are_published_too_and_that_of_2007_by_another_definition_is_not() -> None:
    found = pl.concat([counted(1507.0, 2011), counted(1200.0, 2007)])
    assert published_part(found, "101").select("data_year", "value").rows() == [(2011, 1507.0)]


HOMELESS = [
    cell("B1_homeless_week6", y, g, x)
    for y, x_of in ((2009, {"minority": 100, "danish": 200}), (2011, {"minority": 150, "danish": 200}))
    for g, x in x_of.items()
]


def homeless(cells: list[dict[str, object]]) -> dict[tuple[str, int, str], dict[str, object]]:
    frame = CELL.conform(cells)
    rows = fill(C, HOMELESSNESS, None, homelessness_part(C, HOMELESSNESS.name, frame), frame)
    return {(r["quantity"], r["data_year"], r["population_group"]): r for r in rows.to_dicts()}


def test_the_difference_of_numbers_of_persons_by_hand() -> None:
    """Byar's limits of 100 are 81.36 and 121.63, of 200 173.24 and 229.72, of 150 126.95 and 176.02.

    100 - 200 = -100; down by the root of 18.64 and 29.72 squared, up by that of 21.63 and 26.76 squared.
    """
    found = homeless(HOMELESS)
    row = found["homeless_week6", 2009, "minority"]
    limits = (row["comparison_ci_low"], row["comparison_ci_high"])
    assert (row["comparison"], row["comparison_value"], row["comparison_method"]) == ("difference", -100, "mover-byar")
    assert limits == pytest.approx((-135.08, -65.59), abs=0.02)
    assert row["gap_trend"] == "no_baseline"
    later = found["homeless_week6", 2011, "minority"]
    assert (later["comparison_value"], later["comparison_change"], later["baseline_first_value"]) == (-50, 50, 100)
    # the change has its own limits: four counts, 23.05, 29.72, 21.63, 26.76 squared below
    down = (23.05**2 + 29.72**2 + 21.63**2 + 26.76**2) ** 0.5
    assert later["comparison_change_ci_low"] == pytest.approx(50 - down, abs=0.1)
    assert later["gap_trend"] == "cannot_tell"
    assert found["homeless_week6", 2009, "danish"]["comparison"] is None


def test_the_difference_of_shares_has_its_trend() -> None:
    """From 60 against 20 per cent of 1,000 to 40 against 20: 40 points, then 20, surely fewer."""
    cells = [
        cell("B1_share_on_housing_list", y, g, x, 1000)
        for y, g, x in ((2009, "minority", 600), (2009, "danish", 200), (2013, "minority", 400), (2013, "danish", 200))
    ]
    row = homeless(cells)["share_on_housing_list", 2013, "minority"]
    assert (row["comparison_value"], row["comparison_change"]) == (pytest.approx(20), pytest.approx(-20))
    assert (row["gap_trend"], row["baseline_first_value"]) == ("decreased", 60.0)
    assert homeless(cells)["share_on_housing_list", 2010, "minority"]["missing_reason"] == "not_collected"
    assert homeless(cells)["share_on_housing_list", 2011, "minority"]["missing_reason"] == "not_delivered"
    assert homeless(cells)["share_on_housing_list", 2013, "unknown"]["missing_reason"] == "not_applicable"


def test_the_goals_own_series_stand_in_the_year_they_are_about() -> None:
    """Who was homeless in 2010 is housed or not in 2011."""
    cells = [cell("I03", 2011, "minority", 30, 60), cell("I04", 2010, "minority", 12, 60)]
    found = homeless(cells)
    assert found["share_housed", 2010, "minority"]["value"] == 50.0
    assert found["share_over_120", 2010, "minority"]["value"] == 20.0
    assert ("share_housed", 2011, "minority") in found
    assert found["share_housed", 2011, "minority"]["value"] is None


def test_a_hidden_figure_has_no_difference_and_is_no_baseline() -> None:
    cells = [dict(r) for r in HOMELESS]
    cells[0] |= {"numerator": None, "cell_state": "blanked"}
    found = homeless(cells)
    first = found["homeless_week6", 2009, "minority"]
    assert (first["missing_reason"], first["conf_status"], first["comparison_value"]) == ("suppressed", "C", None)
    later = found["homeless_week6", 2011, "minority"]
    assert (later["value"], later["baseline_first_value"], later["comparison_change"]) == (150.0, None, None)


@pytest.mark.parametrize(
    ("before", "now", "low", "high", "same", "trend"),
    [
        (10.0, 20.0, 5.0, 15.0, 0.0, "increased"),
        (-10.0, -20.0, -15.0, -5.0, 0.0, "increased"),
        (20.0, 10.0, -15.0, -5.0, 0.0, "decreased"),
        (20.0, -10.0, -35.0, -25.0, 0.0, "decreased"),
        (10.0, -10.0, -25.0, -15.0, 0.0, "cannot_tell"),
        (10.0, 12.0, -1.0, 5.0, 0.0, "cannot_tell"),
        (None, 12.0, 1.0, 5.0, 0.0, "no_baseline"),
        (0.5, 0.8, 1.1, 2.0, 1.0, "decreased"),
        (0.8, 0.5, 0.4, 0.9, 1.0, "increased"),
        (0.5, 2.0, 3.0, 5.0, 1.0, "cannot_tell"),
        (0.0, 0.5, 1.1, 2.0, 1.0, "cannot_tell"),
    ],
)
def test_what_separates_the_groups_has_increased_or_decreased_by_its_whole_interval(
    before: float | None, now: float, low: float, high: float, same: float, trend: str
) -> None:
    assert gap_trend(before, now, low, high, same) == trend
