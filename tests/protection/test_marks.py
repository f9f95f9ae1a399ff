"""No hash in a release confirms a guess: every mark of confidential content is one that only the lake can make."""

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from handleplan_pipeline.lake.tables import Lake
from handleplan_pipeline.sources.deliveries.store import DeliveryStore
from schemas.registry import all_contracts, delivered_sources

HEX = re.compile(r"\b[0-9a-f]{64}\b")


def marks(release: Path) -> Iterator[str]:
    """Every text in the release that looks like a sha256."""
    yield from HEX.findall((release / "manifest.json").read_text(encoding="utf-8"))
    for file in (release / "parquet").rglob("*.parquet"):
        for column in pl.read_parquet(file).select(pl.col(pl.String)).iter_columns():
            yield from HEX.findall(" ".join(column.drop_nulls().unique().to_list()))


def sha256_of_tables(lake: Path, release: Path) -> set[str]:
    """The sha256 of every table that never leaves; not of one at the line that is published as it stands there."""
    here, found = Lake(lake), set()
    for c in (c for c in all_contracts().values() if not c.public):
        twin = release / "parquet" / "output" / f"{c.name}.parquet"
        for file in here.files(c):
            if not c.confidential and twin.is_file():
                published = pl.read_parquet(twin).drop("release_id")
                if pl.read_parquet(file).equals(published):
                    continue
            found.add(hashlib.sha256(file.read_bytes()).hexdigest())
    return found


def confidential(lake: Path, release: Path) -> set[str]:
    """The sha256 of every file received and of every table that never leaves."""
    received = {r.manifest.sha256 for s in delivered_sources() for r in DeliveryStore(lake).receipts(s)}
    return sha256_of_tables(lake, release) | received


def test_a_release_prints_no_hash_of_anything_confidential(lake: Path) -> None:
    release = (lake / "releases" / "latest").resolve()
    printed, known = set(marks(release)), confidential(lake, release)
    assert len(printed) > 100
    assert len(known) > 100
    assert not printed & known
    # the house itself can tell which file a mark is of
    assert {Lake(lake).sealed(h) for h in known} & printed


def test_a_release_does_not_tell_how_many_counts_are_sensitive(lake: Path) -> None:
    said = json.loads((lake / "releases" / "latest" / "manifest.json").read_text(encoding="utf-8"))["disclosure"]
    assert set(said) == {"control", "rule_da", "rule_en", "certificates_sha256"}


def test_marks_and_seeds_are_the_lake_s_own_and_stay(tmp_path: Path) -> None:
    one, other = Lake(tmp_path / "one"), Lake(tmp_path / "other")
    assert one.sealed("x") == Lake(tmp_path / "one").sealed("x") != other.sealed("x")
    assert one.seed("bootstrap") == one.seed("bootstrap") != one.seed("other")
    assert one.seed("bootstrap") != other.seed("bootstrap")
    assert (tmp_path / "one" / ".secret").stat().st_mode & 0o077 == 0


def test_who_asks_at_the_same_time_gets_the_same_mark(tmp_path: Path) -> None:
    found: list[str] = []
    ask = [threading.Thread(target=lambda: found.append(Lake(tmp_path).sealed("x"))) for _ in range(8)]
    for t in ask:
        t.start()
    for t in ask:
        t.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == [".secret", ".secret-id"]


@pytest.mark.parametrize("text", ["", "a" * 64])
def test_a_mark_has_the_form_of_a_sha256(tmp_path: Path, text: str) -> None:
    assert HEX.fullmatch(Lake(tmp_path).sealed(text))
