"""A pinned file that was changed stops everything, with its name and both hashes."""

from datetime import date
from pathlib import Path

import pytest

from handleplan_pipeline.lake.files import sha256_of
from handleplan_pipeline.settings import get_settings
from handleplan_pipeline.sources.pinned import PinnedFileError, read_pinned, sidecar_path, write_sidecar

REFERENCE = get_settings().reference


def pin(path: Path) -> None:
    write_sidecar(path, title="t", producer="p", licence="l", accessed=date(2026, 1, 1), source="s")


def test_a_changed_file_is_refused_with_both_hashes(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("a\n1\n")
    pin(path)
    before = sha256_of(path)
    path.write_text("a\n2\n")
    with pytest.raises(PinnedFileError) as caught:
        read_pinned(path)
    assert all(word in str(caught.value) for word in ("x.csv", before, sha256_of(path)))


def test_missing_files_and_broken_sidecars_are_named(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    with pytest.raises(PinnedFileError, match="missing"):
        read_pinned(path)
    path.write_text("a\n")
    with pytest.raises(PinnedFileError, match=r"no sidecar x\.csv\.meta\.json"):
        read_pinned(path)
    sidecar_path(path).write_text('{"title": "t"}')
    with pytest.raises(PinnedFileError, match="sha256"):
        read_pinned(path)


@pytest.mark.parametrize("side", sorted(REFERENCE.rglob("*.meta.json")), ids=lambda p: p.name)
def test_every_pinned_file_is_as_it_was_pinned(side: Path) -> None:
    data, meta = read_pinned(side.with_name(side.name.removesuffix(".meta.json")))
    assert len(data) == meta.bytes
    assert all((meta.producer, meta.licence, meta.title))


def test_every_reference_file_has_a_sidecar() -> None:
    files = {p for p in REFERENCE.rglob("*") if p.is_file() and not p.name.endswith(".meta.json")}
    assert {p.name for p in files if not sidecar_path(p).is_file()} == set()
