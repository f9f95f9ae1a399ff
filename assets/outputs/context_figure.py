"""Published figures that give a goal its context: counts, section 110 statistics, the plan's own figures."""

import dagster as dg
import polars as pl

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.graph.arguments import contract_checks, table_asset
from handleplan_pipeline.graph.outputs import table_output
from handleplan_pipeline.judgement.baselines import UNITS
from handleplan_pipeline.lake.tables import CheckedTable
from schemas.outputs.context_figure import CONTEXT_FIGURE

NOT_BROKEN_DOWN = ("I alt", "Alle hjemløse")


def published_context(frame: pl.DataFrame, table: str, goals: list[int], dimensions: list[str]) -> pl.DataFrame:
    """The chosen figures of one source table, once per goal they shed light on; the text is the source's own labels."""
    parts = [
        pl.when(pl.col(d).is_in(NOT_BROKEN_DOWN)).then(None).otherwise(pl.col(d)) for d in ["measure", *dimensions]
    ]
    label = pl.concat_str(parts, separator=", ", ignore_nulls=True)
    tier = (
        pl.when(pl.col("trust_tier") == 4)
        .then(pl.lit("tier4_source"))
        .when(pl.col("trust_tier") > 1)
        .then(pl.lit("secondary_source"))
    )
    conflict = pl.when(pl.col("conflicts") > 0).then(pl.lit("conflicting_sources"))
    caveats = pl.concat_str([pl.col("flags"), tier, conflict], separator=";", ignore_nulls=True)
    return (
        frame.filter(pl.col("chosen"))
        .select(
            pl.lit(goals).alias("goal"),
            "figure_id",
            pl.lit(table).alias("source_table"),
            "year",
            "geography_name",
            label.alias("what_da"),
            label.alias("what_en"),
            "value",
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


@dg.asset(
    **table_asset(CONTEXT_FIGURE),
    ins={n: dg.AssetIn(["source", n]) for n in ("homelessness_count", "section_110_statistics")},
)
def context_figure(homelessness_count: pl.DataFrame, section_110_statistics: pl.DataFrame) -> dg.Output[CheckedTable]:
    dimensions = ["subgroup", "origin", "sex_printed", "age_printed", "situation", "cause", "condition"]
    counts = published_context(homelessness_count, "homelessness_count", [3, 4], dimensions)
    shelters = published_context(section_110_statistics, "section_110_statistics", [3, 4], ["dimension", "category"])
    return table_output(CONTEXT_FIGURE, pl.concat([counts, shelters, plan_context()]))


CHECKS = contract_checks(CONTEXT_FIGURE)
