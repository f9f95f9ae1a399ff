"""Unknown ancestry: who it is stands in one module, what it could do in another, and both have one spelling."""

import re
from pathlib import Path

import pytest

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.cells import groups
from handleplan_pipeline.settings import PROJECT_ROOT
from handleplan_pipeline.statistics.bounds import GROUP, REFERENCE, bounded, drawn_with, of_drawn, tried
from handleplan_pipeline.statistics.two_groups import Pair, TwoGroups
from schemas.goals.goal_01_ninth_grade import CELL
from tests.lib.readings import cell
from tests.lib.told import evidence

C = load_catalogue()
SPELLED = {
    # what -> where alone it may be spelled
    r"[\"'{_]unknown_in_": {"statistics/bounds.py"},
    # suffixes of ids: fields of the indicator say it
    r"[\"']_(unknown|anonymous)[\"']|_(unknown|anonymous)\"\}": set(),
    r"^(GROUPS_OF|ALL_GROUPS|KNOWN_GROUPS|UNKNOWN) =": {"cells/groups.py"},
}


@pytest.mark.parametrize("spelling", SPELLED)
def test_each_name_is_spelled_in_one_module(spelling: str) -> None:
    root = PROJECT_ROOT / "handleplan_pipeline"
    files = [p for p in root.rglob("*.py") if "synthetic" not in p.parts]
    found = {p.relative_to(root).as_posix() for p in files if _spells(p, spelling)}
    assert found == SPELLED[spelling]


def _spells(path: Path, spelling: str) -> bool:
    return re.search(spelling, path.read_text(encoding="utf-8"), re.MULTILINE) is not None


def test_nobody_is_counted_twice_and_everybody_once() -> None:
    both = Pair(20, 100, 60, 200)
    worlds = tried(both, (5, 10))
    assert worlds == {GROUP: (25, 110, 60, 200), REFERENCE: (20, 100, 65, 210)}
    assert tried(both, (0, 0)) == {GROUP: both, REFERENCE: both}


@pytest.mark.parametrize(
    ("result", "bounds", "verdict", "disagree"),
    [
        ("met", [], "met", False),
        ("met", ["met", None], "met", False),
        ("met", ["met", "not_met"], "cannot_tell", True),
        ("cannot_tell", ["met"], "cannot_tell", False),
    ],
)
def test_bounds_that_disagree_leave_nobody_able_to_tell(
    result: str, bounds: list[str | None], verdict: str, disagree: bool
) -> None:
    assert bounded(result, bounds) == (verdict, disagree)


def test_a_drawn_bound_is_named_and_read_the_same_way() -> None:
    assert of_drawn(drawn_with("difference_of_medians", GROUP)) == ("difference_of_medians", GROUP)
    assert of_drawn("difference_of_medians") == ("difference_of_medians", None)


def test_a_hidden_number_of_unknown_ancestry_touches_what_rests_on_it() -> None:
    assert groups.resting_on_unknown(C, ["I04"]) == {"I04"}
    assert groups.resting_on_unknown(C, ["I10_s_unknown"]) == {"I10_s_unknown", "I10"}
    assert {"I08_women", "I08_women_rate", "I08_contacts"} <= groups.resting_on_unknown(C, ["I08_anonymous"])
    assert groups.who_could_belong(C.indicator("I08_women_rate")) == ("I08_women_rate", "I08_anonymous")


def test_unknown_is_a_group_of_its_own_and_in_no_other() -> None:
    assert [g for g in groups.KNOWN_GROUPS if groups.UNKNOWN in groups.ancestries_of(g)] == []
    assert groups.UNKNOWN in groups.ancestries_of("all")
    with pytest.raises(KeyError):
        groups.ancestries_of("nobody")


def test_two_groups_by_hand() -> None:
    """60 of 200 then 80 of 200 against 100 of 400 then 120 of 400: from 5 to 10 points, from 1.2 to 4/3 times."""
    groups_ = TwoGroups(Pair(80, 200, 120, 400), Pair(60, 200, 100, 400))
    assert groups_.now.gap == pytest.approx(0.10)
    assert groups_.now.ratio == pytest.approx(4 / 3)
    change, change_of_ratio = groups_.change(0.95), groups_.change_of_ratio(0.95)
    assert change is not None
    assert change_of_ratio is not None
    assert change.estimate == pytest.approx(0.05)
    assert change_of_ratio.estimate == pytest.approx((4 / 3) / 1.2)
    alone = TwoGroups(Pair(0, 200, 0, 400))
    assert (alone.ratio(0.95), alone.now.ratio, alone.change(0.95)) == (None, None, None)
    # with none of the reference group, half a person of one more
    assert alone.planned_share == pytest.approx(0.5 / 401)


def test_an_unknown_country_could_be_of_the_group_and_is_never_danish() -> None:
    """5 of 10 of unknown ancestry; 3 of 4 of the minority, whose country nobody stated."""
    worlds = tried(Pair(20, 100, 60, 200), (5, 10), (3, 4))
    assert worlds == {GROUP: (28, 114, 60, 200), REFERENCE: (20, 100, 65, 210)}


@pytest.mark.parametrize(
    ("minority", "western", "non_western", "unknown"),
    [(10, 3, 6, 1), (10, 4, 6, 0), (10, None, 6, 0), (None, 3, 6, 0)],
)
def test_who_is_of_unknown_country_follows_from_three_printed_counts_or_is_not_known(
    minority: int | None, western: int | None, non_western: int | None, unknown: int
) -> None:
    assert groups.country_unknown(minority, western, non_western) == unknown


def test_a_comparison_of_countries_is_tried_with_those_whose_country_nobody_stated() -> None:
    """I07: of ten minority five are non-western and none western, so of five nobody stated the country."""
    counts = {"non_western": (4, 5), "western": (0, 0), "minority": (8, 10), "danish": (10, 20), "unknown": (0, 1)}
    cells = [cell("I07", 2012, g, *c) for g, c in counts.items()]
    found = evidence(CELL.conform(cells))
    assert found.of_unknown_country(C.indicator("I07"), 2012) == (4, 5)
    assert found.could_belong(C.indicator("I07"), 2012) == (4, 6)
    assert found.of_unknown_country(C.indicator("I01"), 2012) == (0, 0)
