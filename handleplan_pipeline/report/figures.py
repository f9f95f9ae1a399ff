"""Figures of a page: rows of the release become a chart, its notes, its table and its files."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from markupsafe import Markup

from handleplan_pipeline.exports.notice import MARK
from handleplan_pipeline.report.charts import plot
from handleplan_pipeline.report.charts.palette import GROUPS, at_most
from handleplan_pipeline.report.charts.plot import Break, Plot, Point, Series
from handleplan_pipeline.report.edition import OFFICIAL, SYNTHETIC, Edition
from handleplan_pipeline.report.headline import Goal
from handleplan_pipeline.report.numbers import exact
from handleplan_pipeline.report.release import Row, split
from handleplan_pipeline.report.tables import Column, Table

FILE_COLUMNS = (
    "year",
    "group",
    "value",
    "low",
    "high",
    "numerator",
    "denominator",
    "unit",
    "verdict",
    "missing_reason",
    "data_kind",
    "row",
)


@dataclass(frozen=True)
class BreakNote:
    number: int
    when: str
    what: Markup
    comparable: bool


@dataclass(frozen=True)
class Figure:
    """A chart in two drawings with all that stands under it. `wide` is also its file."""

    name: str
    title: str
    wide: Markup
    narrow: Markup
    notes: list[str]
    breaks: list[BreakNote]
    table: Table
    file_rows: list[dict[str, Any]]


def place_of(row: Row) -> float:
    """Where an observation lies on the axis of years: its reference date where it has one, else its year."""
    when = row.get("reference_date")
    return float(row["year"]) if not when else on_axis(when)


def on_axis(when: date | str) -> float:
    """A day on an axis where a year's figure stands in the middle of its year."""
    at = date.fromisoformat(when[:10]) if isinstance(when, str) else when
    return at.year - 0.5 + (at.timetuple().tm_yday - 1) / 365.25


def chain_of(row: Row, breaks: Sequence[Row]) -> str:
    """Points of the same chain may be compared: same version of the definition, no break of comparability between.

    Made-up figures are no continuation of official ones.
    """
    at = place_of(row)
    before = sum(1 for b in breaks if not b["comparable"] and on_axis(b["from_date"]) <= at)
    return f"{row.get('definition_version')}/{before}/{row.get('data_kind') == SYNTHETIC}"


def breaks_of(edition: Edition, indicators: Sequence[str], first: float, last: float) -> list[Row]:
    """Breaks of these series within the drawn years, in their order."""
    found = [
        b
        for b in edition.release.rows("meta.series_break")
        if set(split(b["indicators"])) & set(indicators) and first - 0.5 < on_axis(b["from_date"]) <= last + 0.5
    ]
    return sorted(found, key=lambda b: (str(b["from_date"]), b["id"]))


def notes_of_breaks(edition: Edition, breaks: Sequence[Row]) -> list[BreakNote]:
    return [
        BreakNote(i, _when(edition, b), edition.own(b, "what"), bool(b["comparable"])) for i, b in enumerate(breaks, 1)
    ]


def _when(edition: Edition, series_break: Row) -> str:
    """The day of a break, or the days between which something was different."""
    first, last = (edition.day(series_break[d]) if series_break[d] else "" for d in ("from_date", "to_date"))
    return f"{first} {edition.say('to')} {last}" if last else first


def drawn_breaks(breaks: Sequence[Row]) -> tuple[Break, ...]:
    return tuple(Break(on_axis(b["from_date"]), i, bool(b["comparable"])) for i, b in enumerate(breaks, 1))


def watermark(edition: Edition, rows: Sequence[Row]) -> str:
    return MARK[edition.language] if any(r.get("data_kind") == SYNTHETIC for r in rows) else ""


def ranged(edition: Edition, title: str, unit: str, years: Sequence[int]) -> str:
    """The title of a chart over years."""
    if years[0] == years[-1]:
        return edition.say("chart_one_year", title=title, first=years[0])
    key = "chart_range" if unit else "chart_range_plain"
    return edition.say(key, title=title, unit=unit, first=years[0], last=years[-1])


