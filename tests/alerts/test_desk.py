"""The desk names everything that waits for somebody, what keeps people from hearing of it first."""

import hashlib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
import yaml

from handleplan_pipeline.alerts.desk import Task, tasks
from handleplan_pipeline.alerts.events import Event
from handleplan_pipeline.alerts.tell import beat, tell
from handleplan_pipeline.graph.ticking import failing_checks
from handleplan_pipeline.lake.tables import Lake
from handleplan_pipeline.release import ledger
from tests.alerts.made import Set
from tests.lib.deliveries import NUMBERS, Place, permission, real, text

TODAY = date(2013, 6, 10)
NOON = datetime(2013, 6, 1, 12, 0, tzinfo=UTC)
CALENDAR = [
    {"source": "dst_bef", "period": 2011, "arrival": "late", "late_by_days": 421},
    {"source": "dst_bef", "period": 2012, "arrival": "late", "late_by_days": 56},
    {"source": "dst_kraf", "period": 2012, "arrival": "within_grace", "late_by_days": None},
]


def about(found: list[Task], what: str) -> list[tuple[str, str]]:
    return [(t.which, t.what) for t in found if t.about == what]


def test_an_installation_in_order_has_one_line_where_nobody_is_told(use: Set) -> None:
    found = tasks(use(least_free_gb=0), [], [], TODAY)
    assert [(t.about, t.which) for t in found] == [("alerts", "HANDLEPLAN_ALERTS")]
    assert tasks(use(least_free_gb=0, alerts="json://127.0.0.1/"), [], [], TODAY) == []


def test_each_thing_that_waits_has_a_line(tmp_path: Path, use: Set) -> None:
    place = Place(tmp_path)
    place.land(real(), period=2010, permission="2010-41-9999", data_kind="delivered")
    place.take(2010)
    (place.landing / "section_110_stays" / f"{NUMBERS[0]}.csv").write_text("x")
    file = tmp_path / "permissions.yaml"
    file.write_text(yaml.safe_dump([permission(delete_by=TODAY + timedelta(days=60)).model_dump(mode="json")]))
    file.chmod(0o600)
    settings = use(
        landing=place.landing, permissions=file, least_free_gb=10**9, alerts="json://127.0.0.1:9/", heartbeat="x"
    )
    proposal = ledger.Entry("2013-06-01T06:00:00Z", "Bo", "R1", "draft", "proposed", "", "a" * 64, "")
    ledger.append(Lake(settings.lake), proposal)
    tell(settings, [Event("disk", "disk/full", {"free_mb": 1, "needed_mb": 2})], now=lambda: NOON)
    beat(settings, NOON)
    found = tasks(settings, CALENDAR, [("goal/x", "finite", "ERROR")], TODAY)
    assert about(found, "late") == [("dst_bef", "2011, 2012; the longest by 421 days")]
    assert about(found, "check") == [("goal/x", "finite: error")]
    assert about(found, "draft") == [("R1", "proposed 2013-06-01T06:00:00Z")]
    assert about(found, "ending") == [("2010-41-0001", f"permission ends {TODAY + timedelta(days=60)}")]
    assert about(found, "refused") == [("section_110_stays", "permission: 2010")]
    assert [w for w, _ in about(found, "disk")] == ["the lake's disk"]
    assert about(found, "alerts") == [
        ("address 1 (json)", "took nothing since 2013-06-01 12:00 UTC"),
        ("disk", "not told since 2013-06-01 12:00 UTC, 1 tries: address 1 (json) took nothing"),
    ]
    assert [w for w, _ in about(found, "heartbeat")] == ["HANDLEPLAN_HEARTBEAT"]
    # what keeps people from hearing of the rest stands first
    assert [t.about for t in found][:3] == ["alerts", "alerts", "heartbeat"]
    assert not any(n in str(found) for n in NUMBERS)


def test_a_broken_ledger_is_a_line_and_no_failure(use: Set) -> None:
    settings = use(least_free_gb=0, alerts="json://127.0.0.1/")
    lake = Lake(settings.lake)
    lake.releases.mkdir(parents=True)
    ledger.path(lake).write_text("{}\n")
    (line,) = tasks(settings, [], [], TODAY)
    assert (line.about, line.which) == ("ledger", "releases/ledger.jsonl")
    assert "line 1" in line.what


def test_what_cannot_be_looked_at_is_a_line_and_stops_no_run(tmp_path: Path, use: Set) -> None:
    (tmp_path / "permissions.yaml").write_text("- nonsense")
    settings = use(permissions=tmp_path / "permissions.yaml", least_free_gb=0, alerts="json://127.0.0.1/")
    found = tasks(settings, CALENDAR, [], TODAY)
    assert [t.which for t in found if t.about == "ending"] == ["cannot be looked at"]
    assert {t.which for t in found if t.about == "late"} == {"dst_bef"}


def test_a_file_that_waits_is_named_by_its_source_and_rule(tmp_path: Path, use: Set) -> None:
    place = Place(tmp_path)
    place.land(text(), period=2010)
    settings = use(landing=place.landing, least_free_gb=0, alerts="json://127.0.0.1/")
    assert about(tasks(settings, [], [], TODAY), "waiting") == [("section_110_stays", "not_decided: 2010")]


def test_the_desk_hashes_no_file_and_finds_what_is_gone(
    tmp_path: Path, use: Set, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place(tmp_path)
    place.land(text(), period=2010)
    place.take(2010)
    settings = use(landing=place.landing, least_free_gb=0, alerts="json://127.0.0.1/")
    # a file refused because it was not the bytes of its manifest is known by its name
    wrong = place.land(text(41), period=2011)
    wrong.write_bytes(wrong.read_bytes().replace(b"B01", b"B99"))
    place.take(2011)
    hashed = []
    monkeypatch.setattr(hashlib, "file_digest", lambda *a: hashed.append(a))
    assert about(tasks(settings, [], [], TODAY), "refused") == [("section_110_stays", "sha256: 2011")]
    archived = place.store.file(place.store.current("section_110_stays")[2010].manifest)
    archived.unlink()
    assert about(tasks(settings, [], [], TODAY), "refused") == [
        ("section_110_stays", "archive: 2010"),
        ("section_110_stays", "sha256: 2011"),
    ]
    assert hashed == []


@pytest.mark.parametrize("passes", [True, False])
def test_failing_checks_are_those_whose_last_evaluation_did_not_pass(passes: bool) -> None:
    key = dg.AssetKey(["source", "table"])

    def run(instance: dg.DagsterInstance, passed: bool) -> None:
        @dg.asset(key=key, check_specs=[dg.AssetCheckSpec("in_order", asset=key)])
        def table():  # type: ignore[no-untyped-def]
            yield dg.Output(1)
            yield dg.AssetCheckResult(check_name="in_order", passed=passed, severity=dg.AssetCheckSeverity.WARN)

        dg.materialize([table], instance=instance)

    with dg.DagsterInstance.ephemeral() as instance:
        run(instance, not passes)
        run(instance, passes)
        found = failing_checks(instance, [dg.AssetCheckKey(key, "in_order"), dg.AssetCheckKey(key, "never_asked")])
    assert found == ([] if passes else [("source/table", "in_order", "WARN")])
