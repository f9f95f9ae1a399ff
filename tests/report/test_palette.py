"""AC-10: colours are told from the ground, and groups from each other without colour."""

import re
from importlib import resources

import pytest

from handleplan_pipeline.report.charts import palette
from handleplan_pipeline.report.charts.palette import BADGES, GROUPS, WHITE, ZONE, contrast
from handleplan_pipeline.report.charts.shapes import VERDICTS, badge

TEXT, MARK = 4.5, 3.0
"""Least contrast of text and of what is drawn (WCAG 2.2, 1.4.3 and 1.4.11)."""


def test_black_on_white_is_21() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    # the grey of the worked example in WCAG's technique G18 is just enough
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("colour", [palette.INK, palette.QUIET, palette.LINK, *BADGES.values()])
def test_words_can_be_read(colour: str) -> None:
    assert contrast(colour, WHITE) >= TEXT
    assert contrast(colour, palette.SOFT) >= TEXT


@pytest.mark.parametrize("style", GROUPS)
def test_a_group_is_seen_on_white_and_on_the_zone_and_its_label_read(style: palette.Style) -> None:
    assert contrast(style.colour, WHITE) >= TEXT
    assert contrast(style.colour, ZONE) >= MARK


def test_the_banner_can_be_read() -> None:
    assert contrast(palette.BANNER, WHITE) >= TEXT


def test_group_and_reference_differ_in_lightness_as_well() -> None:
    assert contrast(GROUPS[0].colour, GROUPS[1].colour) >= 2


def test_no_two_groups_have_the_same_shape_or_dash() -> None:
    assert len({s.shape for s in GROUPS}) == len({s.dash for s in GROUPS}) == len(GROUPS)


def test_too_many_groups_are_refused() -> None:
    with pytest.raises(ValueError, match="told apart"):
        palette.at_most(GROUPS, len(GROUPS) + 1)


def test_every_badge_has_a_sign_of_its_own_without_its_colour() -> None:
    signs = [re.sub(r"#[0-9a-f]{6}|sign-\w+", "", badge(code)) for code in BADGES]
    assert len(set(signs)) == len(BADGES)


def test_verdicts_that_a_chart_shows_have_different_shapes() -> None:
    assert len(set(VERDICTS.values())) == len(VERDICTS)


def test_the_stylesheet_has_no_colour_that_is_not_reckoned_here() -> None:
    text = resources.files("handleplan_pipeline.report").joinpath("templates/style.css").read_text(encoding="utf-8")
    named = {v for v in vars(palette).values() if isinstance(v, str) and v.startswith("#")}
    named |= set(BADGES.values()) | {s.colour for s in GROUPS} | {"#fff", "#000"}
    assert set(re.findall(r"#[0-9a-f]{3,6}\b", text)) <= named