def figure(
    edition: Edition, drawn: Plot, notes: list[str], breaks: Sequence[Row], table: Table, rows: list[Any]
) -> Figure:
    """The finished figure; notes that every chart may need are added."""
    points = [p for s in drawn.series for p in s.points]
    if plot.value_axis(drawn).cut:
        notes = [*notes, edition.say("note_axis")]
    if any(p.hidden for p in points):
        notes = [*notes, edition.say("note_hidden")]
    wide, narrow = plot.draw(drawn)
    numbered = notes_of_breaks(edition, breaks)
    return Figure(drawn.name, drawn.title, Markup(wide), Markup(narrow), notes, numbered, table, rows)


def trend(edition: Edition, goal: Goal, indicator: Row, name: str, rows: list[Row] | None = None) -> Figure | None:
    """The groups of an indicator over time with their 95 per cent intervals; None where there is no row at all."""
    whole = goal.whole(indicator) if rows is None else rows
    groups = [g for g in goal.groups(indicator) if any(r["population_group"] == g for r in whole)]
    whole = [r for r in whole if r["population_group"] in groups]
    if not whole:
        return None
    years = sorted({r["year"] for r in whole})
    breaks = breaks_of(edition, [indicator["indicator_id"]], min(map(place_of, whole)), max(map(place_of, whole)))
    mixed = len({r["data_kind"] for r in whole if r["value"] is not None}) > 1
    styles = at_most(GROUPS, len(groups))
    series = []
    for g, style in zip(groups, styles, strict=True):
        own = sorted((r for r in whole if r["population_group"] == g), key=_order)
        label = "" if len(groups) == 1 else edition.label("population_group", g)
        points = tuple(
            _point(edition, r, chain_of(r, breaks), "hollow" if mixed and r["data_kind"] == SYNTHETIC else "")
            for r in own
        )
        series.append(Series(label, style, points, valued=not label))
    unit = "" if indicator["unit"] == "ratio" else edition.unit(indicator["unit"])
    title = ranged(edition, edition.full_title(indicator["indicator_id"]), unit, years)
    drawn = Plot(
        name,
        title,
        _described(edition, indicator, groups, whole),
        tuple(series),
        edition.shown,
        breaks=drawn_breaks(breaks),
        whole=indicator["measure"] == "count",
        floor=indicator["unit"] != "ratio",
        watermark=watermark(edition, whole),
    )
    notes = [edition.say("note_95")] if any(r["ci_low"] is not None for r in whole) else []
    if mixed:
        notes.append(edition.say("note_mixed"))
    elif all(r["data_kind"] == OFFICIAL for r in whole):
        notes.append(edition.say("note_official"))
    file_rows = [_file_row(r) for r in whole]
    return figure(edition, drawn, notes, breaks, _trend_table(edition, title, groups, whole, breaks), file_rows)


def _order(row: Row) -> tuple[float, str]:
    return place_of(row), row.row_id


def _point(edition: Edition, row: Row, chain: str, shape: str) -> Point:
    if row["value"] is None:
        reason = str(row["missing_reason"])
        word = edition.gap_word(reason)
        return Point(place_of(row), ref=row.ref("value"), word=word, hidden=reason == "suppressed", chain=chain)
    shown = edition.shown(row["value"], edition.decimals(row, "value"))
    return Point(
        place_of(row),
        row["value"],
        row["ci_low"],
        row["ci_high"],
        row.ref("value"),
        shape=shape,
        shown=shown,
        chain=chain,
    )


def _described(edition: Edition, indicator: Row, groups: list[str], rows: list[Row]) -> str:
    """First and last figure of each group, and the years without one."""
    said = []
    for g in groups:
        own = sorted((r for r in rows if r["population_group"] == g), key=place_of)
        known = [r for r in own if r["value"] is not None]
        name = edition.label("population_group", g)
        ends = [edition.shown(r["value"], edition.decimals(r, "value")) for r in known[:1] + known[-1:]]
        if len(known) > 1:
            ends_at = {"from_year": known[0]["year"], "to_year": known[-1]["year"]}
            said.append(edition.say("describe_first_last", group=name, first=ends[0], last=ends[1], **ends_at))
        elif known:
            said.append(edition.say("describe_one", group=name, last=ends[0], to_year=known[0]["year"]))
        else:
            said.append(edition.say("describe_none", group=name))
    return " ".join([*said, *_missing_years(edition, rows)])


