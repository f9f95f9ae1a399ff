"""Slopes over years: descriptive, never a verdict (methods 2.5: with five points nothing is fitted to decide)."""

import warnings
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from handleplan_pipeline.statistics.errors import StatisticsError
from handleplan_pipeline.statistics.intervals import check_exposure, check_share

FEWEST_POINTS = 3


@dataclass(frozen=True)
class Slope:
    """`estimate` per unit of time: points of share (a fraction), or the relative change of a rate; two-sided `p`."""

    estimate: float
    p: float
    method: str


def share_slope(x: npt.ArrayLike, n: npt.ArrayLike, times: npt.ArrayLike) -> Slope:
    """Cochran-Armitage: weighted slope of the shares x/n on time, p of no trend from the score statistic.

    slope = sum n (t - mean)(p - mean) / sum n (t - mean)^2; z = slope / sqrt(pq / sum n (t - mean)^2) with the pooled
    share p. Raises StatisticsError for fewer than three points. With none or all the slope is 0 and p is 1.
    """
    from scipy.stats import norm

    a, b = check_share(x, n)
    t = _times(times, a.shape)
    pooled, centre = float(a.sum() / b.sum()), float((b * t).sum() / b.sum())
    spread = float((b * (t - centre) ** 2).sum())
    slope = float((b * (t - centre) * (a / b - pooled)).sum() / spread)
    if pooled in (0.0, 1.0):
        return Slope(0.0, 1.0, "cochran-armitage")
    z = slope / float(np.sqrt(pooled * (1 - pooled) / spread))
    return Slope(slope, float(2 * norm.sf(abs(z))), "cochran-armitage")


def rate_slope(x: npt.ArrayLike, exposure: npt.ArrayLike, times: npt.ArrayLike) -> Slope:
    """Poisson regression of counts on time with exposure: relative change per unit of time, Wald p; by statsmodels.

    Raises StatisticsError for fewer than three points, or fewer than two of them with an event.
    """
    import statsmodels.api as sm

    a = np.asarray(x, dtype=np.float64)
    (e,) = check_exposure(exposure)
    t = _times(times, a.shape)
    if np.any(~np.isfinite(a)) or np.any(a < 0) or (a > 0).sum() < 2:
        raise StatisticsError("a slope of rates needs known counts, and events at two times at least.")
    design = sm.add_constant(t - t.mean())
    with warnings.catch_warnings():
        # a slope that fits every point is a slope
        warnings.simplefilter("ignore")
        fit = sm.GLM(a, design, family=sm.families.Poisson(), exposure=np.broadcast_to(e, a.shape)).fit()
    return Slope(float(np.expm1(fit.params[1])), float(fit.pvalues[1]), "poisson")


def _times(times: npt.ArrayLike, shape: tuple[int, ...]) -> npt.NDArray[np.float64]:
    t = np.asarray(times, dtype=np.float64)
    if t.shape != shape or t.ndim != 1 or np.unique(t).size < FEWEST_POINTS or not np.all(np.isfinite(t)):
        raise StatisticsError("a slope needs a value at each of three known times or more.")
    return t
