"""The joint plan: block by block, what is hidden of everything a release would print, and the proof.

Confidential: reasons and certificates never leave; what leaves is the same sign for every hidden row.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from handleplan_pipeline.catalogue import Catalogue
from handleplan_pipeline.disclosure import ContradictionError, InfeasibleError
from handleplan_pipeline.lake.withheld import withheld
from handleplan_pipeline.protection.asked import Asked, Asker, Mask, pairs
from handleplan_pipeline.protection.blocks import Block, names_in, who_of
from handleplan_pipeline.protection.counted import (
    ROW,
    blocks_of,
    linked_blocks,
    needs_protection,
    tables_of,
    without_value,
)
from handleplan_pipeline.protection.earlier import Earlier
from handleplan_pipeline.protection.giving_up import CONTRADICTION, TOO_FEW, Ladder, Step, Why
from handleplan_pipeline.protection.kinds import Kind
from handleplan_pipeline.protection.packed import digest, pack
from handleplan_pipeline.protection.primary import rows_of
from handleplan_pipeline.protection.processes import for_each
from handleplan_pipeline.protection.search import Found, search
from handleplan_pipeline.protection.system import BlockSystem, RowKey, Table, ancestries_in, incomplete


@dataclass
class Planned:
    """The plan of all blocks: a row per printed row, and a row per certificate."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    certificates: list[dict[str, Any]] = field(default_factory=list)


class Planner:
    """Everything the blocks share."""

    def __init__(
        self,
        catalogue: Catalogue,
        tables: Mapping[str, Table],
        earlier: Earlier,
        salt: str = "",
        own: frozenset[Kind] | None = None,
    ) -> None:
        self.tables, self.salt = tables, salt
        self.asker = Asker(catalogue, tables, earlier)
        self.ladder = Ladder(catalogue, earlier)
        self.own = own or frozenset()
        self._held = None if own is None else names_in(k.pattern for k in own)
        # the blocks with the kinds of persons that were found here and are not pinned
        self.of_this_lake = {b.id: b for b in linked_blocks(catalogue, own=own)} if own else {}

    def of(self, system: tuple[Block, int]) -> Planned:
        return self.block(*system)

    def block(self, block: Block, base_year: int) -> Planned:
        """The plan of one block. Where no persons make up the counts, nothing of the block and year is printed.

        That is a fault of deliveries, which stops no other block; and nothing proves itself. Of a series from a summed
        data set a lake holds no persons and so no kinds, and the pinned ones need not make up all counts: that is none.

        Pinned kinds of persons come first, and of those the ones that stand as somebody of this lake does; then those
        of this lake too. A row that was not delivered holds nobody, unless the other counts say otherwise: then nothing
        is known of it.
        """
        for tables in (self.tables, incomplete(self.tables)):
            try:
                return self._plan(self._ways(block, tables, base_year))
            except InfeasibleError:
                # what earlier releases printed gives a count away: a release that prints nothing here adds nothing
                return self._nothing_of(BlockSystem(block, self.tables, base_year), TOO_FEW)
            except ContradictionError:
                continue
        of_no_person = self._held is not None and not names_in(block.atoms) <= self._held
        return self._nothing_of(BlockSystem(block, self.tables, base_year), TOO_FEW if of_no_person else CONTRADICTION)

    def _nothing_of(self, system: BlockSystem, because: str) -> Planned:
        planned = Planned()
        for row in rows_of(system.cells):
            gone = not self._stands(row)
            why = Why("rows", because) if gone else None
            planned.rows.append(_row(system, row, gone, "given_up" if gone else None, why))
        return planned

    def _stands(self, row: RowKey) -> bool:
        """Whether another body prints this row, as we did before."""
        mine = self.tables[row.indicator].rows.get((row.year, row.slice))
        printed = (r.counts.get(row, mine) for r in self.asker.earlier.releases)
        public = self.ladder.policy.is_public(row.indicator, row.slice.population_group)
        return public and all(c == mine for c in printed)

    def _ways(self, block: Block, tables: Mapping[str, Table], base_year: int) -> Iterator[Asked]:
        """The same question with more and more kinds of persons for certificates."""
        codes = ancestries_in(block, self.tables, base_year)
        asked = self.asker.of(BlockSystem(block, tables, base_year, codes))
        if (mine := self.of_this_lake.get(block.id)) is not None:
            yield asked.among(asked.system.leaves.standing_as(who_of(block, self.own)))
        yield asked
        if mine is not None:
            yield self.asker.of(BlockSystem(mine, tables, base_year, codes))

    def _plan(self, ways: Iterable[Asked]) -> Planned:
        """As before if that still protects everything, or as much as can be printed: headline rows are given up last.

        Raises InfeasibleError where not even hiding everything protects a count, and ContradictionError where no way
        has persons who make up the counts.
        """
        possible = _Ways(ways)
        rows = list(rows_of(possible.first.system.cells))
        before = self.ladder.before(rows)
        if self.asker.pattern_before(possible.first) is not None:
            try:
                system, found = possible.search(before, self.asker.pattern_before)
                return self._planned(system, found, before, {})
            except InfeasibleError:
                pass
        first: InfeasibleError | None = None
        for forgetting in (False, True) if possible.first.sure.any() else (False,):
            for step in self.ladder.steps(rows, possible.first.as_before):
                try:
                    system, found = possible.search(step, forgetting=forgetting)
                    return self._planned(system, found, step, self.ladder.mostly_hidden(rows, found.rows))
                except InfeasibleError as e:
                    first = first or e
        assert first is not None
        raise first

    def _planned(self, system: BlockSystem, found: Found, step: Step, useless: Step) -> Planned:
        """`step`: rows given up before the search; `useless`: those that are given up after it."""
        planned, rows, hidden = Planned(), rows_of(system.cells), found.rows
        together = {r for pair in pairs(system, rows) if useless.keys() & set(pair) for r in pair}
        for row in rows:
            given_up = step.get(row) if row in hidden else None
            suppressed = row in hidden or row in useless or row in together
            reason = found.reasons.get(row, "given_up" if row in useless else "secondary") if suppressed else None
            planned.rows.append(_row(system, row, suppressed, reason, given_up or useless.get(row)))
        for position, (bounds, pair) in sorted(found.certificates.items()):
            planned.certificates.append(_certificate(system, system.cells[position].key, bounds, pair, self.salt))
        return planned


