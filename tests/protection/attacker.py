"""An attacker of our own making: reads a release and nothing else, joins all tables, and narrows every hidden count.

It knows the definitions, so it knows which counts add up to which, who is in two tables and where nobody can be; it
shares no code with the plan it attacks. Intervals are narrowed equation by equation until nothing moves; `exact` asks
linear programs over all equations together.
"""

import math
import re
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import highspy
import polars as pl

Key = tuple[str, int, str, str, str, str]
"""Indicator, year, group, sex, age group, and part: x (with the outcome), n (all), c (the others)."""
Interval = tuple[float, float]
Row = tuple[Any, ...]
"""Indicator, year, group, sex, age group, measure, value, numerator, denominator, missing_reason, unit."""
GROUPS = (
    ("all", ("danish", "minority", "unknown")),
    ("minority", ("western", "non_western")),
    ("minority", ("immigrant", "descendant")),
)
SAME = [
    line.split()
    for line in """
    I04 x I04_count x
    I04 x I04_2009 x
    I04 n I04_2009 n
    I02 x I02_crude x
    I04 n B1_section_110_persons x
    I09 n I09_over36 n
    I12a n I12a_half_year n
    I12b n I12b_half_year n
    I12a n I12a_early_retirement n
    I12b n I12b_early_retirement n
    I01 x I01_left_failed x
    I03 x I03_left_failed x
    I03 n I03_address_only n
    I03 x I03_unknown_failed x
    I03_unknown_failed n I03_unknown_housed n
    I11 x I11_left_failed x
    I10_coverage x I10_coverage_left_failed x
    """.strip().splitlines()
]
SUMS = [
    [part.split() for part in re.split(r"[=+]", line)]
    for line in """
    I01 n = I01_exam n + I01_exam_unknown x
    I01_left_failed n = I01 n + I01_left x
    I03_left_failed n = I03 n + I03_left x
    I03_address_only x = I03 x + asleep x
    I03_unknown_failed n = I03 n + I03_unknown x
    I03_unknown_housed x = I03 x + I03_unknown x
    homeless x = I03_left_failed n + I03_unknown x
    homeless x = I03_fixed_date n + I03_fixed_date_left x + I03_fixed_date_unknown x
    I05 x = I05_rate x + living_elsewhere x
    I05c n = I05 x + starters_without_cocaine x
    I08_women x = I08_women_rate x + not_in_the_rate x
    I03b_left_failed n = I03b n + I03b_left x
    I07_left_failed n = I07 n + I07_left x
    I07_left_failed x = I07 x + I07_left x
    I11_left_failed n = I11 n + I11_left x
    I10_t x = I10_coverage n + I10_coverage_left x
    I10_coverage_left_failed n = I10_coverage n + I10_coverage_left x
    I08_system x = I08_contacts x + I08_companion x + I08_anonymous x
    I08_contacts x = I08_women x + further_contacts x
    I05_stock x = I05 x + only_open x
    I05 x = I05_main_drug x + second_drug x
    I02_traffic x = I02 x + only_traffic x
    I12a_early_retirement x = I12a x + only_early_a x
    I12b_early_retirement x = I12b x + only_early_b x
    """.strip().splitlines()
]
A_YEAR_LATER = [
    ("I03_left_failed", "n", "I04", "n", "without_a_shelter"),
    ("I07_left_failed", "n", "I05", "x", "without_cocaine"),
]
"""Whoever is in a year's second table is in the first one's population a year later, and others are too."""
OF_UNKNOWN_ANCESTRY = ("I08_anonymous",)
"""Nobody knows the ancestry of those."""
WHOLE_AGES = ("total", "15+", "18+", "18-64", "15-24", "15-17")
FREE: Interval = (0, math.inf)


Truth = Mapping[tuple[str, int, str, str, str], tuple[int | None, int | None]]
"""By row, the true number with the outcome and in all; None where the row has none of our own."""
T = 5


def truth_of_cells(lake: Path) -> Truth:
    """The true counts of everything the plan may print or hide; only to judge what the attacker found."""
    cells = pl.concat(pl.read_parquet(f) for f in sorted((lake / "tables/cell").glob("goal_*.parquet")))
    plan = pl.read_parquet(lake / "tables/cell/suppression_plan.parquet")
    keys = ["indicator_id", "year", "population_group", "sex", "age_group"]
    rows = plan.select(keys).join(cells, on=keys).select(*keys, "numerator", "denominator", "measure")
    return {r[:5]: (r[5], None if r[7] in ("rate", "count") else r[6]) for r in rows.rows()}


def judged(attacker: "Attacker", truth: Truth) -> tuple[int, list[str]]:
    """How many small counts there are, and which of them are printed or narrowed within [1, T]."""
    small: dict[Key, int] = {}
    for where, (x, n) in truth.items():
        for part, count in (("x", x), ("n", n), ("c", None if x is None or n is None else n - x)):
            if count is not None and 1 <= count < T and (*where, part) in attacker.known:
                small[*where, part] = count
    found, exact = [], attacker.exact(k for k in small if k not in attacker.printed)
    for key, count in small.items():
        least, most = exact.get(key, attacker.known[key])
        assert least <= count <= most, f"the attacker reckons wrongly: {key}"
        if key in attacker.printed or least > 1 or most < T:
            found.append(f"{key}: {least} to {most}")
    return len(small), found


