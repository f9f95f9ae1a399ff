"""What holds for every test."""

import os
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from handleplan_pipeline.settings import get_settings

# no test depends on how fast, or how busy, the machine is
settings.register_profile("handleplan", deadline=None)
settings.load_profile("handleplan")
# nor on the terminal it happens to run in; workers of pytest-xdist have none
os.environ["COLUMNS"] = "200"


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
