"""Goal 4: "reduced as much" is met only where the minority's own share fell; version 3 of the rule.

Of 2,000 persons a share of 40 per cent has a standard error of about 1.1 points, a change of two such of 1.5, so the 90
per cent interval of a change is about 2.5 points to either side.
"""

import pytest

from handleplan_pipeline.judgement.reading import Reading
from handleplan_pipeline.statistics import rules
from handleplan_pipeline.statistics.two_groups import Pair, TwoGroups
from tests.lib.readings import cell, drawn, fitted, long_stays, read


def test_both_shares_rising_alike_is_no_reduction() -> None:
    """From 40 to 50 per cent in both groups: the ratio of ratios is 1, which version 1 called met."""
    r = read(long_stays((800, 1000), (800, 1000)))["I04", 2014]
    assert r["estimate"] == pytest.approx(1.0)
    assert r["upper90"] < 1.25
    assert (r["result"], r["literal_met"], r["trend"]) == ("clearly_not_met", False, "worse")
    assert (r["change"], r["rule_version"]) == (pytest.approx(10.0), "3")


def test_a_share_that_stood_still_cannot_tell() -> None:
    """From 800 to 790 of 2,000, half a point: the interval of the change holds 0."""
    r = read(long_stays((800, 790), (800, 790)))["I04", 2014]
    assert r["change_lower"] < 0 < r["change_upper"]
    assert (r["result"], r["literal_met"], r["trend"]) == ("cannot_tell", True, "cannot_tell")


def test_a_fall_as_large_as_the_danish_is_met() -> None:
    r = read(long_stays((800, 400), (800, 400)))["I04", 2014]
    assert (r["result"], r["literal_met"], r["trend"]) == ("met", True, "better")
    assert r["change_upper"] < 0


def test_a_fall_smaller_than_the_danish_is_missed_however_real_it_is() -> None:
    """From 40 to 32 against 40 to 20 per cent: 1.6 times."""
    r = read(long_stays((800, 640), (800, 400)))["I04", 2014]
    assert (r["result"], r["literal_met"], r["trend"]) == ("clearly_not_met", False, "better")


def test_a_share_that_did_not_fall_is_missed_where_the_danish_did() -> None:
    """40 per cent still against 40 to 20: whether the own share fell is open, that it fell as much is not."""
    r = read(long_stays((800, 800), (800, 400)))["I04", 2014]
    assert (r["result"], r["trend"]) == ("clearly_not_met", "cannot_tell")


def test_the_danish_share_rising_more_does_not_help() -> None:
    """From 20 to 24 against 20 to 40 per cent: a ratio of ratios of 0.6, and no reduction."""
    r = read(long_stays((400, 480), (400, 800)))["I04", 2014]
    assert r["estimate"] == pytest.approx(0.6)
    assert (r["result"], r["literal_met"]) == ("clearly_not_met", False)


def test_the_bootstrap_of_the_ratio_does_not_free_it_from_the_reduction() -> None:
    rising = long_stays((800, 1000), (800, 1000))
    r = read(rising, [drawn("I04", 2014, "ratio_of_ratios", 0.9, 1.1)])["I04", 2014]
    assert (r["result"], r["remarks"]) == ("clearly_not_met", "same_persons")


def test_each_bound_for_unknown_ancestry_is_the_whole_rule() -> None:
    """2,000 of unknown ancestry in 2014, all with a long stay, counted as minority turn 36 per cent into 41.8.

    The ratio of ratios then is 41.8 / 36 = 1.16 with limits below 1.25, which alone would still be met.
    """
    n = 20000
    cells = long_stays((8000, 7200), (8000, 7200), n)
    assert read(cells)["I04", 2014]["result"] == "met"
    unknown = [cell("I04", 2010, "unknown", 0, 0), cell("I04", 2014, "unknown", 2000, 2000)]
    r = read([*cells, *unknown])["I04", 2014]
    world = TwoGroups(Pair(9200, 22000, 7200, n), Pair(8000, n, 8000, n))
    ratio = world.change_of_ratio(rules.CONFIDENCE)
    assert ratio is not None
    assert ratio.upper < 1.25
    assert r["unknown_in_group"] == "clearly_not_met"
    assert (r["result"], r["remarks"]) == ("cannot_tell", "bounds_disagree")


def test_the_verdict_given_background_demands_the_same_reduction() -> None:
    shares = {"n": 2000, "observed": 0.40, "expected": 0.40, "se_expected": 0.004, "overlap_share": 0.99}
    models = [fitted("I04", year, "expected_share", **shares) for year in (2010, 2014)]
    falling = read(long_stays((800, 400), (800, 400)), adjusted=models)["I04", 2014]
    rising = read(long_stays((800, 1000), (800, 1000)), adjusted=models)["I04", 2014]
    assert (falling["result_adjusted"], rising["result_adjusted"]) == ("met", "clearly_not_met")


@pytest.mark.parametrize(
    ("before", "now", "literal"),
    [
        # x of n, then of the reference: the own share lower, and x/n over x0/n0 no more than of the reference
        ((40, 100, 40, 100), (20, 100, 20, 100), True),
        ((40, 100, 40, 100), (21, 100, 20, 100), False),
        ((40, 100, 40, 100), (40, 100, 40, 100), False),
        ((40, 100, 20, 100), (20, 100, 10, 100), True),
        ((40, 100, 40, 100), (39, 100, 44, 100), True),
        ((1, 3, 1, 3), (2, 7, 2, 7), True),
        ((0, 100, 40, 100), (0, 100, 40, 100), False),
        ((40, 100, 0, 100), (20, 100, 0, 100), True),
    ],
)
def test_the_sentence_taken_literally(
    before: tuple[int, int, int, int], now: tuple[int, int, int, int], literal: bool
) -> None:
    assert TwoGroups(Pair(*now), Pair(*before)).reduced_as_much is literal
    assert TwoGroups(Pair(*now)).reduced_as_much is None


@pytest.mark.parametrize(
    ("lower", "upper", "result"),
    [
        (-0.1, -0.0001, "met"),
        (-0.1, 0.0, "cannot_tell"),
        (0.0, 0.1, "cannot_tell"),
        (0.0001, 0.1, "clearly_not_met"),
    ],
)
def test_a_reduction_by_its_interval(lower: float, upper: float, result: str) -> None:
    assert rules.reduction(lower, upper) == result


def test_what_is_no_result_stays_what_it_is() -> None:
    assert rules.demanding("not_assessed", "clearly_not_met") == "not_assessed"
    assert rules.demanding("met", "cannot_tell") == "cannot_tell"
    assert rules.demanding("not_met", "cannot_tell") == "not_met"
    assert Reading("ratio_of_ratios").literal_met is None
