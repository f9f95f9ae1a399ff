"""A file that says something else than its table is found when a release is verified; what cannot be said stops it."""

import importlib
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from handleplan_pipeline.errors import ReleaseError
from handleplan_pipeline.exports import datapackage
from handleplan_pipeline.exports.readback import unlike
from handleplan_pipeline.exports.release import Release, read
from handleplan_pipeline.lake.files import sha256_of
from handleplan_pipeline.release.verify import verify
from tests.exports.made import ID

Change = Callable[[Path], None]
OBSERVATION = "output.observation"


def replaced(name: str, old: str, new: str) -> Change:
    def change(folder: Path) -> None:
        data = (folder / name).read_bytes()
        assert data.count(old.encode()) >= 1, f"{name} has no {old}"
        (folder / name).write_bytes(data.replace(old.encode(), new.encode(), 1))

    return change


def twice(name: str) -> Change:
    def change(folder: Path) -> None:
        lines = (folder / name).read_bytes().split(b"\r\n")
        (folder / name).write_bytes(b"\r\n".join([*lines[:2], *lines[1:]]))

    return change


def in_dataset(does: Callable[[dict], None], name: str = "jsonstat/I03.en.json") -> Change:  # type: ignore[type-arg]
    def change(folder: Path) -> None:
        said = json.loads((folder / name).read_text())
        does(said)
        (folder / name).write_text(json.dumps(said))

    return change


def in_workbook(sheet: str, cell: str, value: object) -> Change:
    def change(folder: Path) -> None:
        path = folder / "xlsx" / "da" / "goal_03_stable_housing.xlsx"
        book = openpyxl.load_workbook(path)
        assert book[sheet][cell].value != value
        book[sheet][cell] = value
        book.save(path)

    return change


CHANGES: dict[str, tuple[str, Change]] = {
    "a figure in a CSV": ("csv/goal.goal_03", replaced("csv/goal.goal_03_stable_housing.csv", "56.25", "56.26")),
    "a last digit": (
        "csv/goal.goal_03",
        replaced("csv/goal.goal_03_stable_housing.csv", "33.20123456789012", "33.20123456789013"),
    ),
    "a hidden one filled": ("csv/output.obs", replaced("csv/output.observation.csv", "share,,,,", "share,0.0,,,")),
    "a code": ("csv/goal.goal_03", replaced("csv/goal.goal_03_stable_housing.csv", ",suppressed,", ",not_delivered,")),
    "a Danish figure": ("csv/da/goal.goal_03", replaced("csv/da/goal.goal_03_stable_housing.csv", "56,25", "5,625")),
    "a row twice": ("csv/meta.rule.csv", twice("csv/meta.rule.csv")),
    "a header": ("csv/meta.rule.csv", replaced("csv/meta.rule.csv", "rule_id", "rule")),
    "a mark lost": ("csv/da/meta.rule.csv", replaced("csv/da/meta.rule.csv", "\ufeff", "")),
    "an observation of SDMX": ("sdmx/", replaced("sdmx/observation.csv", ",Q,C,", ",O,F,")),
    "a value of JSON-stat": (
        "jsonstat/I03.en.json: differs",
        in_dataset(lambda d: d["value"].update({next(iter(d["value"])): 7})),
    ),
    "a status": (
        "jsonstat/I03.en.json: differs",
        in_dataset(lambda d: d["status"].update({next(iter(d["status"])): "A"})),
    ),
    "a status without words": ("jsonstat/I03.en.json: a status", in_dataset(lambda d: d["status"].update({"0": "X"}))),
    "a size": ("jsonstat/I03.en.json: dimension year", in_dataset(lambda d: d["size"].__setitem__(0, 3))),
    "an id": ("jsonstat/I03.en.json: its dimensions", in_dataset(lambda d: d["id"].__setitem__(0, "aar"))),
    "a place outside": (
        "jsonstat/I03.en.json: a value or a status outside",
        in_dataset(lambda d: d["value"].update({"99999": 1})),
    ),
    "a role": ("jsonstat/I03.en.json: a role", in_dataset(lambda d: d["role"].update(time=["month"]))),
    "a verdict": ("json/status.json", replaced("json/status.json", '"badge":"met"', '"badge":"not_met"')),
    "a link": ("jsonstat/goal_03.da.json", replaced("jsonstat/goal_03.da.json", "I03.da.json", "I04.da.json")),
    "a cell": ("xlsx/da/goal_03_stable_housing.xlsx: Alle tal: differs", in_workbook("Alle tal", "L5", 0)),
    "a number as text": ("xlsx/da/goal_03_stable_housing.xlsx: Dom: differs", in_workbook("Dom", "F6", "-4.5")),
    "a column of a sheet": (
        "xlsx/da/goal_03_stable_housing.xlsx: Tal: has other columns",
        in_workbook("Tal", "A4", "Navn"),
    ),
    "a size of the package": ("datapackage.json", replaced("datapackage.json", '"bytes": ', '"bytes": 1')),
    "a sum of the catalogue": (
        "catalog.jsonld",
        replaced("catalog.jsonld", '"dcat:byteSize": {\n      "@value": "', '"dcat:byteSize": {\n      "@value": "1'),
    ),
}


