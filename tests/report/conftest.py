"""One report without deliveries and one with planted figures, each written once per test run."""

from pathlib import Path

import pytest

from tests.lib.lakes import once, run_without_deliveries, shared_root
from tests.report.made import folder_with, planted, reported


@pytest.fixture(scope="session")
def bare_release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release in which nothing was delivered: never written into."""
    lake, _ = run_without_deliveries(tmp_path_factory)
    return (lake / "releases" / "latest").resolve()


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory, bare_release: Path) -> Path:
    """The folder of a release without deliveries, with its report."""
    root = shared_root(tmp_path_factory)
    return once(root, "report without deliveries", lambda made: reported(folder_with(bare_release, made)))


@pytest.fixture(scope="session")
def full(tmp_path_factory: pytest.TempPathFactory, bare_release: Path) -> Path:
    """The folder of a release with planted synthetic figures, with its report."""
    root = shared_root(tmp_path_factory)
    made = once(root, "report of planted figures", lambda made: reported(folder_with(bare_release, made, planted())))
    return made
