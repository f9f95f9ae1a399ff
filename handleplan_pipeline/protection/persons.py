"""What the rules say of persons, as it may be printed: figures rounded, and gone with the rows they rest on."""

from collections.abc import Iterable, Sequence

import polars as pl

from handleplan_pipeline.catalogue import Catalogue, Goal, Indicator
from handleplan_pipeline.cells.groups import judged_group
from handleplan_pipeline.protection.apply import hidden_wholes
from handleplan_pipeline.protection.models import Place, Suppressed
from schemas.contract import TableContract
from schemas.protection.protected import ADJUSTED, STANDARDISED
from schemas.rows import PersonLevel, emptied

DECIMALS, POINT_DECIMALS = 2, 1
"""Of a quantity and its limits, and of an adjusted figure."""
OF_BASELINE = ("trend", "change", "change_lower", "change_upper", "baseline_value")
OF_MODEL = ("estimate", "lower90", "upper90")
OF_ONE_YEAR = ("difference", STANDARDISED)
"""What an indicator is judged by that stands without its baseline."""
KEPT = ("indicator_id", "year", "quantity", "baseline_year", "data_kind")


def printed_person_level(
    catalogue: Catalogue,
    verdicts: Iterable[PersonLevel],
    printed: pl.DataFrame,
    suppressed: Suppressed,
    contract: TableContract,
) -> pl.DataFrame:
    """Verdicts on persons (`person_verdicts`) beside the protected cells `printed`.

    Whose compared groups are hidden, this year or in the year compared with, is not there; a standardised ratio that
    may not be printed is there as suppressed. Figures of a model go with the rows that are its inputs; its verdict
    only where it could tell them.
    """
    masks = _Masks(catalogue, printed, suppressed)
    frame = contract.conform([row for r in verdicts if (row := masks.printed(r)) is not None])
    adjusted = pl.col("quantity") == ADJUSTED
    return frame.with_columns(
        pl.when(adjusted).then(pl.col(c).round(POINT_DECIMALS)).otherwise(pl.col(c).round(DECIMALS)).alias(c)
        for c, kind in frame.schema.items()
        if kind == pl.Float64
    )


class _Masks:
    """Takes from a row what may not be printed."""

    def __init__(self, catalogue: Catalogue, printed: pl.DataFrame, suppressed: Suppressed) -> None:
        self.hidden, self.suppressed = set(hidden_wholes(catalogue, printed).iter_rows()), suppressed
        self.about: dict[str, tuple[Goal, Indicator]] = {
            i: (g, catalogue.indicator(i)) for g in catalogue.goals for i in g.headline_indicators
        }
        self.about |= {i.id: (catalogue.goal(i.goals[0]), i) for i in catalogue.indicators if i.kind == "baseline"}

    def printed(self, r: PersonLevel) -> PersonLevel | None:
        goal, indicator = self.about[r["indicator_id"]]
        groups = [g for g in (judged_group(goal, indicator), indicator.reference_group) if g is not None]
        base = r.get("baseline_year")
        suppressed = self._any_hidden(indicator, [r["year"]], groups)
        if indicator.judged_by not in OF_ONE_YEAR and base is not None:
            suppressed |= self._any_hidden(indicator, [base], groups)
        if indicator.judged_by == STANDARDISED:
            suppressed |= (indicator.id, r["year"]) in self.suppressed.ratios
        if suppressed:
            whole = r["quantity"] == STANDARDISED
            return emptied(r, set(r) - set(KEPT), result="suppressed") if whole else None
        if r["quantity"] == ADJUSTED:
            return self._model(r, {(indicator.id, y) for y in (r["year"], base) if y is not None})
        return self._ratio(r, indicator, groups) if r["quantity"] == STANDARDISED else r

    def _ratio(self, r: PersonLevel, indicator: Indicator, groups: Sequence[str]) -> PersonLevel:
        """Nothing of what became of it since a year whose ratio, or one of whose counts, is not shown."""
        base = r.get("baseline_year")
        if base is None:
            return r
        if (indicator.id, base) not in self.suppressed.ratios and not self._any_hidden(indicator, [base], groups):
            return r
        return emptied(r, OF_BASELINE, trend="cannot_tell")

    def _any_hidden(self, indicator: Indicator, years: Sequence[int], groups: Sequence[str]) -> bool:
        return any((indicator.id, y, g) in self.hidden for y in years for g in groups)

    def _model(self, r: PersonLevel, places: set[Place]) -> PersonLevel:
        if not places & self.suppressed.figures:
            return r
        # what a model could not tell, and what is remarked of it, says something of the persons too
        told = places & self.suppressed.verdicts
        return emptied(r, (*OF_MODEL, "remarks"), result="suppressed" if told else r["result"])


def drawn_without_hidden(catalogue: Catalogue, person_level: pl.DataFrame, printed: pl.DataFrame) -> pl.DataFrame:
    """What was drawn of indicators and years of which no group is hidden, this year or in the year compared with."""
    hidden = hidden_wholes(catalogue, printed).select("indicator_id", "year").unique()
    drawn = person_level.filter(pl.col("lower95").is_not_null() & ~pl.col("quantity").is_in([ADJUSTED, STANDARDISED]))
    return drawn.join(hidden, on=["indicator_id", "year"], how="anti", maintain_order="left").join(
        hidden,
        left_on=["indicator_id", "baseline_year"],
        right_on=["indicator_id", "year"],
        how="anti",
        maintain_order="left",
    )
