"""The closed code lists: what a supplier may write, from and until which day. They are data of the definitions.

What a code means is not for a recount to invent, so the lists are read where the catalogue keeps them.
"""

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
CODES = ROOT / "data_lake" / "reference" / "codes"
DELIVERED = ROOT / "handleplan_pipeline" / "catalogue" / "delivered_codes.yaml"


def code_list(name: str) -> list[dict[str, str]]:
    with (CODES / f"{name}.csv").open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


@dataclass(frozen=True)
class CodeList:
    """`days` holds each code's first and last day; a code shorter than `digits` stands for all that begin with it."""

    days: dict[str, list[tuple[date, date | None]]]
    digits: int
    refuses: bool

    def holds(self, code: str, year: int, runs_on: bool) -> bool:
        """Whether the code is given on a day of the year; a record that runs on may bear one of before."""
        starts = [code[:n] for n in range(1, len(code))] if self.digits else []
        return any(
            first <= date(year, 12, 31) and (runs_on or last is None or last >= date(year, 1, 1))
            for begun in [*(s for s in starts if len(s) < self.digits), code]
            for first, last in self.days.get(begun, [])
        )


def _day(value: Any) -> date | None:
    return date.fromisoformat(str(value)) if value else None


@cache
def lists() -> dict[str, list[CodeList]]:
    """The lists of each coded variable, as `source.VARIABLE`."""
    found: dict[str, list[CodeList]] = {}
    for entry in yaml.safe_load(DELIVERED.read_text("utf-8")):
        codes: list[dict[str, Any]] = code_list(entry["file"]) if "file" in entry else entry["codes"]
        days: dict[str, list[tuple[date, date | None]]] = {}
        for code in codes:
            first = _day(code.get("valid_from") or entry.get("valid_from"))
            assert first is not None
            days.setdefault(code["code"], []).append((first, _day(code.get("valid_until") or entry.get("valid_until"))))
        one = CodeList(days, entry.get("digits", 0), entry.get("unlisted") != "unknown")
        for variable in entry["variables"]:
            found.setdefault(variable, []).append(one)
    return found
