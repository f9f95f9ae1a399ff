"""`datapackage.json`: the CSV files of a release as a Data Package v2, with fields, codes, keys, sizes and sums."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from handleplan_pipeline.errors import ReleaseError
from handleplan_pipeline.exports import csv
from handleplan_pipeline.exports.notice import MARK, marked, notice
from handleplan_pipeline.exports.release import Field, Release, Table, read
from handleplan_pipeline.lake.files import sha256_of
from schemas.languages import LANGUAGES

NAME = "datapackage.json"
PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
TYPES = {
    "VARCHAR": "string",
    "INTEGER": "integer",
    "BIGINT": "integer",
    "DOUBLE": "number",
    "BOOLEAN": "boolean",
    "DATE": "date",
}
LICENCES = {
    "CC BY 4.0": {
        "name": "CC-BY-4.0",
        "path": "https://creativecommons.org/licenses/by/4.0/",
        "title": "Creative Commons Attribution 4.0",
    }
}
TITLE = {
    "da": "Handleplanen for integration 2011-2014: resultatmålenes tal",
    "en": "The action plan for integration 2011-2014: the figures of its result goals",
}
POINTS_AT = {"indicator_id": ("meta.indicator", "indicator_id"), "goal": ("meta.goal", "goal")}
"""Columns that name a row of another table, wherever they stand."""


def export(folder: Path) -> None:
    """Write `datapackage.json`. Raises ReleaseError when the release has no CSV files to list."""
    release = read(folder)
    missing = [t.full_name for t in release.tables.values() if not csv.path(folder, t, csv.INTERNATIONAL).is_file()]
    if missing:
        raise ReleaseError(
            f"datapackage: {len(missing)} tables have no CSV file, the first {missing[0]}. It lists those files: name "
            "csv in HANDLEPLAN_RELEASE_PARTS too, or leave datapackage out."
        )
    text = json.dumps(package(release, folder), ensure_ascii=False, allow_nan=False, indent=1)
    (folder / NAME).write_text(text + "\n", encoding="utf-8", newline="\n")


def licence(release: Release) -> dict[str, str]:
    """The licence with its address. Raises ReleaseError for one we do not know the address of."""
    name = str(release.about["licence"])
    if name not in LICENCES:
        raise ReleaseError(f"meta.release: licence {name} has no address; say it in exports/datapackage.py.")
    return LICENCES[name]


def package(release: Release, folder: Path) -> dict[str, Any]:
    """The package over the CSV files in `folder`."""
    about = release.about
    return {
        "$schema": PROFILE,
        "name": "handleplan",
        "id": release.release_id,
        "version": release.release_id,
        "title": marked(TITLE["en"], release.synthetic, "en"),
        "hp:title_da": marked(TITLE["da"], release.synthetic, "da"),
        "description": "\n".join(notice(release, "en")),
        "hp:description_da": "\n".join(notice(release, "da")),
        "created": about["built_at"],
        "keywords": [
            "integration",
            release.place("geography", "en"),
            *([MARK["en"].lower()] if release.synthetic else []),
        ],
        "licenses": [licence(release)],
        "sources": [{"title": t} for t in _sources(release)],
        "contributors": [{"title": "handleplan", "roles": ["publisher"]}],
        "hp:kind": about["kind"],
        "hp:holds_synthetic": about["holds_synthetic"],
        "hp:disclosure_control": about["disclosure_control"],
        "hp:disclosure_rule_da": about["disclosure_rule_da"],
        "hp:disclosure_rule_en": about["disclosure_rule_en"],
        "resources": [_resource(release, t, folder) for t in release.tables.values()],
    }


def _sources(release: Release) -> list[str]:
    """What the release was made of, each once."""
    own = [f"{r['producer']}: {r['title_en']}" for r in release.rows("meta.source")]
    return [str(release.about["attribution"]), *dict.fromkeys(own)]


def _resource(release: Release, table: Table, folder: Path) -> dict[str, Any]:
    file = csv.path(folder, table, csv.INTERNATIONAL)
    return {
        "name": table.full_name,
        "type": "table",
        "title": table.full_name,
        "description": table.description["en"],
        "hp:description_da": table.description["da"],
        "path": file.relative_to(folder).as_posix(),
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": file.stat().st_size,
        "hash": f"sha256:{sha256_of(file)}",
        "hp:rows": table.rows.height,
        "schema": _schema(release, table),
    }


def _schema(release: Release, table: Table) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "fields": [_field(release, f) for f in table.fields],
        "missingValues": [{"value": "", "label": "no value; of a figure: see missing_reason"}],
    }
    names = [f.name for f in table.fields]
    # a table that names rows of other tables has a row_id that is theirs
    key = ["row_id"] if "row_id" in names and "table_name" not in names else table.key
    if key and not any(table.field(k).nullable for k in key):
        schema["primaryKey"] = key
    if keys := list(_foreign_keys(release, table)):
        schema["foreignKeys"] = keys
    return schema


def _foreign_keys(release: Release, table: Table) -> Iterator[dict[str, Any]]:
    """Columns that name a goal or an indicator. Raises ReleaseError where one names what is not there."""
    for name, (other, column) in POINTS_AT.items():
        if name not in table.rows.columns or other not in release.tables or table.full_name == other:
            continue
        known = set(release.tables[other].rows[column].to_list())
        if lost := set(table.rows[name].drop_nulls().to_list()) - known:
            raise ReleaseError(f"{table.full_name}: {len(lost)} values of {name} are not in {other}.")
        yield {"fields": [name], "reference": {"resource": other, "fields": [column]}}


def _field(release: Release, field: Field) -> dict[str, Any]:
    said: dict[str, Any] = {
        "name": field.name,
        "type": TYPES[field.type],
        "title": field.label["en"],
        "description": field.description["en"],
        "hp:title_da": field.label["da"],
        "hp:description_da": field.description["da"],
    }
    if field.unit:
        said["hp:unit"] = field.unit
    if field.unit_column:
        said["hp:unit_column"] = field.unit_column
    constraints: dict[str, Any] = {} if field.nullable else {"required": True}
    if field.codes:
        constraints["enum"] = list(field.codes)
        said["categories"] = [_category(release, field, c) for c in field.codes]
    return said | ({"constraints": constraints} if constraints else {})


def _category(release: Release, field: Field, code: str) -> dict[str, str]:
    en, da = (release.label(field, code, n) for n in reversed(LANGUAGES))
    return {"value": code, "label": en, "hp:label_da": da}
