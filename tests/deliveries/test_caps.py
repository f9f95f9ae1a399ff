"""Caps hold: footers are asked, sizes counted while unpacking; what kills or hangs the reader kills nothing else."""

import os
import struct
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import psutil
import pytest

from handleplan_pipeline.sources.deliveries import caps, readers, reading, worker
from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused
from handleplan_pipeline.sources.deliveries.reading import Question
from handleplan_pipeline.sources.deliveries.worker import Worker
from tests.deliveries.reading_tools import HEADER, csv, lines, read, says_no_value, stay, write
from tests.lib.deliveries import TOKEN


@pytest.fixture(autouse=True)
def own_reader() -> Iterator[None]:
    worker.stop()
    yield
    worker.stop()


def stays(folder: Path, name: str = "stays.parquet") -> Path:
    path = folder / name
    pl.DataFrame([stay(k) for k in range(40)], schema=list(HEADER), orient="row").write_parquet(path)
    return path


def question(path: Path, kind: str = "parquet") -> Question:
    return Question(str(path), kind, "cp1252", ";", ",")


def test_a_parquet_file_is_asked_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "big.parquet"
    pl.DataFrame({"a": pl.repeat(1, caps.MAX_ROWS + 1, eager=True, dtype=pl.Int8)}).write_parquet(path)
    assert path.stat().st_size < 1024**2
    monkeypatch.setattr(pl, "read_parquet", None)
    with pytest.raises(DeliveryRefused, match=f"size: big.parquet: {caps.MAX_ROWS + 1} rows and 1 columns"):
        reading.read(question(path))


