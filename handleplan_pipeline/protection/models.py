"""Figures made of persons, as they may be printed: models given background, standardised ratios and bootstraps.

Their inputs are counts by background. Where a row of such counts is printed anywhere, it must be shown for the figure
to stand; what could be solved for counts no table prints stays inside altogether (`INTERNAL` of the contracts).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from handleplan_pipeline.catalogue import Catalogue
from handleplan_pipeline.cells.count import wholes
from handleplan_pipeline.cells.groups import of_unknown_ancestry
from handleplan_pipeline.protection.apply import hidden_wholes
from handleplan_pipeline.statistics.bounds import UNKNOWN_IN
from schemas.adjustment.background import MODELLED
from schemas.contract import TableContract

BACKGROUND_DECIMALS, RATIO_DECIMALS = 3, 2
DECIMALS = {"ratio": RATIO_DECIMALS, "oe": 0}
"""Of columns by the first part of their name; an index divided into the observed share would say the expected one."""
COUNTED = {"sex", "age", "year"}
"""Covariates that tables are broken down by. A model of nothing else has no input that no table prints: even its
verdict could tell the one that is hidden."""
RATIOS = ("direct", "indirect")
Place = tuple[str, int]
"""Indicator and year."""


@dataclass(frozen=True)
class Suppressed:
    """Where a model's figures, its verdict, or a standardised ratio may not be printed."""

    figures: frozenset[Place] = frozenset()
    verdicts: frozenset[Place] = frozenset()
    ratios: frozenset[Place] = frozenset()


def suppressed_places(catalogue: Catalogue, adjusted: pl.DataFrame, printed: pl.DataFrame) -> Suppressed:
    """What of `adjusted` may not be printed beside the protected cells `printed`.

    Figures of a model go when a row by one of its covariates is hidden or not there, for either group (methods 4.2,
    rule 4), or where one is hidden by a covariate that was asked for and dropped: that tells that no model with it
    could be fitted, as the state does where none could. So does the verdict of a model of sex and age alone or of
    none, by the covariates it used, while any other's stays (rule 6: both groups are shown, so they are no smaller than
    10). A direct ratio stands where all rows by sex and age are printed and no stratum, which no table prints, holds 1
    to T persons of either outcome; an indirect one, which is used for few events, never.
    """
    largest = int(catalogue.disclosure.number("largest_sensitive"))
    figures, verdicts, ratios = set(), set(), set()
    whole = {i: (s, a) for i, s, a in wholes(catalogue).iter_rows()}
    for r in adjusted.to_dicts():
        place = (str(r["indicator_id"]), int(r["year"]))
        rows = printed.filter(
            (pl.col("indicator_id") == place[0])
            & (pl.col("year") == place[1])
            & pl.col("population_group").is_in([r["population_group"], r["reference_group"]])
        )
        if r["method"] != MODELLED:
            small = r["method"] == "indirect" or (r["method"] == "direct" and (r["least_stratum"] or 0) <= largest)
            if small or not rows.height or (rows["cell_state"] == "blanked").any():
                ratios.add(place)
            continue
        asked = set(catalogue.indicator(place[0]).covariates)
        used = set(str(r["covariates"]).split(";")) if r["covariates"] is not None else set()
        all_used_shown = all(_all_shown(part) for part in _broken_down(rows, used, whole[place[0]]))
        told_of = list(_broken_down(rows, asked - used, whole[place[0]]))
        dropped_shown = not any((part["cell_state"] == "blanked").any() for part in told_of)
        if not (all_used_shown and dropped_shown):
            figures.add(place)
        if used <= COUNTED and not (all_used_shown and (used or dropped_shown)):
            verdicts.add(place)
    return Suppressed(frozenset(figures), frozenset(verdicts), frozenset(ratios))


def _broken_down(rows: pl.DataFrame, covariates: set[str], whole: tuple[str, str]) -> Iterator[pl.DataFrame]:
    """The rows by each covariate that tables are broken down by."""
    sex, age = whole
    if "sex" in covariates:
        yield rows.filter((pl.col("sex") != sex) & (pl.col("age_group") == age))
    if "age" in covariates:
        yield rows.filter((pl.col("age_group") != age) & (pl.col("sex") == sex))


