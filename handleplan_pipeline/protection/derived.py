"""Derived values as they may be printed: a reading, a gap or a model goes when one of its counts is hidden.

Readings are computed from true counts, because a hidden count of unknown ancestry must still be able to say "cannot
tell"; it enters as a range of a whole threshold, so that a verdict never tells one small count from another.
"""

from collections.abc import Mapping
from typing import Any

import polars as pl

from handleplan_pipeline.catalogue import Catalogue
from handleplan_pipeline.observations import wholes
from handleplan_pipeline.protection.apply import ROW
from schemas.contract import TableContract

KEY = ["goal", "indicator_id", "year"]
JUDGEMENT_DECIMALS, BACKGROUND_DECIMALS = 2, 3
P_DECIMALS = 3
BOUNDS = ("unknown_in_group", "unknown_in_reference")
SLOPE = ("slope", "slope_p", "slope_method")
"""Rests on every year since the baseline."""
OF_BASELINE = ("trend", "change", "change_lower", "change_upper", "baseline_value")
SINCE_BASELINE = ("ratio_of_ratios", "count_ratio", "rate_ratio", "difference_of_medians", "representation_change",
                  "share_change")  # fmt: skip
"""Quantities that compare with the baseline year, so that nothing of them stands without it."""


def hidden_wholes(catalogue: Catalogue, printed: pl.DataFrame) -> pl.DataFrame:
    """indicator_id, year, population_group of hidden rows that are not broken down."""
    hidden = printed.filter((pl.col("cell_state") == "blanked") & (pl.col("data_kind") != "official"))
    whole = hidden.join(wholes(catalogue), on=["indicator_id", "sex", "age_group"])
    return whole.select("indicator_id", "year", "population_group").unique()


