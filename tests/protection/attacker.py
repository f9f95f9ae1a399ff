"""An attacker of our own making: reads a release and nothing else, joins every table, and narrows every hidden count.

It knows the definitions, so it knows which counts add up to which; it shares no code with the plan it attacks. Intervals
are narrowed equation by equation until nothing moves.
"""

import math
from collections.abc import Iterable
from pathlib import Path

import duckdb

Key = tuple[str, int, str, str, str, str]
"""Indicator, year, group, sex, age group, and part: x (with the outcome), n (all), c (the others)."""
Interval = tuple[float, float]
GROUPS = (("all", ("danish", "minority", "unknown")), ("minority", ("western", "non_western")),
          ("minority", ("immigrant", "descendant")))  # fmt: skip
SAME = (
    ("I04", "x", "I04_count", "x"), ("I04", "x", "I04_2009", "x"), ("I04", "n", "I04_2009", "n"),
    ("I02", "x", "I02_crude", "x"), ("I05", "x", "I05_rate", "x"), ("I05", "x", "I05c", "n"),
    ("I08_women", "x", "I08_women_rate", "x"), ("I09", "n", "I09_over36", "n"), ("I12a", "n", "I12a_half_year", "n"),
    ("I12b", "n", "I12b_half_year", "n"), ("I12a", "n", "I12a_early_retirement", "n"), ("I01", "x", "I01_left_failed", "x"),
    ("I03", "x", "I03_left_failed", "x"), ("I11", "x", "I11_left_failed", "x"),
    ("I10_coverage", "x", "I10_coverage_left_failed", "x"), ("I03_left_failed", "n", "I03_indexed", "n"),
)  # fmt: skip
SUMS = (
    (("I01", "n"), (("I01_exam", "n"), ("I01_exam_unknown", "x"))), (("I01_left_failed", "n"), (("I01", "n"), ("I01_left", "x"))),
    (("I03_left_failed", "n"), (("I03", "n"), ("I03_left", "x"))),
    (("I03_left_failed", "n"), (("I03_fixed_date", "n"), ("I03_fixed_date_left", "x"))),
    (("I03b_left_failed", "n"), (("I03b", "n"), ("I03b_left", "x"))), (("I07_left_failed", "n"), (("I07", "n"), ("I07_left", "x"))),
    (("I07_left_failed", "x"), (("I07", "x"), ("I07_left", "x"))), (("I11_left_failed", "n"), (("I11", "n"), ("I11_left", "x"))),
    (("I10_t", "x"), (("I10_coverage", "n"), ("I10_coverage_left", "x"))),
    (("I10_coverage_left_failed", "n"), (("I10_coverage", "n"), ("I10_coverage_left", "x"))),
    (("I08_system", "x"), (("I08_contacts", "x"), ("I08_companion", "x"), ("I08_anonymous", "x"))),
    (("I05_stock", "x"), (("I05", "x"), ("only_open", "x"))), (("I05", "x"), (("I05_main_drug", "x"), ("second", "x"))),
    (("I02_traffic", "x"), (("I02", "x"), ("only_traffic", "x"))),
)  # fmt: skip


