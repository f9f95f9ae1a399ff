"""The Tau-Argus engine (pytauargus, test only) as an independent oracle on random tables.

It solves the same question with another model, another search and its own audit: a fault would have to be made twice.
How it is asked, and what it cannot be asked:

- It has no frequency response: the table is handed over cell by cell with a frequency of one everywhere. A row of
  frequency zero would be dropped as empty.
- It knows one table per call, no linked tables: what is linked is proved by certificates and `test_oracles` alone.
- No cell goes under the smallest value of the table or over the greatest. The latter we say with `maximum`; the former
  is zero only where the table has a zero: intervals and costs are compared there, and the last test shows the rest.
- Its audit gives the bounds of linear programs with their fractions; they are rounded inwards before they are compared.
- Its audit calls a cell unsafe by the upper end and by the width (`called_unsafe`), never by the lower end: a 4 that
  must be able to be 1 is safe to it in [2, 5]. So its bounds are compared, and its verdict only as far as it goes.
- It rounds costs to 1/20,000 of the dearest: whole costs, and tables so small that no order can change.
- An audit that fails raises nothing: its findings are read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytauargus.batch import BatchError
from pytauargus.engine import Engine, run_batch

from handleplan_pipeline.disclosure import THRESHOLD, InfeasibleError, Protection, attack, protect
from tests.disclosure.instances import Instance, random_table

CASES = [
    ((4, 5), 2),
    ((4, 5), 5),
    ((5, 6), 3),
    ((5, 6), 5),
    ((6, 6), 3),
    ((6, 6), 4),
    ((3, 3, 3), 1),
    ((3, 3, 3), 3),
    ((2, 3, 4), 1),
    ((2, 3, 4), 3),
    ((4, 4, 3), 1),
    ((4, 4, 3), 9),
]
"""Shape and seed; the heuristic is dearer than the optimum in eight of them. Every one has a cell that is zero."""
NO_ZERO = ((6, 6), 2)
MEAN = 8.0
TOLERANCE = 1e-6
PRIMARY, SECONDARY = range(3, 10), (11, 12)
INFEASIBLE = "5008"
META = """<SEPARATOR> ";"
<SAFE> S
<UNSAFE> U
<PROTECT> P
{dimensions}
count
 <NUMERIC>
 <DECIMALS> 0
ones
 <FREQUENCY>
loss
 <NUMERIC> <COST>
 <DECIMALS> 0
status
 <STATUS>
below
 <NUMERIC> <LOWERPL>
above
 <NUMERIC> <UPPERPL>
"""
BATCH = """<OPENTABLEDATA> "t.tab"
<OPENMETADATA> "t.rda"
<SPECIFYTABLE> {names}|"count"||"loss"
<SAFETYRULE>
<READTABLE> 0
{suppress}
"""


@pytest.fixture(autouse=True)
def _logs_elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The engine leaves its logs in the working directory."""
    monkeypatch.chdir(tmp_path)


@dataclass
class Argus:
    """A pattern in Tau-Argus, and what its audit says of it: bounds by cell, and the cells it calls unsafe."""

    suppressed: Any
    intervals: dict[int, tuple[float, float]]
    unsafe: set[int]


def table(case: tuple[tuple[int, ...], int]) -> Instance:
    shape, seed = case
    return random_table(np.random.default_rng(seed), shape, MEAN)


def argus(t: Instance, folder: Path, hidden: Any = None, published: Any = None) -> Argus:
    """Tau-Argus's own optimum, or its view of the pattern `hidden`; each primary cell must keep [1, T]."""
    fixed = t.values == 0 if published is None else published
    # half a step of cost for each cell there is to choose cannot make up for one whole unit
    assert 0.5 * (~t.primary & ~fixed).sum() < 20_000 / t.values.max()
    statuses = np.where(t.primary, "U", np.where(fixed, "P", "S"))
    if hidden is not None:
        statuses = np.where(hidden & ~t.primary, "M", statuses)
    lines = []
    for key, value, status in zip(t.keys, t.values.tolist(), statuses, strict=True):
        codes = ["all" if part == "-1" else f"{letter}{part}" for letter, part in zip("abc", key, strict=False)]
        levels = (value - 1, THRESHOLD - value) if status == "U" else (0, 0)
        lines.append(";".join(map(str, (*codes, value, 1, value, status, *levels))))
    names = [f"by_{letter}" for letter in "abc"[: len(t.keys[0])]]
    (folder / "t.tab").write_text("\n".join(lines) + "\n", encoding="utf-8")
    dimensions = "\n".join(f'{n}\n <RECODEABLE>\n <TOTCODE> "all"' for n in names)
    (folder / "t.rda").write_text(META.format(dimensions=dimensions), encoding="utf-8")
    # one minute at most; with no time it stops at the first pattern that protects
    suppress = "<SUPPRESS> OPT(1,1)" if hidden is None else ""
    quoted = "".join(f'"{n}"' for n in names)
    (folder / "t.arb").write_text(BATCH.format(names=quoted, suppress=suppress), encoding="utf-8")
    return _read(t, run_batch(folder / "t.arb"))


