"""Bootstraps over persons and areas: persons drawn again with everything they did, so that dependence is kept.

Persons who did the same in both years are exchangeable, so drawing persons is drawing their patterns from a
multinomial distribution: exact, and as fast for a million persons as for ten.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from handleplan_pipeline.statistics.adjusted import design

DRAWS = 2000
SEED = 2010_2014
"""Draws and seed (methods 2.3); fixed, so that a figure never changes by itself. Ours, version 1. Limits that are
published of real persons are drawn with a seed of the lake's own: with a known one the draws could be repeated for
every guess of how many persons are in both years."""
REPEATED_SHARE = 0.10
"""Above this share of persons in both years the bootstrap replaces the analytic interval (methods 2.3)."""
FEW_CLUSTERS = 20
"""Below so many areas, areas and persons are drawn; from there on a cluster sandwich is used (methods 2.5)."""
LEAST_WITH_A_DATE = 20
"""Women with a stated start of the violence in each year, or the median is not compared."""
NEWTON_STEPS = 8
Draws = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Bootstrap:
    """A quantity with the percentile limits of its bootstrap at 90 and 95 per cent."""

    estimate: float
    lower90: float
    upper90: float
    lower95: float
    upper95: float
    persons: int
    share_in_both: float
    clusters: int | None
    method: str


def limits_of(draws: Draws) -> tuple[float, float, float, float]:
    """Percentile limits at 90 and at 95 per cent; NaN where too many draws could not be computed."""
    known = draws[np.isfinite(draws)]
    if known.size < 0.95 * draws.size:
        return (float("nan"),) * 4
    low90, high90, low95, high95 = np.quantile(known, [0.05, 0.95, 0.025, 0.975])
    return float(low90), float(high90), float(low95), float(high95)


def _states(frame: pl.DataFrame, keys: Sequence[str], flags: dict[str, pl.Expr]) -> tuple[pl.DataFrame, int, float]:
    """Patterns of persons with how many have each; persons in all; share of persons seen in both years."""
    people = frame.group_by("person", *keys).agg(**flags, years=pl.col("year").n_unique())
    patterns = people.group_by(*keys, *flags).agg(persons=pl.len()).sort(*keys, *flags)
    return patterns, people.height, float((people["years"] > 1).mean() or 0.0)  # type: ignore[arg-type]


def _draw(counts: Draws, rng: np.random.Generator) -> Draws:
    total = int(counts.sum())
    if not total:
        return np.zeros((DRAWS, counts.size))
    return rng.multinomial(total, counts / total, size=DRAWS).astype(float)


def _resampled(
    patterns: pl.DataFrame,
    groups: Sequence[npt.NDArray[np.bool_]],
    quantity: Callable[[Draws], Draws],
    persons: int,
    share: float,
    method: str,
    seed: int = SEED,
) -> Bootstrap:
    """`quantity` maps counts per pattern (draws x patterns) to a number per draw; each group is drawn on its own."""
    rng = np.random.default_rng(seed)
    counts = patterns["persons"].to_numpy().astype(float)
    drawn = np.zeros((DRAWS, counts.size))
    for chosen in groups:
        drawn[:, chosen] = _draw(counts[chosen], rng)
    with np.errstate(divide="ignore", invalid="ignore"):
        estimate = float(quantity(counts[None, :])[0])
        limits = limits_of(quantity(drawn))
    return Bootstrap(estimate, *limits, persons, share, None, method)


def ratio_of_ratios(
    frame: pl.DataFrame, group: str, reference: str, base: int, year: int, seed: int = SEED
) -> Bootstrap:
    """(p1/p0 of the group) / (p1/p0 of the reference), persons drawn within their group.

    `frame`: person, year (base or year), population_group, outcome. 0.5 is added to every count and 1 to every size
    of a draw in which a count is 0 (as in the analytic interval).
    """
    flags = {
        f"{n}_{y}": ((pl.col("year") == y) & (pl.col("outcome") if n == "hit" else pl.lit(True))).any()
        for y in (base, year)
        for n in ("in", "hit")
    }
    patterns, persons, share = _states(frame, ["population_group"], flags)
    of = {g: (patterns["population_group"] == g).to_numpy() for g in (group, reference)}
    parts = [
        (patterns[f"hit_{y}"].to_numpy() & of[g], patterns[f"in_{y}"].to_numpy() & of[g])
        for g in (group, reference)
        for y in (year, base)
    ]

    def quantity(counts: Draws) -> Draws:
        x = np.stack([counts[:, hit].sum(axis=1) for hit, _ in parts])
        n = np.stack([counts[:, inside].sum(axis=1) for _, inside in parts])
        empty = (x == 0).any(axis=0)
        p = (x + 0.5 * empty) / (n + 1.0 * empty)
        return np.asarray(p[0] / p[1] / (p[2] / p[3]))

    return _resampled(patterns, list(of.values()), quantity, persons, share, "person-bootstrap", seed)


def representation_change(
    frame: pl.DataFrame, services: tuple[str, str], group: str, base: int, year: int, seed: int = SEED
) -> tuple[Bootstrap, Bootstrap]:
    """The representation ratio R = S/T of `year`, and R over that of `base`; persons drawn across both `services`.

    S and T are the shares of `group` in the first and the second service.
    `frame`: person, year, name (of the service), population_group (`group` and the rest).
    """
    flags = {f"{n}_{y}": ((pl.col("year") == y) & (pl.col("name") == n)).any() for y in (base, year) for n in services}
    patterns, persons, share = _states(frame, ["population_group"], flags)
    minority = (patterns["population_group"] == group).to_numpy()

    def share_of(counts: Draws, service: str, y: int) -> Draws:
        inside = patterns[f"{service}_{y}"].to_numpy()
        return np.asarray(counts[:, inside & minority].sum(axis=1) / counts[:, inside].sum(axis=1))

    def ratio(counts: Draws, y: int) -> Draws:
        return share_of(counts, services[0], y) / share_of(counts, services[1], y)

    everybody = [np.ones(patterns.height, dtype=bool)]
    about = (persons, share, "person-bootstrap", seed)
    own = _resampled(patterns, everybody, lambda c: ratio(c, year), *about)
    return own, _resampled(patterns, everybody, lambda c: ratio(c, year) / ratio(c, base), *about)


def expected_gap(frame: pl.DataFrame, covariates: Sequence[str], group: str, reference: str) -> Bootstrap:
    """Observed less expected share of the group, persons of both groups drawn again and the model fitted to each draw.

    `frame`: population_group, outcome 0/1 and the covariates as texts or flags; missing is a level. Persons with one
    background and outcome are exchangeable: their numbers are drawn, and all draws are fitted at once by Newton steps.
    """
    counts = frame.group_by("population_group", "outcome", *covariates).agg(persons=pl.len())
    patterns = counts.sort("population_group", "outcome", *covariates)
    own = frame.filter(pl.col("population_group") == reference)
    x, _ = design(patterns, covariates, own)
    y = patterns["outcome"].cast(pl.Float64).to_numpy()
    inside = (patterns["population_group"] == group).to_numpy()
    xr, yr, xg, yg = x[~inside], y[~inside], x[inside], y[inside]

    def quantity(numbers: Draws) -> Draws:
        weights, mine = numbers[:, ~inside], numbers[:, inside]
        beta = np.zeros((len(numbers), x.shape[1]))
        for _ in range(NEWTON_STEPS):
            mu = 1 / (1 + np.exp(-np.clip(beta @ xr.T, -30, 30)))
            score = (weights * (yr - mu)) @ xr
            information = np.einsum("dk,ki,kj->dij", weights * mu * (1 - mu), xr, xr)
            # a hair of ridge keeps a draw without a level from stopping the others
            information += 1e-9 * np.eye(x.shape[1])
            beta += np.clip(np.linalg.solve(information, score[..., None])[..., 0], -5, 5)
        expected = 1 / (1 + np.exp(-np.clip(beta @ xg.T, -30, 30)))
        return np.asarray((mine * (yg - expected)).sum(axis=1) / mine.sum(axis=1))

    return _resampled(patterns, [inside, ~inside], quantity, frame.height, 0.0, "person-bootstrap")


def difference_of_medians(later: npt.ArrayLike, earlier: npt.ArrayLike, seed: int = SEED) -> Bootstrap:
    """Median of `later` minus median of `earlier`, each drawn on its own; in the unit of the values."""
    rng = np.random.default_rng(seed)
    # sorted, so that the order persons come in changes nothing
    a, b = (np.sort(np.asarray(v, dtype=float)) for v in (later, earlier))
    drawn = [np.median(v[rng.integers(v.size, size=(DRAWS, v.size))], axis=1) for v in (a, b)]
    limits = limits_of(drawn[0] - drawn[1])
    return Bootstrap(float(np.median(a) - np.median(b)), *limits, a.size + b.size, 0.0, None, "person-bootstrap")


def clustered_difference(frame: pl.DataFrame, base: int, year: int, seed: int = SEED) -> Bootstrap:
    """Share of `year` minus share of `base` over fixed areas: areas and persons drawn, or a cluster sandwich.

    `frame`: person, year (base or year), cluster, outcome; result as a fraction.
    """
    cells = frame.group_by("cluster", "year").agg(x=pl.col("outcome").sum(), n=pl.len())
    wide = cells.pivot(on="year", index="cluster", values=["x", "n"]).fill_null(0).sort("cluster")
    x1, n1, x0, n0 = (wide[f"{k}_{y}"].to_numpy().astype(float) for y in (year, base) for k in ("x", "n"))
    estimate = x1.sum() / n1.sum() - x0.sum() / n0.sum()
    seen = frame.group_by("person").agg(pl.col("year").n_unique())["year"]
    about = (seen.len(), float((seen > 1).mean() or 0.0), wide.height)  # type: ignore[arg-type]
    if wide.height >= FEW_CLUSTERS:
        return _sandwich(float(estimate), (x1, n1, x0, n0), about)
    patterns, _, _ = _states(
        frame,
        ["cluster"],
        {
            f"{n}_{y}": ((pl.col("year") == y) & (pl.col("outcome") if n == "hit" else pl.lit(True))).any()
            for y in (base, year)
            for n in ("in", "hit")
        },
    )
    rng = np.random.default_rng(seed)
    areas = wide["cluster"].to_list()
    chosen = rng.integers(len(areas), size=(DRAWS, len(areas)))
    sums = np.zeros((4, DRAWS))
    for k, area in enumerate(areas):
        mine = patterns.filter(pl.col("cluster") == area)
        counts = mine["persons"].to_numpy().astype(float)
        times = (chosen == k).sum(axis=1)
        # an area drawn several times is drawn anew each time: its persons add up over the draws
        drawn = rng.multinomial((times * counts.sum()).astype(int), counts / counts.sum()).astype(float)
        for i, column in enumerate((f"hit_{year}", f"in_{year}", f"hit_{base}", f"in_{base}")):
            sums[i] += drawn[:, mine[column].to_numpy()].sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        limits = limits_of(sums[0] / sums[1] - sums[2] / sums[3])
    return Bootstrap(float(estimate), *limits, *about, "area-and-person-bootstrap")


def _sandwich(estimate: float, sums: tuple[Draws, Draws, Draws, Draws], about: tuple[int, float, int]) -> Bootstrap:
    from scipy.stats import norm

    x1, n1, x0, n0 = sums
    residual = (x1 - x1.sum() / n1.sum() * n1) / n1.sum() - (x0 - x0.sum() / n0.sum() * n0) / n0.sum()
    se = float(np.sqrt(residual.size / (residual.size - 1) * (residual**2).sum()))
    z90, z95 = float(norm.ppf(0.95)), float(norm.ppf(0.975))
    return Bootstrap(
        estimate,
        estimate - z90 * se,
        estimate + z90 * se,
        estimate - z95 * se,
        estimate + z95 * se,
        *about,
        "cluster-sandwich",
    )
