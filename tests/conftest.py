"""What holds for every test."""

import contextlib
import ctypes
import gc
import os
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from handleplan_pipeline.settings import get_settings

TESTS = Path(__file__).parent
# no test depends on how fast, or how busy, the machine is
settings.register_profile("handleplan", deadline=None)
settings.load_profile("handleplan")
# nor on the terminal it happens to run in; workers of pytest-xdist have none
os.environ["COLUMNS"] = "200"
# a release carries its tables and nothing else where a test is not about its parts
os.environ.setdefault("HANDLEPLAN_RELEASE_PARTS", "none")
# as in a command (cli.py): half a million objects live to the end, and are not looked at for garbage again and again
gc.set_threshold(100_000)
# what is large is given back: a worker that read many releases is, by its addresses, larger than the machine, and the
# fork by which PySpark starts its JVM is refused (M_MMAP_THRESHOLD; where the C library has it)
with contextlib.suppress(AttributeError):
    ctypes.CDLL(None).mallopt(-3, 1 << 20)

LONGEST_FIRST = (
    "recount/test_mutations.py",
    "protection/test_audit.py",
    "integration/test_ten_years.py",
    "spark/test_equal_rows.py",
    "integration/test_daemon.py",
    "spark/test_engine.py",
    "integration/test_whole_graph.py",
    "integration/test_planted_truth.py",
    "protection/test_twin_cities.py",
    "protection/test_revision.py",
    "protection/test_links.py",
    "integration/test_leaks.py",
    "protection/test_summed_route.py",
    "deliveries/test_fuzz.py",
    "integration/test_ended_permission.py",
    "integration/test_codes_in_a_whole_run.py",
    "recount/test_recount.py",
    "integration/test_two_runs.py",
    "region/test_region.py",
    "integration/test_every_city_gets_a_release.py",
    "integration/test_rehearsal.py",
    "integration/test_ui.py",
    "report/test_browser.py",
    "protection/test_red_team.py",
    "judgement/test_readings.py",
    "synthetic/test_hard_city.py",
    "commands/test_verify.py",
    "goals/test_goal_03_stable_housing.py",
    "commands/test_arguments.py",
)
"""Modules of most processor time, longest first: begun last, one of them would leave the other workers idle."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    rank = {TESTS / name: i for i, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: rank.get(item.path, len(rank)))


def pytest_collection_finish() -> None:
    gc.freeze()


@pytest.fixture(autouse=True)
def _process_as_it_was() -> Iterator[None]:
    """A command run in this process fixes paths in its environment: no later test inherits them, whatever the order."""
    environment, folder = _settings_in_the_environment(), Path.cwd()
    filters = warnings.filters[:]
    yield
    if (left := _settings_in_the_environment()) != environment:
        for name in left.keys() - environment.keys():
            del os.environ[name]
        os.environ.update(environment)
        get_settings.cache_clear()
    warnings.filters[:] = filters
    os.chdir(folder)


def _settings_in_the_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.startswith(("HANDLEPLAN_", "DAGSTER_"))}
