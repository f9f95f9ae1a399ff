"""What a file's content says of its slot: supplier, municipality, level, and personal data where none belongs."""

from datetime import date

import polars as pl

from handleplan_pipeline.deliveries.errors import DeliveryRefused
from handleplan_pipeline.deliveries.manifest import Manifest
from handleplan_pipeline.deliveries.parse import Parsed
from handleplan_pipeline.pseudonym import classify
from schemas.sources.delivery_shape import Delivery

CPR_SHAPE = r"^\s*[0-9]{6}[- ]?[0-9]{4}\s*$"
PERSON_KINDS = ("cpr", "cpr_check_digit_fails", "administrative")
LEAST_ROWS_TO_JUDGE = 20
"""Below so many rows a share says nothing. Ours, version 1."""
MAX_SHARE_OF_SINGLE_CELLS = 0.5
"""A table of counts in which most cells are of one person is a list of persons. Ours, version 1."""
MAX_SHARE_ON_1_JANUARY = 0.05
"""More admissions on 1 January than this are technical ones, which cut stays. Ours, version 1."""


def require_no_person_numbers(raw: pl.DataFrame, delivery: Delivery, manifest: Manifest) -> None:
    """Raise DeliveryRefused when a column that is not the person number holds values that look like one."""
    person = delivery.person_variable.name if delivery.person_variable else None
    columns = [c for c in raw.columns if c != person and raw.schema[c] in (pl.String, pl.Int64, pl.Float64)]
    text = {c: pl.col(c).cast(pl.String).str.strip_suffix(".0") for c in columns}
    # one question for all columns: a file of weeks has 52
    shaped = raw.select(e.str.contains(CPR_SHAPE).any() for e in text.values()).row(0) if columns else ()
    for column in (c for c, some in zip(columns, shaped, strict=True) if some):
        values = raw.select(text[column]).to_series()
        values = values.filter(values.str.contains(CPR_SHAPE).fill_null(False))
        found = int(classify(values)["id_type"].is_in(PERSON_KINDS).sum())
        if found:
            raise DeliveryRefused(
                "no_person_numbers_here",
                f"{manifest.file}: column {column} holds values that look like person numbers, in {found} rows. "
                "Deliver the file without them.",
            )


def require_slot(parsed: Parsed, delivery: Delivery, manifest: Manifest, municipality: str) -> None:
    """Raise DeliveryRefused when supplier or municipality is not that of the slot."""
    if manifest.supplier != delivery.supplier:
        raise DeliveryRefused("supplier", f"{manifest.file}: {delivery.source} is delivered by {delivery.supplier}.")
    column = delivery.municipality
    rows = parsed.frame.filter(pl.col("set_aside").is_null())
    if column is None or not rows.height:
        return
    known = rows[column].drop_nulls()
    here = int((known == municipality).sum())
    if here * 2 < known.len():
        raise DeliveryRefused(
            "municipality", f"{manifest.file}: {known.len() - here} of {known.len()} rows are of another municipality "
            f"than {municipality} ({column}). It is probably another city's file."
        )  # fmt: skip


def require_level(parsed: Parsed, delivery: Delivery, manifest: Manifest) -> None:
    """Raise DeliveryRefused for a table of counts that is really a list of persons, or stays with technical cuts."""
    rows = parsed.frame.filter(pl.col("set_aside").is_null())
    if rows.height < LEAST_ROWS_TO_JUDGE:
        return
    if delivery.level == "counts":
        single = int(((rows["denominator"] == 1) & (rows["numerator"] <= 1)).sum())
        if single > MAX_SHARE_OF_SINGLE_CELLS * rows.height:
            raise DeliveryRefused(
                "counts_not_persons", f"{manifest.file}: {single} of {rows.height} cells are of one person. "
                "A summed data set has no row per person."
            )  # fmt: skip
    if delivery.source == "section_110_stays":
        day = rows.filter(pl.col("start_date") == date(manifest.period, 1, 1)).height
        if day > MAX_SHARE_ON_1_JANUARY * rows.height:
            raise DeliveryRefused(
                "technical_admissions", f"{manifest.file}: {day} of {rows.height} stays begin on 1 January. "
                "Deliver the real admission dates, without technical admissions."
            )  # fmt: skip
