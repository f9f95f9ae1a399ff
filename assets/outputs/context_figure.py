"""Published figures that give a goal its context: counts, section 110 statistics, StatBank, the plan's own figures."""

from typing import Any

import dagster as dg
import polars as pl

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.catalogue.measured import ContextSeries
from handleplan_pipeline.graph.arguments import contract_checks, table_asset
from handleplan_pipeline.graph.outputs import table_output
from handleplan_pipeline.judgement.baselines import UNITS
from handleplan_pipeline.lake.tables import CheckedTable
from handleplan_pipeline.sources.statbank.extracts import EXTRACTS, Extract
from handleplan_pipeline.sources.statbank.source import pull_command
from schemas.outputs.context_figure import CONTEXT_FIGURE

NOT_BROKEN_DOWN = ("I alt", "Alle hjemløse")


def published_context(frame: pl.DataFrame, table: str, goals: list[int], dimensions: list[str]) -> pl.DataFrame:
    """The chosen figures of one source table, once per goal they shed light on.

    What is measured has words in both languages; whom it is about stands as the source prints it.
    """
    parts = [
        pl.when(pl.col(d).is_in(NOT_BROKEN_DOWN)).then(None).otherwise(pl.col(d)) for d in ["measure", *dimensions]
    ]
    what = load_catalogue().code_lists["printed_measure"]
    label_da, label_en = (
        pl.concat_str([parts[0].replace(words), *parts[1:]], separator=", ", ignore_nulls=True)
        for words in ({c.code: c.label_da for c in what}, {c.code: c.label_en for c in what})
    )
    tier = (
        pl.when(pl.col("trust_tier") == 4)
        .then(pl.lit("tier4_source"))
        .when(pl.col("trust_tier") > 1)
        .then(pl.lit("secondary_source"))
    )
    conflict = pl.when(pl.col("conflicts") > 0).then(pl.lit("conflicting_sources"))
    caveats = pl.concat_str([pl.col("flags"), tier, conflict], separator=";", ignore_nulls=True)
    return CONTEXT_FIGURE.arrange(
        frame.filter(pl.col("chosen"))
        .select(
            pl.lit(goals).alias("goal"),
            "figure_id",
            pl.lit(table).alias("source_table"),
            "year",
            "geography_name",
            label_da.alias("what_da"),
            label_en.alias("what_en"),
            "value",
            pl.lit("none").alias("missing_reason"),
            pl.lit(None, pl.String).alias("pull_command"),
            pl.col("unit").replace(UNITS).alias("unit"),
            "approximate",
            "source_id",
            "trust_tier",
            "conflicts",
            "choice_rule",
            "data_kind",
            pl.when(caveats != "").then(caveats).alias("caveats"),
        )
        .explode("goal")
        .with_columns(pl.col("goal").cast(pl.Int32))
    )


def plan_context() -> pl.DataFrame:
    """The plan's own figures, once per goal."""
    catalogue = load_catalogue()
    names = {c.code: c.label_da for c in catalogue.code_lists["geography"]}
    rows = [
        {
            "goal": goal,
            "figure_id": f.id,
            "source_table": "plan_figure",
            "year": f.year,
            "geography_name": names.get(f.geography or "", f.geography or ""),
            "what_da": f.what_da,
            "what_en": f.what_en,
            "value": f.value,
            "missing_reason": "none",
            "pull_command": None,
            "unit": f.unit,
            "approximate": f.approximate,
            "source_id": "KK_HANDLEPLAN_2010",
            "trust_tier": 1,
            "conflicts": 0,
            "choice_rule": "single-source",
            "data_kind": "official",
            "caveats": "rounded_in_print" if f.approximate else None,
        }
        for f in catalogue.plan_figures
        for goal in f.goals
    ]
    return CONTEXT_FIGURE.conform(rows)


STATES = {"blanked": "suppressed", "not_available": "not_applicable"}
"""Why a cell of StatBank without a number has none."""


