"""Rows of the tables that code builds and reads one by one, as types: a wrong column is an error before a run.

Each is its contract's columns, which a test compares. A key may be missing where a row is built in parts; the contract
asks for those that must have a value.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, TypedDict, TypeVar, cast

if TYPE_CHECKING:
    import polars as pl


class Cell(TypedDict, total=False):
    """Of a cell table, counted or protected."""

    indicator_id: str
    year: int
    geography: str
    population_group: str
    ancestry: str
    sex: str
    age_group: str
    measure: str
    numerator: int | None
    denominator: int | None
    value: float | None
    cell_state: str
    data_kind: str
    definition_version: str
    caveats: str | None
    delivery_id: str | None


class Observation(TypedDict, total=False):
    """Of a goal's table and of `output.observation`."""

    goal: int
    indicator_id: str
    year: int
    reference_date: date | None
    geography: str
    population_group: str
    reference_group: str | None
    ancestry: str
    sex: str
    age_group: str
    measure: str
    value: float | None
    ci_low: float | None
    ci_high: float | None
    ci_method: str | None
    confidence: float | None
    numerator: int | None
    denominator: int | None
    unit: str
    obs_status: str
    conf_status: str
    missing_reason: str
    data_kind: str | None
    caveats: str | None
    definition_version: str
    row_id: str


class Judgement(TypedDict, total=False):
    """Of `output.judgement`."""

    goal: int
    indicator_id: str
    year: int
    population_group: str
    reference_group: str | None
    quantity: str
    unit: str
    baseline_unit: str
    change_unit: str
    companion_unit: str | None
    estimate: float | None
    lower90: float | None
    upper90: float | None
    lower95: float | None
    upper95: float | None
    method: str | None
    limit_value: float | None
    baseline_year: int | None
    baseline_value: float | None
    due: bool
    literal_met: bool | None
    result: str
    result_adjusted: str
    result_sensitivity: str | None
    unknown_in_group: str | None
    unknown_in_reference: str | None
    companion: str | None
    companion_value: float | None
    companion_lower: float | None
    companion_upper: float | None
    adjusted_value: float | None
    adjusted_lower90: float | None
    adjusted_upper90: float | None
    minimum_detectable: float | None
    power: float | None
    noninferiority_p: float | None
    equivalence_p: float | None
    trend: str
    change: float | None
    change_lower: float | None
    change_upper: float | None
    slope: float | None
    slope_unit: str | None
    slope_p: float | None
    slope_method: str | None
    remarks: str | None
    rule_id: str
    rule_version: str
    data_kind: str
    row_id: str


class Contrast(TypedDict, total=False):
    """Of `output.contrast`."""

    goal: int
    indicator_id: str
    year: int
    geography: str
    population_group: str
    reference_group: str
    contrast: str
    unknown_as: str
    value: float
    ci_low: float
    ci_high: float
    unit: str
    confidence: float
    method: str
    margin: float | None
    margin_unit: str | None
    adjusted_value: float | None
    adjusted_ci_low: float | None
    adjusted_ci_high: float | None
    adjustment: str | None
    minimum_detectable: float | None
    power: float | None
    baseline_year: int | None
    baseline_value: float | None
    change: float | None
    change_ci_low: float | None
    change_ci_high: float | None
    data_kind: str
    caveats: str | None
    row_id: str


class GoalStatus(TypedDict, total=False):
    """Of `output.goal_status`."""

    goal: int
    slug: str
    year: int
    measurability: str
    precondition: str
    result: str
    result_adjusted: str
    literal_met: bool | None
    trend: str
    badge: str
    reason_da: str
    reason_en: str
    missing_reason: str
    rule_id: str
    rule_version: str
    data_kind: str | None
    caveats: str | None
    row_id: str


class PersonLevel(TypedDict, total=False):
    """Of `protected.person_level`."""

    indicator_id: str
    year: int
    quantity: str
    estimate: float | None
    lower90: float | None
    upper90: float | None
    lower95: float | None
    upper95: float | None
    method: str | None
    baseline_year: int | None
    baseline_value: float | None
    literal_met: bool | None
    result: str | None
    minimum_detectable: float | None
    power: float | None
    trend: str | None
    change: float | None
    change_lower: float | None
    change_upper: float | None
    remarks: str | None
    data_kind: str


