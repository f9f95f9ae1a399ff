"""A chart over years: groups with their intervals, limits, breaks, and words where there is no figure.

Each plot is drawn twice, wide and narrow, never one drawing scaled down.
"""

from dataclasses import dataclass, field

from handleplan_pipeline.report.charts import axes
from handleplan_pipeline.report.charts.axes import Axis, Shown
from handleplan_pipeline.report.charts.palette import GRID, HATCH, INK, QUIET, WHITE, ZONE, Style
from handleplan_pipeline.report.charts.shapes import mark, upright_bar
from handleplan_pipeline.report.charts.svg import Drawing, marked, number, width_of, wrapped


@dataclass(frozen=True)
class Point:
    """A figure of one year, or the word for why there is none. `at` is the place on the axis of years.

    Points of different `chain`s are not comparable: no line joins them.
    """

    at: float
    value: float | None = None
    low: float | None = None
    high: float | None = None
    ref: str | None = None
    word: str = ""
    hidden: bool = False
    shape: str = ""
    shown: str = ""
    chain: str = ""


@dataclass(frozen=True)
class Series:
    """A group: its points in order of years, its `label` at their end; with `valued` each value at its point."""

    label: str
    style: Style
    points: tuple[Point, ...]
    joined: bool = True
    valued: bool = False


@dataclass(frozen=True)
class Line:
    """A horizontal line with its words: the limit (dashed, bold), or no difference (solid)."""

    value: float
    label: str
    limit: bool


@dataclass(frozen=True)
class Break:
    """Where a series breaks; `number` points to the list under the chart."""

    at: float
    number: int
    comparable: bool


@dataclass(frozen=True)
class Plot:
    """What is drawn. `zone` is what the rule allows, open ends are None; `floor` when 0 is the least possible."""

    name: str
    title: str
    description: str
    series: tuple[Series, ...]
    shown: Shown
    lines: tuple[Line, ...] = ()
    breaks: tuple[Break, ...] = ()
    zone: tuple[float | None, float | None] | None = None
    whole: bool = False
    floor: bool = False
    watermark: str = ""
    extra: tuple[float, ...] = field(default=())


@dataclass(frozen=True)
class _Size:
    kind: str
    width: float
    height: float
    text: float
    label_room: float
    offset: float

    def ref(self, point: Point) -> str | None:
        """The row of a point; the narrow drawing is the same chart again and leaves them out."""
        return point.ref if self.kind == "wide" else None


WIDE = _Size("wide", 720, 330, 13, 170, 9)
NARROW = _Size("narrow", 340, 280, 12, 92, 6)
END_GAP = 8.0
COLUMN = 20.0
GAP_WORD = 13.0
"""Least distance of two upright words; where years stand closer, the first of a run says it for them."""


class _Canvas:
    """The places of one drawing of a plot."""

    def __init__(self, plot: Plot, size: _Size) -> None:
        self.plot, self.size = plot, size
        self.drawing = Drawing(size.width, size.height, f"{plot.name}-{size.kind}")
        self.axis = value_axis(plot)
        ats = [p.at for s in plot.series for p in s.points]
        self.first, self.last = min(ats), max(ats)
        self.blocks = _end_blocks(plot, self.axis, size)
        labels = [width_of(t, size.text, bold=True) for b in self.blocks for t in b.lines]
        ticks = [width_of(plot.shown(t, self.axis.decimals), size.text) for t in self.axis.ticks]
        self.lanes = _lanes(plot.breaks, (size.width - 120) / max(1.0, self.last - self.first))
        self.left = max(ticks) + 12
        self.right = size.width - (max(labels) + END_GAP + 10 if labels else 14)
        over = 16 if any(s.valued for s in plot.series) else 0
        self.top = 12 + over + 20 * max((lane + 1 for lane in self.lanes.values()), default=0)
        self.bottom = size.height - 30

    def x(self, at: float) -> float:
        room = 14 + self.size.offset
        if self.last == self.first:
            return (self.left + self.right) / 2
        return self.left + room + (self.right - self.left - 2 * room) * (at - self.first) / (self.last - self.first)

    def y(self, value: float) -> float:
        return self.axis.place(value, self.bottom, self.top)

    def shift(self, index: int) -> float:
        return (index - (len(self.plot.series) - 1) / 2) * self.size.offset


@dataclass(frozen=True)
class _Block:
    """Words at the right end of a series or a line, at the height of `value`."""

    value: float
    lines: tuple[str, ...]
    colour: str
    bold: bool


