"""Which files of the landing folder may be opened at all: regular, plainly named, of a known kind and size."""

import os
import re
import stat
import unicodedata
import zipfile
from pathlib import Path

from handleplan_pipeline.deliveries.errors import DeliveryRefused
from handleplan_pipeline.deliveries.manifest import SUFFIX, Manifest

NAME = re.compile(r"^[A-Za-z0-9ÆØÅæøå][A-Za-z0-9ÆØÅæøå._-]{0,119}$")
FORMATS = ("csv", "parquet", "xlsx", "sas7bdat", "sav", "dta")
MAX_BYTES = 4 * 1024**3
"""Larger than any yearly delivery of one city; a file above is refused before it is read. Ours, version 1."""
MAX_ROWS = 20_000_000
XLSX_MAX_UNPACKED = 512 * 1024**2
XLSX_MAX_RATIO = 200
XLSX_MAX_ENTRIES = 1_000


def landed(folder: Path) -> list[Path]:
    """Manifests in a source's landing folder, by name. A hidden or temporary file is still being written.

    Raises DeliveryRefused for anything that is not a plain file with a plain name.
    """
    if not folder.is_dir():
        return []
    names = [
        e.name for e in os.scandir(folder) if not e.name.startswith(".") and not e.name.endswith((".tmp", ".part"))
    ]
    seen: dict[str, str] = {}
    for name in sorted(names):
        require_plain(folder / name)
        other = seen.setdefault(unicodedata.normalize("NFC", name).casefold(), name)
        if other != name:
            raise DeliveryRefused("file_name", f"{folder.name}/: two names differ only by case or by Unicode form.")
    return [folder / n for n in sorted(names) if n.endswith(SUFFIX)]


def require_plain(path: Path) -> None:
    """Raise DeliveryRefused unless `path` is a regular file, no link, with a plain name in composed form."""
    name = path.name
    if not NAME.fullmatch(name) or ".." in name or unicodedata.normalize("NFC", name) != name:
        raise DeliveryRefused(
            "file_name", f"{path.parent.name}/: a file name has characters that are not allowed. Rename the file."
        )
    if not stat.S_ISREG(path.lstat().st_mode):
        raise DeliveryRefused(
            "regular_file", f"{path.parent.name}/{name}: not a regular file. Deliver the file itself."
        )


def file_of(manifest_file: Path, manifest: Manifest) -> Path:
    """The delivered file that the manifest names, inside the same folder. Raises DeliveryRefused otherwise."""
    expected = manifest_file.name.removesuffix(SUFFIX)
    if manifest.file != expected:
        raise DeliveryRefused("manifest", f"{manifest_file.name}: `file` does not name the file beside it.")
    path = manifest_file.with_name(expected)
    if not path.exists():
        raise DeliveryRefused("manifest", f"{manifest_file.name}: there is no file {expected} beside it.")
    require_plain(path)
    return path


def require_readable(path: Path, declared_format: str) -> None:
    """Caps before anything is read: size, kind, and what an XLSX would unpack to."""
    suffix = path.suffix.lstrip(".").lower()
    if suffix not in FORMATS or suffix != declared_format:
        raise DeliveryRefused(
            "format", f"{path.name}: the kind of file must be one of {', '.join(FORMATS)} and as declared; no archives."
        )
    if path.stat().st_size > MAX_BYTES:
        raise DeliveryRefused("size", f"{path.name}: larger than {MAX_BYTES // 1024**3} GiB. Deliver it in parts.")
    if suffix == "xlsx":
        _require_sane_workbook(path)


def _require_sane_workbook(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as z:
            entries = z.infolist()
            unpacked = sum(e.file_size for e in entries)
            packed = max(sum(e.compress_size for e in entries), 1)
            nested = [e for e in entries if e.filename.lower().endswith((".zip", ".xlsx", ".gz", ".7z"))]
            names_outside = [e for e in entries if e.filename.startswith("/") or ".." in e.filename]
            if (
                len(entries) > XLSX_MAX_ENTRIES or unpacked > XLSX_MAX_UNPACKED or nested or names_outside
                or unpacked / packed > XLSX_MAX_RATIO
            ):  # fmt: skip
                raise DeliveryRefused("workbook", f"{path.name}: unpacks to too much, or holds archives. Save it anew.")
            for e in entries:
                if e.filename.endswith((".xml", ".rels")) and b"<!DOCTYPE" in z.open(e).read(4096):
                    raise DeliveryRefused("workbook", f"{path.name}: its XML declares a DOCTYPE. Save it anew.")
    except zipfile.BadZipFile:
        raise DeliveryRefused("workbook", f"{path.name}: not an XLSX workbook.") from None
