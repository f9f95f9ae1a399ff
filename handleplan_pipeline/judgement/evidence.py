"""Everything a judgement may use: protected cells, what was told of persons at the line, and the catalogue's rules."""

from dataclasses import dataclass

import polars as pl

from handleplan_pipeline.catalogue import Catalogue, Goal, Indicator
from handleplan_pipeline.cells.groups import COUNTRY_GROUPS, UNKNOWN, country_unknown, judged_group, who_could_belong
from handleplan_pipeline.judgement.figures import Figure, Figures
from handleplan_pipeline.judgement.reading import Bounds
from handleplan_pipeline.statistics.bounds import WAYS, drawn_with
from schemas.rows import PersonLevel, person_level_in


@dataclass(frozen=True)
class Evidence:
    """The evidence of one installation.

    `told` holds rows of `protected.person_level` by indicator, year and quantity; without persons only standardised
    ratios and their models are there, as far as the cells they need are shown.
    """

    catalogue: Catalogue
    figures: Figures
    told: dict[tuple[str, int, str], PersonLevel]

    @classmethod
    def of(cls, catalogue: Catalogue, cells: pl.DataFrame, person_level: pl.DataFrame) -> "Evidence":
        told = {(r["indicator_id"], r["year"], r["quantity"]): r for r in person_level_in(person_level)}
        return cls(catalogue, Figures(catalogue, cells), told)

    def figure(self, indicator: str, year: int, group: str) -> Figure | None:
        return self.figures.get(indicator, year, group)

    def unknown(self, indicator: str, year: int) -> Figure | None:
        """Those of unknown ancestry."""
        return self.figure(indicator, year, UNKNOWN)

    def of_unknown_country(self, indicator: Indicator, year: int) -> tuple[int, int]:
        """Minority that is neither western nor not, where groups are of countries: from printed counts, else nobody."""
        if not set(COUNTRY_GROUPS) & set(indicator.population_groups):
            return 0, 0
        found = [self.figure(indicator.id, year, g) for g in ("minority", *COUNTRY_GROUPS)]
        x, n = ([None if f is None else getattr(f, part) for f in found] for part in ("x", "n"))
        return country_unknown(*x), country_unknown(*n)

    def could_belong(self, indicator: Indicator, year: int) -> tuple[int, int]:
        """Persons who could belong to any group, anonymous contacts too, and the residents of unknown ancestry."""
        figures = [f for i in who_could_belong(indicator) if (f := self.unknown(i, year)) and f.x is not None]
        country = self.of_unknown_country(indicator, year)
        return sum(f.x or 0 for f in figures) + country[0], sum(f.n or 0 for f in figures) + country[1]

    def outcomes_unknown(self, goal: Goal, indicator: Indicator, year: int) -> tuple[int, int]:
        """Persons of the group and of the reference group that are in no denominator: nobody knows their outcome."""
        if indicator.outcome_unknown is None:
            return 0, 0
        groups = (goal.population_group, str(indicator.reference_group))
        figures = [self.figure(indicator.outcome_unknown, year, g) for g in groups]
        group, reference = (f.x or 0 if f is not None else 0 for f in figures)
        return group, reference

    def of_persons(self, indicator: str, year: int, quantity: str) -> PersonLevel | None:
        return self.told.get((indicator, year, quantity))

    def drawn_bounds(self, indicator: str, year: int, quantity: str) -> Bounds:
        """What the rule says with those of unknown ancestry drawn with the one or the other group."""
        rows = {way: self.of_persons(indicator, year, drawn_with(quantity, way)) for way in WAYS}
        return Bounds.of({way: r["result"] for way, r in rows.items() if r is not None})

    def rate_of(self, indicator: Indicator) -> Indicator:
        """The indicator that counts the same persons per resident: itself, or the one beside a number of persons."""
        return indicator if indicator.rate is None else self.catalogue.indicator(indicator.rate)

    def rate(self, indicator: Indicator, year: int, group: str) -> Figure | None:
        return self.figure(self.rate_of(indicator).id, year, group)

    @staticmethod
    def group_of(goal: Goal, indicator: Indicator) -> str:
        """The group whose figures bear the goal."""
        return judged_group(goal, indicator)

    def broken(self, indicator: str, base: int, year: int) -> bool:
        """Whether nothing can be compared: the series breaks between the years, or is cut off before the first."""
        return self.catalogue.broken(indicator, base, year) or (indicator, base) in self.figures.left_edges

    def baseline_year(self, goal: Goal, indicator: Indicator) -> int:
        """The year a reading is compared with. For a service that did not exist, its first full year."""
        if indicator.first_full_year_of is None:
            return indicator.baseline_year or goal.baseline_year
        found = [y for i, y, quantity in self.told if i == indicator.id and quantity == "first_full_year"]
        if found:
            return found[0]
        # without persons the start of the first year is not known: it may have been partial
        years = [y for y in self.figures.years(indicator.id) if y >= goal.baseline_year]
        return years[0] + 1 if years else goal.baseline_year + 1
