"""The kinds of persons in this lake: what the definitions' own queries make of the persons they count. Confidential.

Trap: a query that counts persons and is missing here leaves their facts out of disclosure control; a test compares.
"""

import hashlib
import importlib
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import chain
from typing import Any, NamedTuple

import dagster as dg
import polars as pl

from assets.baselines import baseline_homelessness
from assets.goals import (
    goal_01_ninth_grade,
    goal_02_youth_crime,
    goal_03_stable_housing,
    goal_04_shelter_stays,
    goal_05_treatment_access,
    goal_06_open_drug_scene,
    goal_07_women_reach_services,
    goal_08_violence_duration,
    goal_09_psychiatric_follow_up,
    goal_10_transfer_income,
)
from handleplan_pipeline.catalogue import Catalogue, Indicator, load_catalogue
from handleplan_pipeline.cells.count import Count, parameters
from handleplan_pipeline.errors import ConfigurationError
from handleplan_pipeline.graph.arguments import assets_in, contract_checks, registers_read, table_asset
from handleplan_pipeline.graph.outputs import table_output
from handleplan_pipeline.lake.engine import SqlInput, get_engine
from handleplan_pipeline.lake.tables import CheckedTable, LakeTable
from handleplan_pipeline.protection.definitions import told
from handleplan_pipeline.protection.kinds import (
    CountedSeries,
    Kinds,
    counted_series,
    kinds_in,
    kinds_of_their_years,
    memberships,
    memberships_sql,
    patterns_of,
    pinned_kinds,
    read_pattern,
    table_of_kinds,
)
from handleplan_pipeline.protection.whole import eras_of, names_by_year, of_eras, whole_years
from handleplan_pipeline.sources.codes import code_list
from schemas.protection.kind import KIND
from schemas.registry import contract

MODULES = (
    goal_01_ninth_grade,
    goal_02_youth_crime,
    goal_03_stable_housing,
    goal_04_shelter_stays,
    goal_05_treatment_access,
    goal_06_open_drug_scene,
    goal_07_women_reach_services,
    goal_08_violence_duration,
    goal_09_psychiatric_follow_up,
    goal_10_transfer_income,
    baseline_homelessness,
)
"""Everything that counts persons by a query of its own."""
REGISTERS = registers_read(MODULES)
FORM = """
    select 'form ' || year || ' ' || form_id as person, '{indicator}' as name, year::int as year,
           year::int as attribute_year, population_group <> 'unknown' as known, 'unknown' as sex, null::bigint as age,
           ({says}) as outcome, ({answers}) as answers
    from homeless_person where geography = $municipality
"""
"""A form is a person of its own: it has no number, and its ancestry is what staff wrote."""


class Asked(NamedTuple):
    """A query that counts persons, what is tabulated of it, and the values it names."""

    sql: str
    counts: Sequence[Count]
    values: Mapping[str, Any]


def asked(catalogue: Catalogue) -> Iterator[Asked]:
    for m in MODULES:
        counts: Sequence[Count] = m.COUNTS
        if m is baseline_homelessness:
            # its parameters are of quantiles, which are no part of the query
            values: dict[str, Any] = {"municipality": catalogue.plan.municipality_code}
        else:
            values = parameters(catalogue, counts)
        yield Asked(m.COUNTED, counts, values)


def _forms(catalogue: Catalogue, tables: Mapping[str, SqlInput]) -> Iterator[pl.DataFrame]:
    here = {"municipality": catalogue.plan.municipality_code}
    for indicator, (says, answers) in baseline_homelessness.SAID_ON_THE_FORM.items():
        sql = FORM.format(indicator=indicator, says=says, answers=answers)
        found = get_engine().query(sql, {"homeless_person": tables["homeless_person"]}, here, indicator)
        yield found.filter("answers").drop("answers")


def form_counts(catalogue: Catalogue) -> list[Count]:
    kinds = {i: catalogue.indicator(i).measure for i in baseline_homelessness.SAID_ON_THE_FORM}
    return [Count(i, "count" if m == "count" else "share", splits=()) for i, m in kinds.items()]


