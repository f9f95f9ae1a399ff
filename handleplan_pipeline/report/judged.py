"""What a rule judges: its figure by year against the limit, as a chart, a table and a strip."""

from markupsafe import Markup

from handleplan_pipeline.report.charts import shapes, strip
from handleplan_pipeline.report.charts.palette import GROUPS, INK, Style
from handleplan_pipeline.report.charts.plot import Line, Plot, Point, Series
from handleplan_pipeline.report.charts.strip import Strip
from handleplan_pipeline.report.edition import COUNTED, RATIOS, Edition
from handleplan_pipeline.report.figures import (
    Figure,
    breaks_of,
    chain_of,
    drawn_breaks,
    figure,
    file_row,
    ranged,
    watermark,
)
from handleplan_pipeline.report.headline import Goal
from handleplan_pipeline.report.release import Row
from handleplan_pipeline.report.tables import Column, Table

JUDGED = Style(INK, "ring")
LIMIT = "limit_value"


def even_of(quantity: str) -> float | None:
    """The value that means no difference or no change; none for counts."""
    if quantity in COUNTED:
        return None
    return 1.0 if quantity in RATIOS else 0.0


def outcome(reading: Row) -> str:
    """The verdict to show of a reading: before it is due, it is not due whatever the numbers say."""
    return "not_due" if reading["due"] is False else str(reading["result"])


def _title(edition: Edition, goal: Goal, indicator: Row, readings: list[Row]) -> str:
    rest = edition.say(f"quantity_{readings[0]['quantity']}", base=_base(goal, readings))
    if len(goal.indicators) == 1:
        return rest
    return edition.say(
        "of_indicator", title=edition.full_title(indicator["indicator_id"]), rest=rest[0].lower() + rest[1:]
    )


def _base(goal: Goal, readings: list[Row]) -> object:
    return next((r["baseline_year"] for r in readings if r["baseline_year"]), goal.row["baseline_year"])


def chart(edition: Edition, goal: Goal, indicator: Row, name: str) -> Figure | None:
    """The judged figure by year with its 90 per cent interval, the limit and what the rule allows, or None."""
    readings = goal.judged(indicator)
    known = [r for r in readings if r["estimate"] is not None]
    if not known:
        return None
    quantity = known[0]["quantity"]
    counted = quantity in COUNTED
    years = [int(r["year"]) for r in readings]
    breaks = breaks_of(edition, [indicator["indicator_id"]], years[0], years[-1])
    title = ranged(edition, _title(edition, goal, indicator, readings), "", years)
    limit = next((r for r in reversed(known) if r[LIMIT] is not None), None)
    style = GROUPS[0] if counted else JUDGED
    series = Series(
        "", style, tuple(_point(edition, r, chain_of(r, breaks)) for r in readings), joined=counted, valued=counted
    )
    drawn = Plot(
        name,
        title,
        " ".join(_said(edition, r) for r in readings),
        (series,),
        edition.shown,
        lines=_lines(edition, limit, quantity),
        breaks=drawn_breaks(breaks),
        zone=_zone(goal, limit),
        whole=counted,
        floor=counted,
        watermark=watermark(edition, readings),
    )
    notes = [edition.say("note_counted" if counted else "note_90")]
    rows = [_file_row(r) for r in readings]
    return figure(edition, drawn, notes, breaks, table(edition, goal, title, readings), rows)


def _point(edition: Edition, r: Row, chain: str) -> Point:
    if r["estimate"] is None:
        hidden = r["result"] == "suppressed"
        reason = (
            "suppressed" if hidden else ("not_due" if r["due"] is False or r["result"] == "not_due" else "not_computed")
        )
        return Point(float(r["year"]), ref=r.ref("estimate"), word=edition.gap_word(reason), hidden=hidden, chain=chain)
    shape = shapes.VERDICTS.get(outcome(r), "ring")
    shown = edition.shown(r["estimate"], edition.decimals(r, "estimate"))
    ends = r["lower90"], r["upper90"]
    return Point(float(r["year"]), r["estimate"], *ends, r.ref("estimate"), shape=shape, shown=shown, chain=chain)


def _said(edition: Edition, r: Row) -> str:
    value = edition.gap_word("not_computed")
    if r["estimate"] is not None:
        value = edition.shown(r["estimate"], edition.decimals(r, "estimate"))
    return edition.say(
        "describe_verdict", year=r["year"], value=value, verdict=edition.label("result", outcome(r)).lower()
    )