def _missing_years(edition: Edition, rows: list[Row]) -> list[str]:
    words: dict[str, set[int]] = {}
    for r in rows:
        if r["value"] is None:
            words.setdefault(edition.gap_word(str(r["missing_reason"])), set()).add(int(r["year"]))
    return [
        edition.say("describe_missing", word=word.capitalize(), years=", ".join(map(str, sorted(years))))
        for word, years in sorted(words.items())
    ]


def file_row(row: Row, **values: Any) -> dict[str, str]:
    """A line of a chart's data file: `values` by column (FILE_COLUMNS), and the kind and id of the row."""
    said = values | {"data_kind": row["data_kind"], "row": row.row_id}
    return {k: "" if v is None else exact(v) for k, v in said.items()}


def _file_row(row: Row) -> dict[str, str]:
    return file_row(
        row,
        year=row["year"],
        group=row["population_group"],
        value=row["value"],
        low=row["ci_low"],
        high=row["ci_high"],
        numerator=row["numerator"],
        denominator=row["denominator"],
        unit=row["unit"],
        missing_reason=row["missing_reason"],
    )


def _trend_table(edition: Edition, caption: str, groups: list[str], rows: list[Row], breaks: Sequence[Row]) -> Table:
    """Newest year first; a group's figure, its interval and its counts beside each other."""
    intervals = any(r["ci_low"] is not None for r in rows)
    counts = any(r["denominator"] is not None for r in rows)
    first = next((r for r in rows if r["value"] is not None), rows[0])
    unit = edition.unit(first["unit"])
    inner = [Column(unit, True)]
    inner += [Column(edition.say("interval95"), True)] if intervals else []
    inner += [Column(edition.say("count_of"), True)] if counts else []
    columns = [Column(edition.say("year")), *(c for _ in groups for c in inner)]
    versions = len({r.get("definition_version") for r in rows}) > 1
    if versions:
        columns.append(Column(edition.say("definition")))
    kinds = len({r["data_kind"] for r in rows}) > 1
    if kinds:
        columns.append(Column(edition.say("kind")))
    first_year = min(r["year"] for r in rows)
    broken = {int(str(b["from_date"])[:4]) for b in breaks if not b["comparable"]}
    lines: list[list[Markup | str]] = []
    for year, version in sorted(
        {(r["year"], r.get("definition_version")) for r in rows}, key=lambda k: (-k[0], str(k[1]))
    ):
        own = {r["population_group"]: r for r in rows if r["year"] == year and r.get("definition_version") == version}
        mark = (
            f" {edition.say('break_mark')}"
            # the first figure of a series breaks with nothing that is shown
            if year in broken or (year > first_year and any(r["obs_status"] == "B" for r in own.values()))
            else ""
        )
        line: list[Markup | str] = [f"{year}{mark}"]
        for g in groups:
            row = own.get(g)
            line.append(edition.cell(row, "value"))
            line += [_interval(edition, row)] if intervals else []
            line += [_counts(edition, row)] if counts else []
        line += [edition.label("definition_version", version) if version else edition.gap("none")] if versions else []
        line += [edition.kinds(list(own.values())) or edition.gap("none")] if kinds else []
        lines.append(line)
    heads = [(edition.label("population_group", g), len(inner)) for g in groups]
    extra = versions + kinds
    grouped = [("", 1), *heads, *([("", extra)] if extra else [])] if len(groups) > 1 else []
    return Table(caption, columns, lines, grouped)


def _interval(edition: Edition, row: Row | None) -> Markup:
    return edition.gap("none") if row is None else edition.interval(row, "ci_low", "ci_high")


def _counts(edition: Edition, row: Row | None) -> Markup:
    if row is None or row["denominator"] is None:
        return edition.cell(row, "denominator") if row is None or row["value"] is None else edition.gap("none")
    count = edition.cell(row, "numerator")
    # the address of the one leads to the other: it is the same row
    return Markup("{} {} {}").format(count, edition.say("of"), edition.shown(row["denominator"], 0))
