"""Every encoding prints; nothing is wrapped or cut where output is piped; no number or word is cut on a terminal."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from handleplan_pipeline.commands.terminal import plain_lines, print_in_any_encoding
from tests.commands.made import LONG, ROOT, fresh, handleplan, lake_with


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lake_with(tmp_path_factory.mktemp("terminal"), 1).root


@pytest.mark.parametrize(
    ("encoding", "shape"),
    [
        ("utf-8", "○ Kan ikke måles"),
        ("latin-1", "o Kan ikke måles"),
        ("ascii", "o Kan ikke maales"),
        ("cp1252", "o Kan ikke måles"),
        ("cp850", "o Kan ikke måles"),
    ],
)
def test_a_terminal_that_cannot_print_a_shape_gets_another(lake: Path, encoding: str, shape: str) -> None:
    environment = os.environ | {"PYTHONIOENCODING": encoding, "HANDLEPLAN_LAKE": str(lake), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "handleplan_pipeline.cli", "status", "--year", "2012"]
    done = subprocess.run(command, capture_output=True, env=environment)
    assert done.returncode == 0, done.stderr
    assert shape in done.stdout.decode(encoding)


def test_the_c_locale_without_utf_8_prints(lake: Path) -> None:
    done = fresh("status", "--year", "2012", lake=lake, LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert (done.returncode, "Traceback" in done.stderr) == (0, False)
    assert "o Kan ikke maales" in done.stdout


@pytest.mark.parametrize("columns", ["20", "80"])
def test_piped_output_is_not_wrapped(lake: Path, columns: str) -> None:
    lines = handleplan("status", "--year", "2012", lake=lake, COLUMNS=columns).stdout.splitlines()
    assert f" 3: ○ Kan ikke måles. {LONG}" in lines
    (row,) = [x for x in lines if x.startswith("3 ")]
    assert row.split("  ")[0] == "3"
    assert "Ingen baseline" in row
    sources = handleplan("sources", lake=lake, COLUMNS=columns).stdout.splitlines()
    assert len([x for x in sources if x.startswith("section_110_stays ")]) == 1


@pytest.mark.parametrize("width", [40, 80, 200])
def test_no_word_or_number_is_cut_on_a_terminal(width: int) -> None:
    rows = [
        (
            "I02n",
            "2012",
            "Etnisk minoritet : Dansk oprindelse",
            "12.345,67",
            "0,95-3.123,45",
            "kriminalitetsstatistikkerne",
        )
    ]
    script = (
        "from handleplan_pipeline.commands.terminal import show_table\n"
        f"show_table(('Indikator', 'År', 'Gruppe', 'Værdi', 'Interval', 'Grund'), {rows!r}, 'Titel')\n"
    )
    parent, child = pty.openpty()
    environment = os.environ | {
        "COLUMNS": str(width),
        "PYTHONPATH": str(ROOT),
        "TERM": "dumb",
        "PYTHONIOENCODING": "utf-8",
    }
    done = subprocess.Popen([sys.executable, "-c", script], stdout=child, env=environment)
    os.close(child)
    text = b""
    while True:
        try:
            some = os.read(parent, 4096)
        except OSError:
            break
        if not some:
            break
        text += some
    assert done.wait() == 0
    shown = text.decode()
    for whole in ("12.345,67", "0,95-3.123,45", "kriminalitetsstatistikkerne", "2012"):
        assert whole in shown
    assert "…" not in shown


def test_a_cell_stays_in_its_line_and_columns_stand_under_each_other() -> None:
    assert plain_lines(("a", "bb"), [("1", "x\ny"), ("22", "")]) == ["a   bb", "1   x\\ny", "22"]


def test_what_has_no_plain_letter_is_a_question_mark() -> None:
    print_in_any_encoding()
    assert "ÅØÆ é ○ 漢 ½".encode("ascii", "handleplan-replaced") == b"AaOeAe e o ? 12"
