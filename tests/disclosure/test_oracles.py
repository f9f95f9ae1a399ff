"""Published instances, their optima, what an attacker finds, and the published failures of other tools."""

import ast

import numpy as np
import pytest
from scipy import sparse

from handleplan_pipeline.disclosure import InfeasibleError, attack, protect, verify
from handleplan_pipeline.disclosure.requirement import required
from tests.disclosure.instances import LINKED, Instance, linked, load, rows_of

RANDOM = [r["instance"] for r in rows_of("optima.csv") if r["instance"].startswith("rnd")]
OPTIMUM = {r["instance"]: float(r["optimum"]) for r in rows_of("optima.csv") if r["weight"] == "value"}
SLOW = {"rnd_5x5x4_s0", "rnd_3x4x3_s1"}


def test_the_illustrative_table_of_fischetti_and_salazar() -> None:
    t = load("fs3x3")
    p = protect(t.incidence, t.values, t.primary, t.values - 5, t.values + 8, t.values, time_limit=5)
    assert (p.cost, p.bound, p.gap) == (59, 59, 0)
    assert {t.keys[i] for i in np.flatnonzero(p.suppressed)} == {
        ("II", "A"),
        ("II", "C"),
        ("III", "A"),
        ("III", "C"),
    }
    low, high = required(t.primary, t.values - 5, t.values + 8)
    assert verify(t.incidence, t.values, p.suppressed, low, high, p.certificates).ok


@pytest.mark.parametrize("instance", ["fs3x3", "sdctable4x4"])
@pytest.mark.parametrize("integer", [False, True])
def test_what_an_attacker_finds(instance: str, integer: bool) -> None:
    t = load(instance)
    rows = [r for r in rows_of("attack_bounds.csv") if r["instance"] == instance]
    suppressed = np.zeros(len(t.keys), dtype=bool)
    suppressed[[t.at(ast.literal_eval(r["cell"])) for r in rows]] = True
    found = attack(t.incidence, t.values, suppressed, integer=integer)
    for r in rows:
        assert found[t.at(ast.literal_eval(r["cell"]))] == (float(r["int_lower"]), float(r["int_upper"]))


def test_two_hidden_cells_per_line_are_not_enough() -> None:
    t = load("sdctable4x4")
    at = t.at(("w", "b"))
    primary = np.zeros_like(t.primary)
    primary[at] = True
    hidden = t.primary.copy()
    assert attack(t.incidence, t.values, hidden, [at])[at] == (47, 47)
    weights = np.where(hidden, 0.0, t.values.astype(float))
    # each of the other eight is hidden already; the cheapest repair adds 31
    p = protect(t.incidence, t.values, primary, t.values, t.values + 1, weights, time_limit=10)
    assert float(weights[p.suppressed].sum()) <= 31


def test_the_pattern_of_sdctable_on_microdata1() -> None:
    t = load("sdctable_microdata1")
    p = protect(t.incidence, t.values, t.primary, t.values - 1, t.values + 1, t.values, time_limit=10)
    assert p.cost == 42
    assert {t.keys[i] for i in np.flatnonzero(p.suppressed)} == {
        ("A", "male"),
        ("A", "female"),
        ("C", "male"),
        ("C", "female"),
    }


def random_instance(name: str, seconds: float | None) -> tuple[Instance, float, float]:
    t = load(name)
    top = np.full(len(t.keys), float(t.values.max()))
    p = protect(t.incidence, t.values, t.primary, 0, 2 * t.values, t.values, t.values == 0, seconds, maximum=top)
    low, high = required(t.primary, 0, 2 * t.values)
    assert verify(t.incidence, t.values, p.suppressed, low, high, p.certificates).ok
    return t, p.cost, p.bound


@pytest.mark.parametrize("name", [n for n in RANDOM if n not in SLOW])
def test_certified_optima_are_reached(name: str) -> None:
    _, cost, bound = random_instance(name, 20)
    assert cost == bound == OPTIMUM[name]


@pytest.mark.parametrize("name", sorted(SLOW))
def test_the_heuristic_is_near_the_certified_optimum(name: str) -> None:
    _, cost, _ = random_instance(name, None)
    assert OPTIMUM[name] <= cost <= 1.25 * OPTIMUM[name]


def test_linked_tables_that_each_look_safe_give_a_cell_away() -> None:
    t = linked("usersupport136")
    given = LINKED["usersupport136"]
    unsafe = np.array([k[0] in given["unsafe_pattern"] for k in t.keys])
    found = attack(t.incidence, t.values, unsafe)
    assert {t.keys[c][0]: list(map(int, b)) for c, b in found.items()} == given["expected_intervals"]
    p = protect(t.incidence, t.values, t.primary, 1, 4, time_limit=5)
    hidden = {t.keys[i][0] for i in np.flatnonzero(p.suppressed)}
    assert len(hidden) == given["optimum"]["n_suppressed"]


