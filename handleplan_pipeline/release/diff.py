"""What differs between two releases, for who approves one: forty lines in the terminal, the whole as a page.

Opens two release folders and nothing else. No figure that the later release hides stands in either (record 0058).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from handleplan_pipeline.release import compare
from handleplan_pipeline.release.folder import Folder, Row
from handleplan_pipeline.report import words
from handleplan_pipeline.report.blocks import Block, Text
from handleplan_pipeline.report.site import environment
from handleplan_pipeline.report.tables import Column, Table
from schemas.languages import LANGUAGES, shown

MOST_LINES = 40
"""What a terminal shows at once. Ours, version 1."""
Words = dict[str, str]
"""A cell, by language."""
Line = Sequence[Words]


@dataclass(frozen=True)
class Part:
    """One kind of difference. `name`: its words are `diff_<name>` and, for a line of the terminal, `diff_<name>_line`.

    `columns` are the words of its headers; `numeric` the places of cells that are numbers.
    """

    name: str
    columns: tuple[str, ...]
    rows: Sequence[Line]
    numeric: tuple[int, ...] = ()

    def heading(self, language: str) -> str:
        return words.say(f"diff_{self.name}", language)

    def line(self, row: Line) -> str:
        return words.say(f"diff_{self.name}_line", "en", c=[cell["en"] for cell in row])


@dataclass(frozen=True)
class Differences:
    """All differences, part by part, verdicts first. `remark`: the word for why there is nothing to compare."""

    before: str | None
    after: str
    synthetic: bool
    parts: Sequence[Part] = ()
    remark: str | None = None

    @property
    def none(self) -> bool:
        return not any(p.rows for p in self.parts)

    def heading(self, language: str) -> str:
        if self.remark:
            return words.say(self.remark, language)
        key = "diff_none" if self.none else "diff_between"
        return words.say(key, language, before=self.before, after=self.after)

    def lines(self) -> list[str]:
        """What differs in at most MOST_LINES lines: every part with its number, then as many rows as there is room."""
        found = [p for p in self.parts if p.rows]
        head = [self.heading("en"), *([words.say("banner", "en")] if self.synthetic else [])]
        room = MOST_LINES - len(head) - len(found)
        made = list(head)
        for p in found:
            made.append(words.say("diff_number", "en", what=p.heading("en"), count=len(p.rows)))
            take = len(p.rows) if len(p.rows) <= room else max(room - 1, 0)
            made += [f"  {p.line(r)}" for r in p.rows[:take]]
            if take < len(p.rows) and room:
                made.append("  " + words.say("diff_more", "en", count=len(p.rows) - take))
            room -= min(len(p.rows), room)
        return made

    def html(self) -> str:
        """Every difference as a page in Danish and English, in the style of the report."""
        sections = {n: [(p.name, p.heading(n), self._blocks(p, n)) for p in self.parts] for n in LANGUAGES}
        template = environment().get_template("diff.html.j2")
        return template.render(differences=self, sections=sections, languages=LANGUAGES, words=words.say, say_in=SAY)

    def _blocks(self, part: Part, language: str) -> list[Block]:
        if not part.rows:
            return [Text(words.say("diff_nothing", language))]
        columns = [Column(words.say(c, language), i in part.numeric) for i, c in enumerate(part.columns)]
        return [Table(part.heading(language), columns, [[c[language] for c in row] for row in part.rows])]


def differences(before: Path | None, after: Path) -> Differences:
    """What differs between the releases in two folders.

    There is nothing to compare with where `before` is None, was made without disclosure control, or holds made-up
    figures and the other does not (or the other way round). Raises SourceError when a table cannot be read.
    """
    new, old = Folder(after), None if before is None else Folder(before)
    name, synthetic = after.resolve().name, bool(new.about.get("holds_synthetic"))
    name = str(new.about.get("release_id", name))
    remark = compare.incomparable(old, new)
    if old is None or remark:
        return Differences(None, name, synthetic, remark=remark)
    writer = _Writer(old, new)
    parts = [make(writer) for make in PARTS]
    return Differences(str(old.about["release_id"]), name, synthetic, parts)


class _Writer:
    """The parts' rows in words. Labels are the later release's; a code it does not know stands as it is."""

    def __init__(self, before: Folder, after: Folder) -> None:
        self.before, self.after = before, after

    def code(self, code_list: str, code: object) -> Words:
        if code is None:
            return _said("gap_none")
        found = self.after.labels.get((code_list, str(code))) or self.before.labels.get((code_list, str(code)))
        return dict(zip(LANGUAGES, found, strict=True)) if found else _same(code)

    def badge(self, code: str | None) -> Words:
        return _said("diff_not_there") if code is None else self.code("badge", code)

    def of_row(self, row: Row) -> Line:
        """Indicator, year and who, of a row of figures."""
        who = [self.code("population_group", row["population_group"])]
        if row.get("reference_group"):
            who.append(self.code("population_group", row["reference_group"]))
        said = {n: " / ".join(w[n] for w in who) for n in LANGUAGES}
        for part in ("sex", "age_group"):
            if row.get(part) not in (None, "total"):
                label = self.code(part, row[part])
                said = {n: f"{said[n]}, {label[n]}" for n in LANGUAGES}
        return [_same(row["indicator_id"]), _same(row["year"]), said]

    def verdicts(self) -> Part:
        found = compare.verdicts(self.before, self.after)
        rows = [[_same(r["goal"]), _same(r["year"]), self.badge(was), self.badge(now)] for r, was, now in found]
        return Part("verdicts", ("diff_goal", "year", "diff_before", "diff_now"), rows)

    def figures(self) -> Part:
        rows = [
            [
                *self.of_row(f.row),
                self.quantity(f.quantity),
                _number(f.before, f.decimals),
                _number(f.after, f.decimals),
            ]
            for f in compare.figures(self.before, self.after)
        ]
        columns = ("indicator", "year", "group", "quantity", "diff_before", "diff_now")
        return Part("figures", columns, rows, (4, 5))

    def quantity(self, name: str) -> Words:
        return _said("diff_figure") if name == "value" else self.code("quantity", name)

    def statuses(self) -> Part:
        rows: list[Line] = [
            [
                {"da": f"Mål {r['goal']}, {r['year']}", "en": f"Goal {r['goal']}, {r['year']}"},
                _same(column),
                self.code(column.removesuffix("_adjusted"), was),
                self.code(column.removesuffix("_adjusted"), now),
            ]
            for r, column, was, now in compare.statuses(self.before, self.after)
        ]
        for (was, now), count in sorted(compare.observation_statuses(self.before, self.after).items()):
            what = {n: words.say("diff_rows_of_figures", n, count=count) for n in LANGUAGES}
            rows.append([what, _same("obs_status"), self.code("obs_status", was), self.code("obs_status", now)])
        return Part("statuses", ("diff_where", "diff_column", "diff_before", "diff_now"), rows)

    def hidden(self) -> Part:
        lost, _ = compare.newly(self.before, self.after)
        return Part("hidden", ("indicator", "year", "group"), [self.of_row(r) for r in lost])

    def shown(self) -> Part:
        _, won = compare.newly(self.before, self.after)
        return Part("shown", ("indicator", "year", "group"), [self.of_row(r) for r in won])

    def rows(self) -> Part:
        found = compare.rows(self.before, self.after)
        rows = [[_same(name), _same(came), _same(gone)] for name, came, gone in found]
        return Part("rows", ("table", "diff_appeared", "diff_vanished"), rows, (1, 2))

    def wording(self, name: str, found: list[compare.Wording]) -> Part:
        rows = []
        for w in found:
            what = _same(w.column) if w.column else _said("diff_whole_row")
            key = ", ".join(str(k) for k in w.key)
            rows.append([_same(w.table), _same(key), what, _worded(w, w.before), _worded(w, w.after)])
        return Part(name, ("table", "diff_key", "diff_column", "diff_before", "diff_now"), rows)

    def columns(self) -> Part:
        found = compare.columns(self.before, self.after)
        rows = [[_same(t), _same(c) if c else _said("diff_whole_table"), _said(f"diff_{what}")] for t, c, what in found]
        return Part("columns", ("table", "diff_column", "diff_what"), rows)


SAY = {n: partial(words.say, language=n) for n in LANGUAGES}
PARTS: tuple[Callable[[_Writer], Part], ...] = (
    _Writer.verdicts,
    _Writer.figures,
    _Writer.statuses,
    _Writer.rows,
    _Writer.hidden,
    _Writer.shown,
    lambda w: w.wording("definitions", compare.definitions(w.before, w.after)),
    lambda w: w.wording("rules", compare.rules(w.before, w.after)),
    lambda w: w.wording("labels", compare.labels(w.before, w.after)),
    _Writer.columns,
)
"""In the order in which they are told."""


def _said(key: str) -> Words:
    return {n: words.say(key, n) for n in LANGUAGES}


def _same(value: object) -> Words:
    return dict.fromkeys(LANGUAGES, str(value))


def _number(value: float, decimals: int) -> Words:
    return {n: shown(value, decimals, n) for n in LANGUAGES}


def _worded(wording: compare.Wording, text: str | None) -> Words:
    """A wording; words where the row was not there, and where nothing stands in it."""
    if text is None:
        return _said("diff_not_there")
    if not wording.column:
        return _said("diff_there")
    return _same(text) if text else _said("diff_empty")
