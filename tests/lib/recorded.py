"""Every query of a run as DuckDB answered it: text, values, inputs and rows, to be asked of another engine.

    python -m tests.lib.recorded FOLDER run --landing IN --lake LAKE

runs the command line with every query recorded in FOLDER, a folder each.
"""

import ast
import hashlib
import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from types import FrameType
from typing import Any

import polars as pl
import pytest

from handleplan_pipeline.lake import engine
from handleplan_pipeline.lake.engine import Params, SqlInput
from handleplan_pipeline.lake.tables import LakeTable
from handleplan_pipeline.settings import PROJECT_ROOT
from tests.lib.lakes import generated, once, shared_root

ANSWER, QUESTION = "answer.parquet", "question.pickle"
ASKING = ("query", "write")
CITY = ("--scale", "0.02", "--years", "2006-2015", "--seed", "3")
CITIES = {"hard and dirty": (*CITY, "--hard", "--dirty"), "summed": (*CITY, "--summed")}
"""The two routes by which figures come."""
WORKERS = "local[2]"
"""The Spark that is asked the same."""


@dataclass(frozen=True)
class Recorded:
    """A query: its name, the function that asked (`file.py:function`), SQL, values, inputs by name, and its rows."""

    name: str
    where: str
    sql: str
    params: Mapping[str, Any]
    stored: Mapping[str, LakeTable]
    frames: Mapping[str, Path]
    answer: Path

    @property
    def inputs(self) -> dict[str, SqlInput]:
        return {**self.stored, **{n: pl.read_parquet(p) for n, p in self.frames.items()}}


class Recorder:
    """Writes down what goes through the engine; nothing else of a run is changed."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._numbers = folder, count()
        self._query, self._write = engine.DuckDbEngine.query, engine.DuckDbEngine.write

    def install(self) -> None:
        def query(
            this: engine.DuckDbEngine,
            sql: str,
            inputs: Mapping[str, SqlInput],
            params: Params | None = None,
            name: str = "query",
        ) -> pl.DataFrame:
            found = self._query(this, sql, inputs, params, name)
            self._note(name, sql, params, inputs, found)
            return found

        def write(
            this: engine.DuckDbEngine,
            sql: str,
            inputs: Mapping[str, SqlInput],
            folder: Path,
            params: Params | None = None,
            name: str = "query",
        ) -> tuple[Path, ...]:
            files = self._write(this, sql, inputs, folder, params, name)
            self._note(name, sql, params, inputs, pl.read_parquet(files))
            return files

        engine.DuckDbEngine.query = query  # type: ignore[method-assign]
        engine.DuckDbEngine.write = write  # type: ignore[method-assign]

    def _note(
        self, name: str, sql: str, params: Params | None, inputs: Mapping[str, SqlInput], found: pl.DataFrame
    ) -> None:
        folder = self._folder / f"{next(self._numbers):04d}"
        folder.mkdir(parents=True)
        stored = {n: self._kept(t) for n, t in inputs.items() if isinstance(t, LakeTable)}
        frames = {n: folder / f"{n}.parquet" for n, t in inputs.items() if isinstance(t, pl.DataFrame)}
        for n, path in frames.items():
            inputs[n].write_parquet(path)  # type: ignore[union-attr]
        found.write_parquet(folder / ANSWER)
        asked = Recorded(name, _asking(sys._getframe(2)), sql, dict(params or {}), stored, frames, folder / ANSWER)
        (folder / QUESTION).write_bytes(pickle.dumps(asked))

    def _kept(self, table: LakeTable) -> LakeTable:
        """The table's files as they are now, each kept once."""
        kept = []
        for file in table.files:
            to = self._folder / f"{hashlib.sha256(file.read_bytes()).hexdigest()}.parquet"
            if not to.exists():
                shutil.copyfile(file, to)
            kept.append(to)
        return LakeTable(table.layer, table.name, tuple(kept), None)


def _asking(frame: FrameType) -> str:
    """The function that asks; a comprehension is part of the one it stands in."""
    here: FrameType | None = frame
    while here is not None and here.f_code.co_name.startswith("<"):
        here = here.f_back
    assert here is not None
    return f"{Path(here.f_code.co_filename).relative_to(PROJECT_ROOT).as_posix()}:{here.f_code.co_name}"


def recorded(folder: Path) -> Iterator[Recorded]:
    """What was recorded, in the order it was asked."""
    for path in sorted(folder.glob(f"*/{QUESTION}")):
        yield pickle.loads(path.read_bytes())


def places() -> set[str]:
    """Every function of the product that asks an engine (`file.py:function`), read from its source."""
    found = set()
    for path in (p for f in ("handleplan_pipeline", "assets") for p in sorted((PROJECT_ROOT / f).rglob("*.py"))):
        rel = path.relative_to(PROJECT_ROOT).as_posix()
        if rel.startswith("handleplan_pipeline/lake/"):
            continue
        functions = [n for n in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(n, ast.FunctionDef)]
        found |= {f"{rel}:{f.name}" for f in functions for n in ast.walk(f) if _asks(n)}
    return found


def _asks(node: ast.AST) -> bool:
    """`get_engine().query(...)`, or `engine.query(...)` where it was given."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ASKING):
        return False
    asked = node.func.value
    if isinstance(asked, ast.Call):
        return isinstance(asked.func, ast.Name) and asked.func.id == "get_engine"
    return isinstance(asked, ast.Name) and asked.id == "engine"


def record(folder: Path, *command: str, **environment: str) -> None:
    """Run a command in a process of its own, with every query recorded in `folder`."""
    mine = {k: v for k, v in os.environ.items() if k not in ("DAGSTER_HOME", "HANDLEPLAN_ENGINE")} | environment
    mine["PYTHONPATH"] = str(PROJECT_ROOT)
    asked = [sys.executable, "-m", "tests.lib.recorded", str(folder), *command]
    done = subprocess.run(asked, env=mine, capture_output=True, text=True, cwd=PROJECT_ROOT)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


def recorded_run(factory: pytest.TempPathFactory, city: str, *job: str) -> tuple[Path, Path, Path]:
    """Deliveries of a city, the lake that DuckDB made of them, and every query it answered."""
    landing = generated(factory, *CITIES[city])

    def make(root: Path) -> None:
        record(root / "queries", "run", *job, "--landing", str(landing), "--lake", str(root / "lake"))

    root = once(shared_root(factory), f"recorded {city} {' '.join(job)}", make)
    return landing, root / "lake", root / "queries"


if __name__ == "__main__":
    from handleplan_pipeline.cli import main

    # by its own name: what is pickled in `__main__` nobody else can read
    from tests.lib.recorded import Recorder as Named

    Named(Path(sys.argv[1])).install()
    sys.argv = ["handleplan", *sys.argv[2:]]
    main()
