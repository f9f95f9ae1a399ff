"""A machine with two years of real deliveries, and a backup of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from handleplan_pipeline.settings import get_settings
from tests.keeping.made import A, B, Machine, year
from tests.lib.deliveries import Place, real, use


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    monkeypatch.setenv("HANDLEPLAN_LAKE", str(tmp_path / "lake"))
    monkeypatch.setenv("HANDLEPLAN_LANDING", str(tmp_path / "landing"))
    monkeypatch.setenv("HANDLEPLAN_LOCK_WAIT_SECONDS", "0")
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    use(monkeypatch, tmp_path)
    made = Machine(tmp_path, Place(tmp_path), monkeypatch)
    made.grant()
    with made.lake.lock(0):
        for number, journal in ((2010, A), (2011, B)):
            made.place.land(year(real(), number), number, data_kind="delivered", permission=journal)
            assert made.place.take(number)[0].height == 40
    yield made
    # a restore sets the environment of its process
    get_settings.cache_clear()


@pytest.fixture
def backed_up(machine: Machine) -> Path:
    """The only backup of the machine."""
    machine.done("backup", "--to", str(machine.backups))
    return next(machine.backups.glob("*_*/"))
