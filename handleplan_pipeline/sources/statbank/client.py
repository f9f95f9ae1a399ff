"""Client of the StatBank API v1. Codes never labels; BULK, with every variable given.

Retried, boundedly: connection errors, time-outs, 408, 425, 429, 5xx, cut-off bodies and web pages in place of data;
`Retry-After` is obeyed within the bounds. Never retried: any other 4xx, whose own message is passed on, and redirects.
Source of the behaviour: Statistics Denmark's API page and recorded answers.
"""

import json
import logging
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
import tenacity

from handleplan_pipeline import clock
from handleplan_pipeline.errors import ConfigurationError, SourceError
from handleplan_pipeline.sources.statbank.answers import Answer
from handleplan_pipeline.sources.statbank.extracts import Extract
from handleplan_pipeline.sources.statbank.sentences import short
from handleplan_pipeline.sources.statbank.tableinfo import TableInfo, parse_tableinfo
from handleplan_pipeline.sources.statbank.transport import Deadline, TransientError, address, body_of, head_of, hold_to

log = logging.getLogger(__name__)
REQUEST_ID = "StatbankAPI-Request-Id"
T = TypeVar("T")
CELLS = re.compile(r"(\d[\d.,]*)\D+?(\d[\d.,]*)")
MAX_BYTES = 16 * 2**20
"""Ours, version 1: an answer is at most 44 kB today, a tableinfo 19 kB."""
MAX_ERROR_BYTES = 64 * 2**10
TOTAL_SECONDS = 600.0
"""Ours, version 1: a whole pull, waits included. The API answers in less than a second."""
CONNECT_SECONDS = 10.0
"""Ours, version 1: an address that nobody answers at does not hold the lake for minutes."""
MAX_RETRY_AFTER = 120.0
"""Ours, version 1: a run does not hold the lake longer than this because a server asks it to wait."""
OFFICIAL = "api.statbank.dk"
"""Whose answers are Statistics Denmark's. From any other address, whatever it says of itself, they are made ones."""
MAY_PASS = (408, 425, 429)


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


def _request_id(response: httpx.Response) -> str | None:
    found = response.headers.get(REQUEST_ID, "")
    return found if re.fullmatch(r"[A-Za-z0-9_:.\-]{1,64}", found) else None


def _said(body: bytes) -> tuple[str, str] | None:
    """Code and message of StatBank's own error body; None where the body is something else."""
    try:
        said = json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict):
        return None
    code, message = said.get("errorTypeCode"), said.get("message")
    if not (isinstance(code, str) and re.fullmatch(r"[A-Z][A-Z\-]{0,39}", code)):
        return None
    return code, short(message) if isinstance(message, str) else "no message"


def _retry_after(response: httpx.Response, now: datetime) -> float | None:
    """Seconds that `Retry-After` asks for, in either of its forms; None where it asks for nothing that can be read."""
    asked = response.headers.get("Retry-After", "").strip()
    if re.fullmatch(r"[0-9]{1,9}", asked):
        return float(asked)
    try:
        until = parsedate_to_datetime(asked)
    except (ValueError, OverflowError, IndexError, TypeError):
        return None
    # a date without a zone is in UTC, as HTTP has it
    return max(0.0, ((until if until.tzinfo else until.replace(tzinfo=UTC)) - now).total_seconds())


def _refuse_redirect(response: httpx.Response) -> None:
    """A hook, because httpx reads the new address before it asks whether to follow it, and some addresses break it."""
    if 300 <= response.status_code < 400 and "Location" in response.headers:
        where = address(response.headers["Location"], response.request.url)
        text = f"it sends us on to {where}, which is not followed. Has the API moved? Set HANDLEPLAN_STATBANK_URL."
        raise StatBankError("REDIRECT", text, response.status_code, _request_id(response))


