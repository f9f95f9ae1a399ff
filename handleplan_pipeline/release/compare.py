"""What differs between two releases, as rows: each function answers one question and prints nothing.

A figure of the earlier release is given only where the later one gives a figure for the same row. What the later one
hides, or no longer has, is named by its key alone (record 0058).
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import polars as pl

from handleplan_pipeline.lake.releases import controlled
from handleplan_pipeline.release.folder import Folder, Key, Row
from handleplan_pipeline.release.vintages import VERSION

STATUS = ("measurability", "precondition", "result", "result_adjusted", "trend", "missing_reason")
"""What `output.goal_status` says of a goal and year beside its badge."""
RULE_OF_GOAL = (
    "rule_id",
    "rule_version",
    "margin",
    "margin_unit",
    "target_type",
    "decision_reference",
    "decision_reference_en",
)
DEFINED = ("meta.indicator", "meta.goal", "meta.series_break", "meta.caveat")
RULED = ("meta.rule", "meta.rule_outcome")
LABELLED = ("meta.code_list",)
OF_ITSELF = tuple(
    f"meta.{t}" for t in ("release", "run", "check", "column", "revision", "vintage", "mean_revision", "release_event")
)
"""Tables a release writes about itself: their rows differ from release to release."""
STAMP = ("release_id", "row_id")
ESTIMATE_DECIMALS = 2
"""Of the estimate that a rule judges. Ours, version 1: as many as the report shows at most."""


class Figure(NamedTuple):
    """A headline figure whose printed form changed; both releases show it."""

    row: Row
    quantity: str
    """`value`, or the quantity that the rule judges."""
    before: float
    after: float
    decimals: int


class Wording(NamedTuple):
    """A column of a catalogue row that reads otherwise; None where the row is not there."""

    table: str
    key: Key
    column: str
    before: str | None
    after: str | None


def incomparable(before: Folder | None, after: Folder) -> str | None:
    """Why there is nothing to compare with, as a word of the report; None where there is.

    Nothing may be repeated of a release without disclosure control; made-up figures are no earlier figures of a city.
    """
    if before is None:
        return "first_release"
    if not controlled(before.path):
        return "diff_uncontrolled"
    made_up = [bool(f.about.get("holds_synthetic")) for f in (before, after)]
    return None if made_up[0] == made_up[1] else "diff_made_up"


def verdicts(before: Folder, after: Folder) -> list[tuple[Row, str | None, str | None]]:
    """(row, badge before, badge now) of each goal and year whose badge changed, goals that came or went too."""
    key = ["goal", "year"]
    old, new = (f.by_key("output.goal_status", key) for f in (before, after))
    return [
        (new.get(k) or old[k], was, now)
        for k in sorted(old.keys() | new.keys())
        for was, now in [(old.get(k, {}).get("badge"), new.get(k, {}).get("badge"))]
        if was != now
    ]


def statuses(before: Folder, after: Folder) -> list[tuple[Row, str, str | None, str | None]]:
    """(row, column, before, now) of what else changed in the status of goals whose badge stayed."""
    key = ["goal", "year"]
    old, new = (f.by_key("output.goal_status", key) for f in (before, after))
    return [
        (new[k], column, old[k].get(column), new[k].get(column))
        for k in sorted(old.keys() & new.keys())
        if old[k].get("badge") == new[k].get("badge")
        for column in STATUS
        if old[k].get(column) != new[k].get(column)
    ]


def observation_statuses(before: Folder, after: Folder) -> dict[tuple[str, str], int]:
    """How many rows of `output.observation` went from one status to another, hiding and showing apart."""
    found: dict[tuple[str, str], int] = {}
    for old, new in _pairs(before, after, "output.observation"):
        change = (old["obs_status"], new["obs_status"])
        if change[0] != change[1] and not hidden(old) and not hidden(new):
            found[change] = found.get(change, 0) + 1
    return found


def hidden(row: Row) -> bool:
    return bool(row["missing_reason"] == "suppressed")


def newly(before: Folder, after: Folder) -> tuple[list[Row], list[Row]]:
    """Rows of `output.observation` that are hidden now and were shown, and those that are shown now and were hidden.

    The first ones are rows of the later release, without a figure. A row that had no figure for another reason was not
    shown before.
    """
    pairs = list(_pairs(before, after, "output.observation"))
    lost = [new for old, new in pairs if hidden(new) and old["value"] is not None]
    won = [new for old, new in pairs if hidden(old) and new["value"] is not None]
    return lost, won


def figures(before: Folder, after: Folder) -> list[Figure]:
    """Headline figures, and the estimates judged, that are printed otherwise than before.

    Compared as they are printed: two figures that differ in no printed decimal are the same.
    """
    found = [f for was, new in _headlines(before, after) for f in _changed(was, new, "value", after.decimals(new))]
    for was, new in _pairs(before, after, "output.judgement"):
        found += _changed(was, new, "estimate", ESTIMATE_DECIMALS)
    return found


def printed_in_both(before: Folder, after: Folder) -> int:
    """How many headline figures both releases print."""
    return sum(1 for old, new in _headlines(before, after) if old["value"] is not None and new["value"] is not None)


def _headlines(before: Folder, after: Folder) -> Iterator[tuple[Row, Row]]:
    mine = {id(r) for r in after.headlines()}
    return ((old, new) for old, new in _pairs(before, after, "output.observation") if id(new) in mine)


def _changed(old: Row, new: Row, column: str, decimals: int) -> Iterator[Figure]:
    was, now = old.get(column), new.get(column)
    if was is not None and now is not None and round(was, decimals) != round(now, decimals):
        yield Figure(new, new.get("quantity", column), was, now, decimals)


def _pairs(before: Folder, after: Folder, name: str) -> Iterator[tuple[Row, Row]]:
    """Rows of a table that both releases have, in the order of the later one's.

    A row that another version of its definition replaced is the same row, where there is one of each.
    """
    key = after.key(name)
    cell = [k for k in key if k != VERSION]
    old, new = before.by_key(name, key), after.by_key(name, key)
    gone = _by_cell([r for k, r in old.items() if k not in new], cell)
    came = _by_cell([r for k, r in new.items() if k not in old], cell)
    for k, row in new.items():
        if k in old:
            yield old[k], row
            continue
        at = tuple(row.get(c) for c in cell)
        if len(gone.get(at, [])) == len(came[at]) == 1:
            yield gone[at][0], row


def _by_cell(rows: Iterable[Row], cell: Sequence[str]) -> dict[Key, list[Row]]:
    found: dict[Key, list[Row]] = {}
    for r in rows:
        found.setdefault(tuple(r.get(c) for c in cell), []).append(r)
    return found


def rows(before: Folder, after: Folder) -> list[tuple[str, int, int]]:
    """(table, rows that appeared, rows that vanished) of tables that both releases have."""
    found = []
    for name in sorted(set(before.names) & set(after.names)):
        if name in OF_ITSELF or name.startswith("history."):
            continue
        key = [k for k in after.key(name) if k in before.table(name).columns]
        if not key:
            continue
        old, new = (_keys(f.table(name), key) for f in (before, after))
        came = new.join(old, on=key, how="anti", nulls_equal=True).height
        gone = old.join(new, on=key, how="anti", nulls_equal=True).height
        if came or gone:
            found.append((name, came, gone))
    return found


def _keys(frame: pl.DataFrame, key: Sequence[str]) -> pl.DataFrame:
    # a key's column may have another type in an earlier release
    return frame.select(pl.col(k).cast(pl.String) for k in key)


def definitions(before: Folder, after: Folder) -> list[Wording]:
    """What the catalogue says otherwise of indicators, goals, breaks and caveats, rules apart."""
    found = [w for name in DEFINED for w in wordings(before, after, name)]
    return [w for w in found if not (w.table == "meta.goal" and w.column in RULE_OF_GOAL)]


def rules(before: Folder, after: Folder) -> list[Wording]:
    """What the catalogue says otherwise of the rules, and of which rule judges a goal."""
    found = [w for name in RULED for w in wordings(before, after, name)]
    return found + [w for w in wordings(before, after, "meta.goal") if w.column in RULE_OF_GOAL]


def labels(before: Folder, after: Folder) -> list[Wording]:
    """Labels of codes that read otherwise, came or went."""
    return [w for name in LABELLED for w in wordings(before, after, name)]


def wordings(before: Folder, after: Folder, name: str) -> list[Wording]:
    """What a table of the catalogue says otherwise, column by column; a row that came or went in one line.

    A table that one of the releases does not have has no wordings; `columns` says so.
    """
    if name not in before.names or name not in after.names:
        return []
    key = after.key(name)
    old, new = before.by_key(name, key), after.by_key(name, key)
    both = [c for c in after.columns.get(name, {}) if c not in (*key, *STAMP) and c in before.table(name).columns]
    found = []
    for k in sorted(old.keys() | new.keys(), key=str):
        if k not in old or k not in new:
            found.append(Wording(name, k, "", None if k not in old else "", None if k not in new else ""))
            continue
        for c in both:
            if old[k][c] != new[k][c]:
                found.append(Wording(name, k, c, _text(old[k][c]), _text(new[k][c])))
    return found


def _text(value: object) -> str:
    return "" if value is None else str(value)


def columns(before: Folder, after: Folder) -> list[tuple[str, str, str]]:
    """(table, column, what) of tables and columns that came, went or changed; `what` is a word of the report."""
    found = []
    for name in sorted(set(before.names) | set(after.names)):
        if name not in after.names or name not in before.names:
            found.append((name, "", "table_gone" if name not in after.names else "table_new"))
            continue
        old, new = before.columns.get(name, {}), after.columns.get(name, {})
        for column in [*new, *(c for c in old if c not in new)]:
            if column not in new or column not in old:
                found.append((name, column, "column_gone" if column not in new else "column_new"))
                continue
            for part, what in (("type", "type_changed"), ("is_key", "key_changed"), ("codes", "codes_changed")):
                if old[column].get(part) != new[column].get(part):
                    found.append((name, column, what))
    return found
