"""Tells people of events, each once; what cannot be sent is said and tried again, and stops nobody."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from handleplan_pipeline import clock
from handleplan_pipeline.alerts import send as sending
from handleplan_pipeline.alerts.events import Event
from handleplan_pipeline.alerts.memory import Heart, Memory, State, Unsent
from handleplan_pipeline.alerts.words import message
from handleplan_pipeline.settings import Settings

FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=6)
"""Between two tries of an alert that reaches nobody; it doubles. Ours, version 1."""
NO_ADDRESS = "no address"


@dataclass
class Told:
    """What became of events: `sent` and `unsent` by kind, and which addresses took nothing."""

    sent: dict[str, int] = field(default_factory=dict)
    unsent: dict[str, str] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)

    def sentence(self) -> str:
        """One sentence for a log."""
        said = [f"told of {k}: {n}" for k, n in self.sent.items()]
        said += [f"NOT told of {k}: {why}" for k, why in self.unsent.items()]
        said += [f"{name} took nothing" for name in self.failed]
        return "; ".join(said) or "nothing new to tell"

    @property
    def wrong(self) -> bool:
        return bool(self.unsent or self.failed)


def tell(
    settings: Settings,
    events: Sequence[Event],
    scopes: Iterable[str] = (),
    passed: Iterable[str] = (),
    now: Callable[[], datetime] = lambda: clock.now(),
) -> Told:
    """Tell of the events that were not told yet, one message per kind.

    `events` are all that stand of `scopes` (beginnings of keys): what was told of them and stands no more is forgotten,
    and so are the keys in `passed`. An event counts as told when one address took it.
    """
    done, moment = Told(), now()
    to = sending.addresses(settings)
    with Memory(settings.lake).changing() as state:
        state.prune(moment)
        standing = {e.key for e in events}
        for scope in scopes:
            state.forget(scope, standing)
        for key in passed:
            state.told.pop(key, None)
        new: dict[str, list[Event]] = {}
        for e in events:
            if e.key not in state.told:
                new.setdefault(e.kind, []).append(e)
        for kind, found in new.items():
            _one(state, done, kind, found, to, moment)
    return done


def _one(state: State, done: Told, kind: str, found: list[Event], to: Sequence[str], now: datetime) -> None:
    before = state.unsent.get(kind)
    if not to:
        done.unsent[kind] = NO_ADDRESS
        return
    if before is not None and now < before.next_try:
        done.unsent[kind] = f"{before.why}; tried again after {before.next_try:%Y-%m-%d %H:%M} UTC"
        return
    failed = sending.send(message(kind, found), to)
    for name in failed:
        state.addresses.setdefault(name, now)
    names = [sending.name_of(n, a) for n, a in enumerate(to, start=1)]
    for name in set(state.addresses) - set(failed):
        # one that took it, or is an address no more
        del state.addresses[name]
    done.failed = failed
    if len(failed) < len(names):
        state.told |= {e.key: now for e in found}
        state.unsent.pop(kind, None)
        done.sent[kind] = len(found)
        return
    tries = (before.tries if before else 0) + 1
    pause = min(FIRST_PAUSE * 2 ** min(tries - 1, 20), LONGEST_PAUSE)
    why = f"{', '.join(failed)} took nothing"
    since = before.since if before else now
    state.unsent[kind] = Unsent(since=since, tries=tries, next_try=now + pause, why=why)
    done.unsent[kind] = why


def beat(settings: Settings, now: datetime) -> str | None:
    """Call the heartbeat and remember whether it got through. Returns why it did not."""
    if settings.heartbeat is None:
        return None
    why = sending.beat(settings)
    with Memory(settings.lake).changing() as state:
        since = state.heart.failing_since or now
        state.heart = Heart(last=now) if why is None else Heart(last=state.heart.last, failing_since=since, why=why)
    return why