class _Ways:
    """Ways to ask about one block, of which those whose persons cannot make up the counts are left out."""

    def __init__(self, ways: Iterable[Asked]) -> None:
        self._more = iter(ways)
        self.first = next(self._more)
        self._asked = [self.first]

    def search(
        self, step: Step, fixed: Callable[[Asked], Mask | None] = lambda _: None, forgetting: bool = False
    ) -> tuple[BlockSystem, Found]:
        """The first answer. Raises InfeasibleError where no way has one, ContradictionError where all are out.

        `fixed`: the cells to hide and no others, in each way's own cells: other persons make other differences follow.
        """
        error: InfeasibleError | None = None
        n = 0
        while n < len(self._asked) or self._another():
            try:
                return self._asked[n].system, search(self._asked[n].without(step, forgetting), fixed(self._asked[n]))
            except ContradictionError:
                del self._asked[n]
            except InfeasibleError as e:
                error, n = error or e, n + 1
        raise error or ContradictionError("no possible persons make up the counts.")

    def _another(self) -> bool:
        another = next(self._more, None)
        self._asked += [] if another is None else [another]
        return another is not None


def _row(
    system: BlockSystem, row: RowKey, hidden: bool, reason: str | None, given_up: Why | None = None
) -> dict[str, Any]:
    what, why = given_up or (None, None)
    return {
        "indicator_id": row.indicator,
        "year": row.year,
        "population_group": row.slice.population_group,
        "sex": row.slice.sex,
        "age_group": row.slice.age_group,
        "hidden": hidden,
        "reason": reason,
        "given_up": what,
        "given_up_because": why,
        "block": system.block.id,
        "base_year": system.base_year,
    }


def _certificate(
    system: BlockSystem, key: str, bounds: tuple[int, int], pair: Sequence[Any], salt: str
) -> dict[str, Any]:
    low, high = bounds
    said = {
        "block": system.block.id,
        "base_year": system.base_year,
        "cell": key,
        "low": low,
        "high": high,
        "leaves": system.width,
        "salt": salt,
        "low_table": pack(pair[0]),
        "high_table": pack(pair[1]),
    }
    return said | {"sha256": digest(said)}


@withheld("cell.suppression_plan")
def make_plan(
    catalogue: Catalogue,
    cells: pl.DataFrame,
    earlier: Earlier | None = None,
    salt: str = "",
    own: frozenset[Kind] | None = None,
) -> Planned:
    """The joint plan over all linked cells. Raises DisclosureError where something cannot be protected.

    `own`: kinds of persons found in this lake, none of series from summed data sets; None where nobody looked. `salt`
    is what nobody outside knows, so that the digest of the certificates confirms no guess (`packed.digest`).
    """
    tables = tables_of(catalogue, cells)
    planner = Planner(catalogue, tables, earlier or Earlier(), salt, own)
    systems = blocks_of(catalogue, tables)
    whole = Planned()
    for part in for_each(planner.of, systems):
        whole.rows += part.rows
        whole.certificates += part.certificates
    _hide_what_has_no_value(catalogue, cells, whole)
    return whole


def _hide_what_has_no_value(catalogue: Catalogue, cells: pl.DataFrame, planned: Planned) -> None:
    """A quantile with too few persons beside it is printed as hidden (methods 4.2, rule 5); its persons may stand."""
    gone = {tuple(r) for r in cells.filter(needs_protection(catalogue) & without_value()).select(ROW).iter_rows()}
    for r in planned.rows:
        if not r["hidden"] and tuple(r[c] for c in ROW) in gone:
            r |= {"hidden": True, "reason": "small_denominator"}


def no_plan(catalogue: Catalogue, cells: pl.DataFrame) -> Planned:
    """Everything printed and nothing proved: disclosure control switched off by the explicit word."""
    tables = tables_of(catalogue, cells)
    planned = Planned()
    for block, base_year in blocks_of(catalogue, tables):
        system = BlockSystem(block, tables, base_year)
        planned.rows += [_row(system, row, False, None) for row in rows_of(system.cells)]
    return planned
