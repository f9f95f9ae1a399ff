"""A release that was changed afterwards is found out, however the sums were rewritten, and told in sentences."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import duckdb
import polars as pl
import pytest

from handleplan_pipeline.release.verify import verify
from tests.commands.made import handleplan, lake_with, release_id, write_release

STATUS = "parquet/output/goal_status.parquet"


@pytest.fixture
def release(tmp_path: Path) -> Path:
    folder = tmp_path / release_id(1)
    write_release(folder, folder.name)
    return folder


def sums_anew(folder: Path) -> None:
    """What a forger does last."""
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p.name != "SHA256SUMS")
    lines = [f"{hashlib.sha256(p.read_bytes()).hexdigest()}  {p.relative_to(folder).as_posix()}\n" for p in files]
    (folder / "SHA256SUMS").write_text("".join(lines))


def in_database(folder: Path, *statements: str) -> None:
    with duckdb.connect(str(folder / "handleplan.duckdb")) as con:
        for s in statements:
            con.execute(s)


def test_a_release_as_it_was_made_is_whole(release: Path) -> None:
    assert verify(release) == []


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        (
            "UPDATE output.goal_status SET badge = 'met' WHERE goal = 4",
            "output.goal_status: differs from its Parquet copy; 1 rows are in the database only, 1 in the copy only. "
            "Differing: badge in 1 rows",
        ),
        ("UPDATE output.goal_status SET data_kind = 'official'", "Differing: data_kind in 2 rows"),
        (
            "INSERT INTO output.goal_status SELECT * REPLACE (2014 AS year) FROM output.goal_status WHERE goal = 3",
            "1 rows are in the database only, 0 in the copy only. Differing: whole rows",
        ),
        ("DELETE FROM output.goal_status WHERE goal = 3", "0 rows are in the database only, 1 in the copy only"),
        ("ALTER TABLE output.goal_status DROP caveats", "the Parquet copy has other columns or types"),
        ("ALTER TABLE output.goal_status ALTER goal TYPE BIGINT", "the Parquet copy has other columns or types"),
        ("CREATE VIEW output.v AS SELECT 1 AS a", "output.v: a view, and a release holds tables only"),
        ("CREATE MACRO output.m(a) AS a + 1", "output.m: a macro, and a release holds tables only"),
        ("CREATE MACRO output.m() AS TABLE SELECT * FROM read_csv('/etc/passwd')", "output.m: a macro"),
        ("CREATE SEQUENCE output.s", "output.s: a sequence"),
        ("CREATE TYPE output.e AS ENUM ('a')", "output.e: a type"),
        ("CREATE TABLE output.new AS SELECT 1 AS a", "output.new: has no Parquet copy"),
        ("CREATE SCHEMA cell; CREATE TABLE cell.t AS SELECT 1 AS a", "schema cell is not public"),
        (
            "CREATE SCHEMA IF NOT EXISTS source; CREATE TABLE source.section_110_stays AS SELECT 1 AS a",
            "source.section_110_stays: is not public",
        ),
        (
            "UPDATE output.goal_status SET reason_en = 'see 010190-1234' WHERE goal = 3",
            "output.goal_status: column reason_en holds 1 values that look like CPR numbers",
        ),
        ('DROP TABLE meta."column"', "meta.column: missing"),
        (
            "UPDATE output.goal_status SET row_id = '0101901234' WHERE goal = 3",
            "output.goal_status: 1 row ids are not made of the key",
        ),
    ],
)
def test_a_forged_database_with_rewritten_sums_is_named(release: Path, statement: str, words: str) -> None:
    in_database(release, statement)
    sums_anew(release)
    assert words in "\n".join(verify(release))


def test_database_and_copy_forged_alike_differ_from_the_manifest(release: Path) -> None:
    in_database(release, "DELETE FROM output.goal_status WHERE goal = 3")
    pl.read_parquet(release / STATUS).filter(pl.col("goal") != 3).write_parquet(release / STATUS)
    sums_anew(release)
    assert verify(release) == ["output.goal_status: 1 rows in the database, manifest.json says another number"]


def test_a_release_under_another_name_is_named(release: Path) -> None:
    other = release.rename(release.with_name(release_id(2)))
    assert f"manifest.json: is of another release than {release_id(2)}" in verify(other)
    assert "output.goal_status: 2 rows are of another release" in verify(other)


def test_null_and_value_and_repeated_rows_are_told_apart(release: Path) -> None:
    twice = pl.read_parquet(release / STATUS)
    pl.concat([twice, twice[:1]]).write_parquet(release / STATUS)
    sums_anew(release)
    assert "0 rows are in the database only, 1 in the copy only" in "\n".join(verify(release))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda r: (r / STATUS).write_bytes(b"PAR1"), f"{STATUS}: changed"),
        (lambda r: (r / STATUS).unlink(), f"{STATUS}: missing"),
        (lambda r: (r / "extra.csv").write_text("x"), "extra.csv: not listed"),
        (lambda r: (r / ".hidden").write_text("x"), ".hidden: not listed"),
        (lambda r: (r / "empty").mkdir(), "empty/: a folder of no listed file"),
        (lambda r: os.mkfifo(r / "pipe"), "pipe: is no regular file"),
        (lambda r: (r / "passwd").symlink_to("/etc/passwd"), "passwd: is a link"),
        (lambda r: (r / "gone").symlink_to("nowhere"), "gone: is a link that leads nowhere"),
        (lambda r: (r / "out").symlink_to("/etc"), "out: is a link"),
        (lambda r: (r / "manifest.json").unlink(), "manifest.json: missing"),
        (lambda r: (r / "SHA256SUMS").write_bytes(bytes(range(256))), "SHA256SUMS: is no text"),
        (lambda r: (r / "SHA256SUMS").write_text("no sums at all\n\nx\n"), "SHA256SUMS: 3 lines are not a sum and a"),
        (lambda r: (r / "SHA256SUMS").write_text("0" * 64 + "  ../../etc/passwd\n"), "1 lines name a file outside"),
        (lambda r: (r / "SHA256SUMS").write_text("0" * 64 + "  /etc/passwd\n"), "1 lines name a file outside"),
        (lambda r: (r / "SHA256SUMS").write_text(("0" * 64 + "  a\n") * 2), "1 lines repeat a name"),
    ],
)
def test_files_that_are_not_what_they_were_are_named(
    release: Path, change: Callable[[Path], object], words: str
) -> None:
    change(release)
    assert words in "\n".join(verify(release))


@pytest.mark.parametrize("text", ["", "[]", "{", '{"tables": 1}', '{"tables": {"a": 1}}', "\xff", "[" * 100_000])
def test_garbage_for_a_manifest_is_a_sentence(release: Path, text: str) -> None:
    (release / "manifest.json").write_bytes(text.encode("latin-1"))
    sums_anew(release)
    (wrong,) = verify(release)
    assert wrong.startswith("manifest.json: ")


def test_garbage_for_a_database_or_a_copy_is_a_sentence(release: Path) -> None:
    (release / STATUS).write_bytes(b"PAR1 and nothing more PAR1")
    sums_anew(release)
    assert "output.goal_status: the Parquet copy cannot be read (ComputeError)" in verify(release)
    (release / "handleplan.duckdb").write_bytes(b"garbage" * 1000)
    sums_anew(release)
    (wrong,) = verify(release)
    assert wrong.startswith("handleplan.duckdb: cannot be read whole (")


def test_a_release_below_a_folder_with_brackets_is_verified(tmp_path: Path) -> None:
    folder = tmp_path / "lake [2012] *" / release_id(1)
    write_release(folder, folder.name)
    assert verify(folder) == []


def test_the_command_takes_the_latest_an_id_a_number_or_a_path(tmp_path: Path) -> None:
    lake = lake_with(tmp_path / "lake", 1, 2)
    for arguments in ((), (release_id(2),), ("r0001",), (str(lake.releases / release_id(1)),)):
        done = handleplan("verify", *arguments, lake=lake.root)
        assert (done.returncode, done.stderr) == (0, "")
    in_database(lake.releases / release_id(1), "UPDATE output.goal_status SET badge = 'met'")
    sums_anew(lake.releases / release_id(1))
    done = handleplan("verify", "r0001", lake=lake.root)
    assert done.returncode == 5
    assert "Differing: badge in 2 rows" in done.stderr
    done = handleplan("verify", "r0009", lake=lake.root)
    assert (done.returncode, "neither a release nor a folder" in done.stderr) == (2, True)
    assert handleplan("verify", lake=tmp_path / "empty").returncode == 5
