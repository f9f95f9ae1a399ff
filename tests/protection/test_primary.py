"""The primary rules (methods 4.2), as a truth table with their boundaries."""

import numpy as np
import pytest

from handleplan_pipeline.disclosure import NOT_REQUIRED
from handleplan_pipeline.protection.primary import Primaries, Thresholds, near, primaries
from handleplan_pipeline.protection.system import NEVER, Cell, RowKey, Slice

T = Thresholds(5, 5, 10)
ROW = RowKey("I04", 2012, Slice("minority", "total", "total"))
NOTHING = (NOT_REQUIRED, NOT_REQUIRED)


def judged(x: int, n: int | None, residents: int | None = None) -> tuple[dict[str, tuple[int, int]], bool, str | None]:
    """What is required of each part of a row with `x` of `n`, whether the row is hidden anyway, and the reason."""
    parts = {"numerator": x}
    if n is not None:
        parts |= {"denominator": n, "complement": n - x}
    cells = [Cell("row", p, ROW, np.array([0]), np.array([1]), v, residents=residents) for p, v in parts.items()]
    found = primaries(cells, np.array(list(parts.values())), set(), T)
    required = {p: (int(found.low[i]), int(found.high[i])) for i, p in enumerate(parts)}
    return required, ROW in found.forced, found.reasons.get(ROW)


@pytest.mark.parametrize(
    ("x", "n", "numerator", "complement", "forced", "reason"),
    [
        (1, 40, (1, 5), NOTHING, False, "small_count"),
        (4, 40, (1, 5), NOTHING, False, "small_count"),
        (5, 40, (1, 5), NOTHING, False, "small_count"),
        (6, 40, NOTHING, NOTHING, False, None),
        (0, 40, NOTHING, NOTHING, False, None),
        (0, 10, NOTHING, NOTHING, False, None),
        (0, 9, (0, 1), NOTHING, True, "small_denominator"),
        (40, 40, NOTHING, NOTHING, False, None),
        (9, 9, NOTHING, (0, 1), True, "small_denominator"),
        (36, 40, NOTHING, (1, 5), False, "small_count"),
        (35, 40, NOTHING, (1, 5), False, "small_count"),
        (34, 40, NOTHING, NOTHING, False, None),
        (0, 0, NOTHING, NOTHING, False, None),
    ],
)
def test_shares(
    x: int, n: int, numerator: tuple[int, int], complement: tuple[int, int], forced: bool, reason: str | None
) -> None:
    required, hidden, why = judged(x, n)
    assert (required["numerator"], required["complement"], hidden, why) == (numerator, complement, forced, reason)


@pytest.mark.parametrize(("n", "expected"), [(1, (1, 5)), (5, (1, 5)), (6, NOTHING), (9, NOTHING), (10, NOTHING)])
def test_denominators(n: int, expected: tuple[int, int]) -> None:
    required, hidden, _ = judged(0, n)
    assert required["denominator"] == expected
    assert hidden == (n < 10)


@pytest.mark.parametrize(("x", "expected"), [(0, NOTHING), (1, (1, 5)), (5, (1, 5)), (6, NOTHING)])
def test_counts_without_a_size(x: int, expected: tuple[int, int]) -> None:
    assert judged(x, None)[0]["numerator"] == expected


@pytest.mark.parametrize(
    ("x", "residents", "expected"),
    [
        # fewer than T residents: nothing at all may be learned beyond what is public
        (0, 3, (0, 3)),
        (2, 3, (0, 3)),
        (3, 3, (0, 3)),
        # the others are a count too
        (3, 40, (1, 5)),
        (37, 40, (35, 39)),
        (35, 40, (35, 39)),
        (34, 40, NOTHING),
        (9, 9, (8, 9)),
        (0, 9, (0, 1)),
        (0, 40, NOTHING),
        # both are small: both intervals must stay possible
        (3, 6, (1, 5)),
    ],
)
def test_rates_of_residents(x: int, residents: int, expected: tuple[int, int]) -> None:
    required, hidden, _ = judged(x, None, residents)
    assert required["numerator"] == expected
    assert hidden == (residents < 10)


def test_what_is_never_printed_is_sensitive_all_the_same() -> None:
    cells = [Cell("rest", "numerator", None, np.array([0]), np.array([1]), 3, NEVER)]
    found = primaries(cells, np.array([3]), set(), T)
    assert (found.low[0], found.high[0]) == (1, 5)


@pytest.mark.parametrize(
    ("now", "before", "expected"),
    [
        (22, 20, (21, 25)),
        (18, 20, (15, 19)),
        (20, 20, NOTHING),
        (26, 20, NOTHING),
        (14, 20, NOTHING),
        (25, 20, (21, 25)),
        (15, 20, (15, 19)),
        (3, 6, (1, 5)),
    ],
)
def test_a_change_of_one_to_five_persons_is_a_count_of_them(now: int, before: int, expected: tuple[int, int]) -> None:
    none = np.full(1, NOT_REQUIRED)
    found = Primaries(none, none.copy(), set(), {})
    near(found, 0, now, before, T, ROW, "revision")
    assert (found.low[0], found.high[0]) == expected
    assert (ROW in found.forced) == (expected != NOTHING)


def test_the_first_reason_stands() -> None:
    none = np.full(1, NOT_REQUIRED)
    found = Primaries(none, none.copy(), set(), {})
    for reason in ("revision", "small_count", "variant"):
        found.say(ROW, reason)
    assert found.reasons[ROW] == "small_count"
