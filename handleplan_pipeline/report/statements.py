"""Sentences about a goal and a year, as the release has them, each number with its row."""

from collections import defaultdict

from markupsafe import Markup

from handleplan_pipeline.errors import ReleaseError
from handleplan_pipeline.report.edition import Edition
from handleplan_pipeline.report.numbers import exact, text_with_numbers
from handleplan_pipeline.report.release import Row

Spoken = dict[str, list[Markup]]
"""Sentences by layer: headline, why, certainty, background, unknowns, precondition, caution, context."""


def spoken(edition: Edition, status: Row) -> Spoken:
    """What is said of a goal in the year of `status`.

    Raises ReleaseError when there is no headline, or when a number of a sentence has no row.
    """
    release, goal, year = edition.release, status["goal"], status["year"]
    numbers: dict[int, list[Row]] = defaultdict(list)
    for r in release.rows("output.statement_number", goal=goal, year=year):
        numbers[int(r["part"])].append(r)
    found: Spoken = defaultdict(list)
    for s in sorted(release.rows("output.statement", goal=goal, year=year), key=lambda r: int(r["part"])):
        found[str(s["layer"])].append(_sentence(edition, s, numbers[int(s["part"])]))
    if len(found["headline"]) != 1:
        raise ReleaseError(f"report: goal {goal}, {year} has {len(found['headline'])} headlines; one is needed.")
    return found


def plain_headline(edition: Edition, status: Row) -> str:
    """The headline without markup, for titles and descriptions."""
    (said,) = spoken(edition, status)["headline"]
    return str(said.striptags())


def _sentence(edition: Edition, statement: Row, numbers: list[Row]) -> Markup:
    column = f"text_{edition.language}"
    text = str(statement[column] or "")
    if not text.strip():
        raise ReleaseError(f"report: {statement.ref(column)} is empty.")
    placed = []
    for n in sorted(numbers, key=lambda r: int(r["position"])):
        ref = f"{n['table_schema']}.{n['table_name']}/{n['row_id']}/{n['column_name']}"
        value = edition.release.at(ref)
        if value is None:
            raise ReleaseError(f"report: {statement.ref(column)}: the number {n['slot']} has no row ({ref}).")
        how = "" if n["transform"] == "none" else str(n["transform"])
        placed.append((str(n[column]), exact(value), ref, how))
    try:
        return text_with_numbers(text, placed)
    except ValueError as e:
        raise ReleaseError(f"report: {statement.ref(column)}: the number {e} is not in the sentence.") from None
