"""What is published is the same whatever the hidden counts are: they are changed, and everything is made anew.

A function of printed counts tells nothing of the others. So the line, and every published table but those made of rows
alone, is made again from cells in which each count that is not printed is another one, and must not differ in a single
byte. Models, standardised ratios and draws are made of persons (record 0016): where a group they compare is hidden,
they are other figures too.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import numpy as np
import polars as pl

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.definitions import defs
from handleplan_pipeline.graph.resources import resources
from handleplan_pipeline.lake.tables import Lake, to_parquet
from handleplan_pipeline.protection.apply import ROW, fingerprint
from handleplan_pipeline.protection.counted import needs_protection
from handleplan_pipeline.settings import Settings
from schemas.contract import LINE
from schemas.registry import all_contracts

CATALOGUE = load_catalogue()
LAYERS = ("goal", "overall", "baseline", "output")
NOT_AGAIN = ("output.disclosure_loss", "output.disclosure_reason", "output.model_card", "output.delivery_calendar")
"""Made of rows, or of receipts, not of counts."""


def cell_files(lake: Path) -> Iterator[Path]:
    """The tables of counts: by goal, and of the baseline."""
    yield from sorted((lake / "tables" / "cell").glob("goal_*.parquet"))
    yield lake / "tables" / "cell" / "baseline_homelessness.parquet"


def other_counts(cells: pl.DataFrame, plan: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """The cells with another count wherever none is printed; some rows are gone, others have nobody."""
    shown = plan.filter(~pl.col("hidden")).select(ROW)
    for ratio, counts in CATALOGUE.disclosure.derived.items():
        both = shown.filter(pl.col("indicator_id").is_in(counts)).group_by(ROW[1:]).len()
        ratios = both.filter(pl.col("len") == len(counts)).select(pl.lit(ratio).alias("indicator_id"), *ROW[1:])
        shown = pl.concat([shown, ratios])
    marked = cells.join(shown.with_columns(shown=pl.lit(True)), on=ROW, how="left", maintain_order="left")
    derived = pl.col("indicator_id").is_in(list(CATALOGUE.disclosure.derived))
    mine = (needs_protection(CATALOGUE) | derived) & (pl.col("cell_state") != "not_available")
    secret = marked.select(mine & pl.col("shown").is_null()).to_series()
    number = pl.Series(rng.integers(1, 500, cells.height))
    changed = marked.with_columns(
        numerator=pl.when(secret & pl.col("numerator").is_not_null()).then(number).otherwise("numerator"),
        denominator=pl.when(secret & pl.col("denominator").is_not_null()).then(number * 3).otherwise("denominator"),
        value=pl.when(secret & pl.col("value").is_not_null()).then(number / 7).otherwise("value"),
        cell_state=pl.when(secret).then(pl.lit("value")).otherwise("cell_state"),
    ).with_columns(pl.col("numerator", "denominator").cast(pl.Int64))
    # a year in which nothing was counted is no table, so one row of each is kept
    first = changed.select(pl.int_range(pl.len()).over("indicator_id", "year") == 0).to_series()
    gone = secret & ~first & pl.Series(rng.random(cells.height) < 0.2)
    return changed.filter(~gone).select(cells.columns)


NUMBERS = (pl.Float64, pl.Int64)


def other_figures(table: pl.DataFrame, secret: pl.Series, rng: np.random.Generator) -> pl.DataFrame:
    """The table with other figures in the rows that are `secret`; limits keep their order."""
    less, more = pl.Series(rng.uniform(0.2, 0.9, table.height)), pl.Series(rng.integers(1, 300, table.height))
    other = {
        c: pl.col(c) * less if kind == pl.Float64 else pl.col(c) + more
        for c, kind in table.schema.items()
        if kind in NUMBERS
    }
    return table.with_columns(pl.when(secret).then(x).otherwise(c).alias(c) for c, x in other.items())


def hidden_groups(plan: pl.DataFrame) -> pl.DataFrame:
    """Indicators, years and groups whose total is hidden."""
    total = {i.id: (i.sex, i.age_group) for i in CATALOGUE.indicators}
    rows = [r for r in plan.filter("hidden").to_dicts() if total.get(r["indicator_id"]) == (r["sex"], r["age_group"])]
    return pl.DataFrame(rows, infer_schema_length=None).select("indicator_id", "year", "population_group").unique()


def change_what_is_made_of_persons(lake: Lake, plan: pl.DataFrame, rng: np.random.Generator) -> int:
    """Other figures of models, ratios and draws wherever a group they compare is hidden; how many rows."""
    hidden, folder, changed = hidden_groups(plan), lake.tables / "cell", 0
    adjusted, models, draws = (
        pl.read_parquet(folder / f"{n}.parquet") for n in ("adjusted", "fitted_model", "resampled")
    )
    gone = {(i, y, g) for i, y, g in hidden.iter_rows()}
    compared = adjusted.select("indicator_id", "year", "population_group", "reference_group").rows()
    of_adjusted = pl.Series([(i, y, g) in gone or (i, y, r) in gone for i, y, g, r in compared], dtype=pl.Boolean)
    # a model may be of several rows: only one that no shown row rests on
    used = adjusted.filter(~of_adjusted)["model_id"].drop_nulls().to_list()
    of_models = ~models["model_id"].is_in(used)
    either = {(i, y) for i, y, g in gone if g in ("danish", CATALOGUE.indicator(i).population_groups[0])}
    of_draws = pl.Series([at in either for at in draws.select("indicator_id", "year").iter_rows()], dtype=pl.Boolean)
    for name, table, secret in (
        ("adjusted", adjusted, of_adjusted),
        ("fitted_model", models, of_models),
        ("resampled", draws, of_draws),
    ):
        assert secret.any(), name
        (folder / f"{name}.parquet").write_bytes(to_parquet(other_figures(table, secret, rng)))
        changed += int(secret.sum())
    return changed


def test_nothing_published_depends_on_a_hidden_count(lake: Path, tmp_path: Path) -> None:
    again = Lake(tmp_path / "lake")
    shutil.copytree(lake / "tables", again.tables)
    file = again.tables / "cell" / "suppression_plan.parquet"
    plan, rng, changed = pl.read_parquet(file), np.random.default_rng(1), 0
    for path in cell_files(again.root):
        cells = pl.read_parquet(path)
        new = other_counts(cells, plan, rng)
        changed += cells.join(new, on=cells.columns, how="anti", nulls_equal=True).height
        path.write_bytes(to_parquet(new))
        mine = pl.col("indicator_id").is_in(cells["indicator_id"].unique().to_list())
        plan = plan.with_columns(counts_sha256=pl.when(mine).then(pl.lit(fingerprint(new))).otherwise("counts_sha256"))
    assert changed > 3000
    assert change_what_is_made_of_persons(again, plan, rng) > 30
    file.write_bytes(to_parquet(plan))
    published = [c for c in all_contracts().values() if c.public and c.layer in LAYERS and c.full_name not in NOT_AGAIN]
    line = [c for c in all_contracts().values() if c.layer == LINE and f"output.{c.name}" not in NOT_AGAIN[:2]]
    keys = [dg.AssetKey([c.layer, c.name]) for c in [*line, *published]]
    for c in [*line, *published]:
        assert again.path(c).is_file(), c.full_name
        again.path(c).unlink()
    chosen = [a for a in defs.assets or [] if isinstance(a, dg.AssetsDefinition)]
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    with dg.DagsterInstance.ephemeral() as instance:
        done = dg.materialize(
            chosen, selection=keys, resources=resources(Settings(lake=again.root)), instance=instance, run_config=quiet
        )
    assert done.success
    wrong = [c.full_name for c in [*line, *published] if again.path(c).read_bytes() != Lake(lake).path(c).read_bytes()]
    assert not wrong