class Attacker:
    """What can be told of every count of a release: `known[key]` is the least and the greatest it can be."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self.known: dict[Key, Interval] = {}
        self.printed: set[Key] = set()
        for row in rows:
            self._read(row)
        for key in [k for k in self.known if self._is_nobody(k)]:
            self.known[key] = (0, 0)
        self.without_country = self._without_country()
        self._know(self._equations())

    @classmethod
    def of(cls, release: Path) -> "Attacker":
        """Who reads the database of a release."""
        with duckdb.connect(str(release / "handleplan.duckdb"), read_only=True) as con:
            return cls(
                con.execute(
                    "SELECT indicator_id, year, population_group, sex, age_group, measure, value, numerator, "
                    "denominator, missing_reason, unit FROM output.observation WHERE reference_group IS NULL AND "
                    "data_kind IS DISTINCT FROM 'official' AND missing_reason IN ('none', 'suppressed', "
                    "'not_applicable')"
                ).fetchall()
            )

    def _know(self, equations: Iterable[tuple[Key, list[Key]]]) -> None:
        self.equations = [(w, p) for w, p in equations if any(k in self.known for k in (w, *p))]
        self.of_key = defaultdict(list)
        for n, (whole, parts) in enumerate(self.equations):
            for key in (whole, *parts):
                self.of_key[key].append(n)
        self.narrow(range(len(self.equations)))

    def _read(self, row: Row) -> None:
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

    @staticmethod
    def _is_nobody(key: Key) -> bool:
        """Who is in no population has neither ancestry, sex nor age; whose ancestry is known has the others too."""
        i, _, g, s, a, _ = key
        known = g not in ("all", "unknown")
        return known and ("unknown" in (s, a) or i in OF_UNKNOWN_ANCESTRY)

    def _without_country(self) -> bool:
        """Whether the release shows anywhere that some of the minority are neither western nor non-western.

        Then nobody can take it that they are in other rows; where all printed rows add up, the attacker does.
        """
        groups = ("minority", "western", "non_western")
        for i, year, g, s, a, part in self.printed:
            keys = [(i, year, group, s, a, part) for group in groups]
            if g == "minority" and self.printed.issuperset(keys):
                whole, *halves = (self.known[k][0] for k in keys)
                if whole != sum(halves):
                    return True
        return False

    def _equations(self) -> Iterable[tuple[Key, list[Key]]]:
        places = {k[:5] for k in self.known}
        for i, year, g, s, a in places:
            here = (i, year, g, s, a)
            if (*here, "c") in self.known:
                yield (*here, "n"), [(*here, "x"), (*here, "c")]
            among_known = i in ("I10_s", "I10_t")
            for whole, parts in GROUPS:
                if g == whole and all((i, year, p, s, a) in places for p in parts):
                    for part in "x" if among_known else "xn":
                        rest = ["no_country"] if "western" in parts and self.without_country else []
                        yield (*here, part), [(i, year, p, s, a, part) for p in (*parts, *rest)]
            if among_known and g == "minority":
                yield (*here, "c"), [(i, year, "danish", s, a, "x")]
        yield from self._breakdowns(places)
        for year, g, s, a in {k[1:5] for k in self.known}:
            for one, p, other, q in SAME:
                yield (one, year, g, s, a, p), [(other, year, g, s, a, q)]
            for (whole, p), *parts in SUMS:
                yield (whole, year, g, s, a, p), [(o, year, g, s, a, q) for o, q in parts]
            for later, p, i, q, others in A_YEAR_LATER:
                yield (later, year + 1, g, s, a, p), [(i, year, g, s, a, q), (others, year, g, s, a, q)]
            if (s, a) == ("unknown", "total"):
                for i, widest in {(k[0], k[4]) for k in self.known if k[1:4] == (year, g, "unknown")}:
                    for part in "xn":
                        yield (i, year, g, "unknown", widest, part), [(i, year, g, "total", "unknown", part)]

    def _breakdowns(self, places: set[tuple[str, int, str, str, str]]) -> Iterable[tuple[Key, list[Key]]]:
        tables = defaultdict(list)
        for p in places:
            tables[p[:3]].append(p)
        for (i, year, g), mine in tables.items():
            ages = {p[4] for p in mine if p[3] == "total"}
            widest = next((w for w in WHOLE_AGES if w in ages), None)
            for whole in (p for p in mine if p[3] == "total" and p[4] == widest):
                sexes = [p for p in mine if p[4] == widest and p[3] != "total"]
                for part in "xn":
                    if sexes:
                        yield (*whole, part), [(*p, part) for p in sexes]
                    if len(ages) > 1:
                        yield (*whole, part), [(i, year, g, "total", a, part) for a in sorted(ages - {widest})]

    def narrow(self, equations: Iterable[int]) -> None:
        """Go through these equations, and again through all that share a count which moved."""
        waiting = deque(equations)
        queued = set(waiting)
        while waiting:
            n = waiting.popleft()
            queued.discard(n)
            for key in self._apply(*self.equations[n]):
                for other in self.of_key[key]:
                    if other not in queued:
                        queued.add(other)
                        waiting.append(other)

    def _apply(self, whole: Key, parts: list[Key]) -> list[Key]:
        spans = [self.known.get(p, FREE) for p in parts]
        low, high = sum(a for a, _ in spans), sum(b for _, b in spans)
        moved = [whole] if self._set(whole, low, high) else []
        least, most = self.known.get(whole, FREE)
        for k, p in enumerate(parts):
            others_low = sum(a for i, (a, _) in enumerate(spans) if i != k)
            others_high = sum(b for i, (_, b) in enumerate(spans) if i != k)
            if self._set(p, least - others_high, most - others_low):
                moved.append(p)
        return moved

    def exact(self, wanted: Iterable[Key]) -> dict[Key, Interval]:
        """The least and the greatest of each of these counts that all equations together leave open."""
        waiting, found = [k for k in wanted if k in self.of_key], {}
        while waiting:
            together = self._linked(waiting[0])
            mine = [k for k in waiting if k in together]
            found |= _bounds(mine, sorted(together), self.equations, self.of_key, self.known)
            waiting = [k for k in waiting if k not in together]
        return found

    def _linked(self, key: Key) -> set[Key]:
        """Every count that has to do with one, over counts that are not known."""
        found, waiting = {key}, [key]
        while waiting:
            for n in self.of_key[waiting.pop()]:
                whole, parts = self.equations[n]
                for other in (whole, *parts):
                    least, most = self.known.get(other, FREE)
                    if other not in found and least < most:
                        found.add(other)
                        waiting.append(other)
        return found

    def _set(self, key: Key, low: float, high: float) -> bool:
        a, b = self.known.get(key, FREE)
        new = (max(a, low), min(b, high))
        if new == (a, b):
            return False
        assert new[0] <= new[1], f"the release contradicts itself: {key}"
        self.known[key] = new
        return True


class Remembering(Attacker):
    """Who has kept all releases, oldest first. A count of release n has the indicator `I04@n`."""

    def __init__(self, releases: Sequence[Attacker], facts: Iterable[tuple[Key, list[Key]]] = ()) -> None:
        """`facts`: what is known of counts of different releases, as equations of their names (`at`)."""
        self.known = {at(k, n): span for n, a in enumerate(releases) for k, span in a.known.items()}
        self.printed = {at(k, n) for n, a in enumerate(releases) for k in a.printed}
        told = [(at(w, n), [at(p, n) for p in ps]) for n, a in enumerate(releases) for w, ps in a.equations]
        self._know([*told, *facts])

    def learn(self, key: Key, span: Interval) -> None:
        """Add what is known of one count."""
        if self._set(key, *span):
            self.narrow(self.of_key[key])


def at(key: Key, release: int) -> Key:
    """A count as this release has it."""
    return (f"{key[0]}@{release}", *key[1:])


def unchanged(releases: Sequence[Attacker], is_so: Callable[[Key, int], bool]) -> Iterator[tuple[Key, list[Key]]]:
    """That counts, printed or not, are what they were in the release before. `is_so`: of this key, since release n."""
    for n, (one, other) in enumerate(pairwise(releases)):
        for key in one.known.keys() & other.known.keys():
            if is_so(key, n):
                yield at(key, n + 1), [at(key, n)]


def _bounds(
    wanted: list[Key],
    keys: list[Key],
    equations: list[tuple[Key, list[Key]]],
    of: dict[Key, list[int]],
    known: dict[Key, Interval],
) -> dict[Key, Interval]:
    at = {k: i for i, k in enumerate(keys)}
    model = highspy.Highs()
    model.setOptionValue("output_flag", False)
    for k in keys:
        least, most = known.get(k, FREE)
        model.addVar(least, most)
    for n in sorted({n for k in keys for n in of[k]}):
        whole, parts = equations[n]
        times: dict[int, float] = defaultdict(float)
        constant = 0.0
        for key, sign in [(whole, 1.0), *((p, -1.0) for p in parts)]:
            if key in at:
                times[at[key]] += sign
            else:
                constant += sign * known.get(key, FREE)[0]
        model.addRow(-constant, -constant, len(times), list(times), list(times.values()))
    found = {}
    for k in wanted:
        ends = []
        for sign in (1.0, -1.0):
            model.changeColCost(at[k], sign)
            model.run()
            status = model.getModelStatus()
            assert status in (highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kUnbounded), status
            bounded = status == highspy.HighsModelStatus.kOptimal
            ends.append(sign * model.getObjectiveValue() if bounded else sign * -math.inf)
        model.changeColCost(at[k], 0.0)
        found[k] = (math.ceil(ends[0] - 1e-6), ends[1] if math.isinf(ends[1]) else math.floor(ends[1] + 1e-6))
    return found
