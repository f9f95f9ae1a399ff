"""From counted persons to cells: attaches group, sex and age, tabulates, and joins the two routes into one table.

A goal's own query says who is counted and with what outcome; this module only arranges that into cells, the same way
for every goal. It names no goal.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import polars as pl

from handleplan_pipeline.catalogue import Catalogue
from handleplan_pipeline.cells.groups import ALL_GROUPS

BANDS = ((0, 14), (15, 17), (18, 24), (25, 39), (40, 64), (65, 200))


@dataclass(frozen=True)
class Count:
    """How one indicator is tabulated.

    `share`: persons with the outcome among all counted. `rate`: persons with the outcome per population, named by
    `per`. `count`: persons with the outcome; `per` may name a population that stands beside it. `share_of_known`:
    persons of a group among persons of known ancestry. `median`: median of `amount`. `amount` and `quantile`: sum and
    quantile of what persons have several of (`amounts`).
    """

    indicator: str
    kind: Literal["share", "rate", "count", "share_of_known", "median", "amount", "quantile"]
    splits: tuple[str, ...] = ("sex", "age")
    """`sex`, `age`, and `sex_age` for both at once, which standardisation needs and nobody publishes."""
    bands: tuple[tuple[int, int], ...] = BANDS
    groups: tuple[str, ...] = ALL_GROUPS
    per: str | None = None
    like: str | None = None
    """The name the query gives its rows, where it is not the indicator's own."""
    first_year: int = 1990
    every: int = 1
    """Only years divisible by this: pooled years do not overlap."""


def parameters(catalogue: Catalogue, counts: Sequence[Count]) -> dict[str, Any]:
    """The values of the catalogue that the goal's query may name, by name. ValueError when two indicators differ."""
    found: dict[str, Any] = {"municipality": catalogue.plan.municipality_code}
    for count in counts:
        for name, p in catalogue.indicator(count.indicator).parameters.items():
            if found.setdefault(name, p.value) != p.value:
                raise ValueError(f"{count.indicator}: the parameter {name} has two values in one goal")
    return found


HIDDEN = ("blanked", "not_available")


USABLE = ("value", "zero", "zero_or_hidden")


LEFT_EDGE = "left_edge"
"""The caveat of a year that looks back into a period nobody has delivered."""


def has_left_edge(caveats: str | None) -> bool:
    return LEFT_EDGE in (caveats or "").split(";")


def wholes(catalogue: Catalogue) -> pl.DataFrame:
    """indicator_id, sex, age_group of the rows that are not broken down: each indicator's own sex and age group."""
    rows = [(i.id, i.sex, i.age_group) for i in catalogue.indicators]
    return pl.DataFrame(rows, schema=["indicator_id", "sex", "age_group"], orient="row")
