"""A corrected delivery makes a second release, audited together with the first. Slow: two whole runs."""

import hashlib
from pathlib import Path

import polars as pl
import pytest

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.lake.releases import existing
from handleplan_pipeline.lake.tables import Lake
from handleplan_pipeline.protection.audit import audit
from handleplan_pipeline.protection.proof import printed
from handleplan_pipeline.protection.together import revised_by_few
from handleplan_pipeline.sources.deliveries.manifest import manifest_path, read_manifest, write_manifest
from tests.lib.lakes import handleplan, released

pytestmark = pytest.mark.slow


def correct(landing: Path, source: str, year: int, fewer: int) -> None:
    """Delivery number 2 of a source and year, with so many rows fewer."""
    first = landing / source / f"{source}_{year}.csv"
    manifest = read_manifest(manifest_path(first))
    lines = first.read_bytes().decode(str(manifest.encoding)).splitlines()
    second = first.with_name(f"{source}_{year}_corrected.csv")
    second.write_bytes("\n".join([lines[0], *lines[1 + fewer :], ""]).encode(str(manifest.encoding)))
    changed = {
        "file": second.name,
        "bytes": second.stat().st_size,
        "rows": len(lines) - 1 - fewer,
        "delivery_number": 2,
        "sha256": hashlib.sha256(second.read_bytes()).hexdigest(),
    }
    write_manifest(second, manifest.model_copy(update=changed))


def test_a_correction_is_released_without_telling_whom_it_concerns(tmp_path: Path) -> None:
    lake = released(tmp_path, "0.1", "7", "2010-2013")
    correct(tmp_path / "in", "section_110_stays", 2012, 3)
    done = handleplan("run", "--landing", str(tmp_path / "in"), "--lake", str(lake))
    assert done.returncode == 0, done.stdout + done.stderr
    first, second = existing(Lake(lake))
    confidential = lake / "tables/cell"
    assert audit(second, confidential / "certificate.parquet", [first], kinds=confidential / "kind.parquet") == []
    catalogue = load_catalogue()
    before, now = printed(first), printed(second)
    assert not list(revised_by_few(catalogue, now, before))
    # what did not change and was printed is printed again, and every year but a few is as it was
    same = {k for k, c in before.counts.items() if now.counts.get(k) == c}
    assert len(same) > 0.95 * len(before.counts)
    plan = pl.read_parquet(lake / "tables/cell/suppression_plan.parquet")
    assert plan.filter(pl.col("reason") == "revision").height + plan.filter(pl.col("reason") == "small_count").height
    changed = pl.read_parquet(second / "parquet/meta/revision.parquet")
    assert set(changed["reason"]) <= {"revised", "removed", "added"}
    assert changed.height
