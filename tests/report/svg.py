"""Reads drawings back: where each text lies, by the widths of the widest font that is asked for."""

import re
from dataclasses import dataclass
from xml.etree import ElementTree

SPACE = "{http://www.w3.org/2000/svg}"
# Widths of DejaVu Sans in thousandths of its size, read from the font by hand: narrow, usual, wide
WIDTHS = {
    " ": 318,
    "i": 278,
    "l": 278,
    "j": 278,
    "t": 392,
    "f": 352,
    "r": 411,
    "I": 295,
    ".": 318,
    ",": 318,
    ":": 337,
    "'": 275,
    "(": 390,
    ")": 390,
    "-": 361,
    "m": 974,
    "w": 818,
    "M": 863,
    "W": 989,
    "%": 950,
    "s": 521,
    "k": 579,
    "c": 550,
    "z": 525,
    "−": 838,
    "–": 500,
    "a": 613,
    "e": 615,
    "o": 612,
    "n": 634,
    "d": 635,
    "g": 635,
    "u": 634,
    "p": 635,
    "å": 613,
    "ø": 612,
    "v": 592,
    "y": 592,
    "h": 634,
    "b": 635,
    "q": 635,
    "æ": 982,
    "Æ": 974,
    "E": 632,
    "D": 770,
    "S": 635,
    "G": 775,
    "N": 748,
    "H": 752,
    "K": 656,
    "T": 611,
    "F": 575,
    "Y": 611,
}
USUAL, BOLD = 690, 1.11


@dataclass(frozen=True)
class Box:
    text: str
    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: "Box") -> bool:
        across = min(self.right, other.right) - max(self.left, other.left)
        down = min(self.bottom, other.bottom) - max(self.top, other.top)
        return across > 1 and down > 1


def width(text: str, size: float, bold: bool) -> float:
    found = sum(636 if c.isdigit() else WIDTHS.get(c, USUAL) for c in text)
    return found / 1000 * size * (BOLD if bold else 1)


def boxes(svg: str) -> tuple[float, float, list[Box]]:
    """Width and height of a drawing and the place of each of its texts; the watermark lies behind everything."""
    root = ElementTree.fromstring(svg)
    _, _, across, down = map(float, root.attrib["viewBox"].split())
    found = []
    for group in root.iter(f"{SPACE}g"):
        default = float(group.attrib.get("font-size", "0")) or None
        if default is None:
            continue
        for text in group.iter(f"{SPACE}text"):
            if text.attrib.get("class") == "watermark":
                continue
            found.append(_box(text, default))
    return across, down, found


def _box(text: ElementTree.Element, default: float) -> Box:
    said = "".join(text.itertext())
    size = float(text.attrib.get("font-size", default))
    x, y = float(text.attrib["x"]), float(text.attrib["y"])
    long = width(said, size, text.attrib.get("font-weight") == "700")
    start = {"start": 0.0, "middle": -long / 2, "end": -long}[text.attrib.get("text-anchor", "start")]
    turn = re.match(r"rotate\(-90 ", text.attrib.get("transform", ""))
    if turn:
        return Box(said, x - 0.75 * size, y - start - long, x + 0.2 * size, y - start)
    return Box(said, x + start, y - 0.75 * size, x + start + long, y + 0.2 * size)


def faults(svg: str) -> list[str]:
    """Texts that leave the drawing, and pairs that cover each other."""
    across, down, found = boxes(svg)
    said = [
        f"{b.text!r} leaves the drawing"
        for b in found
        if b.left < -1 or b.top < -1 or b.right > across + 1 or b.bottom > down + 1
    ]
    for i, one in enumerate(found):
        said += [f"{one.text!r} covers {other.text!r}" for other in found[i + 1 :] if one.overlaps(other)]
    return said


def references(svg: str) -> list[str]:
    return re.findall(r'data-ref="([^"]+)"', svg)
