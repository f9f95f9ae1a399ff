"""Which cells to hide: a heuristic by linear programs, a clean-up, an exact improvement, and certificates.

(1) For each sensitive cell and side, the cheapest way the table could be otherwise; what moves is hidden. (2) Hidden
cells that nothing needs are shown again, the dearest first. (3) Where time is given, the exact optimum by capacity
inequalities (Fischetti and Salazar). (4) A certificate in integers per sensitive cell, which `verify` checks alone.
"""

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from handleplan_pipeline.disclosure.errors import InfeasibleError
from handleplan_pipeline.disclosure.improve import improve
from handleplan_pipeline.disclosure.question import Certificates, Question
from handleplan_pipeline.disclosure.requirement import Mask, required
from handleplan_pipeline.disclosure.system import System


@dataclass(frozen=True)
class Protection:
    """A pattern of hidden cells with its proof.

    `cost` is the weight of all hidden cells, `bound` a proven least cost and `gap` their relative distance.
    """

    suppressed: Mask
    cost: float
    bound: float
    gap: float
    certificates: Certificates


def protect(
    incidence: Any,
    values: npt.ArrayLike,
    primary: npt.ArrayLike,
    lower: npt.ArrayLike | None = None,
    upper: npt.ArrayLike | None = None,
    weights: npt.ArrayLike | None = None,
    published: npt.ArrayLike | None = None,
    time_limit: float | None = None,
    *,
    maximum: npt.ArrayLike | None = None,
    minimum: npt.ArrayLike | None = None,
    together: npt.ArrayLike | None = None,
    unprinted: npt.ArrayLike | None = None,
) -> Protection:
    """Hide cells so that the attacker's interval of each primary cell covers [lower, upper] (default [1, T]).

    `incidence`: sparse (cells x leaves), how often who is in a leaf counts in a cell; `values`: the true cell values; `lower`, `upper`: one for all, one per
    cell or one per primary cell; `published`: cells that are known
    already and cannot be hidden; `weights`: loss per hidden cell (default ln(1 + value)); `time_limit`: seconds for the
    exact improvement, none by default; `maximum`, `minimum`: what the attacker knows of each cell beforehand;
    `together`: the row each cell is printed in, as a whole number per cell (cells of a row are shown or hidden
    together; default: each its own); `unprinted`: cells that are never printed, such as a difference of two printed
    ones. Raises InfeasibleError that names the cells which cannot be protected, and ContradictionError when the counts
    do not add up.
    """
    a = np.asarray(values, dtype=float)
    sensitive = np.asarray(primary, dtype=bool)
    if not a.size == sensitive.size == incidence.shape[0]:
        raise ValueError(f"{incidence.shape[0]} rows, {a.size} values and {sensitive.size} marks: one each is wanted.")
    if not (np.isfinite(a).all() and (a >= 0).all() and (a == np.rint(a)).all()):
        raise ValueError("the values are whole numbers, not negative.")
    low, high = required(sensitive, lower, upper)
    w = np.log1p(a) if weights is None else np.asarray(weights, dtype=float)
    known = np.zeros(a.size, dtype=bool) if published is None else np.asarray(published, dtype=bool)
    if (given_away := np.flatnonzero(sensitive & known)).size:
        raise InfeasibleError(given_away.tolist(), f"{given_away.size} sensitive cells are published already.")
    ceiling = None if maximum is None else np.asarray(maximum, dtype=float)
    if ceiling is not None and (too_high := np.flatnonzero(sensitive & (high > ceiling))).size:
        raise InfeasibleError(
            too_high.tolist(), f"{too_high.size} sensitive cells cannot hold what they must be able to."
        )
    floor = None if minimum is None else np.asarray(minimum, dtype=float)
    if floor is not None and (too_low := np.flatnonzero(sensitive & (low < floor))).size:
        raise InfeasibleError(too_low.tolist(), f"{too_low.size} sensitive cells must be able to hold less than known.")
    rows = np.arange(a.size) if together is None else np.asarray(together, dtype=np.int64)
    never = np.zeros(a.size, dtype=bool) if unprinted is None else np.asarray(unprinted, dtype=bool)
    question = Question(System(incidence, a, ceiling, floor), a, sensitive, low, high, w, known, rows, never)
    question.require_a_table()
    hidden = question.heuristic()
    hidden = question.clean_up(hidden)
    if time_limit is not None:
        hidden, bound = improve(question, hidden, time.monotonic() + time_limit)
    else:
        bound = float(w[question.at_least()].sum())
    certificates = question.certify(incidence, hidden)
    cost = float(w[hidden].sum())
    return Protection(hidden, cost, bound, (cost - bound) / cost if cost else 0.0, certificates)
