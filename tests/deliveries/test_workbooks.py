"""Workbooks: one visible table, cells with their own type, and everything hidden or broken said by number."""

import zipfile
from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
from openpyxl.workbook import Workbook

from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused
from handleplan_pipeline.sources.deliveries.readers import count_rows
from handleplan_pipeline.sources.deliveries.workbook import ERROR_CELL, number_text, typed_column
from tests.deliveries.reading_tools import COUNTS, HEADER, STAYS, read, says_no_value, stay

SHEET = "Hemmeligt ark"
SHEET_PART = "xl/worksheets/sheet1.xml"


def rows(n: int = 40) -> list[list[Any]]:
    return [list(HEADER), *([*stay(k)[:2], 101, 101, date(2010, 2, 1), date(2010, 6, 2)] for k in range(n))]


def book(*sheets: list[list[Any]]) -> Workbook:
    made = Workbook()
    made.remove(made.active)  # type: ignore[arg-type]
    for k, content in enumerate(sheets):
        sheet = made.create_sheet(f"{SHEET} {k}")
        for line in content:
            sheet.append(line)
    return made


def saved(made: Workbook, folder: Path) -> Path:
    path = folder / "stays.xlsx"
    made.save(path)
    return path


def refusal(made: Workbook, folder: Path, n: int = 40) -> str:
    path = saved(made, folder)
    with pytest.raises(DeliveryRefused) as caught:
        read(path, n)
    assert caught.value.rule == "workbook"
    assert SHEET not in str(caught.value)
    says_no_value(caught.value)
    return str(caught.value)


def test_cells_keep_their_type(tmp_path: Path) -> None:
    found = read(saved(book(rows()), tmp_path), 40)
    assert found.schema == {
        "CPR": pl.String,
        "BOFORM_ID": pl.String,
        "BOFORM_KOM": pl.Float64,
        "BETALINGSKOM": pl.Float64,
        "INDSKREVET": pl.Date,
        "UDSKREVET": pl.Date,
    }
    assert found.row(0) == ("0201650000", "B00", 101.0, 101.0, date(2010, 2, 1), date(2010, 6, 2))


def test_a_number_cell_has_no_decimal_mark_to_interpret(tmp_path: Path) -> None:
    """Field case 03: 10.333..., 9.125 and 12.5 as they are; in a mixed column with the declared comma."""
    head = [v.name for v in COUNTS.variables]
    own = [["I09", 2012, "101", "all", "total", "total", None, 60, v] for v in (10.33333333333333, 9.125, 12.5)]
    path = saved(book([head, *own]), tmp_path)
    assert read(path, 3, COUNTS)["VAERDI"].to_list() == [10.33333333333333, 9.125, 12.5]
    path = saved(book([head, *own, [*own[0][:8], ".."], [*own[0][:8], 2012], [*own[0][:8], 9.0]]), tmp_path)
    assert read(path, 6, COUNTS)["VAERDI"].to_list() == ["10,33333333333333", "9,125", "12,5", "..", "2012", "9"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (9.125, "9,125"),
        (2012.0, "2012"),
        (1e21, "1000000000000000000000"),
        (1e-7, "0,0000001"),
        (-0.5, "-0,5"),
        (1234567.25, "1234567,25"),
    ],
)
def test_numbers_as_text_have_every_digit_and_no_grouping(value: float, text: str) -> None:
    assert number_text(value, ",") == text


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([True, None, False], pl.Series([True, None, False])),
        ([None, None], pl.Series([None, None], dtype=pl.String)),
        ([1, 2.5], pl.Series([1.0, 2.5])),
        ([True, 1], pl.Series(["TRUE", "1"])),
        ([time(9, 30)], pl.Series(["09:30:00"])),
        ([datetime(2010, 2, 1, 12), datetime(2010, 2, 2)], pl.Series([datetime(2010, 2, 1, 12), datetime(2010, 2, 2)])),
        ([datetime(2010, 2, 1), "åben"], pl.Series(["2010-02-01", "åben"])),
        ([datetime(2010, 2, 1), 40210], pl.Series(["2010-02-01", "40210"])),
    ],
)
def test_a_column_has_the_type_all_its_cells_have_or_is_text(values: list[Any], expected: pl.Series) -> None:
    found = typed_column(values, ",")
    assert found.dtype == expected.dtype
    assert found.to_list() == expected.to_list()


@pytest.mark.parametrize("error", ["#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!"])
def test_a_cell_that_shows_an_error_is_not_empty(tmp_path: Path, error: str) -> None:
    """Field case 05: the column becomes text, its dates ISO, and the error a text that is no date."""
    own = rows()
    own[3][5], own[7][5] = error, None
    found = read(saved(book(own), tmp_path), 40)["UDSKREVET"]
    assert (found[2], found[6], found[0]) == (ERROR_CELL, None, "2010-06-02")
    assert found.null_count() == 1


