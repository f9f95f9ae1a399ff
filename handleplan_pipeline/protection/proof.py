"""Rebuilds the attacker's system from what a release prints, and checks every certificate against it.

Knows the release, the certificates and the catalogue; nothing of the lake. The checks of certificates are integer
arithmetic (`disclosure.verify`); the search for what is not certified uses linear programs.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from handleplan_pipeline.catalogue import Catalogue
from handleplan_pipeline.cells.groups import ANCESTRIES, WITH_COUNTRY
from handleplan_pipeline.disclosure import NOT_REQUIRED, DisclosureError, verify
from handleplan_pipeline.protection.blocks import Block, who_of
from handleplan_pipeline.protection.counted import blocks_of, linked_blocks
from handleplan_pipeline.protection.earlier import Printed, printed_rows, split, tables_of_release
from handleplan_pipeline.protection.inference import Limits, Reader
from handleplan_pipeline.protection.kinds import Kind
from handleplan_pipeline.protection.packed import digest, unpack
from handleplan_pipeline.protection.processes import for_each
from handleplan_pipeline.protection.system import BlockSystem, Table, ancestries_in

Ints = npt.NDArray[np.int64]


def printed(release: Path) -> Printed:
    """The rows of a release, official figures left out."""
    return split(printed_rows(release).filter(pl.col("data_kind").ne_missing("official")))


def unproved(
    catalogue: Catalogue, release: Printed, certificates: pl.DataFrame, own: frozenset[Kind] = frozenset()
) -> Iterator[str]:
    """What is not proved: a certificate that fails, or a count that can be told without one.

    `own`: kinds of persons that the pinned ones lack; a block is seen with them where its certificates were.
    """
    tables = tables_of_release(catalogue, release)
    waiting = {at: found.to_dicts() for at, found in certificates.group_by("block", "base_year")}
    of_this_lake = {b.id: [b] for b in linked_blocks(catalogue, own=own)} if own else {}
    asked = [
        (block, base_year, waiting.pop((block.id, base_year), [])) for block, base_year in blocks_of(catalogue, tables)
    ]
    for found in for_each(_Auditor(catalogue, tables, own, of_this_lake), asked):
        yield from found
    for block_id, base_year in waiting:
        yield f"{block_id}:{base_year}: certificates for counts that the release does not print"


@dataclass(frozen=True)
class _Auditor:
    """What a block is looked at with."""

    catalogue: Catalogue
    tables: Mapping[str, Table]
    own: frozenset[Kind]
    of_this_lake: Mapping[str, Sequence[Block]]

    def __call__(self, asked: tuple[Block, int, Sequence[dict[str, Any]]]) -> list[str]:
        block, base_year, certificates = asked
        blocks = [block, *self.of_this_lake.get(block.id, [])]
        system = _system_of(certificates, blocks, self.tables, base_year)
        return list(_of_block(system, certificates, self.catalogue, self.own))


def _system_of(
    certificates: Sequence[dict[str, Any]], blocks: Sequence[Block], tables: Mapping[str, Table], base_year: int
) -> BlockSystem:
    """The system that has as many leaves as the certificates; the first where there are none.

    Somebody's country may not be known, which the hidden rows may not show.
    """
    likely = ancestries_in(blocks[0], tables, base_year)
    both = sorted((WITH_COUNTRY, ANCESTRIES), key=lambda codes: codes != likely)
    systems = (BlockSystem(block, tables, base_year, codes) for block in blocks for codes in both)
    first = next(systems)
    if not certificates:
        return first
    return next((s for s in (first, *systems) if s.width == certificates[0]["leaves"]), first)


def _of_block(
    system: BlockSystem, certificates: Sequence[dict[str, Any]], catalogue: Catalogue, own: frozenset[Kind]
) -> Iterator[str]:
    cells, width = system.cells, system.width
    at = {c.key: i for i, c in enumerate(cells)}
    hidden = np.array([c.value is None for c in cells])
    low = np.full(len(cells), NOT_REQUIRED, np.int64)
    high, tables, read = low.copy(), {}, cache(unpack)
    for r in certificates:
        position = at.get(r["cell"])
        if position is None or r["leaves"] != width or r["sha256"] != digest(r):
            yield f"{system.name}: a certificate does not belong to what is printed ({r['cell']})"
            continue
        low[position], high[position] = r["low"], r["high"]
        try:
            tables[position] = read(r["low_table"]), read(r["high_table"])
        except ValueError:
            yield f"{system.name}: a certificate cannot be read ({r['cell']})"
    threshold = int(catalogue.disclosure.number("threshold"))
    yield from _against_the_rule(system, hidden, low, high, tables, threshold, _columns(system, tables, own))
    largest = int(catalogue.disclosure.number("largest_sensitive"))
    for c in cells:
        # what the plan required of it stands in a certificate only where it was seen to be sensitive
        if c.row is None and c.value is not None and 1 <= c.value <= largest:
            yield f"{system.name}: {c.key}: a count of 1 to {largest} persons follows by subtraction"


def _columns(system: BlockSystem, tables: dict[int, tuple[Ints, Ints]], own: frozenset[Kind]) -> Ints:
    """The leaves that the certificates use: those of persons as this lake has them, if they need no others.

    Who knows that others are possible too can tell less, not more.
    """
    some = system.leaves.standing_as(who_of(system.block, own))
    every = np.arange(system.width)
    others = np.setdiff1d(every, some)
    enough = all(t.size == every.size and not t[others].any() for pair in tables.values() for t in pair)
    return some if some.size and enough else every


def _against_the_rule(
    system: BlockSystem,
    hidden: npt.NDArray[np.bool_],
    low: Ints,
    high: Ints,
    tables: dict[int, tuple[Ints, Ints]],
    threshold: int,
    columns: Ints,
) -> Iterator[str]:
    """Certificates against what is printed and what the rule tells of counts that have none."""
    cells, incidence = system.cells, system.incidence()
    values = np.array([-1 if c.value is None else c.value for c in cells])
    limits, learned = Limits.of(np.full(len(cells), np.inf)), True
    open_cells = [i for i, c in enumerate(cells) if hidden[i] and i not in tables]
    pool = [t[columns] for pair in tables.values() for t in pair if t.size == incidence.shape[1]]
    reader = Reader(incidence[:, columns], values, threshold)
    disclosed: set[int] = set()
    try:
        while learned:
            learned, small = reader.learn(hidden, open_cells, pool, limits)
            disclosed |= set(small)
    except DisclosureError:
        yield f"{system.name}: what is printed contradicts itself"
    for position in sorted(disclosed):
        yield f"{system.name}: {cells[position].key}: what is printed leaves only 1 to {threshold - 1}"
    # a sensitive count that is printed has no certificate that could hold
    report = verify(incidence, values, hidden, low, high, tables, maximum=limits.most, minimum=limits.least)
    for position, problem in report.failures.items():
        yield f"{system.name}: {cells[position].key}: {problem}"
