"""The calendar of deliveries: what was expected of every source and period, what came, what is late.

Periods of deliveries follow from the definitions (`catalogue/lineage.py`), days and graces stand in
`catalogue/expected.yaml`. Nothing here reads a row of a person: receipts, sidecars and pinned public files alone.
"""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from handleplan_pipeline import clock
from handleplan_pipeline.catalogue import Catalogue, Source
from handleplan_pipeline.catalogue.lineage import reads
from handleplan_pipeline.errors import HandleplanError
from handleplan_pipeline.sources.deliveries.store import DeliveryStore
from handleplan_pipeline.sources.pinned import read_pinned, read_sidecar
from handleplan_pipeline.sources.statbank.answers import Answers
from handleplan_pipeline.sources.statbank.extracts import EXTRACTS, Extract

SUMMED = "summed_counts"
"""The route where persons may not be held."""
Key = tuple[str, int]


@dataclass(frozen=True)
class Came:
    """A day on which a source's period came; `generated` where it is nobody's delivery."""

    on: date
    generated: bool = False


@dataclass(frozen=True)
class Place:
    """Where arrivals are looked up: the lake, the pinned files, and whether persons may be held."""

    store: DeliveryStore
    answers: Answers
    reference: Path
    person_level: bool = True


def periods(catalogue: Catalogue) -> dict[str, list[int]]:
    """The periods of every source that the definitions read, or that it brings.

    Of a source that no definition reads by year it is the plan's years and the one before.
    """
    found: dict[str, set[int]] = {s.id: set() for s in catalogue.sources}
    years = set(range(catalogue.plan.first_year - 1, catalogue.plan.last_year + 1))
    for i in catalogue.indicators:
        for year in range(i.first_year, i.last_year + 1):
            for source, period in reads(catalogue, i, year):
                found[source].add(period)
            for s in catalogue.sources:
                if set(s.covariates) & set(i.covariates):
                    found[s.id].add(year)
    for s in catalogue.sources:
        due = catalogue.expected_of(s.id)
        if due.editions is not None:
            found[s.id] = set(due.editions)
        elif due.only is not None:
            found[s.id] = set(due.only)
        elif s.statbank_extract is not None:
            wanted = EXTRACTS[s.statbank_extract].wanted
            found[s.id] = {y for y in found[s.id] or years if y in wanted} or {min(wanted)}
        elif s.stands_in_for and not found[s.id]:
            found[s.id] = set(found[s.stands_in_for])
        elif not found[s.id]:
            found[s.id] = set(years)
    return {s: sorted(p) for s, p in found.items()}


def calendar(catalogue: Catalogue, place: Place, today: date) -> list[dict[str, Any]]:
    """A row per source and period that is expected by now, or is the next of its source to be."""
    rows = []
    for source in catalogue.sources:
        due = catalogue.expected_of(source.id)
        came = _came(catalogue, source, place)
        # a table of StatBank that begins later never had the years before
        begins = min(came, default=0) if source.statbank_extract is not None else 0
        wanted = periods_of(catalogue)[source.id]
        shown = [p for p in wanted if p in came or due.on(p) <= today]
        following = [p for p in wanted if p not in shown][:1]
        for period in [*shown, *following]:
            arrival, late_by = _arrival(source, place, came.get(period), due.on(period), due.late_from(period), today)
            if period < begins:
                arrival, late_by = "not_expected", None
            rows.append(
                {
                    "source": source.id,
                    "period": period,
                    "expected_on": due.on(period),
                    "grace_days": due.grace_days,
                    "received_on": came[period].on if period in came else None,
                    "arrival": arrival,
                    "late_by_days": late_by,
                    "as_of": today,
                    "reason_da": due.reason_da,
                    "reason_en": due.reason_en,
                }
            )
    return rows


_PERIODS: dict[int, tuple[Catalogue, dict[str, list[int]]]] = {}


def periods_of(catalogue: Catalogue) -> dict[str, list[int]]:
    """`periods`, asked once per catalogue: they take a tenth of a second and do not change."""
    kept = _PERIODS.get(id(catalogue))
    if kept is None or kept[0] is not catalogue:
        _PERIODS.clear()
        kept = _PERIODS[id(catalogue)] = (catalogue, periods(catalogue))
    return kept[1]


