"""Text tables: every line whole, every quotation mark closed, notes told from rows, and the count of an own scanner."""

import csv as csv_module
import io
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handleplan_pipeline.sources.deliveries.csv_files import text_table
from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused
from tests.deliveries.reading_tools import COUNTS, HEAD, csv, lines, read, says_no_value, write


def refusal(folder: Path, content: bytes, rows: int = 40) -> DeliveryRefused:
    with pytest.raises(DeliveryRefused) as caught:
        read(write(folder, content), rows)
    says_no_value(caught.value)
    return caught.value


def test_a_whole_file_is_read_row_by_row(tmp_path: Path) -> None:
    found = read(write(tmp_path, csv(*lines())), 40)
    assert found.rows() == [tuple(x.split(";")) for x in lines()[1:]]


def test_short_and_long_lines_refuse_the_file_and_say_which(tmp_path: Path) -> None:
    """Field case 08: lines 5 and 31 have lost their last field."""
    of = lines()
    of[4], of[30] = of[4].rpartition(";")[0], of[30].rpartition(";")[0]
    error = refusal(tmp_path, csv(*of))
    assert error.rule == "fields"
    assert "2 lines have not the 6 fields of the header, the first line 5" in str(error)
    of = lines()
    of[9] += ";"
    assert "1 lines have not the 6 fields of the header, the first line 10" in str(refusal(tmp_path, csv(*of)))


@pytest.mark.parametrize("left", [-1, -5, -12, -40, -44])
def test_a_file_that_ends_in_a_row_is_cut_off(tmp_path: Path, left: int) -> None:
    """Without the last line end, inside a date, in a field less, and at the beginning of the first field."""
    error = refusal(tmp_path, csv(*lines())[:left])
    assert error.rule == "cut_off"
    assert "line 41, the last" in str(error)
    assert "save it with a line end" in str(error)


@pytest.mark.parametrize("rest", ["0201", "0", "0201650000", "0201650000;B01", "0201650000;B01;101;101;01-02-2010"])
def test_what_is_left_of_a_row_is_no_note(tmp_path: Path, rest: str) -> None:
    """A supplier's system may end a cut-off file with a line end."""
    error = refusal(tmp_path, csv(*lines(), rest))
    assert error.rule == "fields"
    assert "the first line 42" in str(error)


NOTES = ["", "Kilde: Danmarks Statistik; egne beregninger", "æøå"]


@pytest.mark.parametrize(
    "notes",
    [
        NOTES,
        ["Kilde: Danmarks Statistik"],
        ["", "", "Note", ""],
        ["1) Foreløbige tal, august"],
        [""],
        [";;;;;"],
        [";;;;;", "Kilde: Danmarks Statistik;;;;;"],
    ],
)
def test_notes_under_the_table_are_no_rows(tmp_path: Path, notes: list[str]) -> None:
    assert read(write(tmp_path, csv(*lines(), *notes)), 40).height == 40


def test_many_notes_take_linear_time(tmp_path: Path) -> None:
    """20 times as many notes may not take 100 times as long; quadratic work would take 400 times as long."""

    def seconds(n: int) -> float:
        content = csv(*lines(10), *["n" * 60] * n)
        start = process_time()
        assert text_table(content, ";", "x.csv").rows == 10
        return process_time() - start

    assert min(seconds(100_000) for _ in range(3)) < 100 * min(seconds(5_000) for _ in range(5))


def test_rows_after_an_empty_line_refuse_the_file(tmp_path: Path) -> None:
    of = lines()
    error = refusal(tmp_path, csv(*of[:21], "", *of[21:]))
    assert (error.rule, "line 22 is empty and rows follow in line 23" in str(error)) == ("fields", True)
    assert refusal(tmp_path, csv(*of[:21], ";;;;;", *of[21:])).rule == "fields"


def test_a_second_header_is_found(tmp_path: Path) -> None:
    error = refusal(tmp_path, csv(*lines(20), *lines(20)))
    assert "the header stands again in line 22" in str(error)


