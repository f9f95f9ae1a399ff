"""Files of persons at rest are closed to other users of the machine; releases are there for them (threat 59)."""

import os
import stat
from pathlib import Path

import pytest

from handleplan_pipeline.lake.tables import Lake


@pytest.mark.parametrize("name", ["raw", "quarantine", "tables"])
def test_folders_of_persons_are_closed_to_others_whatever_the_mask_says(tmp_path: Path, name: str) -> None:
    before = os.umask(0)
    try:
        with Lake(tmp_path / "lake").lock(0):
            mode = stat.S_IMODE((tmp_path / "lake" / name).stat().st_mode)
    finally:
        os.umask(before)
    assert mode & 0o007 == 0
    assert mode & 0o700 == 0o700


def test_a_lake_of_before_is_closed_and_its_group_keeps_what_it_had(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    for name, mode in (("tables", 0o775), ("raw", 0o757), ("releases", 0o755)):
        (lake / name).mkdir(parents=True)
        (lake / name).chmod(mode)
    with Lake(lake).lock(0):
        pass
    modes = {n: stat.S_IMODE((lake / n).stat().st_mode) for n in ("tables", "raw", "releases")}
    assert modes == {"tables": 0o770, "raw": 0o750, "releases": 0o755}
