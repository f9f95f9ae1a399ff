"""What a machine finds to say of a release before people approve it. An error stops them; a warning is acknowledged.

After the checklist of the European Statistical System's release practice. Asked of the finished folder, the release
before it and the ledger; a question that cannot be asked is an error, never a yes.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import polars as pl

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.protection.scan import everything
from handleplan_pipeline.release import compare, ledger
from handleplan_pipeline.release.folder import Folder, Row
from handleplan_pipeline.release.ledger import Entry
from handleplan_pipeline.release.report_check import faults
from handleplan_pipeline.release.signature import same_person
from handleplan_pipeline.release.verify import verify
from schemas.contract import FIGURES

MOST_REVISED, MOST_MORE_HIDDEN = 0.05, 0.10
"""Shares of headline figures revised, and of hidden cells more than before, up to which nothing is said. Ours,
version 1."""
LEAST_FIGURES = 4
"""So many figures of an indicator, alike in two years in a row, are no chance. Ours, version 1."""
SHOWN = 5
OVERRIDE = "override:"
"""What the ledger's line of an approval says where one person did both."""
NO_VERDICT = (None, "not_measurable")
"""Badges of a goal and year of which nothing was said yet: the year was not there, or had no figures."""
BETWEEN = ";"
"""Stands between the codes of a column that holds several."""
GOALS_IN_NOTE = re.compile(r"(?:mål(?:ene)?|goals?)\s*:?\s*((?:\d+(?:\s*(?:,|;|og|and|&)\s*)*)+)", re.I)


@dataclass(frozen=True)
class Finding:
    """An error stops `approve`; a warning must be acknowledged by its id."""

    id: str
    severity: Literal["error", "warning"]
    text: str


class Case:
    """What is asked: the release, the one before where it may be repeated, the ledger's lines, what the audit said."""

    def __init__(self, folder: Path, before: Path | None, entries: Sequence[Entry], audited: Sequence[str]) -> None:
        self.folder, self.entries, self.audited = folder, list(entries), list(audited)
        self.new = Folder(folder)
        old = None if before is None else Folder(before)
        self.old = old if compare.incomparable(old, self.new) is None else None

    @cached_property
    def release_id(self) -> str:
        return str(self.new.about["release_id"])

    @cached_property
    def own(self) -> list[Entry]:
        """The ledger's lines about this release."""
        return [e for e in self.entries if e.release_id == self.release_id]

    @cached_property
    def note(self) -> str:
        """What was said when the release was proposed."""
        return " ".join(e.note for e in self.own if e.to_state == "proposed")


Said = Iterator[str]
Question = Callable[[Case], Said]


def findings(folder: Path, before: Path | None, entries: Sequence[Entry], audited: Sequence[str] = ()) -> list[Finding]:
    """Everything there is to say of the release in `folder`: errors first, each id once for every thing it says.

    `before` is the release that readers are led to now. `audited` is what the audit with certificates and all earlier
    releases found, where it was run again; what can be asked of the folder alone is asked here in any case.
    """
    case = Case(folder, before, entries, audited)
    errors = [Finding(name, "error", text) for name, ask in ERRORS.items() for text in _asked(ask, case)]
    warnings = [Finding(name, "warning", text) for name, ask in WARNINGS.items() for text in _asked(ask, case)]
    # what cannot be asked is no warning that somebody may wave through
    failed = [Finding(f.id, "error", f.text) for f in warnings if f.text.startswith(UNASKED)]
    return [*errors, *failed, *(f for f in warnings if not f.text.startswith(UNASKED))]


UNASKED = "could not be asked"


def _asked(ask: Question, case: Case) -> list[str]:
    try:
        return list(ask(case))
    except Exception as e:  # whatever went wrong, and never with a value of a row in it
        return [f"{UNASKED} ({type(e).__name__}); see what `handleplan verify {case.folder.name}` says"]


