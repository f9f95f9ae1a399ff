"""A goal in one year: its figures, its readings and its verdict, and the published rows that sentences may cite."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from handleplan_pipeline.catalogue import Catalogue, Goal, Indicator
from handleplan_pipeline.judgement.statements import Number, Row, Text, Words
from handleplan_pipeline.protection.readings import decimals_of
from schemas.goals.shape import OBSERVATION_KEY
from schemas.outputs.goal_status import GOAL_STATUS
from schemas.outputs.judgement import JUDGEMENT
from schemas.outputs.observation import OBSERVATION
from schemas.rows import Judgement, Observation, observations_in

WHOLE_COUNTRY = "000"
READING_PLACES = {"difference": 1, "share_change": 1, "difference_of_medians": 1, "new_areas": 0, "area_count": 0}
"""Decimals of a reading by its quantity; ratios have two."""
Place = tuple[str, str, int]
"""Indicator, group and year."""
WITHOUT_UNIT = ("count", "ratio")
"""Measures whose title says what is counted, or that have no unit."""


@dataclass(frozen=True)
class Verdict:
    """The readings of a goal's indicators in one year, put together without averaging."""

    result: str
    adjusted: str
    literal: bool | None
    trend: str


@dataclass(frozen=True)
class Case:
    """What is known of a goal in a year.

    `mine` are all observations of the goal, `base` the municipal ones of its baseline year, `printed` the figures that
    are not broken down, by indicator, group and year. `hidden` are headline indicators of which nothing is told.
    `judged_from` is the first later year with a verdict.
    """

    catalogue: Catalogue
    goal: Goal
    year: int
    measurability: str
    mine: pl.DataFrame
    base: pl.DataFrame
    printed: Mapping[Place, Observation]
    readings: list[Judgement]
    verdict: Verdict
    hidden: list[Indicator]
    judged_from: int | None = None

    @cached_property
    def rows(self) -> pl.DataFrame:
        """The observations of the year."""
        return self.mine.filter(pl.col("year") == self.year)

    @property
    def indicators(self) -> list[Indicator]:
        """The headline indicators."""
        return [self.catalogue.indicator(i) for i in self.goal.headline_indicators]

    @property
    def by_lists(self) -> Indicator | None:
        """The headline indicator that published lists tell of; None for a goal that is told by its own figures."""
        return next((i for i in self.indicators if i.told_by), None)

    @property
    def told_by_lists(self) -> Indicator | None:
        """The indicator of new areas where it has no reading, so that the lists tell."""
        found = self.by_lists
        return None if found is None or found.id in {r["indicator_id"] for r in self.readings} else found

    @property
    def badge(self) -> str:
        return badge_of(self.measurability, self.verdict.result)

    @cached_property
    def data_kind(self) -> str | None:
        """Of the municipal figures; synthetic where any is."""
        municipal = self.rows.filter(pl.col("geography") == self.catalogue.plan.municipality_code)
        return kind_of(municipal["data_kind"].drop_nulls().unique().to_list())

    def status_row(self, year: int) -> Row:
        """The goal's row of `output.goal_status` in a year."""
        return Row("output", "goal_status", GOAL_STATUS, {"goal": self.goal.number, "year": year})

    def year_of(self, year: int) -> Number:
        """A year as a number: that of the goal's status row."""
        return Number(self.status_row(year), "year", 0, "year")

    def observation(self, values: Observation) -> Row:
        return Row("goal", self.goal.slug, OBSERVATION, dict(values))

    def figure(self, indicator: Indicator, group: str, year: int, unit: bool = True) -> Number | None:
        """The printed municipal figure of a group, not broken down; None where there is none."""
        found = self.printed.get((indicator.id, group, year))
        if found is None:
            return None
        unit_of = self.unit(indicator) if unit else None
        return Number(self.observation(found), "value", indicator.decimals, unit=unit_of)

    def unit(self, indicator: Indicator) -> Text | None:
        """What stands after a figure."""
        if indicator.measure in WITHOUT_UNIT:
            return None
        label = self.catalogue.label("unit", indicator.unit)
        return label.label_da, label.label_en

    def judged_rows(self) -> pl.DataFrame:
        """The observations the judgement read: headline figures of the groups compared, now and at the baseline."""
        bases = {r["indicator_id"]: r["baseline_year"] for r in self.readings}
        parts = [self.mine.clear()]
        for i in self.indicators:
            years = [self.year] + [y for y in [bases.get(i.id)] if y is not None]
            for name in filter(None, [i.id, i.rate, i.told_by if i == self.told_by_lists else None]):
                other = self.catalogue.indicator(name)
                groups = judged_groups(self.goal, i)
                parts.append(compared(self.mine, other, groups).filter(pl.col("year").is_in(years)))
        return pl.concat(parts)


def badge_of(measurability: str, result: str) -> str:
    """Not measurable first, then what the rule said."""
    return "not_measurable" if measurability == "not_measurable" else result


def kind_of(kinds: Iterable[str]) -> str | None:
    """The kind of data of several figures: synthetic where any is."""
    found = sorted(kinds)
    return "synthetic" if "synthetic" in found else found[0] if found else None


def judged_groups(goal: Goal, indicator: Indicator) -> set[str]:
    """The groups whose figures are compared."""
    return {goal.population_group, str(indicator.reference_group), "all"} & set(indicator.population_groups)


def compared(rows: pl.DataFrame, indicator: Indicator, groups: Iterable[str]) -> pl.DataFrame:
    """An indicator's own rows that are not broken down, of these groups."""
    return rows.filter(
        (pl.col("indicator_id") == indicator.id)
        & (pl.col("geography") == indicator.geography)
        & (pl.col("sex") == indicator.sex)
        & (pl.col("age_group") == indicator.age_group)
        & pl.col("population_group").is_in(list(groups))
        & pl.col("reference_group").is_null()
    )


def printed_figures(catalogue: Catalogue, goal: Goal, mine: pl.DataFrame) -> dict[Place, Observation]:
    """The figures of the headline indicators, and of their rates, that are printed and not broken down."""
    found: dict[Place, Observation] = {}
    for name in {n for i in map(catalogue.indicator, goal.headline_indicators) for n in (i.id, i.rate) if n}:
        i = catalogue.indicator(name)
        rows = compared(mine, i, i.population_groups)
        shown = rows.filter(pl.col("value").is_not_null() & (pl.col("measure") == i.measure)).sort(OBSERVATION_KEY)
        for r in observations_in(shown):
            found.setdefault((i.id, r["population_group"], r["year"]), r)
    return found


def reading_row(r: Judgement) -> Row:
    return Row("output", "judgement", JUDGEMENT, dict(r))


def of_reading(r: Judgement, column: str, places: int | None = None, **more: object) -> Number:
    """A number of a reading, with no more decimals than the column is stored with."""
    wanted = READING_PLACES.get(r["quantity"], 2) if places is None else places
    return Number(reading_row(r), column, min(wanted, decimals_of(column)), **more)  # type: ignore[arg-type]


def base_of(r: Judgement) -> Number:
    """The year a reading is compared with."""
    return Number(reading_row(r), "baseline_year", 0, "year")


def title_of(indicator: Indicator) -> Words:
    return Words.of((indicator.title_da, indicator.title_en))


def label_of(catalogue: Catalogue, code_list: str, code: str) -> Words:
    label = catalogue.label(code_list, code)
    return Words.of((label.label_da, label.label_en))
