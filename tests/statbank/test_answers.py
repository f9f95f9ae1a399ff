"""StatBank's answers against the question: one parser for live and pinned, whole, and meaning what was asked."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handleplan_pipeline.errors import SourceError
from handleplan_pipeline.sources.statbank.client import StatBankError
from handleplan_pipeline.sources.statbank.extracts import FOLK1E, FOLK1E_CONTROL, STRAFNA9, Extract
from handleplan_pipeline.sources.statbank.parse import parse_bulk
from handleplan_pipeline.sources.statbank.question import require_every_cell, require_same_table
from handleplan_pipeline.sources.statbank.tableinfo import TableInfo
from tests.statbank.clients import INFO, SNAPSHOT, YEARS, client, live
from tests.statbank.server import REFERENCE, Faults

Server = tuple[str, Faults]
Lines = Callable[[list[str]], list[str]]


def variable(info: dict[str, Any], code: str) -> dict[str, Any]:
    found: dict[str, Any] = next(v for v in info["variables"] if v["id"] == code)
    return found


def reworded(code: str, value: str, text: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """A tableinfo in which a value of a variable has another text; a new value where it had none."""

    def change(info: dict[str, Any]) -> dict[str, Any]:
        values = variable(info, code)["values"]
        for v in values:
            if v["id"] == value:
                v["text"] = text
                return info
        values.append({"id": value, "text": text})
        return info

    return change


@pytest.mark.parametrize(("extract", "cells"), [(STRAFNA9, 128), (FOLK1E, 300)], ids=["STRAFNA9", "FOLK1E"])
def test_live_and_snapshot_give_the_same_cells(extract: Extract, cells: int, server: Server, tmp_path: Path) -> None:
    url, faults = server
    found = live(url, tmp_path).fetch(extract, YEARS)
    assert found.frame.height == cells
    assert found.frame.equals(SNAPSHOT.fetch(extract, YEARS).frame)
    assert found.provenance["mode"] == "live"
    assert found.provenance["request_id"] == "req-2"
    query = faults.calls[-1][1]
    assert (query["format"], query["valuePresentation"]) == ("BULK", "Code")


def test_the_number_of_cells_is_the_product_of_the_selection() -> None:
    assert (STRAFNA9.cells(STRAFNA9.years), FOLK1E.cells(FOLK1E.years), FOLK1E_CONTROL.cells([2024])) == (
        1088,
        1800,
        65,
    )


def test_years_the_source_does_not_hold_are_named_and_not_made_up(server: Server, tmp_path: Path) -> None:
    got = SNAPSHOT.fetch(FOLK1E, [2009, 2010])
    assert got.provenance["years_missing"] == [2009]
    assert set(got.frame["year"]) == {2010}
    asked = live(server[0], tmp_path).fetch(STRAFNA9, [1999, 2010, 2010])
    assert (asked.provenance["years_missing"], set(asked.frame["year"])) == ([1999], {2010})


# -- whole ------------------------------------------------------------------------------------------------------------


def swapped(old: str, new: str) -> Lines:
    return lambda lines: [line.replace(old, new) for line in lines]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda x: x[:-30], r"FOLK1E: 1,770 cells came, the selection has 1,800"),
        (lambda x: [x[0], *x[1::9]], r"FOLK1E: 200 cells came, the selection has 1,800"),
        (lambda x: [line for line in x if not line.startswith("000;1;22;")], r"alder 22, koen 1\.|koen 1, alder 22"),
        (lambda x: [line for line in x if ";25;" not in line], r"1,\d+ cells came"),
        (lambda x: x[:1], r"FOLK1E: 0 cells came"),
        (lambda x: [*x, x[-1]], r"FOLK1E: 1 cells occur more than once"),
        (lambda x: [*x, "000;1;22;25;2010K1;5"], r"1 cells occur more than once"),
        (lambda x: [*x, "101;1;22;25;2010K1;5"], r"FOLK1E: 1 cells were not asked for: omraade 101"),
        (lambda x: [*x, "000;TOT;22;25;2010K1;5"], r"FOLK1E: 1 cells were not asked for: koen TOT"),
        (lambda x: [*x, "000;1;22;25;2009K1;5"], r"FOLK1E: 1 cells were not asked for: tid 2009K1"),
        (lambda x: [*x[:-1], "101;1;22;25;2010K1;5"], r"not asked for: omraade 101"),
        (lambda x: [*x, ""], r"1 lines do not have 6 fields"),
        (lambda x: [*x, x[0]], r"holds 1 codes its tableinfo does not know"),
        (lambda x: ["KØN;OMRÅDE;ALDER;HERKOMST;TID;INDHOLD", *x[1:]], r"the order differs"),
        (lambda x: x[1:], r"the columns are not those of its tableinfo"),
        (lambda x: ["OMRA\u030aDE;KØN;ALDER;HERKOMST;TID;INDHOLD", *x[1:]], r"missing: OMRÅDE"),
        (swapped(";35;", ";99;"), r"variable HERKOMST holds 1 codes its tableinfo does not know: 99"),
        (swapped(";35;", "; 35;"), r"variable HERKOMST holds 1 codes its tableinfo does not know: 35"),
    ],
)
def test_an_answer_that_is_not_the_selection_is_refused(
    change: Lines, words: str, server: Server, tmp_path: Path
) -> None:
    url, faults = server
    faults.lines = change
    with pytest.raises(SourceError, match=words):
        live(url, tmp_path).fetch(FOLK1E, FOLK1E.years)
    assert faults.count("data") == 1
    assert list(tmp_path.iterdir()) == []


def test_missing_cells_are_named_by_their_codes() -> None:
    frame = SNAPSHOT.fetch(FOLK1E, FOLK1E.years).frame
    part = frame.filter(~((pl.col("alder") == "22") & (pl.col("herkomst") == "25") & (pl.col("year") == 2013)))
    with pytest.raises(SourceError, match=r"1,798 .* missing in alder 22, herkomst 25, tid 2013K1\.$"):
        require_every_cell(FOLK1E, FOLK1E.years, part)


# -- meaning ----------------------------------------------------------------------------------------------------------


def other_table(info: dict[str, Any]) -> dict[str, Any]:
    return json.loads((REFERENCE / "FOLK1E_en.json").read_text(encoding="utf-8")) | {}


def without(code: str, value: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def change(info: dict[str, Any]) -> dict[str, Any]:
        v = variable(info, code)
        v["values"] = [x for x in v["values"] if x["id"] != value]
        return info

    return change


def exchanged(info: dict[str, Any]) -> dict[str, Any]:
    """Western and non-western immigrants change places: the same codes, the same texts."""
    a, b = (v for v in variable(info, "HERKOMST")["values"] if v["id"] in ("24", "25"))
    a["text"], b["text"] = b["text"], a["text"]
    return info


def one_variable_more(info: dict[str, Any]) -> dict[str, Any]:
    more = {"id": "BRANCHE", "text": "x", "elimination": True, "time": False, "values": [{"id": "1", "text": "a"}]}
    return info | {"variables": [*info["variables"], more]}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            exchanged,
            r"variable HERKOMST, code 24 meant 'Immigrants from western countries' and now means 'Immigrants "
            r"from non-western countries'",
        ),
        (reworded("ALDER", "15-29", "15-34 years"), r"variable ALDER, code 15-29 meant '15-29 years' .* '15-34 years'"),
        (reworded("Tid", "2010", "2009"), r"variable Tid, code 2010 meant '2010' and now means '2009'"),
        (reworded("HERKOMST", "99", "Unknown"), r"variable HERKOMST has 1 new codes: 99\. All its parts are asked for"),
        (without("HERKOMST", "35"), r"variable HERKOMST no longer has 1 codes asked for: 35"),
        (lambda i: i | {"unit": "Per cent"}, r"the unit was 'Number' and is now 'Per cent'"),
        (lambda i: i | {"suppressedDataValue": ".."}, r"the hidden value was '0' and is now '\.\.'"),
        (lambda i: i | {"suppressedDataValue": None}, r"the hidden value was '0'"),
        (other_table, r"STRAFNA9 was asked for; the answer describes FOLK1E"),
        (one_variable_more, r"the variables are now ALDER, BRANCHE, HERKOMST, KOEN, Tid; they were ALDER, "),
        (
            lambda i: json.loads(json.dumps(i).replace('"text": "ancestry"', '"text": "citizenship"')),
            r"variable HERKOMST was 'ancestry' and is now 'citizenship'",
        ),
    ],
)
def test_a_table_that_means_something_else_stops(
    change: Callable[[dict[str, Any]], Any], words: str, server: Server, tmp_path: Path
) -> None:
    url, faults = server
    faults.info = change
    with pytest.raises(SourceError, match=words):
        live(url, tmp_path).fetch(STRAFNA9, YEARS)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda i: i | {"id": "strafna9"},
        reworded("HERKOMST", "24", " Immigrants  from Western countries "),
        reworded("Tid", "2027", "2027"),
        without("Tid", "2000"),
        lambda i: i | {"text": "Another title", "active": False, "updated": "2027-04-08T08:00:00"},
    ],
)
def test_what_does_not_change_the_meaning_is_let_through(
    change: Callable[[dict[str, Any]], Any], server: Server, tmp_path: Path
) -> None:
    url, faults = server
    faults.info = change
    assert live(url, tmp_path).fetch(STRAFNA9, YEARS).frame.equals(SNAPSHOT.fetch(STRAFNA9, YEARS).frame)


def test_a_new_code_beside_a_part_that_is_asked_for_is_no_matter(server: Server, tmp_path: Path) -> None:
    url, faults = server
    faults.info = lambda i: reworded("OMRÅDE", "999", "A new municipality")(reworded("ALDER", "126", "126 years")(i))
    assert live(url, tmp_path).fetch(FOLK1E, YEARS).frame.height == 300


def test_the_tables_variables_may_come_in_another_order(server: Server, tmp_path: Path) -> None:
    url, faults = server
    faults.info = lambda i: i | {"variables": i["variables"][::-1]}
    with pytest.raises(SourceError, match="the order differs"):
        live(url, tmp_path).fetch(STRAFNA9, YEARS)
    faults.lines = lambda lines: [";".join([*x.split(";")[:-1][::-1], x.split(";")[-1]]) for x in lines]
    found = live(url, tmp_path).fetch(STRAFNA9, YEARS).frame
    there = SNAPSHOT.fetch(STRAFNA9, YEARS).frame
    assert found.select(sorted(found.columns)).sort(pl.all()).equals(there.select(sorted(there.columns)).sort(pl.all()))


def test_the_pinned_tables_answer_their_own_questions() -> None:
    for extract in (STRAFNA9, FOLK1E, FOLK1E_CONTROL):
        info = SNAPSHOT.tableinfo(extract)
        require_same_table(extract, extract.years, info, info)
        assert SNAPSHOT.fetch(extract, extract.years).frame.height == extract.cells(extract.years)


# -- values -----------------------------------------------------------------------------------------------------------


def body(*cells: str, header: str = "KOEN;ALDER;HERKOMST;TID;INDHOLD") -> bytes:
    lines = [header] + [f"M;TOT;TOT;{2010 + i};{c}" for i, c in enumerate(cells)]
    return ("\r\n".join(lines) + "\r\n").encode()


def states(info: TableInfo, *cells: str) -> list[tuple[int | None, str]]:
    return parse_bulk(body(*cells), info).select("value", "cell_state").rows()


def test_a_hidden_cell_is_a_state_and_never_a_zero() -> None:
    own_sign = INFO.model_copy(update={"suppressed_value": ".."})
    assert states(own_sign, "5", "0", "..", ".") == [
        (5, "value"),
        (0, "zero"),
        (None, "blanked"),
        (None, "not_available"),
    ]
    assert INFO.suppressed_value == "0"
    assert states(INFO, "0") == [(0, "zero_or_hidden")]
    assert states(INFO, "6002420", "-", "...") == [
        (6_002_420, "value"),
        (None, "not_available"),
        (None, "not_available"),
    ]


@pytest.mark.parametrize(
    "cell",
    [
        "1.234",
        "1,5",
        "-5",
        "-99999999999",
        "+5",
        "007",
        "1e5",
        "NaN",
        "inf",
        "5 ",
        " 5",
        "5\t",
        "x1",
        "0x1",
        "5x",
        "1" * 400,
        "9" * 10,
        "٣",
        "５",
        "1 234",
        "1'234",
        '"5"',
        "=5",
        "- 5",
        "....",
        "*",
    ],
)
def test_what_is_not_a_count_is_refused(cell: str) -> None:
    with pytest.raises(SourceError, match="1 cells that are neither a count"):
        parse_bulk(body("5", cell), INFO)


def test_more_persons_than_there_are_is_refused() -> None:
    with pytest.raises(SourceError, match="2 cells count more than 20,000,000 persons"):
        parse_bulk(body("20000000", "20000001", "999999999"), INFO)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (body("1", header="KOEN;ALDER;OPHAV;TID;INDHOLD"), "missing: HERKOMST, not expected: OPHAV"),
        (body("1", header="KOEN;ALDER;HERKOMST;TID;TID;INDHOLD"), "the order differs, or one occurs twice"),
        (body("1")[:-2], "cut off"),
        (b"", "cut off"),
        (body("1") + b"M;TOT\r\n", "1 lines do not have 5 fields"),
        (body("1") + b"M;TOT;TOT;2010;2;3\r\n", "1 lines do not have 5 fields"),
        (body("1") + b"M;TOT;TOT;2010;2\r\n", "1 cells occur more than once"),
        (body("1").replace(b"\r\n", b"\r"), "cut off"),
        (body("1").replace(b";1\r\n", b";1\r\r\n"), "characters that no table has"),
        (body("1\0"), "characters that no table has"),
        ("KOEN;ALDER;HERKOMST;TID;INDHOLD\r\næ\r\n".encode("latin-1"), "not UTF-8"),
        (body("1").decode().encode("utf-16"), "not UTF-8"),
        (b'[{"KOEN": "M"}]\r\n', "the columns are not those of its tableinfo"),
        (b"42\n", "the columns are not those of its tableinfo"),
    ],
)
def test_a_broken_answer_is_refused_with_its_reason(data: bytes, words: str) -> None:
    with pytest.raises(SourceError, match=words):
        parse_bulk(data, INFO)


@pytest.mark.parametrize("data", [b"x;" * 100_000 + b"\n", b"\x1b[31m" + b"y" * 500_000 + b"\n", body(*["?"] * 5000)])
def test_a_sentence_about_a_broken_answer_is_short_and_printable(data: bytes) -> None:
    with pytest.raises(SourceError) as caught:
        parse_bulk(data, INFO)
    assert len(str(caught.value)) < 1000
    assert str(caught.value).isprintable()


def test_a_byte_order_mark_is_no_obstacle() -> None:
    assert parse_bulk(b"\xef\xbb\xbf" + body("7"), INFO)["value"].to_list() == [7]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(st.data())
def test_a_changed_byte_is_refused_or_changes_nothing_but_a_count(data: st.DataObject) -> None:
    """Mutated answers: a sentence, the same cells, or another figure in the same cells; never a crash."""
    good = (REFERENCE / STRAFNA9.snapshot).read_bytes()
    keys = ["koen", "alder", "herkomst", "tid"]
    at = data.draw(st.integers(0, len(good) - 1))
    cut = data.draw(st.integers(0, 40))
    changed = good[:at] + data.draw(st.binary(max_size=4)) + good[at + cut :]
    try:
        frame = parse_bulk(changed, INFO)
        require_every_cell(STRAFNA9, STRAFNA9.years, frame)
    except SourceError:
        return
    assert frame.select(keys).equals(SNAPSHOT.fetch(STRAFNA9, STRAFNA9.years).frame.select(keys))


# -- what is asked ----------------------------------------------------------------------------------------------------


def test_a_refusal_is_passed_on_and_never_retried(server: Server) -> None:
    url, faults = server
    with client(url) as c:
        with pytest.raises(StatBankError, match="Table does not exist: STRAFNA1") as caught:
            c.tableinfo("STRAFNA1")
        assert (caught.value.error_type_code, caught.value.status) == ("EXTRACT-NOTFOUND", 400)
        assert caught.value.request_id == "req-1"
        with pytest.raises(StatBankError, match=r"Can't find value: 1999 \(TID\)"):
            c.data(STRAFNA9, [1999], INFO)
    assert [e for e, _ in faults.calls] == ["tableinfo", "data"]


def test_the_cell_limit_is_read_from_the_message() -> None:
    text = "Forespørgslen på op mod 4.800.600 celler er over begrænsningen på 1.000.000 celler for denne filtype."
    error = StatBankError("REQUEST-LIMIT", text, 400, None)
    assert (error.cells, error.cell_limit) == (4_800_600, 1_000_000)


def test_every_variable_must_be_given_before_anything_is_sent(server: Server) -> None:
    url, faults = server
    short = Extract("x", "STRAFNA9", {"KOEN": ("M",)}, "Tid", "{year}", "", "")
    with client(url) as c, pytest.raises(SourceError, match="ALDER, HERKOMST"):
        c.data(short, YEARS, INFO)
    assert faults.calls == []


def test_the_server_really_has_the_csv_dialect(server: Server) -> None:
    query = STRAFNA9.query([2010]) | {"format": "CSV"}
    answer = httpx.post(server[0] + "/data", json=query).content
    assert answer.startswith(b"\xef\xbb\xbf")
    assert parse_bulk(answer, INFO).height == 64
