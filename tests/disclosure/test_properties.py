"""What must hold whatever the table: guarantees, metamorphic relations, independence of the proof, mutations."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from handleplan_pipeline.disclosure import attack, protect, verify
from handleplan_pipeline.disclosure.requirement import required
from tests.disclosure.instances import random_table

shapes = st.sampled_from([(3, 4), (4, 4), (2, 3, 3), (2, 2, 5)])


@settings(max_examples=25)
@given(st.integers(0, 10_000), shapes)
def test_no_sensitive_cell_is_narrowed_and_the_proof_says_so(seed: int, shape: tuple[int, ...]) -> None:
    t = random_table(np.random.default_rng(seed), shape, 12)
    p = protect(t.incidence, t.values, t.primary)
    low, high = required(t.primary, None, None)
    assert verify(t.incidence, t.values, p.suppressed, low, high, p.certificates).ok
    found = attack(t.incidence, t.values, p.suppressed, np.flatnonzero(t.primary).tolist(), integer=True)
    assert all(a <= 1 and b >= 5 for a, b in found.values())
    assert p.bound <= p.cost
    # the true table is always among those an attacker cannot exclude
    whole = attack(t.incidence, t.values, p.suppressed)
    assert all(a <= t.values[c] <= b for c, (a, b) in whole.items())


@settings(max_examples=15)
@given(st.integers(0, 10_000))
def test_hiding_more_never_narrows_and_publishing_more_never_widens(seed: int) -> None:
    t = random_table(np.random.default_rng(seed), (3, 4), 12)
    p = protect(t.incidence, t.values, t.primary)
    before = attack(t.incidence, t.values, p.suppressed)
    shown = np.flatnonzero(~p.suppressed)
    more = p.suppressed.copy()
    more[shown[seed % shown.size]] = True
    after = attack(t.incidence, t.values, more, list(before))
    assert all(after[c][0] <= a and b <= after[c][1] for c, (a, b) in before.items())
    if before:
        less = p.suppressed.copy()
        less[next(iter(before))] = False
        rest = attack(t.incidence, t.values, less)
        assert all(before[c][0] <= a and b <= before[c][1] for c, (a, b) in rest.items())


@settings(max_examples=10)
@given(st.integers(0, 10_000))
def test_the_order_of_cells_changes_the_exact_cost_by_nothing(seed: int) -> None:
    t = random_table(np.random.default_rng(seed), (3, 3), 12)
    order = np.random.default_rng(seed + 1).permutation(len(t.keys))
    a = protect(t.incidence, t.values, t.primary, time_limit=10)
    b = protect(t.incidence[order], t.values[order], t.primary[order], time_limit=10)
    assert a.cost == pytest.approx(b.cost, abs=1e-6)


def test_equal_input_gives_an_equal_pattern() -> None:
    t = random_table(np.random.default_rng(8), (3, 4, 3))
    a, b = (protect(t.incidence, t.values, t.primary) for _ in range(2))
    assert (a.suppressed == b.suppressed).all()


def test_a_threshold_of_one_hides_nothing() -> None:
    t = random_table(np.random.default_rng(8), (3, 4))
    nothing = np.zeros(len(t.keys), dtype=bool)
    assert not protect(t.incidence, t.values, nothing).suppressed.any()


def test_what_was_hidden_before_stays_hidden_when_it_is_cheaper() -> None:
    incidence = sparse.csr_matrix(np.array([[1, 1, 1], [1, 0, 0], [0, 1, 0], [0, 0, 1]]))
    values, primary = np.array([43, 3, 20, 20]), np.array([False, True, False, False])
    for stays in (2, 3):
        weights = np.log1p(values) * np.array([10, 1, 1, 1.0])
        weights[stays] *= 0.5
        assert protect(incidence, values, primary, weights=weights).suppressed[stays]


def mutations() -> list[str]:
    return ["publish a hidden cell", "narrow a table", "negative", "fraction", "drop", "other total"]


@pytest.mark.parametrize("mutation", mutations())
def test_weakening_any_part_makes_the_proof_fail(mutation: str) -> None:
    t = random_table(np.random.default_rng(3), (3, 4), 12)
    p = protect(t.incidence, t.values, t.primary)
    low, high = required(t.primary, None, None)
    hidden, certificates = p.suppressed.copy(), dict(p.certificates)
    cell = next(iter(certificates))
    down, up = (x.copy() for x in certificates[cell])
    if mutation == "publish a hidden cell":
        hidden[cell] = False
    elif mutation == "narrow a table":
        up = down
    elif mutation == "negative":
        up[0], up[1] = up[0] - 1000, up[1] + 1000
    elif mutation == "fraction":
        up = up.astype(float)
    elif mutation == "drop":
        del certificates[cell]
    else:
        up[0] += 1
    if mutation != "drop":
        certificates[cell] = (down, up)
    report = verify(t.incidence, t.values, hidden, low, high, certificates)
    assert not report.ok
    assert cell in report.failures


def test_certificates_survive_a_reload(tmp_path) -> None:  # type: ignore[no-untyped-def]
    t = random_table(np.random.default_rng(4), (3, 4), 12)
    p = protect(t.incidence, t.values, t.primary)
    np.savez(tmp_path / "c.npz", **{f"{c}_{s}": x for c, pair in p.certificates.items() for s, x in enumerate(pair)})
    with np.load(tmp_path / "c.npz") as loaded:
        again = {c: (loaded[f"{c}_0"], loaded[f"{c}_1"]) for c in p.certificates}
    low, high = required(t.primary, None, None)
    assert verify(t.incidence, t.values, p.suppressed, low, high, again).ok


def test_the_verifier_never_loads_a_solver() -> None:
    code = (
        "import importlib.util, sys\n"
        "spec = importlib.util.find_spec('handleplan_pipeline')\n"
        "path = spec.submodule_search_locations[0] + '/disclosure/verify.py'\n"
        "found = importlib.util.spec_from_file_location('verifier', path)\n"
        "module = importlib.util.module_from_spec(found); sys.modules['verifier'] = module\n"
        "found.loader.exec_module(module)\n"
        "assert not [m for m in sys.modules if 'highs' in m.lower() or m.startswith('scipy')]\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def oracle_tables() -> list[int]:
    return [11, 12, 13]


@pytest.mark.parametrize("seed", oracle_tables())
def test_an_independent_engine_agrees_that_nothing_is_derivable(seed: int) -> None:
    """Bounds by an integer program of another formulation: leaves only, without the warm model."""
    from scipy.optimize import LinearConstraint, milp

    t = random_table(np.random.default_rng(seed), (4, 5))
    p = protect(t.incidence, t.values, t.primary)
    fixed = LinearConstraint(t.incidence[~p.suppressed], t.values[~p.suppressed], t.values[~p.suppressed])
    for cell in np.flatnonzero(t.primary):
        row = np.asarray(t.incidence[cell].todense()).ravel()
        ends = [milp(s * row, constraints=[fixed], integrality=np.ones(row.size)) for s in (1, -1)]
        assert ends[0].fun <= 1 + 1e-6
        assert ends[1].x is None or -ends[1].fun >= 5 - 1e-6


def test_bounds_may_be_given_per_cell_per_primary_cell_or_once() -> None:
    t = random_table(np.random.default_rng(6), (3, 4), 12)
    n = int(t.primary.sum())
    assert n > 1
    whole = protect(t.incidence, t.values, t.primary, 1, 5)
    for low, high in ((np.ones(t.values.size), np.full(t.values.size, 5)), (np.ones(n), np.full(n, 5))):
        same = protect(t.incidence, t.values, t.primary, low, high)
        assert (same.suppressed == whole.suppressed).all()
    assert verify(t.incidence.toarray(), t.values, whole.suppressed, 1, 5, whole.certificates).ok
    assert verify(t.incidence, t.values, whole.suppressed, np.ones(n), np.full(n, 5), whole.certificates).ok
    with pytest.raises(ValueError, match="bounds"):
        protect(t.incidence, t.values, t.primary, np.ones(n + 1), 5)


@pytest.mark.parametrize("values", [[-1, 2, 3], [1.5, 2, 3], [np.nan, 2, 3], [1, 2]])
def test_values_that_count_nobody_are_refused(values: list[float]) -> None:
    incidence = sparse.csr_matrix(np.array([[1, 1], [1, 0], [0, 1]]))
    with pytest.raises(ValueError, match=r"whole numbers|one each"):
        protect(incidence, values, np.array([False, True, False]))
