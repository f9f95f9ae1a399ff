"""Client of the StatBank API v1 and the live source built on it. Codes never labels; BULK streamed to disk.

Retried, boundedly: connection errors, time-outs, 5xx and cut-off bodies. Never retried: any 4xx, whose own message is
passed on. Source of the behaviour: Statistics Denmark's API page and recorded answers.
"""

import hashlib
import json
import logging
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
import tenacity

from handleplan_pipeline.errors import SourceError
from handleplan_pipeline.statbank.extracts import Extract
from handleplan_pipeline.statbank.parse import parse_bulk
from handleplan_pipeline.statbank.source import StatBankTable
from handleplan_pipeline.statbank.tableinfo import TableInfo, parse_tableinfo

log = logging.getLogger(__name__)
REQUEST_ID = "StatbankAPI-Request-Id"
T = TypeVar("T")
CELLS = re.compile(r"(\d[\d.,]*)\D+?(\d[\d.,]*)")


class StatBankError(SourceError):
    """The API refused the request (4xx) or answered with an error it will not recover from."""

    def __init__(self, code: str, message: str, status: int, request_id: str | None) -> None:
        super().__init__(f"StatBank says {code} (HTTP {status}, request {request_id or 'unknown'}): {message}")
        self.error_type_code = code
        self.message = message
        self.status = status
        self.request_id = request_id
        numbers = CELLS.search(message) if code == "REQUEST-LIMIT" else None
        self.cells: int | None = int(re.sub(r"\D", "", numbers.group(1))) if numbers else None
        self.cell_limit: int | None = int(re.sub(r"\D", "", numbers.group(2))) if numbers else None


class TransientError(SourceError):
    """A fault that may pass: no connection, a time-out, a 5xx, a cut-off answer."""


@dataclass(frozen=True)
class Download:
    """A finished download. `path` is named by the sha256 of its bytes."""

    path: Path
    sha256: str
    bytes: int
    request_id: str | None


def _refuse(response: httpx.Response) -> None:
    """Raise for an error status: TransientError for 5xx, StatBankError with the API's own words for 4xx."""
    if response.status_code < 400:
        return
    request_id = response.headers.get(REQUEST_ID)
    body = response.read()
    try:
        said: dict[str, Any] = json.loads(body.decode("utf-8-sig"))
    except ValueError:
        said = {}
    code, message = str(said.get("errorTypeCode", "UNKNOWN")), str(said.get("message", "no message"))
    if response.status_code >= 500:
        raise TransientError(f"StatBank answered HTTP {response.status_code} (request {request_id or 'unknown'}).")
    raise StatBankError(code, message, response.status_code, request_id)


class StatBankClient:
    """Talks to one StatBank. `attempts` bounds the tries of a call, `wait` (seconds) is the first back-off."""

    def __init__(
        self, base_url: str, *, timeout: float = 60.0, attempts: int = 4, wait: float = 1.0, max_wait: float = 30.0
    ) -> None:
        self._http = httpx.Client(base_url=base_url.rstrip("/") + "/", timeout=timeout)
        self._retry = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type((TransientError, httpx.TransportError)),
            stop=tenacity.stop_after_attempt(attempts),
            wait=tenacity.wait_random_exponential(multiplier=wait, max=max_wait),
            reraise=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def _bounded(self, call: Callable[[], T], what: str) -> T:
        try:
            return self._retry(call)
        except httpx.TransportError as e:
            raise TransientError(f"StatBank could not be reached for {what}: {type(e).__name__}. Try later.") from e

    def tableinfo(self, table: str, lang: str = "en") -> TableInfo:
        """The table's own description. StatBankError when the table does not exist."""

        def call() -> TableInfo:
            response = self._http.post("tableinfo", json={"table": table, "lang": lang, "format": "JSON"})
            _refuse(response)
            log.info("tableinfo %s: request %s", table, response.headers.get(REQUEST_ID))
            return parse_tableinfo(response.content)

        return self._bounded(call, f"tableinfo of {table}")

    def updated(self, table: str) -> datetime:
        """When the table last changed (local Danish time, as StatBank stamps it); a cheap probe."""
        return datetime.fromisoformat(self.tableinfo(table).updated)

    def _stream(self, query: dict[str, Any], folder: Path) -> Download:
        folder.mkdir(parents=True, exist_ok=True)
        tmp = folder / f".{query['table']}.{os.getpid()}.tmp"
        digest, size, last = hashlib.sha256(), 0, b""
        try:
            with self._http.stream("POST", "data", json=query) as response, tmp.open("wb") as f:
                _refuse(response)
                request_id = response.headers.get(REQUEST_ID)
                for chunk in response.iter_bytes():
                    f.write(chunk)
                    digest.update(chunk)
                    size += len(chunk)
                    last = chunk or last
                f.flush()
                os.fsync(f.fileno())
            if not last.endswith(b"\n"):
                raise TransientError(f"{query['table']}: the answer is cut off (request {request_id or 'unknown'}).")
            target = folder / f"{digest.hexdigest()}.csv"
            os.replace(tmp, target)
            log.info("%s: %d bytes, request %s", query["table"], size, request_id)
            return Download(target, digest.hexdigest(), size, request_id)
        finally:
            tmp.unlink(missing_ok=True)

    def download(self, extract: Extract, years: Sequence[int], info: TableInfo, folder: Path) -> Download:
        """The extract for some years as BULK, streamed to `folder`.

        BULK needs every variable: SourceError names those the extract leaves out, before anything is sent.
        """
        query = extract.query(years)
        given = {v["code"].casefold() for v in query["variables"]}
        missing = [v.code for v in info.variables if v.code.casefold() not in given]
        if missing:
            raise SourceError(f"{info.id}: BULK needs every variable; the extract leaves out {', '.join(missing)}.")
        return self._bounded(lambda: self._stream(query, folder), f"data of {info.id}")


class LiveSource:
    """StatBank itself as a source; every answer is kept as received, named by its sha256."""

    def __init__(self, client: StatBankClient, folder: Path) -> None:
        self.client = client
        self.folder = folder

    def tableinfo(self, extract: Extract) -> TableInfo:
        return self.client.tableinfo(extract.table)

    def fetch(self, extract: Extract, years: Sequence[int]) -> StatBankTable:
        """Cells for the years StatBank has; the others are named in the provenance."""
        info = self.tableinfo(extract)
        has = set(info.time_variable.codes)
        there = [y for y in years if extract.time_code.format(year=y) in has]
        if not there:
            raise SourceError(f"{info.id}: StatBank holds none of the years asked for.")
        done = self.client.download(extract, there, info, self.folder)
        frame = parse_bulk(done.path.read_bytes(), info)
        return StatBankTable(
            frame, info,
            {"mode": "live", "file": done.path.name, "sha256": done.sha256, "request_id": done.request_id or "",
             "updated": info.updated, "years_missing": sorted(set(years) - set(frame["year"].to_list()))},
        )  # fmt: skip
