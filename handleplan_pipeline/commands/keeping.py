"""`handleplan backup`, `restore` and `purge`: what is kept, what comes back, and what may not be held any more."""

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from handleplan_pipeline import clock
from handleplan_pipeline.commands.failures import RUN_FAILED
from handleplan_pipeline.commands.releases import lake
from handleplan_pipeline.commands.terminal import say, warn, working
from handleplan_pipeline.errors import ConfigurationError, ReleaseError
from handleplan_pipeline.settings import get_settings

if TYPE_CHECKING:
    from handleplan_pipeline.keeping.restore import Source
    from handleplan_pipeline.lake.tables import Lake

LINES_OF_A_FAILED_RUN = 20
"""Its last lines say why. Ours, version 1."""
MOST_TABLES = 20
"""Tables that are named when two releases differ; the others are counted. Ours, version 1."""


def purge(
    landing: Annotated[
        Path | None, typer.Option(help="Folder of deliveries, where `run` was given one; the default is LAKE/landing.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be deleted, and delete nothing")] = False,
) -> None:
    """Delete what may not be held any more, wherever it lies, with the tables made of it.

    Deliveries whose permission has ended, is withdrawn or not on file, and refused files beyond their time. Hash and
    receipt stay, and so do releases: they are protected output. Run the pipeline again afterwards.
    """
    from handleplan_pipeline.keeping.retention import lines
    from handleplan_pipeline.keeping.retention import purge as purge_and_tell

    here = lake()
    with here.lock(get_settings().lock_wait_seconds):
        done = purge_and_tell(here, clock.today(), landing, dry_run)
    for line in lines(done, dry_run):
        say(line)
    if done.purged.tables and not dry_run:
        say("Releases stay: what they show is protected. Run the pipeline again for what may still be held.")
    if done.purged.deliveries and not dry_run:
        say("Backups still hold it until they end; a restore leaves it out.")


def backup(
    to: Annotated[
        Path | None, typer.Option(help="Folder of backups, on another disk; default: HANDLEPLAN_BACKUPS")
    ] = None,
    recipient: Annotated[
        list[str] | None,
        typer.Option(
            help="Encrypt for this public key: age1... or ssh-... (age), else a key of GnuPG; may be repeated"
        ),
    ] = None,
    without_history: Annotated[bool, typer.Option("--without-history", help="Leave Dagster's history out")] = False,
    prune: Annotated[
        bool, typer.Option("--prune", help="Delete this lake's backups that are beyond their time")
    ] = False,
) -> None:
    """Copy all that cannot be made again: archive, receipts, secret, permissions, releases, ledger, history.

    The copy is consistent, because the lake is held meanwhile. It is as confidential as the lake.
    """
    from handleplan_pipeline.keeping.backup import backup as make
    from handleplan_pipeline.keeping.pruning import prune as drop

    place = to or get_settings().backups
    if place is None:
        raise ConfigurationError("--to: name the folder of backups, or set HANDLEPLAN_BACKUPS.")
    here = lake()
    with here.lock(get_settings().lock_wait_seconds), working("backup …"):
        done = make(here, place, tuple(recipient or ()), not without_history)
        dropped = drop(here, done.path) if prune else []
    sealed = f", encrypted with {done.sealed}" if done.sealed else ", not encrypted: as confidential as the lake"
    say(f"backup: {done.path}: {done.files} files, {done.bytes / 1e6:.1f} MB{sealed}")
    say(f"sha256 of its SHA256SUMS: {done.sha256}")
    say("The key of the pseudonyms is not in it: keep a copy of it elsewhere.")
    for said in done.unreached:
        warn(said, "yellow")
    for name in dropped:
        say(f"deleted, beyond its time: {name}")


def restore(
    source: Annotated[Path, typer.Option("--from", help="A backup, or the folder of backups: the newest")],
    target: Annotated[Path, typer.Option("--lake", help="The new lake; never one that is there")],
    identity: Annotated[Path | None, typer.Option(help="File of the private key, of a backup sealed with age")] = None,
    deletions: Annotated[
        Path | None, typer.Option(help="The log of deletions, when it does not lie beside the backup")
    ] = None,
    no_deletions_known: Annotated[
        bool, typer.Option("--no-deletions-known", help="The log of deletions is lost for good")
    ] = False,
    release: Annotated[
        list[Path] | None, typer.Option(help="Folder of a release that was published after the backup; may be repeated")
    ] = None,
    no_run: Annotated[bool, typer.Option("--no-run", help="Do not run the pipeline and compare afterwards")] = False,
) -> None:
    """Make a lake from a backup: verify it, leave out what was deleted since, run, compare with its last release.

    Exit code 3: the backup is not whole, or nobody knows what may not come back. 5: the new release differs.
    """
    from handleplan_pipeline.keeping import restore as doing

    with doing.place_for(target) as root, doing.place_for(target.with_name(f"{target.name}.opened")) as aside:
        with working("verify …"), doing.verified(doing.find(source), identity, aside) as found:
            say(f"backup: {found.path.name}, made {found.about.made_at}: all {len(found.about.files)} files are whole")
            entries = doing.known_deletions(found, deletions, no_deletions_known)
            new = doing.put_together(found, root, tuple(release or ()))
            files = doing.settings_files(found, root)
            _use(new, found, files)
            if not no_run:
                _require_key(new, found)
            left_out = doing.forget(new, entries, found.about.deletions) + _purge_again(new)
            remark = doing.history_back(found)
            last = found.about.release
        here = doing.in_place(root, target)
    unreached = doing.follow(here, found)
    say(f"lake: {here.root}; {left_out} deliveries were deleted since and did not come back")
    for said in [*unreached, *_to_be_read(here, last, remark, no_deletions_known)]:
        warn(said, "yellow")
    if files:
        say(f"Files of the installation that were in the backup lie in {here.root / '.settings'}: {', '.join(files)}.")
    if not no_run:
        _run_and_compare(here, left_out)


