"""Every series as JSON-stat 2.0: a dataset per indicator, a collection per goal, in both languages; verdicts as JSON.

A verdict is text and no cube: `json/status.json` holds them as they stand in `output.goal_status`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from handleplan_pipeline.exports.notice import marked, marks, notice
from handleplan_pipeline.exports.release import NO_CODE, Release, Table, read
from schemas.languages import LANGUAGES

TABLE = "output.observation"
DIMENSIONS = (
    "goal",
    "year",
    "geography",
    "population_group",
    "reference_group",
    "sex",
    "age_group",
    "ancestry",
    "measure",
    "definition_version",
)
"""The key of an observation. Those that do not vary inside an indicator stand in the extension; time always stands."""
TIME, PLACE, MEASURE, METRIC = "year", "geography", "measure", "statistic"
STATISTICS = ("value", "ci_low", "ci_high", "numerator", "denominator")
COUNTS = ("numerator", "denominator")
BESIDE = ("missing_reason", "conf_status", "data_kind", "unit", "confidence", "ci_method", "caveats")
"""What else a row says; by row, in the order of `rows`."""
NONE = {"da": "Ingen", "en": "None"}
STATISTIC = {"da": "Størrelse", "en": "Statistic"}
_STATUS = "obs_status"
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Cube:
    """The rows of one indicator as a cube: dimensions that vary, their codes, and the place of every row."""

    release: Release
    table: Table
    indicator_id: str
    rows: Sequence[Row]

    @property
    def synthetic(self) -> bool:
        return any(r["data_kind"] == "synthetic" for r in self.rows)

    def codes(self, dimension: str) -> list[Any]:
        """The codes that occur, in the order of their list, else of the values themselves; an empty one last."""
        field = self.table.field(dimension)
        found = {r[dimension] for r in self.rows}
        rank = {c: i for i, c in enumerate(field.codes)}
        return sorted(found, key=lambda v: (v is None, rank.get(v, len(rank)), v if v is not None else ""))

    @cached_property
    def varying(self) -> dict[str, list[Any]]:
        """Codes by dimension, for those that vary, and for time."""
        known = {d: self.codes(d) for d in DIMENSIONS}
        return {d: c for d, c in known.items() if len(c) > 1 or d == TIME}

    @property
    def fixed(self) -> dict[str, Any]:
        return {d: self.rows[0][d] for d in DIMENSIONS if d not in self.varying}

    @property
    def ids(self) -> list[str]:
        return [*self.varying, METRIC]

    @property
    def size(self) -> list[int]:
        return [*map(len, self.varying.values()), len(STATISTICS)]

    def place(self, row: Row) -> int:
        """Where the first statistic of a row stands; the others follow it."""
        at = 0
        for dimension, codes in self._places.items():
            at = at * len(codes) + codes[row[dimension]]
        return at * len(STATISTICS)

    @cached_property
    def _places(self) -> dict[str, dict[Any, int]]:
        return {d: {c: i for i, c in enumerate(codes)} for d, codes in self.varying.items()}


def cubes(release: Release) -> list[Cube]:
    """A cube per indicator that has rows."""
    table = release.tables[TABLE]
    found: dict[str, list[Row]] = {}
    for row in table.rows.iter_rows(named=True):
        found.setdefault(row["indicator_id"], []).append(row)
    return [Cube(release, table, i, rows) for i, rows in sorted(found.items())]


def export(folder: Path) -> None:
    """Write `jsonstat/<indicator>.<language>.json`, `jsonstat/goal_NN.<language>.json` and `json/status.json`."""
    release = read(folder)
    (folder / "jsonstat").mkdir()
    (folder / "json").mkdir()
    made = cubes(release)
    for language in LANGUAGES:
        for cube in made:
            _write(folder / "jsonstat" / f"{cube.indicator_id}.{language}.json", dataset(cube, language))
        for goal in release.rows("meta.goal"):
            _write(folder / "jsonstat" / f"goal_{goal['goal']:02d}.{language}.json", collection(made, goal, language))
    _write(folder / "json" / "status.json", status(release))


def _write(path: Path, content: Mapping[str, Any]) -> None:
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


def _head(release: Release, kind: str, label: str, language: str) -> dict[str, Any]:
    about = release.about
    return {
        "version": "2.0",
        "class": kind,
        "label": label,
        "source": about["attribution"],
        "updated": about["built_at"],
        "note": notice(release, language),
    }


def _about(release: Release) -> dict[str, Any]:
    about = release.about
    names = ("release_id", "kind", "holds_synthetic", "disclosure_control", "licence")
    return {n: about[n] for n in names}


def dataset(cube: Cube, language: str) -> dict[str, Any]:
    """An indicator as a JSON-stat dataset; its status says of every cell that has a row why it is as it is."""
    release = cube.release
    caveats = sorted({c for r in cube.rows for c in (r["caveats"] or "").split(";") if c})
    said = _head(release, "dataset", _title(cube, language), language)
    said["note"] = [*said["note"], *(release.caveats[c][language] for c in caveats if c in release.caveats)]
    values, states = _cells(cube)
    return said | {
        "id": cube.ids,
        "size": cube.size,
        "role": _roles(cube),
        "dimension": {**_dimensions(cube, language), METRIC: _statistics(cube, language)},
        "value": values,
        "status": states,
        "extension": {"handleplan": _extension(cube, language, caveats)},
    }


def _title(cube: Cube, language: str) -> str:
    """The title of an indicator; where any of its figures is synthetic, never without the mark."""
    return marked(cube.release.title(cube.indicator_id, language), cube.synthetic, language)


def _roles(cube: Cube) -> dict[str, list[str]]:
    return {"time": [TIME]} | ({"geo": [PLACE]} if PLACE in cube.varying else {}) | {"metric": [METRIC]}


def _cells(cube: Cube) -> tuple[dict[str, float | int], dict[str, str]]:
    """Values that are there, and the status of every cell that has a row, by place."""
    values: dict[str, float | int] = {}
    states: dict[str, str] = {}
    for row in sorted(cube.rows, key=cube.place):
        at = cube.place(row)
        for i, name in enumerate(STATISTICS):
            states[str(at + i)] = row[_STATUS]
            if row[name] is not None:
                values[str(at + i)] = row[name]
    return values, states


def _code(value: Any) -> str:
    return NO_CODE if value is None else str(value)


def _dimensions(cube: Cube, language: str) -> dict[str, Any]:
    return {d: _dimension(cube, d, codes, language) for d, codes in cube.varying.items()}


def _dimension(cube: Cube, name: str, codes: Sequence[Any], language: str) -> dict[str, Any]:
    field = cube.table.field(name)
    labels = {_code(v): NONE[language] if v is None else cube.release.label(field, str(v), language) for v in codes}
    category: dict[str, Any] = {"index": list(labels), "label": labels}
    return {"label": field.label[language], "category": category}


def _statistics(cube: Cube, language: str) -> dict[str, Any]:
    labels = {n: cube.table.field(n).label[language] for n in STATISTICS}
    return {
        "label": STATISTIC[language],
        "category": {"index": list(STATISTICS), "label": labels, "unit": _units(cube, language)},
    }


def _units(cube: Cube, language: str) -> dict[str, Any]:
    """The unit of each statistic. Where an indicator has several, each row says its own in the extension."""
    found = sorted({r["unit"] for r in cube.rows})
    decimals = cube.release.decimals(cube.indicator_id, cube.rows[0]["measure"])
    label = " / ".join(cube.release.unit(u, language) for u in found)
    told: dict[str, Any] = {"label": label} | ({} if len(found) > 1 else {"decimals": decimals})
    whole = {"label": {"da": "antal", "en": "number"}[language], "decimals": 0}
    return {n: whole if n in COUNTS else told for n in STATISTICS}


def _extension(cube: Cube, language: str, caveats: Sequence[str]) -> dict[str, Any]:
    """What the cube itself cannot say: the release, what is fixed, and what else each row holds."""
    release = cube.release
    field = cube.table.field(_STATUS)
    rows = sorted(cube.rows, key=cube.place)
    beside = [n for n in (*BESIDE, "row_id", "reference_date") if n in cube.table.rows.columns]
    said = _about(release) | {
        "table": TABLE,
        "indicator": cube.indicator_id,
        "fixed": {d: _code(v) for d, v in cube.fixed.items()},
        "status_label": {c: release.label(field, c, language) for c in sorted({r[_STATUS] for r in rows})},
        "unit_label": {u: release.unit(u, language) for u in sorted({r["unit"] for r in rows})},
        "caveats": {c: release.caveats[c][language] for c in caveats if c in release.caveats},
        "marks": marks(release, language),
        "rows": [cube.place(r) // len(STATISTICS) for r in rows],
    }
    return said | {"of_rows": {n: _short([_plain(r[n]) for r in rows]) for n in beside}}


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, (bool, int, float, str)) else value.isoformat()


def _short(values: list[Any]) -> Any:
    """One value where all rows have the same."""
    return values[0] if all(v == values[0] for v in values) else values


def collection(made: Sequence[Cube], goal: Row, language: str) -> dict[str, Any]:
    """The datasets of a goal as a JSON-stat collection, its headline indicators first."""
    release = made[0].release
    headline = str(goal["headline_indicators"]).split(";")
    mine = [c for c in made if any(r["goal"] == goal["goal"] for r in c.rows)]
    mine.sort(key=lambda c: (c.indicator_id not in headline, c.indicator_id))
    items = [
        {
            "class": "dataset",
            "href": f"{c.indicator_id}.{language}.json",
            "label": _title(c, language),
        }
        for c in mine
    ]
    title = marked(goal[f"title_{language}"], any(c.synthetic for c in mine), language)
    said = _head(release, "collection", title, language) | {"link": {"item": items}}
    return said | {"extension": {"handleplan": _about(release) | {"goal": goal["goal"], "slug": goal["slug"]}}}


def status(release: Release) -> dict[str, Any]:
    """The verdict of every goal and year, its sentences where the release has them, and what to read them with."""
    table = release.tables["output.goal_status"]
    coded = [f for f in table.fields if release.list_of(f)]
    verdicts = []
    for row in table.rows.iter_rows(named=True):
        labels = {
            f.name: {n: release.label(f, row[f.name], n) for n in LANGUAGES} for f in coded if row[f.name] is not None
        }
        verdicts.append(row | {"labels": labels})
    return {
        "release": dict(release.about),
        "note": {n: notice(release, n) for n in LANGUAGES},
        "verdicts": verdicts,
        "statements": release.rows("output.statement"),
        "statement_numbers": release.rows("output.statement_number"),
    }
