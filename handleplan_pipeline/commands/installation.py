"""`handleplan init` and `migrate`: a new installation, and tables that another version of the code stored."""

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from handleplan_pipeline.commands.failures import UNEXPECTED
from handleplan_pipeline.commands.releases import lake
from handleplan_pipeline.commands.terminal import hear_control_c, say, warn
from handleplan_pipeline.errors import ConfigurationError
from handleplan_pipeline.settings import PROJECT_ROOT, get_settings

QUESTIONS = {
    "LAKE": "Folder of the lake (confidential)",
    "LANDING": "Folder where suppliers put their files",
    "BACKUPS": "Folder of backups, on another disk",
    "KEY_FILE": "File of the key of the pseudonyms, kept by a role without access to the data",
    "PERMISSIONS": "File of the permissions",
    "PERSON_LEVEL": "May data on persons be held here? (true/false)",
    "STATBANK": "Statistics Denmark's figures: snapshot or live",
}
ANSWERED = {"PERSON_LEVEL": "true", "STATBANK": "snapshot"}


def init(
    settings: Annotated[
        Path | None, typer.Option(help="File of lines HANDLEPLAN_NAME=value; without it every one is asked for")
    ] = None,
    home: Annotated[Path, typer.Option(help="Folder below which the proposed paths lie")] = Path("/srv/handleplan"),
    write: Annotated[
        Path | None, typer.Option(help="File to write the settings to; default: .env of the checkout")
    ] = None,
) -> None:
    """Make a real installation: folders with their modes, key, secret, permissions, settings; say what is missing.

    Nothing that is there is overwritten.
    """
    from handleplan_pipeline.keeping import installation as doing

    file = (write or PROJECT_ROOT / ".env").expanduser().absolute()
    values = doing.read_answers(settings) if settings else _asked(doing.proposed(home.expanduser().absolute()))
    wanted = doing.Wanted(values, file)
    for line in doing.make(wanted):
        say(line)
    say("Still missing:")
    for line in doing.still_missing(wanted):
        say(f"- {line}")


def _asked(proposed: dict[str, str]) -> dict[str, str]:
    """The answers of whoever sits at the terminal. Raises ConfigurationError where nobody does."""
    if not sys.stdin.isatty():
        raise ConfigurationError("Nobody can be asked here: give --settings FILE (see .env.example).")
    hear_control_c()
    return {n: typer.prompt(q, default=(proposed | ANSWERED)[n]) for n, q in QUESTIONS.items()}


def migrate(
    run: Annotated[bool, typer.Option("--run", help="Materialise them again at once (`handleplan run`)")] = False,
) -> None:
    """Which tables were stored by another version of the code and must be made again; exit code 1 when there are any.

    Tables are always made again of the archive, never altered. Files that no table of today has are deleted.
    """
    from schemas.registry import all_contracts

    here = lake()
    with here.lock(get_settings().lock_wait_seconds):
        unknown = here.unknown_files()
        for path in unknown:
            path.unlink()
        stale = [c.full_name for c in all_contracts().values() if here.is_stale(c)]
    if unknown:
        names = sorted(
            {p.relative_to(here.tables).parts[0] + "/" + p.relative_to(here.tables).parts[1] for p in unknown}
        )
        say(f"deleted: {len(unknown)} files of tables that there are no more ({', '.join(names)})")
    if not stale:
        say("Every table is of this version of the code.")
        return
    for name in stale:
        warn(f"materialise again: {name}", "yellow")
    if not run:
        say(f"{len(stale)} tables: `handleplan run` makes all of them again, or `handleplan migrate --run`.")
        raise typer.Exit(UNEXPECTED)
    done = subprocess.run([sys.executable, "-m", "handleplan_pipeline.cli", "run", "--lake", str(here.root)])
    raise typer.Exit(done.returncode)
