"""`handleplan`: run the pipeline, see the status, ask for a goal, look into the data, check the installation.

Exit codes: 0 done; 1 an unexpected pipeline error; 2 configuration; 3 a source; 4 a contract; 5 a release; 6 another
run holds the lake; 7 the run ended with a failed step.
"""

import os
import sys
import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.deliveries.command import deliver
from handleplan_pipeline.errors import ConfigurationError, HandleplanError, ReleaseError
from handleplan_pipeline.judgement.reasons import danish
from handleplan_pipeline.lake import Lake
from handleplan_pipeline.settings import PROJECT_ROOT, get_settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    import dagster as dg
    import duckdb
    import polars as pl

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
console = Console()
RUN_FAILED = 7
SHAPES = {"met": "●", "not_met": "▼", "clearly_not_met": "▼▼", "cannot_tell": "◆", "not_measurable": "○",
          "suppressed": "■", "not_due": "◇"}  # fmt: skip


def _lake() -> Lake:
    return Lake(get_settings().lake)


def _released(name: str) -> "pl.DataFrame":
    """A table of schema.name of the latest release. Raises ReleaseError when there is no release."""
    from handleplan_pipeline import parquet
    from handleplan_pipeline.release.publish import latest

    folder = latest(_lake())
    if folder is None:
        raise ReleaseError("There is no release yet. Run `handleplan run` (or `make demo`) first.")
    schema, table = name.split(".")
    return parquet.read(folder / "parquet" / schema / f"{table}.parquet", name)


def status_table(year: int | None = None) -> Table:
    """The status of the 11 goals in one year, from the latest release."""
    import polars as pl

    catalogue = load_catalogue()
    rows = _released("output.goal_status")
    year = year or load_catalogue().plan.last_year
    table = Table(title=f"Handleplan for integration 2011-2014: status for resultatmålene, {year}")
    for heading in ("Mål", "Resultatmål", "Mærke", "Målbarhed", "Forudsætning", "Udvikling"):
        table.add_column(heading, overflow="fold")
    for r in rows.filter(pl.col("year") == year).sort("goal").to_dicts():
        goal = catalogue.goal(r["goal"])
        words = [catalogue.label(k, r[k]).label_da for k in ("badge", "measurability", "precondition", "trend")]
        marked = " [SYNTETISK]" if r["data_kind"] == "synthetic" else ""
        table.add_row(str(goal.number), goal.title_da, f"{SHAPES[r['badge']]} {words[0]}{marked}", *words[1:])
    return table


@contextmanager
def _instance() -> "Iterator[dg.DagsterInstance]":
    import dagster as dg

    if os.environ.get("DAGSTER_HOME"):
        with dg.DagsterInstance.get() as instance:
            yield instance
    else:
        with dg.DagsterInstance.ephemeral() as instance:
            yield instance


app.command()(deliver)


@app.command()
def purge() -> None:
    """Delete confidential files whose permission says so; hash and receipt stay. Run the pipeline again afterwards."""
    from datetime import UTC, datetime

    from handleplan_pipeline.deliveries.store import DeliveryStore
    from schemas.registry import all_contracts, delivered_sources

    store, lake = DeliveryStore(get_settings().lake), _lake()
    gone = [r for s in delivered_sources() for r in store.purge(s, datetime.now(UTC).date())]
    for r in gone:
        console.print(f"deleted: {r.manifest.source} {r.manifest.period}, sha256 {r.manifest.sha256}", soft_wrap=True)
    if gone:
        # what derives from a deleted file goes with it; the next run makes it anew from what may still be held
        confidential = [c for c in all_contracts().values() if c.layer in ("register", "cell")]
        confidential += [c for c in all_contracts().values() if c.layer == "source" and not c.public]
        for f in [f for c in confidential for f in lake.files(c)] + [lake.warehouse]:
            f.unlink(missing_ok=True)
    console.print(f"{len(gone)} files deleted")


@app.command()
def synthesize(
    out: Annotated[Path, typer.Option(help="Folder to write the deliveries to")],
    scale: Annotated[float, typer.Option(min=0.001, help="1 is the size of Copenhagen")] = 0.05,
    years: Annotated[str, typer.Option(help="First and last year, e.g. 2006-2014")] = "2006-2015",
    seed: Annotated[int, typer.Option(help="The same seed gives the same files")] = 1,
    dirty: Annotated[bool, typer.Option(help="Plant the catalogue of faults")] = False,
    summed: Annotated[bool, typer.Option(help="Write summed data sets of the same truth beside it")] = False,
    blank_below: Annotated[int | None, typer.Option(help="Hide numerators below this in the summed data sets")] = None,
) -> None:
    """Generate deliveries of a synthetic Copenhagen, with the truth beside them."""
    from handleplan_pipeline.synthetic import TRUTH, generate
    from handleplan_pipeline.synthetic.summed import write_summed

    first, _, last = years.partition("-")
    if not (first.isdigit() and last.isdigit() and int(first) <= int(last)):
        raise ConfigurationError(f"--years must be like 2006-2014, not {years!r}.")
    generate(out, scale, range(int(first), int(last) + 1), seed, dirty)
    if summed:
        write_summed(out / TRUTH, out, blank_below)
    console.print(f"deliveries of {years} at scale {scale:g}: {out}", soft_wrap=True)


