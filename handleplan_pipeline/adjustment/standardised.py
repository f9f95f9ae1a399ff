"""The ratio of rates standardised for sex and age (methods 2.4), from cells by sex and single year of age at once.

Registers and summed data sets both give such cells, so both routes are standardised here and nowhere else. Nothing is
standardised where a cell it needs is hidden or missing: the cells of a group add up to its total, or they are not used.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl

from handleplan_pipeline.adjustment.background import CONFIDENCES, AdjustedRow, adjusted_rows
from handleplan_pipeline.catalogue import Catalogue, Indicator
from handleplan_pipeline.cells.count import USABLE
from handleplan_pipeline.cells.groups import UNKNOWN
from handleplan_pipeline.statistics import directly_standardised_rate, standardised_ratio
from handleplan_pipeline.statistics.standardise import FEWEST_EVENTS

LEAST_TO_STANDARDISE = 10
"""Fewer persons of the group in a stratum, or fewer events in all, and the indirect ratio is used (methods 2.4)."""
AT = ["year", "population_group"]
STRATUM = ["sex", "age"]
SINGLE_YEAR = r"^[0-9]+$"


def standardised_rows(catalogue: Catalogue, cells: pl.DataFrame) -> list[AdjustedRow]:
    """Standardised ratios, and observed against expected by a model of sex and age, of the indicators judged by them.

    `cells` are a goal's cells. A year in which a cell it needs is hidden or missing has no row: those of the group and
    of the reference group, and for the direct ratio those of the standard.
    """
    rows: list[AdjustedRow] = []
    for goal in catalogue.goals:
        for indicator in map(catalogue.indicator, goal.headline_indicators):
            if indicator.judged_by == "standardised_ratio":
                rows += _of_indicator(indicator, cells, goal.population_group, str(indicator.reference_group))
    return rows


def _of_indicator(indicator: Indicator, cells: pl.DataFrame, group: str, reference: str) -> list[AdjustedRow]:
    total, crossed = _cells_of(indicator, cells)
    weights = standard(total, crossed, range(indicator.first_year, indicator.last_year + 1))
    known = complete(total, crossed)
    rows: list[AdjustedRow] = []
    for year in sorted(known["year"].unique().to_list()):
        mine, other, unknown = (
            known.filter((pl.col("year") == year) & (pl.col("population_group") == g))
            for g in (group, reference, UNKNOWN)
        )
        ratio = ratio_of(weights, mine, other) if mine.height and other.height else None
        if ratio is None:
            continue
        kinds = set(mine["data_kind"]) | set(other["data_kind"])
        kind = "synthetic" if "synthetic" in kinds else min(kinds)
        row = AdjustedRow(
            indicator_id=indicator.id,
            year=year,
            population_group=group,
            reference_group=reference,
            method="none",
            data_kind=kind,
        )
        rows.append(row | ratio | _bounds(weights, mine, other, unknown))
        persons = _one_by_one(pl.concat([mine, other]))
        rows += [r | {"data_kind": kind} for r in adjusted_rows(indicator, persons, group, reference)]
    return rows


def _cells_of(indicator: Indicator, cells: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Totals and strata of an indicator: year, population_group, (sex, age), x, n, cell_state, data_kind."""
    mine = cells.filter((pl.col("indicator_id") == indicator.id) & (pl.col("geography") == indicator.geography))
    mine = mine.rename({"numerator": "x", "denominator": "n"})
    total = mine.filter((pl.col("sex") == indicator.sex) & (pl.col("age_group") == indicator.age_group))
    crossed = mine.filter((pl.col("sex") != indicator.sex) & pl.col("age_group").str.contains(SINGLE_YEAR))
    rest = ["x", "n", "cell_state", "data_kind"]
    crossed = crossed.with_columns(age=pl.col("age_group").cast(pl.Int64))
    return total.select(*AT, *rest), crossed.select(*AT, *STRATUM, *rest)


def complete(total: pl.DataFrame, crossed: pl.DataFrame) -> pl.DataFrame:
    """The strata of the years and groups whose strata are all shown and add up to the total."""
    sums = crossed.group_by(AT).agg(
        pl.col("x").sum(), pl.col("n").sum(), shown=pl.col("cell_state").is_in(USABLE).all()
    )
    same = sums.filter("shown").join(total.filter(pl.col("cell_state").is_in(USABLE)), on=[*AT, "x", "n"])
    return crossed.join(same, on=AT, how="semi").sort(*AT, *STRATUM)


def standard(total: pl.DataFrame, crossed: pl.DataFrame, years: Sequence[int]) -> pl.DataFrame | None:
    """Weights by sex and age: all residents, averaged over the plan's delivered years, so that they do not move.

    None where a delivered year does not show its residents by sex and age: the others are another standard.
    """
    of_all = (pl.col("population_group") == "all") & pl.col("year").is_in(list(years))
    residents = crossed.filter(of_all)
    sums = residents.group_by("year").agg(pl.col("n").sum())
    expected = total.filter(of_all).select("year", "n")
    if not expected.height or expected.join(sums, on=["year", "n"]).height < expected.height:
        return None
    return residents.group_by(STRATUM).agg(weight=pl.col("n").sum() / expected.height).sort(STRATUM)


