"""Social background: what is known of a person before the index day, and what it makes one expect.

Only what was settled before the outcome could be influenced is a covariate (methods 3.3). A covariate the catalogue
names and no register holds is listed as missing, never replaced by another.
"""

import math
from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from handleplan_pipeline.adjustment import resample
from handleplan_pipeline.catalogue import Indicator
from handleplan_pipeline.lake.engine import SqlInput, get_engine
from handleplan_pipeline.statistics import (
    ExpectedShare,
    StatisticsError,
    expected_share,
    kitagawa,
    pooled_gap,
    rules,
    standardised_difference,
)
from schemas.adjustment.background import MODELLED
from schemas.rows import Adjusted

YEARS_BACK = 3
"""Earlier stays, contacts and treatment are looked for so many years before the year of the index day (methods 3.3)."""
LEAST_IN_STRATUM = 5
"""Persons of both groups in every stratum for direct standardisation (methods 3.2)."""
MOST_STRATA = 3
"""Direct standardisation over at most so many covariates (methods 3.2)."""
SINGLE_YEARS = 6
"""Ages within fewer years are taken one by one; a wider range in bands of ten years, those under 30 in one."""
CONFIDENCES = (rules.CONFIDENCE, rules.DISPLAY)

BACKGROUND = """
    with wanted as (select distinct person, attribute_year from people),
    parents as (
        select wanted.person, wanted.attribute_year,
               max(greatest(left(nullif(mother_education, ''), 1), left(nullif(father_education, ''), 1))) as level
        from wanted
        join dst_education_background as e on e.person = wanted.person and e.background_year = wanted.attribute_year
        where e.set_aside is null
        group by all
    ),
    income as (
        select wanted.person, wanted.attribute_year, max(income_decile) as decile, max(left(socio_status, 1)) as status
        from wanted
        join dst_income as i on i.person = wanted.person and i.background_year = wanted.attribute_year
        where i.set_aside is null
        group by all
    )
    select wanted.person, wanted.attribute_year,
           case when level is null then 'missing' when level <= '1' then 'basic'
                when level <= '3' then 'upper_secondary'
                else 'higher' end as parents_education,
           case when decile is null then 'missing' when decile <= 3 then 'low' when decile <= 7 then 'middle'
                else 'high' end as family_income_decile,
           case status when '1' then 'employed' when '2' then 'unemployed' when '3' then 'outside' else 'missing' end
               as parents_labour_status,
           exists (from shelter_stay as s where s.person = wanted.person
                   and s.start_date between make_date(wanted.attribute_year - {back}, 1, 1)
                                        and make_date(wanted.attribute_year, 1, 1) - 1) as earlier_shelter,
           exists (from psychiatric_contact as p where p.person = wanted.person
                   and p.start_date between make_date(wanted.attribute_year - {back}, 1, 1)
                                        and make_date(wanted.attribute_year, 1, 1) - 1) as earlier_psychiatry,
           exists (from treatment_contact as t where t.person = wanted.person
                   and t.start_date between make_date(wanted.attribute_year - {back}, 1, 1)
                                        and make_date(wanted.attribute_year, 1, 1) - 1) as earlier_drug_treatment
    from wanted left join parents using (person, attribute_year) left join income using (person, attribute_year)
"""
SOURCES, REGISTERS = (
    ("dst_education_background", "dst_income"),
    ("psychiatric_contact", "shelter_stay", "treatment_contact"),
)
"""What the query reads beside `people`."""
KNOWN = (
    "sex",
    "age",
    "parents_education",
    "family_income_decile",
    "parents_labour_status",
    "earlier_shelter",
    "earlier_psychiatry",
    "earlier_drug_treatment",
)
"""Covariates a register holds, by their name in the catalogue."""


class AdjustedRow(Adjusted, total=False):
    """A row of `cell.adjusted` with the model it rests on, which is a table of its own."""

    card: ExpectedShare


def with_background(people: pl.DataFrame, tables: Mapping[str, SqlInput]) -> pl.DataFrame:
    """`people` with every covariate that the delivered registers hold."""
    sql = BACKGROUND.format(back=YEARS_BACK)
    known = get_engine().query(sql, {**tables, "people": people}, name="background")
    return people.join(known, on=["person", "attribute_year"], how="left")


def adjusted_rows(indicator: Indicator, frame: pl.DataFrame, group: str, reference: str) -> list[AdjustedRow]:
    """Observed against expected, by year. `frame` holds persons of both groups with background and `outcome`."""
    rows = []
    frame = frame.with_columns(age=age_bands(frame["age"]), outcome=pl.col("outcome").cast(pl.Int8))
    for (year,), part in frame.group_by("year", maintain_order=True):
        about = AdjustedRow(
            indicator_id=indicator.id,
            year=year,
            population_group=group,
            reference_group=reference,
            method=MODELLED,
        )
        fitted, used = _expected(indicator, part, group, reference)
        rows.append(about | fitted | _strata(part, used or ["sex", "age"], group, reference))
    return rows


