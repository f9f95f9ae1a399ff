"""`handleplan release ...`: propose, look, approve, publish, withdraw, roll back. Exit code 5 when it is refused."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from handleplan_pipeline.commands.releases import lake, release_folder
from handleplan_pipeline.commands.terminal import say, show_table, warn, working
from handleplan_pipeline.errors import ReleaseError
from handleplan_pipeline.lake.tables import Lake
from handleplan_pipeline.settings import get_settings

MOST_LINES = 40
"""Of differences in a terminal; the page beside the proposal holds them all."""

release = typer.Typer(no_args_is_help=True, help=__doc__)

Id = Annotated[str, typer.Argument(help="Id of the release, or its number (r0007)")]
By = Annotated[str | None, typer.Option("--by", help="Your name, as it shall stand in the ledger; default: your login")]
Note = Annotated[str, typer.Option(help="Stands in the ledger, which the next release prints.")]
Reason = Annotated[str, typer.Option(help="Why; stands in the ledger, and readers are told.")]


@contextmanager
def _held() -> Iterator[Lake]:
    """The lake, for a step that nobody else takes at the same time."""
    found = lake()
    with found.lock(get_settings().lock_wait_seconds):
        yield found


@release.command()
def propose(by: By = None, note: Note = "") -> None:
    """Build, verify and audit a release of the lake's tables, and put it before those who approve."""
    from handleplan_pipeline.catalogue import load_catalogue
    from handleplan_pipeline.release import states

    settings = get_settings()
    with _held() as held, working("propose …"):
        parts, on = settings.release_parts, settings.disclosure == "on"
        done = states.propose(held, load_catalogue(), settings.approvers, by or states.login(), note, on, parts)
    say(f"{done.release_id}: proposed, {done.tables} tables. Nobody outside can read it: {done.path}")
    say(f"Next: `handleplan release diff`, `handleplan release check {done.release_id}`, and another person approves.")


def _waiting_one(release_id: str | None) -> str:
    """The named release, or the one that was proposed last and still waits."""
    from handleplan_pipeline.release import ledger, states

    if release_id is not None:
        return states.named(lake(), release_id)
    entries = ledger.read(lake())
    open_ones = [r for r in ledger.releases_in(entries) if ledger.state_of(entries, r) in ("proposed", "approved")]
    if not open_ones:
        raise ReleaseError("No release waits. Name one, or propose one with `handleplan release propose`.")
    return open_ones[-1]


@release.command()
def diff(
    before: Annotated[str | None, typer.Argument(help="The earlier release; default: the published one")] = None,
    after: Annotated[str | None, typer.Argument(help="The later one; default: the one that waits")] = None,
) -> None:
    """What changed between two releases; one name alone is the later one. Never a figure that the later one hides."""
    from handleplan_pipeline.release import states
    from handleplan_pipeline.release.diff import differences

    if after is None:
        before, after = None, before
    later = _waiting_one(after)
    earlier = states.folder_of(lake(), states.named(lake(), before)) if before else states.before_of(lake())
    found = differences(earlier, states.folder_of(lake(), later))
    say(f"{earlier.name if earlier else 'nothing'} -> {later}")
    for line in found.lines()[:MOST_LINES]:
        say(line)


@release.command()
def check(release_id: Annotated[str | None, typer.Argument(help="Default: the one that waits")] = None) -> None:
    """The checklist of a release. Errors stop its approval (exit code 5); warnings are acknowledged by their names."""
    from handleplan_pipeline.release import checklist, ledger, states

    name = _waiting_one(release_id)
    found = checklist.findings(states.folder_of(lake(), name), states.before_of(lake()), ledger.read(lake()))
    for f in found:
        say(f"{f.severity} {f.id}: {f.text}", "red" if f.severity == "error" else "yellow")
    errors = sum(f.severity == "error" for f in found)
    say(f"{name}: {errors} errors, {len(found) - errors} warnings.")
    if errors:
        raise typer.Exit(ReleaseError.exit_code)


@release.command()
def approve(
    release_id: Id,
    by: Annotated[str, typer.Option("--by", help="Your name, as the list of approvers has it")],
    note: Note = "",
    key: Annotated[Path | None, typer.Option(help="Your SSH key; ssh-keygen signs with it (or an agent does)")] = None,
    signature: Annotated[Path | None, typer.Option(help="Or a signature of SHA256SUMS that you made elsewhere")] = None,
    acknowledge: Annotated[list[str] | None, typer.Option(help="A warning of the checklist, by its name")] = None,
    override: Annotated[str | None, typer.Option(help="Why you approve what you proposed yourself")] = None,
) -> None:
    """Approve a proposed release with your signature."""
    from handleplan_pipeline.release import states
    from handleplan_pipeline.release.signature import NAMESPACE, read_signature, require_approvers, sign

    approvers = require_approvers(lake(), get_settings().approvers)
    name = states.named(lake(), release_id)
    folder = states.folder_of(lake(), name)
    if (key is None) == (signature is None):
        raise ReleaseError(
            f"Sign with --key FILE, or sign elsewhere (`ssh-keygen -Y sign -n {NAMESPACE} -f KEY {folder}/SHA256SUMS`) "
            "and name the signature with --signature. Nothing was changed."
        )
    # a passphrase may be asked for: nobody else waits for that
    signed = sign(folder, key, lake()) if key is not None else read_signature(Path(str(signature)))
    with _held() as held:
        states.approve(held, name, by, signed, approvers, note, override, acknowledge or [])
    say(f"{name}: approved by {by}. Publish it with `handleplan release publish {name}` (--at for later).")


