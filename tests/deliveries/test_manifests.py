"""Nothing a supplier writes into a manifest decides where a file is stored, or is ever printed."""

import codecs
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from assets.outputs.delivery import history
from handleplan_pipeline.lake.tables import Lake
from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused
from handleplan_pipeline.sources.deliveries.manifest import MAX_MANIFEST_BYTES, manifest_path, read_manifest
from tests.lib.deliveries import NUMBERS, TOKEN, Place, text


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def rewrite(path: Path, written_as: str = "utf-8", mark: bytes = b"", **change: Any) -> None:
    """The manifest beside `path` with other fields, as some other program would write it."""
    fields = json.loads(manifest_path(path).read_text(encoding="utf-8")) | change
    manifest_path(path).write_bytes(mark + json.dumps(fields).encode(written_as))


def everything(place: Place) -> dict[str, bytes]:
    root = place.store.root.parent
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


HOSTILE = (
    {"source": "/tmp/elsewhere"},
    {"source": "../raw/section_110_stays"},
    {"source": "a\x00b"},
    {"format": "/../x"},
    {"format": "pth\x00"},
    {"format": "x" * 300},
    {"format": "CSV/../../y"},
    {"sha256": "../" * 20 + "abcd"},
    {"encoding": "unicode_escape"},
    {"encoding": "zip"},
    {"encoding": "/etc/passwd"},
    {"file": "../../etc/passwd"},
    {"supplier": "x" * 5000},
    {"supplier": "a\nb"},
    {"permission": "x" * 500},
    {"permission": "a\nb"},
    {"period": 10**40},
    {"rows": -1},
    {"delivery_number": 0},
    {"data_kind": TOKEN},
    {TOKEN: 1},
    {"rows": TOKEN},
)


@pytest.mark.parametrize("change", HOSTILE, ids=range(len(HOSTILE)))
def test_a_field_that_has_not_its_form_is_told_without_its_text_and_writes_nothing(
    place: Place, change: dict[str, Any]
) -> None:
    rewrite(place.land(text()), **change)
    before = everything(place)
    frame, intake = place.take()
    (told,) = intake.outcomes
    assert (told.state, told.rule, frame.height, intake.decided) == ("refused", "manifest", 0, [])
    assert TOKEN not in told.sentence
    assert "elsewhere" not in told.sentence
    assert everything(place) == before


def test_the_fields_that_are_wrong_are_named(place: Place) -> None:
    path = place.land(text())
    rewrite(path, rows="many", sha256="x", secret_name=1)
    with pytest.raises(DeliveryRefused) as e:
        read_manifest(manifest_path(path))
    assert "fields missing or wrong: rows, sha256; 1 fields that a manifest does not have" in str(e.value)
    assert "secret_name" not in str(e.value)


def test_quarantine_lies_under_the_folder_s_source_and_the_real_hash(place: Place) -> None:
    """The manifest claims to be of another source and to have another hash, that of an archived file."""
    place.land(text(40))
    _, first = place.take()
    archived = first.decided[0].manifest
    bad = place.land(text(39), name="bad.csv", number=2, source="dst_bef", sha256=archived.sha256, format="parquet")
    kept = place.store.file(archived).read_bytes()
    _, intake = place.take()
    assert [r.rule for r in intake.decided] == ["source"]
    real = hashlib.sha256(bad.read_bytes()).hexdigest()
    folder = place.store.root / "quarantine"
    assert {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()} == {
        f"section_110_stays/2010_2_{real}.json",
        f"section_110_stays/{real}.parquet",
    }
    assert place.store.file(archived).read_bytes() == kept
    assert place.take()[0].height == 40


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [("utf-8", codecs.BOM_UTF8), ("utf-16-le", codecs.BOM_UTF16_LE), ("utf-16-be", codecs.BOM_UTF16_BE)],
)
def test_a_byte_order_mark_says_nothing(place: Place, encoding: str, mark: bytes) -> None:
    rewrite(place.land(text()), encoding, mark)
    assert place.take()[0].height == 40


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b"",
        b"null",
        b"[]",
        b"\xff\xfe\xff",
        b"{" + b" " * MAX_MANIFEST_BYTES + b"}",
        b'{"rows": ' + b"9" * 5_000 + b"}",
        b'{"rows": NaN}',
        b'{"rows": 1, "rows": 2}',
        b'{"rows": 1',
        b"\x00" * 50,
    ],
    ids=range(12),
)
def test_odd_json_is_one_sentence(place: Place, content: bytes) -> None:
    manifest_path(place.land(text())).write_bytes(content)
    (told,) = place.take()[1].outcomes
    assert (told.state, told.rule) == ("refused", "manifest")
    assert "section_110_stays_2010_1.csv" in told.sentence
    assert len(told.sentence) < 300


def test_a_doubled_field_is_refused_though_both_are_good(place: Place) -> None:
    path = place.land(text())
    manifest_path(path).write_text(manifest_path(path).read_text().replace('"rows": 40,', '"rows": 40, "rows": 40,'))
    assert place.take()[1].outcomes[0].rule == "manifest"


def test_no_free_text_of_a_manifest_is_kept_or_told(place: Place) -> None:
    """A token in each free field; every number here is of nobody."""
    place.land(text(40), supplier=f"{TOKEN} A/S", name="a.csv")
    place.land(text(39), permission=TOKEN, name="b.csv", number=2)
    place.land(text(38), data_kind="delivered", permission=f"{TOKEN} {NUMBERS[0]}", name="c.csv", number=3)
    place.land(text(37), source=TOKEN.lower(), format=TOKEN.lower(), name="d.csv", number=4)
    _, intake = place.take()
    assert [r.rule for r in intake.decided] == ["supplier", "permission", "permission", "source"]
    said = " ".join(o.sentence for o in intake.outcomes) + str(history(Lake(place.store.root)))
    receipts = b" ".join(p.read_bytes() for p in place.store.root.rglob("*.json")).decode()
    for word in (TOKEN, TOKEN.lower(), *NUMBERS):
        assert word not in said
        assert word not in receipts
    assert {r["supplier"] for r in history(Lake(place.store.root))} == {"other", "Ankestyrelsen / Danmarks Statistik"}


def test_an_accepted_delivery_shows_the_declared_supplier(place: Place) -> None:
    place.land(text())
    place.take()
    (row,) = history(Lake(place.store.root))
    assert row["supplier"] == "Ankestyrelsen / Danmarks Statistik"
