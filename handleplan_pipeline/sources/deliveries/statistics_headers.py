"""Row counts of SAS, SPSS and Stata files from their own headers, by the layouts their makers and ReadStat document.

Shares nothing with the library that reads the values. Unknown layouts refuse the file rather than be guessed.
"""

import struct
from collections.abc import Iterator
from pathlib import Path

from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused

SAS_MAGIC = bytes.fromhex("000000000000000000000000c2ea8160b31411cfbd92080009c7318c181f1011")
SAS_ROW_SIZE = (b"\xf7\xf7\xf7\xf7", b"\xf7\xf7\xf7\xf7\x00\x00\x00\x00", b"\x00\x00\x00\x00\xf7\xf7\xf7\xf7")
"""Signature of the subheader that holds the number of rows: 32 bits, 64 bits little and big endian."""
SAS_PAGES_ASKED = 64
"""The subheader stands on the first page, or on the next few where very many columns are. Ours, version 1."""
STATA_OLD = (113, 114, 115)
STATA_NEW = {b"117": ("H", "I"), b"118": ("H", "Q"), b"119": ("I", "Q")}
"""Widths of the number of variables and of rows, by release of the format."""
STATA_STRL = 32768


def header_rows(path: Path, kind: str, file: str) -> int:
    """Rows of a `sas7bdat`, `sav` or `dta` by its header, whose end must be there. Raises DeliveryRefused."""
    data = path.read_bytes()
    try:
        return {"sas7bdat": _sas, "sav": _spss, "dta": _stata}[kind](data, file)
    except (struct.error, IndexError, ValueError, KeyError):
        raise DeliveryRefused(
            "readable", f"{file}: its header is not that of a {kind} file, or is cut off. Deliver it anew."
        ) from None


def _sas(data: bytes, file: str) -> int:
    if data[: len(SAS_MAGIC)] != SAS_MAGIC:
        raise ValueError
    wide, shift = data[32] == 0x33, 4 if data[35] == 0x33 else 0
    order = "<" if data[37] == 1 else ">"
    header, page = struct.unpack_from(f"{order}ii", data, 196 + shift)
    (pages,) = struct.unpack_from(f"{order}{'q' if wide else 'i'}", data, 204 + shift)
    if header <= 0 or page <= 0 or len(data) < header + pages * page:
        raise DeliveryRefused(
            "cut_off", f"{file}: {len(data)} bytes, its header says {header + pages * page}. Deliver it anew."
        )
    for k in range(min(pages, SAS_PAGES_ASKED)):
        for at in _sas_subheaders(data, header + k * page, wide, order):
            if data[at : at + (8 if wide else 4)] in SAS_ROW_SIZE:
                return int(struct.unpack_from(f"{order}{'q' if wide else 'i'}", data, at + (48 if wide else 24))[0])
    raise ValueError


def _sas_subheaders(data: bytes, page: int, wide: bool, order: str) -> Iterator[int]:
    """Where the subheaders of a page begin in the file."""
    start = page + (32 if wide else 16)
    (count,) = struct.unpack_from(f"{order}H", data, start + 4)
    for k in range(count):
        at = start + 8 + k * (24 if wide else 12)
        offset, length = struct.unpack_from(f"{order}{'qq' if wide else 'ii'}", data, at)
        if length:
            yield page + offset


def _spss(data: bytes, file: str) -> int:
    if data[:4] not in (b"$FL2", b"$FL3"):
        raise ValueError
    order = "<" if struct.unpack_from("<i", data, 64)[0] in (2, 3) else ">"
    compression, _, rows = struct.unpack_from(f"{order}iii", data, 72)
    width, start = _spss_dictionary(data, order)
    if compression == 0:
        found, rest = divmod(len(data) - start, 8 * width)
        if rest or rows not in (-1, found):
            raise _cut_off(file)
        return found
    if compression == 1:
        found = _spss_compressed(data, start, order, width, file)
        if rows not in (-1, found):
            raise _cut_off(file)
        return found
    if rows < 0:
        raise DeliveryRefused("rows", f"{file}: its header does not say how many rows it has. Save it uncompressed.")
    return int(rows)


def _cut_off(file: str) -> DeliveryRefused:
    return DeliveryRefused("cut_off", f"{file}: holds other rows than its header says. It is cut off; deliver it anew.")


