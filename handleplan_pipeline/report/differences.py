"""All differences between groups on one scale: percentage points, and ratios apart."""

from collections.abc import Callable

from markupsafe import Markup

from handleplan_pipeline.report.blocks import Page, Section, Text
from handleplan_pipeline.report.charts import rows as chart
from handleplan_pipeline.report.charts.palette import GROUPS
from handleplan_pipeline.report.charts.rows import Mark, Rows
from handleplan_pipeline.report.edition import SYNTHETIC, Edition
from handleplan_pipeline.report.figures import Figure, file_row, watermark
from handleplan_pipeline.report.headline import goals, judged_group
from handleplan_pipeline.report.release import Row
from handleplan_pipeline.report.tables import Column, Table

RATIOS = ("ratio", "standardised_ratio")


def page(edition: Edition) -> Page:
    """Two forests: differences in percentage points and ratios, of the year of the verdict."""
    first = _figure(edition, "differences-1", "forest_points", _is_points, logarithmic=False)
    second = _figure(edition, "differences-2", "forest_ratios", _is_ratio, logarithmic=True)
    sections = [
        Section(anchor, edition.say(f"h_{words}"), [figure] if figure else [Text(edition.say("no_differences"))])
        for anchor, words, figure in (("points", "forest_points", first), ("ratios", "forest_ratios", second))
    ]
    lead = edition.say("lead_differences")
    found = [f for f in (first, second) if f]
    return Page("differences.html", edition.say("title_differences"), sections, lead, lead=lead, figures=found)


def _is_points(edition: Edition, r: Row) -> bool:
    return bool(r["contrast"] == "difference" and edition.release.indicators[r["indicator_id"]]["unit"] == "percent")


def _is_ratio(edition: Edition, r: Row) -> bool:
    return (
        r["contrast"] in RATIOS
        and r["value"] is not None
        and r["value"] > 0
        and (r["ci_low"] is None or r["ci_low"] > 0)
    )


def contrasts(edition: Edition, wanted: Callable[[Edition, Row], bool]) -> list[Row]:
    """The wanted contrasts in the year of each goal's verdict, in the order of goals and indicators."""
    years = {g.number: g.status["year"] for g in goals(edition.release)}
    found = [
        r
        for r in edition.release.rows("output.contrast", unknown_as="none")
        if r["indicator_id"] in edition.release.indicators and r["year"] == years.get(r["goal"]) and wanted(edition, r)
    ]
    return sorted(found, key=lambda r: (r["goal"], r["indicator_id"], r["contrast"], str(judged_group(r))))


def _figure(
    edition: Edition, name: str, words: str, wanted: Callable[[Edition, Row], bool], logarithmic: bool
) -> Figure | None:
    found = contrasts(edition, wanted)
    if not found:
        return None
    titles = [_title(edition, r) for r in found]
    mixed = len({r["data_kind"] for r in found if r["value"] is not None}) > 1
    decimals = 2 if logarithmic else 1
    drawn = Rows(
        name,
        edition.say(words),
        _described(edition, found, decimals),
        tuple(chart.Row(t, (_mark(r, mixed),), _zone(r)) for t, r in zip(titles, found, strict=True)),
        edition.shown,
        even=1.0 if logarithmic else 0.0,
        logarithmic=logarithmic,
        watermark=watermark(edition, found),
    )
    wide, narrow = chart.draw(drawn)
    notes = [edition.say("note_forest"), *([edition.say("note_mixed")] if mixed else [])]
    table = _table(edition, drawn.title, titles, found, decimals)
    return Figure(name, drawn.title, Markup(wide), Markup(narrow), notes, [], table, [_file_row(r) for r in found])


def _title(edition: Edition, r: Row) -> str:
    groups = edition.label("population_group", judged_group(r)).lower()
    here = r["geography"] == edition.release.municipality
    where = "" if here else f" ({edition.label('geography', r['geography']).lower()})"
    kind = f", {edition.say('standardised')}" if r["contrast"] == "standardised_ratio" else ""
    return f"{r['goal']}. {edition.full_title(r['indicator_id'])}, {groups}{kind}{where}"


def _mark(r: Row, mixed: bool) -> Mark:
    """Made-up figures are hollow where official ones stand among them."""
    shape = "hollow" if mixed and r["data_kind"] == SYNTHETIC else ""
    return Mark(r["value"], GROUPS[0], r["ci_low"], r["ci_high"], r.ref("value"), shape=shape)


def _zone(r: Row) -> tuple[float | None, float | None] | None:
    """What the rule allows, where it has a margin."""
    if r["margin"] is None:
        return None
    return (-abs(r["margin"]), None) if r["contrast"] == "difference" else (None, r["margin"])


def _described(edition: Edition, found: list[Row], decimals: int) -> str:
    values = [r["value"] for r in found if r["value"] is not None]
    low, high = (edition.shown(v, decimals) for v in (min(values), max(values)))
    return edition.say("describe_rows", count=len(found), low=low, high=high)


def _table(edition: Edition, caption: str, titles: list[str], found: list[Row], decimals: int) -> Table:
    words = ("what", "reference_group", "value", "interval95", "year")
    columns = [Column(edition.say(w), w in ("value", "interval95")) for w in words]
    lines: list[list[Markup | str]] = [
        [
            t,
            edition.label("population_group", r["reference_group"]),
            edition.cell(r, "value", decimals),
            edition.interval(r, "ci_low", "ci_high", decimals),
            str(r["year"]),
        ]
        for t, r in zip(titles, found, strict=True)
    ]
    return Table(caption, columns, lines)


def _file_row(r: Row) -> dict[str, str]:
    return file_row(
        r,
        year=r["year"],
        group=judged_group(r),
        value=r["value"],
        low=r["ci_low"],
        high=r["ci_high"],
        unit=r["contrast"],
    )
