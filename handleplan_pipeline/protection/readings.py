"""Readings as they may be printed: made from protected cells alone, so that no hidden count has a say in them.

What is hidden gets two made-up figures, one after the other. Whatever would be printed of a reading must be the same
with both; only a number of unknown ancestry may matter, and it is tried at both ends of [0, T].
"""

from collections.abc import Iterator, Sequence

import polars as pl

from handleplan_pipeline.catalogue import Catalogue
from handleplan_pipeline.cells.groups import of_unknown_ancestry, resting_on_unknown
from handleplan_pipeline.disclosure import DisclosureError
from handleplan_pipeline.protection.apply import hidden_wholes
from handleplan_pipeline.protection.models import Place
from handleplan_pipeline.protection.persons import DECIMALS, OF_BASELINE, POINT_DECIMALS
from handleplan_pipeline.statistics.bounds import UNKNOWN_IN
from schemas.contract import TableContract
from schemas.protection.protected import STANDARDISED
from schemas.rows import Judgement, emptied, judgements_in

P_DECIMALS = 3
"""Of a p value; other figures are rounded as those of persons are."""
BOUNDS = tuple(UNKNOWN_IN.values())
SLOPE = ("slope", "slope_unit", "slope_p", "slope_method")
"""Rests on every year since the baseline."""
OF_COMPANION = ("companion", "companion_value", "companion_lower", "companion_upper")
SINCE_BASELINE = (
    "ratio_of_ratios",
    "count_ratio",
    "rate_ratio",
    "difference_of_medians",
    "representation_change",
    "share_change",
)
"""Quantities that compare with the baseline year, so that nothing of them stands without it."""
DRAWN = ("difference_of_medians", "representation_change")
"""Quantities whose bounds for unknown ancestry are drawn from persons, not computed from counts."""
MADE_UP = ((7, 20, 3.0), (11, 40, 5.0))
"""Numerator, denominator and value put in place of a hidden cell, once and again. They mean nothing."""


