"""Drawings: no text leaves one or covers another, what is missing says so, marks name their rows."""

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handleplan_pipeline.errors import ReleaseError
from handleplan_pipeline.report.charts import plot, rows, strip
from handleplan_pipeline.report.charts.palette import GROUPS
from handleplan_pipeline.report.charts.plot import Break, Line, Plot, Point, Series
from handleplan_pipeline.report.charts.rows import Mark, Row, Rows
from handleplan_pipeline.report.charts.strip import Strip
from schemas.languages import shown
from tests.report.svg import boxes, faults, references


def danish(value: float, decimals: int) -> str:
    return shown(value, decimals, "da")


def point(year: int, value: float | None, half: float = 4.0, **more: object) -> Point:
    if value is None:
        return Point(float(year), ref=f"t/{year}/value", **more)  # type: ignore[arg-type]
    return Point(float(year), value, value - half, value + half, f"t/{year}/value", shown=danish(value, 1))


def drawn(**change: object) -> Plot:
    minority = tuple(point(y, 50 + (y % 3)) for y in range(2006, 2016))
    danes = tuple(point(y, 52 + (y % 2)) for y in range(2006, 2016))
    found = {
        "name": "chart",
        "title": "Gennemført 9. klasse",
        "description": "Etnisk minoritet: 51,0 i 2015.",
        "series": (Series("Etnisk minoritet", GROUPS[0], minority), Series("Dansk oprindelse", GROUPS[1], danes)),
        "shown": danish,
    } | change
    return Plot(**found)  # type: ignore[arg-type]


def test_labels_of_lines_that_end_together_do_not_meet() -> None:
    for svg in plot.draw(drawn()):
        assert faults(svg) == []


def test_the_parser_finds_what_it_is_there_for() -> None:
    wide, _ = plot.draw(drawn())
    assert faults(wide.replace("</g></svg>", '<text x="700" y="100">far too long for here</text></g></svg>'))
    twice = wide.replace("</g></svg>", '<text x="300" y="100">one</text><text x="302" y="101">two</text></g></svg>')
    assert faults(twice) == ["'one' covers 'two'"]


@pytest.mark.parametrize("missing", ["title", "description"])
def test_a_chart_without_title_or_description_stops_the_report(missing: str) -> None:
    with pytest.raises(ReleaseError, match="no title or no description"):
        plot.draw(drawn(**{missing: " "}))


def test_a_screen_reader_meets_one_image_with_name_and_description() -> None:
    root = ElementTree.fromstring(plot.draw(drawn())[0])
    assert root.attrib["role"] == "img"
    assert root[0].attrib["id"] == root.attrib["aria-labelledby"]
    assert root[1].attrib["id"] == root.attrib["aria-describedby"]
    assert [child.attrib.get("aria-hidden") for child in root[2:]] == ["true"]


def test_every_mark_of_the_wide_drawing_names_its_row() -> None:
    wide, _ = plot.draw(drawn())
    assert len(references(wide)) == 20


def test_hidden_is_hatched_and_says_so_and_no_line_crosses_it() -> None:
    points = [point(2012, 40.0), point(2013, None, word="skjult", hidden=True), point(2014, 42.0)]
    wide, _ = plot.draw(drawn(series=(Series("Etnisk minoritet", GROUPS[0], tuple(points)),)))
    assert "skjult" in wide
    assert "<pattern" in wide
    assert "<polyline" not in wide


def test_not_collected_and_not_delivered_are_words_without_a_hatch() -> None:
    points = [
        point(2012, 40.0),
        point(2013, None, word="ikke talt"),
        point(2014, None, word="ikke leveret"),
        point(2015, 41.0),
    ]
    wide, narrow = plot.draw(drawn(series=(Series("Alle", GROUPS[0], tuple(points)),)))
    assert {"ikke talt", "ikke leveret"} <= {b.text for b in boxes(wide)[2]}
    assert "<pattern" not in wide
    assert faults(wide) == faults(narrow) == []


