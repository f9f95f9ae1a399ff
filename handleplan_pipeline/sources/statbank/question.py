"""An answer held against what was asked: the same table, codes that mean what they meant, and every cell once.

What the codes mean is what the pinned tableinfo says, because the definitions were written from it.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.errors import SourceError
from handleplan_pipeline.sources.statbank.extracts import ALL, OWN, TOTAL, Extract
from handleplan_pipeline.sources.statbank.parse import column_name
from handleplan_pipeline.sources.statbank.sentences import named, short
from handleplan_pipeline.sources.statbank.tableinfo import TableInfo, Variable

TOTALS = ("total", "i alt", "in all")
"""How StatBank's labels of a total end, in both languages."""
LISTED = 12
PIN_ANEW = "Read what has changed and pin the table's tableinfo anew before this is used."


def asked_of(extract: Extract, info: TableInfo) -> Extract:
    """The extract in the codes of this table: the own municipality, totals and every code spelled out.

    Raises SourceError, with the table, the variable or code and what there is instead, where the table has not what is
    declared, or has a variable that is not declared and has no total.
    """
    declared = {k.casefold(): tuple(v) for k, v in extract.selection.items()}
    known = {v.code.casefold() for v in info.variables}
    if absent := [k for k in extract.selection if k.casefold() not in known]:
        there = ", ".join(f"{v.code} ({short(v.text, 40)})" for v in info.variables)
        raise SourceError(f"{extract.table}: there is no variable {named(absent)}. There are: {there}. Declare those.")
    selection = {
        v.code: _spelled_out(extract.table, v, declared.get(v.code.casefold(), TOTAL))
        for v in info.variables
        if not v.time
    }
    if not info.variable(extract.time_variable).time:
        raise SourceError(f"{extract.table}: {extract.time_variable} is not the time; {info.time_variable.code} is.")
    if not extract.years_in(info.time_variable.codes):
        there = named(info.time_variable.codes)
        raise SourceError(f"{extract.table}: no period is written like {extract.time_code!r}. There are: {there}.")
    return replace(extract, selection=selection)


def _spelled_out(table: str, variable: Variable, wanted: tuple[str, ...]) -> tuple[str, ...]:
    if wanted == ALL:
        return tuple(variable.codes)
    if wanted == TOTAL:
        totals = [c for c, text in variable.texts.items() if text.strip().casefold().endswith(TOTALS)]
        if len(totals) != 1:
            raise SourceError(
                f"{table}: variable {variable.code} is not declared and has {len(totals)} codes that its labels call a "
                f"total. There are: {_listed(variable)}. Declare which are wanted."
            )
        return (totals[0],)
    own = load_catalogue().plan.municipality_code
    codes = tuple(dict.fromkeys(own if c == OWN else c for c in wanted))
    if gone := sorted(set(codes) - set(variable.codes)):
        raise SourceError(
            f"{table}: variable {variable.code} has no code {named(gone)}. There are: {_listed(variable)}."
        )
    return codes


def _listed(variable: Variable) -> str:
    """The first codes of a variable with what they mean."""
    few = list(variable.texts.items())[:LISTED]
    more = f" and {len(variable.values) - LISTED} more" if len(variable.values) > LISTED else ""
    return ", ".join(f"{short(c, 20)} ({short(t.strip(), 40)})" for c, t in few) + more


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
