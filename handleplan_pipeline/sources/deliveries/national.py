"""A municipality's part of the whole country's registers: the rows a supplier would have cut out for it (record 0074).

A source is national where the national lake has accepted it. Its deliveries then count for every municipality, whose
own lake holds only the cut; all that was asked of a file was asked there, once.
"""

from dataclasses import replace
from pathlib import Path

import polars as pl

from handleplan_pipeline.errors import ConfigurationError, SourceError
from handleplan_pipeline.lake import parquet
from handleplan_pipeline.lake.engine import SqlInput, get_engine
from handleplan_pipeline.lake.tables import Lake, LakeTable
from handleplan_pipeline.settings import get_settings
from handleplan_pipeline.sources.deliveries.bearing import bearing
from handleplan_pipeline.sources.deliveries.content import NATIONAL
from handleplan_pipeline.sources.deliveries.declared import delivery_of
from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused
from handleplan_pipeline.sources.deliveries.manifest import Manifest
from handleplan_pipeline.sources.deliveries.measures import Measures, measures_of
from handleplan_pipeline.sources.deliveries.parse import Parsed
from handleplan_pipeline.sources.deliveries.receipt import Receipt
from handleplan_pipeline.sources.deliveries.store import DeliveryStore
from schemas.registry import delivered_sources
from schemas.sources.delivery_shape import Delivery

MATCHES = {
    "resident": "(person, period) in (select person, period from resident)",
    "known": "person in (select person from known)",
    "linked": "(person, period) in (select person, period from linked)",
    "whole": "true",
}
CUT = """
    with {having}
    select rows.* from {source} as rows
    where (period, delivery_id) in (select period, delivery_id from bearing) and ({mine})
    order by period, row_number
"""
RESIDENT = "select person, period from {population} where {named} and set_aside is null and person is not null"
KNOWN = "select person from {source} where ({named}) and set_aside is null and person is not null"
LINKED = "select person, unnest([period, period + 1]) as period from {source} where person is not null"
POPULATION = next(d for d in map(delivery_of, delivered_sources()) if "linked" in d.cut)
"""The register of who lives where; whom any other table of a municipality names is in its cut too."""


class MunicipalStore(DeliveryStore):
    """The deliveries of a municipality's lake, and of the national lake above it for the sources that are national."""

    def __init__(self, root: Path, above: Path) -> None:
        super().__init__(root)
        self.above = DeliveryStore(above)
        self._national: dict[str, bool] = {}
        self._measured: dict[tuple[int, int, str], Measures | None] = {}

    def is_national(self, source: str) -> bool:
        """Whether the source comes from the national lake. Raises ConfigurationError where it came both ways."""
        if source not in self._national:
            self._national[source] = bool(self.above.current(source))
            if self._national[source] and any(_accepted(r) for _, r in super().entries(source)):
                raise ConfigurationError(
                    f"{source}: accepted both by {self.root.name}/ and by the national lake {self.above.root.name}/. "
                    "Which of them counts nobody can tell: begin this municipality's lake anew."
                )
        return self._national[source]

    def entries(self, source: str) -> list[tuple[Path, Receipt | None]]:
        """As of one lake; of a national source the decisions taken there, and the files refused here."""
        return (
            [*self.above.entries(source), *super().entries(source)]
            if self.is_national(source)
            else super().entries(source)
        )

    def file(self, manifest: Manifest) -> Path:
        return self.above.file(manifest) if self.is_national(manifest.source) else super().file(manifest)

    def bearing_files(self, table: LakeTable) -> tuple[Path, ...]:
        """Of a national source the whole country's rows: a municipality without one has none, which is a zero."""
        found = Lake(self.above.root).files(delivery_of(table.name).table)
        return found if self.is_national(table.name) else table.files

    def measures(self, receipt: Receipt) -> Measures | None:
        """Of a national source what the municipality's cut holds: it may be unusual where the country is not.

        None of a delivery that another one has replaced: nobody has cut that.
        """
        m = receipt.manifest
        if not self.is_national(m.source) or receipt.state != "accepted":
            return receipt.measures
        if m.identity not in self._measured:
            delivery = delivery_of(m.source)
            of_it = (pl.col("period") == m.period) & (pl.col("delivery_id") == m.delivery_id)
            counts = self.current(m.source).get(m.period) == receipt
            rows = parquet.scan(Lake(self.root).files(delivery.table)).filter(of_it).collect() if counts else None
            self._measured[m.identity] = None if rows is None else measures_of(Parsed(rows, {}), delivery)
        return self._measured[m.identity]

    def require_own(self, delivery: Delivery, manifest: Manifest) -> None:
        if self.is_national(manifest.source):
            raise DeliveryRefused(
                NATIONAL,
                f"{manifest.file}: {manifest.source} comes from the national lake, for every municipality. Deliver it "
                "there, with the rows of the whole country.",
            )

    def data_kind(self) -> str | None:
        return self._agreed("data_kind", super().data_kind(), self.above.data_kind())

    def person_key(self) -> str | None:
        return self._agreed("person_key", super().person_key(), self.above.person_key())

    def _agreed(self, what: str, mine: str | None, above: str | None) -> str | None:
        if None not in (mine, above) and mine != above:
            raise ConfigurationError(
                f"{what}: {self.root.name}/ holds {mine}, the national lake {self.above.root.name}/ {above}. They "
                "cannot be counted together; use another lake."
            )
        return mine or above


