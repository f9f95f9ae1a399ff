"""Counted persons one by one, for what cells cannot tell: background and persons who come in several years."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from handleplan_pipeline.cells.tabulate import AGE, LOOK_BACK_YEARS, WITH_ATTRIBUTES
from handleplan_pipeline.lake.engine import SqlInput, get_engine

PEOPLE = (
    WITH_ATTRIBUTES
    + """
    select name, counted.year::int as year, counted.attribute_year::int as attribute_year, counted.person,
           coalesce(attribute.ancestry, 'unknown') as ancestry, coalesce(attribute.sex, 'unknown') as sex,
           {age} as age,
           outcome, amount, {cluster} as cluster
    from counted
    left join attribute on counted.person = attribute.person and counted.attribute_year = attribute.attribute_year
    where counted.person is not null
"""
)
OF_NAMES = "select * from ({counted}) as every where list_contains($names, name)"
"""Asked before the counted units are put together: what is counted by other names alone is not worked out at all."""


def people(
    counted_sql: str,
    inputs: Mapping[str, SqlInput],
    params: Mapping[str, Any],
    names: Sequence[str],
    cluster: str | None = None,
) -> pl.DataFrame:
    """A row per counted person: name, year, attribute_year, person, ancestry, sex, age, outcome, amount, cluster.

    `cluster` is the column of `counted_sql` that says to which area a person belongs.
    """
    sql = PEOPLE.format(
        counted=OF_NAMES.format(counted=counted_sql),
        look_back=LOOK_BACK_YEARS,
        age=AGE,
        cluster=f"counted.{cluster}" if cluster else "null::varchar",
    )
    return get_engine().query(sql, inputs, {**params, "names": list(names)}, ", ".join(names))
