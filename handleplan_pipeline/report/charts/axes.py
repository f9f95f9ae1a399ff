"""Scales and ticks: steps of 1, 2 and 5, years from the latest backwards."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

STARTS_AT_ZERO = 0.35
"""Counts and shares whose lowest value is below this part of the highest begin at 0 (report: chart grammar)."""

LEAST_SPAN = 1e-5
"""Values nearer to each other are one: their ticks would need more than the six decimals that a tick may have."""


@dataclass(frozen=True)
class Axis:
    """A scale of values from `low` to `high` with its ticks; `cut` when it leaves out a zero that is a floor."""

    low: float
    high: float
    ticks: tuple[float, ...]
    decimals: int
    logarithmic: bool = False
    cut: bool = False

    def place(self, value: float, start: float, end: float) -> float:
        """Where `value` lies between the coordinates `start` (lowest) and `end` (highest)."""
        low, high, at = (math.log(v) if self.logarithmic else v for v in (self.low, self.high, value))
        return start + (end - start) * (at - low) / (high - low)


def step_for(span: float, wanted: int, whole: bool) -> float:
    """The smallest step of 1, 2, 2.5 or 5 times a power of ten that needs at most `wanted` steps, whole if asked."""
    rough = span / wanted
    power = 10.0 ** math.floor(math.log10(rough))
    factors = (1, 2, 5, 10) if whole else (1, 2, 2.5, 5, 10)
    found = next(f * power for f in factors if f * power >= rough * (1 - 1e-9))
    return max(1.0, found) if whole else found


def decimals_of(step: float) -> int:
    """Decimals that a tick of this step needs."""
    return next(d for d in range(7) if abs(round(step, d) - step) < 1e-9)


def linear(values: Sequence[float], *, floor: bool, whole: bool, wanted: int = 5) -> Axis:
    """The scale that holds `values`. `floor` when 0 is the least possible (counts, shares), `whole` for counts."""
    low, high = min(values), max(values)
    from_zero = floor and (low < STARTS_AT_ZERO * high or low == high)
    low = min(0.0, low) if from_zero else low
    if high - low < LEAST_SPAN:
        low, high = low - 1, high + 1
    step = step_for(high - low, wanted, whole)
    first = math.floor(low / step + 1e-9)
    last = math.ceil(high / step - 1e-9)
    if floor:
        first = max(0, first)
    ticks = tuple(round(i * step, 9) + 0.0 for i in range(first, last + 1))
    return Axis(ticks[0], ticks[-1], ticks, decimals_of(step), cut=floor and ticks[0] > 0)


def ratios(values: Sequence[float]) -> Axis:
    """A logarithmic scale around 1 that holds `values`, all above 0."""
    low, high = min([0.8, *values]), max([1.25, *values])
    steps = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
    ticks = tuple(t for t in steps if low <= t <= high)
    return Axis(low * 0.95, high * 1.05, ticks, max(decimals_of(t) for t in ticks), logarithmic=True)


def years(first: int, last: int, room: float, least: float = 50) -> list[int]:
    """Years to write under an axis of `room` px: from the latest backwards, every k-th, so that `least` px remain."""
    if last == first:
        return [last]
    every = next(k for k in (1, 2, 3, 4, 5, 10, 20, 50) if room * k / (last - first) >= least or k == 50)
    return sorted(range(last, first - 1, -every))


def apart(wanted: Sequence[float], least: float, low: float, high: float) -> list[float]:
    """Places as near to the wanted ones as possible, in their order, at least `least` apart, within `low` to `high`."""
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    placed: list[float] = []
    for i in order:
        placed.append(max(wanted[i], placed[-1] + least) if placed else max(low, wanted[i]))
    over = max(0.0, placed[-1] - high) if placed else 0.0
    ceiling = high
    for k in range(len(placed) - 1, -1, -1):
        placed[k] = min(placed[k] - (over if k == len(placed) - 1 else 0), ceiling)
        ceiling = placed[k] - least
    found = [0.0] * len(wanted)
    for k, i in enumerate(order):
        found[i] = placed[k]
    return found


Shown = Callable[[float, int], str]
"""Writes a number with so many decimals in the language of the edition."""