class Attacker:
    """What can be told of every count of a release: `known[key]` is the least and the greatest it can be."""

    def __init__(self, release: Path) -> None:
        self.known: dict[Key, Interval] = {}
        self.printed: set[Key] = set()
        with duckdb.connect(str(release / "handleplan.duckdb"), read_only=True) as con:
            self.rows = con.execute(
                "SELECT indicator_id, year, population_group, sex, age_group, measure, value, numerator, denominator, "
                "missing_reason, unit FROM output.observation WHERE reference_group IS NULL "
                "AND data_kind IS DISTINCT FROM 'official' AND missing_reason IN ('none', 'suppressed', 'not_applicable')"
            ).fetchall()
            self.contrasts = con.execute(
                'SELECT indicator_id, year, "group", reference_group, value FROM output.contrast '
                "WHERE contrast = 'difference' AND unknown_as = 'none'"
            ).fetchall()
        for row in self.rows:
            self._read(row)
        self.equations = list(self._equations())
        while self._narrow():
            pass

    def _read(self, row: tuple) -> None:  # type: ignore[type-arg]
        i, year, g, s, a, measure, value, x, n, missing, unit = row
        if unit in ("areas", "departments", "dwellings", "ratio"):
            return
        where = (i, year, g, s, a)
        if missing == "not_applicable":
            x = n = 0
        elif measure == "count" and value is not None:
            x, n = value, None
        elif measure == "rate" and value is not None and n:
            # a rate and its residents are a numerator
            x = round(value * n / {"per 1000": 1000, "per 10000": 10000}[unit])
            n = None
        for part, number in (("x", x), ("n", n if measure != "rate" else None)):
            key = (*where, part)
            self.known[key] = (0, math.inf) if number is None else (number, number)
            if number is not None:
                self.printed.add(key)
        if measure == "share":
            self.known[*where, "c"] = (0, math.inf) if x is None or n is None else (n - x, n - x)

    def _equations(self) -> Iterable[tuple[Key, list[Key]]]:
        places = {k[:5] for k in self.known}
        for i, year, g, s, a in places:
            here = (i, year, g, s, a)
            if (*here, "c") in self.known:
                yield (*here, "n"), [(*here, "x"), (*here, "c")]
            for whole, parts in GROUPS:
                if g == whole and all((i, year, p, s, a) in places for p in parts):
                    for part in "xn":
                        yield (*here, part), [(i, year, p, s, a, part) for p in parts]
        yield from self._breakdowns(places)
        for year, g, s, a in {k[1:5] for k in self.known}:
            for one, p, other, q in SAME:
                yield (one, year, g, s, a, p), [(other, year, g, s, a, q)]
            for (whole, p), parts in SUMS:
                yield (whole, year, g, s, a, p), [(o, year, g, s, a, q) for o, q in parts]

    def _breakdowns(self, places: set[tuple[str, int, str, str, str]]) -> Iterable[tuple[Key, list[Key]]]:
        for i, year, g in {p[:3] for p in places}:
            mine = [p for p in places if p[:3] == (i, year, g)]
            ages = {p[4] for p in mine if p[3] != "men" and p[3] != "women"}
            for whole in (p for p in mine if p[3] == "total"):
                sexes = [p for p in mine if p[4] == whole[4] and p[3] not in ("total",)]
                for part in "xn":
                    if sexes:
                        yield (*whole, part), [(*p, part) for p in sexes]
                    if whole[4] in ("total", "15-17", "15+", "18+", "18-64") and len(ages) > 2:
                        finer = [(i, year, g, "total", a, part) for a in ages - {whole[4]}]
                        yield (*whole, part), finer

    def _narrow(self) -> bool:
        moved = False
        for whole, parts in self.equations:
            low = sum(self.known.get(p, (0, math.inf))[0] for p in parts)
            high = sum(self.known.get(p, (0, math.inf))[1] for p in parts)
            moved |= self._set(whole, low, high)
            least, most = self.known.get(whole, (0, math.inf))
            for p in parts:
                a, b = self.known.get(p, (0, math.inf))
                others_high = high - b if not math.isinf(b) else (
                    math.inf if any(math.isinf(self.known.get(q, (0, math.inf))[1]) for q in parts if q != p)
                    else sum(self.known[q][1] for q in parts if q != p)
                )  # fmt: skip
                moved |= self._set(p, least - others_high, most - (low - a))
        return moved

    def _set(self, key: Key, low: float, high: float) -> bool:
        a, b = self.known.get(key, (0, math.inf))
        new = (max(a, low), min(b, high))
        if new == (a, b) or new[0] > new[1]:
            return False
        self.known[key] = new
        return True
