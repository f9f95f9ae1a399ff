"""From delivered values to typed rows: dates, Danish numbers, codes, pseudonyms, and each row's verdict.

A code that is not on the list or a column that is not what it says refuses the file: the register changed. A bad value
in a row sets that row aside under the rule's name. Nothing is guessed and no row is dropped.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from handleplan_pipeline.codes import code_list
from handleplan_pipeline.deliveries.errors import DeliveryRefused
from handleplan_pipeline.deliveries.manifest import Manifest
from handleplan_pipeline.pseudonym import Pseudonymiser
from schemas.sources.delivery_shape import DATA_KIND_VARIABLE, Delivery, Variable

HIDDEN = ("..", "*", ".")
"""Marks of a cell the supplier hid or does not have; `-` is nil."""
FEW_ROWS = 5
"""So many bad rows do not refuse a small file. Ours, version 1."""
_TEXT = "_text_"
ISO = "%Y-%m-%d"
FLAGS = {"J": True, "N": False, "1": True, "0": False}


@dataclass(frozen=True)
class Parsed:
    """Rows in the shape of the delivery's source table, and how many are set aside under which rule."""

    frame: pl.DataFrame
    set_aside: dict[str, int]


def to_source_rows(raw: pl.DataFrame, delivery: Delivery, manifest: Manifest, pseudonymiser: Pseudonymiser) -> Parsed:
    """Typed, pseudonymised rows of a delivered file, every one with its verdict. Raises DeliveryRefused."""
    _require_data_kind(raw, manifest)
    frame = raw.with_row_index("row_number", 1)
    _require_codes(frame, delivery, manifest)
    typed = _with_flags(_typed(frame, delivery), delivery)
    typed = _bounded(typed, delivery)
    if delivery.person_variable:
        numbers = frame[delivery.person_variable.name]
        typed = typed.with_columns(pseudonymiser.pseudonymise(numbers).get_columns())
    if delivery.weekly:
        typed = typed.with_columns(_weeks(frame, manifest.period))
    _require_columns_readable(typed, delivery, manifest)
    return _verdicts(typed, delivery, manifest)


def _typed(frame: pl.DataFrame, delivery: Delivery) -> pl.DataFrame:
    """Row number and typed values, each beside two flags: `_empty_<column>` and `_stated_<column>`.

    Stated is neither empty nor, in a table of counts, marked as hidden. The flags are columns because an expression
    that several others use is computed anew for each.
    """
    columns = [pl.col("row_number").cast(pl.Int64)]
    texts = frame.with_columns(_text(v, frame.schema[v.name]).alias(_TEXT + v.name) for v in _plain(delivery))
    for v in _plain(delivery):
        given = pl.col(_TEXT + v.name)
        hidden = given.is_in(HIDDEN) if delivery.level == "counts" else pl.lit(False)
        columns += [
            _value(v, given, delivery, frame.schema[v.name]).alias(v.column),
            given.is_null().alias(f"_empty_{v.column}"), (given.is_not_null() & ~hidden).alias(f"_stated_{v.column}"),
        ]  # fmt: skip
    return texts.select(columns)


def _with_flags(typed: pl.DataFrame, delivery: Delivery) -> pl.DataFrame:
    """With `_required_value_missing` and `_value_not_readable` of each row."""
    variables = _plain(delivery)
    missing = [pl.col(f"_empty_{v.column}") for v in variables if not v.optional]
    unread = [pl.col(f"_stated_{v.column}") & pl.col(v.column).is_null() for v in variables]
    return typed.with_columns(
        pl.any_horizontal(missing or pl.lit(False)).alias("_required_value_missing"),
        pl.any_horizontal(unread or pl.lit(False)).alias("_value_not_readable"),
    )


def _plain(delivery: Delivery) -> list[Variable]:
    return [v for v in delivery.variables if v.kind != "person"]


def _text(v: Variable, dtype: pl.DataType) -> pl.Expr:
    """The value as trimmed text, empty as null; whole floats of statistics packages without their `.0`."""
    text = pl.col(v.name).cast(pl.String)
    if dtype.is_float():
        text = text.str.strip_suffix(".0")
    text = text.str.strip_chars()
    return pl.when(text == "").then(None).otherwise(text)