def possible_cells(catalogue: Catalogue, printed: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """`printed` twice, with figures in place of the hidden ones.

    A hidden number of unknown ancestry is T persons, none of them counted, then all of them; one of unknown outcome is
    nobody, then T persons.
    """
    outcomes = [i.outcome_unknown for i in catalogue.indicators if i.outcome_unknown]
    t = int(catalogue.disclosure.number("threshold"))
    suppressed = pl.col("cell_state") == "blanked"
    unknown = suppressed & (of_unknown_ancestry() | pl.col("indicator_id").is_in(outcomes))
    sized = pl.col("measure") != "count"
    for (numerator, denominator, value), counted in zip(MADE_UP, (0, t), strict=True):
        yield printed.with_columns(
            numerator=pl.when(unknown).then(counted).when(suppressed).then(numerator).otherwise(pl.col("numerator")),
            denominator=pl.when(unknown & sized)
            .then(t)
            .when(suppressed & sized)
            .then(denominator)
            .otherwise(pl.col("denominator")),
            value=pl.when(suppressed).then(value).otherwise(pl.col("value")),
            cell_state=pl.when(suppressed).then(pl.lit("value")).otherwise(pl.col("cell_state")),
        )


def unknown_not_shown(catalogue: Catalogue, printed: pl.DataFrame) -> set[Place]:
    """Where the number of unknown ancestry is hidden: of an indicator, of a ratio's counts, of anonymous contacts."""
    hidden = hidden_wholes(catalogue, printed).filter(of_unknown_ancestry())
    by_year = hidden.group_by("year").agg(pl.col("indicator_id").unique())
    return {(i, int(y)) for y, ids in by_year.rows() for i in resting_on_unknown(catalogue, ids)}


def draws_without_unknown(catalogue: Catalogue, resampled: pl.DataFrame, printed: pl.DataFrame) -> pl.DataFrame:
    """Bootstraps without those that count persons of unknown ancestry where their number is hidden."""
    suppressed = unknown_not_shown(catalogue, printed)
    places = resampled.select("indicator_id", "year", "base_year").rows()
    touched = pl.Series([(i, y) in suppressed or (i, b) in suppressed for i, y, b in places], dtype=pl.Boolean)
    return resampled.filter(~(pl.col("quantity").str.contains_any([f"_{n}" for n in BOUNDS]) & touched))


def printed_readings(
    catalogue: Catalogue, judged: Sequence[pl.DataFrame], printed: pl.DataFrame, contract: TableContract
) -> pl.DataFrame:
    """What may be printed of readings made of `possible_cells`; one that rests on a hidden count has no number.

    What they hold of persons was protected at the line (`persons`).

    Raises DisclosureError when a made-up figure would be printed.
    """
    masks = _Masks(catalogue, printed, contract)
    one, other = (contract.conform([masks.printed(r) for r in judgements_in(frame)]) for frame in judged)
    frame = _agreed(one, other)
    return frame.with_columns(pl.col(c).round(decimals_of(c)) for c, kind in frame.schema.items() if kind == pl.Float64)


def decimals_of(column: str) -> int:
    """Decimals a column of a printed reading is stored with; nothing may be written with more."""
    if column.endswith("_p"):
        return P_DECIMALS
    return POINT_DECIMALS if column.startswith("adjusted_") or column == "slope" else DECIMALS


def _agreed(one: pl.DataFrame, other: pl.DataFrame) -> pl.DataFrame:
    """Two readings of the same evidence: where their results differ, nobody can tell; nothing else may differ."""
    same = [c for c in one.columns if c not in ("result", "remarks")]
    if not one.select(same).equals(other.select(same)):
        columns = [c for c in same if one.height != other.height or not one[c].equals(other[c])]
        raise DisclosureError(f"Readings would print what rests on hidden counts: {', '.join(columns)}. Nothing was.")
    differ = one["result"] != other["result"]
    why = pl.when(other["remarks"].fill_null("").str.contains("outcome_unknown")).then(pl.lit("outcome_unknown"))
    remark = pl.concat_str("remarks", why.otherwise(pl.lit("bounds_disagree")), separator=";", ignore_nulls=True)
    told = pl.col("remarks").fill_null("").str.contains_any(["bounds_disagree", "outcome_unknown"])
    return one.with_columns(
        result=pl.when(differ).then(pl.lit("cannot_tell")).otherwise("result"),
        remarks=pl.when(differ & ~told).then(remark).otherwise("remarks"),
    )


class _Masks:
    """Takes from a reading what rests on hidden counts."""

    def __init__(self, catalogue: Catalogue, printed: pl.DataFrame, contract: TableContract) -> None:
        self.hidden = set(hidden_wholes(catalogue, printed).iter_rows())
        self.rates = {i.id: [i.rate] if i.rate else [] for i in catalogue.indicators}
        self.unknown = unknown_not_shown(catalogue, printed)
        self.kept = {c.name for c in contract.columns if not c.nullable} | {"reference_group", "baseline_year"}

    def printed(self, r: Judgement) -> Judgement:
        if self._rests_on_hidden(r):
            return self._suppressed(r)
        return self._without_unknown(self._without_baseline(r))

    def _places(self, r: Judgement) -> set[Place]:
        """This year and the year compared with."""
        return {(r["indicator_id"], y) for y in (r["year"], r["baseline_year"]) if y is not None}

    def _any_hidden(self, r: Judgement, years: Sequence[int], names: Sequence[str]) -> bool:
        groups = [g for g in (r["population_group"], r["reference_group"]) if g is not None]
        return any((i, y, g) in self.hidden for i in names for y in years for g in groups)

    def _names(self, r: Judgement) -> list[str]:
        """A number of persons judged by its rate rests on both cells, which count the same persons."""
        return [r["indicator_id"], *(self.rates[r["indicator_id"]] if r["quantity"] == "rate_ratio" else [])]

    def _rests_on_hidden(self, r: Judgement) -> bool:
        if r["result"] == "suppressed":
            return True
        base = [r["baseline_year"]] if r["baseline_year"] is not None and r["quantity"] in SINCE_BASELINE else []
        return self._any_hidden(r, [r["year"], *base], self._names(r))

    def _suppressed(self, r: Judgement) -> Judgement:
        suppressed = set(r) - self.kept
        return emptied(r, suppressed, result="suppressed", result_adjusted="suppressed", trend="cannot_tell")

    def _without_baseline(self, r: Judgement) -> Judgement:
        base, names = r["baseline_year"], self._names(r)
        if base is None:
            return r
        out = r
        if self._any_hidden(r, [base], names):
            out = emptied(out, OF_BASELINE, trend="cannot_tell")
        if self._any_hidden(r, range(base, r["year"] + 1), names):
            out = emptied(out, SLOPE)
        if self._any_hidden(r, [base, r["year"]], self.rates[r["indicator_id"]]):
            out = emptied(out, OF_COMPANION)
        return out

    def _without_unknown(self, r: Judgement) -> Judgement:
        """No bounds of a hidden number of unknown ancestry; a remark says how far the verdict was tried against it."""
        if not self._places(r) & self.unknown:
            return r
        tried = "unknown_hidden" if r["quantity"] in (*DRAWN, STANDARDISED) else "unknown_to_threshold"
        remarks = [x for x in (r["remarks"] or "").split(";") if x and x != tried]
        said = [*remarks, tried] if r["estimate"] is not None else remarks
        return emptied(r, BOUNDS, remarks=";".join(said) or None)
