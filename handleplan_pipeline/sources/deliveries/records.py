"""The life of records that run over several deliveries, as SQL: known until, and replaced by a correction.

A record without an end is known until the last day of the last delivered period that contains it. A row of a later
delivery replaces an overlapping one of the same unit that has disappeared. Ids of suppliers are never believed to name
the same record in another file: they may be given anew every year.
"""

import polars as pl

from handleplan_pipeline.lake.engine import SqlInput, get_engine
from schemas.sources.delivery_shape import Delivery, Span

CORRECTED = "corrected_by_later_delivery"
"""Why a row of an earlier delivery is set aside."""
ENDED_UNSEEN = "ended_unseen"
"""How the account of rows calls the end of an open record that a later delivery does not hold."""
UNSEEN = "(end_date is null and period < $last_period)"
"""SQL, of the records of `known`: whether one ended unseen. `$last_period` is the last period that was delivered, also
where that delivery has no row; the rows themselves cannot tell of it."""


def _span(delivery: Delivery) -> Span:
    if delivery.span is None:
        raise ValueError(f"{delivery.source}: its records have no span")
    return delivery.span


def _rows(delivery: Delivery) -> str:
    """SQL of the good rows with `observed_end`, the end as far as their own file knows it, and `place`.

    Several rows of one file may share an identity (in, out and in again on one day): `place` tells them apart, the one
    that lasts longest first, so that it is the same record in the next file; the row's key tells apart what ends on one
    day.
    """
    span = _span(delivery)
    beyond = 0 if span.includes_end else 1
    identity, key = ", ".join(span.identity), ", ".join(delivery.key)
    return f"""
        select *, coalesce(end_date, make_date(period, 12, 31) + {beyond}) as observed_end,
               row_number() over (partition by period, {identity} order by end_date desc nulls first, {key}) as place
        from {delivery.source} where set_aside is null
    """


def known(delivery: Delivery) -> str:
    """SQL of the records of a source, to be read in brackets: each as delivered last.

    Its columns are the source's, `observed_end` (the end as far as known: the day after it, or the last day where the
    span `includes_end`) and `source_rows`.
    """
    identity = ", ".join(_span(delivery).identity)
    return f"""(
        select *, count(*) over (partition by {identity}, place) as source_rows
        from ({_rows(delivery)})
        qualify row_number() over (partition by {identity}, place order by period desc) = 1
    )"""


def corrected(delivery: Delivery) -> str:
    """SQL of the rows (`delivery_id`, `row_number`) of records that a later delivery replaces.

    In a later delivery a row of one of the record's units overlaps it, and it is not in that delivery any more. A row
    that stood beside the record in its own last delivery is another record and corrects nothing. Where the unit has an
    id of the supplier's, an open record need not overlap: its first day may be moved into the next year. Where it has
    no person, the record must have a day in the later period: one that had ended is missing there anyhow.
    """
    span = _span(delivery)
    before = "<=" if span.includes_end else "<"
    ids = {v.column for v in delivery.variables if v.opaque}
    known_then = " and ".join(f"beside.{c} = later.{c}" for c in span.identity)
    whole = " and ".join(f"gone.{c} = delivered.{c}" for c in (*span.identity, "place"))
    names = ", ".join(f"record.{c}" for c in (*span.identity, "place"))
    replaced = " union ".join(
        f"""
            select {names}
            from record
            join delivered as later
              on {" and ".join(f"later.{c} is not distinct from record.{c}" for c in unit)}
             and later.period > record.period
             and (later.start_date {before} record.observed_end{" or record.end_date is null" if ids & {*unit} else ""})
             and record.start_date {before} later.observed_end
             and coalesce(year(record.end_date) >= later.period, true)
            where not exists (
                select 1 from delivered as beside where beside.period = record.period and {known_then}
            )
        """
        for unit in span.units
    )
    return f"""
        with delivered as ({_rows(delivery)}),
        record as (
            select * from delivered
            qualify row_number() over (partition by {", ".join(span.identity)}, place order by period desc) = 1
        ),
        gone as ({replaced})
        select delivered.delivery_id, delivered.row_number from delivered semi join gone on {whole}
    """


def settled(delivery: Delivery, frame: pl.DataFrame) -> pl.DataFrame:
    """Rows of every delivery of a source, those of corrected records set aside as `corrected_by_later_delivery`."""
    if delivery.span is None or frame["period"].n_unique() < 2:
        return frame
    name = f"{delivery.source}: corrections"
    gone = get_engine().query(corrected(delivery), {delivery.source: frame}, name=name)
    if not gone.height:
        return frame
    marked = gone.with_columns(_corrected=pl.lit(True))
    joined = frame.join(marked, on=["delivery_id", "row_number"], how="left", maintain_order="left")
    verdict = pl.when(pl.col("_corrected")).then(pl.lit(CORRECTED)).otherwise(pl.col("set_aside"))
    return joined.with_columns(set_aside=verdict).select(frame.columns)


def ended_unseen(delivery: Delivery, table: SqlInput, last_period: int) -> pl.DataFrame:
    """Open records by the last delivery that holds them, where a later one does not: rows of the account of rows."""
    sql = f"""
        select period, '{ENDED_UNSEEN}' as outcome, count(*)::bigint as rows, any_value(data_kind) as data_kind
        from {known(delivery)}
        where {UNSEEN} group by period order by period
    """
    last = {"last_period": last_period}
    return get_engine().query(sql, {delivery.source: table}, last, f"{delivery.source}: ends not seen")