FILES = {
    "csv": ("csv",),
    "jsonstat": ("jsonstat", "json"),
    "sdmx": ("sdmx",),
    "xlsx": ("xlsx",),
    "datapackage": ("datapackage.json", "csv"),
    "dcat": ("catalog.jsonld", "csv", "jsonstat", "json", "sdmx", "xlsx", "parquet", "datapackage.json"),
}
"""What a part wrote. The names in what is said of a fault begin with one of them."""


@pytest.mark.parametrize("what", list(CHANGES))
def test_a_changed_file_is_named_even_when_its_sum_was_changed_too(exported: Path, tmp_path: Path, what: str) -> None:
    named, change = CHANGES[what]
    part = next(p for p, files in FILES.items() if named.startswith(files[0]) or named.startswith(files[1:2]))
    folder = tmp_path / "release"
    folder.mkdir()
    for name in ("handleplan.duckdb", *FILES[part]):
        copy = shutil.copytree if (exported / name).is_dir() else shutil.copy
        copy(exported / name, folder / name)
    change(folder)
    wrong = unlike(folder, [part])
    assert wrong
    assert wrong[0].startswith(named)


def test_verification_finds_it_behind_right_sums(exported: Path, tmp_path: Path) -> None:
    assert verify(exported, ID) == []
    folder = tmp_path / "release"
    shutil.copytree(exported, folder)
    name = "csv/goal.goal_03_stable_housing.csv"
    replaced(name, "56.25", "56.26")(folder)
    assert verify(folder, ID) == [f"{name}: changed"]
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest | {"parts": ["csv"]}))
    listed = [line[66:] for line in (folder / "SHA256SUMS").read_text().splitlines()]
    (folder / "SHA256SUMS").write_text("".join(f"{sha256_of(folder / n)}  {n}\n" for n in listed))
    assert f"{name}: differs from goal.goal_03_stable_housing" in verify(folder, ID)


Rows = Callable[[pl.DataFrame], pl.DataFrame]


def with_rows(release: Release, name: str, change: Rows) -> Release:
    """The small release with one table changed."""
    table = release.tables[name]
    return replace(release, tables={**release.tables, name: replace(table, rows=change(table.rows))})


def always(name: str, value: object) -> Rows:
    return lambda f: f.with_columns(pl.lit(value).alias(name))


STOPS: dict[str, tuple[str, str, str, Rows]] = {
    "an empty text": (
        "csv",
        r"output.goal_status: column caveats has 3 empty texts",
        "output.goal_status",
        always("caveats", ""),
    ),
    "a series without a title": (
        "jsonstat",
        r"I99: is not in meta.indicator",
        OBSERVATION,
        always("indicator_id", "I99"),
    ),
    "a series without decimals": ("sdmx", r"I99: is not in meta.indicator", OBSERVATION, always("indicator_id", "I99")),
    "an age": ("sdmx", "age group unge has no SDMX code", OBSERVATION, always("age_group", "unge")),
    "a code": (
        "sdmx",
        "MEASURE has 1 codes that SDMX cannot hold, the first andel i alt",
        OBSERVATION,
        always("measure", "andel i alt"),
    ),
    "a licence": ("dcat", "licence CC0 has no address", "meta.release", always("licence", "CC0")),
    "a key of no row": (
        "datapackage",
        r"values of indicator_id are not in meta.indicator",
        OBSERVATION,
        always("indicator_id", "I99"),
    ),
    "a long text": (
        "xlsx",
        "a text of 40000 characters does not fit into a cell",
        "output.goal_status",
        always("reason_da", "x" * 40_000),
    ),
}


@pytest.mark.parametrize("what", list(STOPS))
def test_what_cannot_be_said_stops_the_build_and_is_named(
    exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    part, words, table, change = STOPS[what]
    release = with_rows(read(exported), table, change)
    if table == "meta.release":
        release = replace(release, about=release.tables[table].rows.to_dicts()[0])
    module = importlib.import_module(f"handleplan_pipeline.exports.{part}")
    monkeypatch.setattr(module, "read", lambda _: release)
    if part == "datapackage":
        shutil.copytree(exported / "csv", tmp_path / "csv")
    with pytest.raises(ReleaseError, match=words):
        module.export(tmp_path)


def test_a_code_without_a_label_stops_the_build(exported: Path) -> None:
    release = read(exported)
    sex, caveats = (release.tables[OBSERVATION].field(n) for n in ("sex", "caveats"))
    assert release.label(sex, "men", "en") == "Men"
    # ids of rows of another table are no codes
    assert release.label(caveats, "small_numbers;left_edge", "en") == "small_numbers;left_edge"
    goals = release.tables["meta.indicator"].field("population_groups")
    assert release.label(goals, "minority;danish", "en") == "Ethnic minority; Danish origin"
    with pytest.raises(ReleaseError, match=r"sex: code other has no label in list sex, language en\."):
        release.label(sex, "other", "en")


def test_a_package_without_its_files_is_refused(exported: Path, tmp_path: Path) -> None:
    shutil.copy(exported / "handleplan.duckdb", tmp_path)
    with pytest.raises(ReleaseError, match="name csv in HANDLEPLAN_RELEASE_PARTS too"):
        datapackage.export(tmp_path)