def _spss_dictionary(data: bytes, order: str) -> tuple[int, int]:
    """Elements of 8 bytes in a row, and where the rows begin."""
    at, width = 176, 0
    while True:
        (record,) = struct.unpack_from(f"{order}i", data, at)
        at += 4
        if record == 2:
            _, label, missing = struct.unpack_from(f"{order}iii", data, at)
            at += 28
            if label:
                (length,) = struct.unpack_from(f"{order}i", data, at)
                at += 4 + -(-length // 4) * 4
            at += 8 * abs(missing)
            width += 1
        elif record == 3:
            (count,) = struct.unpack_from(f"{order}i", data, at)
            at += 4
            for _ in range(count):
                at += 8 + -(-(data[at + 8] + 1) // 8) * 8
            _, variables = struct.unpack_from(f"{order}ii", data, at)
            at += 8 + 4 * variables
        elif record == 6:
            (lines,) = struct.unpack_from(f"{order}i", data, at)
            at += 4 + 80 * lines
        elif record == 7:
            _, size, count = struct.unpack_from(f"{order}iii", data, at)
            at += 12 + size * count
        elif record == 999:
            return width, at + 4
        else:
            raise ValueError


def _spss_compressed(data: bytes, at: int, order: str, width: int, file: str) -> int:
    """Rows of bytecode-compressed data: 8 codes, a value each; 8 bytes follow for 253, 0 is nothing, 252 the end."""
    values, size = 0, len(data)
    while at + 8 <= size:
        codes = data[at : at + 8]
        at += 8
        if 252 in codes:
            codes = codes[: codes.index(252)]
            values += len(codes) - codes.count(0)
            at = size
            break
        raw = codes.count(253)
        values += 8 - codes.count(0)
        at += 8 * raw
    rows, rest = divmod(values, width)
    if rest or at != size:
        raise _cut_off(file)
    return rows


def _stata(data: bytes, file: str) -> int:
    if data[:11] == b"<stata_dta>":
        return _stata_new(data, file)
    if data[0] not in STATA_OLD or data[1] not in (1, 2):
        raise DeliveryRefused(
            "readable", f"{file}: no Stata file, or of a release before Stata 8. Save it as Stata 14 (`saveold`)."
        )
    order = ">" if data[1] == 1 else "<"
    variables, rows = struct.unpack_from(f"{order}Hi", data, 4)
    widths = {251: 1, 252: 2, 253: 4, 254: 4, 255: 8}
    width = sum(widths.get(t, t) for t in data[109 : 109 + variables])
    at = 109 + variables + 33 * variables + 2 * (variables + 1) + (12 if data[0] == 113 else 49) * variables
    at += 33 * variables + 81 * variables
    while True:
        kind, length = struct.unpack_from(f"{order}Bi", data, at)
        at += 5 + length
        if not kind and not length:
            break
    if len(data) < at + rows * width:
        raise _cut_off(file)
    return int(rows)


def _stata_new(data: bytes, file: str) -> int:
    release = data[data.index(b"<release>") + 9 :][:3]
    order = "<" if data[data.index(b"<byteorder>") + 11 :][:3] == b"LSF" else ">"
    many, long = STATA_NEW[release]
    (variables,) = struct.unpack_from(order + many, data, data.index(b"<K>") + 3)
    (rows,) = struct.unpack_from(order + long, data, data.index(b"<N>") + 3)
    places = struct.unpack_from(f"{order}14Q", data, data.index(b"<map>") + 5)
    types = struct.unpack_from(f"{order}{variables}H", data, places[2] + len(b"<variable_types>"))
    if release == b"119" and STATA_STRL in types:
        raise DeliveryRefused(
            "readable",
            f"{file}: {types.count(STATA_STRL)} columns hold long strings (strL) in a file of release 119, "
            "which cannot be read without loss. Save it as Stata 14 (release 118).",
        )
    widths = {65526: 8, 65527: 4, 65528: 4, 65529: 2, 65530: 1, STATA_STRL: 8}
    width = sum(widths.get(t, t) for t in types)
    there = places[10] - places[9] - len(b"<data></data>")
    if not data.rstrip(b"\x00\n").endswith(b"</stata_dta>") or there != rows * width:
        raise _cut_off(file)
    return int(rows)