@pytest.mark.parametrize("case", LINKED["usersupport194"]["cases"], ids=lambda c: c["why"][:20])
def test_zeros_and_ones_that_sums_give_away(case: dict) -> None:  # type: ignore[type-arg]
    n = len(case["parts"])
    incidence = sparse.csr_matrix(np.vstack([np.ones(n, dtype=int), np.eye(n, dtype=int)]))
    suppressed = np.zeros(n + 1, dtype=bool)
    suppressed[[1 + i for i in case["suppressed"]]] = True
    found = attack(incidence, [case["total"], *case["parts"]], suppressed)
    assert [list(found[1 + i]) for i in case["suppressed"]] == case["expected"]


def test_three_singletons() -> None:
    given = LINKED["usersupport135"]
    ones, letters = sorted(set(given["var1"])), sorted(set(given["var2"]))
    keys = [(a, b) for a in (None, *ones) for b in (None, *letters)]
    leaves = list(zip(given["var1"], given["var2"], strict=True))
    matrix = np.array([[(a in (None, x)) and (b in (None, y)) for x, y in leaves] for a, b in keys], dtype=int)
    values = matrix @ np.array(given["freq"])
    primary = (values >= 1) & (values <= 2)
    p = protect(sparse.csr_matrix(matrix), values, primary, 1, 3)
    found = attack(sparse.csr_matrix(matrix), values, p.suppressed, np.flatnonzero(primary).tolist(), integer=True)
    assert all(low <= 1 and high >= 3 for low, high in found.values())


def test_a_nested_population_cannot_be_subtracted() -> None:
    """All users and those with lawful stay, same classification: the difference is five persons, two and three."""
    # leaves: yes and no, with and without lawful stay; the last three rows are never printed
    incidence = sparse.csr_matrix(
        np.array(
            [
                [1, 0, 1, 0],
                [0, 1, 0, 1],
                [1, 1, 1, 1],
                [1, 0, 0, 0],
                [0, 1, 0, 0],
                [1, 1, 0, 0],
                [0, 0, 1, 0],
                [0, 0, 0, 1],
                [0, 0, 1, 1],
            ]
        )
    )
    values = np.array([61, 104, 165, 59, 101, 160, 2, 3, 5])
    printed = np.arange(9) < 6
    each_alone = np.zeros(9, dtype=bool)
    each_alone[6:] = True
    assert attack(incidence, values, each_alone, [6, 7]) == {6: (2, 2), 7: (3, 3)}
    primary = np.array([False] * 6 + [True, True, False])
    p = protect(incidence, values, primary, weights=np.where(printed, np.log1p(values), 0.0))
    found = attack(incidence, values, p.suppressed, [6, 7], integer=True)
    assert all(low <= 1 and high >= 5 for low, high in found.values())


def test_an_earlier_release_that_gives_a_cell_away_is_infeasible_and_named() -> None:
    incidence = sparse.csr_matrix(np.array([[1, 1], [1, 0], [0, 1]]))
    with pytest.raises(InfeasibleError) as e:
        protect(incidence, [12, 3, 9], np.array([False, True, False]), published=[True, False, True])
    assert e.value.cells == [1]
    with pytest.raises(InfeasibleError, match="published already"):
        protect(incidence, [12, 3, 9], np.array([False, True, False]), published=[False, True, False])


def test_a_percentage_with_its_denominator_is_a_numerator() -> None:
    given = LINKED["rate_leak"]
    hits = [
        k for k in range(given["denominator"] + 1) if round(100 * k / given["denominator"], 1) == given["published_pct"]
    ]
    assert hits == given["expected_numerators"]


def test_what_a_count_cannot_exceed_bounds_the_attacker_and_the_pattern() -> None:
    """A total of two parts, 3 and 7, of which nobody can be more than 7 in the second."""
    incidence = sparse.csr_matrix(np.array([[1, 1], [1, 0], [0, 1]]))
    values, primary, most = np.array([10, 3, 7]), np.array([False, True, False]), np.array([np.inf, np.inf, 7])
    second_only = np.array([False, True, True])
    for integer in (False, True):
        found = attack(incidence, values, second_only, [1], maximum=most, integer=integer)
        assert found == {1: (3, 10)}
        everything = attack(incidence, values, np.ones(3, dtype=bool), [2], maximum=most, integer=integer)
        assert everything == {2: (0, 7)}
    # hiding the second part alone is cheapest, and would protect where it could be 9
    p = protect(incidence, values, primary, weights=[5.0, 1.0, 1.0], maximum=most)
    assert p.suppressed[0]
    low, high = required(primary, None, None)
    assert verify(incidence, values, p.suppressed, low, high, p.certificates, maximum=most).ok
    with pytest.raises(InfeasibleError, match="cannot hold") as e:
        protect(incidence, values, primary, maximum=[np.inf, 4, np.inf])
    assert e.value.cells == [1]