def _arrival(
    source: Source, place: Place, came: Came | None, expected: date, late_from: date, today: date
) -> tuple[str, int | None]:
    """What a period's arrival is called, and by how many days it is late."""
    if came is not None:
        if came.generated:
            return "generated", None
        if source.kind == "published" or came.on < late_from:
            # when somebody read a published figure says nothing of its producer
            return "received", None
        return "received_late", (came.on - expected).days
    if source.stands_in_for or _is_the_other_route(source, place):
        return "not_expected", None
    if today < expected:
        return "awaited", None
    if source.statbank_extract is not None and not _ever_read(EXTRACTS[source.statbank_extract], place):
        return "not_pulled", None
    if today < late_from:
        return "within_grace", None
    return "late", (today - expected).days


def _is_the_other_route(source: Source, place: Place) -> bool:
    """Whether an installation that may, or may not, hold persons is delivered the source at all."""
    if source.kind != "delivery":
        return False
    return (source.id == SUMMED) == place.person_level


def _came(catalogue: Catalogue, source: Source, place: Place) -> dict[int, Came]:
    """The first day each period of a source came."""
    due = catalogue.expected_of(source.id)
    if source.kind == "delivery":
        return _delivered(place.store, source.id)
    if source.statbank_extract is not None:
        return _pulled(EXTRACTS[source.statbank_extract], place)
    if due.pinned is None:
        return {p: Came(catalogue.plan.adopted) for p in due.editions or ()}
    return _pinned(place.reference / "published" / f"{due.pinned}.csv", due.editions or ())


def _delivered(store: DeliveryStore, source: str) -> dict[int, Came]:
    """The first acceptance of each period; what was deleted since came all the same."""
    found: dict[int, Came] = {}
    for r in store.receipts(source):
        if r.state == "refused":
            continue
        came = Came(_danish_day(r.decided_at), r.manifest.data_kind == "synthetic")
        first = found.get(r.manifest.period)
        found[r.manifest.period] = came if first is None or came.on < first.on else first
    return found


def _danish_day(stamp: str) -> date:
    return clock.danish_day(datetime.fromisoformat(stamp))


def _pulled(extract: Extract, place: Place) -> dict[int, Came]:
    """The first day an answer with each year was read, pinned answers among them."""
    found = [(y, r.fetched.astimezone(UTC).date()) for r in place.answers.receipts(extract) for y in r.years]
    side = _accessed(place.reference / "statbank" / extract.snapshot)
    if side is not None:
        years = extract.years or _pinned_years(place.reference / "statbank" / extract.snapshot)
        found += [(y, side) for y in years]
    first: dict[int, Came] = {}
    for year, day in sorted(found, key=lambda x: x[1], reverse=True):
        first[year] = Came(day)
    return first


def _ever_read(extract: Extract, place: Place) -> bool:
    snapshot = place.reference / "statbank" / extract.snapshot
    return snapshot.is_file() or bool(place.answers.receipts(extract))


def _accessed(path: Path) -> date | None:
    """When a pinned file was read from its producer; None where there is none that says so."""
    try:
        return read_sidecar(path).accessed if path.is_file() else None
    except (HandleplanError, OSError):
        return None


def _pinned_years(path: Path) -> Iterable[int]:
    """Years of a pinned answer whose extract names none: its time column holds them."""
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    return sorted(
        {int(x.split(";")[-2][:4]) for x in lines[1:] if x.count(";") >= 1 and x.split(";")[-2][:4].isdigit()}
    )


def _pinned(path: Path, editions: Iterable[int]) -> dict[int, Came]:
    """The editions that a pinned file really holds, on the day it was accessed."""
    try:
        data, side = read_pinned(path)
    except HandleplanError:
        return {}
    years = {row.get("year") for row in csv.DictReader(io.StringIO(data.decode("utf-8-sig")))}
    return {e: Came(side.accessed) for e in editions if str(e) in years}