def _accepted(receipt: Receipt | None) -> bool:
    return receipt is not None and receipt.state == "accepted"


def delivery_store(root: Path) -> DeliveryStore:
    """The deliveries that count in the lake at `root`, those of the national lake above it too.

    Raises SourceError where that has taken nothing in: all its sources would be told as not delivered.
    """
    above = get_settings().above
    if above is None:
        return DeliveryStore(root)
    if DeliveryStore(above).data_kind() is None:
        raise SourceError(
            f"{above}: the national lake has taken in no delivery. Do that first: handleplan region ingest; or unset "
            "HANDLEPLAN_NATIONAL_LAKE for a municipality that stands alone."
        )
    return MunicipalStore(root, above)


def cut(store: MunicipalStore, delivery: Delivery, municipality: str, part: str | None = None) -> pl.DataFrame:
    """The municipality's rows of a national source, of one period (`part`) or of all.

    Only of deliveries that bear figures today. Raises SourceError where the national lake has not stored the table.
    """
    national, own = Lake(store.above.root), Lake(store.root)
    # what does not fit in memory lies in the municipality's own lake
    whole = replace(national.table(delivery.table), root=own.root)
    if part is not None:
        whole = replace(whole, files=tuple(f for f in whole.files if f.stem == part))
    if not whole.files:
        return delivery.table.empty()
    inputs: dict[str, SqlInput] = {delivery.source: whole, "bearing": _bearing(store, delivery.source, whole)}
    having = {"resident": _resident(national, inputs)} if "resident" in delivery.cut else {}
    if "known" in delivery.cut:
        having["known"] = _known(delivery, national, inputs)
    if "linked" in delivery.cut:
        having["linked"] = _linked(own, delivery, inputs)
    named = [_named(delivery)] if "named" in delivery.cut else []
    sql = CUT.format(
        having=", ".join(f"{n} as materialized ({q})" for n, q in {**having, "nothing": "select 1"}.items()),
        source=delivery.source,
        mine=" or ".join([*named, *(MATCHES[c] for c in delivery.cut if c != "named")]),
    )
    found = get_engine().query(sql, inputs, {"municipality": municipality}, f"the cut of {delivery.source}")
    return delivery.table.arrange(found.select(pl.col(c.name).cast(c.dtype) for c in delivery.table.columns))


def _bearing(store: MunicipalStore, source: str, whole: LakeTable) -> pl.DataFrame:
    rows = [(p, r.manifest.delivery_id) for p, r in bearing(store, source, whole).items()]
    return pl.DataFrame(rows, schema={"period": pl.Int32, "delivery_id": pl.String}, orient="row")


def _named(delivery: Delivery) -> str:
    columns = [v.column for v in delivery.variables if v.kind == "municipality"]
    return " or ".join(f"coalesce({c} = $municipality, false)" for c in columns)


def _resident(national: Lake, inputs: dict[str, SqlInput]) -> str:
    inputs[POPULATION.source] = national.table(POPULATION.table)
    return RESIDENT.format(population=POPULATION.source, named=_named(POPULATION))


def _known(delivery: Delivery, national: Lake, inputs: dict[str, SqlInput]) -> str:
    """Who stands in a row of the named sources that names the municipality."""
    for d in map(delivery_of, delivery.known_from):
        inputs[d.source] = national.table(d.table)
    return " union ".join(KNOWN.format(source=s, named=_named(delivery_of(s))) for s in delivery.known_from)


def _linked(own: Lake, delivery: Delivery, inputs: dict[str, SqlInput]) -> str:
    """Who stands in any other table of the municipality, cut or delivered by itself; they are made before."""
    parts = []
    for d in map(delivery_of, delivered_sources()):
        if d.source != delivery.source and d.person_variable is not None and own.exists(d.table):
            inputs[d.source] = own.table(d.table)
            parts.append(LINKED.format(source=d.source))
    return " union ".join(parts) or "select null::varchar as person, null::int as period where false"


def others_first(delivery: Delivery) -> list[str]:
    """The sources whose tables must be made before this one's cut."""
    if "linked" not in delivery.cut or get_settings().above is None:
        return []
    return [s for s in delivered_sources() if s != delivery.source and delivery_of(s).person_variable is not None]
