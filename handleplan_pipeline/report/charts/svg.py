"""A drawing: SVG elements in order, texts with their estimated width, and the name a screen reader meets."""

from dataclasses import dataclass, field
from html import escape

from handleplan_pipeline.errors import ReleaseError
from handleplan_pipeline.report.charts.palette import INK, WATERMARK, WHITE

FONT = "system-ui, 'Segoe UI', 'DejaVu Sans', Arial, sans-serif"
TEXT = 12.0
NARROW, WIDE = set("iljtfrI.,:;'!|()[] "), set("mwMWQ%@—")
"""Letters much narrower or wider than the others."""


def width_of(text: str, size: float, bold: bool = False) -> float:
    """Width of `text` in px, estimated on the wide side (DejaVu Sans, the widest of the fonts asked for)."""
    ems = sum(0.36 if c in NARROW else 0.96 if c in WIDE else 0.72 if c.isupper() else 0.636 for c in text)
    return ems * size * (1.1 if bold else 1.0)


def wrapped(text: str, size: float, room: float, bold: bool = False) -> list[str]:
    """`text` in lines that fit into `room` px; a word that is too long stays whole."""
    lines: list[str] = []
    for word in text.split():
        if lines and width_of(f"{lines[-1]} {word}", size, bold) <= room:
            lines[-1] = f"{lines[-1]} {word}"
        else:
            lines.append(word)
    return lines


def number(value: float) -> str:
    """A coordinate: at most one decimal, no minus zero."""
    return f"{round(value, 1) + 0.0:.1f}".removesuffix(".0")


@dataclass
class Drawing:
    """One SVG of fixed size. `name` makes its ids unique on a page."""

    width: float
    height: float
    name: str
    parts: list[str] = field(default_factory=list)
    mark: str = ""

    def add(self, element: str) -> None:
        self.parts.append(element)

    def line(self, x1: float, y1: float, x2: float, y2: float, colour: str, width: float, dash: str = "") -> None:
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        ends = f'x1="{number(x1)}" y1="{number(y1)}" x2="{number(x2)}" y2="{number(y2)}"'
        self.add(f'<line {ends} stroke="{colour}" stroke-width="{number(width)}"{dashes}/>')

    def box(self, x: float, y: float, width: float, height: float, fill: str, opacity: float = 1) -> None:
        size = f'x="{number(x)}" y="{number(y)}" width="{number(width)}" height="{number(height)}"'
        self.add(f'<rect {size} fill="{fill}"' + (f' fill-opacity="{opacity}"' if opacity < 1 else "") + "/>")

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float = TEXT,
        anchor: str = "start",
        colour: str = INK,
        bold: bool = False,
        upright: bool = False,
        rim: bool = False,
    ) -> None:
        """Text with its baseline at `y`; `upright` is read from below upwards, a `rim` keeps it readable on lines."""
        at = f'x="{number(x)}" y="{number(y)}"'
        turn = f' transform="rotate(-90 {number(x)} {number(y)})"' if upright else ""
        weight = ' font-weight="700"' if bold else ""
        where = f' text-anchor="{anchor}"' if anchor != "start" else ""
        big = f' font-size="{number(size)}"' if size != TEXT else ""
        fill = f' fill="{colour}"' if colour != INK else ""
        edge = f' paint-order="stroke" stroke="{WHITE}" stroke-width="3"' if rim else ""
        self.add(f"<text {at}{turn}{big}{where}{weight}{fill}{edge}>{escape(text)}</text>")

    def watermark(self, text: str, left: float, top: float, right: float, bottom: float) -> None:
        """`text` in grey, three times across the plot, behind the marks; in the title for who hears the drawing."""
        self.mark = text
        middle = (left + right) / 2
        size = min(20.0, 0.8 * (right - left) / max(1.0, width_of(text, 1, True)))
        for i in range(3):
            y = top + (bottom - top) * (i + 0.5) / 3 + 6
            at = f'x="{number(middle)}" y="{number(y)}" transform="rotate(-12 {number(middle)} {number(y)})"'
            style = f'font-size="{number(size)}" font-weight="700" text-anchor="middle" fill="{WATERMARK}"'
            self.add(f'<text class="watermark" {at} {style}>{escape(text)}</text>')

    def hatching(self, colour: str) -> str:
        """The fill of what is hidden; its pattern is written once."""
        found = f"{self.name}-hidden"
        if any(found in part for part in self.parts):
            return f"url(#{found})"
        pattern = (
            f'<pattern id="{found}" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        )
        self.add(f'<defs>{pattern}<path d="M0 0V6" stroke="{colour}" stroke-width="2"/></pattern></defs>')
        return f"url(#{found})"

    def svg(self, title: str, description: str, kind: str) -> str:
        """The whole drawing. Raises ReleaseError without a title or a description."""
        if not title.strip() or not description.strip():
            raise ReleaseError(f"report: the chart {self.name} has no title or no description; it cannot be made.")
        size = f'viewBox="0 0 {number(self.width)} {number(self.height)}"'
        title = f"{title} – {self.mark}" if self.mark else title
        names = f'aria-labelledby="{self.name}-t" aria-describedby="{self.name}-d"'
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="{kind}" role="img" {size} width="{number(self.width)}" '
            f'height="{number(self.height)}" {names} font-family="{FONT}">'
            f'<title id="{self.name}-t">{escape(title)}</title><desc id="{self.name}-d">{escape(description)}</desc>'
            f'<g aria-hidden="true" font-size="{number(TEXT)}" fill="{INK}">'
            f'<rect width="100%" height="100%" fill="{WHITE}"/>{"".join(self.parts)}</g></svg>'
        )


def marked(ref: str | None, elements: str) -> str:
    """Elements that show one row."""
    return f'<g data-ref="{escape(ref)}">{elements}</g>' if ref else elements
