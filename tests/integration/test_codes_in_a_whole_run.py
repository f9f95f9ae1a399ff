"""The experiment of the findings in one whole run: 890 -> 893 and 783 -> 785, half the uses gone, a code on no list.

Slow: a lake that others count as well, and one whole run beside it. 2012 has the other codes, 2014 a third of the
persons' weeks, 2015 a code that nobody listed.
"""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.cells.routes import UNUSUAL, UNUSUAL_CAVEAT
from handleplan_pipeline.lake.tables import Lake
from schemas.registry import all_contracts, contract
from tests.lib.lakes import COUNTED_CITY, counted, handleplan

pytestmark = pytest.mark.slow
UNLISTED = "987"
CELLS = {*(g.slug for g in load_catalogue().goals), "baseline_homelessness"}
OTHER = {"890": "893", "783": "785"}
"""Codes of benefits that a list of eleven codes did not have; each counts as the one it stands for."""


def rewrite(landing: Path, year: int, change: Callable[[pl.DataFrame, list[str]], pl.DataFrame]) -> None:
    """The file of DREAM of a year with changed weeks, and its manifest made out anew."""
    path = landing / "dst_dream" / f"dst_dream_{year}.csv"
    raw = pl.read_csv(path, separator=";", infer_schema_length=0)
    change(raw, [c for c in raw.columns if c.startswith("Y_")]).write_csv(path, separator=";")
    about = Path(f"{path}.manifest.json")
    manifest = json.loads(about.read_text()) | {
        "bytes": path.stat().st_size,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
    }
    about.write_text(json.dumps(manifest))


def other_codes(raw: pl.DataFrame, weeks: list[str]) -> pl.DataFrame:
    found = raw.select(pl.col(weeks).is_in(list(OTHER)).sum()).sum_horizontal().sum()
    assert found > 500, "nothing would be tested"
    return raw.with_columns(pl.col(weeks).replace(OTHER))


def a_third_of_the_persons(raw: pl.DataFrame, weeks: list[str]) -> pl.DataFrame:
    kept = pl.int_range(pl.len()) % 3 == 0
    return raw.with_columns(pl.when(kept).then(pl.col(weeks)))


def a_code_on_no_list(raw: pl.DataFrame, weeks: list[str]) -> pl.DataFrame:
    return raw.with_columns(
        pl.when(pl.int_range(pl.len()) == 0).then(pl.lit(UNLISTED)).otherwise(weeks[0]).alias(weeks[0])
    )


Runs = tuple[Lake, Lake, str]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """The lake of the city as generated, that of the changed files, and what the run said of the latter."""
    landing, lake = counted(tmp_path_factory, *COUNTED_CITY)
    root = tmp_path_factory.mktemp("codes")
    shutil.copytree(landing, root / "in")
    rewrite(root / "in", 2012, other_codes)
    rewrite(root / "in", 2014, a_third_of_the_persons)
    rewrite(root / "in", 2015, a_code_on_no_list)
    word = "off-not-to-be-shared"
    done = handleplan("run", "--landing", str(root / "in"), "--lake", str(root / "lake"), HANDLEPLAN_DISCLOSURE=word)
    assert done.returncode == 0, done.stdout + done.stderr
    return Lake(lake), Lake(root / "lake"), done.stdout + done.stderr


def test_other_codes_of_the_same_benefits_leave_every_figure_as_it_was(runs: Runs) -> None:
    before, after, _ = runs
    counted_tables = [(layer, name) for layer, name in all_contracts() if layer == "cell" and name in CELLS]
    assert len(counted_tables) == len(CELLS)
    for layer, name in counted_tables:
        one, other = (lake.read(contract(layer, name)) for lake in (before, after))
        if name == "goal_10_transfer_income":
            changed = pl.col("year").is_in([2014, 2015])
            assert one.filter(pl.col("year") == 2012)["numerator"].sum() > 0
            one, other = one.filter(~changed), other.filter(~changed)
        assert one.equals(other), name


def test_a_code_on_no_list_refuses_the_file_and_the_year_has_no_figure(runs: Runs) -> None:
    before, after, said = runs
    years = [set(lake.read(contract("cell", "goal_10_transfer_income"))["year"]) for lake in (before, after)]
    assert years[0] - years[1] == {2015}
    (line,) = [x for x in said.splitlines() if "dst_dream" in x and "2015" in x and "refused" in x][:1]
    assert UNLISTED in line, "the code is named"


def test_half_the_uses_gone_warns_and_goes_with_the_figures_to_the_goal(runs: Runs) -> None:
    before, after, said = runs
    account = after.read(contract("register", "row_account")).filter(pl.col("outcome") == UNUSUAL)
    assert account.select("source", "period").rows() == [("dst_dream", 2014)]
    assert "unusual use of Y_*" in said
    cells = after.read(contract("cell", "goal_10_transfer_income"))
    told = cells.filter(pl.col("caveats").fill_null("").str.split(";").list.contains(UNUSUAL_CAVEAT))
    assert set(told["year"]) == {2014}
    assert {"I12a", "I12b"} <= set(told["indicator_id"])
    status = after.read(contract("output", "goal_status"))
    carrying = status.filter(pl.col("caveats").fill_null("").str.contains(UNUSUAL_CAVEAT))
    assert carrying.select("goal", "year").rows() == [(10, 2014)]
    # nothing of it before
    assert not before.read(contract("register", "row_account")).filter(pl.col("outcome") == UNUSUAL).height