def test_a_serial_number_that_is_no_date_is_an_error(tmp_path: Path) -> None:
    made = book(rows())
    made.worksheets[0]["F3"].value = -5
    made.worksheets[0]["F3"].number_format = "dd-mm-yyyy"
    assert read(saved(made, tmp_path), 40)["UDSKREVET"][1] == ERROR_CELL


def test_formulas_without_a_stored_result_refuse_the_file(tmp_path: Path) -> None:
    own = rows()
    for k in range(1, 41):
        own[k][5] = f"=E{k + 1}+121"
    message = refusal(book(own), tmp_path)
    assert "40 formulas have no stored result" in message
    assert "let it calculate" in message


def test_formulas_as_a_writer_that_cannot_calculate_leaves_them_are_no_zeros(tmp_path: Path) -> None:
    import xlsxwriter

    path = tmp_path / "stays.xlsx"
    with xlsxwriter.Workbook(str(path)) as made:
        sheet = made.add_worksheet()
        sheet.write_row(0, 0, HEADER)
        sheet.write_row(1, 0, stay(0)[:5])
        sheet.write_formula(1, 5, "=A2+1")
    with pytest.raises(DeliveryRefused, match="1 formulas have no stored result"):
        read(path, 1)


def test_a_formula_with_its_stored_result_is_read(tmp_path: Path) -> None:
    import xlsxwriter

    path = tmp_path / "stays.xlsx"
    with xlsxwriter.Workbook(str(path)) as made:
        sheet = made.add_worksheet()
        sheet.write_row(0, 0, HEADER)
        sheet.write_row(1, 0, stay(0)[:2])
        sheet.write_formula(1, 2, "=100+1", value=101)
        sheet.write_formula(1, 3, '=""', value="x")
        sheet.write_row(1, 4, stay(0)[4:])
    # Excel stores an empty text as the result of a formula so
    rewritten(path, "xl/worksheets/sheet1.xml", b"<v>x</v>", b"<v></v>")
    assert read(path, 1).row(0) == ("0201650000", "B00", 101.0, None, "01-02-2010", "02-06-2010")


def test_rows_spread_over_two_sheets_are_refused(tmp_path: Path) -> None:
    """Field case 04."""
    assert "2 sheets have content, 0 of them hidden" in refusal(book(rows(20), rows(20)), tmp_path)


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
@pytest.mark.parametrize("hidden", [0, 1])
def test_a_hidden_sheet_with_content_is_refused_wherever_it_stands(tmp_path: Path, state: str, hidden: int) -> None:
    made = book(rows(10), rows(40))
    made.active = 1 - hidden
    made.worksheets[hidden].sheet_state = state
    assert "2 sheets have content, 1 of them hidden" in refusal(made, tmp_path)


def test_empty_sheets_do_not_count(tmp_path: Path) -> None:
    made = book([], rows(), [])
    made.worksheets[2].sheet_state = "hidden"
    assert read(saved(made, tmp_path), 40).height == 40


def test_a_workbook_without_content_is_no_table(tmp_path: Path) -> None:
    assert "0 sheets have content" in refusal(book([], []), tmp_path)


def hide_row(made: Workbook) -> None:
    made.worksheets[0].row_dimensions[5].hidden = True


def flatten_almost(made: Workbook) -> None:
    made.worksheets[0].row_dimensions[5].height = 0.3
    made.worksheets[0].row_dimensions[9].height = 0.75


def flatten_column(made: Workbook) -> None:
    made.worksheets[0].column_dimensions["F"].width = 0.01


def hide_column(made: Workbook) -> None:
    made.worksheets[0].column_dimensions["F"].hidden = True


def merge(made: Workbook) -> None:
    made.worksheets[0].merge_cells("B3:B6")


def title(made: Workbook) -> None:
    made.worksheets[0].insert_rows(1)
    made.worksheets[0]["A1"] = "Ophold 2010"


def gap(made: Workbook) -> None:
    made.worksheets[0].insert_rows(12)


def second_table(made: Workbook) -> None:
    for line in ([], [], ["x", "y"], [1, 2]):
        made.worksheets[0].append(line)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (hide_row, "1 rows and 0 columns"),
        (flatten_almost, "2 rows and 0 columns"),
        (hide_column, "0 rows and 1 columns"),
        (flatten_column, "0 rows and 1 columns"),
        (merge, "1 groups of cells"),
        (title, "no name in the first row"),
        (gap, "30 rows with more than one value"),
        (second_table, "2 rows with more than one value"),
    ],
)
def test_what_is_hidden_merged_or_not_one_table_is_refused(
    tmp_path: Path, change: Callable[[Workbook], None], words: str
) -> None:
    made = book(rows())
    change(made)
    assert words in refusal(made, tmp_path)


@pytest.mark.parametrize("height", [b"0", b"0.0"])
def test_a_row_that_was_drawn_together_is_hidden_without_being_called_so(tmp_path: Path, height: bytes) -> None:
    flat = b'<row r="5" ht="' + height + b'" customHeight="1"'
    path = rewritten(saved(book(rows()), tmp_path), SHEET_PART, b'<row r="5"', flat)
    with pytest.raises(DeliveryRefused, match="1 rows and 0 columns with content are hidden"):
        read(path, 40)