@app.command()
def run(
    job: Annotated[
        str, typer.Option(help="refresh, ingest (sources and registers), count (cells too) or publish")
    ] = "refresh",
    lake: Annotated[Path | None, typer.Option(help="Folder of the lake; the default is the setting.")] = None,
    landing: Annotated[Path | None, typer.Option(help="Folder of deliveries; the default is LAKE/landing.")] = None,
    new_secret: Annotated[
        bool, typer.Option("--new-secret", help="Make another secret: the lake's own is lost for good")
    ] = False,
) -> None:
    """Run the pipeline and publish a release."""
    for name, folder in {"LAKE": lake, "LANDING": landing}.items():
        if folder is not None:
            os.environ[f"HANDLEPLAN_{name}"] = str(folder.resolve())
    get_settings.cache_clear()
    os.chdir(PROJECT_ROOT)
    if new_secret:
        _lake().new_secret(get_settings().lock_wait_seconds)
    else:
        _lake().secret()
    warnings.simplefilter("ignore")
    from handleplan_pipeline.automation import all_years
    from handleplan_pipeline.definitions import defs

    found = defs.resolve_job_def(job)
    tags = all_years() if found.partitions_def is not None else {}
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    with _instance() as instance, console.status(f"{job} …"):
        result = found.execute_in_process(instance=instance, tags=tags, raise_on_error=False, run_config=quiet)
    for event in (e for e in result.all_events if e.is_step_failure):
        error = event.step_failure_data.error
        cause = error.cause if error and error.cause else error
        console.print(f"{event.step_key}: {(cause.message if cause else '').strip()}", style="red", markup=False)
    checks = result.get_asset_check_evaluations()
    bad = [c for c in checks if not c.passed]
    console.print(f"{len(checks) - len(bad)} of {len(checks)} checks passed.")
    for c in bad:
        console.print(f"check failed: {c.asset_key.to_user_string()} {c.check_name}", style="red")
    if not result.success:
        raise typer.Exit(RUN_FAILED)
    if job not in ("ingest", "count"):
        show()


def show(year: int | None = None) -> None:
    import polars as pl

    from handleplan_pipeline.release.publish import latest

    console.print(status_table(year))
    rows = _released("output.goal_status")
    chosen = year or load_catalogue().plan.last_year
    for r in rows.filter(pl.col("year") == chosen).sort("goal").to_dicts():
        console.print(f"{r['goal']:>2}: {r['reason_da']}", soft_wrap=True, markup=False, highlight=False)
    folder = latest(_lake())
    about = _released("meta.release").row(0, named=True)
    if about["disclosure_control"] == "on":
        console.print(f"{about['disclosure_rule_da']} / {about['disclosure_rule_en']}", soft_wrap=True)
    else:
        console.print("UDEN DISKRETIONERING, må ikke deles / WITHOUT DISCLOSURE CONTROL, not to be shared")
    console.print(f"Udgivelse / release ({about['kind']}): {folder}", soft_wrap=True)


@app.command()
def status(year: Annotated[int | None, typer.Option(help="Default: the last year of the plan.")] = None) -> None:
    """The status of the 11 goals, from the latest release."""
    show(year)


@app.command()
def sources() -> None:
    """Every source of the plan, and whether it has been delivered."""
    from handleplan_pipeline.deliveries.store import DeliveryStore

    table = Table(title="Kilder")
    for heading in ("Kilde", "Titel", "Producent", "Adgang", "Følsomhed", "Resultatmål", "Tilstand"):
        table.add_column(heading, overflow="fold")
    store = DeliveryStore(get_settings().lake)
    for s in load_catalogue().sources:
        periods = sorted(store.current(s.id))
        state = f"leveret: {periods[0]}-{periods[-1]}, {len(periods)} år" if periods else "ikke leveret"
        state = "offentliggjort, pinnet" if s.kind == "published" else state
        goals = ", ".join(map(str, s.goals))
        table.add_row(s.id, s.title_da, s.producer, s.access, s.sensitivity, goals, state)
    console.print(table)


