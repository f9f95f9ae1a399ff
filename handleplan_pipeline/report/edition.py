"""One language of the report: how a row's figures, codes, titles and gaps are written in it."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from markupsafe import Markup

from handleplan_pipeline.errors import ReleaseError
from handleplan_pipeline.report import numbers, words
from handleplan_pipeline.report.charts import shapes
from handleplan_pipeline.report.release import Release, Row, split
from schemas.languages import shown

UNIT_DECIMALS = {"percent": 1, "per 1000": 1, "per 10000": 1, "ratio": 2, "percentage points": 1}
"""Decimals of a unit where the release does not name them; everything else is counted."""
OFFICIAL, SYNTHETIC = "official", "synthetic"
POINTS = ("difference", "share_change")
"""Quantities in percentage points."""
COUNTED = ("new_areas", "area_count")
RATIOS = ("standardised_ratio", "ratio_of_ratios", "count_ratio", "rate_ratio", "representation_change")


class Edition:
    """The release `release` in `language` (da or en)."""

    def __init__(self, release: Release, language: str, folder: Path) -> None:
        self.release, self.language, self.folder = release, language, folder

    @property
    def other(self) -> str:
        return "en" if self.language == "da" else "da"

    def say(self, key: str, **fields: object) -> str:
        return words.say(key, self.language, **fields)

    def label(self, code_list: str, code: Any) -> str:
        """The label of a code. Raises ReleaseError for a code without one."""
        row = self.release.labels.get((code_list, str(code)))
        text = row and row[f"label_{self.language}"]
        if not text:
            raise ReleaseError(f"report: the code {code!r} of the list {code_list} has no label in {self.language}.")
        return str(text)

    def coded(self, row: Row, column: str) -> str:
        """The label of a coded column of a row, by the list that the dictionary names for it."""
        found = next(r for r in self.release.columns[row.table] if r["column_name"] == column)
        code_list = found["code_list"]
        # a list with a dot is a column of another table: its codes are names, not words
        return self.label(code_list, row[column]) if code_list and "." not in code_list else str(row[column])

    def count(self, number: int) -> str:
        """A small number in words."""
        return self.say(f"count_{number}") if words.has(f"count_{number}") else str(number)

    def badge(self, verdict: str) -> Markup:
        """A badge: sign, word and, in the stylesheet, colour."""
        word = self.label("badge", verdict)
        sign = Markup(shapes.badge(verdict))
        return Markup('<span class="badge badge-{}">{}{}</span>').format(verdict, sign, word)

    def verdict(self, status: Row) -> Markup:
        """The badge of a goal and year, with a word beside it where it rests on made-up figures."""
        badge = self.badge(status["badge"])
        if status["measurability"] == "not_measurable" or SYNTHETIC not in (status["data_kind"] or ""):
            return badge
        return Markup('<span>{} <span class="made-up">{}</span></span>').format(badge, self.say("made_up"))

    def own(self, row: Row, stem: str) -> Markup:
        """The text `stem` of a row in this language; a Danish one stays Danish and says so."""
        text = row.get(f"{stem}_{self.language}")
        if text:
            return Markup("{}").format(text)
        text = row.get(f"{stem}_da") or row.get(stem)
        return Markup("") if not text else self.danish(text)

    def danish(self, text: str) -> Markup:
        """Danish words, marked as such in the English edition."""
        return Markup('<span lang="da">{}</span>' if self.language == "en" else "{}").format(text)

    def full_title(self, indicator_id: str) -> str:
        """The title of an indicator that means something alone."""
        return str(self.release.indicators[indicator_id][f"title_full_{self.language}"])

    def shown(self, value: float, decimals: int) -> str:
        return shown(value, decimals, self.language)

    def day(self, when: Any) -> str:
        return numbers.day(when, self.language)

    def decimals(self, row: Row, column: str) -> int:
        """Decimals of a figure: its indicator's, its unit's, or as it is stored."""
        if column in ("numerator", "denominator"):
            return 0
        if "quantity" in row and "estimate" in row:
            return self._judged_decimals(row, column)
        indicator = self.release.indicators.get(row.get("indicator_id") or "")
        unit = row.get("unit")
        if indicator is not None and unit in (None, indicator["unit"]):
            return int(indicator["decimals"])
        if unit in UNIT_DECIMALS:
            return UNIT_DECIMALS[unit]
        return numbers.decimals_for(float(row[column]), 1)

    def _judged_decimals(self, row: Row, column: str) -> int:
        quantity = row["quantity"]
        if quantity in COUNTED:
            return 0
        most = 1 if quantity in (*POINTS, "difference_of_medians") else 2
        if column.startswith("adjusted") or quantity == "difference_of_medians":
            return numbers.decimals_for(float(row[column]), most)
        if column == "limit_value":
            return numbers.decimals_for(float(row[column]), 2)
        return most

    def number(self, row: Row, column: str, decimals: int | None = None) -> Markup:
        """A figure of a row, with its address. Raises ReleaseError when the row has none."""
        value = row[column]
        if value is None:
            raise ReleaseError(f"report: {row.ref(column)} is empty; a statement needs a number.")
        places = self.decimals(row, column) if decimals is None else decimals
        return numbers.data(value, self.shown(value, places), row.ref(column))

    def difference(self, one: Row, other: Row, column: str) -> Markup:
        """What `one` is above `other`, with the addresses of both."""
        value = one[column] - other[column]
        refs = f"{one.ref(column)} {other.ref(column)}"
        return numbers.data(value, self.shown(value, self.decimals(one, column)), refs, "difference")

    def percent_of_one(self, row: Row, column: str) -> Markup:
        """A probability in per cent, with its address."""
        return numbers.data(row[column], self.shown(100 * row[column], 0), row.ref(column), "times_100")

    def cell(self, row: Row | None, column: str, decimals: int | None = None) -> Markup:
        """A figure, or the words for why there is none; never an empty cell."""
        if row is None:
            return self.gap("none")
        if row[column] is None:
            return self.gap(str(row.get("missing_reason") or "none"))
        return self.number(row, column, decimals)

    def gap_word(self, reason: str) -> str:
        """Why there is no figure, in one or two words."""
        return self.say(f"gap_{reason}") if words.has(f"gap_{reason}") else self.label("missing_reason", reason)

    def gap(self, reason: str) -> Markup:
        return Markup('<span class="gap">{}</span>').format(self.gap_word(reason))

    def interval(self, row: Row, low: str, high: str, decimals: int | None = None) -> Markup:
        """Two limits as a range; words where there is none."""
        if row[low] is None or row[high] is None:
            reason = row.get("missing_reason") or "none"
            return self.gap("no_interval" if reason == "none" else str(reason))
        signed = min(row[low], row[high]) < 0
        to = f" {self.say('to')} " if signed else "–"
        return Markup("{}{}{}").format(self.number(row, low, decimals), to, self.number(row, high, decimals))

    def unit(self, code: str) -> str:
        return self.label("unit", code)

    def kinds(self, rows: list[Row]) -> str:
        """The kinds of figures, in words."""
        found = sorted({r["data_kind"] for r in rows if r.get("data_kind")})
        return ", ".join(self.label("data_kind", k).lower() for k in found)

    def resting_on(self, rows: Iterable[Row], said: Markup | str) -> Markup:
        """Words about deliveries, with the kinds of their data: who reads a table back sees which are made up."""
        kinds = ";".join(sorted({str(r["data_kind"]) for r in rows if r["data_kind"]}))
        return Markup('<span data-kind="{}">{}</span>').format(kinds, said) if kinds else Markup("{}").format(said)

    def source_link(self, source_id: str | None) -> Markup:
        """A source with a link to where it is described; words where none is named."""
        if not source_id:
            return self.gap("none")
        for table, column, anchor in (
            ("source.published_source", "source_id", "published"),
            ("meta.source", "id", "source"),
        ):
            if self.release.rows(table, **{column: source_id}):
                return Markup('<a href="sources.html#{0}-{1}">{1}</a>').format(anchor, source_id)
        return Markup("<code>{}</code>").format(source_id)

    def sources_of(self, indicator: Row) -> list[Row]:
        known = {r["id"]: r for r in self.release.rows("meta.source")}
        return [known[s] for s in split(indicator["sources"]) if s in known]
