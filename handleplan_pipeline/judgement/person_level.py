"""Background and bootstraps of every indicator that asks for them, from counted persons."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

import polars as pl

from handleplan_pipeline.catalogue import Catalogue
from handleplan_pipeline.cells import Count, parameters, years_of
from handleplan_pipeline.codes import code_list
from handleplan_pipeline.engine import DuckDbEngine, SqlInput
from handleplan_pipeline.groups import UNKNOWN, in_group, of_two_groups
from handleplan_pipeline.judgement import resample
from handleplan_pipeline.judgement.background import adjusted_rows, with_background
from handleplan_pipeline.judgement.people import people
from handleplan_pipeline.judgement.resample import LEAST_WITH_A_DATE, Resampled
from handleplan_pipeline.statistics.bounds import GROUP, REFERENCE, drawn_with

Row = dict[str, Any]
LAST_DAY_OF_A_FULL_START = (1, 31)
"""A service whose first contact is no later than this was there the whole year. Ours, version 1."""


@dataclass(frozen=True)
class Question:
    """The counted units of one goal: its query and what is counted by it."""

    goal: int
    counted: str
    counts: Sequence[Count]


class PersonLevel:
    """Persons of each goal's question, as far as the needed periods were delivered."""

    def __init__(
        self, catalogue: Catalogue, questions: Sequence[Question], tables: Mapping[str, SqlInput],
        row_account: pl.DataFrame, seed: int = resample.SEED,
    ) -> None:  # fmt: skip
        self.catalogue, self.tables, self.seed = catalogue, tables, seed
        self.lists = {"offence": code_list("offence")}
        self.questions = {q.goal: q for q in questions}
        self.delivered = row_account.filter(pl.col("outcome") == "delivered")
        periods = self.delivered["period"].to_list()
        self.years = range(min(periods), max(periods) + 1) if periods else range(0)
        self.calendar = pl.DataFrame({"year": list(self.years)}, schema={"year": pl.Int32})

    def _inputs(self, sql: str) -> dict[str, SqlInput]:
        named = {n: t for n, t in {**self.tables, **self.lists}.items() if n in sql}
        return named | {"calendar": self.calendar, "person": self.tables["person"]}

    def known_years(self, goal: int, indicator: str) -> list[int]:
        count = next(c for c in self.questions[goal].counts if c.indicator == indicator)
        return years_of(count, self.delivered, self.years)

    def of(self, goal: int, names: Sequence[str], cluster: str | None = None) -> pl.DataFrame:
        q = self.questions[goal]
        values = parameters(self.catalogue, q.counts)
        found = people(q.counted, self._inputs(q.counted), values, names, cluster)
        parts = [found.filter((pl.col("name") == n) & pl.col("year").is_in(self.known_years(goal, n))) for n in names]
        return pl.concat(parts)

    def adjusted(self) -> list[Row]:
        """Rows of observed against expected for every indicator with covariates."""
        rows: list[Row] = []
        for goal, name in ((1, "I01"), (3, "I03"), (4, "I04"), (6, "I07")):
            indicator = self.catalogue.indicator(name)
            group, reference = self.catalogue.goal(goal).population_group, str(indicator.reference_group)
            both = of_two_groups(self.of(goal, [name]), group, reference)
            known = with_background(both, self.tables)
            rows += [{"method": "expected_share"} | r for r in adjusted_rows(indicator, known, group, reference)]
        return rows

    def resampled(self) -> list[Row]:
        """Rows of the quantities in which the same persons, or the same areas, come several times."""
        return [*self._ratios(), *self._representation(), *self._medians(), *self._areas(), *self._first_full_year()]

    def _ratios(self) -> list[Row]:
        rows = []
        for goal, name in ((4, "I04"), (6, "I07")):
            indicator = self.catalogue.indicator(name)
            group, reference = self.catalogue.goal(goal).population_group, str(indicator.reference_group)
            base = indicator.baseline_year or 0
            frame = of_two_groups(self.of(goal, [name]), group, reference)
            for year in _later(frame, base):
                part = frame.filter(pl.col("year").is_in([base, year]))
                # each group must have been seen in both years
                if part.select("year", "population_group").n_unique() < 4:
                    continue
                found = resample.ratio_of_ratios(part, group, reference, base, year, self.seed)
                rows.append(_row(name, year, base, "ratio_of_ratios", found))
        return rows

    def _representation(self) -> list[Row]:
        base = self.catalogue.indicator("I10").baseline_year or 0
        everybody = self.of(9, ["I10_s", "I10_t"])
        frame = of_two_groups(everybody, "minority", "danish")
        unknown = everybody.filter(in_group(UNKNOWN))
        rows = []
        for year in _later(frame, base):
            both = pl.col("year").is_in([base, year])
            own, change = resample.representation_change(frame.filter(both), base, year, self.seed)
            rows.append(_row("I10", year, None, "representation_ratio", own))
            rows.append(_row("I10", year, base, "representation_change", change))
            for way, group in ((GROUP, "minority"), (REFERENCE, "danish")) if unknown.filter(both).height else ():
                with_them = pl.concat([frame, unknown.with_columns(population_group=pl.lit(group))]).filter(both)
                _, bound = resample.representation_change(with_them, base, year, self.seed)
                rows.append(_row("I10", year, base, drawn_with("representation_change", way), bound))
        return rows

    def _medians(self) -> list[Row]:
        base = self.catalogue.indicator("I09").baseline_year or 0
        everybody = self.of(8, ["I09"]).filter(pl.col("amount").is_not_null())
        rows = []
        for name, who in (
            ("difference_of_medians", in_group("minority")),
            (drawn_with("difference_of_medians", GROUP), in_group("minority") | in_group(UNKNOWN)),
        ):
            frame = everybody.filter(who)
            values = {y: part["amount"].to_numpy() for (y,), part in frame.group_by("year")}
            rows += [
                _row("I09", year, base, name,
                     resample.difference_of_medians(values[year], values[base], self.seed))
                for year in _later(frame, base)
                if min(len(values[year]), len(values[base])) >= LEAST_WITH_A_DATE
            ]  # fmt: skip
        return rows

    def _areas(self) -> list[Row]:
        frame = self.of(10, ["I12a", "I12b"], cluster="cluster")
        rows = []
        for name in ("I12a", "I12b"):
            base = self.catalogue.indicator(name).baseline_year or 0
            mine = frame.filter(pl.col("name") == name)
            for year in _later(mine, base):
                both = mine.filter(pl.col("year").is_in([base, year]))
                found = resample.clustered_difference(both, base, year, self.seed)
                rows.append(_row(name, year, base, "clustered_difference", found))
        return rows

    def _first_full_year(self) -> list[Row]:
        sql = "select min(contact_date) as first from contact where door = 'special_team'"
        first: date | None = DuckDbEngine().query(sql, {"contact": self.tables["contact"]}, name="contact")["first"][0]
        if first is None:
            return []
        year = first.year if (first.month, first.day) <= LAST_DAY_OF_A_FULL_START else first.year + 1
        return [{"indicator_id": "I08_women", "year": 0, "quantity": "first_full_year", "estimate": float(year),
                 "persons": 0, "share_in_both": 0.0, "method": "first-contact"}]  # fmt: skip


def _row(indicator: str, year: int, base: int | None, quantity: str, found: Resampled) -> Row:
    values = {f.name: getattr(found, f.name) for f in fields(found)}
    # limits that could not be drawn are unknown, not numbers
    known = {k: None if isinstance(v, float) and v != v else v for k, v in values.items()}
    return known | {"indicator_id": indicator, "year": year, "base_year": base, "quantity": quantity}


def _later(frame: pl.DataFrame, base: int) -> list[int]:
    """Years after the baseline, where the baseline year itself has persons."""
    years = sorted(set(frame["year"].to_list()))
    return [y for y in years if y > base] if base in years else []
