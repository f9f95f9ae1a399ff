"""Deliveries in which a word or a person number stands at every place that a supplier writes to.

The number fails modulus 11 on a date other than 1 January, so it can belong to nobody.
"""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl

from handleplan_pipeline.sources.deliveries.manifest import SUFFIX, manifest_path

WORD = "TOKENZQ7"
NUMBER = "1506379000"
HYPHENATED = f"{NUMBER[:6]}-{NUMBER[6:]}"
FILE_NAME = "LEVERANCEZQ7"
"""A plain file name. It is the file's address in a sentence about it, but no release has a use for it."""
STATBANK = "STATBANKZQ7"
"""In the body of an error of StatBank: a public server's word about itself, told to whoever runs the pipeline."""


def _seal(path: Path, **change: Any) -> None:
    """The manifest of a changed file: its bytes and sha256 are right again, and `change` stands in it."""
    said = json.loads(manifest_path(path).read_text(encoding="utf-8"))
    said |= {"bytes": path.stat().st_size, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()} | change
    manifest_path(path).write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")


def _text(path: Path, change: Callable[[list[list[str]]], None], encoding: str = "utf-8") -> None:
    """Change the lines of a CSV file, split into their fields, header first."""
    lines = [x.split(";") for x in path.read_bytes().decode(encoding).split("\n")]
    change(lines)
    path.write_bytes("\n".join(";".join(x) for x in lines).encode(encoding))
    _seal(path)


def _rename(path: Path, name: str) -> None:
    manifest_path(path).rename(path.with_name(name + SUFFIX))
    _seal(path.rename(path.with_name(name)), file=name)


def _set(column: str, value: str, row: int = 1) -> Callable[[list[list[str]]], None]:
    def change(lines: list[list[str]]) -> None:
        lines[row][lines[0].index(column)] = value

    return change


def plant(landing: Path) -> dict[str, str]:
    """Plant in deliveries of 2008-2011. Returns what must become of the files that can be asked for by source."""

    def of(source: str, year: int, suffix: str = "csv") -> Path:
        return landing / source / f"{source}_{year}.{suffix}"

    # taken in: an id, a facility, a person number in its own column; refused: one inside an id
    _text(of("special_team_log", 2011), _set("HENVENDELSE_ID", f"{WORD}ID"))
    _text(of("section_110_stays", 2009), _set("BOFORM_ID", f"{WORD}FAC"), "cp1252")
    _text(of("section_110_stays", 2011), _set("CPR", HYPHENATED), "cp1252")
    kraf = of("dst_kraf", 2011, "parquet")
    rows = pl.read_parquet(kraf).with_row_index("i")
    first = pl.col("i") == 0
    rows.with_columns(pl.when(first).then(pl.lit(f"S-{NUMBER}")).otherwise("JOURNR").alias("JOURNR")).drop(
        "i"
    ).write_parquet(kraf)
    _seal(kraf)

    # set aside: a row with a day that there is not
    def no_such_day(lines: list[list[str]]) -> None:
        for column, value in (("CPR", HYPHENATED), ("BOFORM_ID", f"{WORD}BAD"), ("INDSKREVET", "31-11-2010")):
            _set(column, value)(lines)

    _text(of("section_110_stays", 2010), no_such_day, "cp1252")

    # refused: a code, a column, every free text of a manifest, one that nobody asked for
    _text(of("drug_treatment", 2010), _set("BEHANDLINGSTYPE", f"{WORD}CODE"), "cp1252")
    _text(of("dst_bua", 2010), lambda lines: lines[0].__setitem__(1, f"{WORD}COL"))
    _seal(of("dst_kotre", 2008), supplier=f"{WORD} A/S")
    _seal(of("dst_bufo", 2009), permission=f"{WORD}-1")
    _seal(of("dst_bufo", 2010), **{f"{WORD}KEY": f"{WORD}TEXT"})
    _seal(of("dst_udfk", 2009), format=WORD.lower())
    _seal(of("dst_udfk", 2010), encoding=WORD)

    # workbooks: the name of the sheet and the author of one that is taken in, a second table in one that is not
    for path, second in ((of("sfi_person_forms", 2011, "xlsx"), False), (of("housing_areas", 2010, "xlsx"), True)):
        book = openpyxl.load_workbook(path)
        book.worksheets[0].title = f"{WORD}SHEET"
        book.properties.creator = f"{WORD} AUTHOR"
        if second:
            book.create_sheet(f"{WORD}TWO").append([f"{WORD}CELL"])
        book.save(path)
        _seal(path)

    # names: of files and of folders
    _rename(of("dst_income", 2009), f"{FILE_NAME}.csv")
    _rename(of("dst_kotre", 2009), f"{HYPHENATED}.csv")
    _rename(of("dst_kotre", 2010), f"Brev {WORD}.csv")
    (landing / "dst_kotre" / f"{NUMBER}.txt").write_text(WORD)
    (landing / "dst_kotre" / f"{WORD} folder").mkdir()
    (landing / f"{WORD} source").mkdir()
    return {
        "drug_treatment": "refused",
        "dst_bua": "refused",
        "dst_kotre": "refused",
        "dst_bufo": "refused",
        "dst_udfk": "refused",
        "housing_areas": "refused",
        "sfi_person_forms": "accepted",
        "dst_kraf": "refused",
        "dst_income": "accepted",
        "special_team_log": "accepted",
        "section_110_stays": "accepted",
    }
