"""Leaves are possible kinds of persons: no sums of others, and nobody who would be in a table and in no row of it."""

from collections.abc import Iterable, Sequence
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handleplan_pipeline.cells.groups import ANCESTRIES, WITH_COUNTRY
from handleplan_pipeline.protection.bands import Ages, Sexes
from handleplan_pipeline.protection.blocks import Block, Who
from handleplan_pipeline.protection.leaves import Leaves, Shown, irreducible

NO_ONE: frozenset[str] = frozenset()
BY_SEX, BY_AGE = frozenset({"men", "women"}), frozenset({"18-24", "25-39"})


def kept_of(atoms: Iterable[int], beside: Iterable[int], vectors: Iterable[tuple[int, ...]]) -> frozenset[int]:
    return irreducible(frozenset(atoms), frozenset(beside), tuple(vectors))


@pytest.mark.parametrize(
    ("vectors", "kept"),
    [
        ([(1, 0), (0, 1), (1, 1)], {0, 1}),
        ([(1, 0), (1, 1)], {0, 1}),
        ([(1, 1), (2, 2)], {0}),
        ([(1, 1), (1, 0), (3, 2)], {0, 1}),
        # two of the first and nothing to make up the rest
        ([(1, 1), (2, 3)], {0, 1}),
        ([(2, 0), (3, 0), (5, 0), (1, 1)], {0, 1, 3}),
        # of equal ones the first
        ([(1, 0), (1, 0)], {0}),
        ([(2, 1, 0), (0, 1, 2), (2, 2, 2)], {0, 1}),
    ],
)
def test_a_sum_is_left_out_and_what_is_none_is_kept(vectors: list[tuple[int, ...]], kept: set[int]) -> None:
    assert kept_of(range(len(vectors)), (), vectors) == kept


def test_others_beside_make_up_sums_and_are_not_given_back() -> None:
    vectors = [(1, 0), (0, 1), (1, 1), (1, 2)]
    assert kept_of([2], [0, 1], vectors) == frozenset()
    assert kept_of([2], [0], vectors) == {2}
    assert kept_of([0, 2], [0], vectors) == {2} or kept_of([2, 3], [1], vectors) == {2}
    # the same as one beside
    assert kept_of([0], [1], [(1, 1), (1, 1)]) == frozenset()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(*[st.integers(0, 3)] * 3).filter(any), min_size=1, max_size=7))
def test_whatever_all_of_them_make_up_the_kept_ones_make_up_too(vectors: list[tuple[int, ...]]) -> None:
    kept = kept_of(range(len(vectors)), (), vectors)

    def made(of: Sequence[tuple[int, ...]]) -> set[tuple[int, ...]]:
        found = {(0, 0, 0)}
        for _ in range(9):
            found |= {s for a, b in product(found, of) if max(s := tuple(map(sum, zip(a, b, strict=True)))) <= 3}  # type: ignore[misc]
        return found

    assert made([vectors[i] for i in kept]) == made(vectors)
    # and none of them could be missed
    for i in kept:
        assert made([vectors[j] for j in kept - {i}]) != made(vectors)


def leaves(
    who: list[Who],
    *shown: Shown,
    sexes: Sequence[str] = (),
    ages: Sequence[str] = (),
    codes: Sequence[str] = ("danish", "immigrant_western", "unknown"),
) -> Leaves:
    atoms = tuple(f"atom {i}" for i in range(len(shown[0].times)))
    return Leaves(Block("b", atoms, tuple(who), ()), Sexes(sexes), Ages(ages), codes, shown)


def said(found: Leaves) -> set[tuple[str, int, int, int]]:
    rows = zip(found.ancestry, found.sex, found.age, found.atom, strict=True)
    return {(ANCESTRIES[a], int(s), int(g), int(t)) for a, s, g, t in rows}


def test_who_is_of_known_ancestry_can_have_any_code_and_the_others_none() -> None:
    found = leaves([Who(0, True, "men", 20), Who(0, False, "unknown", None)], Shown((1,), NO_ONE, NO_ONE))
    assert said(found) == {("danish", -1, -1, 0), ("immigrant_western", -1, -1, 0), ("unknown", -1, -1, 0)}
    assert {
        a for a, *_ in said(leaves([Who(0, True, "men", 20)], Shown((1,), NO_ONE, NO_ONE), codes=WITH_COUNTRY))
    } == {*WITH_COUNTRY} - {"unknown"}


