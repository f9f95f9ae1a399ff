"""Disclosure control: seconds of protection, bounds and proof, with the loss beside the time and the gap where known.

    python -m benchmarks.disclosure --lake data_lake

A block of 252 cells (random populations of two sizes), the published instances whose optimum is known, and with a
lake a whole release. Bare work: a linear program from nothing for each table of the certificates of the same run.
"""

import argparse
import itertools
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from scipy import sparse

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.disclosure import Pattern, protect, verify
from handleplan_pipeline.disclosure.requirement import required
from handleplan_pipeline.disclosure.system import Attacker
from handleplan_pipeline.protection import plan, search
from tests.disclosure.instances import load, rows_of

CODES = ("danish", "immigrant_w", "immigrant_nw", "descendant_w", "descendant_nw")
GROUPS = {"all": CODES, "minority": CODES[1:], **{c: (c,) for c in CODES}}
PERSONS = {"335 Danish, 165 minority": (335, 165), "1,000 Danish, 500 minority": (1000, 500)}
MINORITY, SEXES, AGES, YES = (0.1, 0.5, 0.05, 0.35), (0.7, 0.3), (0.25, 0.45, 0.3), 0.3
SEEDS = (1, 2, 3)
REQUIREMENT = {"fs3x3": (5, 8), "sdctable_microdata1": (1, 1)}
"""How far below and above its value a cell must be able to go; in random instances to nothing and to twice as much."""


def seconds_of(work: Any) -> tuple[float, Any]:
    begin = time.perf_counter()
    found = work()
    return time.perf_counter() - begin, found


def four_ways(persons: tuple[int, int], seed: int) -> tuple[Any, Any]:
    """All, minority and five codes x sex x age x outcome with all margins: 252 cells over 60 leaves."""
    rng = np.random.default_rng(seed)
    danish, minority = persons
    codes = [danish, *rng.multinomial(minority, MINORITY)]
    cross = np.multiply.outer(np.multiply.outer(SEXES, AGES), (YES, 1 - YES)).ravel()
    leaves = np.concatenate([rng.multinomial(n, cross) for n in codes])
    axes = [
        [[CODES.index(c) for c in group] for group in GROUPS.values()],
        *([list(range(n)), *([i] for i in range(n))] for n in (len(SEXES), len(AGES), 2)),
    ]
    shape = (len(CODES), len(SEXES), len(AGES), 2)
    matrix = np.zeros((252, leaves.size), dtype=int)
    for row, parts in zip(matrix, itertools.product(*axes), strict=True):
        row[np.ravel_multi_index(np.ix_(*parts), shape).ravel()] = 1
    return sparse.csr_matrix(matrix), matrix @ leaves


def bounds(incidence: Any, values: Any, hidden: Any, cells: Any, ceiling: Any, cold: bool) -> tuple[float, int]:
    """Seconds and number of attacker's bounds on one model; `cold` forgets the last solution before each."""
    attacker = Attacker(incidence, np.asarray(values, dtype=float), hidden, ceiling)
    begin = time.perf_counter()
    for cell, sign in itertools.product(cells, (-1, 1)):
        if cold:
            attacker.model.clearSolver()
        attacker.extreme(int(cell), sign)
    return time.perf_counter() - begin, 2 * len(cells)


def blocks() -> None:
    print(
        f"{'252 cells':<28}{'primary':>8}{'hidden':>8}{'loss':>7}{'cost':>8}{'protect s':>11}{'verify s':>10}"
        f"{'bound ms':>10}{'cold ms':>9}{'x cold':>8}"
    )
    for name, persons in PERSONS.items():
        for seed in SEEDS:
            incidence, values = four_ways(persons, seed)
            primary = (values >= 1) & (values < 5)
            seconds, p = seconds_of(lambda i=incidence, v=values, s=primary: protect(i, v, s))
            low, high = required(primary, None, None)
            proof, report = seconds_of(
                lambda i=incidence, v=values, p=p, w=(low, high): verify(i, v, p.suppressed, *w, p.certificates)
            )
            if not report.ok:
                sys.exit(f"{name}: not proved protected.")
            hidden = np.flatnonzero(p.suppressed)
            warm, n = bounds(incidence, values, p.suppressed, hidden, None, cold=False)
            cold, _ = bounds(incidence, values, p.suppressed, hidden, None, cold=True)
            bare = 2 * len(p.certificates) * cold / n
            print(
                f"{name:<28}{primary.sum():>8}{hidden.size:>8}{hidden.size / 252:>7.0%}{p.cost:>8.1f}{seconds:>11.2f}"
                f"{proof:>10.3f}{1e3 * warm / n:>10.3f}{1e3 * cold / n:>9.3f}{seconds / bare:>8.1f}"
            )


