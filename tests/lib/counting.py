"""Runs the count of a goal on hand-made registers, and says what comes out in words a definition uses: `1 of 3`."""

from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Any

import polars as pl
import sqlglot
from sqlglot import exp

from assets.registers import shelter_episode as shelter_episode_asset
from assets.registers import treatment_episode as treatment_episode_asset
from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.cells.count import parameters
from handleplan_pipeline.cells.routes import cells_of_goal
from handleplan_pipeline.lake.engine import DuckDbEngine
from handleplan_pipeline.sources.codes import code_list
from schemas.registers.row_account import ROW_ACCOUNT
from schemas.registers.shelter_episode import SHELTER_EPISODE
from schemas.registers.treatment_episode import TREATMENT_EPISODE
from schemas.sources.summed_counts import TABLE as SUMMED
from tests.lib.drawn import REGISTERS, lines

NOBODY = "nobody"
ALWAYS = range(2000, 2017)
"""The periods delivered of every source, where a test does not say which."""
LISTS = ("offence",)


def delivered(sources: Iterable[str], periods: Iterable[int] = ALWAYS) -> dict[str, list[int]]:
    return {s: list(periods) for s in sources}


def account(periods: Mapping[str, Iterable[int]]) -> pl.DataFrame:
    """A row account that says these periods of these sources have been delivered."""
    return ROW_ACCOUNT.conform(
        [
            {"source": s, "period": p, "outcome": "delivered", "rows": 1, "data_kind": "synthetic"}
            for s, years in periods.items()
            for p in years
        ]
    )


def episodes(stays: pl.DataFrame) -> pl.DataFrame:
    """Continuous stays, by the register's own query and the catalogue's gap."""
    gap = {"gap_days": load_catalogue().indicator("I04").parameters["gap_days"].value}
    found = DuckDbEngine().query(shelter_episode_asset.QUERY, {"shelter_stay": stays}, gap)
    return found.select(pl.col(c.name).cast(c.dtype) for c in SHELTER_EPISODE.columns)


def merged(contacts: pl.DataFrame) -> pl.DataFrame:
    """Treatment episodes, by the register's own query and the catalogue's gap."""
    gap = {"gap_days": load_catalogue().indicator("I05").parameters["merge_days"].value}
    found = DuckDbEngine().query(treatment_episode_asset.QUERY, {"treatment_contact": contacts}, gap)
    return found.select(pl.col(c.name).cast(c.dtype) for c in TREATMENT_EPISODE.columns).sort("start_date")


def registers(sql: str, tables: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """The registers `sql` names: those that are given, the merged ones made of them, and the rest empty."""
    found = {name: contract.empty() for name, contract in REGISTERS.items() if name in sql} | dict(tables)
    if "shelter_stay" in tables:
        found["shelter_episode"] = episodes(tables["shelter_stay"])
    if "treatment_contact" in tables:
        found["treatment_episode"] = merged(tables["treatment_contact"])
    return found


class Cells:
    """The cells of a goal; `cells("I04", 2010, "danish")` is `1 of 3`, a number, a median, or `nobody`."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self.frame = frame

    def __call__(
        self, indicator: str, year: int, group: str = "danish", sex: str | None = None, age: str | None = None
    ) -> str:
        about = load_catalogue().indicator(indicator)
        row = self.frame.filter(
            (pl.col("indicator_id") == indicator)
            & (pl.col("year") == year)
            & (pl.col("population_group") == group)
            & (pl.col("sex") == (sex or about.sex))
            & (pl.col("age_group") == (age or about.age_group))
        )
        return _said(row.row(0, named=True)) if row.height else NOBODY

    def years(self, indicator: str) -> list[int]:
        """The years that can be known."""
        return sorted(set(self.frame.filter(pl.col("indicator_id") == indicator)["year"].to_list()))

    def who(self, year: int, group: str = "danish") -> dict[str, str]:
        """What each indicator says of the year, where it counts anybody."""
        ids = sorted(set(self.frame["indicator_id"].to_list()))
        said = {i: self(i, year, group) for i in ids}
        return {i: s for i, s in said.items() if s != NOBODY and not s.startswith("0")} | {
            i: s for i, s in said.items() if s.startswith("0 of") and load_catalogue().indicator(i).measure == "share"
        }


def _said(row: Mapping[str, Any]) -> str:
    if row["value"] is not None:
        return f"{row['value']:g}" + (f" of {row['denominator']}" if row["denominator"] is not None else "")
    return f"{row['numerator']}" + (f" of {row['denominator']}" if row["denominator"] is not None else "")


def count(goal: ModuleType, periods: Mapping[str, Iterable[int]] | None = None, **tables: pl.DataFrame) -> Cells:
    """The cells of a goal from these registers, by the goal's own query, counts, population and derivation.

    `periods` replaces what has been delivered of the sources it names; all others have been delivered always.
    """
    needed = delivered(sorted({s for c in goal.COUNTS for s in load_catalogue().indicator(c.indicator).needs}))
    found = cells_of_goal(
        load_catalogue(),
        goal.CELL,
        goal.COUNTED,
        goal.COUNTS,
        registers(goal.COUNTED + (goal.POPULATION if hasattr(goal, "POPULATION") else ""), tables),
        account(needed | {s: list(p) for s, p in (periods or {}).items()}),
        SUMMED.empty(),
        population_sql=getattr(goal, "POPULATION", None),
        lists=[n for n in LISTS if n in goal.COUNTED],
        derive=getattr(goal, "representation", None),
    )
    return Cells(found.frame)


def name_of(pseudonym: str | None) -> str:
    return "-" if pseudonym is None else bytes.fromhex(pseudonym).rstrip(b"\0").decode()


def cte(goal: ModuleType, name: str, columns: str, **tables: pl.DataFrame) -> list[dict[str, str]]:
    """The rows of one common table expression of the goal's query alone, in the words of a drawn table, sorted."""
    with_ = sqlglot.parse_one(goal.COUNTED, read="duckdb").find(exp.With)
    assert with_ is not None
    assert name in [c.alias for c in with_.expressions], f"the query has no {name}"
    up_to = with_.expressions[: [c.alias for c in with_.expressions].index(name) + 1]
    parts = ", ".join(c.sql(dialect="duckdb") for c in up_to)
    wanted = columns.split()
    calendar = pl.DataFrame({"year": list(ALWAYS)}, schema={"year": pl.Int32})
    inputs = (
        registers(goal.COUNTED, tables) | {"calendar": calendar} | {n: code_list(n) for n in LISTS if n in goal.COUNTED}
    )
    values = parameters(load_catalogue(), goal.COUNTS)
    frame = DuckDbEngine().query(f"WITH {parts} SELECT {', '.join(wanted)} FROM {name}", inputs, values, name)
    rows = [{c: _written(c, v) for c, v in row.items()} for row in frame.to_dicts()]
    return sorted(rows, key=lambda r: [r[c] for c in wanted])


def _written(column: str, value: Any) -> str:
    if value is None:
        return "-"
    if column == "person":
        return name_of(value)
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def rows(text: str) -> list[dict[str, str]]:
    """What a CTE must give, drawn; in the order `cte` sorts by."""
    found = lines(text)
    return sorted(found, key=lambda r: list(r.values()))