def unknown_as_range(catalogue: Catalogue, cells: pl.DataFrame, printed: pl.DataFrame, high: bool) -> pl.DataFrame:
    """`cells` with each hidden count of unknown ancestry at an end of its range: [0, T], [T, 2T] and so on."""
    t = int(catalogue.disclosure.number("threshold"))
    hidden = hidden_wholes(catalogue, printed).filter(pl.col("population_group") == "unknown")
    marked = cells.join(
        hidden.with_columns(coarse=pl.lit(True)), on=["indicator_id", "year", "population_group"], how="left",
        maintain_order="left",
    )  # fmt: skip
    coarse = pl.col("coarse").fill_null(False)
    low = (pl.col("numerator") // t) * t
    size = (pl.col("denominator") // t + 1) * t
    top = pl.min_horizontal(low + t, size) if high else low
    return marked.with_columns(
        numerator=pl.when(coarse).then(top).otherwise(pl.col("numerator")),
        denominator=pl.when(coarse).then(size).otherwise(pl.col("denominator")),
    ).select(cells.columns)


def agreed(one: pl.DataFrame, other: pl.DataFrame) -> pl.DataFrame:
    """Two readings of the same evidence: where they differ, nobody can tell."""
    both = one.join(other.select(*KEY, other_result="result"), on=KEY, how="left", maintain_order="left")
    differ = (pl.col("result") != pl.col("other_result")).fill_null(False)
    remark = pl.concat_str(pl.col("remarks"), pl.lit("bounds_disagree"), separator=";", ignore_nulls=True)
    told = pl.col("remarks").fill_null("").str.contains("bounds_disagree")
    return both.with_columns(
        result=pl.when(differ).then(pl.lit("cannot_tell")).otherwise(pl.col("result")),
        remarks=pl.when(differ & ~told).then(remark).otherwise(pl.col("remarks")),
    ).select(one.columns)


def without_unknown(catalogue: Catalogue, adjusted: pl.DataFrame, printed: pl.DataFrame) -> pl.DataFrame:
    """Adjusted figures without the bounds that rest on a hidden count of unknown ancestry."""
    hidden = hidden_wholes(catalogue, printed).filter(pl.col("population_group") == "unknown")
    marked = adjusted.join(
        hidden.select("indicator_id", "year", gone=pl.lit(True)), on=["indicator_id", "year"], how="left",
        maintain_order="left",
    )  # fmt: skip
    bounds = [c for c in adjusted.columns if c.startswith("unknown_in_")]
    gone = pl.col("gone").fill_null(False)
    return marked.with_columns(pl.when(~gone).then(pl.col(c)).alias(c) for c in bounds).select(adjusted.columns)


DRAWN = ("difference_of_medians", "representation_change")
"""Quantities whose bounds for unknown ancestry are drawn from persons, not computed from counts."""


def unknown_not_shown(catalogue: Catalogue, printed: pl.DataFrame) -> set[tuple[str, int]]:
    """(indicator, year) in which the number of unknown ancestry is hidden; a ratio's is that of its counts."""
    hidden = hidden_wholes(catalogue, printed).filter(pl.col("population_group") == "unknown")
    found = {(str(i), int(y)) for i, y in hidden.select("indicator_id", "year").rows()}
    for ratio, counts in catalogue.disclosure.derived.items():
        found |= {(ratio, y) for i, y in found if i in [f"{c}_unknown" for c in counts]}
    return found


def draws_without_unknown(catalogue: Catalogue, resampled: pl.DataFrame, printed: pl.DataFrame) -> pl.DataFrame:
    """Bootstraps without those that count persons of unknown ancestry where their number is hidden."""
    gone = unknown_not_shown(catalogue, printed)
    touched = pl.Series(
        [(i, y) in gone or (i, b) in gone for i, y, b in resampled.select("indicator_id", "year", "base_year").rows()],
        dtype=pl.Boolean,
    )
    return resampled.filter(~(pl.col("quantity").str.contains("_unknown_in_") & touched))


def printed_judgement(
    catalogue: Catalogue, judged: pl.DataFrame, printed: pl.DataFrame, contract: TableContract,
    adjusted: pl.DataFrame | None = None,
) -> pl.DataFrame:  # fmt: skip
    """Readings as they may be printed; one that rests on a hidden count is `suppressed` and has no number.

    The reading given background goes alone where its model (`adjusted`) would tell hidden rows.
    """
    told = set() if adjusted is None else solvable(adjusted, printed)
    equations = set() if adjusted is None else unstandardised(adjusted, printed)
    hidden, unknown = set(hidden_wholes(catalogue, printed).iter_rows()), unknown_not_shown(catalogue, printed)
    rows = [
        _suppressed(r, contract) if (r["indicator_id"], r["year"]) in equations and r["quantity"] in STANDARDISED
        else _reading(_alone(_without_model(_untried(r, unknown), told), equations), hidden, contract)
        for r in judged.to_dicts()
    ]  # fmt: skip
    frame = contract.conform(rows)
    return frame.with_columns(
        pl.col(c).round(P_DECIMALS if c.endswith("_p") else 1 if c.startswith("adjusted_") else JUDGEMENT_DECIMALS)
        for c, kind in frame.schema.items() if kind == pl.Float64
    )  # fmt: skip


def _untried(r: dict[str, Any], unknown: set[tuple[str, int]]) -> dict[str, Any]:
    """Says of a drawn quantity that it was not tried against a hidden number of unknown ancestry."""
    places = {(r["indicator_id"], r["year"]), (r["indicator_id"], r["baseline_year"])}
    if r["quantity"] not in DRAWN or not places & unknown or r["estimate"] is None:
        return r
    return r | {"remarks": ";".join([*(r["remarks"] or "").split(";"), "unknown_hidden"]).strip(";")}


STANDARDISED = ("standardised_ratio",)


def _alone(r: dict[str, Any], equations: set[tuple[str, int]]) -> dict[str, Any]:
    """A standardised ratio without its change, where the baseline's is not printed."""
    if r["quantity"] not in STANDARDISED or (r["indicator_id"], r["baseline_year"]) not in equations:
        return r
    return r | dict.fromkeys(OF_BASELINE) | {"trend": "cannot_tell"}


def _suppressed(r: Mapping[str, object], contract: TableContract) -> dict[str, object]:
    keep = {c.name for c in contract.columns if not c.nullable} | {"reference_group", "baseline_year"}
    out = {k: v if k in keep else None for k, v in r.items()}
    return out | {"result": "suppressed", "result_adjusted": "suppressed", "trend": "cannot_tell"}


def _without_model(r: dict[str, Any], told: set[tuple[str, int]]) -> dict[str, Any]:
    places = {(r["indicator_id"], r["year"]), (r["indicator_id"], r["baseline_year"])}
    if not places & told or r["adjusted_value"] is None:
        return r
    return r | dict.fromkeys(OF_MODEL) | {"result_adjusted": "suppressed"}


def _reading(r: Mapping[str, object], hidden: set[tuple[object, ...]], contract: TableContract) -> dict[str, object]:
    indicator, year, base = r["indicator_id"], r["year"], r["baseline_year"]
    groups = [g for g in (r["group"], r["reference_group"]) if g is not None]
    # a number of persons judged by its rate rests on both cells, which count the same persons
    names = (indicator, f"{indicator}_rate") if r["quantity"] == "rate_ratio" else (indicator,)
    now = any((i, year, g) in hidden for i in names for g in groups)
    before = base is not None and any((i, base, g) in hidden for i in names for g in groups)
    out = dict(r)
    if now or (before and r["quantity"] in SINCE_BASELINE):
        return _suppressed(r, contract)
    if before:
        out |= dict.fromkeys(OF_BASELINE) | {"trend": "cannot_tell"}
    between = range(int(str(base)), int(str(year)) + 1) if base is not None else ()
    if any((i, y, g) in hidden for i in names for y in between for g in groups):
        out |= dict.fromkeys(SLOPE)
    if any((indicator, y, "unknown") in hidden for y in (year, base)):
        out |= dict.fromkeys(BOUNDS)
    if any((f"{indicator}_rate", y, g) in hidden for y in (year, base) for g in groups):
        out |= dict.fromkeys(("companion", "companion_value", "companion_lower", "companion_upper"))
    return out


COUNTED_COVARIATES = {"sex", "age", "year"}
"""Covariates by which the counts themselves are printed. A model of nothing else can be solved for those counts."""
OF_MODEL = ("adjusted_value", "adjusted_lower90", "adjusted_upper90", "overlap_share")


def solvable(adjusted: pl.DataFrame, printed: pl.DataFrame) -> set[tuple[str, int]]:
    """(indicator, year) whose model of sex and age alone would tell rows by sex or age that are not printed.

    Two coefficients, the persons and the events are four equations for four counts; the expected share adds the other
    group's sizes. So the rows the covariates break down must all be there and shown, for both groups.
    """
    found = set()
    models = adjusted.filter((pl.col("method") == "expected_share") & pl.col("covariates").is_not_null())
    for r in models.select("indicator_id", "year", "population_group", "reference_group", "covariates").to_dicts():
        named = set(str(r["covariates"]).split(";"))
        if not named <= COUNTED_COVARIATES:
            continue
        mine = printed.filter(
            (pl.col("indicator_id") == r["indicator_id"]) & (pl.col("year") == r["year"])
            & pl.col("population_group").is_in([r["population_group"], r["reference_group"]])
        )  # fmt: skip
        for covariate, column in (("sex", "sex"), ("age", "age_group")):
            sizes = mine.group_by("population_group").agg(pl.col(column).n_unique()) if covariate in named else None
            if sizes is not None and (sizes.height < 2 or (sizes[column] < 3).any()):
                found.add((str(r["indicator_id"]), int(r["year"])))
        if (mine["cell_state"] == "blanked").any():
            found.add((str(r["indicator_id"]), int(r["year"])))
    return found


OF_STRATA = (
    "se", "se_expected", "direct_gap", "direct_lower95", "direct_upper95", "direct_strata", "rate_effect",
    "composition_effect", "pooled_gap", "pooled_lower95", "pooled_upper95", "drawn_lower90", "drawn_upper90",
    "calibration_slope",
)  # fmt: skip
"""Functions of counts by stratum that no table prints: several of them at once can be solved for whole persons."""


def unstandardised(adjusted: pl.DataFrame, printed: pl.DataFrame) -> set[tuple[str, int]]:
    """(indicator, year) whose standardised ratio would be one more equation in hidden counts.

    It stands only where every row by sex and by age of both groups is printed; the indirect ratio, which is used for
    few events, never stands.
    """
    found = set()
    for r in adjusted.filter(pl.col("method").is_in(["direct", "indirect"])).to_dicts():
        mine = printed.filter(
            (pl.col("indicator_id") == r["indicator_id"]) & (pl.col("year") == r["year"])
            & pl.col("population_group").is_in([r["population_group"], r["reference_group"]])
        )  # fmt: skip
        if r["method"] == "indirect" or not mine.height or (mine["cell_state"] == "blanked").any():
            found.add((str(r["indicator_id"]), int(r["year"])))
    return found


def printed_background(
    catalogue: Catalogue, adjusted: pl.DataFrame, printed: pl.DataFrame, contract: TableContract
) -> pl.DataFrame:
    """Observed against expected as it may be printed; a row that rests on a hidden count has no number."""
    hidden, told = hidden_wholes(catalogue, printed), solvable(adjusted, printed)
    at = ["indicator_id", "year"]
    gone = pl.concat([
        adjusted.join(hidden, left_on=[*at, column], right_on=[*at, "population_group"], how="semi")
        for column in ("population_group", "reference_group")
    ]).select(contract.key).unique()  # fmt: skip
    solved = pl.Series([p in told for p in adjusted.select(at).rows()], dtype=pl.Boolean)
    by_model = adjusted.filter(solved & (pl.col("method") == "expected_share")).select(contract.key)
    equations = unstandardised(adjusted, printed)
    unshown = pl.Series([p in equations for p in adjusted.select(at).rows()], dtype=pl.Boolean)
    by_ratio = adjusted.filter(unshown & pl.col("method").is_in(["direct", "indirect"])).select(contract.key)
    gone = pl.concat([gone, by_model, by_ratio]).unique()
    marked = without_unknown(catalogue, adjusted, printed).join(
        gone.with_columns(gone=pl.lit(True)), on=list(contract.key), how="left", maintain_order="left"
    )
    shown = ~pl.col("gone").fill_null(False)
    keep = {c.name for c in contract.columns if not c.nullable}
    frame = marked.with_columns(
        *(pl.when(shown).then(pl.col(c)).alias(c) for c in adjusted.columns if c not in keep),
        state=pl.when(shown).then(pl.col("state")).otherwise(pl.lit("suppressed")),
    ).select(adjusted.columns)
    frame = frame.with_columns(pl.lit(None, frame.schema[c]).alias(c) for c in OF_STRATA if c in frame.columns)
    rounded = frame.with_columns(
        pl.col(c).round(BACKGROUND_DECIMALS) for c, kind in frame.schema.items() if kind == pl.Float64
    )
    ratios = [c for c in rounded.columns if c.startswith("ratio")]
    rounded = rounded.with_columns(pl.col(c).round(JUDGEMENT_DECIMALS) for c in ratios)
    # rounded parts still add up
    crude = pl.col("observed") - pl.col("reference_share")
    explained = pl.col("expected") - pl.col("reference_share")
    fitted = pl.col("gap_crude").is_not_null()
    return contract.arrange(rounded.with_columns(
        gap_crude=pl.when(fitted).then(crude.round(BACKGROUND_DECIMALS)),
        gap_explained=pl.when(fitted).then(explained.round(BACKGROUND_DECIMALS)),
        gap_adjusted=pl.when(fitted).then((crude - explained).round(BACKGROUND_DECIMALS)),
    ))  # fmt: skip


def printed_draws(catalogue: Catalogue, resampled: pl.DataFrame, printed: pl.DataFrame) -> pl.DataFrame:
    """Bootstraps of what is printed, in this year and in the year compared with; rounded as readings are."""
    hidden = hidden_wholes(catalogue, printed).select("indicator_id", "year").unique()
    kept = resampled.join(hidden, on=["indicator_id", "year"], how="anti", maintain_order="left").join(
        hidden, left_on=["indicator_id", "base_year"], right_on=["indicator_id", "year"], how="anti",
        maintain_order="left",
    )  # fmt: skip
    limits = ("estimate", "lower90", "upper90", "lower95", "upper95")
    return kept.with_columns(pl.col(c).round(JUDGEMENT_DECIMALS) for c in limits)


def printed_cards(background: pl.DataFrame, cards: pl.DataFrame) -> pl.DataFrame:
    """Terms and formulas of the models whose figures are printed; no coefficient and no hash of the data."""
    shown = background.filter(pl.col("state") == "fitted").select("model_id").drop_nulls().unique()
    kept = cards.join(shown, on="model_id", how="semi", maintain_order="left")
    return kept.drop("coefficient", "data_hash")


def all_printed(frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """The protected cells of all goals in one frame."""
    return pl.concat(list(frames.values())).sort(*ROW, "definition_version")