def _some(names: Sequence[object]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(str(n) for n in names[:SHOWN]) + more


def audit(case: Case) -> Said:
    """The disclosure audit found something, or there was none."""
    if case.new.about["disclosure_control"] != "on":
        yield "disclosure control was off; such a release is never shared"
    yield from case.audited
    yield from everything(case.folder, load_catalogue())


def whole(case: Case) -> Said:
    """The folder is not as it was made."""
    yield from verify(case.folder, case.release_id)


def verdicts_have_notes(case: Case) -> Said:
    """A verdict changed, and the note of the proposal does not speak of the goal.

    A year that is new is no change, and neither is the first verdict of one that could not be measured: every yearly
    release has those, and the schedule proposes it without a note.
    """
    if case.old is None:
        return
    changed = compare.verdicts(case.old, case.new)
    goals = sorted({int(r["goal"]) for r, was, _ in changed if was not in NO_VERDICT} - spoken_of(case.note))
    if goals:
        yield (
            f"the verdict changed for goals {_some(goals)}, and the note of the proposal does not say why; propose "
            f'again with a --note that names them, for example "goal {goals[0]}: a corrected delivery"'
        )


def spoken_of(note: str) -> set[int]:
    """The goals that a note names, one or several after the word."""
    return {int(n) for m in GOALS_IN_NOTE.finditer(note) for n in re.findall(r"\d+", m[1])}


def headlines(case: Case) -> Said:
    """A goal and year without a headline in both languages."""
    said = {
        (r["goal"], r["year"])
        for r in case.new.rows("output.statement")
        if r["layer"] == "headline" and (r["text_da"] or "").strip() and (r["text_en"] or "").strip()
    }
    status = case.new.rows("output.goal_status")
    missing = [f"goal {r['goal']}, {r['year']}" for r in status if (r["goal"], r["year"]) not in said]
    if missing:
        yield f"{len(missing)} headlines are missing in one language or both: {_some(missing)}"
    if gone := sorted({g["goal"] for g in case.new.rows("meta.goal")} - {r["goal"] for r in status}):
        yield f"goals {_some(gone)} have no status at all"


def traceable(case: Case) -> Said:
    """A number of a sentence that is not in the row it names, or a figure that nothing stands behind."""
    known: dict[str, dict[str, Row]] = {}
    wrong = set()
    for r in case.new.rows("output.statement_number"):
        name = f"{r['table_schema']}.{r['table_name']}"
        if name not in known:
            known[name] = {row["row_id"]: row for row in case.new.rows(name)}
        row = known[name].get(r["row_id"], {})
        if r["column_name"] not in row or row[r["column_name"]] != r["value"]:
            wrong.add(f"goal {r['goal']}, {r['year']}")
    if wrong:
        yield f"numbers of sentences are not in the rows they name: {_some(sorted(wrong))}"
    yield from _without_lineage(case.new)


def _without_lineage(release: Folder) -> Said:
    lineage = {
        (f"{r['table_schema']}.{r['table_name']}", r["indicator_id"], r["year"]) for r in release.rows("meta.lineage")
    }
    for name in release.names:
        layer = name.partition(".")[0]
        # what is made of these figures has their lineage
        if layer not in FIGURES or layer == "output":
            continue
        year = "data_year" if layer == "baseline" else "year"
        figures = {(r["indicator_id"], r[year]) for r in release.rows(name) if r["value"] is not None}
        if missing := sorted(f"{i} {y}" for i, y in figures if (name, i, y) not in lineage):
            yield f"{name}: nothing stands behind the figures of {_some(missing)}; meta.lineage does not name them"


def labelled(case: Case) -> Said:
    """A code without its words."""
    lists: dict[str, set[str]] = {}
    for name, code in case.new.labels:
        lists.setdefault(name, set()).add(code)
    for table, columns in case.new.columns.items():
        for column, about in columns.items():
            name = about["code_list"]
            frame = case.new.table(table)
            # a line of history may name what was taken out of a table since
            if not name or column not in frame.columns or (table.startswith("history.") and "." in name):
                continue
            values = frame[column].cast(pl.String).drop_nulls().unique()
            codes = {c for v in values for c in v.split(BETWEEN)}
            if missing := sorted(codes - (_rows_of(case.new, name) if "." in name else lists.get(name, set()))):
                yield f"{table}.{column}: no words for {_some(missing)} in list {name}"
    empty = [f"{li}/{c}" for (li, c), words in case.new.labels.items() if not all((w or "").strip() for w in words)]
    if empty:
        yield f"labels are empty in one language: {_some(sorted(empty))}"


def _rows_of(release: Folder, name: str) -> set[str]:
    """The codes that are rows of a table: `schema.table.column`."""
    table, _, column = name.rpartition(".")
    frame = release.table(table)
    return set(frame[column].cast(pl.String).drop_nulls()) if column in frame.columns else set()


def report(case: Case) -> Said:
    """The report does not say what the tables say."""
    yield from faults(case.new)


def two_people(case: Case) -> Said:
    """Who proposed has approved, without a reason for it."""
    proposers = [e.who for e in case.own if e.to_state == "proposed"]
    for e in case.own:
        approves = e.to_state == "approved" and e.from_state == "proposed"
        if approves and OVERRIDE not in e.note and any(same_person(e.who, p) for p in proposers):
            yield f"{e.who} proposed and approved it; another person approves, or --override says why not"


def real(case: Case) -> Said:
    """Made-up figures."""
    if case.new.about["holds_synthetic"]:
        yield "it holds synthetic figures: a demonstration can never be approved"


def chained(case: Case) -> Said:
    """Lines of the ledger that do not follow from one another."""
    previous, states = ledger.BEGINNING, dict[str, str]()
    for number, e in enumerate(case.entries, 1):
        before = states.get(e.release_id, "draft")
        if e.previous != previous:
            yield f"line {number} of the ledger does not follow the line before it. {ledger.WAY_OUT}"
            return
        if e.from_state != before or e.to_state not in ledger.ALLOWED.get(before, ()):
            wrong = f"line {number} of the ledger leads from {before} to {e.to_state}, which is not allowed."
            yield f"{wrong} {ledger.WAY_OUT}"
            return
        previous, states[e.release_id] = ledger.digest(e), e.to_state


ERRORS: dict[str, Question] = {
    "audit_failed": audit,
    "verify_failed": whole,
    "verdict_without_note": verdicts_have_notes,
    "no_headline": headlines,
    "number_not_traceable": traceable,
    "code_without_label": labelled,
    "report_check_failed": report,
    "proposer_approved": two_people,
    "holds_synthetic": real,
    "ledger_broken": chained,
}


def many_revised(case: Case) -> Said:
    """More headline figures than usual are printed otherwise than before."""
    if case.old is None:
        return
    revised = sum(1 for f in compare.figures(case.old, case.new) if f.quantity == "value")
    both = compare.printed_in_both(case.old, case.new)
    if both and revised / both > MOST_REVISED:
        yield f"{revised} of {both} headline figures are revised, more than {MOST_REVISED:.0%}"


def late(case: Case) -> Said:
    """A delivery is late, or nobody can tell."""
    if "output.delivery_calendar" not in case.new.names:
        yield "the release has no calendar of deliveries, so whether one is late cannot be told"
        return
    missing = [
        f"{r['source']} {r['period']}" for r in case.new.rows("output.delivery_calendar") if r["arrival"] == "late"
    ]
    if missing:
        yield f"{len(missing)} deliveries are late: {_some(missing)}"


def more_hidden(case: Case) -> Said:
    """Many more cells are hidden than before."""
    if case.old is None:
        return
    was, now = (sum(map(compare.hidden, f.rows("output.observation"))) for f in (case.old, case.new))
    if now > was * (1 + MOST_MORE_HIDDEN):
        yield f"{now} cells are hidden and {was} were before, more than {MOST_MORE_HIDDEN:.0%} more"


def versions(case: Case) -> Said:
    """A rule or a definition has another version."""
    if case.old is None:
        return
    changed = [
        f"{w.table} {', '.join(map(str, w.key))}"
        for w in [*compare.definitions(case.old, case.new), *compare.rules(case.old, case.new)]
        if w.column in ("definition_version", "rule_version", "rule_id") or (w.table == "meta.rule" and not w.column)
    ]
    if changed:
        yield f"versions of rules or definitions changed: {_some(sorted(set(changed)))}"


def next_date(case: Case) -> Said:
    """Readers are not told when the next release comes."""
    built = date.fromisoformat(str(case.new.about["built_at"])[:10])
    last: dict[str, Row] = {}
    for r in sorted(case.new.rows("meta.release_calendar"), key=lambda r: int(r["date_version"])):
        last[r["id"]] = r
    if not any(r["state"] == "planned" and r["planned_on"] > built for r in last.values()):
        yield "no release is planned after this one; add one to catalogue/release_calendar.yaml"


def unused_caveats(case: Case) -> Said:
    """A caveat that no figure has."""
    used: set[str] = set()
    for table, columns in case.new.columns.items():
        for column, about in columns.items():
            frame = case.new.table(table)
            if about["code_list"] == "meta.caveat.id" and column in frame.columns:
                used |= {c for v in frame[column].drop_nulls().unique() for c in str(v).split(BETWEEN)}
    if unused := sorted({r["id"] for r in case.new.rows("meta.caveat")} - used):
        yield f"{len(unused)} caveats are used by nothing: {_some(unused)}"


def same_years(case: Case) -> Said:
    """All figures of an indicator are what they were the year before: the same delivery twice?"""
    found: dict[tuple[str, int], dict[Any, Any]] = {}
    cell = [k for k in case.new.key("output.observation") if k != "year"]
    for r in case.new.rows("output.observation"):
        if r["value"] is not None and r["reference_group"] is None and r["data_kind"] != "official":
            figures = found.setdefault((r["indicator_id"], r["year"]), {})
            figures[tuple(r[k] for k in cell)] = tuple(r[c] for c in ("value", "numerator", "denominator"))
    alike = [
        f"{i} {y}" for (i, y), figures in sorted(found.items()) if figures == found.get((i, y - 1)) and _varied(figures)
    ]
    if alike:
        yield f"every figure is what it was the year before: {_some(alike)}; was a delivery sent for two years?"


def _varied(figures: dict[Any, Any]) -> bool:
    """Whether figures are so many, and so different, that they are no chance."""
    return len(figures) >= LEAST_FIGURES and len(set(figures.values())) > 1


def unexplained(case: Case) -> Said:
    """Figures changed and nothing that is printed says why."""
    mine = [r for r in case.new.rows("meta.revision") if r["first_shown_in"] == case.release_id]
    left = [r for r in mine if r.get("reason") == "unexplained"]
    if left:
        goals = sorted({int(r["goal"]) for r in left})
        yield (
            f"{len(left)} changes of goals {_some(goals)} have no reason that is known; if an error was corrected, add "
            "it to catalogue/corrections.yaml"
        )


WARNINGS: dict[str, Question] = {
    "many_revised": many_revised,
    "delivery_late": late,
    "more_hidden": more_hidden,
    "version_changed": versions,
    "no_next_date": next_date,
    "caveat_unused": unused_caveats,
    "year_unchanged": same_years,
    "revision_unexplained": unexplained,
}
