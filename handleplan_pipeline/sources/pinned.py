"""Pinned reference files: read only with their sidecar, and verified on every read.

A pinned file `x.csv` has a sidecar `x.csv.meta.json` beside it that says what it is, who made it, under which
licence, when it was accessed, the query it answers and its sha256. A file that differs from its sidecar is
never read: figures must not change silently.
"""

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from handleplan_pipeline.errors import SourceError

SIDECAR_SUFFIX = ".meta.json"


class PinnedFileError(SourceError):
    """A pinned file is missing, has no usable sidecar, or was changed."""


class Sidecar(BaseModel):
    """What is known of a pinned file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    producer: str
    licence: str
    accessed: date
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    bytes: int = Field(ge=0)
    source: str
    """The table id, report or code list the file was made from, as its producer names it."""
    query: dict[str, Any] | None = None
    """The request that the file answers, where it came from an API."""
    updated: str | None = None
    """The producer's own stamp of its last change, as printed."""
    remarks: str | None = None
    data_kind: Literal["synthetic"] | None = None
    """`synthetic` where the file was made and is nobody's figures; nothing where its producer published it."""


def sidecar_path(path: Path) -> Path:
    return path.with_name(path.name + SIDECAR_SUFFIX)


def read_sidecar(path: Path) -> Sidecar:
    """The sidecar of the pinned file `path`; PinnedFileError when it is missing or not valid."""
    side = sidecar_path(path)
    if not side.is_file():
        raise PinnedFileError(f"{path.name}: no sidecar {side.name} beside it. Restore it from git.")
    try:
        return Sidecar.model_validate_json(side.read_text(encoding="utf-8"))
    except ValidationError as e:
        fields = ", ".join(sorted({".".join(str(p) for p in err["loc"]) or "(root)" for err in e.errors()}))
        raise PinnedFileError(f"{side.name}: {e.error_count()} fields are missing or wrong ({fields}).") from e


def read_pinned(path: Path) -> tuple[bytes, Sidecar]:
    """Bytes and sidecar of a pinned file.

    Raises PinnedFileError, with the file's name and both hashes, when the bytes are not the ones that were pinned.
    """
    if not path.is_file():
        raise PinnedFileError(f"{path.name}: the pinned file is missing from {path.parent.name}/. Restore it from git.")
    side = read_sidecar(path)
    data = path.read_bytes()
    found = hashlib.sha256(data).hexdigest()
    if found != side.sha256:
        raise PinnedFileError(
            f"{path.name}: the file was changed after it was pinned. sha256 in the sidecar {side.sha256}, "
            f"found {found}. Restore it from git, or pin it anew on purpose."
        )
    return data, side


def sidecar_of(data: bytes, **fields: Any) -> tuple[Sidecar, bytes]:
    """The sidecar of a file that holds `data`, and its bytes."""
    side = Sidecar(sha256=hashlib.sha256(data).hexdigest(), bytes=len(data), **fields)
    text = json.dumps(side.model_dump(mode="json", exclude_none=True), ensure_ascii=False, indent=1)
    return side, (text + "\n").encode()


def write_sidecar(path: Path, **fields: Any) -> Sidecar:
    """Pin the file `path` as it is now: compute hash and size and write the sidecar beside it."""
    side, text = sidecar_of(path.read_bytes(), **fields)
    sidecar_path(path).write_bytes(text)
    return side
