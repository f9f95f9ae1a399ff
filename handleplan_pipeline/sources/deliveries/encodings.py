"""Text files by their declared encoding; what the bytes themselves show is held against it, and nothing is guessed."""

import codecs

from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused

MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32", ("utf-32", "utf-32-le")),
    (codecs.BOM_UTF32_BE, "utf-32", ("utf-32", "utf-32-be")),
    (codecs.BOM_UTF8, "utf-8", ("utf-8", "utf-8-sig")),
    (codecs.BOM_UTF16_LE, "utf-16", ("utf-16", "utf-16-le")),
    (codecs.BOM_UTF16_BE, "utf-16", ("utf-16", "utf-16-be")),
)
"""Byte order marks, what they say, and which declarations agree; UTF-32 first, whose mark begins as that of UTF-16."""
WIDE = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be")
ONE_BYTE = (
    "cp1252",
    "iso8859-1",
    "iso8859-15",
    "cp850",
    "cp858",
    "cp865",
    "cp437",
    "mac-roman",
    "ascii",
    "iso8859-4",
    "iso8859-10",
    "iso8859-13",
    "cp1257",
    "iso8859-9",
    "cp1254",
    "iso8859-2",
    "cp1250",
)
KNOWN = ("utf-8", "utf-8-sig", *WIDE, *ONE_BYTE)
"""Encodings that Danish suppliers, and neighbours whose letters occur in names, write text files in."""

CUT = ("unexpected end of data", "truncated data")
"""Python's words for a letter of several bytes that ends too early."""


def known_encoding(name: str) -> str | None:
    """The standard name of a declared encoding, None for one that no text file is read in."""
    try:
        found = codecs.lookup(name).name
    except (LookupError, ValueError):
        return None
    return found if found in KNOWN else None


def utf8_of(data: bytes, declared: str, file: str) -> bytes:
    """The text of `data` as UTF-8 without a byte order mark. Raises DeliveryRefused; messages speak of encodings."""
    encoding = known_encoding(declared)
    if encoding is None:
        raise _refused(file, f"declared in an encoding that is not read. Declare one of: {', '.join(KNOWN)}")
    data, encoding = _without_mark(data, encoding, file)
    if data.isascii() and encoding not in WIDE:
        return data
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as e:
        if e.end >= len(data) and encoding not in ONE_BYTE and e.reason in CUT:
            raise DeliveryRefused("cut_off", f"{file}: ends in the middle of a letter. Deliver it anew.") from None
        raise _refused(file, f"not readable as {encoding}, the declared encoding. Declare the right one") from None
    if encoding in ONE_BYTE:
        _require_not_utf8(data, encoding, file)
        if any("\x80" <= c <= "\x9f" for c in set(text)):
            raise _refused(
                file,
                f"holds control characters when read as {encoding}, the declared encoding; it is "
                "probably cp1252 or cp850. Declare the right one",
            )
    if "\ufffd" in text:
        raise _refused(file, "holds replacement characters; letters were lost before delivery. Deliver it anew")
    if "\ufeff" in text:
        raise _refused(file, "has a byte order mark inside the text: two files were put together. Deliver them as one")
    return text.encode()


def _without_mark(data: bytes, declared: str, file: str) -> tuple[bytes, str]:
    """The bytes after a byte order mark, and the encoding they are in; a mark that contradicts refuses the file."""
    for mark, says, agreeing in MARKS:
        if not data.startswith(mark):
            continue
        if declared not in agreeing:
            raise _refused(
                file,
                f"begins with the byte order mark of {says}; the declared encoding is {declared}. Declare {says} "
                f"or save the file as {declared}",
            )
        order = "-le" if mark in (codecs.BOM_UTF16_LE, codecs.BOM_UTF32_LE) else "-be"
        return data[len(mark) :], says if says == "utf-8" else says + order
    if declared in ("utf-16", "utf-32"):
        raise _refused(
            file, f"is declared {declared} without a byte order mark. Declare {declared}-le or {declared}-be"
        )
    if declared not in WIDE and b"\x00" in data[:4]:
        raise _refused(
            file,
            f"holds NUL bytes, so it is UTF-16 or UTF-32 without a byte order mark; the declared "
            f"encoding is {declared}. Declare utf-16-le or the right one",
        )
    return data, "utf-8" if declared == "utf-8-sig" else declared


def _require_not_utf8(data: bytes, declared: str, file: str) -> None:
    """Text of one byte a letter is practically never valid UTF-8 by chance once it has letters outside ASCII."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return
    raise _refused(file, f"its letters are written in utf-8, the declared encoding is {declared}. Declare utf-8")


def _refused(file: str, what: str) -> DeliveryRefused:
    return DeliveryRefused("encoding", f"{file}: {what} (`deliver --encoding`).")
