"""The kinds of persons in this lake: what the definitions' own queries make of the persons they count. Confidential.

Trap: a query that counts persons and is missing here leaves their facts out of disclosure control; a test compares.
"""

import hashlib
import importlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from types import ModuleType
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
from handleplan_pipeline.catalogue import Catalogue, load_catalogue
from handleplan_pipeline.cells.count import Count, parameters
from handleplan_pipeline.graph.arguments import contract_checks, table_asset
from handleplan_pipeline.graph.outputs import table_output
from handleplan_pipeline.lake.engine import DuckDbEngine, SqlInput
from handleplan_pipeline.lake.tables import CheckedTable, LakeTable
from handleplan_pipeline.protection.kinds import (
    MEMBERSHIPS,
    Kinds,
    counted_series,
    kinds_in,
    memberships,
    pinned_kinds,
    shifts_of,
    table_of_kinds,
)
from handleplan_pipeline.sources.codes import code_list
from schemas.protection.kind import KIND

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
REGISTERS = (
    "area_key",
    "area_resident",
    "benefit",
    "child_measure",
    "contact",
    "decision",
    "discharge",
    "homeless_person",
    "housing_area",
    "housing_situation",
    "person",
    "psychiatric_contact",
    "schooling",
    "shelter_episode",
    "shelter_stay",
    "social_psychiatry_service",
    "treatment_contact",
    "treatment_episode",
    "treatment_status",
    "victimisation",
)
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
        found = DuckDbEngine().query(sql, {"homeless_person": tables["homeless_person"]}, here, indicator)
        yield found.filter("answers").drop("answers")


def form_counts(catalogue: Catalogue) -> list[Count]:
    kinds = {i: catalogue.indicator(i).measure for i in baseline_homelessness.SAID_ON_THE_FORM}
    return [Count(i, "count" if m == "count" else "share", splits=()) for i, m in kinds.items()]


def definitions_mark(catalogue: Catalogue) -> str:
    """sha256 of everything that decides how a person is counted: the registers' queries, and those that count."""
    registers = {m: _texts(importlib.import_module(f"assets.registers.{m}")) for m in REGISTERS}
    counts = [[q.sql, [asdict(c) for c in q.counts], dict(q.values)] for q in asked(catalogue)]
    forms = [FORM, baseline_homelessness.SAID_ON_THE_FORM, [asdict(c) for c in form_counts(catalogue)]]
    said = json.dumps([registers, counts, forms, MEMBERSHIPS], sort_keys=True, default=str)
    return hashlib.sha256(said.encode()).hexdigest()


def _texts(module: ModuleType) -> dict[str, str]:
    return {n: v for n, v in vars(module).items() if n.isupper() and isinstance(v, str)}


def counted_units(catalogue: Catalogue, tables: Mapping[str, SqlInput], years: Sequence[int]) -> pl.DataFrame:
    """Every counted unit of every query (columns of `memberships`). A row per person and series: never stored."""
    calendar = pl.DataFrame({"year": list(years)}, schema={"year": pl.Int32})
    named: dict[str, SqlInput] = {**tables, "calendar": calendar, "offence": code_list("offence")}
    parts = [
        memberships(q.sql, {n: t for n, t in named.items() if n in q.sql or n == "person"}, q.values, "cell.kind")
        for q in asked(catalogue)
    ]
    return pl.concat([*parts, *_forms(catalogue, tables)], how="vertical_relaxed")


def kinds_of(catalogue: Catalogue, units: pl.DataFrame, shifts: Mapping[str, int] | None = None) -> Kinds:
    """The kinds of these units, and the series that count them.

    `shifts`: years from the attribute year to the print, by name; without them, as these units have it.
    """
    counts = [*(c for q in asked(catalogue) for c in q.counts), *form_counts(catalogue)]
    persons = {c.like or c.indicator for c in counts if c.kind in ("amount", "quantile")}
    units = pl.concat(
        [
            units.filter(~pl.col("name").is_in(list(persons))),
            units.filter(pl.col("name").is_in(list(persons))).unique(["person", "name", "year"]),
        ]
    )
    if shifts is None:
        shifts = shifts_of(units)
    units = units.filter(pl.col("name").is_in(list(shifts)))
    return Kinds(tuple(sorted(counted_series(counts, shifts))), kinds_in(units, shifts))


@dg.asset(
    **table_asset(KIND, kinds=("duckdb", "parquet")),
    ins={n: dg.AssetIn(["register", n], dagster_type=LakeTable) for n in REGISTERS}
    | {"row_account": dg.AssetIn(["register", "row_account"])},
)
def kind(row_account: pl.DataFrame, **tables: LakeTable) -> dg.Output[CheckedTable]:
    periods = row_account.filter(pl.col("outcome") == "delivered")["period"].to_list()
    if not periods:
        return table_output(KIND, KIND.empty())
    catalogue = load_catalogue()
    units = counted_units(catalogue, tables, range(min(periods), max(periods) + 1))
    # a lake with few people moves no series in time
    shifts = {s.name: s.shift for s in pinned_kinds().series}
    return table_output(KIND, KIND.conform(table_of_kinds(kinds_of(catalogue, units, shifts).kinds).to_dicts()))


CHECKS = contract_checks(KIND)
