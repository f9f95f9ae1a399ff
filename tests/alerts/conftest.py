"""Settings of a test's own, a mail server and a web hook."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from handleplan_pipeline.settings import Settings, get_settings
from tests.alerts.made import Set
from tests.lib.posts import Hook, MailServer, hook_server, mail_server


@pytest.fixture
def use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Set]:
    """Sets HANDLEPLAN_ settings by name for this test; the lake is the test's own."""

    def settings(**values: Any) -> Settings:
        for name, value in ({"lake": tmp_path / "lake"} | values).items():
            monkeypatch.setenv(f"HANDLEPLAN_{name.upper()}", str(value))
        get_settings.cache_clear()
        return get_settings()

    yield settings
    get_settings.cache_clear()


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.fixture
def hook() -> Iterator[Hook]:
    with hook_server() as server:
        yield server
