"""Make the pinned StatBank snapshots from labelled CSV extracts of the same tables.

    python scripts/pin_statbank.py FOLDER_WITH_LABELLED_CSV_AND_TABLEINFO

Whoever has a network pins with `handleplan statbank pin` instead.

The extracts carry English labels (the API's default presentation); the tableinfo documents map them back to the codes
the API uses, and the result is written in the API's own BULK layout with a sidecar each. Fails on any label or row
that does not map.
"""

import csv
import shutil
import sys
from datetime import date
from pathlib import Path

from handleplan_pipeline.settings import get_settings
from handleplan_pipeline.sources.pinned import write_sidecar
from handleplan_pipeline.sources.statbank.extracts import EXTRACTS, Extract
from handleplan_pipeline.sources.statbank.parse import parse_bulk
from handleplan_pipeline.sources.statbank.tableinfo import TableInfo, parse_tableinfo

LABELLED = {
    "strafna9": "strafna9_sex_age_ancestry_2008_2024.csv",
    "folk1e": "folk1e_sex_age_ancestry_2010_2021_age15_29.csv",
    "folk1e_control": "folk1e_2024q1_age15_79.csv",
}
ACCESSED = date(2026, 9, 16)


def to_bulk(source: Path, info: TableInfo) -> bytes:
    """The labelled file as BULK bytes: codes, semicolons, CRLF."""
    lines = [";".join([v.code.upper() for v in info.variables] + ["INDHOLD"])]
    codes = {v.code.upper(): {x.text: x.id for x in v.values} for v in info.variables}
    with source.open(encoding="utf-8", newline="") as f:
        for row in csv.DictReader(f):
            lines.append(
                ";".join([codes[v.code.upper()][row[v.code.upper()]] for v in info.variables] + [row["INDHOLD"]])
            )
    return ("\r\n".join(lines) + "\r\n").encode()


def pin(extract: Extract, source: Path, target: Path, info: TableInfo) -> None:
    path = target / extract.snapshot
    path.write_bytes(to_bulk(source, info))
    years = sorted(parse_bulk(path.read_bytes(), info)["year"].unique())
    if years != list(extract.years):
        raise SystemExit(f"{path.name}: holds {years}, declared {list(extract.years)}")
    write_sidecar(
        path,
        title=f"{info.id}: {info.text}",
        producer="Danmarks Statistik",
        licence="CC BY 4.0, Kilde: Danmarks Statistik",
        accessed=ACCESSED,
        source=info.id,
        query=extract.query(list(extract.years)),
        updated=info.updated,
        remarks="Labels mapped back to the API's codes through the table's own tableinfo.",
    )


def main(folder: Path) -> None:
    target = get_settings().reference / "statbank"
    target.mkdir(parents=True, exist_ok=True)
    recorded = {e.tableinfo for e in EXTRACTS.values() if (folder / "tableinfo" / e.tableinfo).is_file()}
    for name in sorted(recorded):
        shutil.copyfile(folder / "tableinfo" / name, target / name)
        (target / name).chmod(0o644)
        info = parse_tableinfo((target / name).read_bytes())
        write_sidecar(
            target / name,
            title=f"{info.id}: tableinfo",
            producer="Danmarks Statistik",
            licence="CC BY 4.0, Kilde: Danmarks Statistik",
            accessed=ACCESSED,
            source=info.id,
            query={"table": info.id, "lang": "en", "format": "JSON"},
            updated=info.updated,
        )
    for key, file in LABELLED.items():
        extract = EXTRACTS[key]
        pin(extract, folder / file, target, parse_tableinfo((target / extract.tableinfo).read_bytes()))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
