"""StatBank: one parser for live and pinned, hidden cells as states, errors and faults as the API has them."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import polars as pl
import pytest

from handleplan_pipeline.errors import SourceError
from handleplan_pipeline.settings import get_settings
from handleplan_pipeline.statbank.client import LiveSource, StatBankClient, StatBankError, TransientError
from handleplan_pipeline.statbank.extracts import FOLK1E, STRAFNA9, Extract
from handleplan_pipeline.statbank.parse import parse_bulk
from handleplan_pipeline.statbank.source import SnapshotSource
from handleplan_pipeline.statbank.tableinfo import TableInfo, parse_tableinfo
from tests.statbank.server import Faults, statbank

SNAPSHOT = SnapshotSource(get_settings().reference / "statbank")
INFO = SNAPSHOT.tableinfo(STRAFNA9)
YEARS = [2010, 2011]


@pytest.fixture
def server() -> Iterator[tuple[str, Faults]]:
    with statbank() as running:
        yield running


def client(url: str, **more: float) -> StatBankClient:
    return StatBankClient(url, **({"timeout": 5.0, "wait": 0.01, "max_wait": 0.02} | more))  # type: ignore[arg-type]


def data_calls(faults: Faults) -> int:
    return sum(endpoint == "data" for endpoint, _ in faults.calls)


@pytest.mark.parametrize("extract", [STRAFNA9, FOLK1E], ids=lambda e: e.table)
def test_live_and_snapshot_give_the_same_cells(extract: Extract, server: tuple[str, Faults], tmp_path: Path) -> None:
    url, faults = server
    with client(url) as c:
        live = LiveSource(c, tmp_path).fetch(extract, YEARS)
    assert live.frame.equals(SNAPSHOT.fetch(extract, YEARS).frame)
    assert live.provenance["mode"] == "live"
    assert live.provenance["request_id"]
    assert [p.stem for p in tmp_path.iterdir()] == [live.provenance["sha256"]]
    query = faults.calls[-1][1]
    assert (query["format"], query["valuePresentation"]) == ("BULK", "Code")


def test_years_the_source_does_not_hold_are_named_and_not_made_up() -> None:
    got = SNAPSHOT.fetch(FOLK1E, [2009, 2010])
    assert got.provenance["years_missing"] == [2009]
    assert set(got.frame["year"]) == {2010}


@pytest.mark.parametrize("fault", ["status_500", "resets", "cut_off"])
def test_a_fault_that_passes_is_retried(fault: str, server: tuple[str, Faults], tmp_path: Path) -> None:
    url, faults = server
    setattr(faults, fault, 2)
    with client(url) as c:
        done = c.download(STRAFNA9, YEARS, INFO, tmp_path)
    assert data_calls(faults) == 3
    assert [p.name for p in tmp_path.iterdir()] == [done.path.name]


@pytest.mark.parametrize("fault", ["status_500", "resets", "cut_off"])
def test_a_fault_that_stays_ends_after_a_bounded_number_of_tries(
    fault: str, server: tuple[str, Faults], tmp_path: Path
) -> None:
    url, faults = server
    setattr(faults, fault, 99)
    with client(url) as c, pytest.raises(TransientError):
        c.download(STRAFNA9, YEARS, INFO, tmp_path)
    assert data_calls(faults) == 4
    assert list(tmp_path.iterdir()) == []


def test_a_slow_answer_times_out(server: tuple[str, Faults], tmp_path: Path) -> None:
    url, faults = server
    faults.sleep = 1.0
    with client(url, timeout=0.2, attempts=2) as c, pytest.raises(TransientError, match="ReadTimeout"):
        c.download(STRAFNA9, YEARS, INFO, tmp_path)


def test_the_probe_tells_when_a_table_last_changed(server: tuple[str, Faults]) -> None:
    with client(server[0]) as c:
        assert c.updated("STRAFNA9").isoformat() == "2026-04-08T08:00:00"
    assert data_calls(server[1]) == 0


def test_no_server_at_all(tmp_path: Path) -> None:
    with client("http://127.0.0.1:9/v1", attempts=2) as c, pytest.raises(TransientError, match="could not be reached"):
        c.tableinfo("STRAFNA9")


def test_a_refusal_is_passed_on_and_never_retried(server: tuple[str, Faults], tmp_path: Path) -> None:
    url, faults = server
    with client(url) as c:
        with pytest.raises(StatBankError, match="Table does not exist: STRAFNA1") as caught:
            c.tableinfo("STRAFNA1")
        assert (caught.value.error_type_code, caught.value.status) == ("EXTRACT-NOTFOUND", 400)
        assert caught.value.request_id
        with pytest.raises(StatBankError, match=r"Can't find value: 1999 \(TID\)"):
            c.download(STRAFNA9, [1999], INFO, tmp_path)
    assert [e for e, _ in faults.calls] == ["tableinfo", "data"]


def test_the_cell_limit_is_read_from_the_message() -> None:
    text = "Forespørgslen på op mod 4.800.600 celler er over begrænsningen på 1.000.000 celler for denne filtype."
    error = StatBankError("REQUEST-LIMIT", text, 400, None)
    assert (error.cells, error.cell_limit) == (4_800_600, 1_000_000)


def test_every_variable_must_be_given_before_anything_is_sent(server: tuple[str, Faults], tmp_path: Path) -> None:
    url, faults = server
    short = Extract("x", "STRAFNA9", {"KOEN": ("M",)}, "Tid", "{year}", "", "")
    with client(url) as c, pytest.raises(SourceError, match="ALDER, HERKOMST"):
        c.download(short, YEARS, INFO, tmp_path)
    assert faults.calls == []


def test_changed_codes_are_named(server: tuple[str, Faults], tmp_path: Path) -> None:
    url, faults = server
    faults.rewrite = ("M;15-29;35;", "M;15-29;99;")
    with client(url) as c, pytest.raises(SourceError, match=r"variable HERKOMST holds 1 codes .* 99"):
        LiveSource(c, tmp_path).fetch(STRAFNA9, YEARS)


def body(*cells: str, header: str = "KOEN;ALDER;HERKOMST;TID;INDHOLD") -> bytes:
    lines = [header] + [f"M;TOT;TOT;{2010 + i};{c}" for i, c in enumerate(cells)]
    return ("\r\n".join(lines) + "\r\n").encode()


def states(info: TableInfo, *cells: str) -> list[tuple[float | None, str]]:
    return parse_bulk(body(*cells), info).select("value", "cell_state").rows()


def test_a_hidden_cell_is_a_state_and_never_a_zero() -> None:
    own_sign = INFO.model_copy(update={"suppressed_value": ".."})
    assert states(own_sign, "5", "0", "..", ".") == [
        (5, "value"), (0, "zero"), (None, "blanked"), (None, "not_available"),
    ]  # fmt: skip
    assert INFO.suppressed_value == "0"
    assert states(INFO, "0") == [(0, "zero_or_hidden")]
    assert states(INFO, "1,5", "2.5") == [(1.5, "value"), (2.5, "value")]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (body("x1"), "1 cells that are neither number nor known sign"),
        (body("1", header="KOEN;ALDER;OPHAV;TID;INDHOLD"), r"missing \['HERKOMST'\], not expected \['OPHAV'\]"),
        (body("1")[:-2], "cut off"),
        (body("1") + b"M;TOT\r\n", "1 lines do not have 5 fields"),
        (body("1") + b"M;TOT;TOT;2010;2\r\n", "1 cells occur more than once"),
        ("KOEN;ALDER;HERKOMST;TID;INDHOLD\r\næ".encode("latin-1"), "not UTF-8"),
    ],
)
def test_a_broken_answer_is_refused_with_its_reason(data: bytes, words: str) -> None:
    with pytest.raises(SourceError, match=words):
        parse_bulk(data, INFO)


def test_a_byte_order_mark_is_no_obstacle() -> None:
    assert parse_bulk(b"\xef\xbb\xbf" + body("7"), INFO)["value"].to_list() == [7]


def test_tableinfo_that_is_not_tableinfo() -> None:
    with pytest.raises(SourceError, match="not JSON"):
        parse_tableinfo(b"<html>")
    with pytest.raises(SourceError, match="variables"):
        parse_tableinfo(b'{"id": "X", "text": "t", "unit": "u", "updated": "2026", "active": true}')


def test_the_server_really_has_the_csv_dialect(server: tuple[str, Faults]) -> None:
    query = STRAFNA9.query([2010]) | {"format": "CSV"}
    answer = httpx.post(server[0] + "/data", json=query).content
    assert answer.startswith(b"\xef\xbb\xbf")
    assert isinstance(parse_bulk(answer, INFO), pl.DataFrame)
