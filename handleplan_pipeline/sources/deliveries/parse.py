"""From delivered values to typed rows: dates, Danish numbers, codes, pseudonyms, and each row's verdict.

A code that is not on the list or a column that is not what it says refuses the file: the register changed. A bad value
in a row sets that row aside under the rule's name. Nothing is guessed and no row is dropped.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from handleplan_pipeline.catalogue.plausibility import limit
from handleplan_pipeline.lake.pseudonym import Pseudonymiser, classify
from handleplan_pipeline.sources.deliveries import weeks as dream
from handleplan_pipeline.sources.deliveries.allowed import (
    OUTSIDE_PERIOD,
    WITHOUT_PERSON,
    allowed,
    require_few_set_aside,
    require_few_without_person,
    require_of_the_period,
)
from handleplan_pipeline.sources.deliveries.anywhere import marked
from handleplan_pipeline.sources.deliveries.columns import of_layout
from handleplan_pipeline.sources.deliveries.dates import FIRST, ISO, example_day, latest
from handleplan_pipeline.sources.deliveries.doubles import doubles
from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused
from handleplan_pipeline.sources.deliveries.events import spells
from handleplan_pipeline.sources.deliveries.listed import require_listed, with_codes
from handleplan_pipeline.sources.deliveries.manifest import Manifest
from handleplan_pipeline.sources.deliveries.swapped import require_not_swapped
from handleplan_pipeline.sources.deliveries.values import HIDDEN, plain_form, plain_types, text_of, value_of
from handleplan_pipeline.sources.deliveries.weeks import reference_week
from schemas.sources.delivery_shape import DATA_KIND_VARIABLE, Delivery, Variable

__all__ = ["Parsed", "reference_week", "to_source_rows"]

BEFORE_BIRTH = "before_birth"
"""Something is said to have happened to a person before the birth date in the person's number."""
UNIDENTIFIED = "unidentified"
NUMBERS = ("cpr", "cpr_check_digit_fails")
_TEXT = "_text_"
ROW_RULES = (
    "required_value_missing",
    "value_not_readable",
    dream.UNREADABLE,
    "value_out_of_bounds",
    "birth_date_not_of_number",
    "sex_not_of_number",
)
"""What a row is asked besides its delivery's own rules, in this order; the first it breaks is its verdict."""


@dataclass(frozen=True)
class Parsed:
    """Rows in the shape of the delivery's source table, and how many are set aside under which rule.

    `noted` counts what was read in a way that has to be said: `end_to_come`, `id_stored_as_mark`, `weeks_missing`,
    `weeks_of_other_years`, `code_unlisted`, `events` (how many came where spells are the rows), `without_person`, and
    by column `differs_in_<column>` of rows that share a key and differ.
    """

    frame: pl.DataFrame
    set_aside: dict[str, int]
    noted: dict[str, int] = field(default_factory=dict)


def to_source_rows(
    raw: pl.DataFrame, delivery: Delivery, manifest: Manifest, pseudonymiser: Callable[[], Pseudonymiser]
) -> Parsed:
    """Typed, pseudonymised rows of a delivered file, every one with its verdict. Raises DeliveryRefused.

    The pseudonymiser is asked for where there are persons: a house that is delivered counts alone needs no key.
    """
    raw = plain_types(raw, manifest.file)
    _require_data_kind(raw, manifest)
    told: dict[str, int] = {}
    layout = of_layout(raw.columns, delivery)
    require_not_swapped(raw, layout, manifest.file)
    if layout is not delivery:
        told = {"events": raw.height}
        raw = _of_events(raw, layout, delivery, manifest)
    delivery = with_codes(delivery, manifest.period)
    frame = raw.with_row_index("row_number", 1)
    typed, noted = _open_ends(_typed(frame, delivery), delivery, manifest.period)
    noted |= told | require_listed(typed, frame, delivery, manifest.period, manifest.file)
    typed = _bounded(_with_flags(typed, delivery), delivery, manifest.period)
    typed = _with_persons(typed, frame, delivery, manifest, pseudonymiser)
    for name, rows in marked(raw, delivery).items():
        column = next(v.column for v in delivery.variables if v.name == name)
        ids = typed[column].set(~rows, None)
        noted["id_stored_as_mark"] = noted.get("id_stored_as_mark", 0) + ids.drop_nulls().len()
        marks = pseudonymiser().mark(ids)
        typed = typed.with_columns(pl.when(rows).then(marks).otherwise(pl.col(column)).alias(column))
    found = dream.weeks(frame, manifest.period, manifest.file, delivery) if delivery.weekly else None
    if found is not None:
        typed, noted = typed.with_columns(found.columns), noted | found.noted
    _require_columns_readable(typed, delivery, manifest)
    parsed = _verdicts(typed, delivery, manifest)
    read = parsed.frame
    if found is not None:
        weeks = pl.lit(found.by_code(read["set_aside"].is_null()), pl.String)
        read = read.with_columns(weeks_by_code=pl.when(pl.col("row_number") == 1).then(weeks))
    _require_contract(read, delivery, manifest)
    return Parsed(read, parsed.set_aside, {k: n for k, n in (noted | parsed.noted).items() if n})


