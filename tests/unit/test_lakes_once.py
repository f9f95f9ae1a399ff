"""A shared folder is made once however many ask at the same time, and anew when it was left half-made."""

from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from tests.lib.lakes import DONE, once


def count_one(root: Path) -> None:
    with (root.parent / "calls").open("a") as f:
        f.write("x")
    (root / "table").write_text("whole")


def ask(root: str) -> str:
    return (once(Path(root), "a city", count_one) / "table").read_text()


def test_two_processes_make_it_once(tmp_path: Path) -> None:
    # a pool of multiprocessing may wait for ever for a process it has ended itself
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        assert list(pool.map(ask, [str(tmp_path)] * 4)) == ["whole"] * 4
    assert (tmp_path / "calls").read_text() == "x"


def test_two_threads_make_it_once_and_another_city_is_another_folder(tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(ask, [str(tmp_path)] * 4)) == ["whole"] * 4
    assert (tmp_path / "calls").read_text() == "x"
    assert once(tmp_path, "another city", count_one) != once(tmp_path, "a city", count_one)
    assert (tmp_path / "calls").read_text() == "xx"


def test_what_was_left_half_made_is_made_anew(tmp_path: Path) -> None:
    def fail(root: Path) -> None:
        (root / "rest").touch()
        raise OSError

    with pytest.raises(OSError):  # noqa: PT011
        once(tmp_path, "a city", fail)
    folder = once(tmp_path, "a city", count_one)
    assert not (folder / "rest").exists()
    assert (folder / DONE).read_text() == "a city"
