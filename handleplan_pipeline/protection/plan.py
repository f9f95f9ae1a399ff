"""The joint plan: block by block, what is hidden of everything a release would print, and the proof.

Confidential: reasons and certificates never leave; what leaves is the same sign for every hidden row.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from handleplan_pipeline.catalogue import Catalogue, Indicator
from handleplan_pipeline.disclosure import (
    ContradictionError,
    DisclosureError,
    InfeasibleError,
    Protection,
    attack,
    protect,
    verify,
)
from handleplan_pipeline.lake.withheld import withheld
from handleplan_pipeline.protection.blocks import Block
from handleplan_pipeline.protection.counted import blocks_of, linked_blocks, protected_indicators, tables_of
from handleplan_pipeline.protection.earlier import Earlier, known_from
from handleplan_pipeline.protection.fill import possible_counts
from handleplan_pipeline.protection.inference import Limits, learn
from handleplan_pipeline.protection.kinds import Kind
from handleplan_pipeline.protection.packed import digest, pack
from handleplan_pipeline.protection.primary import Primaries, Thresholds, near, primaries, rows_of
from handleplan_pipeline.protection.system import NEVER, BlockSystem, Cell, RowKey, Table, ancestries_in, values_of


@dataclass
class Planned:
    """The plan of all blocks: a row per printed row, a row per certificate, and the loss."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    certificates: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Planner:
    """Everything the blocks share."""

    catalogue: Catalogue
    tables: Mapping[str, Table]
    earlier: Earlier
    salt: str = ""
    own: frozenset[Kind] = frozenset()

    @cached_property
    def thresholds(self) -> Thresholds:
        d = self.catalogue.disclosure
        return Thresholds(*(int(d.number(n)) for n in ("threshold", "largest_sensitive", "least_denominator")))

    @cached_property
    def indicators(self) -> dict[str, Indicator]:
        return protected_indicators(self.catalogue)

    @cached_property
    def earlier_tables(self) -> list[dict[str, Table]]:
        """The tables of each earlier release."""
        return [known_from(self.catalogue, r) for r in self.earlier.releases]

    @cached_property
    def of_this_lake(self) -> dict[str, Block]:
        """The blocks with the kinds of persons that were found here and are not pinned."""
        return {b.id: b for b in linked_blocks(self.catalogue, own=self.own)}

    def block(self, block: Block, base_year: int) -> Planned:
        """The plan of one block. Raises InfeasibleError naming the rows that cannot be protected.

        Pinned kinds of persons come first, then those of this lake too. A row that was not delivered holds nobody,
        unless the other counts say otherwise: then nothing is known of it.
        """
        codes = ancestries_in(block, self.tables, base_year)
        partial = {name: replace(table, complete=False) for name, table in self.tables.items()}
        for tables in (self.tables, partial):
            infeasible: InfeasibleError | None = None
            for kinds in (block, self.of_this_lake[block.id]):
                try:
                    return self._plan(BlockSystem(kinds, tables, base_year, codes))
                except ContradictionError:
                    continue
                except InfeasibleError as e:
                    infeasible = infeasible or e
            # knowing less would protect it, but who reads the tables knows
            if infeasible is not None:
                raise infeasible
        raise ContradictionError(
            f"{block.id}:{base_year}: the counts do not add up, so nobody can say what follows from them. Nothing is "
            "released; compare the deliveries behind them."
        )

    def _plan(self, system: BlockSystem) -> Planned:
        cells = system.cells
        values = possible_counts(system, cells, self.thresholds.threshold)
        blanked = {i for i, c in enumerate(cells) if c.value is None and c.row is not None}
        found = primaries(cells, values, blanked, self.thresholds)
        known = self._known(system, cells, values, found)
        if not found.mask.any() and not found.forced:
            return Planned([_row(system, row, False, None) for row in rows_of(cells)])
        limits, disclosed = Limits.of(ceilings(cells)), True
        while disclosed:
            # what is never printed, not sensitive and told nothing by the rule needs no row in the system
            used = [i for i, c in enumerate(cells) if c.kind != NEVER or found.mask[i] or limits.learned[i]]
            part, known_part = found.at(used), known[used]
            done, asked = self._protect(
                system, [cells[i] for i in used], values[used], known_part, part, limits.at(used)
            )
            hidden = np.ones(len(cells), dtype=bool)
            hidden[used] = done.suppressed
            disclosed = self._disclosed(system, values, hidden, found, done, limits)
        planned = Planned()
        for row, positions in rows_of(cells).items():
            suppressed = any(hidden[i] for i in positions)
            reason = found.reasons.get(row, "secondary") if suppressed else None
            planned.rows.append(_row(system, row, suppressed, reason))
        for position, pair in sorted(done.certificates.items()):
            bounds = int(asked.low[position]), int(asked.high[position])
            planned.certificates.append(_certificate(system, cells[used[position]], bounds, pair, self.salt))
        return planned

    def _disclosed(
        self,
        system: BlockSystem,
        values: npt.NDArray[np.int64],
        hidden: npt.NDArray[np.bool_],
        found: Primaries,
        done: Protection,
        limits: Limits,
    ) -> bool:
        """Whether who knows the rule learns more of this pattern than `limits` says; adds it there."""
        t, least = self.thresholds.threshold, self.thresholds.least_denominator
        # of few residents less is asked than [1, T], so the rule tells nothing of them
        open_cells = [
            i
            for i, c in enumerate(system.cells)
            if hidden[i] and not found.mask[i] and (c.residents is None or c.residents >= least)
        ]
        tables = [table for pair in done.certificates.values() for table in pair]
        return learn(system.incidence(), values, hidden, open_cells, tables, limits, t)[0]

    def _known(
        self, system: BlockSystem, cells: Sequence[Cell], values: npt.NDArray[np.int64], found: Primaries
    ) -> npt.NDArray[np.bool_]:
        """Counts that are public or were printed before; revisions and variants add their requirements.

        Where any count changed since, what was hidden stays hidden: together with the old print it could tell.
        """
        known, rows = np.zeros(len(cells), dtype=bool), rows_of(cells)
        public = {(p.indicator, p.population_group) for p in self.catalogue.disclosure.public_rows}
        before = [values_of(BlockSystem(system.block, t, system.base_year)) for t in self.earlier_tables]
        for i, c in enumerate(cells):
            printed = [b[c.key] for b in before if c.key in b]
            for other in set(printed):
                near(found, i, int(values[i]), other, self.thresholds, c.row, "revision")
            if c.row is None:
                continue
            known[i] = (c.row.indicator, c.row.slice.population_group) in public
            known[i] |= bool(printed) and printed[-1] == values[i]
            for other in self._variants(c):
                near(found, i, int(values[i]), other, self.thresholds, c.row, "variant")
        if any(b.get(c.key, v) != v for b in before for c, v in zip(cells, values.tolist(), strict=True)):
            for row in rows.keys() & self.earlier.hidden:
                found.hide(row, "revision")
        for pair in _pairs(system, rows):
            if found.forced & set(pair):
                for row in pair:
                    found.hide(row, "secondary")
        return known

    def _variants(self, cell: Cell) -> list[int]:
        """The same count in the series this one is a variant of."""
        assert cell.row is not None
        found = []
        for v in self.catalogue.disclosure.variants:
            if v.indicator != cell.row.indicator or v.of not in self.tables or v.part not in (None, cell.part):
                continue
            other = self.tables[v.of].rows.get((cell.row.year, cell.row.slice))
            value = None if other is None else getattr(other, v.of_part or cell.part)
            found += [] if value is None else [value]
        return found

    def _protect(
        self,
        system: BlockSystem,
        cells: list[Cell],
        values: npt.NDArray[np.int64],
        known: npt.NDArray[np.bool_],
        found: Primaries,
        limits: Limits,
    ) -> tuple[Protection, Primaries]:
        """The pattern of these cells, proved, and what was asked of it: less than `found` where residents forbid more.

        Raises InfeasibleError naming the counts that cannot be protected.
        """
        rows = rows_of(cells)
        numbers = {row: n for n, row in enumerate(rows)}
        for row, other in _pairs(system, rows):
            numbers[row] = numbers[other]
        together = np.array([len(rows) + i if c.row is None else numbers[c.row] for i, c in enumerate(cells)])
        unprinted = np.array([c.kind == NEVER or (c.row in found.forced and not known[i]) for i, c in enumerate(cells)])
        weights = self._weights(cells, values, rows)
        weights[unprinted] = 0.0
        matrix, top = system.incidence(cells), limits.most

        def protection(asked: Primaries) -> Protection:
            done = protect(
                matrix,
                values,
                asked.mask,
                asked.low,
                asked.high,
                weights,
                known,
                together=together,
                unprinted=unprinted,
                maximum=top,
                minimum=limits.least,
            )
            report = verify(
                matrix,
                values,
                done.suppressed,
                asked.low,
                asked.high,
                done.certificates,
                maximum=top,
                minimum=limits.least,
            )
            if not report.ok:
                raise DisclosureError(f"{system.name}: {len(report.failures)} counts are not proved protected.")
            return done

        try:
            return protection(found), found
        except InfeasibleError as e:
            relaxed = _within_what_is_public(found, matrix, e.cells, top)
            if relaxed is None:
                raise _named(system, cells, e) from None
        try:
            return protection(relaxed), relaxed
        except InfeasibleError as e:
            raise _named(system, cells, e) from None

    def _weights(
        self, cells: Sequence[Cell], values: npt.NDArray[np.int64], rows: Mapping[RowKey, list[int]]
    ) -> npt.NDArray[np.float64]:
        """What hiding a row costs, spread over its counts."""
        d = self.catalogue.disclosure
        weights = np.zeros(len(cells))
        for row, positions in rows.items():
            cost = float(np.log1p(max(int(values[i]) for i in positions)))
            if (indicator := self.indicators.get(row.indicator)) is not None:
                whole = (row.slice.sex, row.slice.age_group) == (indicator.sex, indicator.age_group)
                compared = indicator.kind == "headline" and row.slice.population_group in indicator.population_groups
                cost *= d.number("margin_weight") if whole else 1
                cost *= d.number("headline_weight" if whole else "compared_weight") if compared else 1
            if row in self.earlier.hidden:
                cost *= d.number("hidden_before_weight")
            weights[positions] = cost / len(positions)
        return weights


