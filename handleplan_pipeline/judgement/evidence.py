"""Everything a judgement may use: counted cells, bootstraps, adjusted figures, and the catalogue's rules."""

from dataclasses import dataclass
from typing import Any

import polars as pl

from handleplan_pipeline.catalogue import Catalogue, Goal, Indicator
from handleplan_pipeline.judgement.figures import Figure, Figures

Row = dict[str, Any]


@dataclass(frozen=True)
class Evidence:
    """The evidence of one installation; `resampled` and `adjusted` are empty where no persons may be held.

    `standardised` is there on both routes, as far as the cells it needs are shown.
    """

    catalogue: Catalogue
    figures: Figures
    resampled: dict[tuple[str, int, str], Row]
    adjusted: dict[tuple[str, int], Row]
    standardised: dict[int, Row]

    @classmethod
    def of(
        cls, catalogue: Catalogue, cells: pl.DataFrame, resampled: pl.DataFrame, adjusted: pl.DataFrame
    ) -> "Evidence":
        rows = adjusted.to_dicts()
        return cls(
            catalogue, Figures(catalogue, cells),
            {(r["indicator_id"], r["year"], r["quantity"]): r for r in resampled.to_dicts()},
            {(r["indicator_id"], r["year"]): r for r in rows if r["method"] == "expected_share"},
            {r["year"]: r for r in rows if r["method"] != "expected_share"},
        )  # fmt: skip

    def figure(self, indicator: str, year: int, group: str) -> Figure | None:
        return self.figures.get(indicator, year, group)

    def rate_of(self, indicator: Indicator) -> Indicator:
        """The indicator that counts the same persons per resident: itself, or the one beside a number of persons."""
        return indicator if indicator.rate is None else self.catalogue.indicator(indicator.rate)

    def rate(self, indicator: Indicator, year: int, group: str) -> Figure | None:
        return self.figure(self.rate_of(indicator).id, year, group)

    @staticmethod
    def group_of(goal: Goal, indicator: Indicator) -> str:
        """The group whose figures bear the goal: everybody where the indicator is about everybody."""
        return "all" if "all" in indicator.population_groups else goal.population_group

    def broken(self, indicator: str, base: int, year: int) -> bool:
        return self.catalogue.broken(indicator, base, year)

    def baseline_year(self, goal: Goal, indicator: Indicator) -> int:
        """The year a reading is compared with. For a service that did not exist, its first full year."""
        if indicator.first_full_year_of is None:
            return indicator.baseline_year or goal.baseline_year
        found = [y for i, y, quantity in self.resampled if i == indicator.id and quantity == "first_full_year"]
        if found:
            return found[0]
        # without persons the start of the first year is not known: it may have been partial
        years = [y for y in self.figures.years(indicator.id) if y >= goal.baseline_year]
        return years[0] + 1 if years else goal.baseline_year + 1