def test_nobody_is_in_a_table_and_in_none_of_its_rows() -> None:
    """A man of 16 and one of 50 where rows are 18-24 and 25-39; one of unknown sex where rows are of two."""
    who = [Who(0, True, sex, age) for sex, age in (("men", 16), ("men", 20), ("women", 30), ("men", 50))]
    who.append(Who(0, False, "unknown", None))
    found = leaves(
        who, Shown((1,), BY_SEX, BY_AGE), sexes=sorted(BY_SEX), ages=sorted(BY_AGE), codes=("danish", "unknown")
    )
    assert said(found) == {("danish", 0, 0, 0), ("danish", 1, 1, 0)}


def test_who_is_in_no_broken_down_table_may_be_of_any_age() -> None:
    """Of two ways to be counted, one is in the table by age and the other is not."""
    who = [Who(atom, True, "men", age) for atom in (0, 1) for age in (16, 20)]
    tables = (Shown((1, 0), NO_ONE, BY_AGE), Shown((0, 1), NO_ONE, NO_ONE))
    found = leaves(who, *tables, ages=sorted(BY_AGE), codes=("danish",))
    assert said(found) == {("danish", -1, 0, 0), ("danish", -1, -1, 1)}


def test_an_unknown_age_has_a_leaf_where_there_is_a_row_for_it() -> None:
    who = [Who(0, True, "men", 16), Who(0, True, "men", 20), Who(0, False, "unknown", None)]
    ages = [*sorted(BY_AGE), "unknown"]
    found = leaves(who, Shown((1,), NO_ONE, frozenset(ages)), ages=ages, codes=("danish", "unknown"))
    assert said(found) == {("danish", -1, 0, 0), ("unknown", -1, 2, 0)}


def test_who_counts_nowhere_has_no_leaf() -> None:
    assert said(leaves([Who(0, True, "men", 20), Who(1, True, "men", 20)], Shown((0, 1), NO_ONE, NO_ONE))) == {
        ("danish", -1, -1, 1),
        ("immigrant_western", -1, -1, 1),
    }


def test_a_sum_of_two_persons_of_the_same_sex_and_age_has_no_leaf_and_of_other_ages_has() -> None:
    tables = (Shown((1, 0, 1), NO_ONE, BY_AGE), Shown((0, 1, 1), NO_ONE, BY_AGE))
    young = [Who(a, True, "men", 20) for a in (0, 1, 2)]
    found = leaves(young, *tables, ages=sorted(BY_AGE), codes=("danish",))
    assert said(found) == {("danish", -1, 0, 0), ("danish", -1, 0, 1)}
    older = [Who(0, True, "men", 20), Who(1, True, "men", 30), Who(2, True, "men", 20)]
    found = leaves(older, *tables, ages=sorted(BY_AGE), codes=("danish",))
    assert said(found) == {("danish", -1, 0, 0), ("danish", -1, 1, 1), ("danish", -1, 0, 2)}


def test_rows_hold_whom_they_name_and_count_them_as_often_as_they_count() -> None:
    who = [Who(0, True, "men", 20), Who(1, True, "women", 30), Who(0, False, "unknown", None)]
    ages, sexes = [*sorted(BY_AGE), "unknown"], [*sorted(BY_SEX), "unknown"]
    table = Shown((1, 2), frozenset(sexes), frozenset(ages))
    found = leaves(who, table, sexes=sexes, ages=ages, codes=("danish", "unknown"))
    assert found.size == 3
    assert found.where(("danish",), None, None).sum() == 2
    assert found.where(ANCESTRIES, "women", None).sum() == 1
    assert found.where(("danish",), "unknown", None).sum() == 0
    assert found.where(ANCESTRIES, "unknown", "unknown").sum() == 1
    at, times = found.counted(found.where(("danish",), None, None), (1, 2))
    assert sorted(times) == [1, 2]
    at, times = found.counted(np.ones(3, dtype=bool), (0, 2))
    assert (at.size, times.tolist()) == (1, [2])


def test_leaves_of_persons_who_were_seen_are_those_and_whatever_does_no_more() -> None:
    tables = (Shown((1, 1, 0), NO_ONE, BY_AGE), Shown((0, 1, 1), NO_ONE, BY_AGE))
    who = [Who(a, True, "men", age) for a in (0, 1, 2) for age in (20, 30)]
    found = leaves(who, *tables, ages=sorted(BY_AGE), codes=("danish",))
    chosen = found.standing_as([Who(1, True, "men", 20)])
    assert {int(found.age[i]) for i in chosen} == {0}
    assert {int(found.atom[i]) for i in chosen} == {0, 2}
    assert {int(found.atom[i]) for i in found.standing_as([Who(2, True, "men", 30)])} == {2}