def age_bands(ages: pl.Series) -> pl.Series:
    """Ages as text: single years for a cohort, bands of ten years for adults; an unknown age is missing."""
    known = ages.drop_nulls()
    if not known.len() or int(known.max()) - int(known.min()) < SINGLE_YEARS:  # type: ignore[arg-type]
        return ages.cast(pl.String).fill_null("missing")
    low = pl.when(pl.col("age") < 30).then(0).otherwise(pl.col("age") // 10 * 10)
    bands = pl.DataFrame({"age": ages}).with_columns(low=low)
    text = pl.when(pl.col("low") == 0).then(pl.lit("under_30")).when(pl.col("low") >= 60).then(pl.lit("60+"))
    return bands.select(text.otherwise(pl.format("{}-{}", "low", pl.col("low") + 9)).fill_null("missing")).to_series()


def _expected(indicator: Indicator, part: pl.DataFrame, group: str, reference: str) -> tuple[AdjustedRow, list[str]]:
    """The fields of the model, and the covariates it used."""
    own = part.filter(pl.col("population_group") == reference)
    held = [c for c in KNOWN if c in part.columns]
    usable = [c for c in indicator.covariates if c in held and own[c].n_unique() > 1]
    absent = [c for c in indicator.covariates if c not in held and c != "year"]
    row = AdjustedRow(covariates_missing=";".join(absent) or None, n_ref=own.height, state="too_few_events")
    if own.height == part.height or not own.height:
        return row, []
    for used, collapsed, frame in _variants(part, own, usable):
        try:
            fits = [expected_share(frame, "outcome", used, "population_group", reference, c) for c in CONFIDENCES]
        except StatisticsError:
            continue
        model_id = f"{indicator.id}-{reference}-{int(part['year'][0])}-v1"
        said = AdjustedRow(
            covariates=";".join(used),
            collapsed=";".join(collapsed) or None,
            model_id=model_id,
            state="fitted",
            card=fits[1],
        )
        beside = _pooled(frame, used, reference) | _drawn(frame, used, group, reference)
        return row | _fields(*fits) | beside | said, used
    return row, []


def _variants(
    part: pl.DataFrame, own: pl.DataFrame, covariates: Sequence[str]
) -> Iterator[tuple[list[str], list[str], pl.DataFrame]]:
    """The covariates in the catalogue's order, as many as possible; with all their levels, then collapsed to two.

    Collapsed, a covariate keeps the reference group's most common level against all others (methods 3.3). Yields
    covariates, those that were collapsed, and the persons.
    """
    for k in range(len(covariates), 0, -1):
        used = list(covariates[:k])
        yield used, [], part
        many = [c for c in used if own[c].n_unique() > 2]
        if many:
            common = {
                c: own[c].cast(pl.String).value_counts(sort=True).sort("count", c, descending=[True, False])[c][0]
                for c in many
            }
            merged = [
                pl.when(pl.col(c).cast(pl.String) == v).then(pl.lit(v)).otherwise(pl.lit("other")).alias(c)
                for c, v in common.items()
            ]
            yield used, many, part.with_columns(merged)


def _fields(by90: ExpectedShare, by95: ExpectedShare) -> AdjustedRow:
    return AdjustedRow(
        n=by95.n,
        events_ref=by95.events_ref,
        observed=by95.observed,
        expected=by95.expected,
        reference_share=by95.reference,
        gap_crude=by95.gap_crude,
        gap_explained=by95.gap_explained,
        gap_adjusted=by95.gap_adjusted,
        gap_lower90=by90.lower,
        gap_upper90=by90.upper,
        gap_lower95=by95.lower,
        gap_upper95=by95.upper,
        se=by95.se,
        se_expected=by95.se_expected,
        oe_index=by95.oe_index,
        overlap_share=by95.overlap_share,
        calibration_slope=by95.calibration_slope,
        params=by95.params,
    )


def _pooled(frame: pl.DataFrame, used: Sequence[str], reference: str) -> AdjustedRow:
    """The gap by g-computation over both groups, where both together carry a model: a sensitivity (methods 3.2)."""
    try:
        ci = pooled_gap(frame, "outcome", used, "population_group", reference)
    except StatisticsError:
        return {}
    return AdjustedRow(
        pooled_gap=float(ci.estimate),
        pooled_lower95=float(ci.lower),
        pooled_upper95=float(ci.upper),
    )


def _drawn(frame: pl.DataFrame, used: Sequence[str], group: str, reference: str) -> AdjustedRow:
    """The adjusted gap with persons drawn again: the check of its interval (methods 3.2)."""
    drawn = resample.expected_gap(frame, used, group, reference)
    if math.isnan(drawn.lower90):
        return {}
    return AdjustedRow(drawn_lower90=drawn.lower90, drawn_upper90=drawn.upper90)


def _strata(part: pl.DataFrame, used: Sequence[str], group: str, reference: str) -> AdjustedRow:
    """Direct standardisation to the pooled distribution, and Kitagawa's split over the same strata.

    Over as many of the model's covariates, at most three, as leave 5 persons of both groups in every stratum.
    """
    for k in range(min(MOST_STRATA, len(used)), 0, -1):
        by = list(used[:k])
        cells = part.group_by(*by, "population_group").agg(x=pl.col("outcome").sum(), n=pl.len())
        wide = cells.pivot(on="population_group", index=by, values=["x", "n"]).sort(by)
        columns = [f"{k}_{g}" for g in (group, reference) for k in ("x", "n")]
        if not set(columns) <= set(wide.columns) or wide.select(columns).null_count().sum_horizontal().item():
            continue
        x1, n1, x0, n0 = (wide[c].to_numpy().astype(float) for c in columns)
        if min(n1.min(), n0.min()) < LEAST_IN_STRATUM:
            continue
        split, ci = kitagawa(x1 / n1, n1, x0 / n0, n0), standardised_difference(x1, n1, x0, n0, n1 + n0)
        return AdjustedRow(
            direct_gap=float(ci.estimate),
            direct_lower95=float(ci.lower),
            direct_upper95=float(ci.upper),
            direct_strata=";".join(by),
            rate_effect=split.rate_effect,
            composition_effect=split.composition_effect,
        )
    return {}
