"""Adds persons of the hard cases to the truth: from their own register rows, one person at a time."""

from collections.abc import Sequence
from functools import cached_property
from itertools import product
from typing import TypeVar

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.sources.codes import code_list
from handleplan_pipeline.synthetic.hard.cast import Player
from handleplan_pipeline.synthetic.truth import GROUPS, Place, Sample, Shape, Truth, TruthRow, limits

Where = tuple[str, str]


class Reckoning:
    """Collects what the hard cases add. A unit is a person, or None for one who is nobody that can be found."""

    def __init__(self, crowd: Truth, years: range) -> None:
        self.crowd, self.years = crowd, years
        self.rows: list[TruthRow] = []
        self.samples: dict[Place, Sample] = {}

    @cached_property
    def _lands(self) -> dict[str, str]:
        return dict(code_list("origin_country").select("code", "country_group").rows())

    def groups(self, p: Player | None, year: int) -> set[str]:
        """Groups of a person by ancestry on 1 January of `year` or up to five years before.

        A country that is on no list, blank or Danish makes a minority person neither western nor non-western.
        """
        row = p.row(year) if p is not None else None
        kind = {"1": "danish", "2": "immigrant", "3": "descendant"}.get(row.ie_type if row else "", "unknown")
        found = {"all", kind}
        if kind in ("immigrant", "descendant"):
            found.add("minority")
            land = self._lands.get(row.origin if row else "", "unknown")
            if land in ("western", "non_western"):
                found.add(land)
        return found

    def places(self, p: Player | None, year: int, indicator: str, shape: Shape) -> set[Where]:
        """(sex, age group) of every row of `indicator` in which a person stands."""
        i = load_catalogue().indicator(indicator)
        row = p.row(year) if p is not None else None
        sex = {1: "men", 2: "women"}.get(row.sex if row else 0, "unknown")
        band = "unknown"
        if p is not None and row is not None:
            age = p.age(year)
            band = next((b for b in shape.bands if limits(b)[0] <= age <= limits(b)[1]), "unknown")
        found = {(i.sex, i.age_group)}
        if "sex" in shape.splits:
            found.add((sex, i.age_group))
        if "age" in shape.splits:
            found.add((i.sex, band))
        if "sex_age" in shape.splits:
            found.add((sex, band))
        return found

    def add(
        self,
        indicator: str,
        year: int,
        units: Sequence[Player | None],
        hits: Sequence[bool] | None = None,
        *,
        at: int | None = None,
        per: Sequence[Player] | None = None,
    ) -> None:
        """A share (`hits` given), a rate (`per` is the population) or a count; attributes are those of `at`."""
        at = year if at is None else at
        shape = self.crowd.shapes.get(indicator)
        if shape is None:
            return
        counted: dict[tuple[str, Where], list[int]] = {}
        for k, p in enumerate(units):
            for cell in self._cells(counted, p, at, indicator, shape):
                cell[0] += 1 if hits is None else int(hits[k])
                cell[1] += 1 if hits is not None else 0
        for q in per or ():
            for cell in self._cells(counted, q, at, indicator, shape):
                cell[1] += 1
        for (g, where), (n, d) in counted.items():
            self.row(indicator, year, g, where, n, d or None)

    def _cells(
        self, counted: dict[tuple[str, Where], list[int]], p: Player | None, at: int, indicator: str, shape: Shape
    ) -> list[list[int]]:
        """Numerator and denominator of every cell in which a person stands."""
        places = product(self.groups(p, at) & set(shape.groups), self.places(p, at, indicator, shape))
        return [counted.setdefault(place, [0, 0]) for place in places]

    def row(
        self,
        indicator: str,
        year: int,
        group: str,
        where: Where,
        numerator: int | None,
        denominator: int | None,
        value: float | None = None,
    ) -> None:
        self.rows.append(TruthRow(indicator, year, group, *where, numerator, denominator, value))

    def middle(
        self,
        indicator: str,
        year: int,
        units: Sequence[tuple[Player | None, list[float]]],
        where: Where,
        *,
        share: float = 0.5,
        beside: int = 0,
        groups: Sequence[str] = GROUPS,
    ) -> None:
        """A quantile of the persons' values by group."""
        for g in groups:
            of_persons = [values for p, values in units if g in self.groups(p, year)]
            if of_persons:
                self.samples[Place(indicator, year, g, *where)] = Sample(share, of_persons, beside)

    def into(self) -> None:
        """Adds everything to the crowd's truth: counts add up, quantiles are taken of all together."""
        merged: dict[Place, TruthRow] = {}
        for r in [*self.crowd.rows, *self.rows]:
            place = Place(*r[:5])
            other = merged.get(place)
            merged[place] = r if other is None else _sum(place, other, r)
        for place, sample in self.samples.items():
            own = self.crowd.samples.get(place)
            together = Sample(sample.share, [*(own.of_persons if own else []), *sample.of_persons], sample.beside)
            merged[place] = TruthRow(*place, None, len(together.of_persons), together.quantile)
        self.crowd.rows[:] = [_ratio(merged, r) for r in merged.values()]


Number = TypeVar("Number", int, float)


def _plus(a: Number | None, b: Number | None) -> Number | None:
    return b if a is None else a if b is None else a + b


def _sum(place: Place, a: TruthRow, b: TruthRow) -> TruthRow:
    return TruthRow(
        *place, _plus(a.numerator, b.numerator), _plus(a.denominator, b.denominator), _plus(a.value, b.value)
    )


def _ratio(merged: dict[Place, TruthRow], r: TruthRow) -> TruthRow:
    """I10 is the share of I10_s over that of I10_t, of all together."""
    if r.indicator_id != "I10":
        return r
    s, t = (merged[Place(name, *r[1:5])] for name in ("I10_s", "I10_t"))
    shares = [(x.numerator or 0) / (x.denominator or 1) for x in (s, t)]
    return r._replace(value=shares[0] / shares[1])
