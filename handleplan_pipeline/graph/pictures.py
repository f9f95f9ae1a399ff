"""What a goal's asset shows in Dagster: the series its headline is about, as a picture and as a table.

Dagster renders Markdown and drops SVG and HTML that stand in it; a picture by address it keeps, and so
the drawing is one (record 0066). The table beside it says the same to whoever cannot see it.
"""

import base64
from collections.abc import Callable, Mapping, Sequence
from html import escape

import dagster as dg
import polars as pl

from handleplan_pipeline.catalogue import Catalogue, Goal, Indicator

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 520, 180, 16, 26, 130, 24
COLOURS = ("#b3391b", "#1f5f8b")
"""Of the goal's group and of what it is compared with; each line is named at its end too."""
MARK = "SYNTHETIC FIGURES"
NO_SERIES = "No figure of this goal can be shown."
Points = dict[int, float | None]


def chart(catalogue: Catalogue, goal: Goal, frame: pl.DataFrame) -> dg.MetadataValue:
    """The headline's series of a goal, of rows of its table or of `output.observation`. Hidden years are gaps."""
    parts = [_of_indicator(catalogue, catalogue.indicator(i), goal, frame) for i in goal.headline_indicators]
    return dg.MetadataValue.md("\n\n".join(p for p in parts if p) or NO_SERIES)


def _of_indicator(catalogue: Catalogue, indicator: Indicator, goal: Goal, frame: pl.DataFrame) -> str:
    wanted = {
        "goal": goal.number,
        "indicator_id": indicator.id,
        "measure": indicator.measure,
        "geography": indicator.geography,
        "sex": indicator.sex,
        "age_group": indicator.age_group,
    }
    rows = frame.filter(pl.all_horizontal(pl.col(n) == v for n, v in wanted.items()))
    groups = _groups(indicator, goal, set(rows["population_group"]))
    rows = rows.filter(pl.col("population_group").is_in(groups)).sort("year")
    if rows.is_empty():
        return ""
    marked = bool((rows["data_kind"] == "synthetic").any())
    names = {g: catalogue.label("population_group", g).label_en for g in groups}
    found = {names[g]: _points(rows.filter(pl.col("population_group") == g)) for g in groups}
    unit = catalogue.label("unit", indicator.unit).label_en.strip("()")
    title = f"{indicator.title_en} ({unit})"
    lines = [f"**{title}**" + (f" {MARK}" if marked else "")]
    if any(v is not None for points in found.values() for v in points.values()):
        drawn = base64.b64encode(_drawing(found, title, marked).encode()).decode()
        lines.append(f"![{title}: the table below has the figures](data:image/svg+xml;base64,{drawn})")
    return "\n\n".join([*lines, _table(catalogue, rows, names, indicator.decimals)])


def _groups(indicator: Indicator, goal: Goal, there: set[str]) -> list[str]:
    """The goal's group and the one it is compared with; without two of them, everybody too."""
    found = [g for g in (goal.population_group, indicator.reference_group) if g in there]
    return list(dict.fromkeys([*found, *(["all"] if len(found) < 2 and "all" in there else [])]))


def _points(rows: pl.DataFrame) -> Points:
    """A year's value; of a year with several lists, the last one's."""
    return dict(zip(rows["year"].to_list(), rows["value"].to_list(), strict=True))


def _table(catalogue: Catalogue, rows: pl.DataFrame, names: Mapping[str, str], decimals: int) -> str:
    cells: dict[tuple[int, str], str] = {}
    for r in rows.to_dicts():
        said = "" if r["missing_reason"] is None else catalogue.label("missing_reason", r["missing_reason"]).label_en
        cells[r["year"], r["population_group"]] = said if r["value"] is None else f"{r['value']:.{decimals}f}"
    years = sorted({year for year, _ in cells})
    head = f"| year | {' | '.join(names.values())} |\n|---|{'---|' * len(names)}\n"
    return head + "\n".join(f"| {y} | {' | '.join(cells.get((y, g), '') for g in names)} |" for y in years)


def _drawing(found: Mapping[str, Points], title: str, marked: bool) -> str:
    years = sorted({y for points in found.values() for y in points})
    top = max(v for points in found.values() for v in points.values() if v is not None) or 1.0
    step = (WIDTH - LEFT - RIGHT) / max(len(years) - 1, 1)
    x = {y: LEFT + i * step for i, y in enumerate(years)}
    base = HEIGHT - BOTTOM

    def at(value: float) -> float:
        return base - value / top * (base - TOP)

    drawn = [f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{base}" y2="{base}" stroke="#888"/>']
    drawn += [_text(x[y], HEIGHT - 8, str(y), "middle") for y in (years[0], years[-1])]
    ends: list[float] = []
    for (name, points), colour in zip(found.items(), COLOURS, strict=False):
        drawn += [
            f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>'
            for line in _lines(points, x, at)
        ]
        shown = {y: v for y, v in points.items() if v is not None}
        drawn += [f'<circle cx="{x[y]:.1f}" cy="{at(v):.1f}" r="3" fill="{colour}"/>' for y, v in shown.items()]
        if shown:
            last = max(shown)
            ends.append(_free(at(shown[last]) + 4, ends))
            drawn.append(_text(x[years[-1]] + 10, ends[-1], name, "start", colour))
    if marked:
        drawn.append(_text(LEFT, 16, MARK, "start", "#b00020"))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" role="img">'
        f'<title>{escape(title)}</title><rect width="100%" height="100%" fill="#fff"/>{"".join(drawn)}</svg>'
    )


def _lines(points: Points, x: Mapping[int, float], at: Callable[[float], float]) -> list[str]:
    """A line per run of years that have a value: nothing is drawn through what is not known."""
    runs: list[list[str]] = [[]]
    for year in sorted(x):
        value = points.get(year)
        if value is None:
            runs.append([])
        else:
            runs[-1].append(f"{x[year]:.1f},{at(value):.1f}")
    return [" ".join(r) for r in runs if len(r) > 1]


def _free(wanted: float, taken: Sequence[float]) -> float:
    """A place for a name that covers no other one."""
    while any(abs(wanted - t) < 14 for t in taken):
        wanted += 14
    return wanted


def _text(x: float, y: float, text: str, anchor: str, colour: str = "#222") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}" font-family="sans-serif" '
        f'font-size="12">{escape(text)}</text>'
    )