@pytest.mark.parametrize("usual", [b'zeroHeight="1"', b'zeroHeight="true"'])
def test_rows_that_are_of_no_height_unless_they_say_so_are_hidden(tmp_path: Path, usual: bytes) -> None:
    made = book(rows())
    for k in range(1, 31):
        made.worksheets[0].row_dimensions[k].height = 15
    path = rewritten(saved(made, tmp_path), SHEET_PART, b"<sheetFormatPr ", b"<sheetFormatPr " + usual + b" ")
    with pytest.raises(DeliveryRefused, match="11 rows and 0 columns with content are hidden"):
        read(path, 40)


def test_low_rows_narrow_columns_and_rows_of_no_height_below_the_table_are_read(tmp_path: Path) -> None:
    made = book(rows())
    made.worksheets[0].row_dimensions[5].height = 2
    made.worksheets[0].row_dimensions[200].height = 0
    made.worksheets[0].column_dimensions["F"].width = 1
    made.worksheets[0].column_dimensions["Z"].width = 0.01
    assert read(saved(made, tmp_path), 40).height == 40


def test_notes_below_an_empty_row_and_a_table_that_begins_further_down_are_read(tmp_path: Path) -> None:
    made = book([[], [], *rows(), [], ["Kilde: indberetninger"], ["Foreløbige tal"]])
    path = saved(made, tmp_path)
    assert (read(path, 40).height, count_rows(path, STAYS)) == (40, 40)


def test_dates_count_from_1904_where_the_workbook_says_so(tmp_path: Path) -> None:
    from openpyxl.utils.datetime import CALENDAR_MAC_1904

    made = book(rows())
    made.epoch = CALENDAR_MAC_1904
    assert read(saved(made, tmp_path), 40)["INDSKREVET"].to_list() == [date(2010, 2, 1)] * 40


def test_a_false_dimension_hides_no_rows(tmp_path: Path) -> None:
    path = rewritten(saved(book(rows()), tmp_path), "xl/worksheets/sheet1.xml", b'ref="A1:F41"', b'ref="A1:B2"')
    assert read(path, 40).height == 40


def rewritten(path: Path, part: str, old: bytes, new: bytes) -> Path:
    with zipfile.ZipFile(path) as z:
        parts = {n: z.read(n) for n in z.namelist()}
    assert old in parts[part]
    parts[part] = parts[part].replace(old, new)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        for name, content in parts.items():
            z.writestr(name, content)
    return path


def test_a_workbook_of_the_strict_kind_is_refused_not_read_as_empty(tmp_path: Path) -> None:
    """The library knows other namespaces only and finds no cells; the count by the XML disagrees."""
    path = rewritten(
        saved(book(rows()), tmp_path),
        "xl/worksheets/sheet1.xml",
        b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
        b"http://purl.oclc.org/ooxml/spreadsheetml/main",
    )
    with pytest.raises(DeliveryRefused):
        read(path, 40)


def test_long_sheets_take_linear_time() -> None:
    """20 times as many rows may not take 100 times as long; quadratic work would take 400 times as long."""
    from time import process_time

    from handleplan_pipeline.sources.deliveries.workbook import _require_whole, rows_of
    from handleplan_pipeline.sources.deliveries.workbook_survey import Sheet

    def seconds(n: int) -> float:
        sheet = Sheet(True, filled=dict.fromkeys(range(1, n + 1), 6), merged=[(n + 9, n + 9)] * 50)
        start = process_time()
        _require_whole(sheet, "x.xlsx")
        assert rows_of(sheet) == n - 1
        return process_time() - start

    assert min(seconds(100_000) for _ in range(3)) < 100 * min(seconds(5_000) for _ in range(5))


def test_a_doubled_column_is_one_too_many(tmp_path: Path) -> None:
    own = [[*line, line[1]] for line in rows()]
    with pytest.raises(DeliveryRefused, match=r"columns.*renamed: 1\."):
        read(saved(book(own), tmp_path), 40)


def test_a_protected_workbook_is_said_to_be_one(tmp_path: Path) -> None:
    path = tmp_path / "stays.xlsx"
    path.write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + b"EncryptedPackage" * 100)
    with pytest.raises(DeliveryRefused, match="protected with a password"):
        read(path, 40)


def test_cells_are_those_another_reader_finds(tmp_path: Path) -> None:
    """fastexcel (calamine) is the oracle for values; only its types differ."""
    path = saved(book(rows()), tmp_path)
    oracle = pl.read_excel(path).with_columns(pl.col("BOFORM_KOM", "BETALINGSKOM").cast(pl.Float64))
    found = read(path, 40)
    assert found.equals(oracle.cast(found.schema))
    assert len(list(openpyxl.load_workbook(path).worksheets[0].iter_rows())) == 41