def value_axis(plot: Plot) -> Axis:
    """The axis of values: everything that is drawn lies on it."""
    points = [p for s in plot.series for p in s.points if p.value is not None]
    values = [v for p in points for v in (p.value, p.low, p.high) if v is not None]
    values += [line.value for line in plot.lines] + list(plot.extra)
    return axes.linear(values or [0.0, 1.0], floor=plot.floor, whole=plot.whole)


def _end_blocks(plot: Plot, axis: Axis, size: _Size) -> list[_Block]:
    found = []
    for s in plot.series:
        known = [p for p in s.points if p.value is not None]
        if s.label:
            value = known[-1].value if known and known[-1].value is not None else (axis.low + axis.high) / 2
            last = [known[-1].shown] if known else []
            found.append(
                _Block(value, (*wrapped(s.label, size.text, size.label_room, True), *last), s.style.colour, True)
            )
    for line in plot.lines:
        words = wrapped(line.label, size.text, size.label_room, line.limit)
        found.append(_Block(line.value, tuple(words), INK if line.limit else QUIET, line.limit))
    return found


def _lanes(breaks: tuple[Break, ...], per_year: float) -> dict[int, int]:
    """The row of each break's number above the plot, so that none covers another."""
    ends: list[float] = []
    found = {}
    for b in sorted(breaks, key=lambda b: (b.at, b.number)):
        at = b.at * per_year
        lane = next((i for i, end in enumerate(ends) if at - end >= 20), len(ends))
        ends[lane : lane + 1] = [at]
        found[b.number] = lane
    return found


def draw(plot: Plot) -> tuple[str, str]:
    """The plot as two SVG texts, wide and narrow. Raises ReleaseError without title or description."""
    return _draw(plot, WIDE), _draw(plot, NARROW)


def _draw(plot: Plot, size: _Size) -> str:
    canvas = _Canvas(plot, size)
    _ground(canvas)
    _breaks(canvas)
    _gaps(canvas)
    for i, series in enumerate(plot.series):
        _series(canvas, i, series)
    _lines(canvas)
    _ends(canvas)
    return canvas.drawing.svg(plot.title, plot.description, size.kind)


def _ground(c: _Canvas) -> None:
    """Zone, watermark, grid and the words of both axes."""
    d, plot = c.drawing, c.plot
    if plot.zone is not None:
        low, high = (v if v is not None else end for v, end in zip(plot.zone, (c.axis.low, c.axis.high), strict=True))
        d.box(c.left, c.y(high), c.right - c.left, c.y(low) - c.y(high), ZONE)
    if plot.watermark:
        d.watermark(plot.watermark, c.left, c.top, c.right, c.bottom)
    lines = "".join(f"M{number(c.left)} {number(c.y(t))}H{number(c.right)}" for t in c.axis.ticks)
    d.add(f'<path d="{lines}" stroke="{GRID}"/>')
    for tick in c.axis.ticks:
        d.text(c.left - 6, c.y(tick) + 4.5, plot.shown(tick, c.axis.decimals), c.size.text, "end", QUIET)
    d.line(c.left, c.bottom, c.right, c.bottom, QUIET, 1)
    first, last = round(c.first), round(c.last)
    for year in axes.years(first, last, c.x(c.last) - c.x(c.first)):
        d.text(c.x(year), c.bottom + 19, str(year), c.size.text, "middle", QUIET)


def _breaks(c: _Canvas) -> None:
    """Numbered circles on upright lines: heavy dashes where nothing may be compared, dots for context."""
    for b in c.plot.breaks:
        x, y = c.x(b.at), 12 + 20 * c.lanes[b.number]
        c.drawing.line(x, y + 9, x, c.bottom, QUIET, *((1.2, "1 4") if b.comparable else (1.8, "6 4")))
        circle = (
            f'<circle cx="{number(x)}" cy="{number(y)}" r="8.5" fill="{WHITE}" stroke="{QUIET}" stroke-width="1.2"/>'
        )
        c.drawing.add(circle)
        c.drawing.text(x, y + 4, str(b.number), 11, "middle", INK)


