"""DREAM's columns of weeks: which of them are the year's, what their cells may hold, and what is counted from them."""

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from handleplan_pipeline.sources.codes import code_list
from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused
from handleplan_pipeline.sources.deliveries.listed import WEEKS, listed
from handleplan_pipeline.sources.deliveries.values import FLOAT_OF_CODE, UNREAD, text_of
from schemas.sources.delivery_shape import Delivery

PREFIX = "Y_"
UNREADABLE = "week_code_not_readable"
"""Name of the rule: a cell of a week holds three digits or nothing."""
_CODE = "^[0-9]{3}$"


@dataclass(frozen=True)
class Weeks:
    """Columns of the source table with `_week_code_not_readable` beside them, and what there is to tell of the file."""

    columns: list[pl.Series]
    noted: dict[str, int]
    codes: pl.DataFrame
    """The cells of the weeks."""

    def by_code(self, used: pl.Series) -> str | None:
        """How many weeks of the rows that are `used` have each code, as the first row of the file says it."""
        cells = self.codes if used.all() else self.codes.filter(used)
        found = pl.concat([cells[c].alias("code") for c in cells.columns]).value_counts().sort("code")
        return ";".join(f"{c}:{n}" for c, n in found.iter_rows() if c) or None


def reference_week(year: int) -> str:
    """The last full Monday-to-Sunday week inside November as YYWW."""
    sunday = date(year, 11, 30)
    sunday -= timedelta(days=(sunday.weekday() + 1) % 7)
    iso = sunday.isocalendar()
    return f"{iso.year % 100:02d}{iso.week:02d}"


def weeks_of(year: int) -> int:
    """52 or 53: 28 December lies in the last ISO week of its year."""
    return date(year, 12, 28).isocalendar().week


def week_columns(columns: list[str], year: int, file: str) -> tuple[list[str], dict[str, int]]:
    """The columns of the year's ISO weeks, and how many are missing or of other years. Raises DeliveryRefused."""
    found = sorted(c for c in columns if c.startswith(PREFIX))
    wanted = [f"{PREFIX}{year % 100:02d}{w:02d}" for w in range(1, weeks_of(year) + 1)]
    strange = [c for c in found if not _is_week(c, year)]
    if strange:
        raise DeliveryRefused("weeks", f"{file}: columns of weeks that no year has: {', '.join(strange)}.")
    mine = [c for c in wanted if c in found]
    reference = PREFIX + reference_week(year)
    if reference not in mine:
        raise DeliveryRefused("weeks", f"{file}: no column for the reference week {reference} of {year}.")
    noted = {"weeks_missing": len(wanted) - len(mine), "weeks_of_other_years": len(found) - len(mine)}
    return mine, {k: n for k, n in noted.items() if n}


def _is_week(column: str, near: int) -> bool:
    """Whether the year of the column, the one closest to the period, has such a week."""
    digits = column.removeprefix(PREFIX)
    if len(digits) != 4 or not (digits.isascii() and digits.isdigit()):
        return False
    year = min((c + int(digits[:2]) for c in (1900, 2000, 2100)), key=lambda y: abs(y - near))
    return 1 <= int(digits[2:]) <= weeks_of(year)


def weeks(frame: pl.DataFrame, year: int, file: str, delivery: Delivery) -> Weeks:
    """Reference week, its code, and weeks on transfer income; what counts is the list of benefits.

    Raises DeliveryRefused for a benefit that is not listed: whether it is a transfer would be a guess.
    """
    mine, noted = week_columns(frame.columns, year, file)
    counted = code_list("benefit").filter(pl.col("use") == "counted")["code"].to_list()
    reference = reference_week(year)
    codes = _codes(frame, mine)
    _require_listed(codes, delivery, year, file)
    answers = codes.select(
        reference_code=pl.col(PREFIX + reference).replace([UNREAD, ""], [None, None]),
        transfer_weeks=pl.sum_horizontal(pl.col(c).is_in(counted).fill_null(False).cast(pl.Int64) for c in mine),
        unread=pl.any_horizontal((pl.col(c) == UNREAD).fill_null(False) for c in mine),
    )
    return Weeks(
        [
            pl.Series("reference_week", [reference], pl.String).new_from_index(0, frame.height),
            answers["reference_code"],
            answers["transfer_weeks"],
            pl.Series("weeks", [len(mine)], pl.Int64).new_from_index(0, frame.height),
            pl.Series("weeks_by_code", [None], pl.String).new_from_index(0, frame.height),
            answers["unread"].alias(f"_{UNREADABLE}"),
        ],
        noted,
        codes,
    )


def _require_listed(codes: pl.DataFrame, delivery: Delivery, year: int, file: str) -> None:
    known = listed(delivery, WEEKS, year)
    new = set(_distinct(codes)) - {*known.whole, UNREAD, ""}
    if not new:
        return
    spelled = codes.unpivot(variable_name="week", value_name="code").filter(pl.col("code").is_in(sorted(new)))
    weeks_of = dict(spelled["code"].value_counts().iter_rows())
    raise known.refusal(file, "columns Y_yyww have", weeks_of, "weeks")


def _distinct(cells: pl.DataFrame) -> pl.Series:
    """Every value that is in one of the columns, once; asked of all columns together."""
    by_column = cells.select(pl.all().unique().implode()).unpivot(value_name="value")
    return by_column["value"].explode().unique().drop_nulls()


def _codes(frame: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    """The cells of the weeks: three digits, null or nothing when empty, UNREAD for anything else.

    A year has few codes and many cells, so each distinct value is read once, and a file in order is not rewritten.
    """
    texts = frame.select(text_of(c, t).alias(c) if (t := frame.schema[c]) != pl.String else pl.col(c) for c in columns)
    read = (
        _distinct(texts)
        .to_frame("given")
        .select("given", code=pl.col("given").str.strip_chars().str.replace(FLOAT_OF_CODE, "${1}"))
        .with_columns(
            pl.when(pl.col("code").str.contains(_CODE)).then("code").when(pl.col("code") != "").then(pl.lit(UNREAD))
        )
    )
    changed = read.filter((pl.col("given") != "") & pl.col("given").ne_missing(pl.col("code")))
    if changed.is_empty():
        return texts
    return texts.with_columns(pl.col(columns).replace(changed["given"], changed["code"]))
