"""Reads a delivered file as it is: values as delivered, columns under the names the declaration gives them.

Every file is counted twice, by the reader and by a second reading of its bytes, and both are held against the manifest.
"""

from pathlib import Path

import polars as pl

from handleplan_pipeline.sources.deliveries.caps import SMALL_TEXT, require_readable
from handleplan_pipeline.sources.deliveries.columns import declared_columns, known_kinds, of_layout, require_days
from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused
from handleplan_pipeline.sources.deliveries.manifest import Manifest
from handleplan_pipeline.sources.deliveries.reading import Question, Reading, read, unreadable
from handleplan_pipeline.sources.deliveries.worker import ask
from schemas.sources.delivery_shape import Delivery


def read_raw(path: Path, delivery: Delivery, manifest: Manifest) -> pl.DataFrame:
    """The file's rows, one column per declared variable (and week, and DATA_KIND), nothing converted.

    Its types are text, whole and decimal numbers, booleans, dates and datetimes. Raises DeliveryRefused for a file that
    is not what the declaration says, naming columns and counts.
    """
    require_readable(path, manifest.format)
    if manifest.format not in delivery.formats:
        raise DeliveryRefused(
            "format", f"{path.name}: {delivery.source} is delivered as {', '.join(delivery.formats)}."
        )
    found = _asked(path, delivery, manifest.format, manifest.encoding)
    assert found.frame is not None
    if not found.frame.height == found.counted == manifest.rows:
        raise DeliveryRefused(
            "rows",
            f"{path.name}: {found.frame.height} rows were read, {found.counted} counted in its bytes, the "
            f"manifest says {manifest.rows}. Deliver the whole file anew.",
        )
    delivery = of_layout(found.frame.columns, delivery)
    declared = {n.casefold(): v.name.casefold() for v in delivery.variables for n in v.also}
    periods = {declared.get(c, c) for c in (p.strip().casefold() for p in found.periods)}
    raw = declared_columns(found.frame, path.name, delivery)
    require_days(raw, [c for c in raw.columns if c.casefold() in periods], path.name, delivery)
    return known_kinds(raw, path.name)


def count_rows(path: Path, delivery: Delivery, encoding: str | None = None) -> int:
    """Rows of a file counted from its bytes alone, not by the library that reads it. Raises DeliveryRefused."""
    kind = path.suffix.lstrip(".").lower()
    require_readable(path, kind)
    return _asked(path, delivery, kind, encoding, only_count=True).counted


def _asked(path: Path, delivery: Delivery, kind: str, encoding: str | None, only_count: bool = False) -> Reading:
    dialect = delivery.dialect
    question = Question(
        str(path.absolute()), kind, encoding or dialect.encoding, dialect.separator, dialect.decimal, only_count
    )
    if kind != "csv" or path.stat().st_size > SMALL_TEXT:
        return ask(question, path.name)
    try:
        return read(question)
    except DeliveryRefused:
        raise
    except Exception as e:
        # a library's own message may quote the line it stumbled on
        raise unreadable(path.name, kind, type(e).__name__) from None