def definitions_mark(catalogue: Catalogue) -> str:
    """sha256 of everything that decides how a person is counted, and of what the catalogue says of the series.

    The queries, the code that makes registers and kinds, every constant it reads and the code lists it names.
    """
    code = told([counted_units, kinds_of, *(f for m in REGISTERS for f in _made_by(m))])
    counts = [[memberships_sql(q.sql), [asdict(c) for c in q.counts], dict(q.values)] for q in asked(catalogue)]
    numbered, forms = _universes(catalogue)
    series = {c.indicator: _said(catalogue.indicator(c.indicator)) for c in (*numbered, *forms)}
    said = json.dumps([code, counts, [asdict(c) for c in forms], series], sort_keys=True, default=str)
    return hashlib.sha256(said.encode()).hexdigest()


def _made_by(register: str) -> Iterator[Callable[..., Any]]:
    """The functions that make a register."""
    for made in assets_in(importlib.import_module(f"assets.registers.{register}")):
        yield made.op.compute_fn.decorated_fn  # type: ignore[union-attr]


def _said(i: Indicator) -> list[Any]:
    """What decides of an indicator how and in which years persons are counted."""
    values = {n: p.value for n, p in i.parameters.items()}
    return [values, i.kind, i.measure, i.geography, i.first_year, i.needs, i.exists_from, i.looks_back]


