"""The ten events that somebody must hear of or that start a run, each provoked under the real daemon.

One daemon for all, on an instance and a lake of its own, with a real mail server, web hook and StatBank on loopback.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml

from handleplan_pipeline.lake.tables import Lake
from handleplan_pipeline.release import ledger
from handleplan_pipeline.settings import PROJECT_ROOT
from tests.lib.deliveries import NUMBERS, STAYS, Place, permission, text
from tests.lib.posts import Hook, MailServer, hook_server, mail_server
from tests.statbank.server import statbank

pytestmark = pytest.mark.slow
BIN = Path(sys.executable).parent
SLOW = 900
"""Seconds that any one event may take: other tests run beside this one, on machines of two cores."""
PROPOSED = "2013-06-01T06-00Z_r0001"


@dataclass
class House:
    """A daemon with what it watches and whom it tells."""

    root: Path
    mail: MailServer
    hook: Hook
    environment: dict[str, str]
    place: Place
    instance: dg.DagsterInstance
    half: bytes = b""
    half_at: Path = Path()
    said: list[str] = field(default_factory=list)

    def titles(self) -> list[str]:
        return [m.subject for m in self.mail.mails]

    def told(self, title: str) -> Callable[[], bool]:
        """Whether a mail and a post with this beginning have come."""
        begins = f"handleplan: {title}"
        return lambda: (
            any(t.startswith(begins) for t in self.titles()) and any(t.startswith(begins) for t in self.hook.titles())
        )

    def because(self, beginning: str) -> list[dg.DagsterRun]:
        """Runs that a sensor started for this reason."""
        runs = self.instance.get_runs()
        return [r for r in runs if r.tags.get("handleplan/because", "").startswith(beginning)]

    def wait(self, what: Callable[[], Any], name: str) -> None:
        until = time.monotonic() + SLOW
        while time.monotonic() < until:
            if what():
                return
            time.sleep(0.5)
        log = (self.root / "log").read_text(encoding="utf-8")[-6000:]
        runs = [(r.job_name, r.status.value, dict(r.tags)) for r in self.instance.get_runs()]
        pytest.fail(f"{name} did not come. Mails: {self.titles()}. Runs: {runs}. {log}")


def permissions(path: Path) -> Path:
    """One permission that ends in thirty days, one in two years."""
    ends = {"2010-41-0001": 30, "2010-41-0002": 730}
    entries = [
        permission(journal_number=n, delete_by=date.today() + timedelta(days=d)).model_dump(mode="json")
        for n, d in ends.items()
    ]
    path.write_text(yaml.safe_dump(entries), encoding="utf-8")
    path.chmod(0o600)
    return path


def every_five_minutes() -> str:
    """From three minutes on: often enough to be waited for, and seldom enough that other runs get their turn."""
    return f"{(datetime.now().minute + 3) % 5}-59/5 * * * *"


def settings(root: Path, mail: MailServer, hook: Hook, url: str) -> dict[str, str]:
    """The whole house in settings: everything on, everybody told, looks every two seconds."""
    values = {
        "LAKE": root / "lake",
        "LANDING": root / "landing",
        "ALERTS": f"{mail.address} {hook.address}",
        "HEARTBEAT": hook.heartbeat,
        "AUTOMATION": "on",
        "TICK_CRON": every_five_minutes(),
        "SENSOR_SECONDS": 2,
        "SILENT_AFTER_MINUTES": 0.05,
        "LEAST_FREE_GB": 10**9,
        "PERMISSIONS": permissions(root / "permissions.yaml"),
        "STATBANK": "live",
        "STATBANK_URL": url,
        "RELEASE_PARTS": "none",
    }
    return {f"HANDLEPLAN_{k}": str(v) for k, v in values.items()}


@dg.job
def never() -> None:
    """A job whose run is written down and never begun."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    root = tmp_path_factory.mktemp("daemon")
    home = root / "home"
    home.mkdir()
    configured = (PROJECT_ROOT / "dagster.yaml").read_text(encoding="utf-8")
    (home / "dagster.yaml").write_text(
        configured.replace("data_lake/.dagster", str(root / "dagster")), encoding="utf-8"
    )
    plain = {k: v for k, v in os.environ.items() if not k.startswith(("HANDLEPLAN_", "DAGSTER_"))}
    patience = {f"DAGSTER_{kind}GRPC_TIMEOUT_SECONDS": "600" for kind in ("", "REPOSITORY_", "SENSOR_", "SCHEDULE_")}
    with mail_server() as mail, hook_server() as hook, statbank() as (url, faults):
        # the pinned answers were read on 16 September 2026
        faults.info = lambda info: info | ({"updated": "2026-11-10T08:00:00"} if info["id"] == "FOLK1E" else {})
        environment = plain | patience | {"DAGSTER_HOME": str(home)} | settings(root, mail, hook, url)
        # two processes that make the same history at the same time can leave it unreadable
        made = [str(BIN / "dagster"), "instance", "info"]
        with (root / "log").open("w") as log:
            subprocess.run(made, env=environment, cwd=PROJECT_ROOT, stdout=log, stderr=log, check=True, timeout=SLOW)
            with dg.DagsterInstance.from_config(str(home)) as instance:
                there = House(root, mail, hook, environment, Place(root), instance)
                before(there)
                daemon = [str(BIN / "dagster-daemon"), "run", "-w", str(PROJECT_ROOT / "workspace.yaml")]
                running = subprocess.Popen(daemon, env=environment, cwd=PROJECT_ROOT, stdout=log, stderr=log)
                try:
                    yield there
                finally:
                    running.terminate()
                    try:
                        running.wait(timeout=60)
                    except subprocess.TimeoutExpired:
                        running.kill()


