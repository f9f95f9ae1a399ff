"""Settings: the environment, then the checkout's `.env`, whatever the working directory; another `.env` is ignored."""

import shutil
from pathlib import Path

import pytest

from tests.commands.made import ROOT, fresh, handleplan, lake_with, release_id


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the code with a `.env` of its own, which names a lake by a relative path."""
    folder = tmp_path_factory.mktemp("checkout")
    for package in ("handleplan_pipeline", "schemas", "assets"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "data_lake").symlink_to(ROOT / "data_lake")
    (folder / ".env").write_text("HANDLEPLAN_LAKE=mine\n")
    lake_with(folder / "mine", 1)
    return folder


def test_the_checkout_s_file_counts_from_every_folder_and_a_foreign_one_never(checkout: Path, tmp_path: Path) -> None:
    lake_with(tmp_path / "foreign", 7)
    (tmp_path / ".env").write_text(f"HANDLEPLAN_LAKE={tmp_path / 'foreign'}\n")
    for cwd in (checkout, Path("/"), tmp_path):
        done = fresh("status", "--year", "2012", code=checkout, cwd=cwd)
        assert done.returncode == 0, done.stderr
        assert str(checkout / "mine" / "releases" / release_id(1)) in done.stdout


def test_the_environment_wins(checkout: Path, tmp_path: Path) -> None:
    lake_with(tmp_path / "other", 2)
    done = fresh("status", "--year", "2012", code=checkout, lake=tmp_path / "other")
    assert release_id(2) in done.stdout
    # a relative path of the environment starts where the command is given
    done = fresh("status", "--year", "2012", code=checkout, cwd=tmp_path, HANDLEPLAN_LAKE="other")
    assert release_id(2) in done.stdout


def test_an_unreadable_file_or_an_empty_path_is_a_sentence(checkout: Path, tmp_path: Path) -> None:
    done = handleplan("status", lake=None, HANDLEPLAN_LAKE="")
    assert (done.returncode, done.stderr.startswith("HANDLEPLAN_LAKE: ")) == (2, True)
    broken = tmp_path / "broken"
    shutil.copytree(checkout, broken, symlinks=True)
    (broken / ".env").write_bytes(b"HANDLEPLAN_LAKE=\xff\xfe\x00\n")
    done = fresh("status", code=broken)
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)
    assert ".env: cannot be read" in done.stderr


def test_doctor_misses_the_pinned_files(tmp_path: Path) -> None:
    done = handleplan("doctor", lake=tmp_path, HANDLEPLAN_REFERENCE="/nosuch")
    assert done.returncode == 1
    assert "there are no pinned files in /nosuch" in done.stderr
    some = tmp_path / "reference"
    shutil.copytree(ROOT / "data_lake" / "reference", some)
    for part in some.rglob("strafna9_2008_2024*"):
        part.unlink()
    done = handleplan("doctor", lake=tmp_path, HANDLEPLAN_REFERENCE=str(some))
    assert done.returncode == 1
    assert "strafna9_2008_2024.csv.meta.json: missing" in done.stderr
