"""The two baselines: what was published, what the registers give, and every year since."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from handleplan_pipeline.report.blocks import Block, Items, Page, Section, Text
from handleplan_pipeline.report.charts import rows as chart
from handleplan_pipeline.report.charts.palette import GROUPS
from handleplan_pipeline.report.charts.rows import Mark, Rows
from handleplan_pipeline.report.edition import SYNTHETIC, Edition
from handleplan_pipeline.report.figures import Figure, file_row, watermark
from handleplan_pipeline.report.goal_page import from_row
from handleplan_pipeline.report.release import Row, split
from handleplan_pipeline.report.tables import Column, Table

YEARLY = "baselines_years.html"
PUBLISHED, RECOMPUTED = "as_published", "recomputed"
ORDER = ("all", "minority", "danish", "unknown", "non_western", "western", "immigrant", "descendant")


NAMED = "baseline.baseline_"
"""How the table of a baseline begins."""


@dataclass(frozen=True)
class Baseline:
    """One baseline: its table, its rows of whole groups under a label, and the years shown beside each other."""

    table: str
    rows: Sequence[Row]

    @property
    def anchor(self) -> str:
        return self.table.removeprefix(NAMED)

    @property
    def years(self) -> tuple[int, ...]:
        """The first year there are data of, and those that the label names."""
        first = [min(int(r["data_year"]) for r in self.rows)] if self.rows else []
        labels = {str(r["baseline_label"]) for r in self.rows}
        return tuple(sorted({*first, *(int(y) for label in labels for y in label.split("/"))}))


def _baselines(edition: Edition) -> list[Baseline]:
    return [Baseline(t, _rows(edition, t)) for t in edition.release.names() if t.startswith(NAMED)]


def page(edition: Edition) -> Page:
    """Both baselines; published figures stand, those of the registers stand beside them."""
    sections, figures = [], []
    for b in _baselines(edition):
        blocks, drawn = _section(edition, b)
        figures += drawn
        sections.append(Section(b.anchor, edition.say(f"h_{b.anchor}"), blocks))
    lead = edition.say("lead_baselines")
    return Page("baselines.html", edition.say("title_baselines"), sections, lead, lead=lead, figures=figures)


def _rows(edition: Edition, table: str) -> list[Row]:
    """Whole groups under a label of the baseline."""
    return [r for r in edition.release.rows(table) if r["subgroup"] == "total" and r["baseline_label"] is not None]


def yearly(edition: Edition) -> Page:
    """What the registers give of both baselines, every year."""
    sections = []
    for b in _baselines(edition):
        known = any(r["series"] == RECOMPUTED for r in b.rows)
        table = _yearly(edition, b, b.rows) if known else Text(edition.say("no_baseline_rows"))
        sections.append(Section(b.anchor, edition.say(f"h_{b.anchor}"), [table]))
    lead = Markup('<a href="baselines.html">{}</a>').format(edition.say("title_baselines"))
    title = edition.say("recomputed_every_year")
    return Page(YEARLY, title, sections, title, lead=lead)


def _section(edition: Edition, b: Baseline) -> tuple[list[Block], list[Figure]]:
    rows = b.rows
    if not rows:
        return [Text(edition.say("no_baseline_rows"))], []
    blocks: list[Block] = [Text(_used_for(edition, rows))]
    known = {r["id"]: r for r in edition.release.rows("meta.caveat")}
    caveats = sorted({c for r in rows for c in split(r["caveats"]) if c in known})
    if caveats:
        blocks.append(Items([from_row(edition, known[c], "text") for c in caveats]))
    figure = _pairs(edition, b, rows)
    if figure:
        blocks.append(figure)
    blocks.append(_beside(edition, b, rows))
    link = Markup('<a href="{}#{}">{}</a>').format(YEARLY, b.anchor, edition.say("recomputed_every_year"))
    blocks.append(Text(link))
    where = Markup("<code>{}</code>").format(b.table)
    blocks.append(Text(Markup("{} {}.").format(edition.say("subgroups_in"), where), "note"))
    return blocks, [figure] if figure else []


def _used_for(edition: Edition, rows: Sequence[Row]) -> Markup:
    """The goals that are judged against the baseline."""
    numbers = sorted({n for i in {r["indicator_id"] for r in rows} for n in split(_goals_of(edition, i))}, key=int)
    by_number = {str(g["goal"]): g for g in edition.release.goals}
    links = [
        Markup('<a href="{}.html">{}. {}</a>').format(by_number[n]["slug"], n, edition.own(by_number[n], "title"))
        for n in numbers
    ]
    return Markup("{}: {}.").format(edition.say("used_for"), Markup(", ").join(links))


def _goals_of(edition: Edition, indicator_id: str) -> str:
    indicator = edition.release.indicators.get(indicator_id)
    return str(indicator["goals"]) if indicator else ""


def _quantity(edition: Edition, row: Row) -> str:
    """The name of a quantity: its indicator's title, or its code's label."""
    own = edition.release.indicators.get(f"{row['indicator_id']}_{row['quantity']}")
    if own and own.get(f"title_{edition.language}"):
        return str(own[f"title_{edition.language}"])
    return edition.coded(row, "quantity")


def _keys(rows: Sequence[Row]) -> list[tuple[str, str]]:
    """Quantities and groups in a stable order."""
    found = {(r["quantity"], r["population_group"]) for r in rows}
    return sorted(found, key=lambda k: (k[0], ORDER.index(k[1]) if k[1] in ORDER else len(ORDER)))


def _find(rows: Sequence[Row], key: tuple[str, str], year: int, series: str) -> Row | None:
    found = [r for r in rows if (r["quantity"], r["population_group"]) == key and r["data_year"] == year]
    own = [r for r in found if r["series"] == series]
    # a row of neither series says why there is no figure at all
    return next(iter([*own, *(r for r in found if r["series"] == "none")]), None)


def _beside(edition: Edition, b: Baseline, rows: Sequence[Row]) -> Table:
    """As published, recomputed and the difference, of both years beside each other."""
    inner = [edition.say(w) for w in ("as_published", "recomputed", "difference")]
    columns = [Column(edition.say("quantity")), Column(edition.say("group")), Column(edition.say("unit"))]
    columns += [Column(w, True) for _ in b.years for w in inner]
    lines = []
    for key in _keys([r for r in rows if r["data_year"] in b.years]):
        own = [r for r in rows if (r["quantity"], r["population_group"]) == key]
        line: list[Markup | str] = [
            _quantity(edition, own[0]),
            edition.label("population_group", key[1]),
            edition.unit(own[0]["unit"]),
        ]
        for year in b.years:
            published, recomputed = (_find(rows, key, year, s) for s in (PUBLISHED, RECOMPUTED))
            line += [
                _published(edition, published),
                _cell(edition, recomputed),
                _difference(edition, published, recomputed),
            ]
        lines.append(line)
    heads = [("", 3), *((str(y), 3) for y in b.years)]
    caption = f"{edition.say(f'h_{b.anchor}')}: {edition.say('beside_baseline')}"
    return Table(caption, columns, lines, heads)


def _cell(edition: Edition, row: Row | None) -> Markup:
    return edition.gap("not_published") if row is None else edition.cell(row, "value")


def _published(edition: Edition, row: Row | None) -> Markup:
    """A published figure with its source, and "about" where it was printed so."""
    if row is None or row["value"] is None or row["series"] != PUBLISHED:
        return _cell(edition, row if row is not None and row["series"] == "none" else None)
    about = f"{edition.say('approximately')} " if row["approximate"] else ""
    source = edition.source_link(row["source_id"])
    return Markup('<span class="wrap">{}{} ({})</span>').format(about, edition.number(row, "value"), source)


def _difference(edition: Edition, published: Row | None, recomputed: Row | None) -> Markup:
    if published is None or recomputed is None or published["value"] is None or recomputed["value"] is None:
        return edition.gap("not_computed")
    return edition.difference(recomputed, published, "value")


def _yearly(edition: Edition, b: Baseline, rows: Sequence[Row]) -> Table:
    """What the registers give, every year; the words where nothing was counted."""
    years = sorted({r["data_year"] for r in rows if r["series"] != PUBLISHED}, reverse=True)
    columns = [Column(edition.say("quantity")), Column(edition.say("group")), *(Column(str(y), True) for y in years)]
    lines: list[list[Markup | str]] = []
    for key in _keys([r for r in rows if r["series"] == RECOMPUTED]):
        own = {
            r["data_year"]: r
            for r in rows
            if (r["quantity"], r["population_group"]) == key and r["series"] != PUBLISHED
        }
        first = next(iter(own.values()))
        name = _quantity(edition, first)
        cells = [edition.cell(own[y], "value") if y in own else edition.gap("none") for y in years]
        lines.append([name, edition.label("population_group", key[1]), *cells])
    caption = f"{edition.say(f'h_{b.anchor}')}: {edition.say('recomputed_every_year')}"
    return Table(caption, columns, lines)


def _pairs(edition: Edition, b: Baseline, rows: Sequence[Row]) -> Figure | None:
    """Published and recomputed persons as pairs of points, where both are there."""
    pairs = sorted(_paired(rows), key=lambda p: (p[0]["quantity"], p[0]["population_group"], p[0]["data_year"]))
    if not pairs:
        return None
    title = edition.say("pairs_title")
    labels = [
        f"{_quantity(edition, p)}, {edition.label('population_group', p['population_group']).lower()}, {p['data_year']}"
        for p, _ in pairs
    ]
    marks = [
        (
            Mark(p["value"], GROUPS[1], ref=p.ref("value")),
            Mark(r["value"], GROUPS[0], ref=r.ref("value")),
        )
        for p, r in pairs
    ]
    said = [
        edition.say(
            "describe_pair",
            label=label,
            published=edition.shown(p["value"], 0),
            recomputed=edition.shown(r["value"], 0),
        )
        for label, (p, r) in zip(labels, pairs, strict=True)
    ]
    every = [row for pair in pairs for row in pair]
    drawn = Rows(
        f"baseline-{b.anchor}",
        title,
        " ".join(said),
        tuple(chart.Row(label, m) for label, m in zip(labels, marks, strict=True)),
        edition.shown,
        floor=True,
        watermark=watermark(edition, every),
    )
    wide, narrow = chart.draw(drawn)
    table = Table(
        title,
        [
            Column(edition.say("what")),
            Column(edition.say("as_published"), True),
            Column(edition.say("recomputed"), True),
        ],
        [
            [label, _published(edition, p), edition.cell(r, "value")]
            for label, (p, r) in zip(labels, pairs, strict=True)
        ],
    )
    made_up = any(r["data_kind"] == SYNTHETIC for _, r in pairs)
    notes = [edition.say("note_pairs"), *([edition.say("note_pairs_made_up")] if made_up else [])]
    return Figure(drawn.name, title, Markup(wide), Markup(narrow), notes, [], table, [_file_row(r) for r in every])


def _paired(rows: Sequence[Row]) -> Iterator[tuple[Row, Row]]:
    """A published number of persons and the recomputed one beside it, where both are there."""
    for r in rows:
        if r["series"] == PUBLISHED and r["value"] is not None and r["unit"] == "persons":
            other = _find(rows, (r["quantity"], r["population_group"]), r["data_year"], RECOMPUTED)
            if other is not None and other["value"] is not None:
                yield r, other


def _file_row(r: Row) -> dict[str, str]:
    return file_row(
        r,
        year=r["data_year"],
        group=r["population_group"],
        value=r["value"],
        numerator=r["numerator"],
        denominator=r["denominator"],
        unit=r["unit"],
        missing_reason=r["missing_reason"],
    )