def before(house: House) -> None:
    """What is the case when the daemon starts: whole, refused and half-arrived files, a proposal, an unbegun run."""
    land = house.place.land
    land(text(start="01-02-2012", end="01-03-2012"), period=2012)
    # forty stays of 2010 in the slot of 2011: refused
    land(text(), period=2011)
    house.half_at = land(text(start="01-02-2009", end="01-03-2009"), period=2009)
    house.half = house.half_at.read_bytes()
    house.half_at.write_bytes(house.half[:700])
    proposal = ledger.Entry("2013-06-01T06:00:00Z", "Bo", PROPOSED, "draft", "proposed", "", "a" * 64, "")
    ledger.append(Lake(house.root / "lake"), proposal)
    house.instance.create_run_for_job(never)


def accepted(house: House) -> list[int]:
    return [r.manifest.period for r in house.place.store.receipts(STAYS.source) if r.state == "accepted"]


@pytest.mark.parametrize(
    "title",
    [
        # never delivered in this house, the years of the plan long past
        "Mangler stadig: data fra",
        "Kontroller er ikke bestået",
        "Kørsler, der aldrig begyndte",
        "Disken er ved at være fuld",
        "En udgivelse venter på godkendelse",
        "En tilladelse eller et certifikat udløber",
    ],
)
def test_people_are_told_by_mail_and_by_hook(house: House, title: str) -> None:
    house.wait(house.told(title), title)


def test_the_run_that_never_began_is_named(house: House) -> None:
    house.wait(lambda: "- never: ventet siden" in house.hook.texts(), "the run that never began")


def test_a_file_that_arrives_is_taken_in_and_half_a_file_is_not(house: House) -> None:
    house.wait(lambda: house.because("delivered: section_110_stays"), "a run for the delivery")
    house.wait(lambda: accepted(house) == [2012], "the delivery")
    (run,) = house.because("delivered: section_110_stays")
    assert run.job_name == "ingest"
    # 2011 is whole, too, and refused by the run
    assert run.tags["dagster/asset_partition_range_start"] == "2011"
    assert run.tags["dagster/asset_partition_range_end"] == "2012"


def test_a_file_that_arrives_in_pieces_is_taken_in_when_it_is_whole(house: House) -> None:
    house.wait(lambda: accepted(house), "the first delivery")
    assert house.half_at.read_bytes() == house.half[:700]
    with house.half_at.open("ab") as f:
        f.write(house.half[700:])
    house.wait(lambda: 2009 in accepted(house), "the delivery that came in pieces")
    (latest,) = [r for r in house.because("delivered") if r.tags["dagster/asset_partition_range_end"] == "2009"]
    assert latest.tags["dagster/asset_partition_range_start"] == "2009"
    assert latest.tags["dagster/asset_partition_range_end"] == "2009"


def test_a_table_of_statbank_that_changed_is_pulled(house: House) -> None:
    house.wait(lambda: house.because("updated: FOLK1E"), "a run for FOLK1E")
    (run,) = house.because("updated")
    assert run.asset_selection is not None
    names = {k.to_user_string() for k in run.asset_selection}
    assert names == {"source/statbank_folk1e", "source/statbank_folk1e_all", "release/desk"}


def test_a_run_that_fails_is_told_of_whoever_started_it(house: House) -> None:
    """The command line's own run, in the same history: there is nothing to publish yet."""
    house.wait(lambda: accepted(house), "the lake")
    done = subprocess.run(
        [str(BIN / "handleplan"), "run", "--job", "publish"],
        env=house.environment,
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        timeout=SLOW,
    )
    assert done.returncode == 7, done.stdout + done.stderr
    house.wait(house.told("Kørsler, der fejlede"), "the failed run")
    house.wait(lambda: "publish, run" in house.hook.texts(), "its line")


def test_the_tick_calls_the_heartbeat_and_sets_out_the_desk(house: House) -> None:
    house.wait(lambda: "/beat" in house.hook.calls, "the heartbeat")
    key = dg.AssetKey(["release", "desk"])

    def desks() -> list[str]:
        records = house.instance.fetch_materializations(key, limit=50).records
        runs = [house.instance.get_run_by_id(r.run_id) for r in records]
        return [r.job_name for r in runs if r is not None]

    house.wait(lambda: {"tick", "ingest"} <= set(desks()), "the desk of a tick and of a run")
    found = house.instance.fetch_materializations(key, limit=1).records[0].asset_materialization
    assert found is not None
    table = found.metadata["desk"]
    assert isinstance(table, dg.TableMetadataValue)
    about = {str(r.data["about"]) for r in table.records}
    assert {"disk", "check", "refused", "draft", "ending", "late"} <= about


def test_each_was_told_once_and_nothing_of_a_file_left_the_house(house: House) -> None:
    house.wait(house.told("Disken er ved at være fuld"), "the disk")
    looked = len(house.titles())
    time.sleep(10)
    for title in ("Disken er ved at være fuld", "En udgivelse venter", "En tilladelse eller et"):
        assert sum(title in t for t in house.titles()) == 1, (looked, house.titles())
    everything = house.hook.texts() + "".join(m.subject + m.body for m in house.mail.mails)
    assert not any(n in everything for n in NUMBERS)
    assert ".csv" not in everything
