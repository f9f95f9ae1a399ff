"""A lake with small releases, written by the code that writes real ones, and the entry as a user calls it."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from handleplan_pipeline.lake import contracts
from handleplan_pipeline.lake.tables import Lake
from handleplan_pipeline.release.build import write_folder
from handleplan_pipeline.release.table import Table
from schemas import columns
from schemas.meta.release import COLUMN, RELEASE
from schemas.outputs.goal_status import GOAL_STATUS
from schemas.outputs.statement import STATEMENT
from tests.lib.commands import command

ROOT = Path(__file__).resolve().parents[2]
LONG = "Kan ikke måles: " + "der er ikke leveret data, " * 20 + "og tilladelsen fremgår ikke."


def goal_row(**change: Any) -> dict[str, Any]:
    """A year of goal 3 as the release tells it."""
    return {
        "goal": 3,
        "slug": "goal_03_stable_housing",
        "year": 2012,
        "measurability": "not_measurable",
        "precondition": "none",
        "result": "not_assessed",
        "result_adjusted": "not_assessed",
        "literal_met": None,
        "trend": "no_baseline",
        "badge": "not_measurable",
        "reason_da": LONG,
        "reason_en": "Cannot be measured.",
        "missing_reason": "not_delivered",
        "rule_id": "R03",
        "rule_version": "1",
        "data_kind": None,
        "caveats": None,
    } | change


def headline_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """The reason of a goal and year as its headline."""
    kept = {k: row[k] for k in ("goal", "year", "data_kind", "caveats")}
    text = {"text_da": row["reason_da"], "text_en": row["reason_en"]}
    return kept | text | {"part": 1, "layer": "headline", "statement_id": "made", "indicator_id": None}


def write_release(
    folder: Path, release_id: str, rows: list[dict[str, Any]] | None = None, parts: Sequence[str] = ()
) -> int:
    """A whole release of three tables and its dictionary in `folder`."""
    about = {
        "release_id": release_id,
        "built_at": "2026-01-01T00:00:00+00:00",
        "kind": "demonstration",
        "disclosure_control": "on",
        "holds_synthetic": False,
        "schema_version": "1.0",
        "code_version": "1",
        "catalogue_version": "1",
        "previous_release_id": None,
        "disclosure_rule_da": "Regel.",
        "disclosure_rule_en": "Rule.",
        "licence": "CC BY 4.0",
        "attribution": "Kilde",
    }
    rows = rows or [goal_row(), goal_row(goal=4, slug="goal_04_shelter_stays", year=2013)]
    import polars as pl

    figures = [(GOAL_STATUS, GOAL_STATUS.conform(rows)), (STATEMENT, STATEMENT.conform([headline_of(r) for r in rows]))]
    tables = [
        *(Table(c, f.with_columns(pl.lit(release_id).alias("release_id")), (columns.RELEASE_ID,)) for c, f in figures),
        Table(RELEASE, RELEASE.conform([about])),
    ]
    dictionary = [r for t in tables for r in contracts.dictionary_rows(t.contract, t.extra)]
    tables.append(Table(COLUMN, COLUMN.conform(dictionary + contracts.dictionary_rows(COLUMN))))
    said = {"release_id": release_id, "tables": {f"{t.schema}.{t.name}": {"rows": t.frame.height} for t in tables}}
    folder.mkdir(parents=True, exist_ok=True)
    write_folder(folder, tables, said, parts)
    return len(tables)


def release_id(number: int) -> str:
    return f"2026-01-{number:02d}T00-00Z_r{number:04d}"


def lake_with(root: Path, *numbers: int, latest: int | None = None, **more: Any) -> Lake:
    """A lake whose releases have these numbers; `latest` leads to the last one unless another is named."""
    lake = Lake(root)
    for n in numbers:
        write_release(lake.releases / release_id(n), release_id(n), **more)
    (lake.releases / "latest").symlink_to(release_id(latest or numbers[-1]))
    return lake


def handleplan(
    *arguments: str, lake: Path | None = None, cwd: Path | None = None, **extra: str
) -> "subprocess.CompletedProcess[str]":
    """`handleplan` in a process of its own, its output piped, with nothing of this process's settings."""
    return command(*arguments, environment=environment(lake, extra), cwd=cwd or ROOT)


def environment(lake: Path | None, extra: Mapping[str, str]) -> dict[str, str]:
    """What a command is told: nothing of this process's settings, `lake`, and what the test says."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("HANDLEPLAN_", "DAGSTER_HOME", "COLUMNS"))}
    own = {"PYTHONPATH": str(ROOT), "HANDLEPLAN_RELEASE_PARTS": "none"}
    return kept | own | ({"HANDLEPLAN_LAKE": str(lake)} if lake else {}) | dict(extra)


def fresh(
    *arguments: str, lake: Path | None = None, cwd: Path | None = None, code: Path = ROOT, **extra: str
) -> "subprocess.CompletedProcess[str]":
    """The same from a new interpreter and, where it is named, another checkout: what is settled when Python starts."""
    return subprocess.run(
        [sys.executable, "-m", "handleplan_pipeline.cli", *arguments],
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        env=environment(lake, extra) | {"PYTHONPATH": str(code)},
        cwd=cwd or code,
        stdin=subprocess.DEVNULL,
    )
