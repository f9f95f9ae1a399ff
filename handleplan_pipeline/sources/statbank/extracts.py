"""What is fetched from StatBank: table, selection and how a year is written there. Data, no logic but the query."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Extract:
    """A pull from one table. `selection` gives the codes per variable, time excepted; `time_code` writes a year."""

    id: str
    table: str
    selection: Mapping[str, Sequence[str]]
    time_variable: str
    time_code: str
    snapshot: str
    """File name of the pinned answer, below the reference folder's statbank/."""
    tableinfo: str
    years: Sequence[int] = field(default=())
    """Years the pinned answer holds."""

    def asked(self, years: Sequence[int]) -> dict[str, list[str]]:
        """Codes asked for, by variable, time included."""
        times = [self.time_code.format(year=y) for y in years]
        return {k: list(v) for k, v in self.selection.items()} | {self.time_variable: times}

    def cells(self, years: Sequence[int]) -> int:
        """How many cells the answer must have: the product of the codes asked for."""
        return math.prod(len(codes) for codes in self.asked(years).values())

    def query(self, years: Sequence[int]) -> dict[str, Any]:
        """The POST body for these years: BULK, codes, every variable given."""
        variables = [{"code": k, "values": v} for k, v in self.asked(years).items()]
        return {
            "table": self.table,
            "format": "BULK",
            "lang": "en",
            "delimiter": "Semicolon",
            "valuePresentation": "Code",
            "variables": variables,
        }


ANCESTRIES = ("1", "24", "25", "34", "35")

STRAFNA9 = Extract(
    id="strafna9",
    table="STRAFNA9",
    selection={
        "KOEN": ("M", "K"),
        "ALDER": ("TOT", "15-29", "30-49", "50-79"),
        "HERKOMST": ("TOT", "1", "21", "24", "25", "31", "34", "35"),
    },
    time_variable="Tid",
    time_code="{year}",
    snapshot="strafna9_2008_2024.csv",
    tableinfo="STRAFNA9_en.json",
    years=range(2008, 2025),
)

FOLK1E = Extract(
    id="folk1e",
    table="FOLK1E",
    selection={
        "OMRÅDE": ("000",),
        "KØN": ("1", "2"),
        "ALDER": tuple(str(a) for a in range(15, 30)),
        "HERKOMST": ANCESTRIES,
    },
    time_variable="Tid",
    time_code="{year}K1",
    snapshot="folk1e_2010_2021_age15_29.csv",
    tableinfo="FOLK1E_en.json",
    years=range(2010, 2022),
)

FOLK1E_CONTROL = Extract(
    id="folk1e_control",
    table="FOLK1E",
    selection={
        "OMRÅDE": ("000",),
        "KØN": ("TOT",),
        "ALDER": tuple(str(a) for a in range(15, 80)),
        "HERKOMST": ("TOT",),
    },
    time_variable="Tid",
    time_code="{year}K1",
    snapshot="folk1e_2024_age15_79.csv",
    tableinfo="FOLK1E_en.json",
    years=(2024,),
)

EXTRACTS = {e.id: e for e in (STRAFNA9, FOLK1E, FOLK1E_CONTROL)}