class StatBankClient:
    """Talks to one StatBank.

    `attempts` bounds the tries of a call, `wait` (seconds) is the first back-off, `total` the time of a whole pull,
    `max_bytes` an answer as received and as unpacked. `sleep`, `clock` (monotonic seconds) and `now` are the machine's
    unless given. Raises ConfigurationError for an address that is none.
    """

    def __init__(
        self,
        base_url: str,
        *,
        timeout: float = 60.0,
        attempts: int = 4,
        wait: float = 1.0,
        max_wait: float = 30.0,
        max_retry_after: float = MAX_RETRY_AFTER,
        total: float = TOTAL_SECONDS,
        max_bytes: int = MAX_BYTES,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: clock.now(),
    ) -> None:
        try:
            url = httpx.URL(base_url.rstrip("/") + "/")
        except httpx.InvalidURL:
            url = httpx.URL("")
        if url.scheme not in ("http", "https") or not url.host:
            raise ConfigurationError("HANDLEPLAN_STATBANK_URL must be an address like https://api.statbank.dk/v1.")
        self.official = url.scheme == "https" and url.host == OFFICIAL and url.port is None
        self._http = httpx.Client(
            base_url=url,
            timeout=httpx.Timeout(timeout, connect=min(timeout, CONNECT_SECONDS)),
            headers={"Accept-Encoding": "gzip"},
            follow_redirects=False,
            event_hooks={"response": [_refuse_redirect]},
        )
        self._deadline = Deadline(total, clock)
        hold_to(self._http, self._deadline)
        self._max_bytes, self._max_retry_after, self.now = max_bytes, max_retry_after, now
        self._backoff = tenacity.wait_random_exponential(multiplier=wait, max=max_wait)
        self._attempts = attempts
        self._retry = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type((TransientError, httpx.TransportError)),
            stop=self._must_stop,
            wait=self._wait,
            sleep=sleep,
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

    @contextmanager
    def pull(self) -> Iterator[None]:
        """What is asked inside has one deadline together."""
        with self._deadline.running():
            yield

    def _wait(self, state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = error.wait if isinstance(error, TransientError) else None
        return asked or self._backoff(state)

    def _must_stop(self, state: tenacity.RetryCallState) -> bool:
        return state.attempt_number >= self._attempts or state.upcoming_sleep >= self._deadline.left()

    def _bounded(self, call: Callable[[], T], what: str) -> T:
        with self.pull():
            try:
                return self._retry(call)
            except (httpx.TransportError, TransientError) as e:
                if self._deadline.left() <= 0:
                    text = f"{what} took more than {self._deadline.seconds:g} seconds in all and was given up."
                elif isinstance(e, TransientError):
                    text = f"{e} Given up for {what}."
                else:
                    text = f"StatBank could not be reached for {what}: {type(e).__name__}. Try later."
                raise TransientError(text) from e

    def _ask(self, endpoint: str, question: dict[str, Any]) -> Answer:
        """One try. What is not a whole answer of status 200 that holds data raises."""
        table = str(question["table"])
        with self._http.stream("POST", endpoint, json=question) as response:
            self._require_answer(response)
            body = body_of(response, self._max_bytes, f"{endpoint} of {table}")
            request_id = _request_id(response)
        start = body[:1000].lstrip(b"\xef\xbb\xbf \t\r\n")
        if response.headers.get("Content-Type", "").casefold().startswith("text/html") or start.startswith(b"<"):
            raise TransientError("StatBank answered with a web page in place of data: it may be under maintenance.")
        if not start or (start.startswith(b"{") and not body.rstrip().endswith(b"}")):
            raise TransientError(f"{endpoint} of {table}: the answer is cut off (request {request_id or 'unknown'}).")
        if said := _said(body) if start.startswith(b"{") else None:
            raise StatBankError(*said, response.status_code, request_id)
        log.info("%s of %s: %d bytes, request %s", endpoint, table, len(body), request_id or "unknown")
        return Answer(body, request_id)

    def _require_answer(self, response: httpx.Response) -> None:
        """Raise unless the status is 200: TransientError for what may pass, StatBankError in the API's words if not."""
        status, request_id = response.status_code, _request_id(response)
        if status == 200:
            return
        if status >= 500 or status in MAY_PASS:
            self._raise_transient(response, f"StatBank answered HTTP {status} (request {request_id or 'unknown'})")
        code, message = _said(head_of(response, MAX_ERROR_BYTES)) or ("UNKNOWN", "no message")
        raise StatBankError(code, message, status, request_id)

    def _raise_transient(self, response: httpx.Response, what: str) -> None:
        asked = _retry_after(response, self.now())
        if asked is not None and asked > self._max_retry_after:
            raise SourceError(
                f"{what} and asks to wait {asked:,.0f} seconds, longer than the {self._max_retry_after:g} a run waits. "
                "Run again after that."
            )
        raise TransientError(what + (f" and asks to wait {asked:g} seconds." if asked else "."), asked)

    def tableinfo_body(self, table: str, lang: str = "en") -> Answer:
        """The table's own description as received. StatBankError when the table does not exist."""
        return self._bounded(lambda: self._ask("tableinfo", self.question(table, lang)), f"tableinfo of {table}")

    @staticmethod
    def question(table: str, lang: str = "en") -> dict[str, Any]:
        """What is posted to get a table's description."""
        return {"table": table, "lang": lang, "format": "JSON"}

    def tableinfo(self, table: str, lang: str = "en") -> TableInfo:
        """The table's own description. StatBankError when the table does not exist."""
        return parse_tableinfo(self.tableinfo_body(table, lang).body)

    def updated(self, table: str) -> datetime:
        """When the table last changed (local Danish time, as StatBank stamps it); a cheap probe."""
        changed = self.tableinfo(table).changed
        if changed is None:
            raise SourceError(f"{table}: StatBank does not say in a readable way when it last changed.")
        return changed

    def _data(self, query: dict[str, Any]) -> Answer:
        answer = self._ask("data", query)
        if not answer.body.endswith(b"\n"):
            raise TransientError(f"{query['table']}: the answer is cut off (request {answer.request_id or 'unknown'}).")
        return answer

    def data(self, extract: Extract, years: Sequence[int], info: TableInfo) -> Answer:
        """The extract for some years as BULK.

        BULK needs every variable: SourceError names those the extract leaves out, before anything is sent.
        """
        query = extract.query(years)
        given = {v["code"].casefold() for v in query["variables"]}
        missing = [v.code for v in info.variables if v.code.casefold() not in given]
        if missing:
            raise SourceError(f"{info.id}: BULK needs every variable; the extract leaves out {', '.join(missing)}.")
        return self._bounded(lambda: self._data(query), f"data of {extract.table}")
