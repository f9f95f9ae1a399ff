"""The counts a judgement is made of, looked up by indicator, year and group."""

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from handleplan_pipeline.catalogue import Catalogue
from handleplan_pipeline.cells.count import USABLE, has_left_edge, wholes


@dataclass(frozen=True)
class Figure:
    """One counted cell: `x` of `n` persons, or a `value` where the measure has no parts."""

    x: int | None
    n: int | None
    value: float | None
    data_kind: str

    @property
    def number(self) -> float | None:
        """What is counted: persons, or the value."""
        return self.value if self.x is None else float(self.x)


class Figures:
    """Usable municipal cells of all goals, the whole of each indicator (its own sex and age group)."""

    def __init__(self, catalogue: Catalogue, cells: pl.DataFrame) -> None:
        whole = wholes(catalogue).with_columns(geography=pl.Series([i.geography for i in catalogue.indicators]))
        everything = cells.join(whole, on=whole.columns)
        rows = everything.filter(pl.col("cell_state").is_in(USABLE)).to_dicts()
        self._found = {
            (r["indicator_id"], r["year"], r["population_group"]): Figure(
                r["numerator"], r["denominator"], r["value"], r["data_kind"]
            )
            for r in rows
        }
        self.left_edges = {(r["indicator_id"], r["year"]) for r in rows if has_left_edge(r["caveats"])}
        """Years that are no baseline: what was before them is not known."""
        self.versions = {(r["indicator_id"], r["year"]): r["definition_version"] for r in rows}

    def get(self, indicator: str, year: int, group: str) -> Figure | None:
        """The cell, or None where it is not known."""
        return self._found.get((indicator, year, group))

    def years(self, indicator: str) -> list[int]:
        return sorted({y for i, y, _ in self._found if i == indicator})

    def kinds(self, indicators: Iterable[str], year: int) -> set[str]:
        wanted = set(indicators)
        return {f.data_kind for (i, y, _), f in self._found.items() if i in wanted and y == year}
