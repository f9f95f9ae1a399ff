"""Jobs of what people do with releases, each with a typed form in the launchpad. As `handleplan release ...`.

Dagster has no login: the name in the form is written into the ledger as it was given. What an approval rests on is the
signature, which no form can make; nobody's key belongs into a form.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
from pydantic import Field

from handleplan_pipeline import clock
from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.errors import ReleaseError
from handleplan_pipeline.graph.resources import NO_TABLE, LakeResource
from handleplan_pipeline.lake.tables import Lake
from handleplan_pipeline.release import embargo, ledger, states, taking_back
from handleplan_pipeline.release.signature import read_signature
from handleplan_pipeline.settings import get_settings

# Dagster copies a sensor with its `owners`, which are beta, whether there are any or not
warnings.filterwarnings("ignore", message=".*Parameter `owners`.*", category=dg.BetaWarning)

EVERY = 300
"""Seconds between two looks at the clock. Ours, version 1: a release is public at most so much after its time."""
ID = "Udgivelsens id eller nummer (r0007). Id of the release, or its number."
WHO = "Dit navn, som det skal stå i protokollen; der er intet login. Your name as it shall stand in the ledger."
REASON = "Hvorfor; står i protokollen og bliver offentliggjort. Why; stands in the ledger and is published."


class Proposal(dg.Config):
    """Who proposes a release of the lake's tables."""

    by: str = Field(min_length=1, description=WHO)
    note: str = Field("", description="Bemærkning til protokollen. A note for the ledger.")


class Look(dg.Config):
    """Which release to look at."""

    release_id: str = Field("", description=f"Tom: den, der venter. Empty: the one that waits. {ID}")


class Approval(dg.Config):
    """Who approves which release, and the signature that proves it."""

    release_id: str = Field(description=ID)
    approver: str = Field(
        min_length=1,
        description="Dit navn, som listen over godkendere har det; der er intet login, underskriften er beviset. Your "
        "name, as the list of approvers has it; there is no login, the signature is the proof.",
    )
    signature_file: str = Field(
        description="Underskriften af SHA256SUMS, lavet med ssh-keygen -Y sign -n handleplan-release. The signature of "
        "SHA256SUMS, made with ssh-keygen; never a key.",
    )
    note: str = Field("", description="Bemærkning til protokollen. A note for the ledger.")
    acknowledge: list[str] = Field([], description="Advarsler i tjeklisten. Warnings of the checklist, by name.")
    override: str = Field(
        "", description="Hvorfor du godkender dit eget forslag. Why you approve what you proposed yourself."
    )


class Publication(dg.Config):
    """Which approved release to publish, and when."""

    release_id: str = Field(description=ID)
    by: str = Field(min_length=1, description=WHO)
    at: str = Field(
        "", description="Tom: nu. Ellers 2026-06-01T08:00, dansk tid. Empty: now. Else a time by Copenhagen's clock."
    )
    note: str = Field("", description="Bemærkning til protokollen. A note for the ledger.")


class Rejection(dg.Config):
    """Which proposal to end, and why."""

    release_id: str = Field(description=ID)
    by: str = Field(min_length=1, description=WHO)
    reason: str = Field(min_length=1, description=REASON)


class Withdrawal(dg.Config):
    """Which public release to withdraw, why, and what to read instead."""

    release_id: str = Field(description=ID)
    by: str = Field(min_length=1, description=WHO)
    reason: str = Field(min_length=1, description=REASON)
    replaced_by: str = Field(
        "", description="Læs i stedet; en godkendt offentliggøres. Read instead; an approved one is published."
    )


class Rollback(dg.Config):
    """Which earlier release to lead readers back to, and why."""

    by: str = Field(min_length=1, description=WHO)
    reason: str = Field(min_length=1, description=REASON)
    to: str = Field("", description="Tom: den forrige. Empty: the one before.")


@contextmanager
def _held(resource: LakeResource) -> Iterator[tuple[Lake, Path | None]]:
    """The lake under its lock, and the file of approvers."""
    lake = resource.lake
    with lake.lock(resource.lock_wait_seconds):
        yield lake, Path(resource.approvers) if resource.approvers else None


def _tell(context: dg.OpExecutionContext, **what: str) -> None:
    context.log.info("; ".join(f"{k}: {v}" for k, v in what.items()))
    context.add_output_metadata(what)


@dg.op(out=NO_TABLE)
def propose_release(context: dg.OpExecutionContext, config: Proposal, lake: LakeResource) -> None:
    """Build, verify and audit a release and put it before those who approve."""
    with _held(lake) as (held, approvers):
        on = lake.disclosure == "on"
        done = states.propose(held, load_catalogue(), approvers, config.by, config.note, on, lake.release_parts)
    _tell(context, release_id=done.release_id, state=done.state, folder=str(done.path))


@dg.op(out=NO_TABLE)
def compare_release(context: dg.OpExecutionContext, config: Look, lake: LakeResource) -> None:
    """What a release says otherwise than the published one, as a page, and its checklist."""
    with _held(lake) as (held, _):
        name = states.waiting_one(held, config.release_id or None)
        page, changed, found = states.beside(held, name)
    lines = "\n".join(f"- {line}" for line in changed.lines())
    checks = "\n".join(f"- {f.severity} {f.id}: {f.text}" for f in found) or "- nothing was found"
    told = {"differences": dg.MetadataValue.md(lines), "checklist": dg.MetadataValue.md(checks)}
    context.add_output_metadata({"release_id": name, "page": dg.MetadataValue.path(page), **told})


