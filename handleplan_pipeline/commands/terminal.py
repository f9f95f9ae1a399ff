"""How commands print: never a cut number or word, one line per row where the output is piped, any encoding.

A terminal gets frames and colours and is folded at words. A pipe gets one line per row, however long, because programs
and `grep` read lines. What an encoding cannot say is replaced, so that no command ends in the middle of a table.
"""

import codecs
import signal
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

UNFOLDED = 1_000_000
"""Columns of a line that nobody folds."""
REPLACED = {
    "●": "*",
    "▼": "v",
    "◆": "?",
    "○": "o",
    "■": "#",
    "◇": "-",
    "…": "...",
    "–": "-",
    "—": "-",
    "−": "-",
    "·": ".",
    "≥": ">=",
    "≤": "<=",
    "×": "x",
    "æ": "ae",
    "ø": "oe",
    "å": "aa",
    "Æ": "Ae",
    "Ø": "Oe",
    "Å": "Aa",
    "§": "section ",
    "“": '"',
    "”": '"',
    "’": "'",
    "»": '"',
    "«": '"',
    "→": "->",
}
HANDLER = "handleplan-replaced"


def _replaced(error: UnicodeError) -> tuple[str, int]:
    """What an encoding cannot say, in letters that every encoding has."""
    assert isinstance(error, UnicodeEncodeError)
    text = error.object[error.start : error.end]
    plain = (
        REPLACED.get(c) or unicodedata.normalize("NFKD", c).encode("ascii", "ignore").decode() or "?" for c in text
    )
    return "".join(plain), error.end


def print_in_any_encoding() -> None:
    """Let both streams replace what they cannot say instead of ending the command."""
    codecs.register_error(HANDLER, _replaced)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=HANDLER)


def _console(stream: TextIO) -> Console:
    return Console(file=stream, width=None if stream.isatty() else UNFOLDED, markup=False, highlight=False, emoji=False)


def say(text: str, style: str | None = None) -> None:
    """A line on the standard output; a terminal folds it, nothing else does."""
    _console(sys.stdout).print(Text(text, style or ""), soft_wrap=True)


def warn(text: str, style: str = "red") -> None:
    """A line on the error output."""
    _console(sys.stderr).print(Text(text, style), soft_wrap=True)


def one_line(cell: str) -> str:
    """A cell that stays in its line."""
    return cell.replace("\\", "\\\\").replace("\r", "\\r").replace("\n", "\\n") if set(cell) & set("\r\n") else cell


def plain_lines(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """The table as text, one line per row, columns one under the other."""
    lines = [tuple(map(one_line, r)) for r in (headings, *rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(headings))]
    return ["  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)).rstrip() for line in lines]


def show_table(headings: Sequence[str], rows: Sequence[Sequence[str]], title: str = "") -> None:
    """A table: framed where a terminal has room for every word and number, else row by row; plain where it is piped."""
    if not sys.stdout.isatty():
        for line in [title] * bool(title) + plain_lines(headings, rows):
            sys.stdout.write(f"{line}\n")
        return
    table = Table(title=title or None)
    for heading in headings:
        table.add_column(Text(heading), overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    console = _console(sys.stdout)
    needed = Measurement.get(console, console.options.update(width=UNFOLDED), table).minimum
    if needed <= console.width:
        console.print(table)
        return
    say(title, "bold")
    for row in rows:
        told = [f"{h}: {c}" if i else c for i, (h, c) in enumerate(zip(headings, row, strict=True)) if c]
        say(" · ".join(told))


def hear_control_c() -> None:
    """Before something is asked for: let Ctrl-C end the waiting for an answer.

    Polars hears SIGINT too, and has the system go on reading after it: a prompt would stand until Enter.
    """
    signal.siginterrupt(signal.SIGINT, True)


@contextmanager
def working(text: str) -> Iterator[None]:
    """A sign of life on a terminal while something takes long; nothing where the output is piped."""
    if not sys.stderr.isatty():
        yield
        return
    with _console(sys.stderr).status(Text(text)):
        yield