def _of_events(raw: pl.DataFrame, layout: Delivery, delivery: Delivery, manifest: Manifest) -> pl.DataFrame:
    """The spells of a file of events, as a file of spells would have them."""
    layout = with_codes(layout, manifest.period)
    frame = raw.with_row_index("row_number", 1)
    typed = _typed(frame, layout)
    require_listed(typed, frame, layout, manifest.period, manifest.file)
    return spells(raw, typed, delivery, manifest)


def _typed(frame: pl.DataFrame, delivery: Delivery) -> pl.DataFrame:
    """Row number and typed values, each beside two flags: `_empty_<column>` and `_stated_<column>`.

    Stated is neither empty nor, for a figure in a table of counts, marked as hidden. The flags are columns because an
    expression that several others use is computed anew for each.
    """
    columns = [pl.col("row_number").cast(pl.Int64)]
    texts = frame.with_columns(text_of(v.name, frame.schema[v.name]).alias(_TEXT + v.name) for v in _plain(delivery))
    plain = _in_plain_form(texts, frame.schema, delivery)
    for v in _plain(delivery):
        given = pl.col(_TEXT + v.name)
        figure = delivery.level == "counts" and v.kind in ("integer", "number")
        hidden = given.is_in(HIDDEN) if figure else pl.lit(False)
        columns += [
            value_of(v, given, delivery, frame.schema[v.name], v.name in plain).alias(v.column),
            given.is_null().alias(f"_empty_{v.column}"),
            (given.is_not_null() & ~hidden).alias(f"_stated_{v.column}"),
        ]
    return texts.select(columns)


def _in_plain_form(texts: pl.DataFrame, schema: pl.Schema, delivery: Delivery) -> set[str]:
    """Variables of which every value is in its usual form: nearly all, and asking saves all the other forms."""
    asked = {
        v.name: form
        for v in _plain(delivery)
        if (form := plain_form(v, pl.col(_TEXT + v.name), delivery.dialect, schema[v.name])) is not None
    }
    answers = texts.select(form.fill_null(True).all().alias(name) for name, form in asked.items())
    return {name for name in asked if answers[name][0]}


def _open_ends(typed: pl.DataFrame, delivery: Delivery, period: int) -> tuple[pl.DataFrame, dict[str, int]]:
    """Ends that lie after the period have not come: none is stored, and how many there were is noted."""
    ends = [v for v in delivery.variables if v.until == "open"]
    if not ends:
        return typed, {}
    to_come = {v.column: (pl.col(v.column) > latest(v, period)).fill_null(False) for v in ends}
    noted = {"end_to_come": sum(typed.select(e.sum() for e in to_come.values()).row(0))}
    opened = [pl.when(~e).then(pl.col(c)).alias(c) for c, e in to_come.items()]
    stated = [(pl.col(f"_stated_{c}") & ~e).alias(f"_stated_{c}") for c, e in to_come.items()]
    return typed.with_columns(*opened, *stated), noted


def _with_persons(
    typed: pl.DataFrame,
    frame: pl.DataFrame,
    delivery: Delivery,
    manifest: Manifest,
    pseudonymiser: Callable[[], Pseudonymiser],
) -> pl.DataFrame:
    """With the pseudonym, and whether birth date, sex and days of events of the row can be those of its number."""
    if delivery.person_variable is None:
        return typed
    name, keyed = delivery.person_variable.name, pseudonymiser()
    people = _pseudonyms(frame[name], manifest, keyed)
    for v in delivery.other_persons:
        other = _pseudonyms(frame[v.name], manifest, keyed)
        typed = typed.with_columns(other["person"].alias(v.column), other["id_type"].alias(f"_id_type_{v.column}"))
    said: dict[str, pl.Expr] = {}
    for v in delivery.variables:
        if v.birth:
            said["_birth_date_not_of_number"] = pl.col(v.column) != people["birth"]
        if v.sexes:
            told = pl.col(v.column).replace_strict(dict(v.sexes), default=None, return_dtype=pl.String)
            said["_sex_not_of_number"] = told != people["sex"]
    events = [pl.col(v.column) < people["birth"] for v in delivery.variables if v.kind == "date" and not v.birth]
    said[f"_{BEFORE_BIRTH}"] = pl.any_horizontal(events or pl.lit(False))
    return typed.with_columns(people.drop("birth", "sex").get_columns()).with_columns(
        e.fill_null(False).alias(n) for n, e in said.items()
    )