@dg.op(out=NO_TABLE)
def approve_release(context: dg.OpExecutionContext, config: Approval, lake: LakeResource) -> None:
    """Approve a proposed release with a signature made elsewhere."""
    signature = read_signature(Path(config.signature_file))
    with _held(lake) as (held, approvers):
        name = states.named(held, config.release_id)
        more = (config.note, config.override or None, config.acknowledge)
        states.approve(held, name, config.approver, signature, approvers, *more)
    _tell(context, release_id=name, approver=f"{config.approver} (as given; Dagster has no login)")


@dg.op(out=NO_TABLE)
def publish_release(context: dg.OpExecutionContext, config: Publication, lake: LakeResource) -> None:
    """Publish an approved release now, or set the time at which the daemon does it."""
    with _held(lake) as (held, approvers):
        name = states.named(held, config.release_id)
        if config.at:
            moment = embargo.moment(config.at)
            states.publish_at(held, name, moment, approvers, config.by)
            _tell(context, release_id=name, to_be_published=embargo.local(moment))
            return
        states.publish_approved(held, name, approvers, config.by, config.note)
    _tell(context, release_id=name, state="published")


@dg.op(out=NO_TABLE)
def reject_release(context: dg.OpExecutionContext, config: Rejection, lake: LakeResource) -> None:
    """End a proposal."""
    with _held(lake) as (held, _):
        name = states.named(held, config.release_id)
        states.reject(held, name, config.by, config.reason)
    _tell(context, release_id=name, state="rejected")


@dg.op(out=NO_TABLE)
def withdraw_release(context: dg.OpExecutionContext, config: Withdrawal, lake: LakeResource) -> None:
    """Withdraw a public release and lead readers elsewhere in the same step."""
    with _held(lake) as (held, approvers):
        name = states.named(held, config.release_id)
        other = states.named(held, config.replaced_by) if config.replaced_by else None
        now = taking_back.withdraw(held, name, config.by, config.reason, other, approvers)
    _tell(context, release_id=name, state="withdrawn", readers_are_led_to=now or "no release")


@dg.op(out=NO_TABLE)
def rollback_release(context: dg.OpExecutionContext, config: Rollback, lake: LakeResource) -> None:
    """Lead readers back to an earlier release."""
    with _held(lake) as (held, _):
        now = taking_back.rollback(held, config.by, config.reason, states.named(held, config.to) if config.to else None)
    _tell(context, readers_are_led_to=now)


@dg.job(description="Foreslå en udgivelse. Propose a release of the tables in the lake.")
def release_propose() -> None:
    propose_release()


@dg.job(description="Sammenlign med den offentliggjorte. Differences from the published release, and the checklist.")
def release_compare() -> None:
    compare_release()


@dg.job(description="Godkend en udgivelse med din underskrift. Approve a proposed release with your signature.")
def release_approve() -> None:
    approve_release()


@dg.job(description="Offentliggør en godkendt udgivelse, nu eller senere. Publish an approved release, now or later.")
def release_publish() -> None:
    publish_release()


@dg.job(description="Afvis et forslag. End a proposal.")
def release_reject() -> None:
    reject_release()


@dg.job(description="Træk en udgivelse tilbage. Withdraw a public release.")
def release_withdraw() -> None:
    withdraw_release()


@dg.job(description="Gå tilbage til en tidligere udgivelse. Lead readers back to an earlier release.")
def release_rollback() -> None:
    rollback_release()


@dg.op(out=NO_TABLE)
def publish_due(context: dg.OpExecutionContext, lake: LakeResource) -> None:
    """Publish every approved release whose time has come; fails, with the reason, where one cannot be published."""
    with _held(lake) as (held, approvers):
        done = states.due(held, clock.now(), approvers)
    for d in done:
        context.log.info(d.said)
    if failed := [d.said for d in done if not d.published]:
        raise ReleaseError(" ".join(failed))
    _tell(context, published=", ".join(d.release_id for d in done) or "none was due")


@dg.job(description="Offentliggør det, hvis tid er kommet. Publish approved releases whose time has come.")
def release_due() -> None:
    publish_due()


@dg.sensor(
    job=release_due,
    minimum_interval_seconds=EVERY,
    # somebody asked for that time, and others were told of it
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Ser, om tiden for en godkendt udgivelse er kommet. Looks whether the time of a release has come.",
)
def publication_time() -> dg.RunRequest | dg.SkipReason:
    """One run per release and time: what failed is told once, not at every look."""
    waits = states.waiting(Lake(get_settings().lake))
    ready = [f"{r}@{ledger.written(at)}" for r, at in waits if at <= clock.now()]
    if not ready:
        return dg.SkipReason(f"{len(waits)} releases wait for a later time.")
    return dg.RunRequest(run_key="|".join(ready))


RELEASE_JOBS = [
    release_propose,
    release_compare,
    release_approve,
    release_publish,
    release_due,
    release_reject,
    release_withdraw,
    release_rollback,
]
RELEASE_SENSORS = [publication_time]
