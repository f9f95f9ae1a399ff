"""Which files of the landing folder may be opened at all: regular and plainly named."""

import os
import re
import stat
import unicodedata
from pathlib import Path

from handleplan_pipeline.deliveries.errors import DeliveryRefused
from handleplan_pipeline.deliveries.manifest import SUFFIX, Manifest

NAME = re.compile(r"^[A-Za-z0-9ÆØÅæøå][A-Za-z0-9ÆØÅæøå._-]{0,119}$")


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
