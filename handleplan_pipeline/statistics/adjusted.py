"""Observed against expected, given background: a model of the reference group, averaged over the other group."""

import hashlib
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from handleplan_pipeline.statistics.errors import StatisticsError
from handleplan_pipeline.statistics.intervals import Interval, check_confidence, wilson

LEAST_PER_PARAMETER = 10
"""Events and non-events of the reference group per parameter beside the intercept (methods 3.3)."""
CERTAIN = 1e-6
"""A fitted share so near 0 or 1 that the background separates the outcomes: the model has no finite solution."""
PERSONS = "_persons"
LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")
Array = npt.NDArray[np.float64]


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


def design(frame: pl.DataFrame, covariates: Sequence[str], reference: pl.DataFrame) -> tuple[Array, list[str]]:
    """Intercept, numbers as they are, texts and flags as dummies of the reference group's levels but the first.

    Missing is a level of a text. A level the reference group does not have is read as the first one, and counts
    against the overlap. A missing number is refused: put the numbers in bands.
    """
    columns, names = [np.ones(frame.height)], ["intercept"]
    for c in covariates:
        if frame.schema[c].is_numeric():
            if frame[c].null_count() or not frame[c].cast(pl.Float64).is_finite().all():
                raise StatisticsError(f"the background {c} has unknown numbers: give it in bands, with missing as one.")
            columns.append(frame[c].cast(pl.Float64).to_numpy())
            names.append(c)
            continue
        text = frame[c].cast(pl.String).fill_null("missing")
        for level in sorted(reference[c].cast(pl.String).fill_null("missing").unique().to_list())[1:]:
            columns.append((text == level).cast(pl.Float64).to_numpy())
            names.append(f"{c}={level}")
    return np.column_stack(columns), names


def _fitted(y: Array, x: Array, persons: Array, least: int) -> Any:
    """A binomial logit of patterns held by so many persons, or StatisticsError where they cannot carry it."""
    import statsmodels.api as sm

    events = int(persons @ y)
    if min(events, int(persons.sum()) - events) < least:
        raise StatisticsError("fewer than 10 events or non-events of the reference group per parameter: collapse.")
    if np.linalg.matrix_rank(x) < x.shape[1]:
        raise StatisticsError("parts of the background say the same in the reference group: collapse.")
    with warnings.catch_warnings():
        # separation is found below, by what was fitted
        warnings.simplefilter("ignore")
        model = sm.GLM(y, x, family=sm.families.Binomial(), freq_weights=persons).fit()
        mu = model.fittedvalues
    if not model.converged or not np.all(np.isfinite(model.bse)) or np.min(mu * (1 - mu)) < CERTAIN:
        raise StatisticsError("the model does not settle: the background separates the outcomes.")
    return model


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
    return float(
        found.select((pl.col("_inside").fill_null(False) * pl.col(PERSONS)).sum() / pl.col(PERSONS).sum()).item()
    )


def expected_share(
    frame: pl.DataFrame,
    outcome: str,
    covariates: Sequence[str],
    group: str,
    reference_group: str,
    confidence: float = 0.95,
) -> ExpectedShare:
    """Observed share of a group against what the reference group's model expects of persons of its background.

    `frame` has a row per person: `outcome` 0/1, the covariates, and the column `group` with two values, one of them
    `reference_group`. Binomial logit on the reference group only, predicted for the others (methods 3.2: regression
    based indirect standardisation, the split of Oaxaca and Blinder at the reference coefficients). Raises
    StatisticsError when the model cannot be fitted: too few events per parameter, or separation.
    """
    import statsmodels.api as sm
    from scipy.stats import norm

    check_confidence(confidence)
    own, others = _two_groups(frame, outcome, covariates, group, reference_group)
    (xr, names), (xg, _) = (design(part, covariates, own) for part in (own, others))
    (y, wr), (seen, wg) = (_numbers(part, outcome) for part in (own, others))
    model = _fitted(y, xr, wr, LEAST_PER_PARAMETER * (len(names) - 1))
    mu = model.predict(xg)
    n, n_ref = int(wg.sum()), int(wr.sum())
    observed, expected, reference = float(wg @ seen / n), float(wg @ mu / n), float(wr @ y / n_ref)
    gradient = (wg * mu * (1 - mu)) @ xg / n
    variance = float(gradient @ model.cov_params() @ gradient)
    half = float(norm.ppf((1 + confidence) / 2)) * float(np.sqrt(variance))
    ci = wilson(int(wg @ seen), n, confidence)
    gap = observed - expected
    linear = sm.add_constant(model.predict(xr, which="linear"))
    slope = sm.GLM(y, linear, family=sm.families.Binomial(), freq_weights=wr).fit().params
    return ExpectedShare(
        n=n,
        observed=observed,
        expected=expected,
        reference=reference,
        gap_crude=observed - reference,
        gap_explained=expected - reference,
        gap_adjusted=gap,
        se=float(np.sqrt(observed * (1 - observed) / n + variance)),
        se_expected=float(np.sqrt(variance)),
        lower=gap - float(np.hypot(observed - float(ci.lower), half)),
        upper=gap + float(np.hypot(float(ci.upper) - observed, half)),
        confidence=confidence,
        oe_index=100 * observed / expected,
        overlap_share=_overlap(others, own, covariates),
        n_ref=n_ref,
        events_ref=int(wr @ y),
        params=len(names),
        calibration_slope=float(slope[1]) if len(slope) > 1 else float("nan"),
        formula=f"{outcome} ~ " + " + ".join(covariates),
        coefficients=dict(zip(names, map(float, model.params), strict=True)),
        data_hash=_hash(own, [outcome, *covariates]),
    )


