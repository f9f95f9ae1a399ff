"""Runs `handleplan` commands, each in a fork of this process with its own environment and folder (`commands.py`).

Or, with `call`, a function of a test's own; and at the time `at`, where one is given.
"""

import gc
import json
import os
import sys
from importlib import import_module
from types import ModuleType
from typing import Any

from handleplan_pipeline.settings import get_settings
from tests.lib.clock import stand_still
from tests.lib.forking import answered, load

SMALL = ("handleplan_pipeline.cli", "schemas.registry", "pyarrow.parquet")
RUN = (
    "dagster",
    "pandera.polars",
    "handleplan_pipeline.graph.instance",
    "alembic",
    # what a run imports where it uses it
    "great_expectations",
    "statsmodels.api",
    "statsmodels.stats.proportion",
    "highspy",
    "httpx",
    "jinja2",
    "xlsxwriter",
)
"""What every command needs, and what a run needs beside it. Importing the assets reads settings: each run does it."""


def command(asked: dict[str, Any]) -> None:
    os.environ.clear()
    os.environ.update(asked["environment"])
    os.chdir(asked["cwd"])
    # nothing of this process is the main module of the command
    sys.modules["__main__"] = ModuleType("__main__")
    sys.argv = ["handleplan", *asked["arguments"]]
    if asked.get("at"):
        stand_still(asked["at"])
    if asked.get("call"):
        module, _, name = asked["call"].partition(":")
        getattr(import_module(module), name)(*asked["arguments"])
        return
    from handleplan_pipeline.cli import main

    main()


def serve() -> None:
    answers = os.fdopen(os.dup(1), "w")
    load(SMALL)
    for line in sys.stdin:
        asked = json.loads(line)
        if asked["arguments"][:1] == ["run"] or asked.get("call"):
            load(RUN)
        assert get_settings.cache_info().currsize == 0, "a command would be run with the settings of this process"
        gc.collect()
        gc.freeze()
        answers.write(json.dumps(answered(lambda a=asked: command(a))) + "\n")
        answers.flush()


if __name__ == "__main__":
    serve()
