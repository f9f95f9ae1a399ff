"""Bootstraps: exact on what can be known, wider when persons repeat or areas differ, and never changed by chance."""

import numpy as np
import polars as pl
import pytest

from handleplan_pipeline.adjustment import resample
from handleplan_pipeline.statistics import ratio_of_ratios


def persons(rng: np.random.Generator, group: str, year: int, n: int, p: float, first: int) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "person": [f"{group}{i}" for i in range(first, first + n)],
            "year": [year] * n,
            "population_group": [group] * n,
            "outcome": rng.random(n) < p,
        }
    )


def test_with_different_persons_the_bootstrap_is_the_analytic_interval() -> None:
    rng = np.random.default_rng(5)
    frame = pl.concat(
        [
            persons(rng, "minority", 2010, 600, 0.4, 0),
            persons(rng, "minority", 2014, 600, 0.3, 1000),
            persons(rng, "danish", 2010, 1200, 0.4, 0),
            persons(rng, "danish", 2014, 1200, 0.35, 2000),
        ]
    )
    found = resample.ratio_of_ratios(frame, "minority", "danish", 2010, 2014)
    counts = [
        (int(p["outcome"].sum()), p.height)
        for g in ("minority", "danish")
        for y in (2010, 2014)
        for p in [frame.filter((pl.col("population_group") == g) & (pl.col("year") == y))]
    ]
    analytic = ratio_of_ratios(*(v for c in counts for v in c), confidence=0.90)
    assert found.estimate == pytest.approx(float(analytic.estimate))
    assert found.lower90 == pytest.approx(float(analytic.lower), rel=0.05)
    assert found.upper90 == pytest.approx(float(analytic.upper), rel=0.05)
    assert (found.persons, found.share_in_both) == (3600, 0.0)
    assert found == resample.ratio_of_ratios(
        frame.sample(fraction=1, shuffle=True, seed=1), "minority", "danish", 2010, 2014
    )


def test_persons_who_do_the_same_in_both_years_make_a_change_certain() -> None:
    rng = np.random.default_rng(6)
    same = [persons(rng, g, 2010, 400, 0.4, 0) for g in ("minority", "danish")]
    frame = pl.concat([*same, *(f.with_columns(year=pl.lit(2014, pl.Int64)) for f in same)])
    found = resample.ratio_of_ratios(frame, "minority", "danish", 2010, 2014)
    assert (found.estimate, found.lower90, found.upper90, found.share_in_both) == (1.0, 1.0, 1.0, 1.0)


def test_representation_is_drawn_across_both_services() -> None:
    rows = []
    for year, served in ((2006, 20), (2014, 40)):
        for group, n, s in (("minority", 100, served), ("danish", 400, 120)):
            for i in range(n):
                rows.append((f"{group}{i}", year, "I10_t", group))
                if i < s:
                    rows.append((f"{group}{i}", year, "I10_s", group))
    frame = pl.DataFrame(rows, schema=["person", "year", "name", "population_group"], orient="row")
    own, change = resample.representation_change(frame, ("I10_s", "I10_t"), "minority", 2006, 2014)
    assert own.estimate == pytest.approx((40 / 160) / (100 / 500))
    assert change.estimate == pytest.approx((40 / 160) / (20 / 140))
    assert change.lower90 < change.estimate < change.upper90
    assert change.share_in_both == 1.0


def test_medians_are_drawn_year_by_year() -> None:
    found = resample.difference_of_medians([10.0] * 30, [20.0] * 30)
    assert (found.estimate, found.lower90, found.upper90) == (-10.0, -10.0, -10.0)


@pytest.mark.parametrize(
    ("areas", "method"), [(6, "area-and-person-bootstrap"), (19, "area-and-person-bootstrap"), (20, "cluster-sandwich")]
)
def test_areas_that_differ_widen_the_interval(areas: int, method: str) -> None:
    rng = np.random.default_rng(7)

    def frame(spread: float) -> pl.DataFrame:
        rows = []
        for a in range(areas):
            shift = spread * (1 if a % 2 else -1)
            for year, p in ((2010, 0.5), (2014, 0.5 + shift)):
                hits = rng.random(300) < p
                rows += [(f"{a}-{year}-{i}", year, str(a), bool(h)) for i, h in enumerate(hits)]
        return pl.DataFrame(rows, schema=["person", "year", "cluster", "outcome"], orient="row")

    alike, apart = (resample.clustered_difference(frame(s), 2010, 2014) for s in (0.0, 0.2))
    assert (alike.method, alike.clusters) == (method, areas)
    assert apart.upper90 - apart.lower90 > 2 * (alike.upper90 - alike.lower90)
    assert alike.lower95 <= alike.lower90 <= alike.estimate <= alike.upper90 <= alike.upper95


def test_the_order_persons_come_in_changes_no_limit_and_the_seed_does() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.integers(1, 90, 40).astype(float), rng.integers(1, 90, 50).astype(float)
    found = resample.difference_of_medians(a, b)
    assert found == resample.difference_of_medians(rng.permutation(a), rng.permutation(b))
    assert found != resample.difference_of_medians(a, b, seed=7)
