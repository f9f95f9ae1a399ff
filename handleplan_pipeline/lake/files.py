"""Files that are written whole or not at all, and stay after a power cut."""

import hashlib
import os
import secrets
from collections.abc import Mapping
from pathlib import Path


def temporary(path: Path) -> Path:
    """A name beside `path` that no other writer has; hidden, so that nobody takes it for the file."""
    return path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}.tmp")


def write_synced(path: Path, data: bytes, mode: int = 0o666) -> None:
    """Write a new file and wait until its bytes are on the disk. Raises FileExistsError when there is one."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with open(fd, "wb") as f:
        f.write(data)
        f.flush()
        os.fsync(f.fileno())


def write_all(files: Mapping[Path, bytes], mode: int = 0o666) -> None:
    """Write every file beside its place, then put all in place: when one does not fit, none has changed."""
    waiting: dict[Path, Path] = {}
    try:
        for path, data in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            waiting[path] = temporary(path)
            write_synced(waiting[path], data, mode)
        for path, tmp in waiting.items():
            os.replace(tmp, path)
    finally:
        for tmp in waiting.values():
            tmp.unlink(missing_ok=True)
    for folder in {p.parent for p in files}:
        sync_folder(folder)


def write_atomically(path: Path, data: bytes, mode: int = 0o666) -> None:
    """Write `data` to `path` through a temporary file, fsync and rename; readers see the old or the new file."""
    write_all({path: data}, mode)


def sync_folder(folder: Path) -> None:
    """Make a rename inside `folder` durable."""
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def short_mark(mark: str) -> str:
    """The beginning of a mark in hex, as people compare it: twelve digits in groups of four.

    Of marks that are random every thousandth or so begins like a person number; in groups of four none does.
    """
    return "-".join(mark[i : i + 4] for i in range(0, min(len(mark), 12), 4))


def sha256_of(path: Path) -> str:
    """Hex sha256 of a file's bytes."""
    with path.open("rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()
