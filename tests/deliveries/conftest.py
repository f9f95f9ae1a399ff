"""Fixtures of the tests of deliveries: a lake set by the environment, and an environment that is put back."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from handleplan_pipeline.settings import get_settings


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("HANDLEPLAN_LAKE", str(tmp_path / "lake"))
    monkeypatch.setenv("HANDLEPLAN_LANDING", str(tmp_path / "landing"))
    get_settings.cache_clear()
    yield tmp_path / "lake"
    get_settings.cache_clear()


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    yield monkeypatch
    get_settings.cache_clear()