@pytest.mark.parametrize("first", ["", "sep=;"])
def test_the_header_is_the_first_line(tmp_path: Path, first: str) -> None:
    assert refusal(tmp_path, csv(first, *lines())).rule == "fields"


def test_an_empty_file_is_no_table(tmp_path: Path) -> None:
    assert refusal(tmp_path, b"").rule == "fields"
    assert read(write(tmp_path, csv(HEAD)), 0).height == 0


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_one_kind_of_line_end_is_read(tmp_path: Path, end: str) -> None:
    found = read(write(tmp_path, (end.join(lines()) + end).encode()), 40)
    assert found["UDSKREVET"].to_list() == ["02-06-2010"] * 40


def test_lf_and_crlf_mixed_are_both_line_ends_but_a_lone_cr_is_doubtful(tmp_path: Path) -> None:
    of = csv(*lines())
    assert read(write(tmp_path, of.replace(b"\n", b"\r\n", 7)), 40).height == 40
    error = refusal(tmp_path, of.replace(b"\n", b"\r", 7))
    assert (error.rule, "7 carriage returns" in str(error)) == ("line_ends", True)


def test_nul_and_control_characters_are_counted(tmp_path: Path) -> None:
    of = csv(*lines()).replace(b"B0", b"B\x00").replace(b"B39", b"\x1a39")
    error = refusal(tmp_path, of)
    assert (error.rule, "11 NUL or other control" in str(error)) == ("readable", True)


@pytest.mark.parametrize(
    ("value", "line"),
    [('"B00', 2), ('B"00', 2), ('"B\n00"', 2), ('a "b" c', 2), ('"a"b', 2), ('a"b"', 2)],
)
def test_marks_that_do_not_close_or_stand_inside_refuse_the_file(tmp_path: Path, value: str, line: int) -> None:
    error = refusal(tmp_path, csv(*lines()).replace(b"B00", value.encode()))
    assert error.rule == "quotes"
    assert f"line {line}" in str(error)


@pytest.mark.parametrize("value", ['"B;00"', '"B""00"', '"a;""b"";c"', '""', '"æ"', '""""'])
def test_quoted_values_are_read_as_the_standard_library_reads_them(tmp_path: Path, value: str) -> None:
    content = csv(*lines()).replace(b"B00", value.encode("cp1252"))
    found = read(write(tmp_path, content), 40)
    (_, first, *_) = csv_module.reader(io.StringIO(content.decode("cp1252")), delimiter=";")
    assert [v or "" for v in found.row(0)] == first


def test_a_point_in_a_number_of_a_text_file_stays_what_it_is(tmp_path: Path) -> None:
    """Field case 03, the CSV: the reader does not interpret; 10.333 is the later steps' to refuse."""
    head = ";".join(v.name for v in COUNTS.variables)
    path = write(tmp_path, csv(head, "I09;2012;101;all;total;total;;60;10.333"), "counts.csv")
    assert read(path, 1, COUNTS)["VAERDI"].to_list() == ["10.333"]


cells = st.text(st.sampled_from('ab";\r \n'), max_size=4)


@given(st.lists(st.lists(cells, min_size=3, max_size=3), min_size=1, max_size=6), st.integers(0, 30))
def test_whatever_is_taken_in_is_what_the_standard_library_reads(rows: list[list[str]], cut: int) -> None:
    """Either refused, or the same number of rows as the csv module finds, all of three fields."""
    out = io.StringIO()
    csv_module.writer(out, delimiter=";", lineterminator="\n").writerows([["x", "y", "z"], *rows])
    text = out.getvalue()[: len(out.getvalue()) - cut]
    try:
        found = text_table(text.encode(), ";", "x.csv")
    except DeliveryRefused:
        return
    expected = list(csv_module.reader(io.StringIO(found.body.decode(), newline=""), delimiter=";"))
    assert len(expected) == found.rows + 1
    assert all(len(r) == 3 for r in expected)
