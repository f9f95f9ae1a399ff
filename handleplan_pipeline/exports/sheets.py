"""What stands on the sheets of a goal's workbook: words of both languages and columns of typed values."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from handleplan_pipeline.exports.release import Field, Release, Table

Kind = Literal["text", "number", "truth"]
Row = dict[str, Any]

SHEETS = {
    "front": {"da": "Forside", "en": "Front page"},
    "figures": {"da": "Tal", "en": "Figures"},
    "verdict": {"da": "Dom", "en": "Verdict"},
    "all": {"da": "Alle tal", "en": "All figures"},
    "caveats": {"da": "Forbehold", "en": "Caveats"},
    "dictionary": {"da": "Ordliste", "en": "Dictionary"},
}
HOLDS = {
    "figures": {"da": "de målbærende serier i alt", "en": "the series that bear the goal, as wholes"},
    "verdict": {
        "da": "dommen pr. år med interval, grænse og regel",
        "en": "the verdict by year with interval, limit and rule",
    },
    "all": {"da": "hele målets tabel", "en": "the whole table of the goal"},
    "caveats": {"da": "forbehold ved tallene", "en": "caveats of the figures"},
    "dictionary": {"da": "kolonnerne i »Alle tal«", "en": "the columns of All figures"},
}
GOAL = {"da": "Resultatmål", "en": "Result goal"}
NONE = {"da": "ingen", "en": "none"}
EMPTY = {
    "da": "En tom talcelle betyder, at der ikke er et tal; kolonnen »{why}« siger hvorfor. Hvor der er et tal uden "
    "grænser, tæller eller nævner, findes de ikke for tallet.",
    "en": "An empty number cell means that there is no figure; the column »{why}« says why. Where there is a figure "
    "without limits, numerator or denominator, the figure has none.",
}
WHY = {"da": "Hvorfor intet tal", "en": "Why no figure"}
NO_NUMBERS = {"da": "Ingen talceller.", "en": "No number cells."}
TITLE = {"da": "Indikatorens titel", "en": "Title of the indicator"}
NO_ROWS = {"da": "Ingen rækker.", "en": "No rows."}
OF_VERDICT = {
    "da": (
        "År",
        "Mærke",
        "Indikator",
        "Størrelse",
        "Resultat",
        "Skøn",
        "Nedre 90 %",
        "Øvre 90 %",
        "Grænse",
        "Enhed",
        "Regel",
        "Begrundelse",
    ),
    "en": (
        "Year",
        "Badge",
        "Indicator",
        "Quantity",
        "Result",
        "Estimate",
        "Lower 90 %",
        "Upper 90 %",
        "Limit",
        "Unit",
        "Rule",
        "Reason",
    ),
}
ON_THE_FRONT = ("headline", "why")
"""Layers of the statements that a front page carries; `json/status.json` and the report have all."""
VERDICT = {"da": "Dom", "en": "Verdict"}


@dataclass(frozen=True)
class Column:
    """A column of a sheet; `decimals` by row, for numbers that are no whole ones."""

    name: str
    header: str
    kind: Kind
    values: Sequence[Any]
    decimals: Sequence[int | None] | None = None
    width: int | None = None


@dataclass(frozen=True)
class Sheet:
    """A sheet with one table."""

    name: str
    title: str
    explanation: str
    columns: list[Column]


def of(release: Release, goal: Row, language: str) -> list[Sheet]:
    """The sheets of a goal behind its front page."""
    table = release.tables[f"goal.{goal['slug']}"]
    rows = table.rows.to_dicts()
    return [
        _figures(release, goal, table, rows, language),
        _verdicts(release, goal, language),
        _all(release, table, rows, language),
        _caveats(release, rows, language),
        _dictionary(release, table, language),
    ]


def contents(language: str) -> list[str]:
    """A line per sheet: its name and what it holds."""
    return [f"{SHEETS[name][language]}: {holds[language]}." for name, holds in HOLDS.items()]


def verdict(release: Release, goal: Row, language: str) -> list[str]:
    """The verdict of the decision year, its headline and why; in a release without statements its reason."""
    status = release.tables["output.goal_status"]
    mine = [r for r in status.rows.to_dicts() if r["goal"] == goal["goal"] and r["year"] <= goal["decision_year"]]
    if not mine:
        return []
    row = mine[-1]
    badge = release.label(status.field("badge"), row["badge"], language)
    said = [
        str(s[f"text_{language}"])
        for s in release.rows("output.statement")
        if (s["goal"], s["year"]) == (row["goal"], row["year"]) and s["layer"] in ON_THE_FRONT
    ]
    return [f"{VERDICT[language]} {row['year']}: {badge}.", *(said or [row[f"reason_{language}"]])]


def _sentence(words: str) -> str:
    return words[0].upper() + words[1:]


def _why(language: str) -> str:
    return EMPTY[language].format(why=WHY[language])


def shown(release: Release, field: Field, value: Any, language: str) -> Any:
    """A value as a cell shows it: a code by its label, an empty text in a word, a date as a text."""
    if field.type in ("DOUBLE", "BIGINT", "INTEGER", "BOOLEAN"):
        return value
    if value is None:
        return NONE[language]
    return release.label(field, str(value), language)


def _kind(field: Field) -> Kind:
    return "truth" if field.type == "BOOLEAN" else "text" if field.type in ("VARCHAR", "DATE") else "number"


def _of_field(release: Release, field: Field, rows: Iterable[Row], language: str, header: str | None = None) -> Column:
    listed = list(rows)
    values = [shown(release, field, r[field.name], language) for r in listed]
    decimals: list[int | None] | None = None
    if field.type == "DOUBLE":
        own = field.decimals
        decimals = [release.decimals(r["indicator_id"], r["measure"]) if own is None else own for r in listed]
    return Column(field.name, header or field.label[language], _kind(field), values, decimals)


def _headline(release: Release, goal: Row) -> Callable[[Row], bool]:
    """Whether a row is of a series that bears the goal, as a whole: what its indicator says is its headline row."""
    bearing = str(goal["headline_indicators"]).split(";")

    def bears(row: Row) -> bool:
        if row["indicator_id"] not in bearing:
            return False
        indicator = release.indicators[row["indicator_id"]]
        return all(row[n] == indicator[f"headline_{n}"] for n in ("sex", "age_group", "geography"))

    return bears


def _figures(release: Release, goal: Row, table: Table, rows: list[Row], language: str) -> Sheet:
    bears = _headline(release, goal)
    mine = [r for r in rows if bears(r)]
    units = sorted({r["unit"] for r in mine})
    value = table.field("value").label[language]
    if len(units) == 1:
        value = f"{value} ({release.unit(units[0], language)})"
    titles = [release.title(r["indicator_id"], language) for r in mine]
    columns = [Column("title", OF_VERDICT[language][2], "text", titles, width=40)]
    for name in (
        "year",
        "population_group",
        "reference_group",
        "sex",
        "age_group",
        "measure",
        "value",
        "ci_low",
        "ci_high",
    ):
        columns.append(_of_field(release, table.field(name), mine, language, value if name == "value" else None))
    for name in ("numerator", "denominator"):
        columns.append(_of_field(release, table.field(name), mine, language))
    columns.append(_of_field(release, table.field("missing_reason"), mine, language, WHY[language]))
    last = ["unit"] * (len(units) != 1) + ["obs_status", "data_kind", "row_id"]
    columns += [_of_field(release, table.field(n), mine, language) for n in last]
    return _sheet("figures", goal[f"title_{language}"], _why(language), columns, language)


def _verdicts(release: Release, goal: Row, language: str) -> Sheet:
    """A row per year and judged indicator; a year without a judgement has one row with its reason."""
    status, judged = release.tables["output.goal_status"], release.tables["output.judgement"]
    rules = {(r["rule_id"], r["version"]): r[f"text_{language}"] for r in release.rows("meta.rule")}
    rows: list[tuple[Row, Row | None]] = []
    judgements = [r for r in judged.rows.to_dicts() if r["goal"] == goal["goal"]]
    for year in [r for r in status.rows.to_dicts() if r["goal"] == goal["goal"]]:
        rows += [(year, j) for j in judgements if j["year"] == year["year"]] or [(year, None)]

    def label(table: Table, name: str, row: Row | None) -> str:
        return NONE[language] if row is None else shown(release, table.field(name), row[name], language)

    def why(year: Row, row: Row | None) -> str:
        if row is not None and row["estimate"] is not None:
            return release.label(status.field("missing_reason"), "none", language)
        if year["missing_reason"] != "none":
            return label(status, "missing_reason", year)
        return label(judged, "result", row) if row else label(status, "result", year)

    def number(name: str) -> list[Any]:
        return [None if j is None else j[name] for _, j in rows]

    texts = [
        [y["year"] for y, _ in rows],
        [label(status, "badge", y) for y, _ in rows],
        [NONE[language] if j is None else release.title(j["indicator_id"], language) for _, j in rows],
        [label(judged, "quantity", j) for _, j in rows],
        [label(judged, "result", j) if j else label(status, "result", y) for y, j in rows],
        *map(number, ("estimate", "lower90", "upper90", "limit_value")),
        [label(judged, "unit", j) for _, j in rows],
        [rules.get((y["rule_id"], y["rule_version"]), NONE[language]) for y, _ in rows],
        [y[f"reason_{language}"] for y, _ in rows],
    ]
    columns = [
        Column(h, h, "number" if i == 0 or 5 <= i <= 8 else "text", v, [None] * len(rows) if 5 <= i <= 8 else None)
        for i, (h, v) in enumerate(zip(OF_VERDICT[language], texts, strict=True))
    ]
    kinds = [shown(release, status.field("data_kind"), y["data_kind"], language) for y, _ in rows]
    columns.append(Column("missing_reason", WHY[language], "text", [why(y, j) for y, j in rows]))
    columns.append(Column("data_kind", status.field("data_kind").label[language], "text", kinds))
    return _sheet("verdict", goal[f"title_{language}"], _why(language), columns, language)


def _all(release: Release, table: Table, rows: list[Row], language: str) -> Sheet:
    columns = [
        _of_field(release, f, rows, language, WHY[language] if f.name == "missing_reason" else None)
        for f in table.fields
    ]
    titles = [release.title(r["indicator_id"], language) for r in rows]
    columns.insert(0, Column("title", TITLE[language], "text", titles, width=40))
    return _sheet("all", table.description[language], _why(language), columns, language)


def _caveats(release: Release, rows: list[Row], language: str) -> Sheet:
    used = sorted({c for r in rows for c in (r["caveats"] or "").split(";") if c in release.caveats})
    fields = release.tables["meta.caveat"]
    columns = [
        Column("id", fields.field("id").label[language], "text", used),
        Column("text", SHEETS["caveats"][language], "text", [release.caveats[c][language] for c in used], width=110),
    ]
    return _sheet("caveats", _sentence(HOLDS["caveats"][language]), NO_NUMBERS[language], columns, language)


def _dictionary(release: Release, table: Table, language: str) -> Sheet:
    told = release.tables["meta.column"]
    columns = [
        Column("name", told.field("column_name").label[language], "text", [f.name for f in table.fields]),
        Column(
            "label", told.field(f"label_{language}").label[language], "text", [f.label[language] for f in table.fields]
        ),
        Column(
            "description",
            told.field(f"description_{language}").label[language],
            "text",
            [f.description[language] for f in table.fields],
            width=90,
        ),
    ]
    return _sheet("dictionary", _sentence(HOLDS["dictionary"][language]), NO_NUMBERS[language], columns, language)


def _sheet(name: str, title: str, explanation: str, columns: list[Column], language: str) -> Sheet:
    """A sheet; one without rows has one that says so, because a table has at least one row."""
    if not columns[0].values:
        said = [NO_ROWS[language], *[NONE[language]] * (len(columns) - 1)]
        columns = [Column(c.name, c.header, "text", [s]) for c, s in zip(columns, said, strict=True)]
    return Sheet(name, title, explanation, columns)
