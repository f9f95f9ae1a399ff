"""The wire to a server that is not trusted: one deadline for a whole pull, and a body counted while it is unpacked."""

import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore
import httpx

from handleplan_pipeline.errors import SourceError
from handleplan_pipeline.sources.statbank.sentences import short

PACKED_AS_GZIP = ("gzip", "x-gzip")


class TransientError(SourceError):
    """A fault that may pass: no connection, a time-out, a 5xx, a cut-off answer. `wait`: seconds we are asked for."""

    def __init__(self, message: str, wait: float | None = None) -> None:
        super().__init__(message)
        self.wait = wait


class Deadline:
    """When a pull must have ended. A read's time-out is no bound: a byte every 59 seconds meets it for ever."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds = seconds
        self._clock = clock
        self._until: float | None = None

    @contextmanager
    def running(self) -> Iterator[None]:
        """Start the time; inside a pull that is under way already its time goes on."""
        if self._until is not None:
            yield
            return
        self._until = self._clock() + self.seconds
        try:
            yield
        finally:
            self._until = None

    def left(self) -> float:
        """Seconds left; all of them when no pull is under way."""
        return self.seconds if self._until is None else self._until - self._clock()

    def bound(self, timeout: float | None, late: type[Exception]) -> float:
        """A time-out that ends with the deadline; raises `late` when that has passed."""
        left = self.left()
        if left <= 0:
            raise late
        return left if timeout is None else min(timeout, left)


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._inner, self._deadline = inner, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._deadline.bound(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._deadline.bound(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        bound = self._deadline.bound(timeout, httpcore.ConnectTimeout)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, bound), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Backend(httpcore.NetworkBackend):
    def __init__(self, deadline: Deadline) -> None:
        self._inner, self._deadline = httpcore.SyncBackend(), deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        bound = self._deadline.bound(timeout, httpcore.ConnectTimeout)
        return _Stream(self._inner.connect_tcp(host, port, bound, local_address, socket_options), self._deadline)


def hold_to(http: httpx.Client, deadline: Deadline) -> None:
    """Make every read and write of `http` end with the deadline, those of headers and through a proxy too.

    httpx passes no backend on, and a transport of our own would lose the proxies of the environment; hence its pools.
    """
    for transport in (http._transport, *http._mounts.values()):
        if isinstance(transport, httpx.HTTPTransport):
            transport._pool._network_backend = _Backend(deadline)


def address(location: str, asked: httpx.URL) -> str:
    """Scheme, host and path of where a redirect points: no user, no query, bounded."""
    try:
        url = asked.join(location)
        port = f":{url.port}" if url.port else ""
        return short(f"{url.scheme}://{url.host}{port}{url.path}", 200) if url.host else "an address without a host"
    except (httpx.InvalidURL, ValueError):
        return "an address that cannot be read"


class _Gunzip:
    """Unpacks one gzip stream, never making more than there is room for."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._z = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)

    def feed(self, data: bytes, room: int) -> bytes:
        try:
            piece = self._z.decompress(data, room + 1)
        except zlib.error:
            raise TransientError(f"{self._what}: the answer is said to be gzip and is not.") from None
        if self._z.unused_data:
            raise TransientError(f"{self._what}: the answer goes on after its gzip has ended.")
        return piece

    def end(self) -> None:
        if not self._z.eof:
            raise TransientError(f"{self._what}: the answer is cut off: its gzip has no end.")


def body_of(response: httpx.Response, limit: int, what: str) -> bytes:
    """The body, at most `limit` bytes as received and as unpacked.

    Raises SourceError for more, or for a packing that was not asked for; TransientError for a broken gzip.
    """
    packing = response.headers.get("Content-Encoding", "identity").strip().casefold()
    if packing not in ("", "identity", *PACKED_AS_GZIP):
        raise SourceError(f"{what}: the answer is packed in another way than gzip, which alone was asked for.")
    gunzip = _Gunzip(what) if packing in PACKED_AS_GZIP else None
    body, received = bytearray(), 0
    for chunk in response.iter_raw():
        received += len(chunk)
        if received <= limit:
            body += gunzip.feed(chunk, limit - len(body)) if gunzip else chunk
        if received > limit or len(body) > limit:
            raise SourceError(f"{what}: the answer is larger than {limit:,} bytes. It was not read on and not kept.")
    if gunzip:
        gunzip.end()
    return bytes(body)


def head_of(response: httpx.Response, limit: int) -> bytes:
    """What can be had of an error's body within `limit` bytes; empty where it is larger or broken."""
    try:
        return body_of(response, limit, "error")
    except (SourceError, httpx.HTTPError):
        return b""
