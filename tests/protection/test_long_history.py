"""Two hundred releases are remembered as one by one: what is kept once of equal prints changes no answer."""

from dataclasses import replace
from pathlib import Path

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.protection import earlier
from handleplan_pipeline.protection.earlier import Earlier, Printed
from handleplan_pipeline.protection.system import Counts, RowKey, Slice

ROWS = [RowKey("I04", 2012, Slice(group, "total", "total")) for group in ("all", "danish", "minority", "western")]
BLOCK = frozenset(ROWS[:3])
prints = st.lists(st.tuples(*[st.sampled_from(["shown", "hidden", "not there"])] * 4), min_size=1, max_size=4)


def printed(states: tuple[str, ...]) -> Printed:
    rows = list(zip(ROWS, states, strict=True))
    shown = {r: Counts(10, 20) for r, s in rows if s == "shown"}
    return Printed(shown, frozenset(r for r, s in rows if s == "hidden"))


def hidden_one_by_one(releases: list[Printed]) -> frozenset[RowKey]:
    """The rule in words: what was hidden when the block was last there to be seen, row by row."""
    hidden: set[RowKey] = set()
    for release in releases:
        if any(row in release.counts for row in BLOCK):
            hidden = {row for row in hidden if row not in release.counts} | {r for r in BLOCK if r in release.hidden}
    return frozenset(hidden)


@given(prints, st.lists(st.integers(1, 5), min_size=4, max_size=4))
@settings(max_examples=60, deadline=None)
def test_equal_prints_one_after_another_answer_as_if_each_were_read(
    found: list[tuple[str, ...]], times: list[int]
) -> None:
    policy = load_catalogue().disclosure
    each = [printed(s) for s, n in zip(found, times, strict=False) for _ in range(n)]
    once = [p for s, n in zip(found, times, strict=False) for p in [replace(printed(s))] * n]
    a, b = Earlier(tuple(each)), Earlier(tuple(once))
    assert len(b.prints) == len(found)
    assert len(a.prints) == len(each)
    assert a.hidden_among(BLOCK, policy) == b.hidden_among(BLOCK, policy) == hidden_one_by_one(each)
    assert a.counts == b.counts


def test_releases_that_print_the_same_share_one_print(tmp_path: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    """And one in between that printed something else is its own, though the same comes again after it."""
    row = {
        **{"indicator_id": "I04", "year": 2012, "population_group": "all", "sex": "total", "age_group": "total"},
        **{"measure": "share", "numerator": 10, "denominator": 20, "value": 50.0, "missing_reason": "none"},
        **{"data_kind": "delivered", "definition_version": "1"},
    }
    numerators = {"r1": 10, "r2": 10, "r3": 11, "r4": 10, "r5": 10}
    frames = {n: pl.DataFrame([row | {"numerator": k}]) for n, k in numerators.items()}
    monkeypatch.setattr(earlier, "printed_rows", lambda release: frames[release.name])
    monkeypatch.setattr(earlier, "controlled", lambda release: True)
    found = earlier.read([tmp_path / n for n in numerators], {})
    assert [len(found.releases), len(found.prints)] == [5, 3]
    key = RowKey("I04", 2012, Slice("all", "total", "total"))
    assert [r.counts[key].numerator for r in found.prints] == [10, 11, 10]
    assert found.counts[key] == Counts(10, 20)
