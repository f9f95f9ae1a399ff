"""Person numbers where none belong: every column of every type is looked through, and doubtful ids are marked.

Long ids look like person numbers by chance: 7 of 100 ids of ten digits, 12 of 100 of nine, and of ids of sixteen 4 in
10 hold one somewhere. So an id that only has to be the same again (`opaque`) is stored as a keyed mark when a number
could be in it, and its file is refused only where there is evidence. In every other column nothing so long belongs, and
a single value refuses the file.
"""

from dataclasses import dataclass

import polars as pl

from handleplan_pipeline.lake.pseudonym import (
    MAY_HOLD_NUMBER,
    SPELLING,
    TEN_DIGITS,
    WRITTEN_AS_NUMBER,
    digits_together,
    folded,
    may_be_number,
)
from handleplan_pipeline.sources.deliveries.dates import date_shape, formats
from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused
from handleplan_pipeline.sources.deliveries.manifest import Manifest
from handleplan_pipeline.sources.deliveries.values import plain_types, text_of
from schemas.sources.delivery_shape import Delivery, Dialect, Variable

SHORTEST = 9
"""Digits of a number that lost its leading zero."""
ENOUGH_IDS = 20
FEW_DAYS = 5
"""So many ids that look like numbers and show fewer days of the month are a sequence, not people. Ours, version 1."""


def require_no_person_numbers(raw: pl.DataFrame, delivery: Delivery, manifest: Manifest) -> None:
    """Raise DeliveryRefused when a column that is not the person number holds values that look like one."""
    raw = plain_types(raw, manifest.file)
    variables = {v.name: v for v in delivery.variables}
    person = delivery.person_variable
    for column in candidates(raw, delivery):
        found = _Found(raw, column, variables.get(column), delivery.dialect, person.name if person else None)
        rows = found.evidence() if found.opaque else found.rows
        if rows:
            raise DeliveryRefused(
                "no_person_numbers_here",
                f"{manifest.file}: column {column} holds values that look like person numbers, in {rows} rows. "
                "Deliver the file without them.",
            )


def candidates(raw: pl.DataFrame, delivery: Delivery) -> list[str]:
    """Columns with at least one value of nine digits or more; the person number's own and true dates are none."""
    persons = {v.name for v in delivery.variables if v.kind == "person"}
    asked = {c: t for c, t in raw.schema.items() if c not in persons and not t.is_temporal() and t != pl.Boolean}
    if not asked:
        return []
    numeric = [c for c, t in asked.items() if t.is_numeric()]
    texts = [c for c in asked if c not in numeric]
    least = 10 ** (SHORTEST - 1)
    # one question for all columns: a file of weeks has 52
    found = raw.select(
        *(((pl.col(c) >= least) | (pl.col(c) <= -least)).any().fill_null(False) for c in numeric),
        *((pl.col(c).str.len_bytes().max() >= SHORTEST).fill_null(False) for c in texts),
    ).row(0)
    long = [c for c, some in zip([*numeric, *texts], found, strict=True) if some]
    if not long:
        return []
    shown = raw.select(_as_written(raw, c).str.contains(MAY_HOLD_NUMBER).any().fill_null(False).alias(c) for c in long)
    return [c for c in long if shown[c][0]]


def _as_written(raw: pl.DataFrame, column: str) -> pl.Expr:
    """The value as text; of a fraction the whole part, because decimals are no digits of a number."""
    dtype = raw.schema[column]
    if dtype.is_float():
        return pl.col(column).abs().floor().cast(pl.Int128, strict=False).cast(pl.String)
    return pl.col(column).cast(pl.String)


@dataclass(frozen=True)
class _Found:
    """The values of one column that could be person numbers."""

    raw: pl.DataFrame
    column: str
    variable: Variable | None
    dialect: Dialect
    person: str | None

    @property
    def opaque(self) -> bool:
        return self.variable is not None and self.variable.opaque

    def values(self) -> pl.DataFrame:
        """`id` and `own`, the row's own person number, of the rows with nine digits or more that are no date."""
        text = _as_written(self.raw, self.column)
        own = pl.lit(None, pl.String) if self.person is None else pl.col(self.person).cast(pl.String)
        frame = self.raw.select(id=text, own=own).filter(pl.col("id").str.contains(MAY_HOLD_NUMBER))
        v = self.variable
        if v is not None and v.kind == "date":
            forms = "|".join(date_shape(f) for f in formats(self.dialect))
            frame = frame.filter(~pl.col("id").str.strip_chars().str.contains(forms))
        if v is not None and v.kind == "number":
            fraction = f"^(\\s*-?[0-9 .]*)[{self.dialect.decimal}][0-9]+\\s*$"
            frame = frame.with_columns(pl.col("id").str.replace(fraction, "${1}"))
        return frame

    @property
    def rows(self) -> int:
        return int(self.values().select(may_be_number(pl.col("id")).sum()).item())

    def evidence(self) -> int:
        """Rows that say the ids are person numbers: the row's own is in them, or more of them are than by chance."""
        found = self.values().with_columns(plain=folded(pl.col("id"))).filter(may_be_number(pl.col("id")))
        digits = pl.col("own").str.replace_all(SPELLING, "")
        together = digits_together(pl.col("plain"))
        alone = together.str.extract("(?:^|[^0-9])([1-9][0-9]{8})(?:[^0-9]|$)", 1)
        own = found.select(
            ((digits.str.len_bytes() == 10) & together.str.contains(digits, literal=True)).fill_null(False)
            | (pl.lit("0") + alone == digits).fill_null(False)
        ).to_series()
        return int(own.sum()) or self._beyond_chance()

    def _beyond_chance(self) -> int:
        """Rows whose id is nine or ten digits by itself and could be a number, where most such ids could be."""
        written = self.values().select(pl.col("id"), form=folded(pl.col("id")).str.extract(WRITTEN_AS_NUMBER, 1))
        shaped = (
            written.drop_nulls("form")
            .with_columns(pl.col("form").str.replace_all("[^0-9]", ""))
            .with_columns(pl.col("form").str.zfill(10), short=pl.col("form").str.len_bytes() == SHORTEST)
            .with_columns(number=pl.col("form").str.contains(f"^{TEN_DIGITS}$"))
        )
        ids = shaped.unique("form")
        numbers = ids.filter("number")
        if numbers.height * 2 <= ids.height:
            return 0
        # an id of year and number (2010-00012) reads as the 2nd of January, in every row of the file
        days = numbers["form"].str.slice(0, 2).n_unique()
        alone = numbers.height == 1 and not numbers["short"][0]
        if days < (FEW_DAYS if numbers.height >= ENOUGH_IDS else 2) and not alone:
            return 0
        return int(shaped["number"].sum())


def marked(raw: pl.DataFrame, delivery: Delivery) -> dict[str, pl.Series]:
    """For each opaque column with such values: which rows' ids could hold a person number and are stored as a mark."""
    opaque = {v.name: v for v in delivery.variables if v.opaque}
    if not opaque:
        return {}
    found = candidates(raw.select(list(opaque)), delivery)
    return {c: raw.select(may_be_number(text_of(c, raw.schema[c])).fill_null(False))[c] for c in found}
