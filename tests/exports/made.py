"""A small whole release for the exports: the real catalogue, and observations whose figures are known by heart."""

from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.catalogue.tables import TABLES
from handleplan_pipeline.lake import contracts
from handleplan_pipeline.release.build import write_folder
from handleplan_pipeline.release.parts import make
from handleplan_pipeline.release.table import Table
from schemas import columns
from schemas.meta.catalogue import CATALOGUE_TABLES
from schemas.meta.release import COLUMN, RELEASE
from schemas.outputs.goal_status import GOAL_STATUS
from schemas.outputs.judgement import JUDGEMENT
from schemas.outputs.observation import OBSERVATION
from schemas.outputs.statement import STATEMENT
from schemas.registry import all_contracts
from tests.commands.made import goal_row

ID = "2026-01-01T00-00Z_r0001"
Row = dict[str, Any]


def row(**change: Any) -> Row:
    """An observation of goal 3: 56.25 per cent of 16 persons of minority background left for a home of their own."""
    return {
        "goal": 3,
        "indicator_id": "I03",
        "year": 2012,
        "geography": "101",
        "population_group": "minority",
        "reference_group": None,
        "ancestry": "total",
        "sex": "total",
        "age_group": "total",
        "measure": "share",
        "value": 56.25,
        "ci_low": 33.20123456789012,
        "ci_high": 76.9,
        "ci_method": "wilson",
        "confidence": 0.95,
        "numerator": 9,
        "denominator": 16,
        "unit": "percent",
        "obs_status": "A",
        "conf_status": "F",
        "missing_reason": "none",
        "data_kind": "synthetic",
        "caveats": "cpr_cannot_see_tenancy",
        "definition_version": "1",
    } | change


NOTHING: Row = dict.fromkeys(("value", "ci_low", "ci_high", "ci_method", "confidence", "numerator", "denominator"))
"""A row without a figure."""
FIVE: dict[str, Row] = {
    "hidden": NOTHING | {"obs_status": "Q", "conf_status": "C", "missing_reason": "suppressed"},
    "not collected": NOTHING | {"obs_status": "L", "missing_reason": "not_collected"},
    "not delivered": NOTHING | {"obs_status": "O", "missing_reason": "not_delivered"},
    "not applicable": NOTHING | {"obs_status": "M", "missing_reason": "not_applicable"},
    "zero": {"value": 0.0, "ci_low": 0.0, "ci_high": 19.4, "numerator": 0},
}
"""The five that must never look the same, each in a year of its own from 2010."""
YEAR_OF = {name: 2010 + i for i, name in enumerate(FIVE)}


def observations() -> list[Row]:
    """The five kinds of missing and zero; both groups, a ratio between them; goal 11 with two lists in one year."""
    five = [row(year=YEAR_OF[name]) | change for name, change in FIVE.items()]
    ratio = row(year=2015, measure="ratio", unit="ratio", reference_group="danish", value=1.5, ci_low=1.1, ci_high=2.0)
    area = {"goal": 11, "indicator_id": "I13a_areas", "year": 2010, "population_group": "all", "measure": "count"}
    list_ = row(**area, unit="areas", caveats="criteria_changed", data_kind="official") | NOTHING
    return [
        *five,
        row(year=2015),
        row(year=2015, population_group="danish", value=0.1 + 0.2, ci_low=1e-7, ci_high=76.9, data_kind="delivered"),
        ratio | {"numerator": None, "denominator": None},
        row(goal=11, indicator_id="I13b", population_group="all", measure="count", unit="departments", year=2012)
        | NOTHING
        | {"value": 21.0, "numerator": 21, "data_kind": "official"},
        list_ | {"value": 6.0, "definition_version": "kombineret_udlejning_2010", "numerator": 6},
        list_ | {"value": 29.0, "definition_version": "ghetto_2010", "numerator": 29, "obs_status": "B"},
    ]


def judgement() -> Row:
    empty = dict.fromkeys(JUDGEMENT.column_names)
    return empty | {
        "goal": 3,
        "indicator_id": "I03",
        "year": 2014,
        "population_group": "minority",
        "reference_group": "danish",
        "quantity": "difference",
        "estimate": -4.5,
        "lower90": -9.75,
        "upper90": 0.75,
        "limit_value": -10.0,
        "unit": "percentage points",
        "baseline_unit": "percentage points",
        "change_unit": "percentage points",
        "companion_unit": "percentage points",
        "due": True,
        "result": "met",
        "result_adjusted": "not_assessed",
        "trend": "no_baseline",
        "rule_id": "parity-newcombe90",
        "rule_version": "1",
        "data_kind": "synthetic",
    }


