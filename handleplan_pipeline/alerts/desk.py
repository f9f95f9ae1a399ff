"""The desk: what somebody has to do next, in one table."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from handleplan_pipeline.alerts import watch
from handleplan_pipeline.alerts.memory import Memory, State
from handleplan_pipeline.alerts.send import addresses
from handleplan_pipeline.errors import HandleplanError, ReleaseError
from handleplan_pipeline.lake.tables import Lake
from handleplan_pipeline.settings import Settings
from handleplan_pipeline.sources.deliveries.declared import delivery_of
from handleplan_pipeline.sources.deliveries.national import delivery_store
from handleplan_pipeline.sources.deliveries.outcome import Outcome, at_a_glance
from schemas.registry import delivered_sources


@dataclass(frozen=True)
class Task:
    """A line of the desk: what it is about, which one, what is the matter and what to do."""

    about: str
    which: str
    what: str
    do: str


ORDER = ("alerts", "heartbeat", "ledger", "disk", "check", "refused", "waiting", "draft", "ending", "late", "silent")
"""What stops people from hearing of the rest comes first."""


def tasks(
    settings: Settings, calendar: Iterable[Mapping[str, Any]], failing: Iterable[tuple[str, str, str]], today: date
) -> list[Task]:
    """Everything that waits for somebody; `failing` are table, check and severity of checks that do not pass."""
    sections: dict[str, Callable[[], Iterable[Task]]] = {
        "alerts": lambda: _telling(Memory(settings.lake).read(), bool(addresses(settings))),
        "disk": lambda: _room(settings),
        "check": lambda: (
            Task("check", t, f"{c}: {severity.lower()}", "Open the check.") for t, c, severity in failing
        ),
        "refused": lambda: _deliveries(settings),
        "ledger": lambda: _releases(settings),
        "ending": lambda: _ending(settings, today),
        "late": lambda: _late(calendar),
    }
    found = [task for about, section in sections.items() for task in _guarded(about, section)]
    return sorted(found, key=lambda t: (ORDER.index(t.about), t.which, t.what))


def _guarded(about: str, section: Callable[[], Iterable[Task]]) -> list[Task]:
    """The lines of a section. One that cannot be set out is a line itself: the desk stops no run."""
    try:
        return list(section())
    except HandleplanError as e:
        return [Task(about, "cannot be looked at", str(e), "Mend it.")]
    except (OSError, ValueError) as e:
        return [Task(about, "cannot be looked at", type(e).__name__, "`handleplan doctor` may say more.")]


def _telling(state: State, anybody: bool) -> Iterable[Task]:
    """What keeps alerts from arriving."""
    if not anybody:
        yield Task("alerts", "HANDLEPLAN_ALERTS", "nobody is told of anything", "Name an address in the settings.")
    for kind, u in sorted(state.unsent.items()):
        what = f"not told since {u.since:%Y-%m-%d %H:%M} UTC, {u.tries} tries: {u.why}"
        yield Task("alerts", kind, what, "Mend the address, then `handleplan alert test`.")
    for name, since in sorted(state.addresses.items()):
        yield Task(
            "alerts", name, f"took nothing since {since:%Y-%m-%d %H:%M} UTC", "Mend it, then `handleplan alert test`."
        )
    if state.heart.failing_since is not None:
        what = f"fails since {state.heart.failing_since:%Y-%m-%d %H:%M} UTC: {state.heart.why}"
        yield Task("heartbeat", "HANDLEPLAN_HEARTBEAT", what, "Mend it.")


def _room(settings: Settings) -> Iterable[Task]:
    room = watch.room(settings)
    if room.short:
        what = f"{room.free} MB are free, {room.needed} MB are needed"
        yield Task("disk", "the lake's disk", what, "Make room; `handleplan doctor` says what grows.")


def _deliveries(settings: Settings) -> Iterable[Task]:
    """Files that are refused or wait, by source, rule and period: their sentences stand in the source's own check."""
    store, landing = delivery_store(settings.lake), settings.landing or settings.lake / "landing"
    for source in delivered_sources():
        try:
            found = at_a_glance(store, landing, delivery_of(source))
        except (HandleplanError, ValueError, OSError) as e:
            yield Task(
                "refused", source, f"cannot be looked at ({type(e).__name__})", "`handleplan sources` says more."
            )
            continue
        for (state, rule), periods in sorted(_by_rule(found).items()):
            about = "refused" if state == "refused" else "waiting"
            yield Task(about, source, f"{rule}: {periods}", "`handleplan sources` says what is wrong.")


def _by_rule(found: Iterable[Outcome]) -> dict[tuple[str, str], str]:
    periods: dict[tuple[str, str], Counter[str]] = {}
    for o in found:
        periods.setdefault((o.state, o.rule or ""), Counter())[str(o.period or "a file")] += 1
    return {k: ", ".join(f"{p} ({n})" if n > 1 else p for p, n in sorted(c.items())) for k, c in periods.items()}


def _releases(settings: Settings) -> Iterable[Task]:
    try:
        found = watch.proposed(Lake(settings.lake))
    except ReleaseError as e:
        yield Task("ledger", "releases/ledger.jsonl", str(e), "Restore it from the backup.")
        return
    for p in found:
        yield Task("draft", p.release_id, f"proposed {p.since}", "Approve or reject: `handleplan release --help`.")


def _ending(settings: Settings, today: date) -> Iterable[Task]:
    for name in watch.unreadable(settings):
        yield Task("ending", name, "certificate cannot be read", "Mend HANDLEPLAN_CERTIFICATES.")
    for one in watch.ends(settings, today):
        ended = one.ends < today
        do = "Apply for an extension." if one.what == "permission" else "Have it renewed."
        if ended and one.what == "permission":
            do = "`handleplan purge` deletes what may not be held."
        yield Task("ending", one.name, f"{one.what} {'ended' if ended else 'ends'} {one.ends}", do)


def _late(calendar: Iterable[Mapping[str, Any]]) -> Iterable[Task]:
    by_source: dict[str, list[Mapping[str, Any]]] = {}
    for row in calendar:
        if row["arrival"] == "late":
            by_source.setdefault(row["source"], []).append(row)
    for source, rows in sorted(by_source.items()):
        periods = ", ".join(str(r["period"]) for r in rows)
        what = f"{periods}; the longest by {max(r['late_by_days'] for r in rows)} days"
        yield Task("late", source, what, "Ask the supplier.")