def _numbers(patterns: pl.DataFrame, outcome: str) -> tuple[Array, Array]:
    """Outcome and number of persons of each pattern."""
    return patterns[outcome].cast(pl.Float64).to_numpy(), patterns[PERSONS].cast(pl.Float64).to_numpy()


def _two_groups(
    frame: pl.DataFrame, outcome: str, covariates: Sequence[str], group: str, reference_group: str
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Patterns of outcome and background in the reference group and in the other, with how many persons have each.

    Persons with one pattern are exchangeable, so the fit costs as much for a million persons as for a thousand.
    """
    if frame[group].null_count() or frame[group].n_unique() != 2 or reference_group not in frame[group].to_list():
        raise StatisticsError("the expected share compares two groups, one of them the reference group.")
    if frame[outcome].null_count() or not frame[outcome].cast(pl.Float64).is_in([0.0, 1.0]).all():
        raise StatisticsError("an outcome is 0 or 1 for every person.")
    keys = [group, outcome, *covariates]
    patterns = frame.group_by(keys).agg(pl.len().alias(PERSONS)).sort(keys, nulls_last=True)
    return patterns.filter(pl.col(group) == reference_group), patterns.filter(pl.col(group) != reference_group)


def _hash(patterns: pl.DataFrame, columns: Sequence[str]) -> str:
    """A digest of the rows a model was fitted on, whatever their order; sha256 in letters, a to p.

    Ten digits in a row, which hexadecimal text may hold, would look like a person number to those who search for one.
    """
    counted = patterns.select(pl.col(columns).cast(pl.String), PERSONS).sort(columns, nulls_last=True)
    digest = hashlib.sha256(counted.write_csv().encode()).hexdigest()
    return digest.translate(LETTERS)


def pooled_gap(
    frame: pl.DataFrame,
    outcome: str,
    covariates: Sequence[str],
    group: str,
    reference_group: str,
    confidence: float = 0.95,
    over: str = "everybody",
    least_per_parameter: int = LEAST_PER_PARAMETER,
) -> Interval:
    """Mean difference of the shares predicted in the one and in the other group (g-computation), a sensitivity.

    A logit of the outcome on group and covariates, fitted on both groups; averaged over `everybody` (ATE) or over the
    `group` (ATT), with delta-method limits. A result far from `expected_share` means that background works differently
    in the groups (methods 3.2). Errors as for `expected_share`.
    """
    from scipy.stats import norm

    check_confidence(confidence)
    patterns = pl.concat(_two_groups(frame, outcome, covariates, group, reference_group))
    background, names = design(patterns, covariates, patterns)
    member = (patterns[group] != reference_group).to_numpy().astype(float)
    y, persons = _numbers(patterns, outcome)
    model = _fitted(y, np.column_stack([background, member]), persons, least_per_parameter * len(names))
    weights = persons if over == "everybody" else persons * member
    gap, gradient = 0.0, np.zeros(len(names) + 1)
    for sign, value in ((1.0, 1.0), (-1.0, 0.0)):
        x = np.column_stack([background, np.full(len(background), value)])
        mu = model.predict(x)
        gap += sign * float(weights @ mu / weights.sum())
        gradient += sign * (weights * mu * (1 - mu)) @ x / weights.sum()
    half = float(norm.ppf((1 + confidence) / 2)) * float(np.sqrt(gradient @ model.cov_params() @ gradient))
    return Interval(gap, gap - half, gap + half, "g-computation", confidence)