def verdicts() -> list[Row]:
    return [
        goal_row(reason_da="Tal for 2012 er skjult.", data_kind="synthetic"),
        goal_row(year=2014, badge="met", result="met", measurability="measurable", missing_reason="none")
        | {"reason_da": "=1+1; nået", "reason_en": "-met", "data_kind": "synthetic", "rule_id": "parity-newcombe90"},
        goal_row(goal=11, slug="goal_11_exposed_areas", year=2012),
    ]


def statements() -> list[Row]:
    said = {"goal": 3, "year": 2014, "indicator_id": "I03", "data_kind": "synthetic", "caveats": None}
    return [
        said
        | {"part": 1, "layer": "headline", "statement_id": "a", "text_da": "Lige så mange.", "text_en": "As many."},
        said | {"part": 2, "layer": "why", "statement_id": "b", "text_da": "Inden for.", "text_en": "Within."},
        said | {"part": 3, "layer": "caution", "statement_id": "c", "text_da": "Husk.", "text_en": "Beware."},
    ]


def tables(**about: Any) -> list[Table]:
    """The tables of the release; `about` changes what it says of itself."""
    catalogue = load_catalogue()
    found = [Table(t, t.conform(TABLES[t.name](catalogue))) for t in CATALOGUE_TABLES]
    rows = observations()
    figures = [(GOAL_STATUS, verdicts()), (JUDGEMENT, [judgement()]), (OBSERVATION, rows)]
    figures.append((STATEMENT, statements()))
    for goal in catalogue.goals:
        figures.append((all_contracts()["goal", goal.slug], [r for r in rows if r["goal"] == goal.number]))
    for contract, said in figures:
        frame = contract.conform(said).with_columns(pl.lit(ID).alias("release_id"))
        found.append(Table(contract, frame, (columns.RELEASE_ID,)))
    found.append(Table(RELEASE, RELEASE.conform([release(**about)])))
    dictionary = [r for t in found for r in contracts.dictionary_rows(t.contract, t.extra)]
    return [*found, Table(COLUMN, COLUMN.conform(dictionary + contracts.dictionary_rows(COLUMN)))]


def of_real_figures() -> list[Table]:
    """The same release, were its figures real ones."""
    real = pl.col("data_kind").replace("synthetic", "delivered")
    found = tables(kind="unapproved", holds_synthetic=False)
    return [
        Table(t.contract, t.frame.with_columns(real) if "data_kind" in t.frame.columns else t.frame, t.extra)
        for t in found
    ]


def release(**change: Any) -> Row:
    return {
        "release_id": ID,
        "built_at": "2026-01-01T00:00:00+00:00",
        "kind": "demonstration",
        "disclosure_control": "on",
        "holds_synthetic": True,
        "schema_version": "1.0",
        "code_version": "1",
        "catalogue_version": "1",
        "previous_release_id": None,
        "disclosure_rule_da": "Tal under 5 vises ikke.",
        "disclosure_rule_en": "Counts under 5 are not shown.",
        "licence": "CC BY 4.0",
        "attribution": "Kilde: Danmarks Statistik",
    } | change


def write(folder: Path, *parts: str, made: list[Table] | None = None, **about: Any) -> Path:
    """A whole release in `folder` with these parts: database, Parquet, manifest and sums too."""
    found = made or tables(**about)
    folder.mkdir(parents=True)
    said = {"release_id": ID, "tables": {f"{t.schema}.{t.name}": {"rows": t.frame.height} for t in found}}
    write_folder(folder, found, said, parts)
    return folder


def asked(folder: Path, sql: str) -> Any:
    """What the database of the release answers."""
    with duckdb.connect(str(folder / "handleplan.duckdb"), read_only=True) as con:
        return con.execute(sql).fetchall()


def again(folder: Path, to: Path, *parts: str) -> Path:
    """The same release with its parts made anew, from a copy of its database."""
    to.mkdir(parents=True)
    (to / "handleplan.duckdb").write_bytes((folder / "handleplan.duckdb").read_bytes())
    make(to, parts)
    return to
