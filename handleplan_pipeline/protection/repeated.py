"""Whether what a release repeats of earlier ones is known to the audit, and nothing that it hides (record 0058).

The code that writes the history is not believed: the finished file is held against the earlier releases themselves.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from handleplan_pipeline.lake import parquet
from handleplan_pipeline.lake.releases import controlled
from schemas.outputs.observation import OBSERVATION

FIGURES = ("value", "ci_low", "ci_high", "numerator", "denominator")
PLACE = tuple(k for k in OBSERVATION.key if k not in ("definition_version", "measure", "reference_group"))
"""Where a group stands, whatever is said of it."""
CELL = tuple(k for k in OBSERVATION.key if k != "definition_version")


def repeated(folder: Path, earlier: Sequence[Path]) -> Iterator[str]:
    """What the history and the revisions of a release say of earlier ones and should not, in a line each."""
    history = folder / "parquet" / "history" / "observation.parquet"
    now = folder / "parquet" / "output" / "observation.parquet"
    if not history.is_file() or not now.is_file():
        return
    own = folder_id(folder)
    lines = parquet.read(history, "history.observation").filter(
        (pl.col("last_release_id") != own) & pl.col("value").is_not_null()
    )
    today = parquet.read(now, "output.observation")
    if shown := _of_hidden(lines, today):
        yield f"history.observation: {shown} lines repeat a figure of a row that is hidden now"
    known = {p.name: p for p in earlier}
    for name, mine in lines.group_by("last_release_id"):
        yield from _unknown(str(name[0]), mine, known)
    yield from _revisions(folder, today)


def folder_id(folder: Path) -> str:
    """The id that a release gives itself: its folder has another name while it is built."""
    return str(parquet.read(folder / "parquet" / "meta" / "release.parquet", "meta.release")["release_id"][0])


def _of_hidden(lines: pl.DataFrame, today: pl.DataFrame) -> int:
    """How many lines are of a row that is hidden, by the line's version of the definition or the only one there is.

    A line that sets a group against another is of the rows of both.
    """
    hidden = today.filter(pl.col("missing_reason") == "suppressed").select(CELL)
    shown = today.filter(pl.col("missing_reason") != "suppressed").select(OBSERVATION.key)
    said = lines.select(OBSERVATION.key).join(shown, on=OBSERVATION.key, how="anti", nulls_equal=True)
    itself = said.join(hidden, on=CELL, how="semi", nulls_equal=True).height
    groups = {tuple(r[k] for k in PLACE) for r in hidden.iter_rows(named=True) if r["reference_group"] is None}
    of_two = [r for r in said.iter_rows(named=True) if r["reference_group"] is not None]

    def is_hidden(row: dict[str, Any], group: str) -> bool:
        return tuple((row | {"population_group": group})[k] for k in PLACE) in groups

    of_either = sum(is_hidden(r, r["population_group"]) or is_hidden(r, r["reference_group"]) for r in of_two)
    return itself + of_either


def _unknown(name: str, lines: pl.DataFrame, known: dict[str, Path]) -> Iterator[str]:
    """Figures that do not stand, as they are repeated, in the release that is said to have said them."""
    if name not in known or not controlled(known[name]):
        yield f"history.observation: {lines.height} figures are of {name}, which this audit was not given"
        return
    there = parquet.read(known[name] / "parquet" / "output" / "observation.parquet", "output.observation")
    # an earlier version of the pipeline may not have had them all
    wanted = [c for c in (*OBSERVATION.key, *FIGURES) if c in there.columns]
    there = there.select(pl.col(c).cast(OBSERVATION.polars_schema[c]) for c in wanted)
    if missing := lines.select(wanted).join(there, on=wanted, how="anti", nulls_equal=True).height:
        yield f"history.observation: {missing} figures do not stand in {name} as they are repeated"


def _revisions(folder: Path, today: pl.DataFrame) -> Iterator[str]:
    """Revisions with a figure of a row that is hidden now."""
    file = folder / "parquet" / "meta" / "revision.parquet"
    if not file.is_file():
        return
    found = parquet.read(file, "meta.revision").filter(
        (pl.col("table_name") == "observation")
        & pl.any_horizontal(pl.col(c).is_not_null() for c in ("old_value", "new_value", "size"))
    )
    if not found.height:
        return
    schema = {k: OBSERVATION.polars_schema[k] for k in OBSERVATION.key}
    said = found["key"].str.json_decode(pl.Struct(schema)).struct.unnest()
    if shown := _of_hidden(said, today):
        yield f"meta.revision: {shown} rows repeat a figure of a row that is hidden now"