def _pseudonyms(column: pl.Series, manifest: Manifest, pseudonymiser: Pseudonymiser) -> pl.DataFrame:
    """Pseudonyms of a column's numbers, or of the keys that stand for them. Raises DeliveryRefused (`person_key`)."""
    if manifest.person_key == "number":
        return pseudonymiser.pseudonymise(_person_numbers(column))
    keys = column.to_frame().select(text_of(column.name, column.dtype)).to_series()
    found = classify(keys)["id_type"].is_in(NUMBERS)
    if found.sum() > limit("numbers_among_keys_share") * (keys.len() - keys.null_count()):
        raise DeliveryRefused(
            "person_key",
            f"{manifest.file}: declared as de-identified, and {int(found.sum())} of {keys.len()} keys look like person "
            "numbers. Deliver it without that declaration, or de-identify it first.",
        )
    return pseudonymiser.pseudonymise_keys(keys)


def _person_numbers(numbers: pl.Series) -> pl.Series:
    """Numbers as text. A column of numbers in which one is too short has lost leading zeros: all of it is unusable."""
    if not numbers.dtype.is_numeric():
        return numbers
    texts = numbers.to_frame().select(text_of(numbers.name, numbers.dtype)).to_series()
    whole = bool((texts.str.len_bytes() == 10).fill_null(True).all())
    return texts if whole else numbers.cast(pl.Float64).cast(pl.String)


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


