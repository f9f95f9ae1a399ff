"""The lake's secret: 32 random bytes behind every mark and seed of confidential content. Its loss is never silent.

A file beside it names the secret without telling anything of it, so that a lost or exchanged one is noticed: with
another one the marks in earlier releases are no longer recognised, and the bootstraps of real persons are drawn anew.
"""

import contextlib
import hashlib
import hmac
import os
import re
import secrets
import stat
from pathlib import Path

from handleplan_pipeline.errors import ConfigurationError
from handleplan_pipeline.lake.files import sync_folder, temporary, write_atomically, write_synced
from handleplan_pipeline.lake.keys import weakness

FILE, NAMED_BY = ".secret", ".secret-id"
BYTES = 32
RELEASE = re.compile(r"^\d{4}-\d{2}-\d{2}T")
"""Begins the name of every release; each one holds marks."""
WAY_OUT = (
    "Restore it from the backup. If it is gone for good, `handleplan run --new-secret` makes another one: marks of "
    "confidential files in earlier releases are then no longer recognised (a demonstration released before counts as "
    "one of another city), and the bootstraps of real persons, with the limits made of them, are drawn anew."
)


def of(root: Path) -> bytes:
    """The secret of the lake at `root`; a new lake gets one, and whoever asks at the same time gets the same.

    Raises ConfigurationError when it is lost, is another one than the lake was made with, or is not kept as a secret.
    """
    path = root / FILE
    if not os.path.lexists(path):
        if evidence := _evidence(root):
            raise ConfigurationError(f"{path}: the lake's secret is lost ({evidence}). {WAY_OUT}")
        _make(root)
    key = _read(path)
    named = _named(root)
    if named is None:
        write_atomically(root / NAMED_BY, _name(key).encode() + b"\n")
    elif named != _name(key):
        raise ConfigurationError(f"{path}: not the secret this lake was made with. {WAY_OUT}")
    return key


def renew(root: Path) -> None:
    """Make another secret in place of a lost or unusable one. Raises ConfigurationError when the present one is good.

    A crash in the middle leaves a secret that is not the named one, which is refused until this is done again.
    """
    path = root / FILE
    if _is_good(root):
        raise ConfigurationError(f"{path}: the secret is in order; leave --new-secret out.")
    if path.is_dir() and not path.is_symlink():
        raise ConfigurationError(f"{path}: a folder lies in the secret's place. Move it away first.")
    key = secrets.token_bytes(BYTES)
    write_atomically(path, key, 0o600)
    write_atomically(root / NAMED_BY, _name(key).encode() + b"\n")


def _is_good(root: Path) -> bool:
    if not os.path.lexists(root / FILE):
        return False
    try:
        of(root)
    except ConfigurationError:
        return False
    return True


def _evidence(root: Path) -> str | None:
    """What shows that this lake has had a secret; None for a new one."""
    if os.path.lexists(root / NAMED_BY):
        return f"{NAMED_BY} names one"
    releases = root / "releases"
    if releases.is_dir() and any(RELEASE.match(p.name) for p in releases.iterdir()):
        return "there are releases with marks made with it"
    return None


def _make(root: Path) -> None:
    """Put a new secret in place unless somebody else just did."""
    root.mkdir(parents=True, exist_ok=True)
    path = root / FILE
    tmp = temporary(path)
    try:
        write_synced(tmp, secrets.token_bytes(BYTES), 0o600)
        with contextlib.suppress(FileExistsError):
            os.link(tmp, path)
    finally:
        tmp.unlink(missing_ok=True)
    sync_folder(root)


def _read(path: Path) -> bytes:
    """The bytes, from a plain file of ours that nobody else may read."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as e:
        raise ConfigurationError(f"{path}: a link, or not readable ({e.strerror}). {WAY_OUT}") from None
    try:
        about = os.fstat(fd)
        if not stat.S_ISREG(about.st_mode):
            raise ConfigurationError(f"{path}: not a plain file. {WAY_OUT}")
        if about.st_uid != os.geteuid():
            raise ConfigurationError(f"{path}: belongs to another user than the one who runs. Give it back: chown.")
        if about.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise ConfigurationError(
                f"{path}: may be read by others: chmod 600. If others could read the lake, the marks in its releases "
                "can be guessed: delete the file and make another one with `handleplan run --new-secret`."
            )
        key = os.read(fd, BYTES + 1)
    finally:
        os.close(fd)
    if len(key) != BYTES:
        raise ConfigurationError(f"{path}: holds {about.st_size} bytes, a secret has {BYTES}. {WAY_OUT}")
    if why := weakness(key):
        raise ConfigurationError(f"{path}: not a random secret ({why}). {WAY_OUT}")
    return key


def _name(key: bytes) -> str:
    """Names the secret without telling anything of it."""
    return hmac.digest(key, b"secret-id|v1", hashlib.sha256).hex()[:16]


def _named(root: Path) -> str | None:
    """The secret the lake was made with; None where that was not yet written down, whole."""
    path = root / NAMED_BY
    text = path.read_bytes().strip() if path.is_file() else b""
    return text.decode() if re.fullmatch(rb"[0-9a-f]{16}", text) else None