def _pairs(system: BlockSystem, rows: Mapping[RowKey, list[int]]) -> Iterator[tuple[RowKey, RowKey]]:
    """Rows that are shown or hidden together (`shown_with`)."""
    other = {s.indicator: s.shown_with for s in system.block.series if s.shown_with}
    for row in rows:
        if row.indicator in other and (pair := row._replace(indicator=str(other[row.indicator]))) in rows:
            yield row, pair


def _named(system: BlockSystem, cells: Sequence[Cell], e: InfeasibleError) -> InfeasibleError:
    """The same error with the counts by name."""
    names = ", ".join(cells[i].key for i in e.cells[:10])
    return InfeasibleError(
        e.cells,
        f"{system.name}: {len(e.cells)} sensitive counts follow from what is printed elsewhere or was printed before: "
        f"{names}. Nothing is released until a person decides.",
    )


def _within_what_is_public(
    found: Primaries, matrix: Any, cells: Sequence[int], top: npt.NDArray[np.float64]
) -> Primaries | None:
    """What asks of these cells no more than is possible for who knows the numbers of residents and nothing else.

    Of one resident nobody can believe five. None where that asks no less than `found`.
    """
    nothing = np.ones(top.size, dtype=bool)
    lows, highs = found.low.copy(), found.high.copy()
    for cell, (least, most) in attack(matrix, np.zeros(top.size), nothing, cells, maximum=top).items():
        low, high = max(int(found.low[cell]), int(least)), min(float(found.high[cell]), most)
        lows[cell], highs[cell] = low, int(high)
    unchanged = np.array_equal(lows, found.low) and np.array_equal(highs, found.high)
    return None if unchanged else replace(found, low=lows, high=highs)