def instances(limit: float) -> None:
    print(
        f"\n{'instance':<22}{'optimum':>8}{'heuristic':>10}{'above':>7}{'s':>7}{'exact':>8}{'bound':>8}{'gap':>6}{'s':>7}"
    )
    for row in rows_of("optima.csv"):
        if row["weight"] != "value":
            continue
        name, optimum = row["instance"], float(row["optimum"])
        t = load(name)
        if name in REQUIREMENT:
            down, up = REQUIREMENT[name]
            asked: dict[str, Any] = {"lower": t.values - down, "upper": t.values + up}
        else:
            top = np.full(len(t.keys), float(t.values.max()))
            asked = {"lower": 0, "upper": 2 * t.values, "published": t.values == 0, "maximum": top}
        asked |= {"weights": t.values}
        quick, h = seconds_of(lambda t=t, k=asked: protect(t.incidence, t.values, t.primary, **k))
        slow, e = seconds_of(lambda t=t, k=asked: protect(t.incidence, t.values, t.primary, time_limit=limit, **k))
        print(
            f"{name:<22}{optimum:>8.0f}{h.cost:>10.0f}{h.cost / optimum - 1:>7.0%}{quick:>7.2f}{e.cost:>8.0f}"
            f"{e.bound:>8.0f}{e.gap:>6.0%}{slow:>7.1f}"
        )


class Watched:
    """What each block of a plan took, and the last pattern of each with its question."""

    def __init__(self) -> None:
        self.blocks: list[tuple[float, str, int, int, int]] = []
        self.calls: list[tuple[Any, Any, Any, Any, Pattern]] = []

    @contextmanager
    def on(self) -> Iterator[None]:
        block, inner = plan.Planner.block, search.pattern
        last: list[tuple[Any, Any, Any, Any, Pattern]] = []

        def timed(planner: Any, b: Any, base_year: int) -> Any:
            last.clear()
            seconds, part = seconds_of(lambda: block(planner, b, base_year))
            self.calls += last
            hidden = sum(r["hidden"] for r in part.rows)
            self.blocks.append((seconds, f"{b.id}:{base_year}", len(part.rows), hidden, len(part.certificates)))
            return part

        def kept(incidence: Any, values: Any, primary: Any, *arguments: Any, **named: Any) -> Pattern:
            found = inner(incidence, values, primary, *arguments, **named)
            last[:] = [(incidence, values, primary, named.get("maximum"), found)]
            return found

        plan.Planner.block, search.pattern = timed, kept  # type: ignore[method-assign, assignment]
        try:
            yield
        finally:
            plan.Planner.block, search.pattern = block, inner  # type: ignore[method-assign]

    def bare(self) -> tuple[float, int]:
        """Seconds and number of programs from nothing, one per table of every certificate."""
        done = [bounds(i, v, p.suppressed, np.flatnonzero(s), top, cold=True) for i, v, s, top, p in self.calls]
        return sum(s for s, _ in done), sum(n for _, n in done)


def release(lake: Path) -> None:
    folder = lake / "tables" / "cell"
    files = [folder / f"{g.slug}.parquet" for g in load_catalogue().goals] + [folder / "baseline_homelessness.parquet"]
    if not all(f.is_file() for f in files):
        sys.exit("There are no cells in this lake: run `handleplan run` first.")
    catalogue = load_catalogue()
    reading, cells = seconds_of(lambda: pl.concat([pl.read_parquet(f) for f in files]))
    watched = Watched()
    with watched.on():
        seconds, planned = seconds_of(lambda: plan.make_plan(catalogue, cells))
    bare, programs = watched.bare()
    given_up = sum(r["given_up"] is not None for r in planned.rows)
    left = [r for r in planned.rows if r["given_up"] is None]
    hidden = sum(r["hidden"] for r in left)
    print(
        f"\nplan of a whole release: {seconds:.1f} s, {seconds / bare:.1f} x the {programs} linear programs of its "
        f"certificates from nothing ({bare:.2f} s), {seconds / reading:.0f} x reading the cells\n"
        f"{len(watched.blocks)} blocks, {len(left)} rows, {hidden} hidden ({hidden / len(left):.0%}), "
        f"{given_up} given up beside them, {len(planned.certificates)} certificates"
    )
    print(f"\n{'slowest blocks':<34}{'seconds':>8}{'rows':>6}{'hidden':>8}{'certificates':>14}")
    for took, name, rows, gone, proofs in sorted(watched.blocks, reverse=True)[:5]:
        print(f"{name:<34}{took:>8.2f}{rows:>6}{gone:>8}{proofs:>14}")
    print(f"\n{'loss by indicator':<34}{'rows':>6}{'hidden':>8}{'primary':>9}{'loss':>7}")
    frame = pl.DataFrame(planned.rows, infer_schema_length=None)
    first = pl.col("hidden") & (pl.col("reason") != "secondary")
    loss = frame.group_by("indicator_id").agg(pl.len(), pl.col("hidden").sum(), first.sum().alias("primary"))
    for name, rows, gone, sensitive in loss.sort("indicator_id").iter_rows():
        print(f"{name:<34}{rows:>6}{gone:>8}{sensitive:>9}{gone / rows:>7.0%}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lake", type=Path, help="a lake with cells; without it no plan of a release")
    parser.add_argument("--limit", type=float, default=10.0, help="seconds of exact search per instance")
    arguments = parser.parse_args()
    blocks()
    instances(arguments.limit)
    if arguments.lake:
        release(arguments.lake)


if __name__ == "__main__":
    main()