def test_two_reasons_in_one_year_are_both_written() -> None:
    first = Series("A", GROUPS[0], (point(2012, 40.0), point(2013, None, word="ikke talt"), point(2014, 41.0)))
    second = Series("B", GROUPS[1], (point(2012, 50.0), point(2013, None, word="findes ikke"), point(2014, 51.0)))
    for svg in plot.draw(drawn(series=(first, second))):
        words = " ".join(b.text for b in boxes(svg)[2])
        assert "ikke talt" in words
        assert "findes ikke" in words
        assert faults(svg) == []


def test_zero_is_a_point_on_the_axis_and_not_a_gap() -> None:
    points = tuple(Point(float(y), 0.0, ref="r", shown="0") for y in (2013, 2014))
    wide, _ = plot.draw(drawn(series=(Series("", GROUPS[0], points, valued=True),), whole=True, floor=True))
    assert len(references(wide)) == 2
    assert "<pattern" not in wide


def test_hatching_shows_no_height() -> None:
    """The hatched column is as high as the plot, whatever the neighbours are."""
    heights = set()
    for value in (5.0, 90.0):
        points = (point(2012, value), point(2013, None, word="skjult", hidden=True), point(2014, value))
        wide, _ = plot.draw(drawn(series=(Series("Alle", GROUPS[0], points),)))
        heights |= set(re.findall(r'height="([\d.]+)" fill="url', wide))
    assert len(heights) == 1


def test_a_line_stops_where_nothing_may_be_compared() -> None:
    points = tuple(
        Point(float(y), 10.0 + y % 2, ref="r", shown="x", chain="a" if y < 2011 else "b") for y in range(2008, 2014)
    )
    wide, _ = plot.draw(drawn(series=(Series("Alle", GROUPS[0], points),), breaks=(Break(2010.5, 1, False),)))
    assert wide.count("<polyline") == 2


def test_breaks_in_one_place_have_their_numbers_above_each_other() -> None:
    breaks = (Break(2009.5, 1, False), Break(2009.5, 2, True), Break(2009.6, 3, False))
    for svg in plot.draw(drawn(breaks=breaks)):
        assert faults(svg) == []


def test_limit_and_no_difference_stand_apart() -> None:
    lines = (Line(0.0, "Ingen forskel", False), Line(-0.4, "Grænse −0,4", True))
    points = tuple(point(y, float(y % 3), 1.0) for y in range(2010, 2016))
    for svg in plot.draw(drawn(series=(Series("", GROUPS[0], points, joined=False),), lines=lines, zone=(-0.4, None))):
        assert faults(svg) == []


def test_a_chart_with_synthetic_figures_says_so_three_times_behind_the_marks() -> None:
    for svg in plot.draw(drawn(watermark="SYNTETISKE TAL")):
        assert svg.count(">SYNTETISKE TAL</text>") == 3
        assert svg.index(">SYNTETISKE TAL</text>") < svg.index("<polyline")


def test_a_description_is_escaped() -> None:
    wide, _ = plot.draw(drawn(title="<b>", description='a "quote" & <i>'))
    assert ElementTree.fromstring(wide)[0].text == "<b>"


@given(
    st.lists(st.one_of(st.none(), st.floats(0.5, 95)), min_size=2, max_size=14),
    st.lists(st.one_of(st.none(), st.floats(0.5, 95)), min_size=2, max_size=14),
    st.sampled_from(["skjult", "ikke talt", "ikke leveret", "does not exist"]),
)
def test_no_text_leaves_or_covers_whatever_the_figures_are(
    first: list[float | None], second: list[float | None], word: str
) -> None:
    groups = []
    for label, style, values in (("Etnisk minoritet", GROUPS[0], first), ("Dansk oprindelse", GROUPS[1], second)):
        points = tuple(
            point(2006 + i, v, 3.0, **({} if v is not None else {"word": word})) for i, v in enumerate(values)
        )
        groups.append(Series(label, style, points))
    for svg in plot.draw(drawn(series=tuple(groups), floor=True, breaks=(Break(2006.5, 1, True),))):
        assert faults(svg) == []


