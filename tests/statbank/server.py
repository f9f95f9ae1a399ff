"""A real HTTP server that speaks StatBank's API on the pinned tables, with its errors, and misbehaves on demand.

Of tables that are pinned without an answer, and of those in `made`, its answers are made and no figure is real.
"""

import gzip
import json
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from handleplan_pipeline.settings import get_settings
from tests.statbank import made

REFERENCE = get_settings().reference / "statbank"
DATA = {"STRAFNA9": "strafna9_2008_2024.csv", "FOLK1E": "folk1e_2010_2021_age15_29.csv"}
DESCRIBED = ("STRAFNA6", "STRAFNA7")
"""Their descriptions are recorded; their answers here are made."""
CELL_LIMIT = 1_000_000
CSV, JSON, HTML = "text/csv; charset=utf-8", "text/json; charset=utf-8", "text/html; charset=utf-8"
ENDLESS = 10**9

Fault = Callable[["Handler", bytes], None]
"""What is sent in place of a good body, which it is given."""


class Faults:
    """What goes wrong, how often, and what was asked."""

    def __init__(self) -> None:
        self.planned: dict[str, list[Fault]] = {"tableinfo": [], "data": []}
        self.lines: Callable[[list[str]], list[str]] = list
        """Changes the lines of a data answer, header first."""
        self.info: Callable[[dict[str, Any]], Any] = dict
        """Changes a tableinfo answer."""
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def plan(self, endpoint: str, fault: Fault, times: int = 1) -> None:
        """The next `times` calls of the endpoint get this."""
        self.planned[endpoint] = [fault] * times

    def always(self, endpoint: str, fault: Fault) -> None:
        self.plan(endpoint, fault, 1000)

    def count(self, endpoint: str) -> int:
        return sum(e == endpoint for e, _ in self.calls)


