"""A machine with a lake of real deliveries, made by hand; what is asked of it goes through the command line."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from handleplan_pipeline.cli import app
from handleplan_pipeline.lake.tables import Lake
from handleplan_pipeline.settings import get_settings
from tests.lib.deliveries import Place, permission

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


Break = Callable[[Path], object]
"""Does something to a backup."""