@app.command()
def goal(number: Annotated[int, typer.Argument(min=1, max=11)]) -> None:
    """One goal: the plan's sentence, definitions, figures and reasons."""
    import polars as pl

    from handleplan_pipeline.observations import wholes

    catalogue = load_catalogue()
    g = catalogue.goal(number)
    console.print(f"[bold]{g.sentence.text}[/bold] (s. {g.sentence.page})", soft_wrap=True)
    for q in [*g.reservation, *g.indicators]:
        console.print(f"  {q.place}: {q.text}", soft_wrap=True, markup=False)
    for i in (catalogue.indicator(x) for x in [*g.headline_indicators, *g.context_indicators]):
        console.print(f"{i.id} ({i.kind}) {i.title_da}: {i.definition_da}", soft_wrap=True, markup=False)
    # what is not broken down; sexes and ages are in the table of the release
    rows = _released(f"goal.{g.slug}").join(wholes(catalogue), on=["indicator_id", "sex", "age_group"])
    table = Table(title=g.slug)
    for heading in ("Indikator", "År", "Gruppe", "Mål", "Værdi", "95 pct.-interval", "Enhed", "Grund"):
        table.add_column(heading)
    for r in rows.sort("indicator_id", "measure", "population_group", "year").to_dicts():
        group = catalogue.label("population_group", r["population_group"]).label_da
        if r["reference_group"]:
            group += " : " + catalogue.label("population_group", r["reference_group"]).label_da
        value = "" if r["value"] is None else danish(r["value"], 2 if r["measure"] != "count" else 0)
        limits = "" if r["ci_low"] is None else f"{danish(r['ci_low'], 2)}-{danish(r['ci_high'], 2)}"
        reason = (
            "" if r["missing_reason"] == "none" else catalogue.label("missing_reason", r["missing_reason"]).label_da
        )
        table.add_row(r["indicator_id"], str(r["year"]), group, r["measure"], value, limits, r["unit"], reason)
    console.print(table)
    reasons = _released("output.goal_status").filter(pl.col("goal") == number).sort("year")
    for r in reasons.to_dicts():
        console.print(f"{r['year']}: {r['reason_da']}", soft_wrap=True, markup=False)


def _open(which: str) -> "AbstractContextManager[duckdb.DuckDBPyConnection]":
    from handleplan_pipeline.engine import connect
    from handleplan_pipeline.release.publish import latest

    if which == "lake":
        if not _lake().warehouse.is_file():
            raise ReleaseError("There is no warehouse yet. Run `handleplan run` first.")
        return connect(_lake().warehouse, read_only=True, lake=_lake().root, folders=[_lake().tables])
    folder = latest(_lake())
    if folder is None:
        raise ReleaseError("There is no release yet. Run `handleplan run` first.")
    return connect(folder / "handleplan.duckdb", read_only=True)


@app.command()
def sql(
    query: Annotated[str | None, typer.Argument(help="A query; without one, a prompt opens.")] = None,
    on: Annotated[str, typer.Option(help="release or lake (confidential)")] = "release",
) -> None:
    """Ask the latest release (or the lake) in SQL, read-only."""
    import duckdb

    if on not in ("release", "lake"):
        raise typer.BadParameter("--on is release or lake")
    with _open(on) as con:
        while True:
            text = query if query is not None else console.input("sql> ").strip()
            if text in ("", "exit", "quit", ".exit"):
                return
            try:
                console.print(str(con.sql(text)), markup=False, highlight=False)
            except duckdb.Error as e:
                console.print(str(e), style="red", markup=False)
                if query is not None:
                    raise typer.Exit(1) from None
            if query is not None:
                return


@app.command()
def doctor() -> None:
    """Check the installation: pinned files, catalogue, lake and latest release. Exit code 1 when something is wrong."""
    from handleplan_pipeline import pinned
    from handleplan_pipeline.release.publish import latest
    from handleplan_pipeline.release.verify import verify

    wrong: list[str] = []
    files = sorted(get_settings().reference.rglob(f"*{pinned.SIDECAR_SUFFIX}"))
    for side in files:
        try:
            pinned.read_pinned(side.with_name(side.name.removesuffix(pinned.SIDECAR_SUFFIX)))
        except HandleplanError as e:
            wrong.append(str(e))
    console.print(f"pinned files: {len(files)} checked")
    console.print(f"catalogue: {len(load_catalogue().indicators)} indicators, version {load_catalogue().version}")
    folder = latest(_lake())
    if folder is None:
        console.print("release: none yet")
    else:
        wrong += [f"release {folder.name}: {w}" for w in verify(folder)]
        console.print(f"release: {folder.name}")
    for w in wrong:
        console.print(w, style="red", soft_wrap=True, markup=False)
    if wrong:
        raise typer.Exit(1)
    console.print("alt i orden / all well")


def main() -> None:
    """Entry point: a pipeline error is one sentence and an exit code, never a stack trace."""
    try:
        app()
    except HandleplanError as e:
        Console(stderr=True).print(str(e), style="red", soft_wrap=True, markup=False)
        sys.exit(e.exit_code)
