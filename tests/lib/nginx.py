"""The proxy of `deploy/nginx` as a real nginx on loopback: the files as they are, with other ports and folders."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from handleplan_pipeline.settings import PROJECT_ROOT

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
WITHOUT = "Debian's nginx-light is not installed; .ci/run installs it"
FILES = PROJECT_ROOT / "deploy" / "nginx"
PASSWORDS = {"olga": "onlooker's word", "erik": "engineer's word"}
"""Olga looks on; Erik is an engineer."""


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def replaced(text: str, instead: Mapping[str, str]) -> str:
    """The text with each of these replaced; one that does not stand in it would prove nothing."""
    for old, new in instead.items():
        assert old in text, old
        text = text.replace(old, new)
    return text


def password_file(path: Path, names: tuple[str, ...]) -> None:
    """A file of names as docs/operations.md makes it."""
    lines = []
    for name in names:
        command = ["openssl", "passwd", "-6", PASSWORDS[name]]
        made = subprocess.run(command, capture_output=True, text=True, check=True)
        lines.append(f"{name}:{made.stdout.strip()}\n")
    path.write_text("".join(lines), encoding="utf-8")


@contextmanager
def proxy(
    root: Path, lake: Path, onlookers: int = 9, engineers: int = 9, login: str = "basic", signer: int = 9
) -> Iterator[str]:
    """The https address of a proxy that serves this lake's releases and passes on to these ports; 9 answers nobody.

    `signer` is the port of the login service where `login` is openid.
    """
    assert NGINX is not None
    etc = root / "etc"
    shutil.copytree(FILES / login, etc)
    shutil.copy(FILES / "passed_on.conf", etc)
    ports = {"127.0.0.1:3002": f"127.0.0.1:{onlookers}", "127.0.0.1:3001": f"127.0.0.1:{engineers}"}
    (etc / "upstreams.conf").write_text(replaced((FILES / "upstreams.conf").read_text(), ports))
    if login == "openid":
        file = etc / "login-onlookers.conf"
        file.write_text(replaced(file.read_text(), {"127.0.0.1:4180": f"127.0.0.1:{signer}"}))
    else:
        password_file(etc / "onlookers.htpasswd", ("olga", "erik"))
        password_file(etc / "engineers.htpasswd", ("erik",))
        for file in etc.glob("login-*.conf"):
            file.write_text(replaced(file.read_text(), {"/etc/nginx/handleplan/": f"{etc}/"}))
    _certificate(etc)
    plain, secure = free_port(), free_port()
    instead = {
        "listen 80 default_server": f"listen 127.0.0.1:{plain}",
        "listen 443 ssl http2 default_server": f"listen 127.0.0.1:{secure} ssl http2",
        "/etc/nginx/handleplan/": f"{etc}/",
        "root /srv/handleplan/public;": f"root {lake};",
    }
    (root / "site.conf").write_text(replaced((FILES / "handleplan.conf").read_text(encoding="utf-8"), instead))
    # as root its workers would be another user, who may not look into the folders of a test
    user = "user root;" if os.geteuid() == 0 else ""
    (root / "nginx.conf").write_text(
        f"{user} pid {root}/pid; error_log {root}/error.log; daemon off; worker_processes 1;\n"
        f"events {{}}\nhttp {{ access_log {root}/access.log; include {root}/site.conf;\n"
        + "".join(f"{k}_temp_path {root}/{k};\n" for k in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        + "}\n"
    )
    with (root / "log").open("w") as log:
        command = [NGINX, "-e", str(root / "error.log"), "-p", str(root), "-c", str(root / "nginx.conf")]
        running = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            _wait_for(secure, running, root)
            yield f"https://127.0.0.1:{secure}"
        finally:
            running.terminate()
            running.wait(timeout=60)


def _certificate(etc: Path) -> None:
    made = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    files = ["-keyout", str(etc / "certificate.key"), "-out", str(etc / "certificate.pem")]
    subprocess.run(["openssl", "req", *made, *files], check=True, capture_output=True)


def _wait_for(port: int, process: "subprocess.Popen[bytes]", root: Path) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"nginx did not start: {(root / 'log').read_text()} {(root / 'error.log').read_text()}")
