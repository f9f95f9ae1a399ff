"""No server holds a run for ever, fills the memory or the disk, or is unpacked without counting."""

import tracemalloc
import zlib
from pathlib import Path

import pytest

from handleplan_pipeline.errors import SourceError
from handleplan_pipeline.sources.statbank.extracts import STRAFNA9
from handleplan_pipeline.sources.statbank.transport import TransientError
from tests.statbank.clients import INFO, SNAPSHOT, YEARS, Time, client, live
from tests.statbank.server import (
    CSV,
    Fault,
    Faults,
    body,
    dripping,
    dripping_headers,
    endless,
    gzipped,
    silent,
    status,
    zeros_packed,
)

Server = tuple[str, Faults]
MIB = 2**20
BOMB = zeros_packed(100)
"""About 0.1 MiB."""


@pytest.mark.parametrize("fault", [dripping, dripping_headers], ids=["body", "headers"])
@pytest.mark.parametrize("endpoint", ["tableinfo", "data"])
def test_a_byte_now_and_then_is_given_up_after_the_total_time(fault: Fault, endpoint: str, server: Server) -> None:
    url, faults = server
    faults.always(endpoint, fault)
    # every look at the clock takes 59 seconds, so that no read is ever late by itself
    c = client(url, Time(step=59.0), max_bytes=10**9)
    with pytest.raises(TransientError, match=f"{endpoint} of STRAFNA9 took more than 600 seconds in all"):
        c.tableinfo("STRAFNA9") if endpoint == "tableinfo" else c.data(STRAFNA9, YEARS, INFO)
    assert faults.count(endpoint) == 1


def test_description_and_data_share_one_time(server: Server, tmp_path: Path) -> None:
    url, faults = server
    faults.plan("tableinfo", status(503, Retry_After="100"), 2)
    faults.always("data", status(503, Retry_After="100"))
    time = Time()
    with pytest.raises(TransientError, match="data of STRAFNA9"):
        live(url, tmp_path, time=time, total=350.0).fetch(STRAFNA9, YEARS)
    assert time.slept == [100.0, 100.0, 100.0]


def test_an_answer_that_does_not_come_times_out(server: Server) -> None:
    url, faults = server
    faults.always("data", silent)
    with client(url, timeout=0.05, attempts=2) as c, pytest.raises(TransientError, match="ReadTimeout"):
        c.data(STRAFNA9, YEARS, INFO)
    assert faults.count("data") == 2


def test_the_next_pull_has_its_own_time(server: Server, tmp_path: Path) -> None:
    time = Time()
    source = live(server[0], tmp_path, time=time)
    source.fetch(STRAFNA9, YEARS)
    time.sleep(10_000.0)
    assert source.fetch(STRAFNA9, YEARS).frame.height == 128


@pytest.mark.parametrize(
    "fault",
    [endless, body(b"0" * 3 * MIB), gzipped(b"0" * 3 * MIB)],
    ids=["without end", "too large", "too large once unpacked"],
)
@pytest.mark.parametrize("endpoint", ["tableinfo", "data"])
def test_what_is_too_large_is_not_read_on_and_not_kept(
    fault: Fault, endpoint: str, server: Server, tmp_path: Path
) -> None:
    url, faults = server
    faults.always(endpoint, fault)
    with pytest.raises(SourceError, match=f"{endpoint} of STRAFNA9: the answer is larger than 2,097,152 bytes"):
        live(url, tmp_path, max_bytes=2 * MIB).fetch(STRAFNA9, YEARS)
    assert faults.count(endpoint) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("endpoint", ["tableinfo", "data"])
def test_a_gzip_bomb_takes_no_more_memory_than_the_cap(endpoint: str, server: Server, tmp_path: Path) -> None:
    url, faults = server
    faults.always(endpoint, body(BOMB, CSV, Content_Encoding="gzip"))
    tracemalloc.start()
    try:
        with pytest.raises(SourceError, match="is larger than"):
            live(url, tmp_path).fetch(STRAFNA9, YEARS)
        assert tracemalloc.get_traced_memory()[1] < 70 * MIB
    finally:
        tracemalloc.stop()


def test_a_gzip_bomb_in_an_error_is_not_unpacked(server: Server) -> None:
    url, faults = server
    faults.always("data", status(404, BOMB, CSV, Content_Encoding="gzip"))
    tracemalloc.start()
    try:
        with pytest.raises(SourceError, match=r"UNKNOWN .*HTTP 404"):
            client(url).data(STRAFNA9, YEARS, INFO)
        assert tracemalloc.get_traced_memory()[1] < 20 * MIB
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("encoding", ["deflate", "br", "zstd", "gzip, gzip", "compress", "x" * 5000])
def test_a_packing_nobody_asked_for_is_refused_unopened(encoding: str, server: Server) -> None:
    url, faults = server
    faults.always("data", body(zlib.compress(b"0" * MIB), CSV, Content_Encoding=encoding))
    with pytest.raises(SourceError, match="packed in another way than gzip"):
        client(url).data(STRAFNA9, YEARS, INFO)


def test_a_good_gzip_is_read(server: Server, tmp_path: Path) -> None:
    url, faults = server
    faults.always("tableinfo", gzipped())
    faults.always("data", gzipped())
    assert live(url, tmp_path).fetch(STRAFNA9, YEARS).frame.equals(SNAPSHOT.fetch(STRAFNA9, YEARS).frame)