def _value(v: Variable, given: pl.Expr, delivery: Delivery, dtype: pl.DataType) -> pl.Expr:
    if v.kind == "date":
        if dtype.is_temporal():
            return pl.col(v.name).cast(pl.Date)
        formats = dict.fromkeys((delivery.dialect.date_format, ISO))
        return pl.coalesce(given.str.slice(0, 10).str.to_date(f, strict=False) for f in formats)
    if v.kind == "flag":
        if dtype == pl.Boolean:
            return pl.col(v.name)
        return given.str.to_uppercase().replace_strict(FLAGS, default=None, return_dtype=pl.Boolean)
    if v.kind == "municipality":
        padded = given.str.zfill(3)
        return pl.when(padded.str.contains(r"^[0-9]{3}$")).then(padded)
    if v.kind in ("integer", "number"):
        if dtype.is_numeric():
            return pl.col(v.name).cast(pl.Int64 if v.kind == "integer" else pl.Float64, strict=False)
        plain = pl.when(given == "-").then(pl.lit("0")).otherwise(given)
        plain = plain.str.replace_all(r"\.(\d{3})", "${1}").str.replace(delivery.dialect.decimal, ".", literal=True)
        return plain.cast(pl.Int64 if v.kind == "integer" else pl.Float64, strict=False)
    if v.pattern is not None:
        return pl.when(given.str.contains(v.pattern)).then(given)
    return given


def _require_codes(frame: pl.DataFrame, delivery: Delivery, manifest: Manifest) -> None:
    coded = [v for v in delivery.variables if v.codes is not None]
    given = {v.name: _text(v, frame.schema[v.name]) for v in coded}
    counts = frame.select(
        (given[v.name].is_not_null() & ~given[v.name].is_in(list(v.codes or ()))).sum().alias(v.name) for v in coded
    )
    for v in coded:
        unknown = counts[v.name][0]
        if unknown:
            raise DeliveryRefused(
                "codes_known",
                f"{manifest.file}: column {v.name} has codes that are not on its list, in {unknown} rows. Ask the "
                "supplier what changed; a new code is added to the list on purpose, with a date.",
            )


def _bounded(typed: pl.DataFrame, delivery: Delivery) -> pl.DataFrame:
    outside = [
        ~pl.col(v.column).is_between(v.minimum if v.minimum is not None else -1e18, v.maximum or 1e18)
        for v in delivery.variables
        if v.minimum is not None or v.maximum is not None
    ]
    return typed.with_columns(
        (pl.any_horizontal(e.fill_null(False) for e in outside) if outside else pl.lit(False)).alias(
            "_value_out_of_bounds"
        )
    )


def _require_columns_readable(typed: pl.DataFrame, delivery: Delivery, manifest: Manifest) -> None:
    """A column of which too much cannot be read is another column than declared: the file is refused, not the rows."""
    if not typed.height:
        return
    asked = [v for v in delivery.variables if v.kind not in ("person", "text")]
    counts = typed.select(
        (pl.col(f"_stated_{v.column}") & pl.col(v.column).is_null()).sum().alias(v.column) for v in asked
    )
    for v in asked:
        unread = counts[v.column][0]
        if unread > _allowed(delivery, typed.height):
            raise DeliveryRefused(
                "column_type", f"{manifest.file}: column {v.name} cannot be read as {v.kind} in {unread} of "
                f"{typed.height} rows. Check date format, decimal mark and column order."
            )  # fmt: skip


def _verdicts(typed: pl.DataFrame, delivery: Delivery, manifest: Manifest) -> Parsed:
    person = delivery.person_variable
    rules: dict[str, pl.Expr] = {}
    if person:
        rules["person_number_invalid"] = pl.col("id_type") == "invalid"
        if not person.optional:
            rules["person_number_missing"] = pl.col("id_type") == "missing"
    rules |= {r: pl.col(f"_{r}") for r in ("required_value_missing", "value_not_readable", "value_out_of_bounds")}
    verdict = pl.coalesce([pl.when(e).then(pl.lit(n)) for n, e in rules.items()])
    typed = typed.with_columns(set_aside=verdict).drop([c for c in typed.columns if c.startswith("_")])
    own = {r.name: ~r.expr.fill_null(True) for r in delivery.rules}
    own["outside_period"] = _outside_period(delivery, manifest.period)
    verdict = pl.coalesce([pl.col("set_aside"), *(pl.when(e).then(pl.lit(n)) for n, e in own.items())])
    typed = typed.with_columns(set_aside=verdict)
    # doubles are looked for among the good rows only: a faulty copy must not take the good row's place
    good = pl.col("set_aside").is_null()
    doubled = good & ~pl.struct(*delivery.key, good.alias("_good")).is_first_distinct()
    verdict = pl.when(doubled).then(pl.lit("duplicate_row")).otherwise(pl.col("set_aside"))
    bounded = [v.column for v in delivery.variables if v.minimum is not None or v.maximum is not None]
    blank = pl.col("set_aside") == "value_out_of_bounds"
    typed = typed.with_columns(
        set_aside=verdict, period=pl.lit(manifest.period, pl.Int32), data_kind=pl.lit(manifest.data_kind),
        delivery_id=pl.lit(manifest.delivery_id),
    ).with_columns(pl.when(blank).then(None).otherwise(pl.col(c)).alias(c) for c in bounded)  # fmt: skip
    counts = dict(typed["set_aside"].drop_nulls().value_counts().sort("set_aside").iter_rows())
    _require_few_set_aside(counts, typed.height, delivery, manifest)
    return Parsed(typed.select(delivery.table.column_names), counts)