def _all_shown(rows: pl.DataFrame) -> bool:
    """Whether both groups have at least two rows and none of them is hidden."""
    sizes = rows.group_by("population_group").len()
    return sizes.height == 2 and bool((sizes["len"] > 1).all()) and not (rows["cell_state"] == "blanked").any()


def without_unknown(catalogue: Catalogue, adjusted: pl.DataFrame, printed: pl.DataFrame) -> pl.DataFrame:
    """Adjusted figures without the bounds that rest on a hidden count of unknown ancestry."""
    hidden = hidden_wholes(catalogue, printed).filter(of_unknown_ancestry())
    marked = adjusted.join(
        hidden.select("indicator_id", "year", suppressed=pl.lit(True)),
        on=["indicator_id", "year"],
        how="left",
        maintain_order="left",
    )
    bounds = [c for c in adjusted.columns if c.startswith(tuple(UNKNOWN_IN.values()))]
    suppressed = pl.col("suppressed").fill_null(False)
    return marked.with_columns(pl.when(~suppressed).then(pl.col(c)).alias(c) for c in bounds).select(adjusted.columns)


def printed_background(
    catalogue: Catalogue, adjusted: pl.DataFrame, printed: pl.DataFrame, contract: TableContract
) -> pl.DataFrame:
    """Observed against expected as it may be printed; a row that rests on a hidden count has no number."""
    suppressed = _suppressed(catalogue, adjusted, printed)
    optional = {c.name for c in contract.columns if c.nullable}
    shown = without_unknown(catalogue, adjusted, printed).select(contract.column_names)
    frame = shown.with_columns(
        *(pl.when(~suppressed).then(pl.col(c)).alias(c) for c in shown.columns if c in optional),
        state=pl.when(suppressed).then(pl.lit("suppressed")).otherwise(pl.col("state")),
        # direct or indirect would say whether the group has ten events
        method=pl.when(suppressed & pl.col("method").is_in(RATIOS)).then(pl.lit("none")).otherwise(pl.col("method")),
    )
    rounded = frame.with_columns(
        pl.col(c).round(DECIMALS.get(c.split("_")[0], BACKGROUND_DECIMALS))
        for c, kind in frame.schema.items()
        if kind == pl.Float64
    )
    # rounded parts still add up
    crude = pl.col("observed") - pl.col("reference_share")
    explained = pl.col("expected") - pl.col("reference_share")
    fitted = pl.col("gap_crude").is_not_null()
    return contract.arrange(
        rounded.with_columns(
            gap_crude=pl.when(fitted).then(crude.round(BACKGROUND_DECIMALS)),
            gap_explained=pl.when(fitted).then(explained.round(BACKGROUND_DECIMALS)),
            gap_adjusted=pl.when(fitted).then((crude - explained).round(BACKGROUND_DECIMALS)),
        )
    )


def _suppressed(catalogue: Catalogue, adjusted: pl.DataFrame, printed: pl.DataFrame) -> pl.Series:
    """Which rows of `adjusted` may not be printed."""
    hidden = set(hidden_wholes(catalogue, printed).iter_rows())
    suppressed = suppressed_places(catalogue, adjusted, printed)
    found = []
    for r in adjusted.to_dicts():
        at = (r["indicator_id"], r["year"])
        whole = any((*at, g) in hidden for g in (r["population_group"], r["reference_group"]))
        found.append(whole or at in (suppressed.figures if r["method"] == MODELLED else suppressed.ratios))
    return pl.Series(found, dtype=pl.Boolean)


def printed_cards(background: pl.DataFrame, cards: pl.DataFrame, contract: TableContract) -> pl.DataFrame:
    """Terms and formulas of the models whose figures are printed."""
    shown = background.filter(pl.col("state") == "fitted").select("model_id").drop_nulls().unique()
    return cards.join(shown, on="model_id", how="semi", maintain_order="left").select(contract.column_names)
