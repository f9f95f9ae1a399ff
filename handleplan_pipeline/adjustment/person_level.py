"""Background and bootstraps of every indicator that asks for them, from counted persons."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from handleplan_pipeline.adjustment import resample
from handleplan_pipeline.adjustment.background import AdjustedRow, adjusted_rows, with_background
from handleplan_pipeline.adjustment.group_differences import group_differences
from handleplan_pipeline.adjustment.resample import LEAST_WITH_A_DATE, Bootstrap
from handleplan_pipeline.catalogue import Catalogue, Goal, Indicator
from handleplan_pipeline.cells.count import Count, parameters
from handleplan_pipeline.cells.groups import UNKNOWN, in_group, of_two_groups
from handleplan_pipeline.cells.people import people
from handleplan_pipeline.cells.tabulate import years_of
from handleplan_pipeline.lake.engine import SqlInput, get_engine
from handleplan_pipeline.lake.key_ids import require_one_key
from handleplan_pipeline.lake.withheld import withheld
from handleplan_pipeline.sources.codes import code_list
from handleplan_pipeline.statistics.bounds import GROUP, REFERENCE, drawn_with
from schemas.rows import Resampled

LAST_DAY_OF_A_FULL_START = (1, 31)
"""A service whose first contact is no later than this was there the whole year. Ours, version 1."""
FITTED = ("difference", "equal_reduction", "relative_ratio")
"""Ways of reading beside which observed stands against expected, from a model of persons."""
REST = "danish"
"""Whom the group is compared with in its share of a service: the others of known ancestry."""


@dataclass(frozen=True)
class Question:
    """The counted units of one goal: its query and what is counted by it."""

    goal: int
    counted: str
    counts: Sequence[Count]


@dataclass(frozen=True)
class Amounts:
    """Amounts of persons that are compared between two groups, and the query they come from."""

    counted: str
    counts: Sequence[Count]


class PersonLevel:
    """Persons of each goal's question, as far as the needed periods were delivered."""

    def __init__(
        self,
        catalogue: Catalogue,
        questions: Sequence[Question],
        tables: Mapping[str, SqlInput],
        row_account: pl.DataFrame,
        seed: int = resample.SEED,
        amounts: Sequence[Amounts] = (),
    ) -> None:
        require_one_key(tables, "person_level")
        self.catalogue, self.tables, self.seed = catalogue, tables, seed
        self.lists = {"offence": code_list("offence")}
        self.questions, self.amounts = {q.goal: q for q in questions}, amounts
        self.delivered = row_account.filter(pl.col("outcome") == "delivered")
        periods = self.delivered["period"].to_list()
        self.years = range(min(periods), max(periods) + 1) if periods else range(0)
        self.calendar = pl.DataFrame({"year": list(self.years)}, schema={"year": pl.Int32})

    def _inputs(self, sql: str) -> dict[str, SqlInput]:
        named = {n: t for n, t in {**self.tables, **self.lists}.items() if n in sql}
        return named | {"calendar": self.calendar, "person": self.tables["person"]}

    def _judged(self, *judged_by: str) -> list[tuple[Question, Goal, Indicator]]:
        """The headline indicators read in one of these ways whose counted units are at hand."""
        return [
            (self.questions[goal.number], goal, indicator)
            for goal in self.catalogue.goals
            for indicator in map(self.catalogue.indicator, goal.headline_indicators)
            if goal.number in self.questions and indicator.judged_by in judged_by
        ]

    def known_years(self, q: Question, indicator: str) -> list[int]:
        count = next(c for c in q.counts if c.indicator == indicator)
        return years_of(count, self.catalogue.indicator(indicator), self.delivered, self.years)

    def of(self, q: Question, names: Sequence[str], cluster: str | None = None) -> pl.DataFrame:
        values = parameters(self.catalogue, q.counts)
        found = people(q.counted, self._inputs(q.counted), values, names, cluster)
        parts = [found.filter((pl.col("name") == n) & pl.col("year").is_in(self.known_years(q, n))) for n in names]
        return pl.concat(parts)

    @withheld("cell.adjusted")
    def adjusted(self) -> list[AdjustedRow]:
        """Rows of observed against expected for every indicator with covariates that is read from persons."""
        rows: list[AdjustedRow] = []
        for q, goal, indicator in self._judged(*FITTED):
            group, reference = goal.population_group, str(indicator.reference_group)
            both = of_two_groups(self.of(q, [indicator.id]), group, reference)
            known = with_background(both, self.tables)
            rows += adjusted_rows(indicator, known, group, reference)
        return rows

    @withheld("cell.resampled")
    def resampled(self) -> list[Resampled]:
        """Rows of the quantities in which the same persons, or the same areas, come several times."""
        judged = [*self._ratios(), *self._representation(), *self._medians(), *self._areas()]
        return [*judged, *self._first_full_years(), *(r for a in self.amounts for r in self._differences(a))]

    def _ratios(self) -> list[Resampled]:
        rows = []
        for q, goal, indicator in self._judged("equal_reduction", "relative_ratio"):
            group, reference = goal.population_group, str(indicator.reference_group)
            base = indicator.baseline_year or 0
            frame = of_two_groups(self.of(q, [indicator.id]), group, reference)
            for year in _later(frame, base):
                part = frame.filter(pl.col("year").is_in([base, year]))
                # each group must have been seen in both years
                if part.select("year", "population_group").n_unique() < 4:
                    continue
                found = resample.ratio_of_ratios(part, group, reference, base, year, self.seed)
                rows.append(_row(indicator.id, year, base, "ratio_of_ratios", found))
        return rows

    def _representation(self) -> list[Resampled]:
        return [r for q, goal, i in self._judged("representation_change") for r in self._represented(q, goal, i)]

    def _represented(self, q: Question, goal: Goal, indicator: Indicator) -> Iterator[Resampled]:
        base, group, name = indicator.baseline_year or 0, goal.population_group, indicator.id
        services = (indicator.parts[0], indicator.parts[1])
        everybody = self.of(q, services)
        frame = of_two_groups(everybody, group, REST)
        unknown = everybody.filter(in_group(UNKNOWN))
        for year in _later(frame, base):
            both = pl.col("year").is_in([base, year])
            known = frame.filter(both)
            own, change = resample.representation_change(known, services, group, base, year, self.seed)
            yield _row(name, year, None, "representation_ratio", own)
            yield _row(name, year, base, "representation_change", change)
            for way, with_them in _with_unknown(known, unknown.filter(both), group, REST):
                _, bound = resample.representation_change(with_them, services, group, base, year, self.seed)
                yield _row(name, year, base, drawn_with("representation_change", way), bound)

    def _medians(self) -> list[Resampled]:
        return [r for q, goal, i in self._judged("difference_of_medians") for r in self._medians_of(q, goal, i)]

    def _medians_of(self, q: Question, goal: Goal, indicator: Indicator) -> Iterator[Resampled]:
        base, group = indicator.baseline_year or 0, in_group(goal.population_group)
        everybody = self.of(q, [indicator.id]).filter(pl.col("amount").is_not_null())
        quantity = "difference_of_medians"
        for name, who in ((quantity, group), (drawn_with(quantity, GROUP), group | in_group(UNKNOWN))):
            frame = everybody.filter(who)
            values = {y: part["amount"].to_numpy() for (y,), part in frame.group_by("year")}
            for year in _later(frame, base):
                if min(len(values[year]), len(values[base])) >= LEAST_WITH_A_DATE:
                    found = resample.difference_of_medians(values[year], values[base], self.seed)
                    yield _row(indicator.id, year, base, name, found)

    def _areas(self) -> list[Resampled]:
        rows = []
        for q, _, indicator in self._judged("share_change"):
            base = indicator.baseline_year or 0
            mine = self.of(q, [indicator.id], cluster="cluster")
            for year in _later(mine, base):
                both = mine.filter(pl.col("year").is_in([base, year]))
                found = resample.clustered_difference(both, base, year, self.seed)
                rows.append(_row(indicator.id, year, base, "clustered_difference", found))
        return rows

    def _differences(self, asked: Amounts) -> Iterator[Resampled]:
        """Sums and quantiles of one group less those of the other, with the unknown apart and with either of them."""
        values = {"municipality": self.catalogue.plan.municipality_code}
        beside = int(self.catalogue.disclosure.number("least_beside_quantile"))
        counts = [c for c in asked.counts if c.kind in ("amount", "quantile")]
        names = sorted({str(c.like) for c in counts})
        everybody = people(asked.counted, self._inputs(asked.counted), values, names)
        for count in counts:
            indicator = self.catalogue.indicator(count.indicator)
            known = years_of(count, indicator, self.delivered, [y for y in self.years if y >= indicator.first_year])
            mine = everybody.filter((pl.col("name") == count.like) & pl.col("year").is_in(known))
            yield from self._differences_of(indicator, mine, beside)

    def _differences_of(self, indicator: Indicator, mine: pl.DataFrame, beside: int) -> Iterator[Resampled]:
        group, reference = indicator.population_groups[0], str(indicator.reference_group)
        frame, unknown = of_two_groups(mine, group, reference), mine.filter(in_group(UNKNOWN))
        share = indicator.parameters.get("quantile")
        quantile = None if share is None else float(share.value)  # type: ignore[arg-type]
        base = indicator.baseline_year or 0
        for way, rows in ((None, frame), *_with_unknown(frame, unknown, group, reference)):
            for c in group_differences(rows, group, reference, base, self.seed, beside, quantile):
                yield _row(indicator.id, c.year, c.base, drawn_with(c.quantity, way), c.drawn)

    def _first_full_years(self) -> list[Resampled]:
        """A row per indicator that is compared with a service's first full year: the row's year."""
        return [
            Resampled(
                indicator_id=i.id,
                year=year,
                quantity="first_full_year",
                estimate=float(year),
                persons=0,
                share_in_both=0.0,
                method="first-contact",
            )
            for i in self.catalogue.indicators
            if i.first_full_year_of and (year := self._since(i.first_full_year_of))
        ]

    def _since(self, door: str) -> int | None:
        """The first full year of a door; None before its first contact."""
        sql = "select min(contact_date) as first from contact where door = $door"
        table = {"contact": self.tables["contact"]}
        first: date | None = get_engine().query(sql, table, {"door": door}, "contact")["first"][0]
        if first is None:
            return None
        return first.year if (first.month, first.day) <= LAST_DAY_OF_A_FULL_START else first.year + 1


