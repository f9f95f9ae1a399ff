"""What is fetched from StatBank: table, selection and how a year is written there. Data, no logic but the query.

Two extracts come with the repository (`years`). The others are pulled by whoever has a network (`from_year`); the last
part of them are declared from what is known of the tables without their own description, and held against it when they
are first pulled.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

OWN = "(own)"
"""Stands for the municipality that is counted."""
TOTAL = ("(total)",)
"""Stands for the code of a variable that its label calls a total; what an extract does not name is taken at it."""
ALL = ("*",)
"""Stands for every code of a variable."""


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
    """Years the answer that comes with the repository holds; none where no answer comes with it."""
    from_year: int | None = None
    """Where none does: the first year that is pulled."""
    content: Literal["count", "number"] = "count"
    """Whether its cells count persons or are numbers with decimals."""

    @property
    def shipped(self) -> bool:
        """Whether an answer comes with the repository, so that a missing one is a fault."""
        return bool(self.years)

    @property
    def wanted(self) -> Sequence[int]:
        """The years that are pulled where the table has them."""
        return self.years or range(self.from_year or 0, 2200)

    def years_in(self, times: Collection[str], years: Sequence[int] | None = None) -> list[int]:
        """The years a table says it has, of those that are wanted or of `years`."""
        asked = self.wanted if years is None else years
        return [y for y in asked if self.time_code.format(year=y) in times]

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


def _pulled(
    table: str,
    from_year: int,
    selection: Mapping[str, Sequence[str]],
    *,
    id: str | None = None,
    time_code: str = "{year}",
    content: Literal["count", "number"] = "count",
) -> Extract:
    """An extract of which no answer comes with the repository."""
    name = id or table.lower()
    return Extract(name, table, selection, "Tid", time_code, f"{name}.csv", f"{table}_en.json", (), from_year, content)


STRAFNA6 = _pulled(
    "STRAFNA6",
    2005,
    {"OMRÅDE": (OWN, "000"), "KØN": ("M", "K"), "ALDER": ("TOT", "15-29", "30-49", "50-79"), "HERKOMST1": ("1", "6")},
)
"""Persons found guilty, by municipality, age and two classes of origin."""

STRAFNA7 = _pulled("STRAFNA7", 2005, {"OMRÅDE": (OWN, "000"), "OVERTRÆD": ("1", "1220", "1435", "1440", "3210")})
"""Persons found guilty, by municipality of residence and offence."""

FOLK1E_ALL = _pulled(
    "FOLK1E",
    2008,
    {"OMRÅDE": (OWN, "000"), "KØN": ("1", "2"), "ALDER": tuple(map(str, range(126))), "HERKOMST": ANCESTRIES},
    id="folk1e_all",
    time_code="{year}K1",
)
"""The population on 1 January, every age: the denominators."""

UDDAKT20 = _pulled(
    "UDDAKT20",
    2005,
    {
        "UDDANNELSE": ("U29",),
        "HERKOMST": ("TOT", "5", "4", "3", "0"),
        "HERKOMST1": ("TOT",),
        "KØN": ("10",),
        "GRUNDSKOL": ("0",),
        "BOPOMR": (OWN,),
        "FSTATUS": ("B", "F", "T"),
    },
)
U3907 = _pulled("U3907", 2005, {"HERKOMST": ALL})
HERFOR1 = _pulled("HERFOR1", 2021, {"ALERAMS": ALL, "OVERNAT": ALL, "KØN": ("TOT",)})
HERFOR3 = _pulled("HERFOR3", 2021, {"OVERNAT": ALL, "ALERAMS": ("TOT",), "KØN": ("TOT",)})
BOF11A = _pulled("BOF11A", 1999, {})
SMDBV002 = _pulled("SMDBV002", 2015, {"OMRÅDE": (OWN,), "AKTP": ("PERSBEH",)})
KRISE2 = _pulled("KRISE2", 2017, {"HERKAMS": ("T", "7", "8", "0"), "KMDR": ALL, "BEBOSTAT": ("1", "3")})
INDL004 = _pulled("INDL004", 2017, {"HERKOMST": ALL})
RAS200 = _pulled(
    "RAS200",
    2008,
    {
        "OMRÅDE": (OWN,),
        "HERKOMST": ("10", "24", "25", "34", "35"),
        "BEREGNING": ("BFK",),
        "ALDER": ("16-64",),
        "KØN": ("TOT",),
    },
    content="number",
)
KY038 = _pulled("KY038", 2007, {"OMRÅDE": (OWN,), "HERKOMST": ALL})

CONTEXT = (UDDAKT20, U3907, HERFOR1, HERFOR3, BOF11A, SMDBV002, KRISE2, INDL004, RAS200, KY038)
"""Tables whose own description has not been read: what is known of them is declared, and tried at the first pull."""

EXTRACTS = {e.id: e for e in (STRAFNA9, FOLK1E, FOLK1E_CONTROL, STRAFNA6, STRAFNA7, FOLK1E_ALL, *CONTEXT)}
