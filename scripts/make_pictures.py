"""Makes the pictures of the README: the overview, a goal and the graph, as a browser shows them.

`python scripts/make_pictures.py` opens the report of the latest release and a Dagster webserver of its own on loopback, and
writes `docs/pictures/`. Needs chromium and the test dependencies.
"""

import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from playwright.sync_api import Browser, sync_playwright

from handleplan_pipeline.settings import PROJECT_ROOT, get_settings

PICTURES = PROJECT_ROOT / "docs" / "pictures"
PAGES = {"overview.png": "da/index.html", "goal.png": "en/goal_02_youth_crime.html"}
WIDTH, HEIGHT = 1100, 820
GRAPH = "/asset-groups"
PATIENCE = 180
"""Seconds that the webserver, and the page in the browser, may take."""
SETTLE_MS = 10_000
"""Until the graph is laid out."""


@contextmanager
def webserver() -> Iterator[str]:
    """Address of a Dagster webserver with a history of its own."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = int(s.getsockname()[1])
    with tempfile.TemporaryDirectory() as home:
        environment = os.environ | {"DAGSTER_HOME": home, "HANDLEPLAN_LAKE": str(Path(home) / "lake")}
        (Path(home) / "dagster.yaml").write_text("telemetry: {enabled: false}\n", encoding="utf-8")
        command = [str(Path(sys.executable).with_name("dagster-webserver")), "-h", "127.0.0.1", "-p", str(port)]
        command += ["-w", str(PROJECT_ROOT / "workspace.yaml")]
        running = subprocess.Popen(command, env=environment, cwd=PROJECT_ROOT)
        try:
            yield _answering(f"http://127.0.0.1:{port}")
        finally:
            running.terminate()
            running.wait(timeout=60)


def _answering(address: str) -> str:
    for _ in range(PATIENCE):
        try:
            if httpx.get(f"{address}/server_info", timeout=2).status_code == httpx.codes.OK:
                return address
        except httpx.TransportError:
            time.sleep(1)
    raise SystemExit(f"The webserver did not answer within {PATIENCE} seconds.")


def picture(browser: Browser, address: str, target: Path) -> None:
    """The first screen of a page."""
    page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
    page.goto(address)
    page.screenshot(path=target)
    page.close()


def picture_of_graph(browser: Browser, address: str, target: Path) -> None:
    """The graph of all groups, without what Dagster lays over and beside it."""
    page = browser.new_page(viewport={"width": 1700, "height": 900})
    page.set_default_timeout(1000 * PATIENCE)
    page.goto(address + GRAPH)
    page.get_by_role("button", name="Skip").click()
    page.get_by_text("Hide navigation").click()
    page.get_by_text("release", exact=True).first.wait_for()
    page.wait_for_timeout(SETTLE_MS)
    page.screenshot(path=target)
    page.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--release", type=Path, default=get_settings().lake / "releases" / "latest")
    release = parser.parse_args().release.resolve()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise SystemExit("chromium is not installed.")
    if missing := [p for p in PAGES.values() if not (release / "report" / p).is_file()]:
        raise SystemExit(f"{release}: has no {', '.join(missing)}; run `make demo` first.")
    PICTURES.mkdir(exist_ok=True)
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name, page in PAGES.items():
            picture(browser, (release / "report" / page).as_uri(), PICTURES / name)
        with webserver() as address:
            picture_of_graph(browser, address, PICTURES / "graph.png")
        browser.close()


if __name__ == "__main__":
    main()
