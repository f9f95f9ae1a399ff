"""Text tables: lines, quotation marks and fields are counted here from the bytes; Polars parses them elsewhere.

The scanner shares nothing with the parser. What it cannot count without doubt refuses the file: line numbers and counts
are said, never what stands there.
"""

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused

Positions = NDArray[np.intp]
TAB, NEWLINE, QUOTE = 9, 10, 34
SEPARATORS = {b";": "semicolon", b",": "comma", b"\t": "tab", b"|": "vertical bar"}
FEW = 256
"""One quotation mark in so many bytes is few."""
SAMPLE = 1_000
"""So many rows show what the first column looks like. Ours, version 1."""


@dataclass(frozen=True)
class TextTable:
    """A table of text: `body` is header and rows as UTF-8 with \\n, `rows` how many that is, `notes` lines below."""

    body: bytes
    rows: int
    columns: int
    notes: int
    quoted: bool


def text_table(utf8: bytes, separator: str, file: str) -> TextTable:
    """The table in a text. Raises DeliveryRefused unless every line between header and notes has all its fields."""
    data, mark = _lines(utf8, file), separator.encode()
    skeleton = data.translate(None, _telling_nothing(mark))
    _require_plain_text(skeleton, mark, file)
    _require_header(data, mark, file)
    # a pair of marks without separator or line end between them changes no count
    fields = skeleton.replace(b'""', b"")
    first = fields[: fields.index(b"\n") + 1]
    lines, rest = divmod(len(fields), len(first))
    if rest or fields != first * lines or b"\n" + first in data:
        return _irregular_table(data, mark, file)
    # the usual case, far cheaper: nothing but lines with as many separators as the header
    quoted = len(fields) != len(skeleton)
    if quoted:
        _require_whole_values(data, mark, file)
    _require_one_header(data, file)
    return TextTable(data, lines - 1, len(first), 0, quoted)


def _telling_nothing(mark: bytes) -> bytes:
    """Every byte that is neither separator, quotation mark, line end nor a control character."""
    return bytes(c for c in range(256) if (c >= 32 or c == TAB) and c != QUOTE and c != mark[0])


def _require_plain_text(skeleton: bytes, mark: bytes, file: str) -> None:
    controls = len(skeleton.translate(None, mark + b'"\n'))
    if controls:
        raise DeliveryRefused(
            "readable",
            f"{file}: holds {controls} NUL or other control characters. It is damaged, or no text; deliver it anew.",
        )


def _require_header(data: bytes, mark: bytes, file: str) -> None:
    if data[:1] == b"\n":
        raise DeliveryRefused("fields", f"{file}: the first line is empty. Deliver the header as the first line.")
    if data[:4].lower() == b"sep=":
        raise DeliveryRefused(
            "fields", f"{file}: the first line is a hint to Excel (sep=). Deliver the file without that line."
        )
    header = data[: data.index(b"\n")]
    others = [name for other, name in SEPARATORS.items() if other != mark and other in header]
    if mark not in header and others:
        raise DeliveryRefused(
            "separator",
            f"{file}: its header has no {SEPARATORS.get(mark, 'mark')}, the declared separator, but "
            f"{' and '.join(others)}. Save it with the declared one.",
        )


def _require_one_header(body: bytes, file: str) -> None:
    again = body.find(b"\n" + body[: body.index(b"\n") + 1])
    if again >= 0:
        raise DeliveryRefused(
            "fields",
            f"{file}: the header stands again in line {body.count(NEWLINE, 0, again) + 2}; two files were "
            "put together. Deliver them as one table.",
        )


def _irregular_table(data: bytes, mark: bytes, file: str) -> TextTable:
    """The table of a text with quotation marks, notes, empty or faulty lines."""
    a = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(a == NEWLINE)
    starts = np.concatenate((np.zeros(1, np.intp), ends[:-1] + 1))
    separators = np.flatnonzero(a == mark[0])
    quoted = b'"' in data
    if quoted:
        separators = _outside_quotes(data, ends, separators, mark, file)
    fields = np.diff(np.searchsorted(separators, ends), prepend=0)
    last = _end_of_table(data, fields, starts, ends, mark, file)
    body = data[: int(ends[last - 1]) + 1]
    _require_one_header(body, file)
    notes = sum(bool(data[s:e].strip()) for s, e in zip(starts[last:], ends[last:], strict=True))
    return TextTable(body, last - 1, int(fields[0]) + 1, notes, quoted)


def _lines(utf8: bytes, file: str) -> bytes:
    """The text with \\n at the end of every line; whatever makes lines doubtful refuses the file."""
    if not utf8:
        raise DeliveryRefused("fields", f"{file}: the file is empty. Deliver it with its header.")
    if b"\r" in utf8:
        pairs = utf8.count(b"\r\n")
        alone = utf8.count(b"\r") - pairs
        if alone and b"\n" in utf8:
            raise DeliveryRefused(
                "line_ends",
                f"{file}: {alone} carriage returns stand alone among other line ends. Save it with one "
                "kind of line end, and without line breaks inside values.",
            )
        utf8 = utf8.replace(b"\r", b"\n") if alone else utf8.replace(b"\r\n", b"\n")
    if not utf8.endswith(b"\n"):
        raise DeliveryRefused(
            "cut_off",
            f"{file}: line {utf8.count(NEWLINE) + 1}, the last, has no line end, as in a file that was cut "
            "off. Deliver it anew; if it is whole, save it with a line end after the last row.",
        )
    return utf8