def _read(t: Instance, engine: Engine) -> Argus:
    # no public call gives a status without writing a table first
    native, positions = engine._tau, range(len(t.keys))
    # cells stand in the order they were given
    assert [native.get_table_cell_value(0, i) for i in positions] == t.values.tolist()
    status = [native.get_table_cell_status(0, i) for i in positions]
    rows = engine.audit(0)
    inwards = {r["cell"]: (float(np.ceil(r["min"] - TOLERANCE)), float(np.floor(r["max"] + TOLERANCE))) for r in rows}
    hidden = np.array([s in PRIMARY or s in SECONDARY for s in status])
    assert set(inwards) == set(np.flatnonzero(hidden).tolist())
    return Argus(hidden, inwards, {r["cell"] for r in rows if r["unsafe"]})


def ours(t: Instance, seconds: float | None) -> Protection:
    return protect(t.incidence, t.values, t.primary, 1, THRESHOLD, t.values, t.values == 0, seconds, maximum=tops(t))


def tops(t: Instance) -> Any:
    return np.full(len(t.keys), float(t.values.max()))


def attacked(t: Instance, hidden: Any) -> dict[int, tuple[float, float]]:
    return attack(t.incidence, t.values, hidden, maximum=tops(t))


def exposed(t: Instance, intervals: dict[int, tuple[float, float]]) -> set[int]:
    """Primary cells whose interval does not cover [1, T]."""
    cells = np.flatnonzero(t.primary).tolist()
    return {c for c in cells if not (intervals[c][0] <= 1 and intervals[c][1] >= THRESHOLD)}


def called_unsafe(t: Instance, intervals: dict[int, tuple[float, float]]) -> set[int]:
    """What the audit of Tau-Argus says of these bounds: too low an upper end, or narrower than the way down."""
    found = set()
    for c in np.flatnonzero(t.primary).tolist():
        low, high = intervals[c]
        if high < THRESHOLD or high - low < t.values[c] - 1:
            found.add(c)
    return found


def name(case: Sequence[Any]) -> str:
    return "x".join(map(str, case[0])) + f"_s{case[1]}"


@pytest.mark.parametrize("case", CASES, ids=name)
def test_the_exact_optimum_is_the_one_tau_argus_finds(case: tuple[tuple[int, ...], int], tmp_path: Path) -> None:
    """Two searches, one cost; and each side's attacker finds the same bounds in the pattern of Tau-Argus."""
    t = table(case)
    assert t.values.min() == 0
    assert t.primary.any()
    theirs, p = argus(t, tmp_path), ours(t, 30)
    assert p.cost == p.bound == t.values[theirs.suppressed].sum()
    found = attacked(t, theirs.suppressed)
    assert found == theirs.intervals
    assert exposed(t, found) == theirs.unsafe == set()


@pytest.mark.parametrize("case", CASES, ids=name)
def test_the_heuristic_pattern_passes_the_audit_of_tau_argus(case: tuple[tuple[int, ...], int], tmp_path: Path) -> None:
    t = table(case)
    p = ours(t, None)
    theirs = argus(t, tmp_path, p.suppressed)
    assert (theirs.suppressed == p.suppressed).all()
    assert theirs.intervals == attacked(t, p.suppressed)
    assert exposed(t, theirs.intervals) == theirs.unsafe == set()


@pytest.mark.parametrize("case", CASES[::3], ids=name)
def test_a_cell_shown_too_many_is_seen_by_both(case: tuple[tuple[int, ...], int], tmp_path: Path) -> None:
    """Were `protect` to hide one cell less, whichever it is, the bounds of both attackers would say so."""
    t = table(case)
    p = ours(t, None)
    secondary = np.flatnonzero(p.suppressed & ~t.primary)
    assert secondary.size
    noticed = 0
    for cell in secondary:
        hidden = p.suppressed.copy()
        hidden[cell] = False
        theirs = argus(t, tmp_path, hidden)
        assert theirs.intervals == attacked(t, hidden)
        assert exposed(t, theirs.intervals)
        assert theirs.unsafe == called_unsafe(t, theirs.intervals) <= exposed(t, theirs.intervals)
        noticed += bool(theirs.unsafe)
    assert noticed


@pytest.mark.parametrize("seed", range(3))
def test_what_cannot_be_protected_is_so_for_both(seed: int, tmp_path: Path) -> None:
    """One sensitive cell in a row that is published but for it."""
    t = table(((3, 4), seed))
    cell = next(i for i in np.flatnonzero(t.primary) if "-1" not in t.keys[i])
    published = np.array([key[0] == t.keys[cell][0] for key in t.keys]) | (t.values == 0)
    published[cell] = False
    t.primary = np.arange(len(t.keys)) == cell
    with pytest.raises(InfeasibleError) as e:
        protect(t.incidence, t.values, t.primary, published=published)
    assert e.value.cells == [cell]
    with pytest.raises(BatchError, match=INFEASIBLE):
        argus(t, tmp_path, published=published)


def test_without_a_zero_tau_argus_knows_more_than_a_reader_can(tmp_path: Path) -> None:
    """No cell under the smallest of the table: its intervals are narrower, its pattern dearer, ours unsafe to it."""
    t = table(NO_ZERO)
    assert t.values.min() == 1
    theirs, p = argus(t, tmp_path), ours(t, 30)
    assert p.cost == p.bound < t.values[theirs.suppressed].sum()
    found = attacked(t, theirs.suppressed)
    assert all(found[c][0] <= low and high <= found[c][1] for c, (low, high) in theirs.intervals.items())
    assert any(found[c] != interval for c, interval in theirs.intervals.items())
    assert exposed(t, found) == exposed(t, attacked(t, p.suppressed)) == set()
    assert argus(t, tmp_path, p.suppressed).unsafe
