"""A plan made of persons who cannot be, or that misses how counts hang together, is caught by the audit.

The audit knows the print and the pinned kinds; the plan is made with kinds that were tampered with.
"""

from collections.abc import Callable, Iterator

import polars as pl
import pytest

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.protection import counted
from handleplan_pipeline.protection.earlier import Printed
from handleplan_pipeline.protection.kinds import Kind, Kinds, Times, pinned_kinds, read_pattern, said
from handleplan_pipeline.protection.packed import digest
from handleplan_pipeline.protection.plan import Planned, make_plan
from handleplan_pipeline.protection.proof import unproved
from handleplan_pipeline.protection.system import Counts, RowKey, Slice
from schemas.protection.suppression_plan import CERTIFICATE
from tests.protection.made import Leaves, block_of, cells_of

CATALOGUE = load_catalogue()
Change = Callable[[Kind, dict[str, Times]], Iterator[Kind]]


def tampered(change: Change) -> Kinds:
    """The pinned kinds, each replaced by what `change` makes of it."""
    pinned = pinned_kinds()
    return Kinds(pinned.series, frozenset(n for k in pinned.kinds for n in change(k, read_pattern(k.pattern))))


def released(cells: pl.DataFrame, planned: Planned) -> Printed:
    """What is printed of these cells by this plan."""
    gone = {
        RowKey(r["indicator_id"], r["year"], Slice(r["population_group"], r["sex"], r["age_group"]))
        for r in planned.rows
        if r["hidden"]
    }
    there = {
        RowKey(r["indicator_id"], r["year"], Slice(r["population_group"], r["sex"], r["age_group"])): Counts(
            r["numerator"], r["denominator"]
        )
        for r in cells.to_dicts()
    }
    return Printed({k: c for k, c in there.items() if k not in gone}, frozenset(gone))


def plan_with(kinds: Kinds | None, cells: pl.DataFrame, monkeypatch: pytest.MonkeyPatch) -> Planned:
    if kinds is None:
        return make_plan(CATALOGUE, cells)
    with monkeypatch.context() as changed:
        changed.setattr(counted, "pinned_kinds", lambda: kinds)
        return make_plan(CATALOGUE, cells)


def found(cells: pl.DataFrame, planned: Planned) -> list[str]:
    """What the audit says of this plan; certificates carry the name and number of leaves that it expects."""
    return list(unproved(CATALOGUE, released(cells, planned), CERTIFICATE.conform(planned.certificates)))


# of known ancestry and unknown sex

GUESTS: Leaves = {
    (ancestry, sex, age): (40, 90)
    for ancestry in ("danish", "immigrant_western", "descendant_non_western")
    for sex in ("men", "women")
    for age in ("18-24", "25-39", "40-64")
} | {("unknown", "unknown", "unknown"): (30, 60)}
FEW_YOUNG = GUESTS | {
    (ancestry, sex, "18-24"): (2 if sex == "men" and ancestry == "danish" else 0, 2 if ancestry == "danish" else 30)
    for ancestry in ("danish", "immigrant_western", "descendant_non_western")
    for sex in ("men", "women")
}


def known_but_of_unknown_sex(kind: Kind, pattern: dict[str, Times]) -> Iterator[Kind]:
    """Also somebody of known ancestry of whom neither sex nor age is known: nobody can be."""
    yield kind
    if "I04" in pattern and kind.sex == "unknown":
        yield kind._replace(known=True)


# women of the team without a contact


def women_apart_from_contacts(kind: Kind, pattern: dict[str, Times]) -> Iterator[Kind]:
    """A woman who came to the team is somebody else than who made the contact."""
    women = {n: t for n, t in pattern.items() if n in ("I08_women", "I08_women_rate")}
    others = {n: t for n, t in pattern.items() if n not in women}
    yield from (kind._replace(pattern=said(p)) for p in (women, others) if p)


def came(counts: dict[str, int], indicator: str) -> pl.DataFrame:
    leaves = {(a, "women", "25-39"): (n, n) for a, n in counts.items()}
    return cells_of(indicator, 2012, leaves, ("women", "total"), "count", splits=())


WOMEN = {"danish": 92, "immigrant_western": 40, "immigrant_non_western": 84, "unknown": 1}
CONTACTS = {"danish": 92, "immigrant_western": 44, "immigrant_non_western": 96, "unknown": 1}


# housed after a year, and followed in the next


def years_apart(kind: Kind, pattern: dict[str, Times]) -> Iterator[Kind]:
    """What a person does in the second year is done by somebody else."""
    later = {n: t for n, t in pattern.items() if n.startswith("I03b")}
    now = {n: t for n, t in pattern.items() if n not in later}
    yield from (kind._replace(pattern=said(p)) for p in (now, later) if p)


HOUSED: Leaves = {("danish", "men", "25-39"): (60, 120), ("immigrant_non_western", "men", "25-39"): (44, 90)}
FOLLOWED: Leaves = {("danish", "men", "25-39"): (41, 57), ("immigrant_non_western", "men", "25-39"): (30, 44)}
"""Three Danish persons died or left, or nobody knows."""


def two_years() -> pl.DataFrame:
    return pl.concat([cells_of("I03", 2012, HOUSED, splits=()), cells_of("I03b", 2013, FOLLOWED, splits=())])


CASES = {
    "an impossible kind": (known_but_of_unknown_sex, cells_of("I04", 2012, FEW_YOUNG)),
    "a constraint dropped": (
        women_apart_from_contacts,
        pl.concat([came(WOMEN, "I08_women"), came(CONTACTS, "I08_contacts")]),
    ),
    "a link between years missed": (years_apart, two_years()),
}


@pytest.mark.parametrize("case", CASES)
def test_the_plan_as_it_is_passes(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _, cells = CASES[case]
    planned = plan_with(None, cells, monkeypatch)
    assert any(r["hidden"] for r in planned.rows)
    assert found(cells, planned) == []


@pytest.mark.parametrize("case", CASES)
def test_a_plan_of_tampered_kinds_is_caught(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    change, cells = CASES[case]
    planned = plan_with(tampered(change), cells, monkeypatch)
    assert found(cells, planned)
    # nor do its certificates hold under the names the audit looks for
    there = {s.indicator: block_of(i).id for i in cells["indicator_id"].unique() for s in block_of(i).series}
    renamed = [c | {"block": there.get(c["cell"].split("|")[0], c["block"])} for c in planned.certificates]
    assert found(cells, Planned(planned.rows, [c | {"sha256": digest(c)} for c in renamed]))
