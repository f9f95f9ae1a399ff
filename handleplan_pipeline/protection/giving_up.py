"""What is given up where a block cannot be protected as it is: breakdowns first, the headline's own rows last.

The order is policy (`give_up` in disclosure.yaml), and so is what somebody decided beforehand (`given_up`).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from typing import NamedTuple

from handleplan_pipeline.catalogue import Catalogue
from handleplan_pipeline.catalogue.linkage import GiveUp
from handleplan_pipeline.protection.counted import protected_indicators
from handleplan_pipeline.protection.earlier import Earlier
from handleplan_pipeline.protection.system import RowKey

DECLARED, TOO_FEW, MOSTLY_HIDDEN, CONTRADICTION = "declared", "too_few", "mostly_hidden", "contradiction"
"""Somebody decided beforehand; it could not be protected otherwise; what is left of it would tell its reader little;
counts that do not add up."""


class Why(NamedTuple):
    """What is given up, and why."""

    what: str
    why: str


Step = Mapping[RowKey, Why]
"""Rows that are not printed."""


class Ladder:
    """The steps of giving up, each with all before it."""

    def __init__(self, catalogue: Catalogue, earlier: Earlier) -> None:
        self.policy, self.indicators = catalogue.disclosure, protected_indicators(catalogue)
        self.last = earlier.releases[-1].given_up if earlier.releases else {}

    def steps(self, rows: Sequence[RowKey], as_before: Set[RowKey] = frozenset()) -> Iterator[Step]:
        """What was decided beforehand, then more and more.

        First of what an earlier release did not print: where a row of it is gone, nothing new is printed beside it.
        """
        declared = self._declared(rows)
        last: Step | None = None
        for mine in (frozenset(rows) - as_before, frozenset(rows)):
            step = declared
            for more in (None, *self.policy.give_up):
                gone = frozenset() if more is None else self._of_step(mine, more) - step.keys()
                step = {**step, **dict.fromkeys(gone, Why(more.what, TOO_FEW))} if more is not None else step
                if last is None or not step.keys() <= last.keys():
                    yield step
                    last = step

    def _of_step(self, rows: Collection[RowKey], step: GiveUp) -> frozenset[RowKey]:
        mine = [r for r in rows if step.of == "all" or self.indicators[r.indicator].kind != "headline"]
        return self._matching(mine, step.what)

    def before(self, rows: Collection[RowKey]) -> Step:
        """What the last release gave up of these rows without a decision, and what is decided."""
        last = {r: Why(*self.last[r]) for r in rows if r in self.last}
        return {**{r: w for r, w in last.items() if w.why != DECLARED}, **self._declared(rows)}

    def mostly_hidden(self, rows: Collection[RowKey], hidden: Set[RowKey]) -> dict[RowKey, Why]:
        """Breakdowns of which too little would be shown, where too much of a block and year is hidden.

        Hiding more takes nothing from any certificate. What a reader learns is how much of each was hidden.
        """
        if len(hidden) <= self.policy.number("much_hidden") * len(rows):
            return {}
        parts: dict[tuple[str, ...], list[RowKey]] = {}
        for row in self._matching(rows, "breakdowns"):
            way = "sex" if row.slice.sex != self.indicators[row.indicator].sex else "age"
            parts.setdefault((row.indicator, "breakdowns", row.slice.population_group, way), []).append(row)
        for row in self._matching(rows, "groups") - self._matching(rows, "breakdowns"):
            parts.setdefault((row.indicator, "groups"), []).append(row)
        least = self.policy.number("mostly_hidden")
        gone = ((what, mine) for (_, what, *_), mine in parts.items() if len(hidden & set(mine)) > least * len(mine))
        return {row: Why(what, MOSTLY_HIDDEN) for what, mine in gone for row in mine}

    def _declared(self, rows: Collection[RowKey]) -> Step:
        gone: dict[RowKey, Why] = {}
        for g in self.policy.given_up:
            mine = [r for r in rows if r.indicator == g.indicator and (g.years is None or r.year in g.years)]
            gone |= dict.fromkeys(self._matching(mine, g.what), Why(g.what, DECLARED))
        return gone

    def _matching(self, rows: Collection[RowKey], what: str) -> frozenset[RowKey]:
        """Those of `rows` that are a breakdown, of a group that is not compared, or any."""
        public = self.policy.is_public
        return frozenset(r for r in rows if self._is(r, what) and not public(r.indicator, r.slice.population_group))

    def _is(self, row: RowKey, what: str) -> bool:
        i = self.indicators[row.indicator]
        broken_down = (row.slice.sex, row.slice.age_group) != (i.sex, i.age_group)
        if what == "breakdowns":
            return broken_down
        return what == "rows" or row.slice.population_group not in ("all", *i.population_groups)
