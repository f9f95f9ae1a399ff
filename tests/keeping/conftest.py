"""A lake of real deliveries, made by hand, with its settings; and what is asked of it through the command line."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from handleplan_pipeline.cli import app
from handleplan_pipeline.lake.tables import Lake
from handleplan_pipeline.settings import get_settings
from tests.lib.deliveries import Place, permission, real, use

A, B = "2010-41-0001", "2011-41-0002"


@dataclass
class Machine:
    """A lake with two years of stays under two permissions, and a folder for backups."""

    root: Path
    place: Place
    environment: pytest.MonkeyPatch

    @property
    def lake(self) -> Lake:
        return Lake(self.root / "lake")

    @property
    def backups(self) -> Path:
        return self.root / "elsewhere" / "backups"

    def grant(self, **changes: dict[str, Any]) -> None:
        """Both permissions on file, with changes by the letter of one."""
        entries = [
            permission(**{"journal_number": n, "delete_by": "2999-01-01"} | changes.get(k, {}))
            for k, n in NAMES.items()
        ]
        (self.root / "permissions.yaml").write_text(yaml.safe_dump([e.model_dump(mode="json") for e in entries]))

    def ask(self, *arguments: str) -> Result:
        """A command, in this process."""
        get_settings.cache_clear()
        return CliRunner().invoke(app, list(arguments))

    def done(self, *arguments: str) -> str:
        result = self.ask(*arguments)
        assert result.exit_code == 0, (result.output, result.exception)
        return result.output

    def use_lake(self, lake: Path) -> None:
        self.environment.setenv("HANDLEPLAN_LAKE", str(lake))
        get_settings.cache_clear()


NAMES = {"a": A, "b": B}


def year(content: str, number: int) -> str:
    """The stays of 2010 as those of another year."""
    return content.replace("-2010", f"-{number}")


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


Break = Callable[[Path], object]
