"""Base years that are printed whole: only there is it seen all that a person does.

Who is counted in one series and not in another because the other is not printed, or looks into a year that nobody has
delivered, is no kind of person. What is printed follows from the catalogue and from what was delivered, never from
whether somebody happens to be counted.
"""

from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from handleplan_pipeline.catalogue import Catalogue
from handleplan_pipeline.cells.count import Count
from handleplan_pipeline.cells.tabulate import left_edges, years_of
from handleplan_pipeline.protection.kinds import CountedSeries, era_of

EVER = range(1990, 2051)
"""Years in which every first year and every rhythm of the catalogue has its turn. Ours, version 1."""
BESIDE = 10
"""So many periods before and after them no definition looks beyond. Ours, version 1."""
Names = frozenset[str]


def eras_of(catalogue: Catalogue, series: Iterable[CountedSeries]) -> tuple[int, ...]:
    """The base years from which on a register exists that a series was counted without before."""
    found = set()
    for s in series:
        indicator = catalogue.indicator(s.indicator)
        for source, first in indicator.exists_from.items():
            found |= {first - offset - s.shift for offset in indicator.needs.get(source, ())}
    return tuple(sorted(found))


def of_eras(catalogue: Catalogue, counts: Iterable[Count]) -> Names:
    """The names that are counted with a register that did not always exist."""
    begun = {source for i in catalogue.indicators for source in i.exists_from}
    return Names(c.like or c.indicator for c in counts if begun & catalogue.indicator(c.indicator).needs.keys())


def printed_years(catalogue: Catalogue, count: Count, delivered: pl.DataFrame, candidates: Sequence[int]) -> list[int]:
    """The years in which an indicator is printed. `delivered`: source and period."""
    indicator = catalogue.indicator(count.indicator)
    # the series of a baseline begin with it
    first = indicator.first_year if indicator.kind == "baseline" else count.first_year
    return years_of(count, indicator, delivered, [y for y in candidates if y >= first])


def whole_years(
    catalogue: Catalogue,
    counts: Sequence[Count],
    shifts: Mapping[str, int],
    eras: Sequence[int],
    delivered: pl.DataFrame,
) -> dict[int, Names]:
    """The base years that print, without a left edge, every name that any base year of their era can print, and these.

    `counts`: of the same persons, who stand in no others. Registers of which nothing was delivered are never printed,
    so nothing is missing without them.
    """
    ever: dict[int | None, Names] = {}
    for base, names in _printed(catalogue, counts, shifts, _always(catalogue, delivered), EVER).items():
        end = era_of(base, eras)
        ever[end] = ever.get(end, Names()) | names
    here = _printed(catalogue, counts, shifts, delivered, _periods(delivered))
    return {base: names for base, names in sorted(here.items()) if names == ever[era_of(base, eras)]}


def names_by_year(
    catalogue: Catalogue, counts: Sequence[Count], shifts: Mapping[str, int], delivered: pl.DataFrame
) -> dict[int, Names]:
    """By base year, the names that are printed of it, left edges or not."""
    return _printed(catalogue, counts, shifts, delivered, _periods(delivered), left_edge_too=True)


def _periods(delivered: pl.DataFrame) -> range:
    periods = delivered["period"].to_list()
    return range(min(periods), max(periods) + 1) if periods else range(0)


def _printed(
    catalogue: Catalogue,
    counts: Sequence[Count],
    shifts: Mapping[str, int],
    delivered: pl.DataFrame,
    candidates: Sequence[int],
    *,
    left_edge_too: bool = False,
) -> dict[int, Names]:
    """The names that are printed of each base year, but for years that look back into what was not delivered."""
    found: dict[int, set[str]] = {}
    for c in counts:
        name = c.like or c.indicator
        if name in shifts:
            years = printed_years(catalogue, c, delivered, candidates)
            edges = () if left_edge_too else left_edges(catalogue.indicator(c.indicator), delivered, years)
            for y in set(years) - set(edges):
                found.setdefault(y - shifts[name], set()).add(name)
    return {base: Names(names) for base, names in found.items()}


def _always(catalogue: Catalogue, delivered: pl.DataFrame) -> pl.DataFrame:
    """Every period of the sources that were delivered, since they exist."""
    rows = []
    for source in delivered["source"].unique().sort():
        first = max(i.exists_from.get(source, EVER[0] - BESIDE) for i in catalogue.indicators)
        rows += [(source, p) for p in range(first, EVER[-1] + BESIDE)]
    return pl.DataFrame(rows, schema={"source": pl.String, "period": pl.Int64}, orient="row")
