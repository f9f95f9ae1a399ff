"""The quantiles of stays in the homelessness baseline: over stays, shown with enough persons on each side."""

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from assets.baselines.baseline_homelessness import as_cells, counted_part, from_cells
from schemas.registers.homeless_person import HOMELESS_PERSON
from schemas.registers.person import PERSON_YEAR
from schemas.registers.shelter_stay import SHELTER_STAY
from tests.goals.frames import person, table
from tests.goals.test_definitions import episodes, stay

YEAR = 2010


def quantiles(stays: list[dict[str, Any]], beside: int = 5) -> dict[str, tuple[float | None, bool]]:
    """Value and whether it is hidden, by quantity, of the Danish."""
    people = table(PERSON_YEAR, *(person(n, YEAR) for n in {s["person"] for s in stays}))
    counts = counted_part(
        table(SHELTER_STAY, *stays), episodes(*stays), table(HOMELESS_PERSON), people, "101", [YEAR], beside
    )
    cells = as_cells(counts, "synthetic", "101")
    rows = {q: from_cells(cells, f"B1.{q}", q, part="value").filter(pl.col("population_group") == "danish")
            for q in ("stay_median", "stay_p90")}  # fmt: skip
    return {q: (r["value"][0], r["hidden"][0]) for q, r in rows.items()}


def of(lengths: dict[str, list[int]]) -> list[dict[str, Any]]:
    """Stays of each person, one after the other with days between."""
    found = []
    for name, nights in lengths.items():
        start = date(YEAR, 1, 2)
        for n in nights:
            found.append(stay(name, start, n))
            start += timedelta(days=n + 3)
    return found


def test_a_quantile_of_many_persons_is_over_their_stays() -> None:
    lengths = {f"p{i}": [i + 1, i + 1] for i in range(60)}
    assert quantiles(of(lengths)) == {"stay_median": (30.5, False), "stay_p90": (pytest.approx(54.1), False)}


def test_two_persons_with_many_stays_are_no_five_above() -> None:
    """Of 60 stays 20 are long, and all of them are of two persons."""
    lengths = {f"p{i}": [5] for i in range(40)} | {name: [12] * 10 for name in ("x", "y")}
    found = quantiles(of(lengths))
    assert found["stay_p90"] == (None, True)
    assert found["stay_median"] == (5.0, False)
    assert quantiles(of(lengths), beside=2)["stay_p90"] == (12.0, False)
