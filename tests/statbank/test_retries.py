"""What may pass is tried again within bounds, at the pace the server asks for; what will not pass is tried once."""

from datetime import UTC, datetime, timedelta

import pytest

from handleplan_pipeline.errors import ConfigurationError, SourceError
from handleplan_pipeline.sources.statbank.client import StatBankClient, StatBankError
from handleplan_pipeline.sources.statbank.extracts import STRAFNA9
from handleplan_pipeline.sources.statbank.transport import TransientError
from tests.statbank.clients import INFO, NOW, YEARS, Time, client
from tests.statbank.server import CSV, HTML, Fault, Faults, body, cut_off, gzipped, moved, reset, status, unannounced

Server = tuple[str, Faults]
PAGE = b"<!DOCTYPE html><html><body>StatBank er lukket for vedligeholdelse</body></html>"
PASSING = {
    "500": status(500, b"<html>broken</html>", HTML),
    "502": status(502),
    "503": status(503),
    "504": status(504),
    "408": status(408),
    "425": status(425),
    "429": status(429),
    "reset": reset,
    "cut off": cut_off,
    "ends in the middle": unannounced(lambda good: good[:-5]),
    "empty": body(b""),
    "page": body(PAGE, HTML),
    "page said to be a table": body(b"\xef\xbb\xbf\r\n" + PAGE),
    "gzip cut off": gzipped(keep=lambda packed: packed[:-9]),
    "no gzip at all": gzipped(keep=lambda packed: b"XX" + packed[2:]),
    "gzip with a broken inside": gzipped(keep=lambda packed: packed[:40] + b"\0" * 20 + packed[60:]),
    "more after the gzip": gzipped(keep=lambda packed: packed + b"more"),
}
each_passing = pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING.keys())


@each_passing
@pytest.mark.parametrize("endpoint", ["tableinfo", "data"])
def test_a_fault_that_passes_is_tried_again(fault: Fault, endpoint: str, server: Server) -> None:
    url, faults = server
    faults.plan(endpoint, fault, 2)
    time = Time()
    c = client(url, time)
    if endpoint == "data":
        assert c.data(STRAFNA9, YEARS, INFO).body.count(b"\r\n") == 129
    else:
        assert c.tableinfo("STRAFNA9").id == "STRAFNA9"
    assert faults.count(endpoint) == 3
    assert len(time.slept) == 2
    assert max(time.slept) <= 30


@each_passing
def test_a_fault_that_stays_ends_after_four_tries(fault: Fault, server: Server) -> None:
    url, faults = server
    faults.always("data", fault)
    with pytest.raises(TransientError) as caught:
        client(url).data(STRAFNA9, YEARS, INFO)
    assert faults.count("data") == 4
    assert "data of STRAFNA9" in str(caught.value)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("code", [429, 408, 425, 503])
def test_retry_after_in_seconds_is_obeyed(code: int, server: Server) -> None:
    url, faults = server
    faults.plan("data", status(code, Retry_After="2"))
    time = Time()
    client(url, time).data(STRAFNA9, YEARS, INFO)
    assert time.slept == [2.0]


@pytest.mark.parametrize(
    ("header", "slept"),
    [
        ("Wed, 25 Nov 2026 06:00:07 GMT", 7.0),
        ("Wednesday, 25-Nov-26 06:00:07 GMT", 7.0),
        ("Wed Nov 25 06:00:07 2026", 7.0),
        ("Wed, 25 Nov 2026 07:01:00 +0100", 60.0),
    ],
)
def test_retry_after_as_a_date_is_obeyed(header: str, slept: float, server: Server) -> None:
    assert datetime(2026, 11, 25, 6, 0, tzinfo=UTC) == NOW
    url, faults = server
    faults.plan("data", status(429, Retry_After=header))
    time = Time()
    client(url, time).data(STRAFNA9, YEARS, INFO)
    assert time.slept == [slept]


@pytest.mark.parametrize(
    "header", ["", "soon", "-5", "1.5", "0", "Wed, 25 Nov 2026 05:00:00 GMT", "5, 7", "Wed, 99 Xyz"]
)
def test_retry_after_that_asks_for_nothing_leaves_the_back_off(header: str, server: Server) -> None:
    url, faults = server
    faults.plan("data", status(429, Retry_After=header))
    time = Time()
    client(url, time, wait=0.5, max_wait=0.5).data(STRAFNA9, YEARS, INFO)
    assert len(time.slept) == 1
    assert 0 <= time.slept[0] <= 0.5


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("121", "HTTP 429 .* asks to wait 121 seconds, longer than the 120 a run waits"),
        ("999999999", "asks to wait 999,999,999 seconds"),
        ((NOW + timedelta(hours=2)).strftime("%a, %d %b %Y %H:%M:%S GMT"), "asks to wait 7,200 seconds"),
    ],
)
def test_a_longer_wait_than_a_run_has_is_given_up_by_name(header: str, words: str, server: Server) -> None:
    url, faults = server
    faults.always("data", status(429, Retry_After=header))
    time = Time()
    with pytest.raises(SourceError, match=words):
        client(url, time).data(STRAFNA9, YEARS, INFO)
    assert (faults.count("data"), time.slept) == (1, [])


