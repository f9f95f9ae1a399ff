"""An answer held against what was asked: the same table, codes that mean what they meant, and every cell once.

What the codes mean is what the pinned tableinfo says, because the definitions were written from it.
"""

import unicodedata
from collections.abc import Sequence

import polars as pl

from handleplan_pipeline.errors import SourceError
from handleplan_pipeline.sources.statbank.extracts import Extract
from handleplan_pipeline.sources.statbank.parse import column_name
from handleplan_pipeline.sources.statbank.sentences import named, short
from handleplan_pipeline.sources.statbank.tableinfo import TableInfo, Variable

PIN_ANEW = "Read what has changed and pin the table's tableinfo anew before this is used."


def _same(one: str, other: str) -> bool:
    """Whether two texts differ at most in spaces, case or Unicode form, which StatBank changes without meaning to."""
    a, b = (" ".join(unicodedata.normalize("NFKC", t).casefold().split()) for t in (one, other))
    return a == b


def require_same_table(extract: Extract, years: Sequence[int], info: TableInfo, pinned: TableInfo) -> None:
    """Raise SourceError, naming variable and code, where `info` describes another table than the pinned one.

    Table, unit, what stands in a hidden cell and the variables must be the same, and each code that is asked for must
    mean the same. Other codes may come, go and change, but where every part of a variable is asked for (all but totals)
    a new code stops the table too: the parts may no longer make up the whole.
    """
    if info.id.casefold() != extract.table.casefold():
        raise SourceError(f"{extract.table} was asked for; the answer describes {short(info.id, 60)}.")
    facts = {"unit": (pinned.unit, info.unit), "hidden value": (pinned.suppressed_value, info.suppressed_value)}
    for what, (before, now) in facts.items():
        if not _same(before or "", now or ""):
            raise SourceError(
                f"{extract.table}: the {what} was {before!r} and is now {short(str(now), 60)!r}. {PIN_ANEW}"
            )
    before_and_now = [{v.code.casefold() for v in i.variables} for i in (pinned, info)]
    if before_and_now[0] != before_and_now[1] or not info.variable(extract.time_variable).time:
        raise SourceError(
            f"{extract.table}: the variables are now {named(v.code for v in info.variables)}; they were "
            f"{named(v.code for v in pinned.variables)}. {PIN_ANEW}"
        )
    for code, asked in extract.asked(years).items():
        _require_same_codes(extract.table, info.variable(code), pinned.variable(code), asked)


def _require_same_codes(table: str, now: Variable, before: Variable, asked: Sequence[str]) -> None:
    if not _same(now.text, before.text):
        raise SourceError(
            f"{table}: variable {before.code} was '{before.text}' and is now '{short(now.text, 60)}'. {PIN_ANEW}"
        )
    gone = set(asked) - set(now.texts)
    if gone:
        raise SourceError(f"{table}: variable {before.code} no longer has {len(gone)} codes asked for: {named(gone)}.")
    for code in asked:
        # a period that was not there when the table was pinned has no text to be held against
        if code in before.texts and not _same(now.texts[code], before.texts[code]):
            raise SourceError(
                f"{table}: variable {before.code}, code {code} meant '{before.texts[code]}' and now means "
                f"'{short(now.texts[code], 80)}'. {PIN_ANEW}"
            )
    new = set(now.texts) - set(before.texts)
    if new and not now.time and _every_part(before, asked):
        raise SourceError(
            f"{table}: variable {before.code} has {len(new)} new codes: {named(new)}. All its parts are asked for, so "
            f"the parts may no longer make up the whole. {PIN_ANEW}"
        )


def _every_part(variable: Variable, asked: Sequence[str]) -> bool:
    """Whether all codes but totals are asked for; StatBank's label of a total ends in that word."""
    left = set(variable.texts) - set(asked)
    return all(variable.texts[code].strip().casefold().endswith("total") for code in left)


def require_every_cell(extract: Extract, years: Sequence[int], frame: pl.DataFrame) -> None:
    """Raise SourceError unless each cell asked for is there exactly once and no other.

    `frame` holds each cell once already (`parse_bulk`), so that none outside and the right number are enough.
    """
    asked = {column_name(k): codes for k, codes in extract.asked(years).items()}
    for column, codes in asked.items():
        outside = frame.filter(~pl.col(column).is_in(codes))
        if outside.height:
            raise SourceError(
                f"{extract.table}: {outside.height} cells were not asked for: {column} "
                f"{named(outside[column].unique())}. Fetch the table again."
            )
    expected = extract.cells(years)
    if frame.height != expected:
        short_of = [
            f"{column} {named(few)}"
            for column, codes in asked.items()
            if (few := _codes_with_too_few(frame, column, codes, expected)) and len(few) < len(codes)
        ]
        where = f" They are missing in {', '.join(short_of)}." if short_of else ""
        came = f"{frame.height:,} cells came, the selection has {expected:,}"
        raise SourceError(f"{extract.table}: {came}: the answer is not whole.{where}")


def _codes_with_too_few(frame: pl.DataFrame, column: str, codes: Sequence[str], expected: int) -> list[str]:
    came = dict(frame.group_by(column).len().iter_rows())
    return [c for c in codes if came.get(c, 0) < expected // len(codes)]
