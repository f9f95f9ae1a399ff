"""Reads a delivered file as it is: values as delivered, columns under the names the declaration gives them."""

import io
import re
from pathlib import Path

import polars as pl

from handleplan_pipeline.deliveries.errors import DeliveryRefused
from handleplan_pipeline.deliveries.files import MAX_ROWS, require_readable
from handleplan_pipeline.deliveries.manifest import Manifest
from schemas.sources.delivery_shape import DATA_KIND_VARIABLE, Delivery

WEEK_COLUMN = re.compile(r"^Y_[0-9]{4}$")
ETHNICITY_WORDS = ("etnisk", "etnic", "ethnic", "herkomst", "ie_type", "nationalitet", "nationality", "statsborg",
                   "oprindelse", "opr_land", "religion", "race", "foedeland", "fødeland")  # fmt: skip


def read_raw(path: Path, delivery: Delivery, manifest: Manifest) -> pl.DataFrame:
    """The file's rows, one column per declared variable (and week, and DATA_KIND), nothing converted.

    Raises DeliveryRefused for a file that is not what the declaration says, naming columns and counts.
    """
    require_readable(path, manifest.format)
    if manifest.format not in delivery.formats:
        raise DeliveryRefused(
            "format", f"{path.name}: {delivery.source} is delivered as {', '.join(delivery.formats)}."
        )
    try:
        raw = _read(path, delivery, manifest)
    except DeliveryRefused:
        raise
    except Exception as e:
        # the library's own message may quote the line it stumbled on
        raise DeliveryRefused(
            "readable", f"{path.name}: not readable as {manifest.format} ({type(e).__name__}). Deliver it anew."
        ) from None
    if raw.height > MAX_ROWS:
        raise DeliveryRefused("size", f"{path.name}: more than {MAX_ROWS} rows.")
    if raw.height != manifest.rows:
        raise DeliveryRefused("rows", f"{path.name}: {raw.height} rows, the manifest says {manifest.rows}.")
    return _declared_columns(raw, path.name, delivery)


def _read(path: Path, delivery: Delivery, manifest: Manifest) -> pl.DataFrame:
    if manifest.format == "csv":
        return _read_csv(path, delivery, manifest)
    if manifest.format == "parquet":
        return pl.read_parquet(path)
    if manifest.format == "xlsx":
        return pl.read_excel(path, infer_schema_length=0)
    from polars_readstat import read_readstat

    found = read_readstat(str(path))
    frame = found.collect() if isinstance(found, pl.LazyFrame) else found
    assert isinstance(frame, pl.DataFrame)
    return frame


def _read_csv(path: Path, delivery: Delivery, manifest: Manifest) -> pl.DataFrame:
    encoding = manifest.encoding or delivery.dialect.encoding
    try:
        text = path.read_bytes().decode(encoding)
    except (UnicodeDecodeError, LookupError):
        raise DeliveryRefused(
            "encoding", f"{path.name}: not readable as {encoding}, the declared encoding. Declare the right one."
        ) from None
    if "\ufffd" in text:
        raise DeliveryRefused(
            "encoding", f"{path.name}: holds replacement characters; letters were lost before delivery."
        )
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    separator = delivery.dialect.separator
    body = text.rstrip("\n")
    if separator in body.partition("\n")[0]:
        # notes under the table have no separator; they are not rows
        while body and separator not in (last := body[body.rfind("\n") + 1 :]) and last != body:
            body = body[: -len(last)].rstrip("\n")
    return pl.read_csv(
        io.BytesIO(body.encode()), separator=separator, infer_schema=False, truncate_ragged_lines=False
    )  # fmt: skip


def _declared_columns(raw: pl.DataFrame, file: str, delivery: Delivery) -> pl.DataFrame:
    """Columns by declared name, whatever their case; anything missing, extra or doubled refuses the file."""
    declared = {v.name.casefold(): v.name for v in delivery.variables} | {
        DATA_KIND_VARIABLE.casefold(): DATA_KIND_VARIABLE
    }
    renamed: dict[str, str] = {}
    extra: list[str] = []
    for column in raw.columns:
        name = declared.get(column.strip().casefold())
        if name is None and delivery.weekly and WEEK_COLUMN.fullmatch(column.strip().upper()):
            name = column.strip().upper()
        if name is None or name in renamed.values():
            extra.append(column)
        else:
            renamed[column] = name
    if delivery.municipal_casework:
        suspect = [c for c in extra if any(w in c.casefold() for w in ETHNICITY_WORDS)]
        if suspect:
            raise DeliveryRefused(
                "no_ethnicity_in_casework",
                f"{file}: {len(suspect)} columns look like ethnicity. The plan says it may not be registered in case "
                "work; deliver the file without them.",
            )
    missing = sorted(set(declared.values()) - {DATA_KIND_VARIABLE} - set(renamed.values()))
    if missing or extra:
        # names of extra columns are the supplier's own text, so only their number is said
        raise DeliveryRefused(
            "columns",
            f"{file}: missing columns: {', '.join(missing) or 'none'}; columns too many, doubled or renamed: "
            f"{len(extra)}. Deliver exactly the columns of the specification of {delivery.source}.",
        )
    return raw.rename(renamed)