def _bounded(typed: pl.DataFrame, delivery: Delivery, period: int) -> pl.DataFrame:
    """With `_value_out_of_bounds` (a date before 1900 and an amount nobody has too) and `_date_to_come` of each row."""
    outside = [pl.col(v.column) < v.minimum for v in delivery.variables if v.minimum is not None]
    outside += [pl.col(v.column) > v.maximum for v in delivery.variables if v.maximum is not None]
    # 99999999 kroner stand for an amount that nobody knows
    outside += [pl.col(v.column).abs() > limit("amount_largest") for v in delivery.variables if v.amount]
    # the first day itself stands for one that nobody knows, but for whom the register says was born on it
    outside += [
        pl.col(v.column) < FIRST if v.birth else pl.col(v.column) <= FIRST
        for v in delivery.variables
        if v.kind == "date"
    ]
    late = [pl.col(v.column) > latest(v, period) for v in delivery.variables if v.kind == "date"]
    return typed.with_columns(
        pl.any_horizontal(e.fill_null(False) for e in found or [pl.lit(False)]).alias(name)
        for name, found in (("_value_out_of_bounds", outside), ("_date_to_come", late))
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
        if unread > allowed(delivery.max_set_aside, typed.height):
            raise DeliveryRefused(
                "column_type",
                f"{manifest.file}: column {v.name} cannot be read as {v.kind} in {unread} of "
                f"{typed.height} rows. {_how_written(v, delivery)} Check the order of columns too.",
            )


def _how_written(v: Variable, delivery: Delivery) -> str:
    """What a supplier is told of the form of a value that could not be read."""
    dialect = delivery.dialect
    if v.kind == "date":
        return (
            f"Dates are written {example_day(dialect.date_format)} or {example_day(ISO)}, or are dates of the file's "
            "own kind: no numbers, no time of day but midnight, no moments in UTC."
        )
    if v.kind in ("integer", "number"):
        thousands = "no thousands mark" if dialect.thousands is None else f"thousands mark `{dialect.thousands}`"
        return f"Numbers in text have the decimal mark `{dialect.decimal}` and {thousands}."
    return "Municipalities are three digits." if v.kind == "municipality" else "It is J or N."


def _verdicts(typed: pl.DataFrame, delivery: Delivery, manifest: Manifest) -> Parsed:
    person = delivery.person_variable
    rules: dict[str, pl.Expr] = {}
    if person:
        nobody = delivery.without_person is not None
        rules["person_number_invalid"] = pl.col("id_type").is_in(["invalid"] if nobody else ["invalid", UNIDENTIFIED])
        if not person.optional and not nobody:
            rules["person_number_missing"] = pl.col("id_type") == "missing"
    for v in delivery.other_persons:
        rules[f"{v.column}_invalid"] = pl.col(f"_id_type_{v.column}").is_in(["invalid", "missing", UNIDENTIFIED])
    rules |= {r: pl.col(f"_{r}") for r in ROW_RULES if f"_{r}" in typed.columns}
    verdict = pl.coalesce([pl.when(e).then(pl.lit(n)) for n, e in rules.items()])
    typed = typed.with_columns(set_aside=verdict)
    own = {r.name: ~r.expr.fill_null(True) for r in delivery.rules}
    own[OUTSIDE_PERIOD] = _outside_period(delivery, manifest.period)
    own["date_to_come"] = pl.col("_date_to_come")
    if person:
        own[BEFORE_BIRTH] = pl.col(f"_{BEFORE_BIRTH}")
    if delivery.without_person is not None:
        own[WITHOUT_PERSON] = pl.col("person").is_null()
    verdict = pl.coalesce([pl.col("set_aside"), *(pl.when(e).then(pl.lit(n)) for n, e in own.items())])
    typed = typed.with_columns(set_aside=verdict).drop([c for c in typed.columns if c.startswith("_")])
    doubled, noted = doubles(typed, delivery)
    verdict = pl.coalesce(pl.col("set_aside"), doubled)
    bounded = [v.column for v in delivery.variables if v.amount or v.minimum is not None or v.maximum is not None]
    blank = pl.col("set_aside") == "value_out_of_bounds"
    typed = typed.with_columns(
        set_aside=verdict,
        period=pl.lit(manifest.period, pl.Int32),
        data_kind=pl.lit(manifest.data_kind),
        delivery_id=pl.lit(manifest.delivery_id),
    ).with_columns(pl.when(blank).then(None).otherwise(pl.col(c)).alias(c) for c in bounded)
    counts = dict(typed["set_aside"].drop_nulls().value_counts().sort("set_aside").iter_rows())
    nobodys = counts.pop(WITHOUT_PERSON, 0)
    require_few_without_person(nobodys, typed.height, delivery, manifest)
    require_few_set_aside(counts, noted, typed.height, delivery, manifest)
    require_of_the_period(counts, typed.height, delivery, manifest)
    return Parsed(typed.select(delivery.table.column_names), counts, noted | {WITHOUT_PERSON: nobodys})


def _outside_period(delivery: Delivery, t: int) -> pl.Expr:
    p = delivery.period
    if p.rule == "date_equals":
        return ~pl.col(p.columns[0]).is_in([date(t - 1, 12, 31), date(t, 1, 1)])
    if p.rule == "year_in":
        return pl.col(p.columns[0]).dt.year() != t
    if p.rule == "overlaps":
        start, end = (pl.col(c) for c in p.columns)
        return (start.dt.year() > t) | (end.dt.year() < t).fill_null(False)
    if p.rule == "text_starts":
        return pl.col(p.columns[0]) != t
    return pl.lit(False)


def _require_contract(frame: pl.DataFrame, delivery: Delivery, manifest: Manifest) -> None:
    """What the run will ask of the source table, asked here: a file that is accepted never fails it later."""
    table = delivery.table
    missing = {c.name: pl.col(c.name).is_null().sum() for c in table.columns if not c.nullable}
    broken = {(r.name, r.column or ""): (~r.expr.fill_null(False)).sum() for r in table.rules()}
    broken |= {("required_values", name): e for name, e in missing.items()}
    counts = frame.select(e.alias(str(i)) for i, e in enumerate(broken.values())).row(0)
    wrong = [f"{rule} ({column}): {n}" for (rule, column), n in zip(broken, counts, strict=True) if n]
    if frame.schema != table.polars_schema:
        wrong.append("columns")
    if wrong:
        raise DeliveryRefused(
            "contract",
            f"{manifest.file}: the rows as read break the contract of {table.full_name}, rule and rows: "
            f"{'; '.join(wrong)}. Compare the file with the specification.",
        )


def _require_data_kind(raw: pl.DataFrame, manifest: Manifest) -> None:
    has = DATA_KIND_VARIABLE in raw.columns
    synthetic = has and bool((raw[DATA_KIND_VARIABLE].cast(pl.String) == "synthetic").fill_null(False).all())
    if manifest.data_kind == "synthetic" and not synthetic:
        raise DeliveryRefused("data_kind", f"{manifest.file}: declared synthetic, but not every row says so.")
    if manifest.data_kind == "delivered" and has:
        raise DeliveryRefused("data_kind", f"{manifest.file}: declared as a delivery, but its rows say what they are.")
