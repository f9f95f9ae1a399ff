"""Hidden, not collected, not delivered, not applicable and zero look different in every export (AC-13).

The expected rows are written by hand from the definition of each kind; each file is read by a reader that is not ours.
"""

import csv
import json
from pathlib import Path

import openpyxl
import pytest
from pyjstat import pyjstat
from pysdmx.io import read_sdmx

from tests.exports.made import FIVE, YEAR_OF

KINDS = list(FIVE)
CSV = {
    "hidden": ("", "", "Q", "C", "suppressed"),
    "not collected": ("", "", "L", "F", "not_collected"),
    "not delivered": ("", "", "O", "F", "not_delivered"),
    "not applicable": ("", "", "M", "F", "not_applicable"),
    "zero": ("0.0", "0", "A", "F", "none"),
}
"""Value, numerator, status of the observation, of its confidentiality, reason."""


def of_year(kind: str) -> str:
    return str(YEAR_OF[kind])


def test_csv(exported: Path) -> None:
    for name, zero in (("csv", "0.0"), ("csv/da", "0,0")):
        file = exported / name / "goal.goal_03_stable_housing.csv"
        with file.open(encoding="utf-8-sig", newline="") as text:
            rows = {r["year"]: r for r in csv.DictReader(text, delimiter=";" if "da" in name else ",")}
        columns = ("value", "numerator", "obs_status", "conf_status", "missing_reason")
        found = {kind: tuple(rows[of_year(kind)][c] for c in columns) for kind in KINDS}
        assert found == CSV | {"zero": (zero, *CSV["zero"][1:])}
        assert len(set(found.values())) == 5


def test_sdmx(exported: Path) -> None:
    (dataset,) = read_sdmx(exported / "sdmx" / "observation.csv").data
    rows = {(r["INDICATOR"], r["TIME_PERIOD"], r["MEASURE"]): r for r in dataset.data.to_dict("records")}
    columns = ("OBS_VALUE", "NUMERATOR", "OBS_STATUS", "CONF_STATUS", "MISSING_REASON")
    found = {kind: tuple(str(rows["I03", of_year(kind), "share"][c]) for c in columns) for kind in KINDS}
    assert found == CSV


@pytest.mark.parametrize("language", ["da", "en"])
def test_jsonstat(exported: Path, language: str) -> None:
    text = (exported / "jsonstat" / f"I03.{language}.json").read_text(encoding="utf-8")
    said = json.loads(text)
    # year, group, reference group and measure vary; all other dimensions are fixed
    assert said["id"] == ["year", "population_group", "reference_group", "measure", "statistic"]
    years, groups, references, measures, statistics = (said["dimension"][d]["category"]["index"] for d in said["id"])
    shape = [len(x) for x in (groups, references, measures, statistics)]
    found = {}
    for kind in KINDS:
        at = years.index(of_year(kind))
        for length, place in zip(
            shape, (groups.index("minority"), references.index("_Z"), measures.index("share"), 0), strict=True
        ):
            at = at * length + place
        found[kind] = (said["value"].get(str(at)), said["status"][str(at)])
    assert found == {
        "hidden": (None, "Q"),
        "not collected": (None, "L"),
        "not delivered": (None, "O"),
        "not applicable": (None, "M"),
        "zero": (0.0, "A"),
    }
    words = said["extension"]["handleplan"]["status_label"]
    assert len({words[s] for s in "QLOMA"}) == 5
    # a reader that knows nothing of us finds the same figures
    frame = pyjstat.Dataset.read(text).write("dataframe", naming="id")
    mine = frame[(frame.population_group == "minority") & (frame.measure == "share") & (frame.statistic == "value")]
    figures = dict(zip(mine.year, mine.value, strict=True))
    assert figures[of_year("zero")] == 0
    assert all(figures[of_year(k)] != figures[of_year(k)] for k in KINDS if k != "zero")


WHY = {
    "da": ("Hvorfor intet tal", "Alle tal", "Tal", "År"),
    "en": ("Why no figure", "All figures", "Figures", "Year"),
}


@pytest.mark.parametrize("language", ["da", "en"])
def test_workbook(exported: Path, language: str) -> None:
    why, whole, headline, year = WHY[language]
    book = openpyxl.load_workbook(exported / "xlsx" / language / "goal_03_stable_housing.xlsx")
    for name in (whole, headline):
        header, *rows = list(book[name].iter_rows(min_row=4, values_only=True))
        value = next(i for i, h in enumerate(header) if str(h).startswith(("Værdi", "Value")))
        said = {r[header.index(year)]: (r[value], r[header.index(why)]) for r in rows}
        found = {kind: said[YEAR_OF[kind]] for kind in KINDS}
        assert [v for v, _ in found.values()] == [None, None, None, None, 0]
        assert len({w for _, w in found.values()}) == 5
        assert all(words for _, words in found.values())