def _bounds(
    weights: pl.DataFrame | None, mine: pl.DataFrame, other: pl.DataFrame, unknown: pl.DataFrame
) -> AdjustedRow:
    """Limits of the ratio with all of unknown ancestry in the group, and with all of them in the reference group."""
    if not unknown.height:
        return {}
    in_group = ratio_of(weights, pl.concat([mine, unknown]), other)
    in_reference = ratio_of(weights, mine, pl.concat([other, unknown]))
    if in_group is None or in_reference is None:
        return {}
    return AdjustedRow(
        unknown_in_group_lower90=in_group.get("ratio_lower90"),
        unknown_in_group_upper90=in_group.get("ratio_upper90"),
        unknown_in_reference_lower90=in_reference.get("ratio_lower90"),
        unknown_in_reference_upper90=in_reference.get("ratio_upper90"),
    )


def ratio_of(weights: pl.DataFrame | None, mine: pl.DataFrame, other: pl.DataFrame) -> AdjustedRow | None:
    """Fields of the ratio of two groups' rates over the strata of `weights`: direct, or indirect where few are.

    The indirect ratio needs no standard; None where `weights` are not known and there are enough for the direct one.
    """
    strata = weights
    if strata is None:
        strata = pl.concat([mine, other]).select(STRATUM).unique().sort(STRATUM).with_columns(weight=pl.lit(0.0))
    for frame, name in ((mine, "m"), (other, "d")):
        part = frame.group_by(STRATUM).agg(pl.col(k).sum().alias(f"{k}_{name}") for k in ("x", "n"))
        strata = strata.join(part, on=STRATUM, how="left")
    strata = strata.fill_null(0)
    xm, nm, xd, nd, w = (strata[c].to_numpy().astype(float) for c in ("x_m", "n_m", "x_d", "n_d", "weight"))
    if not xd.sum() or (nd <= 0).any() or nm.sum() <= 0:
        return {"state": "too_few_events"}
    small = nm.min() < LEAST_TO_STANDARDISE or xm.sum() < FEWEST_EVENTS or xd.sum() < FEWEST_EVENTS
    expected = float((xd / nd * nm).sum())
    row = AdjustedRow(n=int(nm.sum()), n_ref=int(nd.sum()), events_ref=int(xd.sum()), state="fitted")
    if small:
        by90, by95 = (standardised_ratio(float(xm.sum()), expected, c) for c in CONFIDENCES)
        return row | AdjustedRow(
            method="indirect",
            ratio=float(by95.estimate),
            ratio_lower90=float(by90.lower),
            ratio_upper90=float(by90.upper),
            ratio_lower95=float(by95.lower),
            ratio_upper95=float(by95.upper),
        )
    if weights is None:
        return None
    from scipy.stats import norm

    a, b = (directly_standardised_rate(x, n, w) for x, n in ((xm, nm), (xd, nd)))
    ratio = float(a.estimate) / float(b.estimate)
    # relative variances of both rates on the log scale, Poisson within strata
    var = sum(
        float((w**2 * x / n**2).sum() / w.sum() ** 2) / float(r.estimate) ** 2 for x, n, r in ((xm, nm, a), (xd, nd, b))
    )
    half90, half95 = (float(norm.ppf((1 + c) / 2)) * float(np.sqrt(var)) for c in CONFIDENCES)
    return row | AdjustedRow(
        method="direct",
        ratio=ratio,
        least_stratum=_least(xm, nm - xm, xd, nd - xd),
        ratio_lower90=ratio * float(np.exp(-half90)),
        ratio_upper90=ratio * float(np.exp(half90)),
        ratio_lower95=ratio * float(np.exp(-half95)),
        ratio_upper95=ratio * float(np.exp(half95)),
    )


def _least(*counts: np.ndarray) -> int | None:
    """The smallest count that is not nobody; None where all are."""
    some = [c[c > 0].min() for c in counts if (c > 0).any()]
    return int(min(some)) if some else None


def _one_by_one(strata: pl.DataFrame) -> pl.DataFrame:
    """A row per resident with the outcome, from counts by year, population group, sex and age."""
    parts = [
        strata.select(*AT, *STRATUM, pl.lit(outcome).alias("outcome"), times.cast(pl.UInt32).alias("times"))
        for outcome, times in ((True, pl.col("x")), (False, pl.col("n") - pl.col("x")))
    ]
    rows = pl.concat(parts).with_columns(pl.lit(1).repeat_by("times").alias("one"))
    return rows.filter(pl.col("times") > 0).explode("one").select(*AT, *STRATUM, "outcome")