class Handler(BaseHTTPRequestHandler):
    faults: Faults

    def log_message(self, *_: Any) -> None:
        """Silent."""

    def start(self, status: int, kind: str, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("StatbankAPI-Request-Id", f"req-{len(self.faults.calls)}")
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def send(self, status: int, body: bytes, kind: str = CSV, **headers: str) -> None:
        self.start(status, kind, **{"Content_Length": str(len(body)), **headers})
        self.wfile.write(body)

    def _error(self, code: str, message: str, status: int = 400) -> None:
        body = json.dumps({"errorTypeCode": code, "message": message}, ensure_ascii=False).encode()
        self.send(status, body, "application/json; charset=utf-8")

    def do_POST(self) -> None:
        with suppress(ConnectionError):  # the client may hang up
            self._answer()

    def _answer(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        endpoint = self.path.rsplit("/", 1)[-1]
        try:
            asked = json.loads(raw)
        except ValueError:
            return self._error("REQUEST-EMPTY", "Forespørgslen er tom")
        self.faults.calls.append((endpoint, asked))
        if endpoint not in ("tableinfo", "data"):
            return self._error("REQUEST-NOTFOUND", "not found", 404)
        table = str(asked.get("table", "")).upper()
        if table not in (*DATA, *DESCRIBED, *made.TABLES):
            return self._error("EXTRACT-NOTFOUND", f"Table does not exist: {table}")
        if endpoint == "data":
            return self._data(table, asked)
        info = self.faults.info(described(table))
        return self._give("tableinfo", json.dumps(info, ensure_ascii=False).encode(), JSON)

    def _give(self, endpoint: str, body: bytes, kind: str) -> None:
        planned = self.faults.planned[endpoint]
        if planned:
            planned.pop()(self, body)
        else:
            self.send(200, body, kind)

    def _data(self, table: str, asked: dict[str, Any]) -> None:
        if asked.get("format") not in ("BULK", "CSV"):
            return self._error("REQUEST-MISSING", "Format ikke angivet, eller ikke gyldigt.")
        info = described(table)
        chosen = {v["code"].upper(): v["values"] for v in asked["variables"]}
        cells = 1
        for variable in info["variables"]:
            code = variable["id"].upper()
            known = {v["id"] for v in variable["values"]}
            if code not in chosen:
                return self._error("EXTRACT-NOTALLOWED", f"Der skal vælges værdier for variabel: {code}")
            if unknown := [v for v in chosen[code] if v != "*" and v not in known]:
                return self._error("EXTRACT-NOTFOUND", f"Can't find value: {unknown[0]} ({code})")
            cells *= len(known) if "*" in chosen[code] else len(chosen[code])
        if asked["format"] == "CSV" and cells > CELL_LIMIT:
            text = f"Forespørgslen på op mod {cells:,} celler er over begrænsningen på {CELL_LIMIT:,} celler"
            return self._error("REQUEST-LIMIT", text.replace(",", ".") + " for denne filtype.")
        if table not in DATA or "101" in chosen.get("OMRÅDE", ()):
            return self._give("data", self._body(made.lines(info, chosen, table == "RAS200")), CSV)
        header, *lines = (REFERENCE / DATA[table]).read_text(encoding="utf-8").splitlines()
        names = header.split(";")
        keep = [x for x in lines if all(v in chosen[n] for n, v in zip(names[:-1], x.split(";")[:-1], strict=True))]
        # the order of BULK rows is not to be relied on
        return self._give("data", self._body([header, *reversed(keep)], asked["format"] == "CSV"), CSV)

    def _body(self, lines: list[str], bom: bool = False) -> bytes:
        return ("\r\n".join(self.faults.lines(lines)) + "\r\n").encode("utf-8-sig" if bom else "utf-8")


def described(table: str) -> dict[str, Any]:
    """The recorded description of a table, or the made one."""
    if table in made.TABLES:
        return made.TABLES[table]
    found: dict[str, Any] = json.loads((REFERENCE / f"{table}_en.json").read_text(encoding="utf-8"))
    return found


def status(code: int, body: bytes = b"", kind: str = JSON, **headers: str) -> Fault:
    """A status with a body and headers (`Retry_After="2"`)."""
    return lambda handler, _: handler.send(code, body, kind, **headers)


def body(data: bytes, kind: str = CSV, **headers: str) -> Fault:
    """Status 200 with another body."""
    return status(200, data, kind, **headers)


def reset(handler: Handler, _: bytes) -> None:
    handler.connection.close()


def cut_off(handler: Handler, good: bytes) -> None:
    """Half of what was announced."""
    handler.start(200, CSV, Content_Length=str(len(good)))
    handler.wfile.write(good[: len(good) // 2])
    handler.connection.close()


def unannounced(keep: Callable[[bytes], bytes]) -> Fault:
    """Part of the body, status 200, no length: it ends when the connection does."""

    def fault(handler: Handler, good: bytes) -> None:
        handler.start(200, CSV)
        handler.wfile.write(keep(good))

    return fault


def silent(handler: Handler, _: bytes) -> None:
    """Nothing, until the client hangs up."""
    handler.connection.recv(1)


def dripping(handler: Handler, _: bytes) -> None:
    """A body without end, byte by byte."""
    handler.start(200, CSV)
    while True:
        handler.wfile.write(b";")


def dripping_headers(handler: Handler, _: bytes) -> None:
    """An answer whose headers do not end before the client hangs up."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    pause = threading.Event()
    while True:
        handler.wfile.write(b"X: 1\r\n")
        pause.wait(0.001)


def endless(handler: Handler, _: bytes) -> None:
    """A body of any size."""
    handler.start(200, CSV)
    for _i in range(ENDLESS):
        handler.wfile.write(b"0" * 65536)


def gzipped(data: bytes | None = None, *, keep: Callable[[bytes], bytes] = lambda packed: packed) -> Fault:
    """The body, or `data`, as gzip; `keep` may break it."""

    def fault(handler: Handler, good: bytes) -> None:
        packed = keep(gzip.compress(good if data is None else data))
        handler.send(200, packed, CSV, Content_Encoding="gzip")

    return fault


def zeros_packed(mebibytes: int) -> bytes:
    """Gzip of that many MiB of zeros: about a thousandth of it."""
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    block = bytes(2**20)
    return b"".join(packer.compress(block) for _ in range(mebibytes)) + packer.flush()


def moved(code: int, location: str | None) -> Fault:
    """A redirect with the good body in it."""
    headers = {} if location is None else {"Location": location}
    return lambda handler, good: handler.send(code, good, CSV, **headers)


@contextmanager
def statbank() -> Iterator[tuple[str, Faults]]:
    """A running server: its base URL and its faults, to be set by the test."""
    faults = Faults()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"faults": faults}))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1", faults
    finally:
        server.shutdown()
        server.server_close()
