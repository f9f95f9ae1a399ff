"""A permission that is withdrawn, through the command line: the files go, the next run goes on, the goal says why.

The numbers fail modulus 11 on a date other than 1 January. Slow: two whole refreshes of a lake with one source.
"""

from hashlib import sha256
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from handleplan_pipeline.release.verify import verify
from handleplan_pipeline.sources.deliveries.command import make_manifest
from handleplan_pipeline.sources.deliveries.manifest import write_manifest
from tests.lib.deliveries import HEAD, NUMBERS, STAYS, permission
from tests.lib.lakes import succeeded
from tests.lib.searching import holding

pytestmark = pytest.mark.slow
GONE, KEPT = "GONEQ7", "KEPTQ7"
SPELT = tuple(f"{n[:6]}-{n[6:]}" for n in NUMBERS)
PERMISSIONS = {2012: "2012-41-0001", 2013: "2013-41-0002"}


def grant(path: Path, **of_2012: Any) -> None:
    entries = [
        permission(journal_number=PERMISSIONS[2012], delete_by="2999-01-01", **of_2012),
        permission(journal_number=PERMISSIONS[2013], delete_by="2999-01-01"),
    ]
    path.write_text(yaml.safe_dump([e.model_dump(mode="json") for e in entries]))
    path.chmod(0o600)


def stays(path: Path, year: int, word: str) -> Path:
    head = HEAD.removesuffix(";DATA_KIND")
    rows = [f"{NUMBERS[k % 6]};{word}{k:02d};101;101;01-02-{year};01-0{3 + k // 10}-{year}" for k in range(40)]
    path.write_text("\n".join([head, *rows]) + "\n", encoding="cp1252")
    return path


def reasons(lake: Path) -> dict[int, str]:
    """Year -> what the latest release says of goal 4."""
    table = pl.read_parquet(lake / "releases" / "latest" / "parquet" / "output" / "goal_status.parquet")
    return dict(table.filter(pl.col("goal") == 4).select("year", "reason_en").iter_rows())


def test_after_a_withdrawn_permission_nothing_is_left_and_the_run_goes_on(tmp_path: Path) -> None:
    lake, permissions, key = tmp_path / "lake", tmp_path / "permissions.yaml", tmp_path / "key"
    key.write_text(sha256(b"a key for tests only").hexdigest())
    key.chmod(0o600)
    settings = {
        "HANDLEPLAN_LAKE": str(lake),
        "HANDLEPLAN_KEY_FILE": str(key),
        "HANDLEPLAN_PERMISSIONS": str(permissions),
    }
    grant(permissions)
    sent = tmp_path / "sent"
    sent.mkdir()
    for year, word in ((2012, GONE), (2013, KEPT)):
        file = stays(sent / f"ophold_{year}.csv", year, word)
        succeeded(
            "deliver",
            str(file),
            "--source",
            "section_110_stays",
            "--period",
            str(year),
            "--permission",
            PERMISSIONS[year],
            **settings,
        )
    # a correction of another city is refused by the run and lies in quarantine until the purge
    other = stays(lake / "landing" / "section_110_stays" / "igen.csv", 2012, GONE)
    other.write_text(other.read_text().replace(";101;", ";147;"))
    write_manifest(other, make_manifest(other, STAYS, 2012, None, 2, PERMISSIONS[2012], "delivered"))
    succeeded("run", **settings)
    before = holding(lake, (GONE, KEPT, *SPELT))
    assert {Path(f).parts[0] for f in before[GONE]} == {"landing", "quarantine", "raw", "tables"}
    assert "permission" not in reasons(lake)[2012]

    grant(permissions, status="withdrawn")
    purged = succeeded("purge", **settings)
    assert "section_110_stays 2012" in purged.stdout
    assert "the permission is withdrawn" in purged.stdout
    after = holding(lake, (GONE, KEPT, *SPELT))
    assert GONE not in after
    assert {Path(f).parts[0] for f in after[KEPT]} == {"landing", "raw"}, "its tables are made again by the next run"

    again = succeeded("run", **settings)
    assert "the permission for" in reasons(lake)[2012]
    assert "is missing or has ended" in reasons(lake)[2012]
    assert "permission" not in reasons(lake)[2013]
    last = holding(lake, (GONE, KEPT))
    assert GONE not in last
    assert {Path(f).parts[0] for f in last[KEPT]} == {"landing", "raw", "tables"}
    assert GONE not in again.stdout + again.stderr + purged.stdout
    # what was published is protected and stays
    assert [verify(r) for r in sorted((lake / "releases").glob("*_r*"))] == [[], []]
    told = succeeded("goal", "4", **settings).stdout
    assert "2012: ○ Kan ikke måles." in told
    assert "tilladelsen til mindst én kilde mangler eller er udløbet" in told
