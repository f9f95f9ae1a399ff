"""The server of every StatBank test."""

from collections.abc import Iterator

import pytest

from tests.statbank.server import Faults, statbank


@pytest.fixture
def server() -> Iterator[tuple[str, Faults]]:
    with statbank() as running:
        yield running
