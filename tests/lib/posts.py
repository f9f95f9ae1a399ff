"""A real mail server and a real web hook on loopback, that keep what they are sent."""

import email.policy
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest


@dataclass
class Mail:
    subject: str
    body: str
    to: list[str]


@dataclass
class MailServer:
    """`refusing` makes it answer 550 to every message."""

    port: int = 0
    mails: list[Mail] = field(default_factory=list)
    refusing: bool = False

    @property
    def address(self) -> str:
        return f"mailto://127.0.0.1:{self.port}/?from=handleplan@example.org&to=team@example.org"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        if self.refusing:
            return "550 refused on purpose"
        read = message_from_bytes(envelope.content, policy=email.policy.default)
        part = read.get_body(("plain", "html"))
        assert part is not None
        self.mails.append(Mail(str(read["subject"]), part.get_content(), list(envelope.rcpt_tos)))
        return "250 taken"


@contextmanager
def mail_server() -> Iterator[MailServer]:
    controllers = pytest.importorskip("aiosmtpd.controller", reason="aiosmtpd is not installed: no mail server")
    handler = MailServer()
    # it connects to its own port when it starts, and so must be told one
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        handler.port = int(s.getsockname()[1])
    controller = controllers.Controller(handler, hostname="127.0.0.1", port=handler.port)
    controller.start()
    try:
        yield handler
    finally:
        controller.stop()


@dataclass
class Hook:
    """`status` is what it answers; `posts` are the JSON bodies it got, `calls` the paths it was asked for."""

    port: int = 0
    status: int = 200
    posts: list[dict[str, Any]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"json://127.0.0.1:{self.port}/alerts"

    @property
    def heartbeat(self) -> str:
        return f"http://127.0.0.1:{self.port}/beat"

    def titles(self) -> list[str]:
        return [str(p["title"]) for p in self.posts]

    def texts(self) -> str:
        return "\n".join(f"{p['title']}\n{p['message']}" for p in self.posts)


@contextmanager
def hook_server() -> Iterator[Hook]:
    hook = Hook()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            """Silent."""

        def _answer(self) -> None:
            hook.calls.append(self.path)
            self.send_response(hook.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if hook.status == 200:
                hook.posts.append(json.loads(body))
            self._answer()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    hook.port = server.server_port
    try:
        yield hook
    finally:
        server.shutdown()
        server.server_close()
