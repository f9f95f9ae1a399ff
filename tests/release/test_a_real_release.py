"""A house with approvers, through the command line and with real releases: nothing is public before it is signed.

Slow: two whole releases of a lake without deliveries.
"""

import json
import shutil
from pathlib import Path

import duckdb
import pytest

from handleplan_pipeline.lake.tables import Lake
from handleplan_pipeline.protection.known import known_before
from handleplan_pipeline.release.ledger import read
from tests.lib.lakes import handleplan, run_without_deliveries, succeeded
from tests.release.made import LENE, signers

pytestmark = pytest.mark.slow


def told(root: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((root / "releases" / "latest.json").read_text())
    return found


def test_a_run_proposes_a_person_signs_and_the_next_release_tells_it(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, keys: dict[str, Path]
) -> None:
    root, setting = tmp_path / "lake", signers(tmp_path / "allowed_signers", {LENE: keys[LENE]})
    shutil.copytree(run_without_deliveries(tmp_path_factory)[0], root, symlinks=True)
    house = {"HANDLEPLAN_LAKE": str(root), "HANDLEPLAN_APPROVERS": str(setting), "HANDLEPLAN_RELEASE_PARTS": "report"}
    first = told(root)["release_id"]
    done = succeeded("run", "--job", "publish", **house)
    assert "proposed, not public" in done.stdout
    assert told(root)["release_id"] == first
    assert succeeded("status", **house)
    assert handleplan("release", "publish", "r0002", **house).returncode == 5
    checked = handleplan("release", "check", **house)
    names = [line.split()[1].rstrip(":") for line in checked.stdout.splitlines() if line.startswith("warning ")]
    acknowledged = [word for name in names for word in ("--acknowledge", name)]
    assert checked.returncode == 0, checked.stdout
    by = ("--by", LENE, "--key", str(keys[LENE]))
    succeeded("release", "approve", "r0002", *by, *acknowledged, **house)
    succeeded("release", "publish", "r0002", **house)
    second = told(root)["release_id"]
    assert str(second).endswith("_r0002")
    verified = succeeded("release", "verify", **house)
    assert f"approved and signed by {LENE}" in verified.stdout
    with duckdb.connect(str(root / "releases" / "latest" / "handleplan.duckdb"), read_only=True) as con:
        assert con.sql("select kind from meta.release").fetchall() == [("official",)]
        # its own steps stand in the next one
        rows = con.sql("select release_id, from_state, to_state from meta.release_event order by line").fetchall()
        assert rows == [(first, "draft", "published")]

    counted = known_before(Lake(root))
    succeeded("release", "withdraw", "r0002", "--reason", "fejl i kilden", "--by", LENE, **house)
    assert told(root)["release_id"] == first
    # what was read once is known, withdrawn or not
    assert known_before(Lake(root)) == counted
    succeeded("release", "propose", "--by", "Bo Bygger", **house)
    third = root / "releases" / ".proposed" / read(Lake(root))[-1].release_id
    audited_with = json.loads((third / "manifest.json").read_text())["audited_with"]
    assert audited_with == [first, second]
    with duckdb.connect(str(third / "handleplan.duckdb"), read_only=True) as con:
        ends = con.sql(
            "select release_id, to_state, note from meta.release_event where to_state = 'withdrawn'"
        ).fetchall()
        assert ends == [(second, "withdrawn", "fejl i kilden")]
        about_second = con.sql(f"select to_state, who from meta.release_event where release_id = '{second}'").fetchall()
        assert [s for s, _ in about_second] == ["proposed", "approved", "published", "withdrawn"]
        assert about_second[1][1] == LENE
    assert told(root)["release_id"] == first
