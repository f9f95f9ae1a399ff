"""From source tables to registers: runs a register's query and proves that no row was lost on the way."""

from collections.abc import Mapping

import polars as pl

from handleplan_pipeline.catalogue.plausibility import limit
from handleplan_pipeline.errors import ConfigurationError, ContractError
from handleplan_pipeline.lake import parquet, spill
from handleplan_pipeline.lake.engine import Params, SqlEngine, SqlInput, get_engine
from handleplan_pipeline.lake.tables import LakeTable
from handleplan_pipeline.lake.withheld import withheld
from schemas.contract import TableContract

AREA_KIND = "case area_kind when 'omraade' then 'exposed_area' when 'afdeling' then 'high_risk_department' end"
"""SQL: what deliveries call an area and a department, in the registers' words; null for anything else."""


def account(delivered: LakeTable | pl.DataFrame) -> pl.DataFrame:
    """Rows of a source table by period and outcome: `used`, or the rule that set them aside."""
    rows = parquet.scan(delivered.files) if isinstance(delivered, LakeTable) else delivered.lazy()
    outcome = pl.col("set_aside").fill_null("used")
    counted = rows.group_by("period", outcome.alias("outcome")).agg(
        pl.len().cast(pl.Int64).alias("rows"), pl.col("data_kind").first()
    )
    name = f"{delivered.layer}.{delivered.name}" if isinstance(delivered, LakeTable) else "a delivered table"
    with withheld(f"{name}: the account of its rows", "Materialise the table again (`handleplan run`)."):
        return counted.sort("period", "outcome").collect()


OUTSIDE = """
    with population as (select person, period from {population} where set_aside is null and person is not null),
    file as (select distinct period from population),
    years as (select this.period from file as this join file as next on next.period = this.period + 1),
    delivered as materialized (select * from ({delivered}) as part join years using (period)),
    outside as (
        select source, period, count(*) as persons
        from delivered
        anti join population as now on now.person = delivered.person and now.period = delivered.period
        anti join population as later on later.person = delivered.person and later.period = delivered.period + 1
        group by all
    )
    select source, period
    from outside join (select source, period, count(*) as persons from delivered group by all) as whole
      using (source, period)
    where outside.persons > $limit * whole.persons
    order by all
"""
OF_A_SOURCE = """
    select distinct '{source}' as source, person, period
    from {source}
    where set_aside is null and person is not null and id_type in ('cpr', 'cpr_check_digit_fails') and {living}
"""
ABROAD_OR_DEAD = "cpr_status is null or cpr_status not in ('20', '70', '80', '90')"
"""An address history follows who has left as well."""


def outside_population(
    engine: SqlEngine, tables: Mapping[str, SqlInput], population: str, sources: Mapping[str, bool]
) -> list[tuple[str, int]]:
    """Source and period of deliveries with too many persons who are in no population file of that year and the next.

    `sources` are the delivered tables of persons, and whether they tell the CPR status of a row.
    """
    parts = [
        OF_A_SOURCE.format(source=s, living=f"({ABROAD_OR_DEAD})" if status else "true")
        for s, status in sources.items()
    ]
    sql = OUTSIDE.format(population=population, delivered=" union all ".join(parts))
    wanted = {n: tables[n] for n in (population, *sources)}
    largest = {"limit": limit("persons_outside_population_share")}
    found = engine.query(sql, wanted, largest, "persons of deliveries and the population")
    return [(str(s), int(p)) for s, p in found.rows()]


def made(
    contract: TableContract, sql: str, inputs: Mapping[str, SqlInput], params: Params | None = None
) -> pl.DataFrame:
    """The rows of a register's query in the contract's types.

    The engine writes them itself, into a folder of the lake that is gone afterwards: on a cluster nobody else could
    hold all of them. Raises ConfigurationError where the lake cannot be written to.
    """
    lake = next(t.root for t in inputs.values() if isinstance(t, LakeTable) and t.root)
    with spill.folder(lake) as place:
        if place is None:
            raise ConfigurationError(f"{lake}: cannot be written to. Give the right to write; nothing was changed.")
        files = get_engine().write(sql, inputs, place, params, contract.full_name)
        with withheld(f"{contract.full_name}: reading what the query wrote"):
            rows = parquet.scan(files).collect()
    return conform(contract, rows)


def conform(contract: TableContract, frame: pl.DataFrame) -> pl.DataFrame:
    """The query's answer in the contract's types. Raises ContractError where a cast would change a value."""
    columns = [c for c in contract.columns if c.name in frame.columns]
    with withheld(f"{contract.full_name}: the types of its columns"):
        cast = frame.select(pl.col(c.name).cast(c.dtype, strict=False) for c in columns)
        lost = {c.name: _changed(frame[c.name], cast[c.name]) for c in columns}
    if wrong := [f"{n} ({k} rows)" for n, k in lost.items() if k]:
        raise ContractError(
            f"{contract.full_name}: values do not fit the contract's types: {', '.join(wrong)}. Nothing was written."
        )
    return cast


def _changed(given: pl.Series, cast: pl.Series) -> int:
    """In how many rows a cast lost the value, or made another of it: 3 of 3.5, a day of a moment."""
    return 0 if given.dtype == cast.dtype else int(cast.cast(given.dtype, strict=False).ne_missing(given).sum())


def require_no_row_lost(contract: TableContract, used: int, delivered: int, set_aside: int) -> None:
    """Raise ContractError unless rows in = rows used + rows set aside."""
    if used + set_aside != delivered:
        raise ContractError(
            f"{contract.full_name}: rows do not add up: {delivered} delivered, {used} used, {set_aside} set aside. "
            "Nothing was written."
        )