class Background(TypedDict, total=False):
    """Of `output.background`."""

    indicator_id: str
    year: int
    population_group: str
    reference_group: str
    method: str
    state: str
    n: int | None
    n_ref: int | None
    events_ref: int | None
    observed: float | None
    expected: float | None
    reference_share: float | None
    gap_crude: float | None
    gap_explained: float | None
    gap_adjusted: float | None
    gap_lower90: float | None
    gap_upper90: float | None
    gap_lower95: float | None
    gap_upper95: float | None
    oe_index: float | None
    ratio: float | None
    ratio_lower90: float | None
    ratio_upper90: float | None
    ratio_lower95: float | None
    ratio_upper95: float | None
    unknown_in_group_lower90: float | None
    unknown_in_group_upper90: float | None
    unknown_in_reference_lower90: float | None
    unknown_in_reference_upper90: float | None
    params: int | None
    model_id: str | None
    covariates: str | None
    collapsed: str | None
    covariates_missing: str | None
    data_kind: str
    row_id: str


class Adjusted(TypedDict, total=False):
    """Of `cell.adjusted`."""

    indicator_id: str
    year: int
    population_group: str
    reference_group: str
    method: str
    state: str
    n: int | None
    n_ref: int | None
    events_ref: int | None
    observed: float | None
    expected: float | None
    reference_share: float | None
    gap_crude: float | None
    gap_explained: float | None
    gap_adjusted: float | None
    gap_lower90: float | None
    gap_upper90: float | None
    gap_lower95: float | None
    gap_upper95: float | None
    se: float | None
    se_expected: float | None
    oe_index: float | None
    ratio: float | None
    least_stratum: int | None
    ratio_lower90: float | None
    ratio_upper90: float | None
    ratio_lower95: float | None
    ratio_upper95: float | None
    unknown_in_group_lower90: float | None
    unknown_in_group_upper90: float | None
    unknown_in_reference_lower90: float | None
    unknown_in_reference_upper90: float | None
    direct_gap: float | None
    direct_lower95: float | None
    direct_upper95: float | None
    rate_effect: float | None
    composition_effect: float | None
    direct_strata: str | None
    pooled_gap: float | None
    pooled_lower95: float | None
    pooled_upper95: float | None
    drawn_lower90: float | None
    drawn_upper90: float | None
    overlap_share: float | None
    calibration_slope: float | None
    params: int | None
    model_id: str | None
    covariates: str | None
    collapsed: str | None
    covariates_missing: str | None
    data_kind: str


class FittedModel(TypedDict, total=False):
    """Of `cell.fitted_model`."""

    model_id: str
    term: str
    coefficient: float
    formula: str
    n_ref: int | None
    events_ref: int | None
    data_hash: str
    seed: int
    data_kind: str


class Resampled(TypedDict, total=False):
    """Of `cell.resampled`."""

    indicator_id: str
    year: int
    quantity: str
    base_year: int | None
    estimate: float
    lower90: float | None
    upper90: float | None
    lower95: float | None
    upper95: float | None
    persons: int
    share_in_both: float
    clusters: int | None
    method: str
    data_kind: str


def cells_in(frame: "pl.DataFrame") -> list[Cell]:
    return cast(list[Cell], frame.to_dicts())


def observations_in(frame: "pl.DataFrame") -> list[Observation]:
    return cast(list[Observation], frame.to_dicts())


def judgements_in(frame: "pl.DataFrame") -> list[Judgement]:
    return cast(list[Judgement], frame.to_dicts())


def person_level_in(frame: "pl.DataFrame") -> list[PersonLevel]:
    return cast(list[PersonLevel], frame.to_dicts())


def adjusted_in(frame: "pl.DataFrame") -> list[Adjusted]:
    return cast(list[Adjusted], frame.to_dicts())


def resampled_in(frame: "pl.DataFrame") -> list[Resampled]:
    return cast(list[Resampled], frame.to_dicts())


def background_in(frame: "pl.DataFrame") -> list[Background]:
    return cast(list[Background], frame.to_dicts())


R = TypeVar("R", bound=Mapping[str, object])


def emptied(row: R, columns: Iterable[str], **said: object) -> R:
    """The row with these columns empty, and what is said instead."""
    return cast(R, {**row, **dict.fromkeys(columns), **said})


def number_in(row: Mapping[str, object], column: str) -> float | None:
    """The number of a column that is named by data."""
    return cast(float | None, row[column])


def known(value: float | None) -> float:
    """A number that is there wherever its row is. Raises ValueError where it is not."""
    if value is None:
        raise ValueError("a row lacks a number that its table always gives")
    return value