@given(st.lists(st.integers(0, 2000), min_size=1, max_size=14))
def test_values_at_points_never_meet(values: list[int]) -> None:
    points = tuple(Point(2006.0 + i, float(v), ref="r", shown=danish(v, 0)) for i, v in enumerate(values))
    series = (Series("", GROUPS[0], points, valued=True),)
    for svg in plot.draw(drawn(series=series, whole=True, floor=True, lines=(Line(21, "Højst 21", True),))):
        assert faults(svg) == []


def forest(count: int, logarithmic: bool) -> Rows:
    values = [(0.4 + 0.3 * i) if logarithmic else -20.0 + 7 * i for i in range(count)]
    made = tuple(
        Row(
            f"{i}. Sammenhængende ophold over 120 dage: Baseline 2009, etnisk minoritet",
            (Mark(v, GROUPS[0], v * 0.8 if logarithmic else v - 5, v * 1.4 if logarithmic else v + 5, f"t/{i}/value"),),
            zone=(-10.0, None) if i == 0 and not logarithmic else None,
        )
        for i, v in enumerate(values)
    )
    even = 1.0 if logarithmic else 0.0
    return Rows("forest", "Forskelle", "Fra til.", made, danish, even, logarithmic, watermark="SYNTETISKE TAL")


@pytest.mark.parametrize("logarithmic", [False, True])
def test_a_forest_has_a_row_each_and_no_text_over_another(logarithmic: bool) -> None:
    for svg in rows.draw(forest(9, logarithmic)):
        assert faults(svg) == []
        assert len(references(svg)) == 9


def test_a_hidden_row_says_so() -> None:
    chart = Rows("r", "t", "d", (Row("A", (Mark(None, GROUPS[0], word="skjult", ref="x"),)),), danish, 0.0)
    wide, _ = rows.draw(chart)
    assert "skjult" in wide
    assert "url(#r-wide-hidden)" in wide


def a_strip(**change: object) -> Strip:
    found = {
        "name": "s",
        "title": "t",
        "description": "d",
        "verdict": "not_met",
        "limit": -10.0,
        "even": 0.0,
        "higher_is_better": True,
        "ratio": False,
        "estimate": -12.0,
        "low": -17.0,
        "high": -7.0,
        "ref": "t/1/estimate",
    } | change
    return Strip(**found)  # type: ignore[arg-type]


def _limit_and_zone(svg: str) -> tuple[float, float, float]:
    zone = re.search(r'<rect x="([\d.]+)" y="5" width="([\d.]+)"', svg)
    assert zone
    limit = re.findall(r'<line x1="([\d.]+)" y1="1"', svg)
    return float(limit[0]), float(zone[1]), float(zone[1]) + float(zone[2])


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"higher_is_better": False, "limit": 1.1, "even": 1.0, "ratio": True, "estimate": 1.6, "low": 1.4, "high": 1.8},
    ],
)
def test_in_a_strip_right_is_always_better(change: dict[str, object]) -> None:
    limit, start, end = _limit_and_zone(strip.draw(a_strip(**change)))
    assert start == pytest.approx(limit, abs=0.2)
    assert end == pytest.approx(strip.WIDTH, abs=0.2)
    # both of these figures are on the wrong side of their limit
    mark = re.search(r'data-ref="t/1/estimate" d=".*?M([\d.]+) [\d.]+h', strip.draw(a_strip(**change)))
    assert mark
    assert float(mark[1]) < limit


def test_a_strip_writes_no_number() -> None:
    assert boxes(strip.draw(a_strip()))[2] == []


def test_a_strip_without_a_figure_is_hatched() -> None:
    assert "<pattern" in strip.draw(a_strip(estimate=None))
