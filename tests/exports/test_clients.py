"""The file opens in every DuckDB that is in use, and each reads the same: the real clients, installed aside."""

import contextlib
import http.server
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from handleplan_pipeline.settings import PROJECT_ROOT
from tests.exports.made import asked
from tests.lib.aside import node_module, program, python_package

GUIDE = (PROJECT_ROOT / "docs" / "readers_guide.md").read_text(encoding="utf-8")
VERSIONS = ("1.1.3", "1.4.4", "1.5.5", "2.0.0")
READS = """
import duckdb, json, sys
con = duckdb.connect(sys.argv[1], read_only=True)
names = con.execute("select schema_name, table_name from duckdb_tables() where not internal order by all").fetchall()
rows = {f"{s}.{n}": len(con.execute(f'select * from "{s}"."{n}"').fetchall()) for s, n in names}
values = con.execute("select row_id, value, missing_reason from output.observation order by row_id").fetchall()
comments = con.execute("select count(*) from duckdb_columns() where not internal and comment is null").fetchone()[0]
print(json.dumps({"version": duckdb.__version__, "rows": rows, "values": values, "comments": comments}))
"""


@pytest.mark.slow
@pytest.mark.parametrize("version", VERSIONS)
def test_a_client_reads_every_table(exported: Path, tmp_path: Path, version: str) -> None:
    python_package(tmp_path, f"duckdb=={version}")
    environment = {"PYTHONPATH": str(tmp_path), "PATH": os.environ["PATH"]}
    done = subprocess.run(
        [sys.executable, "-c", READS, str(exported / "handleplan.duckdb")],
        capture_output=True,
        text=True,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["version"] == version
    names = asked(exported, "select schema_name, table_name from duckdb_tables() where not internal order by all")
    assert said["rows"] == {f"{s}.{n}": asked(exported, f'select count(*) from "{s}"."{n}"')[0][0] for s, n in names}
    wanted = asked(exported, "select row_id, value, missing_reason from output.observation order by row_id")
    assert said["values"] == [list(r) for r in wanted]
    assert said["comments"] == 0


PAGE = """<!DOCTYPE html><html lang="en"><title>Reader</title><script type="importmap">{"imports": {
  "@duckdb/duckdb-wasm": "/node_modules/@duckdb/duckdb-wasm/dist/duckdb-browser.mjs",
  "apache-arrow": "/node_modules/apache-arrow/Arrow.dom.mjs",
  "flatbuffers": "/node_modules/flatbuffers/mjs/flatbuffers.js",
  "tslib": "/node_modules/tslib/tslib.es6.mjs"}}</script>
<script type="module">
const place = new URL("/node_modules/@duckdb/duckdb-wasm/dist/", location.href);
const latest = new URL("/latest/", location.href);
try {
EXAMPLE
const observation = "select row_id, value, missing_reason from handleplan.output.observation order by row_id";
const rows = (await connection.query(observation)).toArray().map((r) => [r.row_id, r.value, r.missing_reason]);
window.said = { rows, badge: found.toArray()[0].badge };
} catch (e) { window.said = { failed: String(e) }; }
</script></html>"""


@contextlib.contextmanager
def served(page: str, modules: Path, release: Path) -> Iterator[tuple[str, list[str]]]:
    """A page, the modules it imports and a release on loopback: its address, and what it is asked for."""
    asked_for: list[str] = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def translate_path(self, path: str) -> str:
            asked_for.append(path)
            for begin, folder in (("/node_modules/", modules), ("/latest/", release)):
                if path.startswith(begin):
                    return str(folder / path.removeprefix(begin))
            return str(modules / "nothing")

        def do_GET(self) -> None:
            if self.path != "/":
                return super().do_GET()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(page.encode())
            return None

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/", asked_for
        server.shutdown()


@pytest.mark.slow
def test_duckdb_wasm_reads_the_file_in_a_browser_as_the_guide_says(exported: Path) -> None:
    modules = node_module("@duckdb/duckdb-wasm")
    (example,) = re.findall(r"^```js\nimport .*?\n(.*?)^```$", GUIDE, flags=re.M | re.S)
    page = PAGE.replace("try {", 'import * as duckdb from "@duckdb/duckdb-wasm";\ntry {').replace("EXAMPLE", example)
    with served(page, modules, exported) as (address, asked_for), sync_playwright() as p:
        browser = p.chromium.launch(executable_path=program("chromium"), args=["--no-sandbox"])
        requests: list[str] = []
        tab = browser.new_page()
        tab.on("request", lambda r: requests.append(r.url))
        tab.goto(address)
        said = tab.wait_for_function("window.said", timeout=300_000).json_value()
        browser.close()
    wanted = asked(exported, "select row_id, value, missing_reason from output.observation order by row_id")
    assert said == {"rows": [list(r) for r in wanted], "badge": "met"}
    assert "/latest/handleplan.duckdb" in asked_for
    # nobody else is asked
    assert [r for r in requests if not r.startswith((address, "blob:"))] == []


R_READS = """
said <- commandArgs(trailingOnly = TRUE)
release <- said[1]
{example}
known <- shown[!is.na(shown$value), ]
cat(sprintf("is %s %.17g\\n", known$row_id, known$value), sep = "")
cat(nrow(shown), "rows\\n")
"""


@pytest.mark.slow
def test_r_reads_the_csv_as_the_guide_says(exported: Path, tmp_path: Path) -> None:
    """Base R, with no package: an empty figure is NA and not zero, every other is what is stored."""
    (example,) = re.findall(r"^```r\n(shown <- read.csv.*?)^```$", GUIDE, flags=re.M | re.S)
    example = example.replace("data_lake/releases/latest", str(exported))
    script = tmp_path / "read.R"
    script.write_text(R_READS.replace("{example}", example), encoding="utf-8")
    done = subprocess.run([program("Rscript"), "--vanilla", str(script)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    *lines, count = done.stdout.splitlines()
    wanted = asked(exported, "select row_id, value from output.observation where value is not null order by row_id")
    assert sorted((i, float(v)) for mark, i, v in (x.split() for x in lines if x.startswith("is "))) == wanted
    assert count == f"{asked(exported, 'select count(*) from output.observation')[0][0]} rows"
