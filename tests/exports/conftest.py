"""The small release with all its exports, made once per test run and never written into."""

from pathlib import Path

import pytest

from handleplan_pipeline.exports.readback import READERS
from tests.exports.made import write
from tests.lib.lakes import once, shared_root


@pytest.fixture(scope="session")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = once(shared_root(tmp_path_factory), "small release with exports", lambda r: write(r / "release", *READERS))
    return root / "release"
