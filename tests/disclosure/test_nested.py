"""Rows taken out of rows: the same equations, whatever the rows are, and far fewer numbers."""

import numpy as np
import numpy.typing as npt
import pytest
from scipy import sparse
from scipy.optimize import linprog

from handleplan_pipeline.disclosure.nested import nested, shortened
from handleplan_pipeline.disclosure.system import Attacker

Ints = npt.NDArray[np.int64]


def rows(seed: int, leaves: int = 12) -> Ints:
    """Sets of leaves, unions and repetitions of them, and rows in which leaves count twice."""
    draw = np.random.default_rng(seed)
    parts = (draw.random((6, leaves)) < 0.3).astype(np.int64)
    unions = np.maximum(parts[:3], parts[3:])
    return np.vstack([parts, unions, parts[:2], 2 * parts[:1], parts.max(axis=0)[None], np.ones((1, leaves), np.int64)])


@pytest.mark.parametrize("seed", range(20))
def test_nothing_is_lost(seed: int) -> None:
    incidence = rows(seed)
    by = nested(sparse.csr_matrix(incidence), np.ones(len(incidence), dtype=bool)).toarray()
    assert abs(np.linalg.det(by)) == pytest.approx(1.0)
    assert np.count_nonzero(by @ incidence) < np.count_nonzero(incidence)
    assert ((by @ incidence) >= 0).all()


def test_a_total_less_its_parts_holds_nobody() -> None:
    men, women = [1, 1, 1, 0, 0], [0, 0, 0, 1, 1]
    incidence = sparse.csr_matrix(np.array([men, women, [1, 1, 1, 1, 1]]))
    shorter, by, more = shortened(incidence, np.array([4.0, 3.0, 7.0]), np.array([4.0, 3.0, 7.0]))
    assert shorter.toarray().tolist() == [men, women, [0, 0, 0, 0, 0]]
    assert by.toarray()[2].tolist() == [-1, -1, 1]
    assert more.tolist() == [0, 0, -7]


def test_what_is_not_known_is_taken_out_of_nothing() -> None:
    incidence = sparse.csr_matrix(np.array([[1, 1, 0], [1, 1, 1]]))
    shorter, _, more = shortened(incidence, np.array([0.0, 5.0]), np.array([4.0, 5.0]))
    assert (shorter != incidence).nnz == 0
    assert more.tolist() == [0, 0]


def test_who_counts_twice_is_not_taken_out_once() -> None:
    incidence = sparse.csr_matrix(np.array([[1, 1, 0], [2, 1, 1]]))
    assert (nested(incidence, np.ones(2, dtype=bool)) != sparse.identity(2)).nnz == 0


def test_equal_rows_are_not_taken_out_of_each_other() -> None:
    by = nested(sparse.csr_matrix(np.array([[1, 1], [1, 1]])), np.ones(2, dtype=bool)).toarray()
    assert by.tolist() == [[1, -1], [0, 1]]


@pytest.mark.parametrize("seed", range(20))
def test_bounds_are_those_of_the_plain_equations(seed: int) -> None:
    """And the printed cells that are said to make a bound do so alone."""
    incidence, draw = rows(seed), np.random.default_rng(100 + seed)
    values = (incidence @ draw.integers(0, 6, incidence.shape[1])).astype(float)
    hidden = draw.random(values.size) < 0.4
    most = np.where(hidden, values + draw.integers(0, 9, values.size), np.inf)
    attacker = Attacker(sparse.csr_matrix(incidence), np.where(hidden, 0.0, values), hidden, most)
    for cell in np.flatnonzero(hidden):
        low, high = (_extreme(incidence, values, hidden, most, int(cell), s) for s in (-1, 1))
        assert attacker.extreme(int(cell), 1) == pytest.approx(high, abs=1e-6)
        assert attacker.extreme(int(cell), -1) == pytest.approx(low, abs=1e-6)
        others = np.ones(values.size, dtype=bool)
        others[attacker.bound_by()] = False
        assert _extreme(incidence, values, hidden | others, np.where(others, np.inf, most), int(cell), -1) == (
            pytest.approx(low, abs=1e-6)
        )


def _extreme(
    incidence: Ints, values: npt.NDArray[np.float64], hidden: npt.NDArray[np.bool_], most: Ints, cell: int, sign: int
) -> float:
    top = hidden & np.isfinite(most)
    found = linprog(
        -sign * incidence[cell].astype(float),
        A_ub=incidence[top] if top.any() else None,
        b_ub=most[top] if top.any() else None,
        A_eq=incidence[~hidden] if (~hidden).any() else None,
        b_eq=values[~hidden] if (~hidden).any() else None,
    )
    if found.status == 3:
        return sign * float("inf")
    assert found.status == 0
    return float(-sign * found.fun)
