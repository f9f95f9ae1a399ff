"""The small file beside a delivery that says what it is; written by `handleplan deliver` or by the supplier."""

import json
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from handleplan_pipeline.deliveries.errors import DeliveryRefused

SUFFIX = ".manifest.json"


class Manifest(BaseModel):
    """What a delivered file says of itself. `period` is the reference year; `rows` counts data rows."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str
    source: str
    supplier: str
    period: int = Field(ge=1990, le=2100)
    rows: int = Field(ge=0)
    bytes: int = Field(ge=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    delivery_number: int = Field(1, ge=1)
    permission: str
    data_kind: Literal["delivered", "synthetic"]
    encoding: str | None = None
    format: str

    @property
    def delivery_id(self) -> str:
        return self.sha256


def manifest_path(file: Path) -> Path:
    return file.with_name(file.name + SUFFIX)


def read_manifest(path: Path) -> Manifest:
    """The manifest at `path`. Raises DeliveryRefused, naming the fields that are missing or wrong."""
    try:
        return Manifest.model_validate_json(path.read_text(encoding="utf-8"))
    except (ValidationError, UnicodeDecodeError) as e:
        fields = "unreadable"
        if isinstance(e, ValidationError):
            fields = ", ".join(sorted({".".join(map(str, x["loc"])) or "(root)" for x in e.errors()}))
        raise DeliveryRefused("manifest", f"{path.name}: fields missing or wrong: {fields}. Write it anew.") from None


def write_manifest(file: Path, manifest: Manifest) -> Path:
    """Write the manifest beside `file`, whole or not at all."""
    path = manifest_path(file)
    tmp = path.with_name(f".{path.name}.tmp")
    tmp.write_text(json.dumps(manifest.model_dump(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    tmp.replace(path)
    return path
