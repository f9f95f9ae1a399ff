"""Which cells to hide: a heuristic by linear programs, a clean-up, an exact improvement, and certificates.

(1) For each sensitive cell and side, the cheapest way the table could be otherwise; what moves is hidden. (2) Hidden
cells that nothing needs are shown again, the dearest first. (3) Where time is given, the exact optimum by capacity
inequalities (Fischetti and Salazar). (4) A certificate in integers per sensitive cell, which `verify` checks alone.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec

import numpy as np
import numpy.typing as npt

from handleplan_pipeline.disclosure.errors import InfeasibleError
from handleplan_pipeline.disclosure.improve import improve
from handleplan_pipeline.disclosure.question import Certificates, Question
from handleplan_pipeline.disclosure.requirement import Mask, required
from handleplan_pipeline.disclosure.system import Floats, System


@dataclass(frozen=True)
class Pattern:
    """Cells to hide, by linear programs: proved when `certified` has found the tables in whole persons.

    `cost` is the weight of all hidden cells, `bound` a proven least cost and `gap` their relative distance. `tables`
    agree with what is printed, in fractions of persons too: one for each side of each sensitive cell.
    """

    suppressed: Mask
    cost: float
    bound: float
    tables: list[Floats]
    _question: Question
    _incidence: Any

    @property
    def gap(self) -> float:
        return (self.cost - self.bound) / self.cost if self.cost else 0.0

    def certified(self) -> "Protection":
        """The same with its proof. Raises InfeasibleError where a cell is protected in fractions alone."""
        certificates = self._question.certify(self._incidence, self.suppressed)
        return Protection(self.suppressed, self.cost, self.bound, self.gap, certificates)


@dataclass(frozen=True)
class Protection:
    """A pattern of hidden cells with its proof (see `Pattern`)."""

    suppressed: Mask
    cost: float
    bound: float
    gap: float
    certificates: Certificates


def pattern(
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
    fixed: npt.ArrayLike | None = None,
    begun: tuple[npt.ArrayLike, Sequence[Floats]] | None = None,
) -> Pattern:
    """Cells to hide so that the attacker's interval of each primary cell covers [lower, upper] (default [1, T]).

    `incidence`: sparse (cells x leaves), how often who is in a leaf counts in a cell; `values`: the true cell values;
    `lower`, `upper`: one for all, one per cell or one per primary cell, read where `primary` is true; `published`:
    cells that are known already and cannot be hidden; `weights`: loss per hidden cell (default ln(1 + value));
    `time_limit`: seconds for the exact improvement, none by default; `maximum`, `minimum`: what the attacker knows of
    each cell beforehand; `together`: the row each cell is printed in, as a whole number per cell (cells of a row are
    shown or hidden together; default: each its own); `unprinted`: cells that are never printed, such as a difference
    of two printed ones. Raises InfeasibleError that names the cells which cannot be protected, and ContradictionError
    when the counts do not add up.

    `fixed`: hide these cells and no others; raises InfeasibleError naming those that they do not protect. `begun`:
    cells hidden for a question much like this one and tables that agreed with it, which shorten the search.
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
    if fixed is None:
        first = None if begun is None else question.begin(incidence, np.asarray(begun[0], dtype=bool), begun[1])
        hidden = question.clean_up(question.heuristic(first))
    else:
        hidden = np.asarray(fixed, dtype=bool) | never
        question.hold(hidden)
    if time_limit is not None and fixed is None:
        hidden, bound = improve(question, hidden, time.monotonic() + time_limit)
    else:
        bound = float(w[question.at_least()].sum())
    tables = [question.leaves(t) for t in dict.fromkeys(question.witness.values())]
    return Pattern(hidden, float(w[hidden].sum()), bound, tables, question, incidence)


P = ParamSpec("P")


def _proved(search: Callable[P, Pattern]) -> Callable[P, Protection]:
    """The same question, answered with the proof."""

    @wraps(search)
    def protected(*question: P.args, **more: P.kwargs) -> Protection:
        return search(*question, **more).certified()

    return protected


protect = _proved(pattern)
"""`pattern` with its proof: arguments and errors are the same."""
