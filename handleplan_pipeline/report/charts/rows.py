"""A chart of rows on one scale of values: a forest of differences, or pairs of points."""

from collections.abc import Callable
from dataclasses import dataclass

from handleplan_pipeline.report.charts import axes
from handleplan_pipeline.report.charts.axes import Axis, Shown
from handleplan_pipeline.report.charts.palette import GRID, HATCH, INK, QUIET, ZONE, Style
from handleplan_pipeline.report.charts.shapes import lying_bar, mark
from handleplan_pipeline.report.charts.svg import Drawing, marked, width_of, wrapped

WIDE, NARROW = 720.0, 340.0
LABEL_ROOM = 300.0
LINE = 16.0
Place = Callable[[float], float]


@dataclass(frozen=True)
class Mark:
    """A figure on a row, with its interval where it has one; without a value its `word` stands on a hatched row.

    `shape` where it is another than its style's.
    """

    value: float | None
    style: Style
    low: float | None = None
    high: float | None = None
    ref: str | None = None
    word: str = ""
    shape: str = ""


@dataclass(frozen=True)
class Row:
    """One line of the chart. `zone` is what a rule allows on it, where a rule speaks of it."""

    label: str
    marks: tuple[Mark, ...]
    zone: tuple[float | None, float | None] | None = None


@dataclass(frozen=True)
class Rows:
    """What is drawn; `even` is the value that means no difference."""

    name: str
    title: str
    description: str
    rows: tuple[Row, ...]
    shown: Shown
    even: float | None = None
    logarithmic: bool = False
    floor: bool = False
    watermark: str = ""


def draw(chart: Rows) -> tuple[str, str]:
    """Two SVG texts, wide (labels to the left) and narrow (labels above). Raises ReleaseError without a description."""
    return _draw(chart, "wide"), _draw(chart, "narrow")


def axis_of(chart: Rows) -> Axis:
    """The scale that holds every mark."""
    values = [v for r in chart.rows for m in r.marks for v in (m.value, m.low, m.high) if v is not None]
    values += [] if chart.even is None else [chart.even]
    if chart.logarithmic:
        return axes.ratios(values)
    return axes.linear(values or [0.0, 1.0], floor=chart.floor, whole=False)


def _draw(chart: Rows, kind: str) -> str:
    wide = kind == "wide"
    width, text = (WIDE, 13.0) if wide else (NARROW, 12.0)
    room = LABEL_ROOM - 14 if wide else NARROW - 8
    labels = [wrapped(r.label, text, room) for r in chart.rows]
    heights = [max(24.0, LINE * len(lines) + 8) if wide else LINE * len(lines) + 26 for lines in labels]
    left, right, top = (LABEL_ROOM if wide else 14.0), width - 20, 10.0
    bottom = top + sum(heights)
    d = Drawing(width, bottom + 28, f"{chart.name}-{kind}")
    axis = axis_of(chart)

    def x(value: float) -> float:
        return axis.place(value, left, right)

    if chart.watermark:
        d.watermark(chart.watermark, left, top, right, bottom)
    _scale(d, axis, chart, text, left, right, bottom, x)
    y = top
    for row, lines, height in zip(chart.rows, labels, heights, strict=True):
        middle = y + height / 2 if wide else y + height - 11
        _row(d, row, axis, (left, right), middle, x)
        start = middle - LINE * len(lines) / 2 + text - 1 if wide else y + text
        for i, line in enumerate(lines):
            d.text(0, start + i * LINE, line, text, rim=not wide)
        y += height
    return d.svg(chart.title, chart.description, kind)


def _scale(
    d: Drawing, axis: Axis, chart: Rows, text: float, left: float, right: float, bottom: float, x: Place
) -> None:
    shown = [(t, chart.shown(t, axes.decimals_of(t) if chart.logarithmic else axis.decimals)) for t in axis.ticks]
    end = -1e9
    for tick, words in shown:
        at = x(tick)
        d.line(at, 6, at, bottom, GRID, 1)
        half = width_of(words, text) / 2
        if at - half > end + 6:
            d.text(min(at, d.width - half), bottom + 18, words, text, "middle", QUIET)
            end = at + half
    if chart.even is not None:
        d.line(x(chart.even), 4, x(chart.even), bottom, INK, 1.4)


def _row(d: Drawing, row: Row, axis: Axis, ends: tuple[float, float], middle: float, x: Place) -> None:
    if row.zone is not None:
        low, high = (
            end if v is None else x(min(max(v, axis.low), axis.high)) for v, end in zip(row.zone, ends, strict=True)
        )
        d.box(low, middle - 9, high - low, 18, ZONE)
    known = [m.value for m in row.marks if m.value is not None]
    if len(known) > 1:
        d.line(x(min(known)), middle, x(max(known)), middle, QUIET, 1.6)
    for m in row.marks:
        if m.value is None:
            d.box(ends[0], middle - 8, ends[1] - ends[0], 16, d.hatching(HATCH), 0.5)
            word = Drawing(0, 0, "")
            word.text(sum(ends) / 2, middle + 4, m.word, 12, "middle", INK, rim=True)
            d.add(marked(m.ref, "".join(word.parts)))
            continue
        bar = lying_bar(x(m.value), middle, x(m.low), x(m.high)) if m.low is not None and m.high is not None else ""
        drawn = mark(m.shape or m.style.shape, x(m.value), middle, bar, m.ref)
        d.add(f'<g fill="{m.style.colour}" stroke="{m.style.colour}" stroke-width="1.6">{drawn}</g>')
