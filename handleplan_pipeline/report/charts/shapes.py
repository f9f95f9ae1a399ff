"""Shapes of points and of badges. A shape says what a colour says, for print, greyscale and forced colours."""

from html import escape

from handleplan_pipeline.report.charts.palette import BADGES, HATCH, WHITE
from handleplan_pipeline.report.charts.svg import number as n

VERDICTS = {
    "met": "circle",
    "not_met": "square",
    "clearly_not_met": "diamond",
    "cannot_tell": "ring",
    "not_due": "faint",
}
"""Shape of a point by verdict."""
RADIUS = 4.5
SIGN = 'fill="none" stroke="#ffffff" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round"'


HOLLOW = {"ring": "", "hollow": "", "faint": f' stroke="{HATCH}"'}
"""Shapes with nothing inside, and what else sets them apart."""


def outline(shape: str, x: float, y: float, radius: float = RADIUS) -> str:
    """The path of a shape around a point."""
    r = radius
    if shape in ("circle", "ring", "faint"):
        arc = f"{n(r)} {n(r)} 0 1 0"
        return f"M{n(x - r)} {n(y)}a{arc} {n(2 * r)} 0 {arc} {n(-2 * r)} 0z"
    if shape == "square":
        a = 0.9 * r
        return f"M{n(x - a)} {n(y - a)}h{n(2 * a)}v{n(2 * a)}h{n(-2 * a)}z"
    if shape in ("diamond", "hollow"):
        a = 1.25 * r
        return f"M{n(x)} {n(y - a)}l{n(a)} {n(a)} {n(-a)} {n(a)} {n(-a)} {n(-a)}z"
    down = {"triangle": 1.0, "down": -1.0}[shape]
    a = 1.1 * r
    return f"M{n(x)} {n(y - down * 1.2 * r)}l{n(a)} {n(down * 2.1 * r)}h{n(-2 * a)}z"


def mark(
    shape: str,
    x: float,
    y: float,
    bar: str = "",
    ref: str | None = None,
    radius: float = RADIUS,
    width: float | None = None,
) -> str:
    """One mark with its interval as a single path, in a group that has its colour as fill and stroke."""
    where = f' data-ref="{escape(ref)}"' if ref else ""
    inside = f' fill="{WHITE}"{HOLLOW[shape]}' if shape in HOLLOW else ""
    thick = f' stroke-width="{n(width)}"' if width else ""
    return f'<path{where}{inside}{thick} d="{bar}{outline(shape, x, y, radius)}"/>'


def upright_bar(x: float, y: float, low: float, high: float, radius: float = RADIUS) -> str:
    """The path of an upright interval with caps, open where the mark at `y` stands."""
    left = n(x - 4)
    above = f"M{left} {n(high)}h8m-4 0V{n(y - radius)}" if high < y - radius else f"M{left} {n(high)}h8"
    below = f"M{left} {n(low)}h8m-4 0V{n(y + radius)}" if low > y + radius else f"M{left} {n(low)}h8"
    return above + below


def lying_bar(x: float, y: float, low: float, high: float, radius: float = RADIUS, cap: float = 4) -> str:
    """The path of an interval along a row with caps, open where the mark at `x` stands."""
    ends = ((low, min(low, x - radius), x - radius), (high, max(high, x + radius), x + radius))
    path = ""
    for end, _, edge in ends:
        path += f"M{n(end)} {n(y - cap)}v{n(2 * cap)}" if cap else ""
        if (end < edge) == (end < x) and abs(end - x) > radius:
            path += f"M{n(end)} {n(y)}H{n(edge)}"
    return path


def badge(verdict: str) -> str:
    """The 16 x 16 sign of a badge: circle with tick, square with bar, diamond with cross, rings."""
    colour = BADGES[verdict]
    ring = f'<circle cx="8" cy="8" r="6.4" fill="none" stroke="{colour}" stroke-width="1.8"'
    line = f'fill="none" stroke="{colour}" stroke-width="1.6" stroke-linecap="round"'
    inside = {
        "met": f'<circle cx="8" cy="8" r="7.5" fill="{colour}"/><path d="M4.5 8.2l2.4 2.5 4.6-5" {SIGN}/>',
        "not_met": f'<rect x="1" y="1" width="14" height="14" fill="{colour}"/><path d="M4.5 8h7" {SIGN}/>',
        "clearly_not_met": f'<path d="M8 0l8 8-8 8-8-8z" fill="{colour}"/>'
        f'<path d="M5.7 5.7l4.6 4.6m0-4.6l-4.6 4.6" {SIGN}/>',
        "cannot_tell": f'{ring}/><path d="M6 6.3a2 2 0 1 1 2.9 1.8c-.6.3-.9.6-.9 1.2" {line}/>'
        f'<circle cx="8" cy="11.7" r="1" fill="{colour}"/>',
        "suppressed": f'<rect x="1.5" y="1.5" width="13" height="13" fill="none" stroke="{colour}" stroke-width="1.6"/>'
        f'<path d="M2 8l6-6M2 14L14 2M8 14l6-6" {line}/>',
        "not_measurable": f'{ring} stroke-dasharray="3 2.2"/><path d="M4 12l8-8" {line}/>',
        "not_due": f'{ring}/><path d="M8 4.6V8l2.4 1.7" {line}/>',
    }[verdict]
    return (
        f'<svg class="sign sign-{verdict}" aria-hidden="true" viewBox="0 0 16 16" width="16" height="16">{inside}</svg>'
    )