def _outside_period(delivery: Delivery, t: int) -> pl.Expr:
    p = delivery.period
    if p.rule == "date_equals":
        return pl.col(p.columns[0]) != pl.lit(date(t, 1, 1))
    if p.rule == "year_in":
        return pl.col(p.columns[0]).dt.year() != t
    if p.rule == "overlaps":
        start, end = (pl.col(c) for c in p.columns)
        return (start.dt.year() > t) | (end.dt.year() < t).fill_null(False)
    if p.rule == "text_starts":
        return pl.col(p.columns[0]) != t
    return pl.lit(False)


def _allowed(delivery: Delivery, rows: int) -> float:
    """How many rows may be set aside: the declared share, and a handful in a small file, but never most of it."""
    return max(delivery.max_set_aside * rows, min(FEW_ROWS, rows / 2))


def _require_few_set_aside(counts: dict[str, int], rows: int, delivery: Delivery, manifest: Manifest) -> None:
    total = sum(counts.values())
    if total <= _allowed(delivery, rows):
        return
    worst = "; ".join(f"{n}: {k}" for n, k in sorted(counts.items(), key=lambda x: -x[1]))
    rule = "period" if counts.get("outside_period", 0) * 2 > total else "row_rules"
    raise DeliveryRefused(
        rule, f"{manifest.file}: {total} of {rows} rows break a rule, more than the {delivery.max_set_aside:.0%} that "
        f"may be set aside ({worst}). The declared period is {manifest.period}; correct the file and deliver it anew."
    )  # fmt: skip


def _require_data_kind(raw: pl.DataFrame, manifest: Manifest) -> None:
    has = DATA_KIND_VARIABLE in raw.columns
    synthetic = has and bool((raw[DATA_KIND_VARIABLE].cast(pl.String) == "synthetic").fill_null(False).all())
    if manifest.data_kind == "synthetic" and not synthetic:
        raise DeliveryRefused("data_kind", f"{manifest.file}: declared synthetic, but not every row says so.")
    if manifest.data_kind == "delivered" and has:
        raise DeliveryRefused("data_kind", f"{manifest.file}: declared as a delivery, but its rows say what they are.")


def reference_week(year: int) -> str:
    """The last full Monday-to-Sunday week inside November as YYWW."""
    sunday = date(year, 11, 30)
    sunday -= timedelta(days=(sunday.weekday() + 1) % 7)
    iso = sunday.isocalendar()
    return f"{iso.year % 100:02d}{iso.week:02d}"


def _weeks(frame: pl.DataFrame, year: int) -> list[pl.Expr | pl.Series]:
    """Reference week, its code, and weeks on transfer income; what counts is the pinned list of benefits."""
    weeks = sorted(c for c in frame.columns if c.startswith("Y_"))
    reference = reference_week(year)
    if f"Y_{reference}" not in weeks:
        raise DeliveryRefused("weeks", f"the file has no column for the reference week Y_{reference}.")
    counted = code_list("benefit").filter(pl.col("use") == "counted")["code"].to_list()
    code = frame[f"Y_{reference}"].cast(pl.String).str.strip_chars()
    on = frame.select(
        pl.sum_horizontal(pl.col(w).cast(pl.String).is_in(counted).fill_null(False).cast(pl.Int64) for w in weeks)
    ).to_series()
    empty = code.is_null() | (code == "")
    return [
        pl.lit(reference).alias("reference_week"),
        frame.select(pl.when(~empty).then(code).alias("reference_code"))["reference_code"],
        on.alias("transfer_weeks"),
        pl.lit(len(weeks), pl.Int64).alias("weeks"),
    ]
