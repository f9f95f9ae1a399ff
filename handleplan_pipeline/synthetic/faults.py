"""Faults for `--dirty`: rows and files that break a rule, planted beside the good ones and listed in `faults.parquet`.

A faulty row is a changed copy of a good one, added to the file; a faulty file stands in a period of its own or under a
higher delivery number. So nothing good is lost and the truth stays.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import polars as pl

from handleplan_pipeline.lake.files import sha256_of
from handleplan_pipeline.sources.deliveries.command import delivery_of
from handleplan_pipeline.sources.deliveries.manifest import Manifest, manifest_path, read_manifest, write_manifest
from handleplan_pipeline.synthetic.places import home, neighbour
from schemas.sources.delivery_shape import Delivery

Change = Callable[[list[str], dict[str, int]], list[str]]


@dataclass(frozen=True)
class Fault:
    """A faulty row: `rule` is what the pipeline must call it."""

    id: str
    source: str
    rule: str
    description: str
    change: Change


@dataclass(frozen=True)
class FileFault:
    """A fault for which the file as a whole must be refused; `change` makes its text of a good one."""

    id: str
    source: str
    rule: str
    description: str
    change: Callable[[str], str]


class Planted(NamedTuple):
    """A row of `faults.parquet`."""

    fault_id: str
    source: str
    period: int
    rule: str
    file: bool
    rows: int
    description: str


def put(column: str, value: str) -> Change:
    """The row with another value in one column."""

    def change(row: list[str], at: dict[str, int]) -> list[str]:
        return [value if i == at[column] else v for i, v in enumerate(row)]

    return change


def same(row: list[str], at: dict[str, int]) -> list[str]:
    return list(row)


ROW_FAULTS = (
    Fault(
        "letters_in_number",
        "dst_bef",
        "person_number_invalid",
        "Letters in the person number.",
        put("PNR", "02016X0000"),
    ),
    Fault(
        "impossible_date",
        "dst_bua",
        "person_number_invalid",
        "A person number on 30 February.",
        put("PNR", "3002994000"),
    ),
    Fault("nine_digits", "section_110_stays", "person_number_invalid", "A lost leading zero.", put("CPR", "201650000")),
    Fault(
        "no_number",
        "drug_treatment",
        "person_number_missing",
        "No person number where one is required.",
        put("CPR", ""),
    ),
    Fault("no_birth_date", "dst_bef", "required_value_missing", "No date of birth.", put("FOED_DAG", "")),
    Fault("no_such_day", "section_110_stays", "value_not_readable", "31 November.", put("INDSKREVET", "31-11-2010")),
    Fault("road_code_text", "address_history", "value_not_readable", "A road code with letters.", put("VEJKOD", "12A")),
    Fault("decile_11", "dst_income", "value_out_of_bounds", "An eleventh decile.", put("INDKOMST_DECIL", "11")),
    Fault("doubled", "psychiatry_contacts", "duplicate_row", "The same contact twice.", same),
    Fault("doubled_stay", "section_110_stays", "duplicate_row", "The same stay twice.", same),
    Fault(
        "ends_before_start",
        "social_psychiatry_services",
        "end_date_before_start_date",
        "Ends before it starts.",
        put("SLUTDATO", "1999-01-01"),
    ),
    Fault(
        "family_measure",
        "dst_bufo",
        "family_directed_measure",
        "A measure for the family, not the child.",
        put("PGF", "410"),
    ),
    Fault(
        "anonymous_with_number",
        "special_team_log",
        "anonymous_has_no_person",
        "Anonymous, but with a number.",
        put("ANONYM", "J"),
    ),
    Fault(
        "moved_before_birth",
        "address_history",
        "before_birth",
        "Moved in long before the birth date in the number.",
        put("TILFLYTDTO", "1901-01-02"),
    ),
)
NEW_KEY = {"drug_treatment": "KONTAKTFORLOEBID", "special_team_log": "HENVENDELSE_ID"}
"""Sources whose key is an id: the copy gets one of its own, so that it breaks one rule only."""


def drop_column(text: str, column: int) -> str:
    return (
        "\n".join(
            ";".join(v for i, v in enumerate(line.split(";")) if i != column) for line in text.rstrip("\n").split("\n")
        )
        + "\n"
    )


def with_ethnicity(text: str) -> str:
    header, *rows = text.rstrip("\n").split("\n")
    return "\n".join([header + ";ETNISK_BAGGRUND", *(row + ";dansk" for row in rows)]) + "\n"


FILE_FAULTS = (
    FileFault("column_missing", "dst_kotre", "columns", "A column is missing.", lambda t: drop_column(t, 2)),
    FileFault(
        "new_code",
        "drug_treatment",
        "codes_known",
        "A drug that is not on the list.",
        lambda t: t.replace(";kokain;", ";fentanyl;"),
    ),
    FileFault(
        "wrong_year",
        "crisis_centre_stays",
        "period",
        "The file of another year.",
        lambda t: t.replace(";20", ";19"),
    ),
    FileFault(
        "ethnicity",
        "social_psychiatry_services",
        "no_ethnicity_in_casework",
        "A column with ethnicity.",
        with_ethnicity,
    ),
    FileFault(
        "other_city",
        "dst_bufo",
        "municipality",
        "Another city's file.",
        lambda t: t.replace(f";{home()};", f";{neighbour()};"),
    ),
)


def plant_faults(out: Path, years: range) -> None:
    """Add the faults of the catalogue to the files of `out` and list them in `out/faults.parquet`."""
    planted: list[Planted] = []
    year = years[len(years) // 2]
    good: dict[str, int] = {}
    for k, fault in enumerate(ROW_FAULTS):
        y = max(year, 2011)
        _add_row(out, delivery_of(fault.source), y, fault, k, good)
        planted.append(Planted(fault.id, fault.source, y, fault.rule, False, 1, fault.description))
    for refused in FILE_FAULTS:
        _add_file(out, delivery_of(refused.source), years[-1], refused.change)
        planted.append(Planted(refused.id, refused.source, years[-1], refused.rule, True, 1, refused.description))
    pl.DataFrame(planted, schema=list(Planted._fields), orient="row").write_parquet(out / "faults.parquet")


def _paths(out: Path, delivery: Delivery, year: int) -> tuple[Path, Manifest, str]:
    path = out / delivery.source / f"{delivery.source}_{year}.csv"
    manifest = read_manifest(manifest_path(path))
    return path, manifest, path.read_bytes().decode(str(manifest.encoding))


def _add_row(out: Path, delivery: Delivery, year: int, fault: Fault, salt: int, good: dict[str, int]) -> None:
    """Append a changed copy of one of the `good` rows: those the file had before any fault, by source."""
    path, manifest, text = _paths(out, delivery, year)
    lines = text.removeprefix("\ufeff").rstrip("\n").split("\n")
    at = {name: i for i, name in enumerate(lines[0].split(";"))}
    rows = [line.split(";") for line in lines[1 : 1 + good.setdefault(delivery.source, manifest.rows)]]
    fit = [row for row in rows if "ANONYM" not in at or row[at["ANONYM"]] == "N"]
    # another row per fault, also where the file is short
    chosen = fit[salt % len(fit)]
    row = fault.change(chosen, at)
    if delivery.source in NEW_KEY and fault.rule != "duplicate_row":
        row[at[NEW_KEY[delivery.source]]] = f"X{salt:05d}"
    lines.append(";".join(row))
    path.write_bytes(("\n".join(lines) + "\n").encode(str(manifest.encoding)))
    _renew(path, manifest, len(lines) - 1)


def _add_file(out: Path, delivery: Delivery, year: int, change: Callable[[str], str]) -> None:
    """A second delivery of the same period that must be refused; the first one goes on counting."""
    path, manifest, text = _paths(out, delivery, year)
    target = path.with_name(f"{path.stem}_2.csv")
    target.write_bytes(change(text.removeprefix("\ufeff")).encode(str(manifest.encoding)))
    _renew(target, manifest.model_copy(update={"delivery_number": 2}), manifest.rows)


def _renew(path: Path, manifest: Manifest, rows: int) -> None:
    write_manifest(
        path,
        manifest.model_copy(
            update={
                "file": path.name,
                "rows": rows,
                "bytes": path.stat().st_size,
                "sha256": sha256_of(path),
            }
        ),
    )
