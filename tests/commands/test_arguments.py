"""A wrong argument, folder, file or year is a sentence and an exit code, never a traceback."""

import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from handleplan_pipeline.commands.failures import sentence_of
from handleplan_pipeline.errors import ContractError
from tests.commands.made import ROOT, handleplan, lake_with


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lake_with(tmp_path_factory.mktemp("arguments"), 1).root


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("status", "--year", "1999"), 2, "It has 2012, 2013."),
        (("goal", "12"), 2, "less than or equal to 11"),
        (("goal", "x"), 2, "valid integer"),
        (("nosuch",), 2, "No such command 'nosuch'"),
        (("run", "--job", "nosuch"), 2, "There are refresh, ingest, count, publish, national."),
        (("run", "--landing", "/nosuch/typo"), 2, "/nosuch/typo is no folder"),
        (("run", "--lake", "/proc/x"), 2, "--lake /proc/x: cannot be made"),
        (("run", "--lake", "/dev/null"), 2, "--lake /dev/null: cannot be made"),
        (("deliver", "/", "--source", "dst_bef", "--period", "2012"), 2, "is a directory"),
        (("deliver", "/nosuch.csv", "--source", "dst_bef", "--period", "2012"), 2, "does not exist"),
        (("synthesize", "--out", "/proc/x"), 2, "/proc/x: No such file or directory"),
        (("synthesize", "--out", "/dev/null"), 2, "/dev/null: File exists"),
        (("synthesize", "--out", "/tmp/x", "--years", "2015-2006"), 2, "the first one first"),
        (("synthesize", "--out", "/tmp/x", "--years", "1-2"), 2, "two years like 2006-2014"),
        (("synthesize", "--out", "/tmp/x", "--scale", "nan"), 2, ""),
        (("synthesize", "--out", "/tmp/x", "--blank-below", "5"), 2, "needs --summed"),
        (("sql", "select 1", "--on", "moon"), 2, "'release', 'lake'"),
        (("sql", "select 1", "--on", "lake"), 5, "handleplan run"),
        (("sql", "select 1", "--format", "xml"), 2, "'table', 'csv', 'json'"),
        (("verify", "/nosuch"), 2, "neither a release nor a folder"),
        (("goal", "1"), 5, "goal_01_ninth_grade.parquet: cannot be read"),
    ],
)
def test_a_wrong_argument_is_a_sentence(lake: Path, arguments: tuple[str, ...], code: int, words: str) -> None:
    done = handleplan(*arguments, lake=lake)
    assert done.returncode == code, done.stdout + done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert done.stdout == "" or arguments[0] == "goal"


def test_a_lake_that_is_a_file_or_broken_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    receipts = tmp_path / "lake" / "raw" / "section_110_stays"
    receipts.mkdir(parents=True)
    (receipts / ("0" * 64 + ".json")).write_text("{")
    for folder, command in (
        (tmp_path / "file", "status"),
        (tmp_path / "file", "sources"),
        (tmp_path / "lake", "sources"),
    ):
        done = handleplan(command, lake=folder)
        assert "Traceback" not in done.stdout + done.stderr
        assert done.returncode in (0, 2, 5)
    assert "section_110_stays" in done.stdout
    assert "refused" in done.stdout


def test_a_setting_that_is_no_setting_is_a_sentence(lake: Path) -> None:
    done = handleplan("status", lake=lake, HANDLEPLAN_DISCLOSURE="off")
    assert (done.returncode, done.stderr.startswith("HANDLEPLAN_DISCLOSURE: ")) == (2, True)


def test_a_full_disk_under_the_output_is_a_sentence(lake: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "handleplan_pipeline.cli", "sql", "select 1"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env={"PYTHONPATH": str(ROOT), "HANDLEPLAN_LAKE": str(lake)},
        )
    assert done.returncode == 5
    assert "no room left on the disk" in done.stderr
    assert "Traceback" not in done.stderr


def raised(work: object) -> BaseException:
    try:
        work()  # type: ignore[operator]
    except BaseException as e:
        return e
    raise AssertionError("nothing was raised")


def test_the_words_of_libraries_are_withheld() -> None:
    token = "HEMMELIG-0101"
    for work in (
        lambda: pl.Series([token]).cast(pl.Int32),
        lambda: int(token),
        lambda: {}[token],
        lambda: (_ for _ in ()).throw(OSError(token)),
    ):
        sentence, code = sentence_of(raised(work))
        assert token not in sentence
        assert code == 1
        assert "withheld" in sentence
    assert sentence_of(ContractError("own words")) == ("own words", 4)
    assert sentence_of(KeyboardInterrupt())[1] == 130
    assert sentence_of(OSError(28, "No space left on device", "/x"))[1] == 5
    # a file's name can hold a person number
    assert "1234" not in sentence_of(PermissionError(13, "Permission denied", "/landing/010190-1234.csv"))[0]