def ceilings(cells: Sequence[Cell]) -> npt.NDArray[np.float64]:
    """What anybody knows a count cannot exceed: the number of residents."""
    return np.array([np.inf if c.residents is None else float(c.residents) for c in cells])


def _row(system: BlockSystem, row: RowKey, hidden: bool, reason: str | None) -> dict[str, Any]:
    return {
        "indicator_id": row.indicator,
        "year": row.year,
        "population_group": row.slice.population_group,
        "sex": row.slice.sex,
        "age_group": row.slice.age_group,
        "hidden": hidden,
        "reason": reason,
        "block": system.block.id,
        "base_year": system.base_year,
    }


def _certificate(
    system: BlockSystem, cell: Cell, bounds: tuple[int, int], pair: tuple[Any, Any], salt: str
) -> dict[str, Any]:
    low, high = bounds
    said = {
        "block": system.block.id,
        "base_year": system.base_year,
        "cell": cell.key,
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
    own: frozenset[Kind] = frozenset(),
) -> Planned:
    """The joint plan over all linked cells. Raises DisclosureError where something cannot be protected.

    `own`: kinds of persons found in this lake.
    `salt` is what nobody outside knows, so that the digest of the certificates confirms no guess (`packed.digest`).
    """
    tables = tables_of(catalogue, cells)
    planner = Planner(catalogue, tables, earlier or Earlier(), salt, own)
    whole = Planned()
    for block, base_year in blocks_of(catalogue, tables):
        part = planner.block(block, base_year)
        whole.rows += part.rows
        whole.certificates += part.certificates
    return whole


def no_plan(catalogue: Catalogue, cells: pl.DataFrame) -> Planned:
    """Everything printed and nothing proved: disclosure control switched off by the explicit word."""
    tables = tables_of(catalogue, cells)
    planned = Planned()
    for block, base_year in blocks_of(catalogue, tables):
        system = BlockSystem(block, tables, base_year)
        planned.rows += [_row(system, row, False, None) for row in rows_of(system.cells)]
    return planned