def _gaps(c: _Canvas) -> None:
    """Words where there is no figure; what is hidden is hatched. The hatch never shows a height."""
    by_year: dict[float, list[tuple[int, Point]]] = {}
    for i, s in enumerate(c.plot.series):
        for p in s.points:
            if p.value is None:
                by_year.setdefault(p.at, []).append((i, p))
    fill, written = "", -1e9
    for at, missing in sorted(by_year.items()):
        for x, width, points in _columns(c, at, missing):
            if any(p.hidden for p in points):
                fill = fill or c.drawing.hatching(HATCH)
                c.drawing.box(x - width / 2, c.top, width, c.bottom - c.top, fill, 0.5)
            word = Drawing(0, 0, "")
            if x - written >= GAP_WORD:
                words = " / ".join(dict.fromkeys(p.word for p in points))
                word.text(x + 4, c.bottom - 8, words, 12, "start", INK, upright=True, rim=True)
                written = x
            for i, p in enumerate(points):
                c.drawing.add(marked(c.size.ref(p), "".join(word.parts) if i == 0 else ""))


def _columns(c: _Canvas, at: float, missing: list[tuple[int, Point]]) -> list[tuple[float, float, list[Point]]]:
    """Place and width of the columns of a year: one for all groups alike, one each where there is room."""
    alike = len(missing) == len(c.plot.series) and len({p.word for _, p in missing}) == 1
    span = c.last - c.first
    room = (c.x(c.last) - c.x(c.first)) / span if span else c.right - c.left
    if alike or room < 4 * c.size.offset:
        return [(c.x(at), min(COLUMN, room), [p for _, p in missing])]
    return [(c.x(at) + c.shift(i) * 1.6, 14.0, [p]) for i, p in missing]


def _series(c: _Canvas, index: int, series: Series) -> None:
    shift, colour = c.shift(index), series.style.colour
    if series.joined:
        for run in _runs(series.points):
            path = " ".join(f"{number(c.x(p.at) + shift)},{number(c.y(p.value or 0.0))}" for p in run)
            dash = f' stroke-dasharray="{series.style.dash}"' if series.style.dash else ""
            c.drawing.add(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2.4"{dash}/>')
    known = [p for p in series.points if p.value is not None]
    c.drawing.add(f'<g fill="{colour}" stroke="{colour}" stroke-width="1.6">')
    for p in known:
        x, y = c.x(p.at) + shift, c.y(p.value or 0.0)
        bar = upright_bar(x, y, c.y(p.low), c.y(p.high)) if p.low is not None and p.high is not None else ""
        c.drawing.add(mark(p.shape or series.style.shape, x, y, bar, c.size.ref(p)))
    c.drawing.add("</g>")
    if series.valued:
        _values(c, known, colour)


def _runs(points: tuple[Point, ...]) -> list[list[Point]]:
    """Points that may be joined: neighbours with a figure and of one chain."""
    runs: list[list[Point]] = [[]]
    for p in points:
        if p.value is None or (runs[-1] and runs[-1][-1].chain != p.chain):
            runs.append([])
        if p.value is not None:
            runs[-1].append(p)
    return [r for r in runs if len(r) > 1]


def _values(c: _Canvas, known: list[Point], colour: str) -> None:
    """The values above their points, as far as there is room beside each other."""
    written: list[tuple[float, float, float]] = []
    for p in reversed(known):
        width = width_of(p.shown, c.size.text, True)
        x = c.x(p.at)
        y = c.y(p.high if p.high is not None else p.value or 0.0) - 9
        free = all(abs(x - wx) >= (width + ww) / 2 + 3 or abs(y - wy) >= c.size.text + 2 for wx, wy, ww in written)
        if free:
            c.drawing.text(x, y, p.shown, c.size.text, "middle", colour, bold=True, rim=True)
            written.append((x, y, width))


def _lines(c: _Canvas) -> None:
    for line in c.plot.lines:
        y = c.y(line.value)
        c.drawing.line(c.left, y, c.right, y, INK, *((2.0, "7 4") if line.limit else (1.2, "")))


def _ends(c: _Canvas) -> None:
    """Words at the right: each as near to its height as the others allow."""
    height = c.size.text + 2
    if not c.blocks:
        return
    tallest = max(len(b.lines) for b in c.blocks)
    least = max(34.0, tallest * height + 4) if len(c.blocks) > 1 else 0.0
    half = tallest * height / 2
    wanted = [c.y(b.value) for b in c.blocks]
    room = max(c.bottom + 20 - half, c.top + half)
    for b, middle in zip(c.blocks, axes.apart(wanted, least, c.top + half - 6, room), strict=True):
        y = middle - len(b.lines) * height / 2 + c.size.text - 1
        for i, text in enumerate(b.lines):
            c.drawing.text(c.right + END_GAP, y + i * height, text, c.size.text, "start", b.colour, b.bold)
