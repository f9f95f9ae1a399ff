"""What a release carries beside its tables: made in order, listed, summed, and never at the tables' cost."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from handleplan_pipeline.errors import ConfigurationError, ReleaseError
from handleplan_pipeline.release import parts
from handleplan_pipeline.release.verify import verify
from handleplan_pipeline.settings import PART_NAMES, get_settings
from tests.commands.made import release_id, write_release

Writes = Callable[[Path], None]


def told(monkeypatch: pytest.MonkeyPatch, value: str) -> tuple[str, ...]:
    monkeypatch.setenv("HANDLEPLAN_RELEASE_PARTS", value)
    get_settings.cache_clear()
    try:
        return get_settings().release_parts
    finally:
        get_settings.cache_clear()


def test_parts_are_named_in_any_order_and_made_in_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(monkeypatch, "dcat, csv,xlsx,csv") == ("csv", "xlsx", "dcat")
    assert told(monkeypatch, "none") == ()
    assert told(monkeypatch, "all") == PART_NAMES
    # what lists the files of the others comes last
    assert PART_NAMES[-2:] == ("datapackage", "dcat")


@pytest.mark.parametrize("value", ["csv,pdf", "", "all,csv"])
def test_an_unknown_part_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    with pytest.raises(ConfigurationError, match=r"HANDLEPLAN_RELEASE_PARTS: .*none"):
        told(monkeypatch, value)


def test_every_part_is_one_of_the_settings_in_the_same_order() -> None:
    assert list(parts.PARTS) == [n for n in PART_NAMES if n in parts.PARTS]


def note(name: str) -> Writes:
    def write(folder: Path) -> None:
        (folder / name).mkdir()
        (folder / name / "seen").write_text(",".join(sorted(p.name for p in folder.iterdir())))

    return write


def test_a_part_sees_the_tables_and_the_parts_before_it_and_is_listed_and_summed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "PARTS", {n: note(n) for n in ("one", "two", "three")})
    folder = tmp_path / release_id(1)
    write_release(folder, release_id(1), parts=("three", "one"))
    assert (folder / "one" / "seen").read_text() == "handleplan.duckdb,one,parquet"
    assert (folder / "three" / "seen").read_text() == "handleplan.duckdb,one,parquet,three"
    assert json.loads((folder / "manifest.json").read_text())["parts"] == ["one", "three"]
    assert {"one/seen", "three/seen"} <= {line[66:] for line in (folder / "SHA256SUMS").read_text().splitlines()}
    assert verify(folder) == []
    (folder / "one" / "seen").write_text("other")
    assert verify(folder) == ["one/seen: changed"]


def shrinks(folder: Path) -> None:
    (folder / "handleplan.duckdb").write_bytes(b"")


def removes(folder: Path) -> None:
    next((folder / "parquet").rglob("*.parquet")).unlink()


def test_a_part_that_touches_the_tables_or_leaves_nothing_stops_the_release(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = {
        "csv: changed 1 files of the release, the first handleplan.duckdb": shrinks,
        "csv: changed 1 files of the release, the first parquet/": removes,
        "csv: wrote no file": lambda _: None,
    }
    for i, (words, does) in enumerate(expected.items()):
        monkeypatch.setattr(parts, "PARTS", {"csv": does})
        with pytest.raises(ReleaseError, match=words):
            write_release(tmp_path / str(i), release_id(1), parts=("csv",))
        assert not (tmp_path / str(i) / "SHA256SUMS").exists()
