"""kill -9 at every step of publishing an approved release, of a withdrawal and of a rollback.

Readers see what was or what shall be, whole; whatever is done next completes what the ledger says.
"""

import json
import os
import shutil
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from handleplan_pipeline.graph.resources import LakeIOManager
from handleplan_pipeline.lake.releases import existing, withdrawn
from handleplan_pipeline.lake.tables import Lake
from handleplan_pipeline.release import ledger, states, swap, taking_back
from handleplan_pipeline.release import publish as publishing
from handleplan_pipeline.release.publish import find_latest
from handleplan_pipeline.release.verify import broken_files
from tests.release.made import OLE, House, sums_anew

NewHouse = Callable[[str], House]
STEPS = ("mkdir", "symlink", "replace", "fsync", "chmod", "write", "ftruncate")
"""Calls to the system that a step is made of."""


def killed_at(step: int, work: Callable[[], object]) -> int:
    """How a forked process ended: -9 when it was killed before this call, 0 when it came to the end."""
    child = os.fork()
    if child:
        status = os.waitpid(child, 0)[1]
        return -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
    calls = 0

    def counted(call: Callable[..., Any]) -> Callable[..., Any]:
        def wrapper(*arguments: Any, **named: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == step:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*arguments, **named)

        return wrapper

    for name in STEPS:
        setattr(os, name, counted(getattr(os, name)))
    try:
        work()
    except BaseException:
        os._exit(3)
    os._exit(0)


def prepared(house: House) -> tuple[str, str, str]:
    """Two public releases and one that is approved."""
    first, second = house.through(), house.through()
    third = house.propose()
    house.approve(third)
    return first, second, third


@pytest.mark.slow
@pytest.mark.parametrize("action", ["publish", "withdraw", "replace", "rollback"])
def test_kill_9_leaves_the_old_or_the_new_and_the_next_step_completes(
    new_house: NewHouse, monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    template = new_house("template")
    first, second, third = prepared(template)
    wanted = {"publish": third, "withdraw": first, "replace": third, "rollback": first}[action]
    ended = "withdrawn" if action in ("withdraw", "replace") else "superseded"
    # ssh-keygen is asked in other tests; a hundred times here would only take long
    monkeypatch.setattr(states, "wrong_signature", lambda *_, **__: None)
    house = new_house("house")
    work = {
        "publish": lambda: house.publish(third),
        "withdraw": lambda: house.withdraw(second),
        "replace": lambda: house.withdraw(second, third),
        "rollback": lambda: taking_back.rollback(house.lake, OLE, "tal mangler"),
    }[action]
    killed = seen_old = seen_new = 0
    for step in range(1, 200):
        shutil.rmtree(house.lake.root)
        shutil.copytree(template.lake.root, house.lake.root, symlinks=True)
        end = killed_at(step, work)
        led = house.led_to()
        assert led in (second, wanted)
        assert find_latest(house.lake).remark is None
        assert broken_files(house.lake.releases / str(led)) == []
        known = ledger.read(house.lake)
        says = ledger.current(known)
        # nothing is public that the ledger does not say
        assert led == second or says == wanted
        assert third in [p.name for p in existing(house.lake)] or led != third
        if end == 0:
            assert led == wanted
            break
        assert end == -9
        killed += 1
        seen_old, seen_new = seen_old + (led == second), seen_new + (led == wanted)
        swap.settle(house.lake)
        assert house.led_to() == says
        gone = [e.release_id for e in known if e.to_state == "withdrawn"]
        assert withdrawn(house.lake) == gone == [w["release_id"] for w in swap.told_now(house.lake)["withdrawn"]]
        if says == second:
            work()
        assert house.led_to() == wanted
        assert house.state(second) == ended
    assert end == 0
    assert killed > 8
    assert seen_old >= 1
    assert seen_new >= 1


def test_a_run_completes_what_was_cut_off_after_its_line(house: House) -> None:
    """The daily tick is one, so readers are led to what the ledger says within a day, whatever else is done."""
    _, second, third = prepared(house)
    sums = ledger.sums_of(ledger.read(house.lake), third)
    ledger.append_all(house.lake, publishing.entering(house.lake, third, "approved", OLE, "", sums))
    assert house.led_to() == second
    assert third not in [p.name for p in existing(house.lake)]
    with dg.build_resources({"io_manager": LakeIOManager(root=str(house.lake.root))}):
        assert house.led_to() == third
        assert broken_files(house.lake.releases / third) == []


def test_a_ledger_that_is_broken_stops_no_run(house: House) -> None:
    first = house.through()
    with ledger.path(house.lake).open("ab") as f:
        f.write(b"{}\n")
    with dg.build_resources({"io_manager": LakeIOManager(root=str(house.lake.root))}):
        assert house.led_to() == first


def tiny_build(lake: Lake, catalogue: Any, folder: Path, release_id: str, *rest: Any) -> int:
    (folder / "manifest.json").write_text(json.dumps({"release_id": release_id, "kind": "unapproved", "tables": {}}))
    (folder / "handleplan.duckdb").write_bytes(release_id.encode() * 1000)
    (folder / "SHA256SUMS").write_text("")
    sums_anew(folder)
    return 0


def test_who_reads_on_and_on_sees_no_mixture_over_20_publications_and_withdrawals(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "build", tiny_build)
    house.one_step()
    house.one_step()
    stop, seen, wrong = threading.Event(), [], []

    def read_on() -> None:
        latest = house.lake.releases / "latest"
        while not stop.is_set():
            try:
                told = json.loads((house.lake.releases / "latest.json").read_text())
                with (latest / "manifest.json").open() as a:
                    found = json.load(a)
                seen.append(str(found["release_id"]))
                wrong.extend(w for w in told["withdrawn"] if w["release_id"] == told["release_id"])
            except (OSError, ValueError, KeyError) as e:
                wrong.append(repr(e))

    reader = threading.Thread(target=read_on)
    reader.start()
    made = [house.one_step() if k % 4 else house.withdraw(str(house.led_to())) for k in range(20)]
    stop.set()
    reader.join()
    assert wrong == []
    assert set(seen) <= {*map(str, made), *(p.name for p in existing(house.lake))}
    assert len(set(seen)) > 1
    assert len(withdrawn(house.lake)) == 5
    assert len(list((house.lake.releases / ".pointers").iterdir())) == 3
