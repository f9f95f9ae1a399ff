"""Bytes put where they stay: copied, counted by hash, synced and renamed, so that a crash leaves all or nothing."""

import functools
import hashlib
import os
import secrets
from pathlib import Path

from handleplan_pipeline.lake.files import sync_folder
from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused
from handleplan_pipeline.sources.deliveries.manifest import open_regular

CHUNK = 1 << 20
READ_ONLY = 0o440


def real_sha256(path: Path) -> str:
    """Hex sha256 of the regular file at `path`, never of what a link points to. Raises OSError."""
    with os.fdopen(open_regular(path), "rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()


def put(source: Path, target: Path, sha256: str, temporary: str | None = None, mode: int = READ_ONLY) -> None:
    """Copy `source` to `target` for good. Raises DeliveryRefused (rule `sha256`) when other bytes were copied.

    The temporary file has a name of its own, so that none that a crash left can be in the way.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    tmp = target.with_name(f"{temporary or f'.{target.name}.'}{os.getpid()}.{secrets.token_hex(4)}.tmp")
    digest = hashlib.sha256()
    try:
        with os.fdopen(open_regular(source), "rb") as given, tmp.open("xb") as copy:
            while chunk := given.read(CHUNK):
                digest.update(chunk)
                copy.write(chunk)
            copy.flush()
            os.fsync(copy.fileno())
        if digest.hexdigest() != sha256:
            raise DeliveryRefused("sha256", "the file changed while it was taken in. Send it anew.")
        tmp.chmod(mode)
        os.replace(tmp, target)
    finally:
        tmp.unlink(missing_ok=True)
    sync_folder(target.parent)


def remove(path: Path) -> bool:
    """Delete a file for good; whether there was one."""
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    sync_folder(path.parent)
    return True


def clear_temporary(folder: Path, begins: str = ".") -> int:
    """Delete what a crash left half written in `folder`; only while the lake is held, when nobody writes there."""
    if not folder.is_dir():
        return 0
    left = [p for p in folder.iterdir() if p.name.startswith(begins) and p.name.endswith(".tmp") and not p.is_dir()]
    for path in left:
        path.unlink(missing_ok=True)
    return len(left)


def holds(path: Path, sha256: str) -> bool:
    """Whether the file at `path` is there and has these bytes; asked again only when it was written to."""
    try:
        s = path.stat(follow_symlinks=False)
        return _hash_as_of(path, s.st_ino, s.st_size, s.st_mtime_ns, s.st_ctime_ns) == sha256
    except OSError:
        return False


@functools.lru_cache(maxsize=4096)
def _hash_as_of(path: Path, *written: int) -> str:
    return real_sha256(path)
