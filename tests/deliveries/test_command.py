"""`handleplan deliver` and `handleplan purge` as a user calls them, and the history they leave."""

from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from assets.outputs.delivery import history
from handleplan_pipeline.cli import app
from handleplan_pipeline.lake.tables import Lake, checked
from handleplan_pipeline.settings import get_settings
from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused
from handleplan_pipeline.sources.deliveries.manifest import manifest_path, read_manifest
from handleplan_pipeline.sources.deliveries.store import DeliveryStore
from schemas.registry import contract
from tests.lib.deliveries import NUMBERS, Place, deliver, permission, real, text, written


def test_deliver_writes_the_manifest_checks_and_archives(lake: Path, tmp_path: Path) -> None:
    done = deliver(written(tmp_path, text()))
    assert done.exit_code == 0, done.output
    assert "40 rows are in order" in done.output
    landed = tmp_path / "landing/section_110_stays/ophold.csv"
    manifest = read_manifest(manifest_path(landed))
    assert manifest.model_dump(exclude={"sha256"}) == {
        "file": "ophold.csv",
        "source": "section_110_stays",
        "supplier": "Ankestyrelsen / Danmarks Statistik",
        "period": 2010,
        "rows": 40,
        "bytes": landed.stat().st_size,
        "delivery_number": 1,
        "permission": "SYNTETISK",
        "data_kind": "synthetic",
        "encoding": "cp1252",
        "format": "csv",
        "confirmed": False,
        "person_key": "number",
    }
    (receipt,) = DeliveryStore(lake).receipts("section_110_stays")
    assert (receipt.state, receipt.manifest.sha256) == ("accepted", manifest.sha256)
    assert not [p for p in landed.parent.iterdir() if p.name.startswith(".")]
    # the run finds it decided on already, and reads it from the archive
    place = Place(tmp_path)
    frame, intake = place.take()
    assert (frame.height, intake.decided) == (40, [])


def test_sources_says_what_has_been_delivered(lake: Path, tmp_path: Path) -> None:
    assert "leveret: 2010-2010, 1 år" not in CliRunner().invoke(app, ["sources"]).output.replace("\n", " ")
    assert deliver(written(tmp_path, text())).exit_code == 0
    shown = CliRunner(env={"COLUMNS": "240"}).invoke(app, ["sources"]).output
    (row,) = [x for x in shown.split("\n") if "section_110_stays" in x]
    assert "leveret: 2010-2010, 1 år" in row


def test_check_only_checks(lake: Path, tmp_path: Path) -> None:
    done = deliver(written(tmp_path, text()), "--check")
    assert done.exit_code == 0
    assert not (tmp_path / "landing").exists()
    assert not list((lake / "raw").glob("**/*"))


@pytest.mark.parametrize("more", [(), ("--check",)])
def test_a_file_that_is_not_in_order_is_neither_landed_nor_archived(
    lake: Path, tmp_path: Path, more: tuple[str, ...]
) -> None:
    done = deliver(written(tmp_path, text(here="147")), *more)
    assert isinstance(done.exception, DeliveryRefused)
    assert "municipality" in str(done.exception)
    assert not any(n in str(done.exception) + done.output for n in NUMBERS)
    assert not (tmp_path / "landing").exists()
    assert not list((lake / "raw").glob("**/*"))


def test_the_history_says_what_came_what_counts_and_what_was_refused(lake: Path, tmp_path: Path) -> None:
    assert deliver(written(tmp_path, text(40))).exit_code == 0
    assert deliver(written(tmp_path, text(30)), "--number", "2").exit_code == 0
    place = Place(tmp_path)
    place.land(text(here="147"), number=3)
    place.take()
    rows = [(r["delivery_number"], r["state"], r["rule"]) for r in history(Lake(lake))]
    assert rows == [(1, "superseded", None), (2, "current", None), (3, "refused", "municipality")]
    assert not any(n in str(history(Lake(lake))) for n in NUMBERS)


def test_purge_deletes_the_files_and_what_was_made_of_them(
    lake: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, permissions = tmp_path / "key", tmp_path / "permissions.yaml"
    key.write_text(sha256(b"a key for tests only").hexdigest())
    key.chmod(0o600)
    permissions.write_text(yaml.safe_dump([permission(delete_by=date(2999, 1, 1)).model_dump(mode="json")]))
    monkeypatch.setenv("HANDLEPLAN_KEY_FILE", str(key))
    monkeypatch.setenv("HANDLEPLAN_PERMISSIONS", str(permissions))
    get_settings.cache_clear()
    place = Place(tmp_path)
    place.land(real(), data_kind="delivered", permission="2010-41-0001")
    frame, _ = place.take()
    tables = Lake(lake)
    tables.write(checked(contract("source", "section_110_stays"), frame))
    published = contract("meta", "delivery")
    tables.write(checked(published, published.conform(history(tables))))
    tables.warehouse.write_bytes(b"views")
    nothing = CliRunner().invoke(app, ["purge"])
    assert "0 files deleted" in nothing.output
    assert tables.files(contract("source", "section_110_stays"))
    permissions.write_text(yaml.safe_dump([permission(delete_by=date(2016, 12, 31)).model_dump(mode="json")]))
    done = CliRunner().invoke(app, ["purge"])
    assert "2 files deleted" in done.output
    assert not list((tmp_path / "landing").rglob("*.csv*"))
    assert not tables.files(contract("source", "section_110_stays"))
    assert not tables.warehouse.exists()
    assert tables.files(published), "what is public and holds no person stays"
    (kept,) = place.store.receipts("section_110_stays")
    assert (kept.state, kept.manifest.sha256 in done.output) == ("deleted", True)


def test_no_parquet_of_a_lake_is_left_out_by_a_new_layer() -> None:
    """Purge goes by layer: a table that holds persons or counts of them must lie in one that it deletes."""
    from schemas.registry import all_contracts

    for c in all_contracts().values():
        holds_persons = "person" in c.column_names or "key_id" in c.column_names
        assert not holds_persons or c.layer in ("source", "register", "cell"), c.full_name
        assert not (holds_persons and c.public), c.full_name
