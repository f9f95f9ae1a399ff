"""The small file beside a delivery that says what it is; written by `handleplan deliver` or by the supplier.

Every field has a form and a length. What it says is held against the slot and the file; it decides nothing alone.
"""

import codecs
import hashlib
import json
import os
import secrets
import stat
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from handleplan_pipeline.sources.deliveries.encodings import known_encoding
from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused
from handleplan_pipeline.sources.deliveries.names import NAME_PATTERN, holds_person_number, is_plain, shown
from schemas.sources.delivery_shape import Delivery

SUFFIX = ".manifest.json"
MAX_MANIFEST_BYTES = 64 * 1024
"""A manifest is 400 bytes; a hundred times that is no manifest. Ours, version 1."""
MAX_DIGITS = 18
"""No number of a manifest is longer: bytes of an exabyte. Ours, version 1."""
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
OTHER, UNKNOWN = "other", "unknown"
TEMPORARY = ".handleplan."
"""How our own temporary files in a landing folder begin."""


class Manifest(BaseModel):
    """What a delivered file says of itself. `period` is the reference year; `rows` counts data rows.

    `confirmed`: somebody has looked and the file really has so many fewer rows than the one before. `person_key`:
    whether persons have their numbers or keys that stand for them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str = Field(pattern=NAME_PATTERN)
    source: str = Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")
    supplier: str = Field(pattern=r"^[^\x00-\x1f\x7f]{1,120}$")
    period: int = Field(ge=1990, le=2100)
    rows: int = Field(ge=0, lt=10**MAX_DIGITS)
    bytes: int = Field(ge=0, lt=10**MAX_DIGITS)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    delivery_number: int = Field(1, ge=1, le=9999)
    permission: str = Field(pattern=r"^([0-9A-Za-zÆØÅæøå][0-9A-Za-zÆØÅæøå ./_,:;()§-]{0,59})?$")
    data_kind: Literal["delivered", "synthetic"]
    encoding: str | None = Field(None, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,29}$")
    format: str = Field(pattern=r"^[a-z0-9]{1,10}$")
    confirmed: bool = False
    person_key: Literal["number", "deidentified"] = "number"

    @field_validator("sha256", mode="before")
    @classmethod
    def _small(cls, digest: object) -> object:
        """Some tools write a digest in capitals; it is the same one."""
        return digest.lower() if isinstance(digest, str) else digest

    @field_validator("file")
    @classmethod
    def _plain(cls, name: str) -> str:
        if not is_plain(name) or holds_person_number(name):
            raise ValueError("not a plain file name")
        return name

    @field_validator("encoding")
    @classmethod
    def _known(cls, name: str | None) -> str | None:
        if name is not None and not is_encoding(name):
            raise ValueError("not an encoding")
        return name

    @property
    def identity(self) -> tuple[int, int, str]:
        """What makes it one delivery of its source: period, number and bytes."""
        return self.period, self.delivery_number, self.sha256

    @property
    def delivery_id(self) -> str:
        """A hash of source and identity: the same bytes may be the deliveries of two years."""
        return hashlib.sha256("|".join(map(str, (self.source, *self.identity))).encode()).hexdigest()


def is_encoding(name: str) -> bool:
    """Whether `name` is an encoding that a delivery may have."""
    return known_encoding(name) is not None


def manifest_path(file: Path) -> Path:
    return file.with_name(file.name + SUFFIX)


def open_regular(path: Path) -> int:
    """A descriptor of the regular file itself; never follows a link and never waits for a pipe. Raises OSError."""
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise OSError("not a regular file")
    return fd


def read_manifest(path: Path) -> Manifest:
    """The manifest at `path`.

    Raises DeliveryRefused, naming the fields that are missing or wrong, never what they hold; OSError when the file
    cannot be opened.
    """
    with os.fdopen(open_regular(path), "rb") as f:
        data = f.read(MAX_MANIFEST_BYTES + 1)
    name = shown(path.name)
    if len(data) > MAX_MANIFEST_BYTES:
        raise DeliveryRefused("manifest", f"{name}: larger than {MAX_MANIFEST_BYTES // 1024} KiB. Write it anew.")
    try:
        given = _parsed(data)
    except (ValueError, RecursionError):
        raise DeliveryRefused(
            "manifest", f"{name}: not a JSON object of plain fields, each once, in UTF-8. Write it anew."
        ) from None
    try:
        return Manifest.model_validate(given)
    except ValidationError as e:
        raise DeliveryRefused("manifest", f"{name}: {_wrong_fields(e)}. Write it anew.") from None


def _parsed(data: bytes) -> dict[str, Any]:
    """The JSON object in `data`, whatever mark of its encoding it begins with. Raises ValueError."""
    encoding = next((e for mark, e in _MARKS if data.startswith(mark)), "utf-8")
    found = json.loads(
        data.decode(encoding), object_pairs_hook=_each_once, parse_constant=_not_a_number, parse_int=_short_int
    )
    if not isinstance(found, dict):
        raise ValueError("not an object")
    return found


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({k for k, _ in pairs}) != len(pairs):
        raise ValueError("a field twice")
    return dict(pairs)


def _not_a_number(text: str) -> None:
    raise ValueError("not a number")


def _short_int(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise ValueError("a long number")
    return int(text)


def _wrong_fields(error: ValidationError) -> str:
    """The declared fields that are missing or wrong, and how many there are that nobody declared."""
    given = {str(x["loc"][0]) for x in error.errors() if x["loc"]}
    wrong = sorted(given & set(Manifest.model_fields))
    unknown = len(given - set(wrong))
    said = [f"fields missing or wrong: {', '.join(wrong)}"] if wrong else []
    return "; ".join([*said, *([f"{unknown} fields that a manifest does not have"] if unknown else [])])


def for_the_record(given: dict[str, Any], delivery: Delivery, sha256: str, permissions: set[str]) -> Manifest:
    """The manifest as a receipt keeps it: the slot's source, the real sha256, and no free text of the supplier.

    `given` may come from a receipt of before these forms were asked for. Raises ValidationError when there is no
    telling what it was.
    """
    name, encoding, kind = given.get("file"), given.get("encoding"), str(given.get("format"))
    kept = {
        "file": name if isinstance(name, str) and shown(name) == name else "file",
        "source": delivery.source,
        "supplier": delivery.supplier if given.get("supplier") == delivery.supplier else OTHER,
        "permission": given.get("permission") if given.get("permission") in permissions else UNKNOWN,
        "encoding": encoding if isinstance(encoding, str) and is_encoding(encoding) else None,
        "format": kind if kind in delivery.formats else OTHER,
        "sha256": sha256,
    }
    return Manifest.model_validate({k: v for k, v in given.items() if k in Manifest.model_fields} | kept)


def write_manifest(file: Path, manifest: Manifest) -> Path:
    """Write the manifest beside `file`, whole, synced, or not at all."""
    from handleplan_pipeline.lake.files import sync_folder

    path = manifest_path(file)
    tmp = path.with_name(f"{TEMPORARY}{os.getpid()}.{secrets.token_hex(4)}.tmp")
    try:
        with tmp.open("w", encoding="utf-8") as f:
            f.write(json.dumps(manifest.model_dump(), ensure_ascii=False, indent=1) + "\n")
            f.flush()
            os.fsync(f.fileno())
        os.replace(tmp, path)
    finally:
        tmp.unlink(missing_ok=True)
    sync_folder(path.parent)
    return path
