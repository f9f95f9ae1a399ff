"""A client with a clock of its own, so that no test waits or depends on how fast the machine is."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from handleplan_pipeline.settings import get_settings
from handleplan_pipeline.sources.statbank.answers import Answers
from handleplan_pipeline.sources.statbank.client import StatBankClient
from handleplan_pipeline.sources.statbank.extracts import STRAFNA9
from handleplan_pipeline.sources.statbank.source import LastGoodSource, LiveSource, SnapshotSource

SNAPSHOT = SnapshotSource(get_settings().reference / "statbank")
INFO = SNAPSHOT.tableinfo(STRAFNA9)
YEARS = [2010, 2011]
NOW = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)
"""70 days after the pinned answers were read (16 September 2026)."""


class Time:
    """A clock that moves by `step` seconds each time it is looked at, and by what is slept."""

    def __init__(self, step: float = 0.0) -> None:
        self.seconds = 0.0
        self.step = step
        self.slept: list[float] = []

    def clock(self) -> float:
        self.seconds += self.step
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds


def client(
    url: str, time: Time | None = None, now: Callable[[], datetime] = lambda: NOW, **more: Any
) -> StatBankClient:
    time = time or Time()
    return StatBankClient(url, **({"sleep": time.sleep, "clock": time.clock, "now": now} | more))


def live(url: str, folder: Path, **more: Any) -> LiveSource:
    return LiveSource(client(url, **more), Answers(folder), SNAPSHOT)


def last_good(url: str, folder: Path, **more: Any) -> LastGoodSource:
    return LastGoodSource(live(url, folder, **more))
