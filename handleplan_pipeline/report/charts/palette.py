"""Colours and their contrast. Every colour of the report is named here, so that one test reckons all of them."""

from collections.abc import Sequence
from dataclasses import dataclass

WHITE = "#ffffff"
ZONE = "#e7eef5"
INK = "#1a1a1a"
QUIET = "#595959"
GRID = "#d9d9d9"
WATERMARK = "#cccccc"
HATCH = "#8c8c8c"
BANNER = "#3b1a5a"
LINK = "#0b3c6f"
SOFT = "#f3f5f7"


@dataclass(frozen=True)
class Style:
    """How a group is drawn: colour, shape of its points and dashes of its line; none of them tells it alone."""

    colour: str
    shape: str
    dash: str = ""


GROUPS = (
    Style("#0b3c6f", "circle"),
    Style("#b35400", "diamond", "6 3"),
    Style("#6a1b6a", "square", "2 3"),
    Style("#00594c", "triangle", "9 3 2 3"),
    Style("#595959", "down", "1 4"),
)
"""The group in focus first, then its reference, then the others."""
BADGES = {
    "met": "#00573a",
    "not_met": "#8a2500",
    "clearly_not_met": "#6d0018",
    "cannot_tell": "#3d3d3d",
    "suppressed": "#3d3d3d",
    "not_measurable": "#3d3d3d",
    "not_due": "#3d3d3d",
}


def luminance(colour: str) -> float:
    """Relative luminance of `#rrggbb`, 0 to 1 (WCAG 2.2)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast of two colours, 1 to 21 (WCAG 2.2)."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def at_most(styles: Sequence[Style], wanted: int) -> Sequence[Style]:
    """The first `wanted` styles. Raises ValueError when so many groups could not be told apart in one chart."""
    if wanted > len(styles):
        raise ValueError(f"{wanted} groups in one chart; at most {len(styles)} can be told apart")
    return styles[:wanted]
