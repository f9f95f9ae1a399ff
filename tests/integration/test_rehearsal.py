"""The machine burns: what is left is a backup on another disk, and the lake comes back elsewhere, by fresh processes.

Slow: two whole runs on one source. The numbers fail modulus 11 on a date other than 1 January.
"""

import shutil
from hashlib import sha256
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from handleplan_pipeline.release.verify import verify
from tests.lib.deliveries import permission, real, written
from tests.lib.lakes import handleplan, succeeded

pytestmark = pytest.mark.slow
NO_PARTS = {"HANDLEPLAN_RELEASE_PARTS": "none"}


def settings(root: Path, **of_2011: Any) -> dict[str, str]:
    """An installation of its own: other paths, the same key, permissions of its own."""
    root.mkdir(exist_ok=True)
    key, permissions = root / "key", root / "permissions.yaml"
    key.write_text(sha256(b"a key for tests only").hexdigest())
    key.chmod(0o600)
    entries = [
        permission(journal_number="A-1", delete_by="2999-01-01"),
        permission(journal_number="B-2", delete_by="2999-01-01", **of_2011),
    ]
    permissions.write_text(yaml.safe_dump([e.model_dump(mode="json") for e in entries]))
    permissions.chmod(0o600)
    return {"HANDLEPLAN_KEY_FILE": str(key), "HANDLEPLAN_PERMISSIONS": str(permissions), **NO_PARTS}


def stays_of(lake: Path) -> list[tuple[int, int]]:
    """Year and stays that were counted from."""
    rows = pl.read_parquet(lake / "tables" / "source" / "section_110_stays.parquet")
    return sorted(rows.group_by("period").len().rows())


def test_a_machine_burns_and_its_lake_comes_back(tmp_path: Path) -> None:
    first, disk, second = tmp_path / "first", tmp_path / "disk", tmp_path / "second"
    here = settings(first) | {"HANDLEPLAN_LAKE": str(first / "lake")}
    for year, journal in ((2010, "A-1"), (2011, "B-2")):
        file = written(first, real().replace("-2010", f"-{year}"), f"ophold_{year}.csv")
        succeeded(
            *("deliver", str(file), "--source", "section_110_stays"),
            *("--period", str(year), "--permission", journal),
            **here,
        )
    succeeded("run", **here)
    last = (first / "lake" / "releases" / "latest").resolve().name
    succeeded("backup", "--to", str(disk), **here)
    # a permission is withdrawn after the backup, and its data are deleted
    settings(first, status="withdrawn")
    assert "1 deliveries" not in succeeded("purge", **here).stdout
    shutil.rmtree(first)

    # on the new machine the permission is on file again by mistake
    there = settings(second)
    done = handleplan("restore", "--from", str(disk), "--lake", str(second / "data"), **there)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 deliveries were deleted since and did not come back" in done.stdout
    new = (second / "data" / "releases" / "latest").resolve()
    assert new.name.endswith("_r0002")
    assert verify(new) == []
    assert verify(second / "data" / "releases" / last) == []
    assert stays_of(second / "data") == [(2010, 40)]
    assert f"tables differ between {last} and {new.name}" in done.stdout

    # from the same backup once more, before anything was deleted: every figure is as it was
    (log,) = disk.glob("deletions_*")
    log.write_text("")
    third = handleplan("restore", "--from", str(disk), "--lake", str(tmp_path / "third"), **there)
    assert third.returncode == 0, third.stdout + third.stderr
    assert f"says the same as {last}, in every table of figures" in third.stdout
    assert stays_of(tmp_path / "third") == [(2010, 40), (2011, 40)]
