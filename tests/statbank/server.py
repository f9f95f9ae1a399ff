"""A real HTTP server that speaks StatBank's API on the pinned tables, with its errors and faults."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from handleplan_pipeline.settings import get_settings

REFERENCE = get_settings().reference / "statbank"
DATA = {"STRAFNA9": "strafna9_2008_2024.csv", "FOLK1E": "folk1e_2010_2021_age15_29.csv"}
CELL_LIMIT = 1_000_000


class Faults:
    """What goes wrong, how often, and what was asked."""

    def __init__(self) -> None:
        self.status_500 = 0
        self.resets = 0
        self.cut_off = 0
        self.sleep = 0.0
        self.rewrite: tuple[str, str] | None = None
        self.calls: list[tuple[str, dict[str, Any]]] = []


class Handler(BaseHTTPRequestHandler):
    faults: Faults

    def log_message(self, *_: Any) -> None:
        """Silent."""

    def _send(self, status: int, body: bytes, kind: str = "text/csv; charset=utf-8", length: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("StatbankAPI-Request-Id", f"req-{len(self.faults.calls)}")
        self.send_header("Content-Length", str(length or len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _error(self, code: str, message: str, status: int = 400) -> None:
        body = json.dumps({"errorTypeCode": code, "message": message}, ensure_ascii=False).encode()
        self._send(status, body, "application/json; charset=utf-8")

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        endpoint = self.path.rsplit("/", 1)[-1]
        try:
            asked = json.loads(raw)
        except ValueError:
            return self._error("REQUEST-EMPTY", "Forespørgslen er tom")
        self.faults.calls.append((endpoint, asked))
        if endpoint not in ("tableinfo", "data"):
            return self._error("REQUEST-NOTFOUND", "not found", 404)
        if endpoint == "data" and self._fault():
            return None
        table = str(asked.get("table", "")).upper()
        if table not in DATA:
            return self._error("EXTRACT-NOTFOUND", f"Table does not exist: {table}")
        if endpoint == "tableinfo":
            return self._send(200, (REFERENCE / f"{table}_en.json").read_bytes(), "text/json; charset=utf-8")
        return self._data(table, asked)

    def _fault(self) -> bool:
        f = self.faults
        if f.sleep:
            threading.Event().wait(f.sleep)
        if f.resets:
            f.resets -= 1
            self.connection.close()
            return True
        if f.status_500:
            f.status_500 -= 1
            self._send(500, b"<html>broken</html>", "text/html")
            return True
        return False

    def _data(self, table: str, asked: dict[str, Any]) -> None:
        if asked.get("format") not in ("BULK", "CSV"):
            return self._error("REQUEST-MISSING", "Format ikke angivet, eller ikke gyldigt.")
        info = json.loads((REFERENCE / f"{table}_en.json").read_text(encoding="utf-8"))
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
        header, *lines = (REFERENCE / DATA[table]).read_text(encoding="utf-8").splitlines()
        names = header.split(";")
        keep = [x for x in lines if all(v in chosen[n] for n, v in zip(names[:-1], x.split(";")[:-1], strict=True))]
        text = "\r\n".join([header, *reversed(keep)]) + "\r\n"  # the order of BULK rows is not to be relied on
        if self.faults.rewrite:
            text = text.replace(*self.faults.rewrite)
        body = text.encode("utf-8-sig" if asked["format"] == "CSV" else "utf-8")
        if self.faults.cut_off:
            self.faults.cut_off -= 1
            self._send(200, body[: len(body) // 2], length=len(body))
            self.connection.close()
            return None
        return self._send(200, body)


@contextmanager
def statbank() -> Iterator[tuple[str, Faults]]:
    """A running server: its base URL and its faults, to be set by the test."""
    faults = Faults()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"faults": faults}))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1", faults
    finally:
        server.shutdown()
        server.server_close()
