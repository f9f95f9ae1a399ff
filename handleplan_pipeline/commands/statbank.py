"""`handleplan statbank`: what of StatBank is pinned, and pull and pin more of it."""

from typing import Annotated

import typer

from handleplan_pipeline.commands.terminal import say, show_table, warn
from handleplan_pipeline.errors import SourceError
from handleplan_pipeline.settings import get_settings

statbank = typer.Typer(
    no_args_is_help=True, help="Statistics Denmark's StatBank: what is pinned of it, and pull and pin more."
)


@statbank.command()
def pin(
    table: Annotated[str | None, typer.Argument(help="A table (STRAFNA6) or an extract of it; default: all")] = None,
    changed_meaning: Annotated[
        bool, typer.Option(help="The table's new description was read: pin it in place of the old one.")
    ] = False,
    synthetic: Annotated[
        bool, typer.Option(help="Made answers of another address, for trying; never among the official files.")
    ] = False,
) -> None:
    """Pull a table, verify it against its own description, and pin answer, description and sidecars."""
    from handleplan_pipeline.sources.statbank.client import StatBankClient
    from handleplan_pipeline.sources.statbank.pin import Pinning, extracts_named

    settings, failed = get_settings(), 0
    with StatBankClient(settings.statbank_url) as client:
        pinning = Pinning(client, settings.reference, synthetic=synthetic, changed_meaning=changed_meaning)
        for extract in extracts_named(table):
            try:
                done = pinning.pin(extract)
            except SourceError as e:
                warn(f"{extract.id}: {e} Nothing of it was pinned.")
                failed += 1
                continue
            kind = ", SYNTETISK / SYNTHETIC" if done.synthetic else ""
            said = f"{done.cells:,} cells, {done.years[0]}-{done.years[-1]}, pinned as {extract.snapshot}{kind}."
            say(f"{extract.id}: {said}")
    if failed:
        raise typer.Exit(SourceError.exit_code)
    say("The next run reads what is pinned.")


@statbank.command(name="list")
def list_() -> None:
    """Every extract in use: pinned or not, when it was read, and how to pull it."""
    from handleplan_pipeline.sources.statbank.extracts import EXTRACTS
    from handleplan_pipeline.sources.statbank.source import NotPulledError, SnapshotSource, pull_command

    source = SnapshotSource(get_settings().reference / "statbank")
    rows = []
    for extract in EXTRACTS.values():
        try:
            found = source.fetch(extract, extract.wanted)
        except NotPulledError:
            rows.append((extract.id, extract.table, "not pulled", "", "", pull_command(extract)))
            continue
        except SourceError as e:
            rows.append((extract.id, extract.table, "broken", "", "", str(e)))
            continue
        years = sorted(found.frame["year"].unique())
        row = (extract.id, extract.table, found.data_kind, str(found.standing.accessed), f"{years[0]}-{years[-1]}", "")
        rows.append(row)
    show_table(("Extract", "Table", "State", "Accessed", "Years", "Do"), rows, "StatBank")
