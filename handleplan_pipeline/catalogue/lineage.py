"""Which periods of which sources a figure rests on, by its definition: no list of its own that could fall behind."""

from handleplan_pipeline.catalogue import Catalogue, Indicator

Reads = set[tuple[str, int]]
"""Source and period."""


def reads(catalogue: Catalogue, indicator: Indicator, year: int) -> Reads:
    """Every (source, period) that the definition of an indicator reads for a year.

    The periods it needs, follow-up windows among them; those it looks back into; those it reads for every year. A
    source that brings the rows of another one is read for the same periods; what is read whole is not here.
    """
    found = {(source, year + n) for source, offsets in indicator.needs.items() for n in offsets}
    found |= {(source, year - n) for source, back in indicator.looks_back.items() for n in range(1, back + 1)}
    found |= {(source, period) for source, periods in indicator.always.items() for period in periods}
    there = {(s, p) for s, p in found if p >= indicator.exists_from.get(s, p)}
    twins = [x for x in catalogue.sources if x.stands_in_for and not x.read_whole]
    return there | {(x.id, p) for x in twins for s, p in there if s == x.stands_in_for}


def reads_whole(catalogue: Catalogue, indicator: Indicator) -> set[str]:
    """Sources of which the definition reads every delivery, whatever the year: they complete another one it needs."""
    needed = {*indicator.needs, *indicator.looks_back, *indicator.always}
    return {x.id for x in catalogue.sources if x.read_whole and x.stands_in_for in needed}
