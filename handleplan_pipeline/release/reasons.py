"""Why a figure or a verdict changed: found in what the two releases print, or declared; never guessed.

Everything here is a function of published tables: versions, lineage, deliveries in force, dates of sources and
corrections.
"""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from handleplan_pipeline.release.folder import Folder

Row = dict[str, Any]
At = tuple[str, int]
"""An indicator and a year."""
DELIVERED = ("delivery_corrected", "delivery_added", "delivery_gone")
RULE = ("rule_id", "rule_version")


class Reasons:
    """Answers why rows differ between the release in a folder and the tables (`schema.name`) of a new one."""

    def __init__(self, before: Path, after: Mapping[str, pl.DataFrame]) -> None:
        self._before, self._after = Folder(before), after

    def _new(self, name: str) -> list[Row]:
        return self._after[name].to_dicts() if name in self._after else []

    def of(self, table: str, was: Row | None, now: Row | None) -> str:
        """The first reason that is found, in the order of `WHY_REVISED`."""
        row = now or was or {}
        places = [(str(row["indicator_id"]), int(row["year"]))] if "indicator_id" in row else self._behind(row)
        if any(self._corrected(at) for at in places):
            return "error"
        if was and now:
            if was.get("definition_version") != now.get("definition_version"):
                return "definition_version"
            if any(was.get(c) != now.get(c) for c in RULE):
                return "rule_version"
        if table == "goal_status" and any(i in self._redefined for i, _ in places):
            return "definition_version"
        found = {reason for at in places for reason in self._sources(at)}
        ordered = [r for r in (*DELIVERED, "source_updated") if r in found]
        if ordered:
            return ordered[0]
        hidden = [bool(r) and r.get("missing_reason") == "suppressed" for r in (was or {}, now or {})]
        return "disclosure" if any(hidden) else "unexplained"

    def _behind(self, row: Row) -> list[At]:
        """The headline indicators of a goal in the year of a verdict, and in the year it is compared with."""
        goal = next((g for g in self._new("meta.goal") if g["goal"] == row["goal"]), None)
        if goal is None:
            return []
        years = {int(row["year"]), int(goal["baseline_year"])}
        return [(i, y) for i in str(goal["headline_indicators"]).split(";") for y in sorted(years)]

    @cached_property
    def _redefined(self) -> set[str]:
        """Indicators whose definition has another version than before."""
        old = {i: r.get("definition_version") for i, r in self._before.indicators.items()}
        new = {r["indicator_id"]: r.get("definition_version") for r in self._new("meta.indicator")}
        return {i for i in old.keys() & new.keys() if old[i] != new[i]}

    @cached_property
    def _new_corrections(self) -> list[Row]:
        known = {r["id"] for r in self._before.rows("meta.correction")}
        return [r for r in self._new("meta.correction") if r["id"] not in known]

    def _corrected(self, at: At) -> bool:
        """Whether an error was declared since the last release in the figures of an indicator and year."""
        indicator, year = at
        return any(
            indicator in str(r["indicators"]).split(";")
            and (r["year_from"] is None or r["year_from"] <= year)
            and (r["year_to"] is None or year <= r["year_to"])
            for r in self._new_corrections
        )

    def _sources(self, at: At) -> set[str]:
        """How what an indicator and year rests on differs from what it rested on."""
        return {
            change
            for place in self._rests_on.get(at, set())
            for change in [self._changed_places.get(place)]
            if change is not None
        }

    @cached_property
    def _rests_on(self) -> dict[At, set[tuple[str, int | None]]]:
        """The deliveries (source and period) and published sources behind each indicator and year, then or now."""
        found: dict[At, set[tuple[str, int | None]]] = {}
        for r in [*self._before.rows("meta.lineage"), *self._new("meta.lineage")]:
            if r["table_schema"] == "goal":
                place = (r["source"], r["period"]) if r["delivery_id"] else (r["source_id"], None)
                found.setdefault((r["indicator_id"], int(r["year"])), set()).add(place)
        return found

    @cached_property
    def _changed_places(self) -> dict[tuple[str, int | None], str]:
        """How each delivery, by source and period, and each published source changed; those that did not are absent."""
        old, new = (_in_force(rows) for rows in (self._before.rows("meta.delivery"), self._new("meta.delivery")))
        found: dict[tuple[str, int | None], str] = {}
        for place in old.keys() | new.keys():
            if place not in old or place not in new:
                found[place] = "delivery_added" if place in new else "delivery_gone"
            elif old[place] != new[place]:
                found[place] = "delivery_corrected"
        read = {r["id"]: r.get("accessed") for r in self._before.rows("meta.source")}
        for r in self._new("meta.source"):
            if r["id"] in read and r.get("accessed") != read[r["id"]]:
                found[r["id"], None] = "source_updated"
        return found


def _in_force(rows: list[Row]) -> dict[tuple[str, int | None], str]:
    """The delivery that bears the figures of each source and period."""
    return {(r["source"], int(r["year"])): r["delivery_id"] for r in rows if r["state"] == "current"}