def population_context(folk1e_all: pl.DataFrame, statbank_code: pl.DataFrame) -> pl.DataFrame:
    """The population of the municipality by ancestry, in the shape of StatBank's tables of context.

    Every age and both sexes together; the labels are StatBank's own.
    """
    codes = statbank_code.filter((pl.col("table_id") == "FOLK1E") & (pl.col("variable") == "HERKOMST"))
    labels = dict(codes.select("code", "label_en").iter_rows())
    own = folk1e_all.filter(pl.col("omraade") == load_catalogue().plan.municipality_code)
    return (
        own.group_by("year", "tid", "herkomst", "data_kind", maintain_order=True)
        .agg(
            pl.lit("FOLK1E").first().alias("table_id"),
            pl.col("value").sum().cast(pl.Float64),
            pl.when(pl.col("value").is_null().any())
            .then(pl.lit("blanked"))
            .otherwise(pl.lit("value"))
            .first()
            .alias("cell_state"),
        )
        .with_columns(
            pl.format("HERKOMST={}", "herkomst").alias("cell"),
            pl.col("herkomst").replace_strict(labels, return_dtype=pl.String).alias("label_en"),
            value=pl.when(pl.col("cell_state") == "value").then("value"),
        )
    )


def statbank_context_figures(series: ContextSeries, extract: Extract, cells: pl.DataFrame) -> pl.DataFrame:
    """A series of StatBank once per goal: its cells, or one row that says how to pull the table."""
    names = {c.code: c.label_da for c in load_catalogue().code_lists["geography"]}
    common = {
        "source_table": series.source,
        "geography_name": names.get(series.geography, series.geography),
        "unit": series.unit,
        "approximate": False,
        "source_id": series.source,
        "trust_tier": 1,
        "conflicts": 0,
        "choice_rule": "single-source",
    }
    rows: list[dict[str, Any]] = [
        common
        | {
            "figure_id": f"{r['cell']};{r['tid']}",
            "year": r["year"],
            "what_da": f"{series.title_da}: {r['label_en']}",
            "what_en": f"{series.title_en}: {r['label_en']}",
            "value": r["value"],
            "missing_reason": STATES.get(r["cell_state"], "none"),
            "pull_command": None,
            "data_kind": r["data_kind"],
            "caveats": ";".join(
                [*series.caveats, *(["suppressed_zero_alike"] if r["cell_state"] == "zero_or_hidden" else [])]
            ),
        }
        for r in cells.to_dicts()
    ] or [
        common
        | {
            "figure_id": "not_pulled",
            "year": None,
            "what_da": series.title_da,
            "what_en": series.title_en,
            "value": None,
            "missing_reason": "not_pulled",
            "pull_command": pull_command(extract),
            "data_kind": "official",
            "caveats": ";".join([*series.caveats, "not_pulled"]),
        }
    ]
    return CONTEXT_FIGURE.conform([r | {"goal": goal} for r in rows for goal in series.goals])


def statbank_figures(
    statbank_context: pl.DataFrame, statbank_folk1e_all: pl.DataFrame, statbank_code: pl.DataFrame
) -> pl.DataFrame:
    """Every declared series of StatBank."""
    cells = {"FOLK1E": population_context(statbank_folk1e_all, statbank_code)}
    catalogue, parts = load_catalogue(), []
    for series in catalogue.context:
        extract = EXTRACTS[catalogue.source(series.source).statbank_extract or ""]
        mine = cells.get(extract.table, statbank_context.filter(pl.col("table_id") == extract.table))
        parts.append(statbank_context_figures(series, extract, mine))
    return pl.concat(parts)


SOURCES = ("homelessness_count", "section_110_statistics", "statbank_context", "statbank_folk1e_all", "statbank_code")


@dg.asset(**table_asset(CONTEXT_FIGURE), ins={n: dg.AssetIn(["source", n]) for n in SOURCES})
def context_figure(
    homelessness_count: pl.DataFrame,
    section_110_statistics: pl.DataFrame,
    statbank_context: pl.DataFrame,
    statbank_folk1e_all: pl.DataFrame,
    statbank_code: pl.DataFrame,
) -> dg.Output[CheckedTable]:
    dimensions = ["subgroup", "origin", "sex_printed", "age_printed", "situation", "cause", "condition"]
    counts = published_context(homelessness_count, "homelessness_count", [3, 4], dimensions)
    shelters = published_context(section_110_statistics, "section_110_statistics", [3, 4], ["dimension", "category"])
    open_tables = statbank_figures(statbank_context, statbank_folk1e_all, statbank_code)
    return table_output(CONTEXT_FIGURE, pl.concat([counts, shelters, plan_context(), open_tables]))


CHECKS = contract_checks(CONTEXT_FIGURE)
