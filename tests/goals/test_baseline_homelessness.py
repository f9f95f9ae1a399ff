"""Homelessness baseline: quantiles of stays are over stays, and shown with enough persons on each side."""

from datetime import date, timedelta

import polars as pl
import pytest

from assets.baselines.baseline_homelessness import as_cells, counted_part, from_cells
from tests.lib.counting import episodes
from tests.lib.drawn import drawn, people

YEAR = 2010


def quantiles(lengths: dict[str, list[int]], beside: int = 5) -> dict[str, tuple[float | None, bool]]:
    """Value and whether it is hidden, by quantity, of the Danish; each person's stays follow with days between."""
    rows = []
    for name, nights in lengths.items():
        start = date(YEAR, 1, 2)
        for n in nights:
            rows.append(f"{name}  {start}  {start + timedelta(days=n)}")
            start += timedelta(days=n + 3)
    stays = drawn("shelter_stay", "\n".join(["person  start_date  end_date", *rows]))
    population = people("\n".join(["person  in_population", *(f"{n}  {YEAR}-{YEAR}" for n in lengths)]))
    nobody = drawn("homeless_person", "form_id  year")
    counts = counted_part(stays, episodes(stays), nobody, population, "101", [YEAR], beside)
    cells = as_cells(counts, "synthetic", "101")
    found = {
        q: from_cells(cells, f"B1.{q}", q, part="value").filter(pl.col("population_group") == "danish")
        for q in ("stay_median", "stay_p90")
    }
    return {q: (r["value"][0], r["hidden"][0]) for q, r in found.items()}


def test_a_quantile_of_many_persons_is_over_their_stays() -> None:
    found = quantiles({f"p{i}": [i + 1, i + 1] for i in range(60)})
    assert found == {"stay_median": (30.5, False), "stay_p90": (pytest.approx(54.1), False)}


def test_two_persons_with_many_stays_are_no_five_above() -> None:
    """Of 60 stays 20 are long, and all of them are of two persons."""
    lengths = {f"p{i}": [5] for i in range(40)} | {name: [12] * 10 for name in ("x", "y")}
    found = quantiles(lengths)
    assert found["stay_p90"] == (None, True)
    assert found["stay_median"] == (5.0, False)
    assert quantiles(lengths, beside=2)["stay_p90"] == (12.0, False)
