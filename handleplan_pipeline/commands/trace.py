"""`handleplan trace`: from the address of a published figure to all that stands behind it, checks included."""

from pathlib import Path
from typing import Annotated, Any

import typer

from handleplan_pipeline.commands.read import marked, show_release
from handleplan_pipeline.commands.releases import release_folder, released
from handleplan_pipeline.commands.terminal import say, show_table
from handleplan_pipeline.errors import ConfigurationError
from handleplan_pipeline.lake.files import short_mark

Row = dict[str, Any]
ALWAYS = ("missing_reason", "data_kind")
"""Why there is no figure, and of which kind it is, are said of every figure."""
FORM = "schema.table/row_id/column, e.g. output.observation/4e12290377/value"


def trace(
    ref: Annotated[
        str, typer.Argument(help=f"The address of a figure, as the report has it: {FORM}; or without column.")
    ],
) -> None:
    """One published figure: its row, definition, judgement, deliveries and checks."""
    table, row_id, column = _parts(ref)
    folder = release_folder()
    row = _row(folder, table, row_id)
    if column is not None and column not in row:
        raise ConfigurationError(f"{table}: has no column {column}. It has {', '.join(row)}.")
    _show_row(folder, table, row, column)
    indicator = row.get("indicator_id")
    if indicator is not None:
        _show_definition(folder, indicator)
        _show_judgement(folder, indicator, row.get("year"))
    _show_deliveries(folder, table, row)
    _show_checks(folder, table)
    show_release(folder)


def _parts(ref: str) -> tuple[str, str, str | None]:
    """Table, row id and column. Raises ConfigurationError for a text that is no address."""
    table, _, rest = ref.partition("/")
    row_id, _, column = rest.partition("/")
    if table.count(".") != 1 or not row_id or "/" in column:
        raise ConfigurationError(f"{ref}: is no address of a figure. It looks like {FORM}.")
    return table, row_id, column or None


def _row(folder: Path, table: str, row_id: str) -> Row:
    """The row of an address. Raises ConfigurationError when the release has no such table or row."""
    schema, name = table.split(".")
    if not (folder / "parquet" / schema / f"{name}.parquet").is_file():
        raise ConfigurationError(f"{table}: the release has no such table.")
    rows = released(folder, table)
    if "row_id" not in rows.columns:
        raise ConfigurationError(f"{table}: its rows have no row_id; only tables of figures have.")
    found = rows.filter(rows["row_id"] == row_id).to_dicts()
    if not found:
        raise ConfigurationError(f"{table}: has no row {row_id} in this release.")
    return found[0]


def _show_row(folder: Path, table: str, row: Row, column: str | None) -> None:
    schema, name = table.split(".")
    columns = released(folder, "meta.column")
    told = columns.filter((columns["table_schema"] == schema) & (columns["table_name"] == name)).sort("position")
    wanted = [c for c in told.to_dicts() if column is None or c["is_key"] or c["column_name"] in (column, *ALWAYS)]
    kind = row.get("data_kind")
    lines = [
        (
            c["column_name"],
            c["label_da"],
            "" if row[c["column_name"]] is None else _said(c, row, kind),
            c["unit"] or (str(row.get(c["unit_column"]) or "") if c["unit_column"] else ""),
        )
        for c in wanted
    ]
    show_table(("Kolonne", "Navn", "Værdi", "Enhed"), lines, f"{table}/{row['row_id']}")


def _said(column: Row, row: Row, kind: str | None) -> str:
    """What stands in a column; what is no part of the key carries the mark of the row's kind."""
    text = str(row[column["column_name"]])
    return text if column["is_key"] else marked(text, kind)


def _show_definition(folder: Path, indicator: str) -> None:
    found = released(folder, "meta.indicator")
    for i in found.filter(found["indicator_id"] == indicator).to_dicts():
        say(f"{indicator}: {i['title_full_da']}", "bold")
        say(f"  {i['definition_da']}")
        say(f"  Tæller: {i['numerator_da']}. Nævner: {i['denominator_da'] or 'ingen'}.")


def _show_judgement(folder: Path, indicator: str, year: int | None) -> None:
    judged = released(folder, "output.judgement")
    for j in judged.filter((judged["indicator_id"] == indicator) & (judged["year"] == year)).to_dicts():
        say(
            marked(
                f"Dom {year}: {j['result']} efter reglen {j['rule_id']} version {j['rule_version']}; output.judgement/"
                f"{j['row_id']}",
                j["data_kind"],
            )
        )


def _show_deliveries(folder: Path, table: str, row: Row) -> None:
    """What stands behind the row; whole tables and years are told apart by `meta.lineage` alone."""
    schema, name = table.split(".")
    lineage, deliveries = released(folder, "meta.lineage"), released(folder, "meta.delivery")
    mine = lineage.filter((lineage["table_schema"] == schema) & (lineage["table_name"] == name))
    for column in ("indicator_id", "year"):
        if row.get(column) is not None:
            mine = mine.filter((mine[column] == row[column]) | mine[column].is_null())
    number = dict(deliveries.select("delivery_id", "delivery_number").iter_rows())
    state = dict(deliveries.select("delivery_id", "state").iter_rows())
    lines = [
        (
            m["source"] or m["source_id"] or "",
            "" if m["period"] is None else str(m["period"]),
            str(number.get(m["delivery_id"], "")),
            state.get(m["delivery_id"], ""),
            short_mark(m["delivery_id"] or ""),
        )
        for m in mine.unique().sort("source", "period", "source_id", nulls_last=True).to_dicts()
    ]
    if lines:
        show_table(("Kilde", "Periode", "Levering", "Stand", "Mærke"), lines, "Bag tallet")
    else:
        say("Ingen levering og ingen offentliggjort kilde er skrevet op for rækken.")


def _show_checks(folder: Path, table: str) -> None:
    schema, name = table.split(".")
    checks, rules = released(folder, "meta.check"), released(folder, "meta.check_rule")
    title = dict(rules.select("rule", "title_da").iter_rows())
    mine = checks.filter((checks["table_schema"] == schema) & (checks["table_name"] == name)).sort("rule")
    lines = [
        (c["rule"], title.get(c["rule"], ""), str(c["tested_rows"]), str(c["failed_rows"]), c["outcome"])
        for c in mine.to_dicts()
    ]
    show_table(("Regel", "Hvad", "Rækker", "Brudt", "Udfald"), lines, "Kontroller af tabellen")
