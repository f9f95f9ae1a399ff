"""`handleplan region`: the whole country's registers taken in once, then a run for each of many municipalities."""

import os
import re
from pathlib import Path
from typing import Annotated

import typer

from handleplan_pipeline.commands.failures import RUN_FAILED
from handleplan_pipeline.commands.terminal import say
from handleplan_pipeline.errors import ConfigurationError
from handleplan_pipeline.settings import get_settings

region = typer.Typer(no_args_is_help=True, help="Many municipalities over one national lake (docs/scale.md).")


def _codes(named: str | None) -> list[str]:
    """The municipalities to run, each once, as they are named. Raises ConfigurationError."""
    from handleplan_pipeline.graph.municipalities import CODE

    codes = list(dict.fromkeys(n.strip() for n in named.split(",") if n.strip())) if named is not None else []
    codes = codes or list(get_settings().municipalities)
    if not codes:
        raise ConfigurationError("--municipalities: name codes with commas between, or set HANDLEPLAN_MUNICIPALITIES.")
    if wrong := [n for n in codes if not re.fullmatch(CODE, n)]:
        raise ConfigurationError(f"--municipalities {', '.join(wrong)}: a code of a municipality has three digits.")
    return codes


@region.command("ingest")
def ingest(
    landing: Annotated[
        Path | None, typer.Option(help="Folder of deliveries; default: that of the national lake")
    ] = None,
) -> None:
    """Take the whole country's registers into the national lake (HANDLEPLAN_NATIONAL_LAKE)."""
    from handleplan_pipeline.commands.run import run
    from handleplan_pipeline.graph.municipalities import lakes_beside

    lakes_beside(get_settings())
    get_settings().fix_paths()
    os.environ.pop("HANDLEPLAN_LANDING", None)
    run(job="national", lake=get_settings().national_lake, landing=landing)


@region.command("synthesize")
def synthesize_region(
    out: Annotated[
        Path, typer.Option(help="Folder to write to: nation/, and a folder per municipality", file_okay=False)
    ],
    municipalities: Annotated[str, typer.Option(help="Up to three codes with commas between")] = "101,147,185",
    scale: Annotated[float, typer.Option(min=0.001, max=1, help="Of each city; 1 is the size of Copenhagen")] = 0.02,
    years: Annotated[str, typer.Option(help="First and last year")] = "2006-2015",
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same files")] = 1,
) -> None:
    """Generate a region of synthetic cities whose people move between them."""
    from handleplan_pipeline.synthetic.region import make_region

    make_region(out, _codes(municipalities), scale, years, seed)
    say(f"deliveries of {years}, {municipalities} at scale {scale:g} each: {out}")


@region.command("run")
def run_region(
    municipalities: Annotated[
        str | None, typer.Option(help="Codes with commas between; default: HANDLEPLAN_MUNICIPALITIES")
    ] = None,
    job: Annotated[str, typer.Option(help="ingest, count, refresh or publish, as in `handleplan run`")] = "refresh",
    lakes: Annotated[
        Path | None,
        typer.Option(help="Folder with a lake per municipality; default: municipalities beside the national lake"),
    ] = None,
    landings: Annotated[
        Path | None, typer.Option(help="Folder with a folder of deliveries per municipality; default: LAKE/landing")
    ] = None,
    at_once: Annotated[int, typer.Option(min=1, max=98, help="How many side by side")] = 1,
) -> None:
    """Run every municipality in a process and a lake of its own; one that fails stops no other.

    The last line says which failed and why; what each said is kept in CODE.log beside its lake.
    """
    from handleplan_pipeline.graph.municipalities import JOBS, lakes_beside, run_all

    if job not in JOBS:
        raise ConfigurationError(f"--job {job}: there is no such job for a municipality. There are {', '.join(JOBS)}.")
    codes, beside = _codes(municipalities), lakes_beside(get_settings())
    failed = []
    for ended in run_all(codes, job, lakes or beside, landings, at_once):
        say(f"{ended.municipality}: {'FAILED: ' if ended.failed else ''}{ended.last}", "red" if ended.failed else "")
        failed += [ended] if ended.failed else []
    if failed:
        why = "; ".join(f"{e.municipality} (exit code {e.code}): {e.last} All of it: {e.log}" for e in failed)
        say(f"{job}: {len(codes) - len(failed)} of {len(codes)} municipalities done. FAILED: {why}", "red")
        raise typer.Exit(RUN_FAILED)
    say(f"{job}: all {len(codes)} municipalities done.")
