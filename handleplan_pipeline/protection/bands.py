"""Age bands and sexes as sets of leaves: which finest classes a printed label covers."""

import re
from collections.abc import Iterable
from itertools import pairwise

from handleplan_pipeline.cells.groups import UNKNOWN

OLDEST = 200
TOTAL = "total"
Range = tuple[int, int]


def span(label: str) -> Range | None:
    """First and last age of a label such as `15`, `15-17` or `65+`; None for a label in words."""
    if m := re.fullmatch(r"(\d+)(?:-(\d+)|(\+))?", label):
        first = int(m.group(1))
        return first, OLDEST if m.group(3) else int(m.group(2) or first)
    return None


def _gaps(whole: Range, parts: list[Range]) -> list[Range]:
    """What is left of `whole` where none of `parts` lies."""
    found, first = [], whole[0]
    for a, b in sorted(p for p in parts if whole[0] <= p[0] and p[1] <= whole[1]):
        if first < a:
            found.append((first, a - 1))
        first = max(first, b + 1)
    return [*found, (first, whole[1])] if first <= whole[1] else found


class Ages:
    """The finest age classes of a block and what each label covers.

    Raises ValueError when a label is no union of the finest classes: the tables would not be linked as assumed.
    """

    def __init__(self, labels: Iterable[str]) -> None:
        named = sorted(set(labels))
        spans = sorted({s for x in named if (s := span(x)) is not None})
        finest = [s for s in spans if not any(o != s and s[0] <= o[0] and o[1] <= s[1] for o in spans)]
        finest = sorted({*finest, *(gap for s in spans for gap in _gaps(s, finest))})
        if any(a[1] >= b[0] for a, b in pairwise(finest)):
            raise ValueError(f"age groups that cut through each other: {', '.join(named)}")
        self.classes: list[str] = [f"{a}-{b}" for a, b in finest]
        if UNKNOWN in named:
            self.classes.append(UNKNOWN)
        if not self.classes:
            self.classes = [TOTAL]
        self._covers = {x: self._cover(x, finest) for x in named}
        self._finest = finest

    def _cover(self, label: str, finest: list[Range]) -> tuple[int, ...]:
        s = span(label)
        if label == TOTAL:
            return tuple(range(len(self.classes)))
        if s is None:
            return (self.classes.index(label),)
        return tuple(i for i, f in enumerate(finest) if s[0] <= f[0] and f[1] <= s[1])

    def of(self, label: str) -> tuple[int, ...]:
        """Positions of the finest classes under a label."""
        return self._covers[label]

    def class_of(self, age: int | None) -> int:
        """The position of the class of a person of this age; one more than the last where no row is of that age."""
        for i, (first, last) in enumerate(self._finest):
            if age is not None and first <= age <= last:
                return i
        return self.classes.index(UNKNOWN) if age is None and UNKNOWN in self.classes else len(self.classes)


class Sexes:
    """The sexes of a block; a total covers all of them."""

    def __init__(self, labels: Iterable[str]) -> None:
        self.classes = sorted(set(labels) - {TOTAL}) or [TOTAL]

    def of(self, label: str) -> tuple[int, ...]:
        return tuple(range(len(self.classes))) if label == TOTAL else (self.classes.index(label),)
