"""The proxy with a real nginx: who may see what of the report, and that nothing else of the lake is behind it."""

import http.server
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.lib import nginx
from tests.lib.nginx import PASSWORDS, proxy

pytestmark = pytest.mark.skipif(nginx.NGINX is None, reason=nginx.WITHOUT)
RELEASE = "2026-06-01T04-10Z_r0001"
INSIDE = b"what nobody may read"
OLGA, ERIK = [(name, PASSWORDS[name]) for name in ("olga", "erik")]
SERVED = {
    "report/index.html": "text/html; charset=utf-8",
    "report/da/index.html": "text/html; charset=utf-8",
    "report/assets/font.woff2": "font/woff2",
    "csv/goal.goal_04_shelter_stays.csv": "text/csv; charset=utf-8",
    "json/status.json": "application/json; charset=utf-8",
    "catalog.jsonld": "application/ld+json",
    "handleplan.duckdb": "application/octet-stream",
    "parquet/goal/goal_04_shelter_stays.parquet": "application/vnd.apache.parquet",
    "SHA256SUMS": "application/octet-stream",
}
SAVED = ("handleplan.duckdb", "csv/goal.goal_04_shelter_stays.csv", "parquet/goal/goal_04_shelter_stays.parquet")


def put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake as it lies on a disk: one release that is announced, one that waits, tables, secret, ledger."""
    root = tmp_path_factory.mktemp("proxy") / "lake"
    for name in SERVED:
        put(root / "releases" / RELEASE / name, f"{name} of the release".encode())
    (root / "releases" / "latest").symlink_to(RELEASE)
    for name in (
        "releases/ledger.jsonl",
        "releases/announced.json",
        f"releases/.proposed/{RELEASE}/report/index.html",
        f"releases/{RELEASE}/.hidden",
        "tables/register/person/2012.parquet",
        ".secret",
        "warehouse.duckdb",
    ):
        put(root / name, INSIDE)
    # links out of a release, as a careless hand would make them
    (root / "releases" / RELEASE / "out").symlink_to("/etc")
    (root / "releases" / RELEASE / "person.parquet").symlink_to(root / "tables/register/person/2012.parquet")
    return root


@pytest.fixture(scope="module")
def door(lake: Path) -> Iterator[str]:
    with proxy(lake.parent, lake) as address:
        yield address


def get(address: str, path: str, who: tuple[str, str] | None = OLGA, **headers: str) -> httpx.Response:
    return httpx.get(address + path, auth=who, headers=headers, verify=False, timeout=60)


@pytest.mark.parametrize(
    "path", ["/", "/releases/latest/report/index.html", "/dagster/", "/engineers/", "/dagster/graphql", "/nothing"]
)
def test_without_a_login_everything_is_401(door: str, path: str) -> None:
    found = get(door, path, None)
    assert found.status_code == 401
    assert found.headers["WWW-Authenticate"].startswith("Basic")
    assert get(door, path, ("olga", "a guess")).status_code == 401
    assert get(door, path, ("nobody", OLGA[1])).status_code == 401


def test_without_tls_nothing_is_said_but_where_to_go(door: str, lake: Path) -> None:
    config = (lake.parent / "site.conf").read_text()
    port = config.split("listen 127.0.0.1:")[1].split(";")[0]
    found = httpx.get(f"http://127.0.0.1:{port}/releases/latest/handleplan.duckdb", auth=OLGA)
    assert (found.status_code, found.headers["Location"]) == (
        301,
        "https://127.0.0.1/releases/latest/handleplan.duckdb",
    )


def test_the_first_page_is_the_report(door: str) -> None:
    found = get(door, "/")
    assert (found.status_code, found.headers["Location"].endswith("/releases/latest/report/index.html")) == (302, True)


@pytest.mark.parametrize("name", SERVED)
def test_a_file_of_the_release_is_served_as_what_it_is(door: str, name: str) -> None:
    for folder in ("latest", RELEASE):
        found = get(door, f"/releases/{folder}/{name}")
        assert (found.status_code, found.text) == (200, f"{name} of the release")
        assert found.headers["Content-Type"] == SERVED[name]
        assert found.headers.get("Content-Disposition") == ("attachment" if name in SAVED or "jsonld" in name else None)
        for header, value in {
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Referrer-Policy": "same-origin",
            "Strict-Transport-Security": "max-age=31536000",
        }.items():
            assert found.headers[header] == value
        assert "default-src 'none'" in found.headers["Content-Security-Policy"]
        assert "/" not in found.headers["Server"]


def test_the_latest_is_asked_for_again_and_a_release_is_kept(door: str) -> None:
    assert get(door, "/releases/latest/handleplan.duckdb").headers["Cache-Control"] == "private, no-cache"
    kept = get(door, f"/releases/{RELEASE}/handleplan.duckdb").headers
    assert kept["Cache-Control"] == "private, max-age=86400, immutable"
    again = {"If-None-Match": kept["ETag"]}
    assert get(door, f"/releases/{RELEASE}/handleplan.duckdb", **again).status_code == 304


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_files_are_read_and_nothing_else(door: str, method: str) -> None:
    found = httpx.request(method, f"{door}/releases/latest/report/index.html", auth=ERIK, verify=False)
    assert found.status_code in (403, 405)


OUTSIDE = [
    "/releases/ledger.jsonl",
    "/releases/announced.json",
    f"/releases/.proposed/{RELEASE}/report/index.html",
    f"/releases/latest/../.proposed/{RELEASE}/report/index.html",
    f"/releases/latest/%2e%2e/.proposed/{RELEASE}/report/index.html",
    "/releases/latest/.hidden",
    "/releases/latest/out/passwd",
    "/releases/latest/person.parquet",
    f"/releases/{RELEASE}/out/passwd",
    f"/releases/{RELEASE}/person.parquet",
    "/releases/latest/../../.secret",
    "/releases/latest/..%2f..%2f.secret",
    "/releases/latest/%2e%2e%2f%2e%2e%2f.secret",
    "/releases/latest/%252e%252e/%252e%252e/.secret",
    "/releases/latest/..\\..\\.secret",
    "/releases/latest/..;/..;/.secret",
    "/releases/latest//..//../tables/register/person/2012.parquet",
    "/releases/..%2ftables/register/person/2012.parquet",
    "/releases../.secret",
    "/releases../tables/register/person/2012.parquet",
    "/../warehouse.duckdb",
    "//warehouse.duckdb",
    "/warehouse.duckdb",
    "/tables/register/person/2012.parquet",
    "/latest/handleplan.duckdb",
    f"/{RELEASE}/handleplan.duckdb",
    "/releases/latest/%00/../../../.secret",
]


@pytest.mark.parametrize("path", OUTSIDE)
@pytest.mark.parametrize("who", [OLGA, ERIK], ids=["onlooker", "engineer"])
def test_nothing_else_of_the_lake_is_reached(door: str, path: str, who: tuple[str, str]) -> None:
    """The path goes over the line as it stands: a client of ours would resolve it."""
    status, body = raw(door, path, who)
    assert status in (400, 403, 404), (status, body[:80])
    assert INSIDE not in body
    assert b"root:" not in body


def raw(address: str, path: str, who: tuple[str, str]) -> tuple[int, bytes]:
    parts = urlsplit(address)
    login = httpx.BasicAuth(*who)
    header = next(login.auth_flow(httpx.Request("GET", address))).headers["Authorization"]
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    assert parts.port is not None
    with socket.create_connection(("127.0.0.1", parts.port), 60) as plain, context.wrap_socket(plain) as line:
        asked = f"GET {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: {header}\r\nConnection: close\r\n\r\n"
        line.sendall(asked.encode())
        found = b"".join(iter(lambda: line.recv(65536), b""))
    return int(found.split(b" ", 2)[1]), found


def test_an_onlooker_is_no_engineer(door: str) -> None:
    assert get(door, "/engineers/", OLGA).status_code == 401
    # nobody listens behind this proxy: who may pass meets a gateway without an answer
    assert get(door, "/engineers/", ERIK).status_code == 502
    assert get(door, "/dagster/", OLGA).status_code == 502


@pytest.mark.parametrize("path", ["/dagster/graphql", "/engineers/graphql", "/releases/latest/report/index.html"])
def test_what_another_site_makes_a_browser_send_is_refused(door: str, path: str) -> None:
    """A browser adds the login to any request to this house, whoever wrote the page that it comes from."""
    for origin in (
        "https://elsewhere.example",
        "http" + door.removeprefix("https"),
        "null",
        door + ".elsewhere.example",
    ):
        assert get(door, path, ERIK, Origin=origin).status_code == 403
    assert get(door, path, ERIK, Origin=door).status_code != 403


@pytest.mark.parametrize("path", ["notebook?path=x.ipynb", "dagit/notebook", "report_asset_materialization/a"])
def test_doors_of_dagster_that_nobody_needs_are_closed(door: str, path: str) -> None:
    for name in ("dagster", "engineers"):
        assert get(door, f"/{name}/{path}", ERIK).status_code == 404


# OpenID Connect, before a stand-in of oauth2-proxy: what its /oauth2/auth answers, by a cookie


class SignsIn(http.server.BaseHTTPRequestHandler):
    """202 where the cookie names a group that the address allows, else 401; the page of signing in is open."""

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        groups = parse_qs(parts.query).get("allowed_groups", [""])[0].split(",")
        known = self.headers.get("Cookie", "").removeprefix("group=")
        self.send_response(202 if known and known in groups else 401 if parts.path == "/oauth2/auth" else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing on the screen."""