def _use(new: "Lake", found: "Source", files: dict[str, Path]) -> None:
    """Let this process work on the new lake, with the installation's own settings where it has any.

    Raises ConfigurationError where the backup cannot be counted here as it was.
    """
    os.environ["HANDLEPLAN_LAKE"] = str(new.root)
    get_settings.cache_clear()
    if get_settings().permissions is None and "permissions" in files:
        warn("HANDLEPLAN_PERMISSIONS is not set: those of the backup are used. Were some withdrawn since?", "yellow")
        os.environ["HANDLEPLAN_PERMISSIONS"] = str(files["permissions"])
        get_settings.cache_clear()
    now = get_settings().model_dump(mode="json")
    for name in ("municipality", "person_level", "disclosure"):
        then = found.about.settings.get(name)
        if name in found.about.settings and then != now[name]:
            warn(f"HANDLEPLAN_{name.upper()}: was {then}, is {now[name]} here; figures may differ.", "yellow")


def _require_key(new: "Lake", found: "Source") -> None:
    """Raise ConfigurationError when real deliveries could not be read here; say when their pseudonyms change."""
    from handleplan_pipeline.lake.keys import pseudonymiser

    of_counts_alone = not found.about.key_ids and not get_settings().person_level
    if found.about.data_kind != "delivered" or of_counts_alone:
        return
    key = pseudonymiser("delivered", new.root).key_id
    if found.about.key_ids and key not in found.about.key_ids:
        warn(f"HANDLEPLAN_KEY_FILE: {key} is not the key of the backup ({', '.join(found.about.key_ids)}).", "yellow")


def _purge_again(new: "Lake") -> int:
    """What permissions of today do not allow to be held; how many deliveries."""
    from handleplan_pipeline.keeping.retention import purge as again

    empty = new.root / ".no-landing"
    with new.lock(0):
        return len(again(new, clock.today(), empty, tell_backups=False).purged.deliveries)


def _to_be_read(here: "Lake", last: str | None, remark: str | None, none_known: bool) -> list[str]:
    """What somebody has to know of a restored lake."""
    from handleplan_pipeline.keeping.restore import broken_releases

    said = [remark] if remark else []
    if last:
        said.append(
            f"The last release of the backup is {last}. If a later one was published, restore again with --release "
            "FOLDER: disclosure control must know every figure that was told."
        )
    if broken := broken_releases(here):
        said.append(f"Releases that were not whole when the backup was made: {', '.join(broken)}.")
    if none_known:
        said.append("Nobody knows what was deleted since: go through the receipts and purge by hand.")
    return said


def _releases(here: "Lake") -> set[Path]:
    """Releases, and those that wait for approval."""
    from handleplan_pipeline.lake.releases import existing

    return {*existing(here), *(here.releases / ".proposed").glob("*_r*")}


def _run_and_compare(here: "Lake", left_out: int) -> None:
    """Run in a fresh process and hold the new release against the last one. Raises Exit or ReleaseError."""
    from handleplan_pipeline.keeping.compare import unlike
    from handleplan_pipeline.release.publish import find_latest

    permissions = get_settings().permissions
    if permissions is not None and ".restoring-" in str(permissions):
        os.environ["HANDLEPLAN_PERMISSIONS"] = str(here.root / ".settings" / "permissions")
    os.environ["HANDLEPLAN_LAKE"] = str(here.root)
    get_settings.cache_clear()
    landing = here.root / "landing"
    landing.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "handleplan_pipeline.cli", "run", "--lake", str(here.root)]
    before, last = _releases(here), find_latest(here).path
    with working("run …"):
        done = subprocess.run([*command, "--landing", str(landing)], stdout=subprocess.PIPE, text=True)
    if done.returncode:
        for line in done.stdout.splitlines()[-LINES_OF_A_FAILED_RUN:]:
            say(line)
        warn("The lake is restored, but the run on it failed; the lines above say why. Mend it and `handleplan run`.")
        raise typer.Exit(RUN_FAILED)
    made = sorted(_releases(here) - before)
    if last is None or not made:
        say("There is no release to compare.")
        return
    new = made[-1]
    differ = unlike(last, new)
    for line in differ[:MOST_TABLES]:
        say(line)
    if not differ:
        say(f"{new.name} says the same as {last.name}, in every table of figures.")
        return
    more = f"{len(differ)} tables differ between {last.name} and {new.name}"
    if left_out:
        say(f"{more}: {left_out} deliveries did not come back. Look at `meta.revision`.")
        return
    raise ReleaseError(f"{more}, though the same deliveries are there. Is it another version of the code?")
