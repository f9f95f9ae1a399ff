"""The file opens in every DuckDB that is in use, and each reads the same: the real clients, installed aside."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from handleplan_pipeline.settings import PROJECT_ROOT
from tests.exports.made import asked
from tests.lib.aside import program, python_package

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


BROWSER = """
const path = require('path');
const entry = require.resolve('@duckdb/duckdb-wasm/dist/duckdb-node-blocking.cjs');
const duckdb = require(entry);
const at = (name) => path.join(path.dirname(entry), name);
(async () => {
  const bundle = {
    mvp: { mainModule: at('duckdb-mvp.wasm'), mainWorker: at('duckdb-node-mvp.worker.cjs') },
    eh: { mainModule: at('duckdb-eh.wasm'), mainWorker: at('duckdb-node-eh.worker.cjs') },
  };
  const db = await duckdb.createDuckDB(bundle, new duckdb.VoidLogger(), duckdb.NODE_RUNTIME);
  await db.instantiate(() => {});
  db.registerFileURL('handleplan.duckdb', process.argv[2], duckdb.DuckDBDataProtocol.NODE_FS, false);
  const connection = db.connect();
  connection.query("attach 'handleplan.duckdb' as handleplan (read_only)");
  const observation = 'select row_id, value, missing_reason from handleplan.output.observation order by row_id';
  const rows = connection.query(observation);
  const badge = connection.query('select badge from handleplan.output.goal_status where goal = 3 and year = 2014');
  console.log(JSON.stringify({
    values: rows.toArray().map((r) => [r.row_id, r.value, r.missing_reason]),
    badges: badge.toArray().map((r) => r.badge),
  }));
})();
"""
"""As the guide reads the file in a browser; the same build in Node, because no page may ask a server for it here."""


@pytest.mark.slow
def test_duckdb_wasm_reads_the_file(exported: Path, tmp_path: Path) -> None:
    script = tmp_path / "read.cjs"
    script.write_text(BROWSER, encoding="utf-8")
    node = program("node")
    if subprocess.run([node, "-e", "require.resolve('@duckdb/duckdb-wasm')"], capture_output=True).returncode:
        pytest.skip("duckdb-wasm is not installed; .ci/run installs it")
    done = subprocess.run([node, str(script), str(exported / "handleplan.duckdb")], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    wanted = asked(exported, "select row_id, value, missing_reason from output.observation order by row_id")
    assert said["values"] == [list(r) for r in wanted]
    assert said["badges"] == ["met"]


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
    guide = (PROJECT_ROOT / "docs" / "readers_guide.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```r\n(shown <- read.csv.*?)^```$", guide, flags=re.M | re.S)
    example = example.replace("data_lake/releases/latest", str(exported))
    script = tmp_path / "read.R"
    script.write_text(R_READS.replace("{example}", example), encoding="utf-8")
    done = subprocess.run([program("Rscript"), "--vanilla", str(script)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    *lines, count = done.stdout.splitlines()
    wanted = asked(exported, "select row_id, value from output.observation where value is not null order by row_id")
    assert sorted((i, float(v)) for mark, i, v in (x.split() for x in lines if x.startswith("is "))) == wanted
    assert count == f"{asked(exported, 'select count(*) from output.observation')[0][0]} rows"
