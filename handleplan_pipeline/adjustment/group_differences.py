"""Amounts compared between two groups: persons drawn again with all their years, so that dependence is kept.

Each person comes a Poisson(1) number of times, so that how many there are varies as well.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from handleplan_pipeline.adjustment.resample import DRAWS, Bootstrap, Draws, limits_of

OWN, CHANGE = "group_difference", "group_difference_change"
"""The difference between the groups in a year, and its change since the baseline year."""
AT_ONCE = 250
"""Draws held in memory together."""
METHOD = "person-bootstrap"
Amounts = npt.NDArray[np.float64]


class Compared(NamedTuple):
    """A difference of a year, or its change since `base`."""

    year: int
    base: int | None
    quantity: str
    drawn: Bootstrap


class Known(NamedTuple):
    """What is known of a group in a year: its figure, the figure of each draw, and whether quantiles may be told."""

    estimate: float
    draws: Draws
    told: bool


def group_differences(
    frame: pl.DataFrame, group: str, reference: str, base: int, seed: int, beside: int, quantile: float | None = None
) -> Iterator[Compared]:
    """Figure of `group` less figure of `reference` by year, and its change since `base`.

    `frame`: person, year, population_group, amount; a person may have several amounts a year. The figure is the sum of
    all amounts or, with `quantile`, that quantile of them. A quantile is left out where fewer than `beside` persons of
    a group lie on either side of it or of its own limits: a limit is a quantile too (methods 4.2, rule 5).
    """
    persons = frame.select("person").unique().height
    both = frame.group_by("person").agg(pl.col("year").n_unique())["year"]
    share = float((both > 1).mean() or 0.0)  # type: ignore[arg-type]
    rng = np.random.default_rng(seed)
    one, other = (
        _known(frame.filter(pl.col("population_group") == g), rng, beside, quantile) for g in (group, reference)
    )

    def difference(year: int) -> tuple[float, Draws]:
        return one[year].estimate - other[year].estimate, one[year].draws - other[year].draws

    years = [y for y in sorted(one.keys() & other.keys()) if one[y].told and other[y].told]
    for year in years:
        own, draws = difference(year)
        yield Compared(year, None, OWN, _bootstrap(own, draws, persons, share))
        if base in years and year > base:
            then, drawn_then = difference(base)
            yield Compared(year, base, CHANGE, _bootstrap(own - then, draws - drawn_then, persons, share))


def _bootstrap(estimate: float, draws: Draws, persons: int, share: float) -> Bootstrap:
    """Limits of the draws, never narrower than to hold the estimate."""
    low90, high90, low95, high95 = limits_of(draws)
    limits = min(low90, estimate), max(high90, estimate), min(low95, estimate), max(high95, estimate)
    return Bootstrap(estimate, *limits, persons, share, None, METHOD)


def _known(mine: pl.DataFrame, rng: np.random.Generator, beside: int, quantile: float | None) -> dict[int, Known]:
    """What is known of one group by year; each person is drawn equally often in all its years."""
    if not mine.height:
        return {}
    # sorted by what they did, so that the order of pseudonyms changes nothing
    did = pl.concat_str("year", "amount", separator=":").sort().str.join(";")
    order = mine.group_by("person").agg(did=did).sort("did").with_row_index("at")
    rows = mine.join(order.select("person", "at"), on="person").sort("year", "amount", "at")
    times = rng.poisson(1.0, (DRAWS, order.height)).astype(np.int16)
    found = {}
    for (year,), part in rows.group_by("year", maintain_order=True):
        at, values = part["at"].to_numpy(), part["amount"].to_numpy().astype(float)
        if quantile is None:
            own, draws = float(values.sum()), times[:, at] @ values
            found[int(year)] = Known(own, draws, True)  # type: ignore[call-overload]
        else:
            once = np.ones((1, order.height), dtype=np.int16)
            own = float(_quantiles(once, at, values, quantile)[0])
            draws = _quantiles(times, at, values, quantile)
            _, _, low, high = limits_of(draws)
            reach = [_persons(at[values <= min(low, own)]), _persons(at[values >= max(high, own)])]
            found[int(year)] = Known(own, draws, min(reach) >= beside)  # type: ignore[call-overload]
    return found


def _persons(at: npt.NDArray[np.int64]) -> int:
    return int(np.unique(at).size)


def _quantiles(times: npt.NDArray[np.int16], at: npt.NDArray[np.int64], values: Amounts, quantile: float) -> Draws:
    """The quantile of `values` (sorted), each as often as its person comes; NaN of nobody."""
    parts = []
    for first in range(0, len(times), AT_ONCE):
        up_to = np.cumsum(times[first : first + AT_ONCE, at], axis=1, dtype=np.int32)
        number = up_to[:, -1]
        place = np.maximum(number - 1, 0) * quantile
        low, high = np.floor(place), np.ceil(place)
        a, b = (values[np.minimum((up_to <= k[:, None]).sum(axis=1), values.size - 1)] for k in (low, high))
        parts.append(np.where(number > 0, a + (place - low) * (b - a), np.nan))
    return np.concatenate(parts)