def _with_unknown(
    known: pl.DataFrame, unknown: pl.DataFrame, group: str, reference: str
) -> Iterator[tuple[str, pl.DataFrame]]:
    """The persons with all of unknown ancestry in the group, then in the reference group; nothing where nobody is."""
    for way, taken in ((GROUP, group), (REFERENCE, reference)) if unknown.height else ():
        yield way, pl.concat([known, unknown.with_columns(population_group=pl.lit(taken))])


def _row(indicator: str, year: int, base: int | None, quantity: str, drawn: Bootstrap) -> Resampled:
    return Resampled(
        indicator_id=indicator,
        year=year,
        quantity=quantity,
        base_year=base,
        estimate=drawn.estimate,
        lower90=_limit(drawn.lower90),
        upper90=_limit(drawn.upper90),
        lower95=_limit(drawn.lower95),
        upper95=_limit(drawn.upper95),
        persons=drawn.persons,
        share_in_both=drawn.share_in_both,
        clusters=drawn.clusters,
        method=drawn.method,
    )


def _limit(value: float) -> float | None:
    """A limit that could not be drawn is unknown, not a number."""
    return None if math.isnan(value) else value


def _later(frame: pl.DataFrame, base: int) -> list[int]:
    """Years after the baseline, where the baseline year itself has persons."""
    years = sorted(set(frame["year"].to_list()))
    return [y for y in years if y > base] if base in years else []
