"""The exact optimum by capacity inequalities (Fischetti and Salazar 2001), as far as the time goes."""

import time
from typing import Any

import numpy as np

from handleplan_pipeline.disclosure.question import Question
from handleplan_pipeline.disclosure.requirement import Mask
from handleplan_pipeline.disclosure.system import TOLERANCE, Floats


def improve(question: Question, hidden: Mask, until: float) -> tuple[Mask, float]:
    """The cheapest pattern found before `until`, and a proven lower bound of the cost.

    The master chooses a pattern under the inequalities known; each target that the pattern fails gives an inequality:
    whatever is hidden, the attacker's reach is at most what the hidden cells can contribute by the dual prices.
    """
    weights = question.weights
    best, best_cost = hidden, float(weights[hidden].sum())
    bound = float(weights[question.at_least()].sum())
    cuts: list[tuple[Floats, float]] = []
    # an attacker's bound on each deviation: nothing in a table goes further than all of it
    reach = float(question.values.max()) + float(question.high.max(initial=0)) + 1.0
    room_up = np.where(
        np.isfinite(question.system.ceiling) & (question.system.ceiling < question.system.infinity),
        question.system.ceiling - question.values,
        reach,
    )
    while time.monotonic() < until:
        found = _master(question, cuts, until - time.monotonic())
        if found is None:
            break
        pattern, bound_now, proven = found
        bound = max(bound, bound_now)
        new = _violated(question, pattern, np.maximum(room_up, 0.0))
        if not new:
            cost = float(weights[pattern].sum())
            if cost < best_cost - TOLERANCE:
                best, best_cost = pattern, cost
            if proven:
                bound = cost
            break
        cuts += new
        if bound >= best_cost - TOLERANCE:
            break
    question.forget()
    question.system.hide(best)
    return best, min(bound, best_cost)


def _master(question: Question, cuts: list[tuple[Floats, float]], seconds: float) -> tuple[Mask, float, bool] | None:
    from scipy.optimize import Bounds, LinearConstraint, milp

    constraints: list[Any] = []
    # one decision per printed row; what is known already is in no row
    free = np.flatnonzero(~question.known)
    decisions, where = np.unique(question.rows[free], return_inverse=True)
    if cuts:
        rows = np.zeros((len(cuts), decisions.size))
        for row, (coefficients, needed) in zip(rows, cuts, strict=True):
            np.add.at(row, where, coefficients[free])
            np.minimum(row, needed, out=row)
        constraints.append(LinearConstraint(rows, [n for _, n in cuts], np.inf))
    least = np.isin(decisions, question.rows[question.at_least()]).astype(float)
    most = np.ones(decisions.size)
    # ties are broken by position, so that equal input gives equal output
    cost = np.bincount(where, weights=question.weights[free]) + 1e-9 * np.arange(decisions.size)
    result = milp(
        cost,
        constraints=constraints,
        integrality=np.ones(cost.size),
        bounds=Bounds(least, most),
        options={"time_limit": max(seconds, 0.1), "mip_rel_gap": 0.0},
    )
    if result.x is None:
        return None
    pattern = np.zeros(question.weights.size, dtype=bool)
    pattern[free] = (result.x > 0.5)[where]
    return pattern, float(result.mip_dual_bound), result.status == 0


def _violated(question: Question, pattern: Mask, room_up: Floats) -> list[tuple[Floats, float]]:
    """An inequality per target that the pattern does not protect."""
    s, found = question.system, []
    s.hide(pattern)
    for position in np.flatnonzero(pattern):
        # finite room, so that the dual prices of hidden cells count too
        s.model.changeColBounds(s.up(int(position)), 0.0, float(room_up[position]))
    for cell, side in question.targets:
        need = question.need(cell, side)
        if need <= 0:
            continue
        value, _ = s.extreme(cell, side)
        gained = side * (value - question.values[cell])
        if gained >= need - TOLERANCE:
            continue
        up, down = s.slopes()
        # the target's own columns carry the objective itself; it is always hidden
        weight = up * room_up + down * question.values
        constant = gained - float(weight[pattern].sum())
        wanted = need - constant
        row = np.minimum(np.where(weight > TOLERANCE, weight, 0.0), wanted)
        found.append((row, wanted))
    return found
