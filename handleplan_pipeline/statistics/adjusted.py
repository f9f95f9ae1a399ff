"""Observed against expected, given background: a model of the reference group, averaged over the other group."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from handleplan_pipeline.statistics.errors import StatisticsError
from handleplan_pipeline.statistics.intervals import check_confidence, wilson

LEAST_PER_PARAMETER = 10
"""Events and non-events of the reference group per parameter (methods 3.3)."""


@dataclass(frozen=True)
class ExpectedShare:
    """Shares and gaps are fractions; `gap_crude` = `gap_explained` + `gap_adjusted`.

    `lower` and `upper` are the limits of `gap_adjusted` (MOVER of Wilson limits of the observed share and delta-method
    limits of the expected one). `overlap_share` is the part of the group whose background is seen in the reference
    group. `coefficients` belong to the model of the reference group; `data_hash` names the rows it was fitted on.
    """

    n: int
    observed: float
    expected: float
    reference: float
    gap_crude: float
    gap_explained: float
    gap_adjusted: float
    se: float
    se_expected: float
    lower: float
    upper: float
    confidence: float
    oe_index: float
    overlap_share: float
    n_ref: int
    events_ref: int
    params: int
    calibration_slope: float
    formula: str
    coefficients: dict[str, float]
    data_hash: str


def _design(frame: pl.DataFrame, covariates: Sequence[str]) -> tuple[npt.NDArray[np.float64], list[str]]:
    """Intercept, numbers as they are, texts and flags as dummies of all levels but the first; missing is a level."""
    columns, names = [np.ones(frame.height)], ["intercept"]
    for c in covariates:
        if frame.schema[c].is_numeric():
            columns.append(frame[c].cast(pl.Float64).to_numpy())
            names.append(c)
            continue
        text = frame[c].cast(pl.String).fill_null("missing")
        for level in sorted(text.unique().to_list())[1:]:
            columns.append((text == level).cast(pl.Float64).to_numpy())
            names.append(f"{c}={level}")
    return np.column_stack(columns), names


def _overlap(group: pl.DataFrame, reference: pl.DataFrame, covariates: Sequence[str]) -> float:
    texts = [c for c in covariates if not reference.schema[c].is_numeric()]
    inside = pl.lit(True)
    for c in (c for c in covariates if reference.schema[c].is_numeric()):
        inside &= pl.col(c).is_between(reference[c].min(), reference[c].max())
    found = group.with_columns(_inside=inside)
    if texts:
        seen = reference.select(texts).unique().with_columns(_seen=pl.lit(True))
        found = found.join(seen, on=texts, how="left", nulls_equal=True)
        found = found.with_columns(pl.col("_inside") & pl.col("_seen").fill_null(False))
    return float(found["_inside"].cast(pl.Float64).mean() or 0.0)  # type: ignore[arg-type]


def expected_share(
    frame: pl.DataFrame, outcome: str, covariates: Sequence[str], group: str, reference_group: str,
    confidence: float = 0.95,
) -> ExpectedShare:  # fmt: skip
    """Observed share of a group against what the reference group's model expects of persons of its background.

    `frame` has a row per person: `outcome` 0/1, the covariates, and the column `group` with two values, one of them
    `reference_group`. Binomial logit on the reference group only, predicted for the others (methods 3.2: regression
    based indirect standardisation, the split of Oaxaca and Blinder at the reference coefficients). Raises
    StatisticsError when the model cannot be fitted: too few events per parameter, or separation.
    """
    import statsmodels.api as sm
    from scipy.stats import norm

    check_confidence(confidence)
    if frame[group].n_unique() != 2 or reference_group not in frame[group].to_list():
        raise StatisticsError("the expected share compares two groups, one of them the reference group.")
    is_reference = (frame[group] == reference_group).to_numpy()
    x, names = _design(frame, covariates)
    y = frame[outcome].cast(pl.Float64).to_numpy()
    events = int(y[is_reference].sum())
    fewest = min(events, int(is_reference.sum()) - events)
    if fewest < LEAST_PER_PARAMETER * (len(names) - 1):
        raise StatisticsError("fewer than 10 events or non-events of the reference group per parameter: collapse.")
    model = sm.GLM(y[is_reference], x[is_reference], family=sm.families.Binomial()).fit()
    if not model.converged or not np.all(np.isfinite(model.bse)):
        raise StatisticsError("the model of the reference group does not settle: the background separates outcomes.")
    mu = model.predict(x[~is_reference])
    n, observed, expected = int((~is_reference).sum()), float(y[~is_reference].mean()), float(mu.mean())
    gradient = ((mu * (1 - mu))[:, None] * x[~is_reference]).mean(axis=0)
    variance = float(gradient @ model.cov_params() @ gradient)
    half = float(norm.ppf((1 + confidence) / 2)) * float(np.sqrt(variance))
    ci = wilson(int(y[~is_reference].sum()), n, confidence)
    gap, reference = observed - expected, float(y[is_reference].mean())
    linear = model.predict(x[is_reference], which="linear")
    slope = sm.GLM(y[is_reference], sm.add_constant(linear), family=sm.families.Binomial()).fit().params
    digest = hashlib.sha256(frame.select(outcome, *covariates, group).write_csv().encode()).hexdigest()
    parts = frame.with_columns(_r=pl.Series(is_reference))
    return ExpectedShare(
        n=n, observed=observed, expected=expected, reference=reference, gap_crude=observed - reference,
        gap_explained=expected - reference, gap_adjusted=gap,
        se=float(np.sqrt(observed * (1 - observed) / n + variance)), se_expected=float(np.sqrt(variance)),
        lower=gap - float(np.hypot(observed - float(ci.lower), half)),
        upper=gap + float(np.hypot(float(ci.upper) - observed, half)), confidence=confidence,
        oe_index=100 * observed / expected,
        overlap_share=_overlap(parts.filter(~pl.col("_r")), parts.filter(pl.col("_r")), covariates),
        n_ref=int(is_reference.sum()), events_ref=events, params=len(names),
        calibration_slope=float(slope[1]) if len(slope) > 1 else float("nan"),
        formula=f"{outcome} ~ " + " + ".join(covariates),
        coefficients=dict(zip(names, map(float, model.params), strict=True)),
        data_hash=digest,
    )  # fmt: skip