def _outside_quotes(data: bytes, ends: Positions, separators: Positions, mark: bytes, file: str) -> Positions:
    """The separators that are not inside quotation marks, each of which must close in its own line."""
    quotes = _quotes(data)
    odd = np.flatnonzero(np.diff(np.searchsorted(quotes, ends), prepend=0) % 2)
    if odd.size:
        raise DeliveryRefused(
            "quotes",
            f"{file}: a quotation mark does not close in its line, in {odd.size} lines, the first line "
            f"{int(odd[0]) + 1}. Deliver it without line breaks inside values and with every mark in a value doubled.",
        )
    _require_whole_values(data, mark, file)
    outside: Positions = separators[np.searchsorted(quotes, separators) % 2 == 0]
    return outside


def _quotes(data: bytes) -> Positions:
    """Where quotation marks stand. Few are found faster one by one than by asking every byte."""
    if data.count(b'"') * FEW < len(data):
        return np.fromiter((m.start() for m in re.finditer(b'"', data)), np.intp)
    return np.flatnonzero(np.frombuffer(data, np.uint8) == QUOTE)


def _require_whole_values(data: bytes, mark: bytes, file: str) -> None:
    """Raise DeliveryRefused unless every pair of quotation marks stands around a value or a mark inside one."""
    a, quotes = np.frombuffer(data, np.uint8), _quotes(data)
    opens, closes = quotes[0::2], quotes[1::2]
    edge = (NEWLINE, QUOTE, mark[0])
    whole = np.isin(np.where(opens > 0, a[opens - 1], NEWLINE), edge) & np.isin(a[closes + 1], edge)
    if not whole.all():
        line = data.count(NEWLINE, 0, int(opens[~whole][0])) + 1
        raise DeliveryRefused(
            "quotes",
            f"{file}: {int((~whole).sum())} pairs of quotation marks do not stand around a whole value, the "
            f"first in line {line}. Deliver values with marks inside quotation marks, each mark doubled.",
        )


def _end_of_table(data: bytes, fields: Positions, starts: Positions, ends: Positions, mark: bytes, file: str) -> int:
    """How many lines the header and the rows take. Below them only empty lines and notes may stand.

    A note stands below an empty line, or has no separator and cannot be the beginning of a row's first field.
    """
    empty = (ends - starts) == fields
    wrong = np.flatnonzero((fields != fields[0]) | empty)
    if not wrong.size:
        return int(ends.size)
    last = int(wrong[0])
    shape = _FirstColumn.of(data, starts[1:last], ends[1:last], mark)
    below = False
    for k in range(last, ends.size):
        line = data[int(starts[k]) : int(ends[k])].rstrip(mark + b" \t")
        if not line:
            below = True
        elif not (line.count(mark) + 1 < fields[0] + 1 and shape.no_row(line, mark, below)):
            raise _not_a_note(fields, wrong, k, bool(empty[last]), file)
    return last


def _not_a_note(fields: Positions, wrong: Positions, line: int, after_empty: bool, file: str) -> DeliveryRefused:
    short = wrong[fields[wrong] != fields[0]]
    if after_empty and fields[line] == fields[0]:
        return DeliveryRefused(
            "fields",
            f"{file}: line {int(wrong[0]) + 1} is empty and rows follow in line {line + 1}. Deliver one "
            "table without empty lines, notes below it.",
        )
    return DeliveryRefused(
        "fields",
        f"{file}: {short.size} lines have not the {int(fields[0]) + 1} fields of the header, the first line "
        f"{int(short[0]) + 1}. Deliver every row with all its fields; put notes below an empty line under the table.",
    )


@dataclass(frozen=True)
class _FirstColumn:
    """What the first field of a row looks like: its longest length, and whether it begins with a digit or a letter."""

    longest: int
    digits: bool
    letters: bool

    @classmethod
    def of(cls, data: bytes, starts: Positions, ends: Positions, mark: bytes) -> "_FirstColumn":
        sample = [
            data[int(s) : int(e)].split(mark, 1)[0].strip(b'" ')
            for s, e in zip(starts[:SAMPLE], ends[:SAMPLE], strict=True)
        ]
        return cls(
            max(map(len, sample), default=0),
            any(v[:1].isdigit() for v in sample),
            any(v and not v[:1].isdigit() for v in sample),
        )

    def no_row(self, line: bytes, mark: bytes, below_empty: bool) -> bool:
        """Whether a line cannot be a row, or what is left of one: a note."""
        first, _, rest = line.partition(mark)
        first = first.strip(b'" ')
        if rest and not below_empty:
            return False
        if not self.longest:
            return below_empty
        if re.fullmatch(rb"[0-9][0-9 .-]*", first):
            return not self.digits
        alike = self.digits if first[:1].isdigit() else self.letters
        return not (alike and len(first) <= self.longest)
