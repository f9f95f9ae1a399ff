"""What was told already, what could not be sent, when the heartbeat last got through: a small file of the lake.

`<lake>/.alerts/state.json`, readable by its owner alone. One that is lost or broken is begun anew: people are told once
more, which is better than never.
"""

import fcntl
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ValidationError

from handleplan_pipeline.lake.files import write_atomically

log = logging.getLogger(__name__)
KEPT_DAYS = 400
"""How long it is remembered that a thing was told that stands no more. Ours, version 1: longer than a yearly round."""


class Unsent(BaseModel):
    """Alerts of one kind that reached nobody."""

    since: AwareDatetime
    tries: int
    next_try: AwareDatetime
    why: str


class Heart(BaseModel):
    """The heartbeat: when it last got through, and since when it does not."""

    last: AwareDatetime | None = None
    failing_since: AwareDatetime | None = None
    why: str | None = None


class State(BaseModel):
    """`told`: key of an event and when; `unsent` by kind; `addresses`: those that fail, by number and kind."""

    told: dict[str, AwareDatetime] = {}
    unsent: dict[str, Unsent] = {}
    addresses: dict[str, AwareDatetime] = {}
    heart: Heart = Heart()

    def forget(self, scope: str, standing: set[str]) -> None:
        """What began with `scope` and stands no more may be told again when it comes back."""
        for key in [k for k in self.told if k.startswith(scope) and k not in standing]:
            del self.told[key]

    def prune(self, now: datetime) -> None:
        oldest = now - timedelta(days=KEPT_DAYS)
        for key in [k for k, told in self.told.items() if told < oldest]:
            del self.told[key]


UNWRITTEN: dict[Path, State] = {}
"""What could not be written down, by file: a full disk is told of once all the same while this process lives."""


class Memory:
    """The file below a lake's root."""

    def __init__(self, lake: Path) -> None:
        self.folder = lake / ".alerts"

    @property
    def file(self) -> Path:
        return self.folder / "state.json"

    def read(self) -> State:
        """As it is now; empty where there is none or it cannot be read."""
        if self.file in UNWRITTEN:
            return UNWRITTEN[self.file].model_copy(deep=True)
        try:
            return State.model_validate_json(self.file.read_bytes())
        except (OSError, ValidationError):
            return State()

    @contextmanager
    def changing(self) -> Iterator[State]:
        """The state, alone; written back at the end, also after an error.

        Where it cannot be written, on a full disk for one, this process remembers it and the log says so.
        """
        with self._alone():
            state = self.read()
            before = state.model_dump_json()
            try:
                yield state
            finally:
                if state.model_dump_json() != before or self.file in UNWRITTEN:
                    self._write(state)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = (self.folder / "lock").open("w")
        except OSError:
            # without a lock something may be told twice, which is better than never
            yield
            return
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _write(self, state: State) -> None:
        try:
            write_atomically(self.file, state.model_dump_json(indent=1).encode(), mode=0o600)
            UNWRITTEN.pop(self.file, None)
        except OSError as e:
            UNWRITTEN[self.file] = state
            log.error("%s: what was told cannot be written down (%s).", self.file.name, e.strerror)
