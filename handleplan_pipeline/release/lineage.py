"""What stands behind each row of a goal, an overall indicator and a baseline: deliveries and published sources.

A function of what is printed: the rows that have a figure, the deliveries that are in force, the definitions.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import polars as pl

from handleplan_pipeline.catalogue import Catalogue, Indicator
from handleplan_pipeline.catalogue.lineage import reads, reads_whole

Row = dict[str, Any]
Deliveries = Mapping[tuple[str, int], str]
"""The delivery in force of each source and period."""
REGISTERS = "registers"


def in_force(delivery: pl.DataFrame) -> dict[tuple[str, int], str]:
    """The deliveries that bear figures, from `meta.delivery`."""
    current = delivery.filter(pl.col("state") == "current").select("source", "year", "delivery_id")
    return {(s, y): d for s, y, d in current.iter_rows()}


def provenance(cells: pl.DataFrame) -> dict[tuple[str, int], set[str]]:
    """Where the cells of an indicator and year come from, as the protected cells say it; hidden ones say nothing."""
    shown = cells.filter(pl.col("delivery_id").is_not_null() & ~pl.col("cell_state").is_in(["blanked"]))
    found: dict[tuple[str, int], set[str]] = {}
    for i, y, d in shown.select("indicator_id", "year", "delivery_id").unique().iter_rows():
        found.setdefault((i, y), set()).add(d)
    return found


class Lineage:
    """Answers what stands behind the figures of an indicator and a year."""

    def __init__(self, catalogue: Catalogue, deliveries: Deliveries, origins: Mapping[tuple[str, int], set[str]]):
        self.catalogue, self.deliveries, self.origins = catalogue, deliveries, origins
        self.files = {delivery_id: place for place, delivery_id in deliveries.items()}
        self.open = {s.id for s in catalogue.sources if s.statbank_extract is not None}

    def of_figure(self, indicator: Indicator, year: int) -> list[Row]:
        """Rows (source, period, delivery_id or source_id) of one indicator and year, without doubles."""
        known = self.origins.get((indicator.id, year), {REGISTERS})
        found: list[Row] = []
        if REGISTERS in known:
            found += self._registers(indicator, year)
        for origin in sorted(known - {REGISTERS}):
            if origin in self.files:
                found.append(_row(*self.files[origin], delivery_id=origin))
            else:
                found += self._published(indicator, year, origin)
        return found

    def _registers(self, indicator: Indicator, year: int) -> Iterator[Row]:
        """The deliveries of every register and period that the definition reads."""
        whole = reads_whole(self.catalogue, indicator)
        wanted = reads(self.catalogue, indicator, year) | {at for at in self.deliveries if at[0] in whole}
        for source, period in sorted(wanted):
            if (source, period) in self.deliveries:
                yield _row(source, period, delivery_id=self.deliveries[source, period])

    def _published(self, indicator: Indicator, year: int, origin: str) -> Iterator[Row]:
        """A series of open tables rests on each of them; other published figures name their source themselves."""
        tables = [(s, p) for s, p in sorted(reads(self.catalogue, indicator, year)) if s in self.open]
        yield from (_row(s, p, source_id=s) for s, p in tables)
        if not tables:
            yield _row(None, None, source_id=origin)


def _row(source: str | None, period: int | None, delivery_id: str | None = None, source_id: str | None = None) -> Row:
    return {"source": source, "period": period, "delivery_id": delivery_id, "source_id": source_id}


def of_goals(lineage: Lineage, tables: Mapping[tuple[str, str], pl.DataFrame]) -> Iterator[Row]:
    """Of goals and overall indicators: every indicator and year with a figure."""
    for (schema, name), frame in sorted(tables.items()):
        figures = frame.filter(pl.col("value").is_not_null()).select("indicator_id", "year").unique().sort(pl.all())
        for indicator_id, year in figures.iter_rows():
            indicator = lineage.catalogue.indicator(indicator_id)
            for found in lineage.of_figure(indicator, year):
                yield _of(schema, name, indicator_id, year) | found


def of_baselines(lineage: Lineage, tables: Mapping[tuple[str, str], pl.DataFrame]) -> Iterator[Row]:
    """Of baselines: a published figure names its source, a computed one is a figure of the quantity's indicator."""
    for (schema, name), frame in sorted(tables.items()):
        quantities = {q.id: q for q in lineage.catalogue.baseline(name).quantities}
        figures = frame.filter(pl.col("value").is_not_null())
        columns = ("indicator_id", "data_year", "quantity", "series", "source_id")
        for indicator_id, year, quantity, series, source_id in figures.select(columns).unique().sort(pl.all()).rows():
            q = quantities.get(quantity)
            if series == "as_published":
                yield _of(schema, name, indicator_id, year) | _row(None, None, source_id=source_id)
            elif q is not None and q.indicator is not None:
                for found in lineage.of_figure(lineage.catalogue.indicator(q.indicator), year + q.offset):
                    yield _of(schema, name, indicator_id, year) | found


def _of(schema: str, name: str, indicator_id: str, year: int) -> Row:
    return {"table_schema": schema, "table_name": name, "indicator_id": indicator_id, "year": year}


def lineage_rows(
    catalogue: Catalogue,
    delivery: pl.DataFrame,
    cells: pl.DataFrame,
    goals: Mapping[tuple[str, str], pl.DataFrame],
    baselines: Mapping[tuple[str, str], pl.DataFrame],
) -> list[Row]:
    """Rows of `meta.lineage`, each once."""
    lineage = Lineage(catalogue, in_force(delivery), provenance(cells))
    return list(_once([*of_goals(lineage, goals), *of_baselines(lineage, baselines)]))


def _once(rows: Iterable[Row]) -> Iterator[Row]:
    seen: set[tuple[Any, ...]] = set()
    for row in rows:
        key = tuple(row.values())
        if key not in seen:
            seen.add(key)
            yield row