@pytest.mark.parametrize(
    ("rows", "columns", "refused"),
    [
        (caps.MAX_ROWS, 10, False),
        (caps.MAX_ROWS + 1, 1, True),
        (1, caps.MAX_COLUMNS + 1, True),
        (caps.MAX_CELLS // 100, 100, False),
        (caps.MAX_CELLS // 100 + 1, 100, True),
    ],
)
def test_rows_columns_and_cells_have_limits(rows: int, columns: int, refused: bool) -> None:
    if not refused:
        return caps.require_shape("x", rows, columns)
    with pytest.raises(DeliveryRefused, match="size"):
        caps.require_shape("x", rows, columns)


@pytest.mark.slow
def test_a_small_file_that_unpacks_to_more_than_the_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """12 columns of 10 million repeated texts are 2 GB; the reader of this test has 1.5 GB."""
    path = tmp_path / "bomb.parquet"
    column = pl.repeat("x" * 30, 10_000_000, eager=True).cast(pl.Categorical)
    pl.DataFrame({f"c{k}": column for k in range(12)}).write_parquet(path)
    assert path.stat().st_size < 4 * 1024**2
    monkeypatch.setattr(worker, "READER_MEMORY", 1536 * 1024**2)
    with pytest.raises(DeliveryRefused) as caught:
        worker.ask(question(path), path.name)
    assert caught.value.rule in ("size", "readable")
    good = stays(tmp_path)
    assert worker.ask(question(good), good.name).counted == 40


def spoofed(path: Path, real: int, said: int) -> Path:
    """A workbook whose sheet unpacks to `real` bytes and whose directory and header say `said`."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("xl/workbook.xml", "<workbook/>")
        z.writestr("xl/_rels/workbook.xml.rels", "<Relationships/>")
        z.writestr("xl/worksheets/sheet1.xml", b"<worksheet>" + b" " * real + b"</worksheet>")
    content = path.read_bytes()
    length = struct.pack("<I", real + 23)
    assert content.count(length) == 2
    path.write_bytes(content.replace(length, struct.pack("<I", said)))
    return path


def test_a_workbook_that_lies_about_its_size_is_found_out_while_unpacking(tmp_path: Path) -> None:
    path = spoofed(tmp_path / "x.xlsx", 20_000_000, 60_000)
    with pytest.raises(DeliveryRefused, match="workbook"):
        worker.ask(question(path, "xlsx"), path.name)


def test_an_honest_bomb_is_refused_by_what_it_would_unpack_to(tmp_path: Path) -> None:
    path = spoofed(tmp_path / "x.xlsx", 20_000_000, 20_000_023)
    with pytest.raises(DeliveryRefused, match="unpacks to too much"):
        worker.ask(question(path, "xlsx"), path.name)


@pytest.mark.parametrize("small", [0, 32 * 1024**2])
def test_large_parts_are_read_like_small_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small: int) -> None:
    from handleplan_pipeline.sources.deliveries import workbook, workbook_survey

    path = tmp_path / "stays.xlsx"
    pl.DataFrame([stay(k) for k in range(40)], schema=list(HEADER), orient="row").write_excel(path)
    monkeypatch.setattr(workbook_survey, "SMALL_PART", small)
    frame, counted = workbook.read_workbook(path, path.name, ",")
    assert (frame.row(0), counted) == (tuple(stay(0)), 40)


def test_what_comes_out_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from handleplan_pipeline.sources.deliveries import workbook_survey

    path = spoofed(tmp_path / "x.xlsx", 20_000, 20_023)
    monkeypatch.setattr(workbook_survey, "_require_sane", lambda *_: None)
    monkeypatch.setattr(workbook_survey, "XLSX_MAX_UNPACKED", 10_000)
    with pytest.raises(DeliveryRefused, match="unpacks to too much"):
        workbook_survey.survey(path, path.name)


def test_a_doctype_anywhere_before_the_root_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    text = "<!--" + "x" * 10_000 + '--><!DOCTYPE a [<!ENTITY b "c">]><workbook/>'
    for encoding in ("utf-8", "utf-16"):
        with zipfile.ZipFile(path, "w") as z:
            z.writestr("xl/workbook.xml", text.encode(encoding))
        with pytest.raises(DeliveryRefused, match="DOCTYPE"):
            worker.ask(question(path, "xlsx"), path.name)


def test_large_text_is_read_by_the_reader_with_the_memory_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readers, "SMALL_TEXT", 100)
    monkeypatch.setattr(readers, "read", None)
    assert read(write(tmp_path, csv(*lines())), 40).row(0) == tuple(stay(0))


def hung(folder: Path) -> Path:
    os.mkfifo(folder / "hung.csv")
    return folder / "hung.csv"


def test_a_file_that_hangs_the_reader_is_refused_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "READER_SECONDS", 0.2)
    with pytest.raises(DeliveryRefused, match=r"readable: hung\.csv: reading took over"):
        worker.ask(question(hung(tmp_path), "csv"), "hung.csv")
    assert not worker._running
    monkeypatch.setattr(worker, "READER_SECONDS", 60.0)
    assert worker.ask(question(stays(tmp_path)), "x").counted == 40


def killing(monkeypatch: pytest.MonkeyPatch, times: int) -> list[int]:
    """Readers die when they are asked, the first `times`."""
    whole, killed = Worker.ask, []

    def ask(self: Worker, q: Question) -> tuple[dict[str, Any], bytes]:
        if len(killed) < times:
            killed.append(self.process.pid)
            self.process.kill()
            self.process.wait()
        return whole(self, q)

    monkeypatch.setattr(Worker, "ask", ask)
    return killed


def test_a_file_that_kills_the_reader_twice_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    killed = killing(monkeypatch, 2)
    with pytest.raises(DeliveryRefused) as caught:
        read(stays(tmp_path), 40)
    assert (caught.value.rule, len(set(killed))) == ("readable", 2)
    says_no_value(caught.value)
    assert read(stays(tmp_path), 40).height == 40


def test_one_death_may_be_the_machines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    killed = killing(monkeypatch, 1)
    assert read(stays(tmp_path), 40).height == 40
    assert len(killed) == 1


def test_one_reader_is_used_for_file_after_file(tmp_path: Path) -> None:
    pids = set()
    for _ in range(5):
        read(stays(tmp_path), 40)
        pids.add(worker._running[0].process.pid)
    assert len(pids) == 1


def test_an_interrupted_question_leaves_no_answer_for_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Worker._exactly
    monkeypatch.setattr(Worker, "_exactly", interrupted_after(3, whole))
    with pytest.raises(KeyboardInterrupt):
        read(stays(tmp_path), 40)
    monkeypatch.setattr(Worker, "_exactly", whole)
    other = tmp_path / "other.parquet"
    pl.DataFrame([stay(1)], schema=list(HEADER), orient="row").write_parquet(other)
    assert read(other, 1).row(0) == tuple(stay(1))


def interrupted_after(n: int, whole: Any) -> Any:
    calls = []

    def exactly(self: Worker, size: int, until: float) -> Any:
        calls.append(size)
        if len(calls) > n:
            raise KeyboardInterrupt
        return whole(self, size, until)

    return exactly


def test_threads_take_turns_and_get_their_own_answers(tmp_path: Path) -> None:
    found: dict[int, int] = {}

    def take(n: int) -> None:
        path = tmp_path / f"t{n}.parquet"
        pl.DataFrame([stay(k) for k in range(n)], schema=list(HEADER), orient="row").write_parquet(path)
        for _ in range(5):
            found[n] = read(path, n).height

    threads = [threading.Thread(target=take, args=(n,)) for n in range(1, 7)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert found == {n: n for n in range(1, 7)}


def test_a_reader_holds_no_file_and_is_given_no_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HANDLEPLAN_KEY_FILE", f"/{TOKEN}")
    given: list[dict[str, str]] = []
    whole = subprocess.Popen

    def popen(*arguments: Any, **more: Any) -> Any:
        given.append(more["env"])
        assert more["stderr"] == subprocess.DEVNULL
        return whole(*arguments, **more)

    monkeypatch.setattr(subprocess, "Popen", popen)
    before = set(os.listdir("/tmp"))
    read(stays(tmp_path), 40)
    (environment,) = given
    assert not any(TOKEN in v or k.startswith("HANDLEPLAN") for k, v in environment.items())
    if os.getuid() == 0:
        assert psutil.Process(worker._running[0].process.pid).open_files() == []
    assert not {n for n in set(os.listdir("/tmp")) - before if "arrow" in n or "polars" in n}


@pytest.mark.parametrize("kind", ["parquet", "xlsx", "sav", "dta", "sas7bdat", "csv"])
def test_nothing_of_a_broken_file_is_printed(tmp_path: Path, capfd: pytest.CaptureFixture[str], kind: str) -> None:
    start = {"parquet": b"PAR1", "sav": b"$FL2", "dta": b"<stata_dta>", "xlsx": b"PK\x03\x04"}.get(kind, b"")
    path = write(tmp_path, start + f"{TOKEN};{stay(0)[0]}\n".encode() * 50 + start, f"stays.{kind}")
    with pytest.raises(DeliveryRefused) as caught:
        read(path, 50)
    said = str(caught.value) + "".join(capfd.readouterr())
    assert TOKEN not in said
    assert stay(0)[0] not in said


CHILD = """
import sys
from handleplan_pipeline.sources.deliveries import worker
from handleplan_pipeline.sources.deliveries.reading import Question
import threading, time, os, signal
worker._started()
print(worker._running[0].process.pid, flush=True)
threading.Thread(target=lambda: worker.ask(Question(sys.argv[1], "csv", "cp1252", ";", ","), "x"), daemon=True).start()
time.sleep(float(sys.argv[2]))
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_reader_dies_with_its_parent_also_in_the_middle_of_a_file(tmp_path: Path) -> None:
    path = hung(tmp_path)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, str(path), "0.5"], stdout=subprocess.PIPE, env=environment
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
    until = time.monotonic() + 60
    while alive(pid) and time.monotonic() < until:
        time.sleep(0.05)
    assert not alive(pid)


def alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def test_a_forked_process_has_a_reader_of_its_own(tmp_path: Path) -> None:
    path = stays(tmp_path)
    read(path, 40)
    mine = worker._running[0].process.pid
    code = os.fork()
    if not code:
        try:
            ok = not worker._running
        finally:
            os._exit(0 if ok else 1)
    assert os.waitpid(code, 0)[1] == 0
    assert read(path, 40).height == 40
    assert worker._running[0].process.pid == mine
