"""SYNTHETIC: answers that are made, and descriptions of tables whose own nobody has recorded. No figure is real."""

import itertools
import zlib
from typing import Any

TIMES = ("2019", "2020", "2021")


def variable(code: str, text: str, values: dict[str, str], *, elimination: bool = True) -> dict[str, Any]:
    listed = [{"id": k, "text": v} for k, v in values.items()]
    return {"id": code, "text": text, "elimination": elimination, "time": False, "values": listed}


def table(name: str, *variables: dict[str, Any], times: tuple[str, ...] = TIMES) -> dict[str, Any]:
    """A description in the API's shape; `suppressedDataValue` is left out, so a hidden cell is `..`."""
    time = {"id": "Tid", "text": "time", "elimination": False, "time": True}
    return {
        "id": name,
        "text": f"MADE {name}",
        "unit": "Number",
        "updated": "2026-01-02T08:00:00",
        "active": True,
        "variables": [*variables, time | {"values": [{"id": t, "text": t} for t in times]}],
    }


TABLES = {
    "KRISE2": table(
        "KRISE2",
        variable("HERKAMS", "origin", {"T": "Total", "7": "Danish", "8": "Immigrants", "0": "Not stated"}),
        variable("KMDR", "duration", {"TOT": "Total", "000001": "1 day", "999999": "Not stated"}),
        variable("BEBOSTAT", "resident", {"1": "Stays", "3": "Women", "4": "Children"}, elimination=False),
    ),
    "RAS200": table(
        "RAS200",
        variable("OMRÅDE", "region", {"000": "All Denmark", "101": "Copenhagen"}),
        variable("HERKOMST", "ancestry", {c: f"class {c}" for c in ("00", "10", "24", "25", "34", "35")}),
        variable("BEREGNING", "frequency", {"BFK": "Employment rate", "EFK": "Activity rate"}),
        variable("ALDER", "age", {"16-64": "16-64 years", "16-66": "16-66 years"}),
        variable("KØN", "sex", {"TOT": "Total", "M": "Men", "K": "Women"}),
    ),
    "INDL004": table(
        "INDL004",
        variable("HERKOMST", "ancestry", {"10": "Danish", "20": "Immigrants", "30": "Descendants"}),
        variable("SEKTOR", "hospital", {"S": "Somatic", "P": "Psychiatric"}),
    ),
}


def value(codes: tuple[str, ...]) -> int:
    """A made count of a cell, always the same for the same codes."""
    return 20 + zlib.crc32(";".join(codes).encode()) % 900


def lines(info: dict[str, Any], chosen: dict[str, list[str]], decimals: bool = False) -> list[str]:
    """A made answer: every cell asked for."""
    names = [v["id"].upper() for v in info["variables"]]
    cells = itertools.product(*[chosen[n] for n in names])
    return [
        ";".join([*names, "INDHOLD"]),
        *(";".join([*c, f"{value(c) / 10:.1f}" if decimals else str(value(c))]) for c in cells),
    ]