def test_no_wait_goes_beyond_the_time_of_the_whole_pull(server: Server) -> None:
    url, faults = server
    faults.always("data", status(503, Retry_After="100"))
    time = Time()
    with pytest.raises(TransientError, match=r"HTTP 503 .* asks to wait 100 seconds"):
        client(url, time, total=250.0, attempts=9).data(STRAFNA9, YEARS, INFO)
    assert time.slept == [100.0, 100.0]


@pytest.mark.parametrize("code", [400, 401, 403, 404, 405, 410, 413, 415, 422, 451])
def test_another_4xx_is_never_tried_again(code: int, server: Server) -> None:
    url, faults = server
    faults.always("data", status(code, b'{"errorTypeCode":"X-Y","message":"no"}', Retry_After="1"))
    with pytest.raises(StatBankError, match=rf"StatBank says X-Y \(HTTP {code}, request req-1\): no"):
        client(url).data(STRAFNA9, YEARS, INFO)
    assert faults.count("data") == 1


@pytest.mark.parametrize("code", [201, 202, 203, 206])
def test_any_status_but_200_is_no_answer(code: int, server: Server) -> None:
    url, faults = server
    faults.always("data", lambda handler, good: handler.send(code, good))
    with pytest.raises(StatBankError, match=f"HTTP {code}"):
        client(url).data(STRAFNA9, YEARS, INFO)


@pytest.mark.parametrize(
    ("location", "named"),
    [
        ("https://new.statbank.example/v2/data", "https://new.statbank.example/v2/data"),
        ("https://u:p4ss@new.statbank.example:8443/v2?key=s3cret#top", "https://new.statbank.example:8443/v2"),
        ("/v2/data", "/v2/data"),
        ("https://new.example/" + "x" * 5000, "https://new.example/xxx"),
        ("http://a:b/", "an address that cannot be read"),
        ("mailto:a@b", "an address without a host"),
    ],
)
def test_where_a_redirect_points_is_told_without_secrets(location: str, named: str, server: Server) -> None:
    url, faults = server
    faults.always("data", moved(308, location))
    with pytest.raises(StatBankError) as caught:
        client(url).data(STRAFNA9, YEARS, INFO)
    assert named in str(caught.value)
    assert not any(secret in str(caught.value) for secret in ("p4ss", "s3cret", "top"))
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("endpoint", ["tableinfo", "data"])
def test_a_redirect_is_neither_followed_nor_taken_nor_tried_again(code: int, endpoint: str, server: Server) -> None:
    url, faults = server
    faults.always(endpoint, moved(code, f"{url}/{endpoint}"))
    c = client(url)
    with pytest.raises(StatBankError, match=rf"HTTP {code}, .* sends us on to {url}/{endpoint}, which is not followed"):
        c.tableinfo("STRAFNA9") if endpoint == "tableinfo" else c.data(STRAFNA9, YEARS, INFO)
    assert faults.count(endpoint) == 1


def test_a_redirect_without_an_address(server: Server) -> None:
    url, faults = server
    faults.always("tableinfo", moved(302, None))
    with pytest.raises(StatBankError, match="HTTP 302"):
        client(url).tableinfo("STRAFNA9")


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"[]",
        b"5",
        b"null",
        b'"text"',
        b"{}",
        b"[" * 50_000,
        b'{"errorTypeCode": 5, "message": [1]}',
        b'{"errorTypeCode": "EXTRACT-NOTFOUND", "message": "' + b"x" * 500_000 + b'"}',
        b"\xff" * 100,
        b"1" * 10_000,
        b'{"errorTypeCode": "' + b"A" * 40_000 + b'", "message": "m"}',
        b'{"errorTypeCode": "EXTRACT-NOTFOUND", "message": "\\u001b[31m' + b"y\\r\\n" * 5000 + b'"}',
    ],
)
def test_an_odd_error_body_gives_one_bounded_sentence(said: bytes, server: Server) -> None:
    url, faults = server
    faults.always("data", status(404, said))
    with pytest.raises(StatBankError, match=r"StatBank says .*HTTP 404, request req-1") as caught:
        client(url).data(STRAFNA9, YEARS, INFO)
    assert len(str(caught.value)) < 500
    assert str(caught.value).isprintable()
    assert faults.count("data") == 1


def test_an_error_in_the_body_of_a_200_is_an_error(server: Server) -> None:
    url, faults = server
    faults.always("data", body(b'{"errorTypeCode":"EXTRACT-NOTFOUND","message":"Tabel findes ikke"}', CSV))
    with pytest.raises(StatBankError, match=r"EXTRACT-NOTFOUND .*Tabel findes ikke"):
        client(url).data(STRAFNA9, YEARS, INFO)


def test_a_request_id_is_shown_only_when_it_looks_like_one(server: Server) -> None:
    url, faults = server
    faults.always("data", status(404, StatbankAPI_Request_Id="x" * 5000))
    with pytest.raises(StatBankError) as caught:
        client(url).data(STRAFNA9, YEARS, INFO)
    assert len(str(caught.value)) < 500


def test_no_server_at_all() -> None:
    with client("http://127.0.0.1:9/v1", attempts=2) as c, pytest.raises(TransientError, match="could not be reached"):
        c.tableinfo("STRAFNA9")


@pytest.mark.parametrize("url", ["", "statbank", "ftp://x/v1", "http://", "http://a:b:c", "file:///etc/passwd"])
def test_an_address_that_is_none_is_said_at_once(url: str) -> None:
    with pytest.raises(ConfigurationError, match="HANDLEPLAN_STATBANK_URL must be an address"):
        StatBankClient(url)