def _lines(edition: Edition, limit: Row | None, quantity: str) -> tuple[Line, ...]:
    even, lines = even_of(quantity), []
    changed = quantity not in ("difference", "standardised_ratio")
    if limit is not None:
        value = limit[LIMIT]
        words = edition.shown(value, edition.decimals(limit, LIMIT))
        same = even is not None and abs(value - even) < 1e-9
        key = "at_most" if quantity in COUNTED else "limit_is"
        lines.append(Line(value, edition.say(key, value=words), limit=True))
        if same:
            return tuple(lines)
    if even is not None:
        lines.append(Line(even, edition.say("no_change" if changed else "no_difference"), limit=False))
    return tuple(lines)


def _zone(goal: Goal, limit: Row | None) -> tuple[float | None, float | None] | None:
    if limit is None:
        return None
    value = limit[LIMIT]
    return (value, None) if goal.higher_is_better else (None, value)


def _file_row(r: Row) -> dict[str, str]:
    return file_row(
        r,
        year=r["year"],
        group=r["population_group"],
        value=r["estimate"],
        low=r["lower90"],
        high=r["upper90"],
        unit=r["quantity"],
        verdict=outcome(r),
    )


def table(edition: Edition, goal: Goal, caption: str, readings: list[Row]) -> Table:
    """Newest year first: figure, interval, limit, adjusted figure and the verdict of the year."""
    adjusted = any(r["adjusted_value"] is not None for r in readings)
    intervals = any(r["lower90"] is not None for r in readings)
    columns = [Column(edition.say("year")), Column(edition.say("value"), True)]
    columns += [Column(edition.say("interval90"), True)] if intervals else []
    columns += [Column(edition.say("limit"), True)]
    columns += [Column(edition.say("adjusted"), True)] if adjusted else []
    columns += [Column(edition.say("verdict"))]
    rows = []
    for r in reversed(readings):
        line: list[Markup | str] = [str(r["year"]), _cell(edition, r, "estimate")]
        line += [_range(edition, r)] if intervals else []
        line += [_cell(edition, r, LIMIT)]
        line += [_cell(edition, r, "adjusted_value")] if adjusted else []
        rows.append([*line, _verdict(edition, r)])
    return Table(caption, columns, rows)


def _verdict(edition: Edition, r: Row) -> Markup:
    code = outcome(r)
    if ("badge", code) in edition.release.labels:
        return edition.badge(code)
    return Markup("{}").format(edition.label("result", code))


def _gap(edition: Edition, r: Row) -> Markup:
    if r["result"] == "suppressed":
        return edition.gap("suppressed")
    return edition.gap("not_due" if r["due"] is False or r["result"] == "not_due" else "not_computed")


def _cell(edition: Edition, r: Row, column: str) -> Markup:
    if r[column] is not None:
        return edition.number(r, column)
    return edition.gap("not_computed") if column == "adjusted_value" else _gap(edition, r)


def _range(edition: Edition, r: Row) -> Markup:
    return _gap(edition, r) if r["lower90"] is None else edition.interval(r, "lower90", "upper90")


def strip_of(edition: Edition, goal: Goal, indicator: Row, year: int, name: str) -> Markup | None:
    """The strip of an indicator in a year; None where nothing was judged."""
    reading = goal.reading(indicator, year)
    if reading is None or reading["result"] in ("not_assessed", "not_due"):
        return None
    title = edition.say("strip_title", title=edition.full_title(indicator["indicator_id"]))
    verdict = edition.label("result", outcome(reading))
    limit = reading[LIMIT]
    if reading["estimate"] is None or limit is None:
        if reading["result"] != "suppressed":
            return None
        hidden = Strip(name, title, edition.say("strip_hidden", verdict=verdict), "suppressed", 0, None, True, False)
        return Markup(strip.draw(hidden))
    ahead = (reading["estimate"] - limit) * (1 if goal.higher_is_better else -1)
    side = edition.say("side_at" if abs(ahead) < 1e-9 else "side_right" if ahead > 0 else "side_left")
    quantity = reading["quantity"]
    drawn = Strip(
        name,
        title,
        edition.say("strip_description", verdict=verdict, side=side),
        outcome(reading),
        limit,
        even_of(quantity),
        goal.higher_is_better,
        quantity in RATIOS,
        reading["estimate"],
        reading["lower90"],
        reading["upper90"],
        reading.ref("estimate"),
    )
    return Markup(strip.draw(drawn))
