"""`handleplan release ...` and the jobs of Dagster: the same steps, told in sentences, refused with exit code 5."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from handleplan_pipeline import cli, clock
from handleplan_pipeline.definitions import defs
from handleplan_pipeline.graph.release_jobs import publication_time
from handleplan_pipeline.graph.resources import resources
from handleplan_pipeline.release import checklist, ledger, states
from handleplan_pipeline.settings import Settings, get_settings
from tests.release.made import LENE, OLE, PROPOSER, House

Call = Callable[..., tuple[int, str]]


@pytest.fixture
def call(house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """The entry as a user calls it: exit code and what was printed."""
    monkeypatch.setenv("HANDLEPLAN_LAKE", str(house.lake.root))
    monkeypatch.setenv("HANDLEPLAN_APPROVERS", str(house.approvers))
    get_settings.cache_clear()

    def called(*words: str) -> tuple[int, str]:
        monkeypatch.setattr("sys.argv", ["handleplan", *words])
        with pytest.raises(SystemExit) as end:
            cli.main()
        printed = capsys.readouterr()
        return int(end.value.code or 0), printed.out + printed.err

    return called


def test_a_release_goes_its_way_by_commands(house: House, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    assert call("release", "check") == (
        5,
        "No release waits. Name one, or propose one with `handleplan release propose`.\n",
    )
    code, said = call("release", "propose", "--by", PROPOSER, "--note", "årets")
    assert (code, "Nobody outside can read it" in said) == (0, True)
    (entry,) = ledger.read(house.lake)
    name, key = entry.release_id, str(house.keys[LENE])
    assert call("release", "publish", name)[0] == 5
    assert call("release", "publish", "r0009") == (5, f"r0009: there is no such release. The last ones: {name}.\n")
    code, said = call("release", "approve", "r0001", "--by", LENE)
    assert (code, "Sign with --key FILE, or sign elsewhere" in said) == (5, True)
    monkeypatch.setattr(checklist, "findings", lambda *_: [checklist.Finding("late", "warning", "sen")])
    assert call("release", "check") == (0, f"warning late: sen\n{name}: 0 errors, 1 warnings.\n")
    assert call("release", "approve", "r0001", "--by", LENE, "--key", key)[0] == 5
    code, said = call("release", "approve", "r0001", "--by", LENE, "--key", key, "--acknowledge", "late")
    assert (code, said.startswith(f"{name}: approved by {LENE}.")) == (0, True)
    code, said = call("release", "publish", "r0001", "--at", "2099-03-29T02:30")
    assert (code, "Take 2099-03-29T03:00" in said) == (5, True)
    assert call("release", "publish", "r0001", "--at", "2099-06-01T08:00")[0] == 0
    assert "to be published 2099-06-01 08:00 +0200" in call("release", "list")[1]
    code, said = call("release", "publish", "r0001")
    assert (code, "and not before" in said) == (5, True)
    assert house.state(name) == "approved"


def test_what_is_public_is_verified_withdrawn_and_rolled_back_by_commands(house: House, call: Call) -> None:
    first, second, third = house.through(), house.through(), house.through()
    code, said = call("release", "verify")
    assert (code, f"{third}: approved and signed by {LENE}" in said, "as it was made" in said) == (0, True, True)
    assert call("release", "rollback", "--reason", "tal mangler")[1] == f"Readers are led to {second}.\n"
    code, said = call("release", "withdraw", "r0002", "--reason", "fejl", "--by", OLE)
    # not to the one they were led back from
    assert (code, said) == (0, f"{second}: withdrawn. Readers are led to {first}.\n")
    code, said = call("release", "verify", "r0002")
    assert (code, "WITHDRAWN at " in said) == (0, True)
    assert "WITHDRAWN at " in call("verify", second)[1]
    rows = call("release", "list")[1].splitlines()
    assert [r.split()[:2] for r in rows[1:]] == [[first, "published"], [second, "withdrawn"], [third, "superseded"]]
    code, said = call("release", "rollback", "--reason", "x", "--to", "r0002")
    assert (code, f"{second} is withdrawn; only a release" in said) == (5, True)
    file = ledger.path(house.lake)
    file.write_bytes(file.read_bytes().replace(b'"fejl"', b'"fryd"'))
    code, said = call("release", "verify", "r0001")
    assert (code, "ledger.jsonl: line 15 was changed" in said) == (5, True)


def test_a_setting_that_leads_into_the_lake_is_refused(
    house: House, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = house.lake.root / "signers"
    inside.write_bytes(house.approvers.read_bytes())
    monkeypatch.setenv("HANDLEPLAN_APPROVERS", str(inside))
    get_settings.cache_clear()
    code, said = call("release", "propose")
    assert (code, "lies inside the lake" in said) == (2, True)


def run(house: House, job: str, op: str, **config: Any) -> dg.ExecuteInProcessResult:
    # all of an installation's resources, as Dagster has them: its IO manager holds the lake where an op lets it
    mine = resources(Settings(lake=house.lake.root, approvers=house.approvers, lock_wait_seconds=5))
    quiet = {"console": {"config": {"log_level": "CRITICAL"}}}
    with dg.DagsterInstance.ephemeral() as instance:
        found = defs.get_job_def(job)
        return found.execute_in_process(
            run_config={"ops": {op: {"config": config}} if config else {}, "loggers": quiet},
            resources=mine,
            instance=instance,
            raise_on_error=False,
        )


def failure(result: dg.ExecuteInProcessResult) -> str:
    (event,) = (e for e in result.all_events if e.is_step_failure)
    chain, found = event.step_failure_data.error, ""
    while chain is not None:
        found, chain = f"{found} {chain.message}", chain.cause
    return found


def test_a_release_goes_its_way_by_jobs(house: House, tmp_path: Path) -> None:
    assert run(house, "release_propose", "propose_release", by=PROPOSER, note="årets").success
    (entry,) = ledger.read(house.lake)
    name = entry.release_id
    looked = run(house, "release_compare", "compare_release")
    page = house.lake.releases / ".proposed" / f"{name}.diff.html"
    assert (looked.success, page.is_file(), page.stat().st_mode & 0o077) == (True, True, 0)
    signature = tmp_path / "SHA256SUMS.sig"
    signature.write_bytes(house.signature(name))
    given = {"release_id": "r0001", "signature_file": str(signature)}
    result = run(house, "release_approve", "approve_release", approver=OLE, **given)
    assert "the signature is not Ole Chef's" in failure(result)
    assert run(house, "release_approve", "approve_release", approver=LENE, **given).success
    assert ledger.read(house.lake)[-1].who == LENE
    result = run(house, "release_publish", "publish_release", release_id=name, by=OLE, at="2026-03-29T02:30")
    assert "no such time in Copenhagen" in failure(result)
    assert run(house, "release_publish", "publish_release", release_id=name, by=OLE).success
    assert house.led_to() == name
    second = house.through()
    assert run(house, "release_rollback", "rollback_release", by=OLE, reason="tal mangler").success
    assert house.led_to() == name
    assert run(house, "release_withdraw", "withdraw_release", by=OLE, reason="fejl", release_id=second).success
    assert house.state(second) == "withdrawn"
    waiting = house.propose()
    assert run(house, "release_reject", "reject_release", by=OLE, reason="nej", release_id=waiting).success
    assert house.state(waiting) == "rejected"
    result = run(house, "release_reject", "reject_release", by=OLE, reason="nej", release_id=waiting)
    assert "is rejected and cannot become rejected" in failure(result)


def test_the_daemon_publishes_when_the_time_has_come_and_is_told_once_why_not(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    late, early = house.propose(), house.propose()
    at = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    for name, when in ((early, at), (late, at + timedelta(minutes=1))):
        house.approve(name)
        states.publish_at(house.lake, name, when, house.approvers, OLE)
    monkeypatch.setenv("HANDLEPLAN_LAKE", str(house.lake.root))
    get_settings.cache_clear()

    def look() -> Any:
        return publication_time(dg.build_sensor_context())

    assert look().skip_message == "2 releases wait for a later time."
    assert run(house, "release_due", "publish_due").success
    assert house.led_to() is None

    monkeypatch.setattr(clock, "now", lambda: datetime.now(UTC) + timedelta(hours=2))
    key = look().run_key
    assert key == f"{early}@{at:%Y-%m-%dT%H:%M:%SZ}|{late}@{at + timedelta(minutes=1):%Y-%m-%dT%H:%M:%SZ}"
    assert f"{late} was not published: {early} came out since" in failure(run(house, "release_due", "publish_due"))
    assert house.led_to() == early
    assert look().run_key == look().run_key != key


@pytest.mark.parametrize(
    ("job", "op", "config"),
    [
        ("release_approve", "approve_release", {"release_id": "r0001", "signature_file": "x"}),
        (
            "release_approve",
            "approve_release",
            {"release_id": "r0001", "signature_file": "x", "approver": LENE, "key": "k"},
        ),
        ("release_withdraw", "withdraw_release", {"release_id": "r0001", "by": OLE}),
        ("release_propose", "propose_release", {}),
    ],
)
def test_a_form_without_a_name_or_a_reason_is_not_run(house: House, job: str, op: str, config: dict[str, str]) -> None:
    with pytest.raises(dg.DagsterInvalidConfigError):
        run(house, job, op, **config)
    assert ledger.read(house.lake) == []