def counted_units(
    catalogue: Catalogue,
    tables: Mapping[str, SqlInput],
    years: Sequence[int],
    asked_for: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Every counted unit of every query (columns of `memberships`). A row per person and series: never stored.

    `asked_for`: the names and years that are wanted (columns name and year); all of them by default.
    """
    calendar = pl.DataFrame({"year": list(years)}, schema={"year": pl.Int32})
    named: dict[str, SqlInput] = {**tables, "calendar": calendar, "offence": code_list("offence")}
    parts = [
        memberships(
            q.sql, {n: t for n, t in named.items() if n in q.sql or n == "person"}, q.values, "cell.kind", asked_for
        )
        for q in asked(catalogue)
    ]
    return pl.concat([*parts, *_forms(catalogue, tables)], how="vertical_relaxed")


def _universes(catalogue: Catalogue) -> tuple[list[Count], list[Count]]:
    """Series of persons with a number, and series of forms: nobody stands in both."""
    return [c for q in asked(catalogue) for c in q.counts], form_counts(catalogue)


def series_of(catalogue: Catalogue, shifts: Mapping[str, int]) -> list[CountedSeries]:
    """Every series that counts persons."""
    counts = [*chain(*_universes(catalogue))]
    return sorted(counted_series(counts, shifts, of_eras(catalogue, counts)))


def printed_whole(catalogue: Catalogue, shifts: Mapping[str, int], delivered: pl.DataFrame) -> pl.DataFrame:
    """The names and years (columns name and year) that tell all of what a person does in some base year.

    `delivered`: source and period of what was delivered.
    """
    eras = eras_of(catalogue, series_of(catalogue, shifts))
    by_year = [whole_years(catalogue, counts, shifts, eras, delivered) for counts in _universes(catalogue)]
    return _names_and_years(by_year, shifts)


def printed(catalogue: Catalogue, shifts: Mapping[str, int], delivered: pl.DataFrame) -> pl.DataFrame:
    """The names and years (columns name and year) of which anything is printed."""
    by_year = [names_by_year(catalogue, counts, shifts, delivered) for counts in _universes(catalogue)]
    return _names_and_years(by_year, shifts)


def _names_and_years(by_base_year: Iterable[Mapping[int, Collection[str]]], shifts: Mapping[str, int]) -> pl.DataFrame:
    rows = [
        (name, base + shifts[name])
        for of_base_year in by_base_year
        for base, names in of_base_year.items()
        for name in sorted(names)
    ]
    return pl.DataFrame(rows, schema={"name": pl.String, "year": pl.Int32}, orient="row").unique(maintain_order=True)


def kinds_of(catalogue: Catalogue, units: pl.DataFrame, shifts: Mapping[str, int], delivered: pl.DataFrame) -> Kinds:
    """The kinds of these units, and the series that count them.

    Who is seen in a base year that is not printed whole, or by a list that is another one in another year, is possible
    in that base year: there somebody is. Raises ConfigurationError for a series by age whose persons are asked for
    their age in several years.
    """
    series = series_of(catalogue, shifts)
    lag = pl.col("year") - pl.col("attribute_year")
    pooled = units.filter(lag != pl.col("name").replace_strict(dict(shifts)))["name"].unique().to_list()
    if by_age := sorted(s.indicator for s in series if s.name in pooled and s.ages):
        raise ConfigurationError(
            f"{', '.join(by_age)}: persons of several years are printed by age, which one has one of."
        )
    persons = pl.col("name").is_in([s.name for s in series if s.measure in ("amount", "quantile")])
    units = pl.concat([units.filter(~persons), units.filter(persons).unique(["person", "name", "year"])])

    def seen(wanted: pl.DataFrame) -> pl.DataFrame:
        return patterns_of(units.join(wanted, on=["name", "year"], how="semi"), shifts)

    whole, eras = printed_whole(catalogue, shifts, delivered), eras_of(catalogue, series)
    listed = {n: {y - shifts[n] for y in whole.filter(name=n)["year"]} for n in _of_lists(catalogue)}
    matters = {s.name for s in series if s.of_eras}
    everywhere = kinds_in(_lasting(seen(whole), listed), eras, matters)
    here = kinds_of_their_years(seen(printed(catalogue, shifts, delivered)), everywhere, eras)
    return Kinds(tuple(series), everywhere | here)


def _of_lists(catalogue: Catalogue) -> frozenset[str]:
    """The names that rest on a register of no persons: what is listed decides who can be counted."""
    lists = {m for m in REGISTERS if "person" not in contract("register", m).column_names}
    queries = (q for q in asked(catalogue) if any(m in q.sql for m in lists))
    return frozenset(c.like or c.indicator for q in queries for c in q.counts)


def _lasting(found: pl.DataFrame, listed: Mapping[str, Collection[int]]) -> pl.DataFrame:
    """Patterns without those that stand in series of lists as somebody does not in every base year.

    Lists of areas differ from year to year: who is counted by one year's is perhaps nobody by another's. `listed`: the
    base years in which each of these series is seen.
    """
    names = {p: frozenset(listed.keys() & read_pattern(p).keys()) for p in found["pattern"].unique()}
    seen = {(names[pattern], base) for pattern, base in found.select("pattern", "base").unique().iter_rows()}
    lasts = [p for p, mine in names.items() if all((mine, y) in seen for n in mine for y in listed[n])]
    return found.filter(pl.col("pattern").is_in(lasts))


@dg.asset(
    **table_asset(KIND, kinds=("duckdb", "parquet")),
    ins={n: dg.AssetIn(["register", n], dagster_type=LakeTable) for n in REGISTERS}
    | {"row_account": dg.AssetIn(["register", "row_account"])},
)
def kind(row_account: pl.DataFrame, **tables: LakeTable) -> dg.Output[CheckedTable]:
    delivered = row_account.filter(pl.col("outcome") == "delivered")
    # the shifts are the definitions', whoever happens to be counted here
    catalogue, shifts = load_catalogue(), pinned_kinds().shifts
    wanted = printed(catalogue, shifts, delivered)
    if wanted.is_empty():
        return table_output(KIND, KIND.empty())
    periods = delivered["period"]
    years = range(int(periods.min()), int(periods.max()) + 1)  # type: ignore[arg-type]
    found = kinds_of(catalogue, counted_units(catalogue, tables, years, wanted), shifts, delivered)
    return table_output(KIND, KIND.conform(table_of_kinds(found.kinds).to_dicts()))


CHECKS = contract_checks(KIND)
