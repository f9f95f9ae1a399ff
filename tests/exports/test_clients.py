"""The file opens in every DuckDB that is in use, and each reads the same: the real clients, installed aside."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.exports.made import asked

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
    uv = Path(sys.executable).with_name("uv")
    command = [str(uv), "pip", "install", "--quiet", "--no-deps", "--target", str(tmp_path), f"duckdb=={version}"]
    if subprocess.run([*command, "--python", sys.executable], capture_output=True).returncode:
        pytest.skip(f"duckdb {version} cannot be installed here")
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
