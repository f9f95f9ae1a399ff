"""What stands in an installation: late data by stage, room, releases that wait, what ends."""

import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from handleplan_pipeline.alerts import statbank, watch
from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.lake.tables import Lake
from handleplan_pipeline.release import ledger
from handleplan_pipeline.settings import get_settings
from handleplan_pipeline.sources.deliveries.store import DeliveryStore
from handleplan_pipeline.sources.expected import Place, calendar
from handleplan_pipeline.sources.statbank.answers import Answers
from tests.alerts.made import Set
from tests.lib.deliveries import permission
from tests.statbank.server import reset
from tests.statbank.server import statbank as statbank_server

CATALOGUE = load_catalogue()


@pytest.mark.parametrize(
    ("today", "stage"),
    [
        (date(2013, 4, 14), None),
        (date(2013, 4, 15), "expected"),
        (date(2013, 5, 30), "expected"),
        (date(2013, 5, 31), "late"),
        # sixty days after 31 May
        (date(2013, 7, 29), "late"),
        (date(2013, 7, 30), "missing"),
    ],
)
def test_a_late_delivery_goes_through_three_stages(tmp_path: Path, today: date, stage: str | None) -> None:
    place = Place(DeliveryStore(tmp_path), Answers(tmp_path / "statbank"), get_settings().reference)
    events = watch.late(CATALOGUE, calendar(CATALOGUE, place, today), today)
    mine = [(e.kind, e.key) for e in events if e.facts["source"] == "section_110_stays" and e.facts["period"] == 2012]
    assert mine == ([(stage, f"late/section_110_stays/2012/{stage}")] if stage else [])


def test_room_that_is_less_than_the_setting_is_told_of(use: Set) -> None:
    assert watch.disk(use(least_free_gb=0)) == []
    (event,) = watch.disk(use(least_free_gb=10**9))
    assert event.facts["needed_mb"] == 1024 * 10**9
    assert event.facts["free_mb"] > 0


def test_room_that_is_less_than_the_next_release_needs_is_told_of(use: Set, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = use(least_free_gb=0)
    settings.lake.mkdir()
    usage = shutil.disk_usage(settings.lake)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=63 * 1024**2))
    # 64 MB is the least that a release needs
    assert [e.kind for e in watch.disk(settings)] == ["disk"]


def entry(release: str, before: str, after: str, at: str = "2013-06-01T06:00:00Z") -> ledger.Entry:
    return ledger.Entry(at, "Bo", release, before, after, "", "a" * 64, "")


def test_a_release_waits_from_its_proposal_until_it_is_decided_on(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    assert watch.waiting(lake) == []
    for release in ("2013-06-01T06-00Z_r0001", "2013-06-02T06-00Z_r0002"):
        ledger.append(lake, entry(release, "draft", "proposed"))
    assert [e.key for e in watch.waiting(lake)] == [
        "release/2013-06-01T06-00Z_r0001",
        "release/2013-06-02T06-00Z_r0002",
    ]
    ledger.append(lake, entry("2013-06-01T06-00Z_r0001", "proposed", "approved"))
    ledger.append(lake, entry("2013-06-02T06-00Z_r0002", "proposed", "rejected"))
    assert watch.waiting(lake) == []


def certificate(path: Path, last: datetime) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "handleplan.example.org")])
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(last - timedelta(days=365))
        .not_valid_after(last)
    )
    from cryptography.hazmat.primitives.serialization import Encoding

    path.write_bytes(built.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))
    return path


@pytest.mark.parametrize(
    ("today", "kinds"),
    [
        (date(2016, 11, 1), []),
        (date(2016, 11, 2), ["ending"]),
        (date(2017, 1, 1), ["ending"]),
        (date(2017, 1, 2), ["ended"]),
    ],
)
def test_what_ends_is_told_of_sixty_days_before_and_when_it_has_ended(
    tmp_path: Path, use: Set, today: date, kinds: list[str]
) -> None:
    """Last day 1 January 2017: 60 days before is 2 November 2016."""
    file = tmp_path / "permissions.yaml"
    entries = [
        permission(delete_by=date(2017, 1, 1)),
        permission(journal_number="2010-41-0002", delete_by=date(2017, 1, 1), status="applied_for"),
    ]
    file.write_text(yaml.safe_dump([e.model_dump(mode="json") for e in entries]))
    file.chmod(0o600)
    pem = certificate(tmp_path / "proxy.pem", datetime(2017, 1, 1, 12, 0, tzinfo=UTC))
    settings = use(permissions=file, certificates=pem)
    events = watch.ending(settings, today)
    assert [e.kind for e in events] == kinds * 2
    assert {e.facts["name"] for e in events} == ({"2010-41-0001", "proxy.pem"} if kinds else set())


def test_what_cannot_be_read_is_named(tmp_path: Path, use: Set) -> None:
    (tmp_path / "broken.pem").write_text("no certificate")
    (tmp_path / "permissions.yaml").write_text("- nonsense")
    settings = use(
        certificates=f"{tmp_path / 'broken.pem'},{tmp_path / 'gone.pem'}", permissions=tmp_path / "permissions.yaml"
    )
    events = watch.ending(settings, date(2017, 1, 1))
    assert [(e.kind, e.facts["name"]) for e in events] == [
        ("unreadable", "broken.pem"),
        ("unreadable", "gone.pem"),
        ("unreadable", "HANDLEPLAN_PERMISSIONS"),
    ]


def stamped(stamp: str, table: str = "FOLK1E"):  # type: ignore[no-untyped-def]
    return lambda info: info | ({"updated": stamp} if info["id"] == table else {})


def test_a_table_of_statbank_that_changed_since_it_was_read_is_named_once(tmp_path: Path) -> None:
    answers, reference = Answers(tmp_path), get_settings().reference
    with statbank_server() as (url, faults):
        first = statbank.look(url, answers, reference, {})
        # the pinned answers were read on 16 September 2026, after the tables' own stamps
        assert (first.changed, first.updated["FOLK1E"]) == ([], "2026-08-10T08:00:00")
        faults.info = stamped("2026-11-10T08:00:00")
        second = statbank.look(url, answers, reference, first.updated)
        assert second.changed == ["FOLK1E"]
        assert statbank.look(url, answers, reference, second.updated).changed == []
        # whoever looks for the first time compares with the day the answers were read
        assert statbank.look(url, answers, reference, {}).changed == ["FOLK1E"]


def test_a_statbank_that_does_not_answer_is_said_and_forgets_nothing(tmp_path: Path) -> None:
    with statbank_server() as (url, faults):
        faults.always("tableinfo", reset)
        found = statbank.look(url, Answers(tmp_path), get_settings().reference, {"FOLK1E": "2026-08-10T08:00:00"})
    assert found.changed == []
    assert found.updated == {"FOLK1E": "2026-08-10T08:00:00"}
    assert found.why is not None
    assert "StatBank" in found.why
