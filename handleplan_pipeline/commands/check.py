"""`handleplan verify` and `handleplan doctor`: is a release what it was, is the installation whole?"""

import contextlib
from pathlib import Path
from typing import Annotated

import typer

from handleplan_pipeline import clock
from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.commands.failures import UNEXPECTED, sentence_of
from handleplan_pipeline.commands.release_states import tell_whether_whole
from handleplan_pipeline.commands.releases import lake, release_folder
from handleplan_pipeline.commands.terminal import say, show_table, warn
from handleplan_pipeline.errors import ConfigurationError, HandleplanError, ReleaseError
from handleplan_pipeline.settings import PROJECT_ROOT, get_settings


def verify(
    release: Annotated[
        str | None, typer.Argument(help="Id of a release (or r0007), or its folder; default: latest")
    ] = None,
) -> None:
    """Is a release what it was when it was published? Exit code 5 when it is not, with what differs."""
    tell_whether_whole(release_folder() if release is None else _named(release))


def _named(release: str) -> Path:
    """The folder of a release that is named by its id, its number or its path. Raises ConfigurationError."""
    from handleplan_pipeline.lake.releases import existing

    there = existing(lake())
    for folder in there:
        number = folder.name.partition("_")[2]
        if release in (folder.name, number):
            return folder
    path = Path(release).expanduser()
    if path.is_dir():
        return path.resolve()
    known = ", ".join(p.name for p in there[-5:]) or "none"
    raise ConfigurationError(f"{release}: neither a release nor a folder. The last releases: {known}.")


def doctor() -> None:
    """Check the installation: pinned files, catalogue, lake, backups and latest release, and say what grows.

    Exit code 1 when something is wrong; each line says how to mend it.
    """
    wrong = _pinned_files()
    try:
        catalogue = load_catalogue()
        say(f"catalogue: {len(catalogue.indicators)} indicators, version {catalogue.version}")
    except ConfigurationError as e:
        # its long lists of codes are pinned files too
        wrong.append(str(e))
    wrong += _releases() + _kept()
    for w in wrong:
        warn(w)
    if wrong:
        raise typer.Exit(UNEXPECTED)
    say("alt i orden / all well")


def _kept() -> list[str]:
    """What is wrong with what is kept; says what there is and what grows."""
    from handleplan_pipeline.keeping import health

    here = lake()
    wrong = health.wrong(here, clock.today())
    with contextlib.suppress(HandleplanError):
        say(health.standing(here))
    rows = [(g.name, f"{g.bytes / 1e6:.1f}", str(g.files), g.what) for g in health.grown(here)]
    if rows:
        show_table(("Folder", "MB", "Files", "What becomes of it"), rows, "What grows")
    return wrong


def _pinned_files() -> list[str]:
    """What is wrong with the pinned files; each that the checkout has must be there and be what its sidecar says."""
    from handleplan_pipeline.sources import pinned

    folder = get_settings().reference
    files = {p.relative_to(folder) for p in folder.rglob(f"*{pinned.SIDECAR_SUFFIX}")} if folder.is_dir() else set()
    say(f"pinned files: {len(files)} checked")
    if not files:
        return [f"HANDLEPLAN_REFERENCE: there are no pinned files in {folder}. Restore them from git."]
    home = PROJECT_ROOT / "data_lake" / "reference"
    expected = {p.relative_to(home) for p in home.rglob(f"*{pinned.SIDECAR_SUFFIX}")}
    wrong = [f"{p.as_posix()}: missing from {folder}. Restore it from git." for p in sorted(expected - files)]
    for side in sorted(files):
        try:
            pinned.read_pinned((folder / side).with_name(side.name.removesuffix(pinned.SIDECAR_SUFFIX)))
        except (HandleplanError, OSError, ValueError) as e:
            wrong.append(f"{side.as_posix()}: {sentence_of(e)[0]}" if not isinstance(e, HandleplanError) else str(e))
    return wrong


def _releases() -> list[str]:
    """What is wrong with the latest release; says which it is and which were never announced."""
    from handleplan_pipeline.lake.releases import never_announced
    from handleplan_pipeline.release.standing import standing
    from handleplan_pipeline.release.verify import verify as problems_of

    for folder in never_announced(lake()):
        say(
            f"release {folder.name}: whole but never announced (a run ended before `latest` was swapped). Nothing "
            "follows from it but that its figures count as told. It may be deleted once that is settled."
        )
    try:
        folder = release_folder()
    except ReleaseError:
        say("release: none yet")
        return []
    say(f"release: {folder.name}")
    wrong = [*problems_of(folder), *standing(lake(), folder, get_settings().approvers).wrong]
    return [f"release {folder.name}: {w}" for w in wrong]