@release.command()
def reject(release_id: Id, reason: Reason, by: By = None) -> None:
    """End a proposal."""
    from handleplan_pipeline.release import states

    with _held() as held:
        name = states.named(held, release_id)
        states.reject(held, name, by or states.login(), reason)
    say(f"{name}: rejected.")


@release.command()
def publish(
    release_id: Id,
    at: Annotated[str | None, typer.Option(help="Not now but then: 2026-06-01T08:00, by Copenhagen's clock")] = None,
    by: By = None,
    note: Note = "",
) -> None:
    """Publish an approved release, or set the time at which the daemon does it."""
    from handleplan_pipeline.release import embargo, states

    approvers = get_settings().approvers
    with _held() as held:
        name = states.named(held, release_id)
        if at is not None:
            moment = embargo.moment(at)
            states.publish_at(held, name, moment, approvers, by or states.login())
            say(f"{name}: will be published at {embargo.local(moment)}, not before. Until then nobody outside sees it.")
            return
        done = states.publish_approved(held, name, approvers, by or states.login(), note)
    say(f"{name}: published. {done.path}")


@release.command()
def withdraw(
    release_id: Id,
    reason: Reason,
    replaced_by: Annotated[
        str | None, typer.Option(help="Release to read instead; an approved one is published")
    ] = None,
    by: By = None,
) -> None:
    """Withdraw a public release. Its folder stays; a page beside it and latest.json say that it is withdrawn."""
    from handleplan_pipeline.release import states, taking_back

    with _held() as held:
        name = states.named(held, release_id)
        other = states.named(held, replaced_by) if replaced_by else None
        now = taking_back.withdraw(held, name, by or states.login(), reason, other, get_settings().approvers)
    say(f"{name}: withdrawn. Readers are led to {now or 'no release: none is left'}.")


@release.command()
def rollback(
    reason: Reason,
    to: Annotated[str | None, typer.Option(help="Default: the release before the present one")] = None,
    by: By = None,
) -> None:
    """Lead readers back to an earlier release."""
    from handleplan_pipeline.release import states, taking_back

    with _held() as held:
        now = taking_back.rollback(held, by or states.login(), reason, states.named(held, to) if to else None)
    say(f"Readers are led to {now}.")


@release.command()
def verify(release_id: Annotated[str | None, typer.Argument(help="Default: latest")] = None) -> None:
    """Signature, ledger, sums, database against Parquet against manifest; and whether it was withdrawn."""
    from handleplan_pipeline.release import states

    folder = release_folder() if release_id is None else states.folder_of(lake(), states.named(lake(), release_id))
    tell_whether_whole(folder)


def tell_whether_whole(folder: Path) -> None:
    """Say what is wrong with a release and what is to be known of it. Raises Exit 5 when something is wrong."""
    from handleplan_pipeline.release.standing import standing
    from handleplan_pipeline.release.verify import verify as problems_of

    found = standing(lake(), folder, get_settings().approvers)
    problems = [*problems_of(folder), *found.wrong]
    for remark in found.remarks:
        say(f"{folder.name}: {remark}", "yellow")
    for problem in problems:
        warn(f"{folder.name}: {problem}")
    if problems:
        raise typer.Exit(ReleaseError.exit_code)
    say(f"{folder.name}: as it was made; sums, database, Parquet and manifest agree.")


@release.command("list")
def list_() -> None:
    """Every release: its state, since when, by whom, and what was said of it."""
    from handleplan_pipeline.lake.releases import existing, proposed
    from handleplan_pipeline.release import embargo, ledger

    found = lake()
    entries = ledger.read(found)
    names = [*ledger.releases_in(entries)]
    names += [p.name for p in (*existing(found), *proposed(found)) if p.name not in names]
    rows = []
    for name in names:
        last = next((e for e in reversed(entries) if e.release_id == name), None)
        state = last.to_state if last else "never announced"
        at = embargo.stored(entries, name)
        timed = f"to be published {embargo.local(at)}" if at else (last.note if last else "")
        rows.append((name, state, last.at if last else "", last.who if last else "", timed))
    show_table(("release", "state", "since (UTC)", "by", "note"), rows)