def test_with_openid_a_group_opens_what_is_its_own(lake: Path, tmp_path: Path) -> None:
    signer = http.server.ThreadingHTTPServer(("127.0.0.1", 0), SignsIn)
    threading.Thread(target=signer.serve_forever, daemon=True).start()
    page = "/releases/latest/report/index.html"
    try:
        with proxy(tmp_path, lake, login="openid", signer=signer.server_port) as door:

            def answer(path: str, group: str | None) -> httpx.Response:
                cookies = {"Cookie": f"group=handleplan-{group}"} if group else {}
                return get(door, path, None, **cookies)

            for path in (page, "/dagster/", "/engineers/", "/nothing"):
                for group in (None, "strangers"):
                    found = answer(path, group)
                    assert (found.status_code, "/oauth2/sign_in?rd=" in found.headers["Location"]) == (302, True)
            assert answer("/oauth2/sign_in", None).status_code == 200
            assert answer(page, "onlookers").status_code == 200
            assert answer(page, "engineers").status_code == 200
            # 502: who may pass meets a gateway behind which nobody listens
            assert answer("/dagster/", "onlookers").status_code == 502
            assert answer("/engineers/", "onlookers").status_code == 302
            assert answer("/engineers/", "engineers").status_code == 502
            assert answer("/oauth2/auth/engineers", None).status_code == 404
    finally:
        signer.shutdown()
        signer.server_close()
