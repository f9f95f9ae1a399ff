"""A strip: where a figure and its interval lie against the limit. No numbers; to the right is always better."""

import math
from dataclasses import dataclass

from handleplan_pipeline.report.charts.palette import BADGES, GRID, HATCH, INK, QUIET, ZONE
from handleplan_pipeline.report.charts.shapes import VERDICTS, lying_bar, mark
from handleplan_pipeline.report.charts.svg import Drawing

WIDTH, HEIGHT = 168.0, 26.0


@dataclass(frozen=True)
class Strip:
    """What a rule judged: `estimate` with its interval, `limit`, and `even`, where there is no difference (or change).

    `higher_is_better` turns the strip so that right is better; `ratio` spaces it by ratios. Without an estimate the
    strip is hatched.
    """

    name: str
    title: str
    description: str
    verdict: str
    limit: float
    even: float | None
    higher_is_better: bool
    ratio: bool
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    ref: str | None = None


def draw(strip: Strip) -> str:
    """The strip as an SVG text. Raises ReleaseError without title or description."""
    d = Drawing(WIDTH, HEIGHT, strip.name)
    middle = HEIGHT / 2
    if strip.estimate is None:
        d.box(0, 4, WIDTH, HEIGHT - 8, d.hatching(HATCH), 0.5)
        return d.svg(strip.title, strip.description, "strip")
    values = [v for v in (strip.estimate, strip.low, strip.high, strip.limit, strip.even) if v is not None]
    log = strip.ratio and min(values) > 0
    scaled = [math.log(v) if log else v for v in values]
    low, high = min(scaled), max(scaled)
    room = (high - low) * 0.12 or 1.0
    low, high = low - room, high + room

    def x(value: float) -> float:
        at = ((math.log(value) if log else value) - low) / (high - low)
        return 4 + (WIDTH - 8) * (at if strip.higher_is_better else 1 - at)

    colour = BADGES.get(strip.verdict, INK)
    d.box(x(strip.limit), 5, WIDTH - x(strip.limit), HEIGHT - 10, ZONE)
    d.line(0, middle, WIDTH, middle, GRID, 1)
    if strip.even is not None and strip.even != strip.limit:
        d.line(x(strip.even), 3, x(strip.even), HEIGHT - 3, QUIET, 1.6, "2 3")
    d.line(x(strip.limit), 1, x(strip.limit), HEIGHT - 1, INK, 2.2)
    bar = ""
    if strip.low is not None and strip.high is not None:
        ends = sorted((x(strip.low), x(strip.high)))
        bar = lying_bar(x(strip.estimate), middle, ends[0], ends[1], radius=5, cap=0)
    shape = VERDICTS.get(strip.verdict, "ring")
    drawn = mark(shape, x(strip.estimate), middle, bar, strip.ref, radius=5)
    d.add(f'<g fill="{colour}" stroke="{colour}" stroke-width="2.4">{drawn}</g>')
    return d.svg(strip.title, strip.description, "strip")
