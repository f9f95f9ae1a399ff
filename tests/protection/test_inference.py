"""What the rule itself tells of hidden counts, on tables small enough to see it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from handleplan_pipeline.disclosure import DisclosureError, InfeasibleError, attack, protect, verify
from handleplan_pipeline.protection.inference import Limits, Reader

T = 5
# two rows a + b = total and b + c = other; a, b, c are hidden, the totals printed
INCIDENCE = sparse.csr_matrix([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [0, 1, 1]])
HIDDEN = np.array([True, True, True, False, False])


def told(total: int, other: int, open_cells: tuple[int, ...] = (0, 1, 2)) -> tuple[Limits, list[int]]:
    """What the rule tells of a, b and c when their sums are printed."""
    limits, small = Limits.of(np.full(5, np.inf)), []
    reader = Reader(INCIDENCE, [0, 0, 0, total, other], T)
    learned = True
    while learned:
        learned, now = reader.learn(HIDDEN, open_cells, [], limits)
        small += now
    return limits, small


def test_a_count_that_cannot_be_one_is_more_than_t_and_narrows_the_others() -> None:
    """a + b = 10 and b + c = 8: a is 2 to 10. Were it 2 to 5, it would have an interval down to 1."""
    limits, _ = told(10, 8, open_cells=(0,))
    assert limits.least.tolist() == [6, 0, 0, 0, 0]
    alone = attack(INCIDENCE, [0, 0, 0, 10, 8], HIDDEN)
    after = attack(INCIDENCE, [0, 0, 0, 10, 8], HIDDEN, minimum=limits.least, maximum=limits.most)
    assert (alone[1], after[1]) == ((0, 8), (0, 4))
    # and where nobody proves that b could be 5, it goes on: b is nobody, so a is 10 and c is 8
    further, _ = told(10, 8)
    assert (further.most[1], further.least[[0, 2]].tolist()) == (0, [6, 6])


def test_a_count_that_cannot_reach_t_is_nobody() -> None:
    """a + b = 4: neither can be 5, so both would be nobody, which their sum forbids."""
    with pytest.raises(DisclosureError, match="contradicts"):
        told(4, 40)
    limits, _ = told(4, 40, open_cells=(0,))
    assert limits.most[0] == 0


@pytest.mark.parametrize("leaves", [0, 2])
def test_where_nothing_is_hidden_nothing_is_told(leaves: int) -> None:
    """Nor where nobody can be counted: a supplier may send a year in which a definition counts no one."""
    limits = Limits.of(np.full(2, np.inf))
    reader = Reader(sparse.csr_matrix((2, leaves)), [100, 100], T)
    assert reader.learn(np.array([False, False]), [], [], limits) == (False, [])


def test_what_leaves_only_small_counts_is_named() -> None:
    incidence, hidden = sparse.csr_matrix([[1, 0], [1, 1], [0, 1]]), np.array([True, False, False])
    limits = Limits.of(np.full(3, np.inf))
    learned, small = Reader(incidence, [0, 9, 6], T).learn(hidden, [0], [], limits)
    assert (learned, small) == (False, [0])


def test_a_whole_interval_tells_nothing_and_tables_show_it() -> None:
    limits, small = told(30, 30)
    assert not limits.learned[:3].any()
    assert small == []
    tables = [np.array([0, 10, 0]), np.array([10, 0, 10])]
    # what the tables show need not be asked: a false print would be a contradiction
    reader = Reader(INCIDENCE, [0, 0, 0, -1, 5], T)
    assert reader.learn(HIDDEN, [0, 1, 2], tables, Limits.of(np.full(5, np.inf))) == (False, [])


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_who_remembers_what_was_found_of_another_pattern_learns_what_a_stranger_learns(data: st.DataObject) -> None:
    """Tables and proofs of the last pattern are used only where they still hold."""
    cells, leaves = 6, 4
    incidence = np.array(
        data.draw(
            st.lists(st.lists(st.integers(0, 1), min_size=leaves, max_size=leaves), min_size=cells, max_size=cells)
        )
    )
    values = incidence @ np.array(data.draw(st.lists(st.integers(0, 12), min_size=leaves, max_size=leaves)))
    patterns = st.lists(st.booleans(), min_size=cells, max_size=cells).map(np.array)
    remembering, limits = Reader(sparse.csr_matrix(incidence), values, T), Limits.of(np.full(cells, np.inf))
    for hidden in data.draw(st.lists(patterns, min_size=2, max_size=4)):
        stranger = Limits(limits.least.copy(), limits.most.copy())
        # a count of 1 to T has a certificate: the rule's promise is about the others, so that what it tells is true
        open_cells = np.flatnonzero(hidden & ((values == 0) | (values > T))).tolist()
        try:
            alone = Reader(sparse.csr_matrix(incidence), values, T).learn(hidden, open_cells, [], stranger)
        except DisclosureError:
            return
        assert remembering.learn(hidden, open_cells, [], limits) == alone
        assert limits.least.tolist() == stranger.least.tolist()
        assert limits.most.tolist() == stranger.most.tolist()


def test_protection_and_proof_keep_to_what_is_known_beforehand() -> None:
    values = np.array([8, 2, 6, 10, 8])
    primary, least = np.array([False, True, False, False, False]), np.array([6, 0, 0, 0, 0])
    plain = protect(INCIDENCE, values, primary)
    assert not plain.suppressed[[3, 4]].any()
    done = protect(INCIDENCE, values, primary, minimum=least)
    # with a at least 6 of 10, b could be no more than 4: a total goes too
    assert done.suppressed[3]
    limits = {"lower": [1], "upper": [5], "certificates": done.certificates}
    assert verify(INCIDENCE, values, done.suppressed, **limits, minimum=least).ok
    report = verify(INCIDENCE, values, plain.suppressed, [1], [5], plain.certificates, minimum=least)
    assert "holds less than there must be" in report.failures[1]
    with pytest.raises(InfeasibleError, match="less than known"):
        protect(INCIDENCE, values, primary, minimum=[0, 2, 0, 0, 0])
