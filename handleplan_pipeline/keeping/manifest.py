"""What a backup says of itself: every file with its sum, and what is needed to tell whether it can be used."""

from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from handleplan_pipeline.errors import SourceError
from handleplan_pipeline.keeping.inventory import is_below, stays_inside

FORM = 1
OUTER, INNER, SUMS, CONTENT = "backup.json", "manifest.json", "SHA256SUMS", "content"
LAKE, HISTORY, SETTINGS = "lake", "history", "settings"
"""Folders of the content: of the lake, of Dagster, and files of the installation that lie outside the lake."""
SHA256 = r"^[0-9a-f]{64}$"
M = TypeVar("M", bound=BaseModel)


class Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Kept(Form):
    """A file: its place in the content, its bytes and the mode it had."""

    path: str
    bytes: int = Field(ge=0)
    sha256: str = Field(pattern=SHA256)
    mode: int = Field(ge=0, le=0o777)

    @field_validator("path")
    @classmethod
    def _below(cls, value: str) -> str:
        if not is_below(value) or value.partition("/")[0] not in (LAKE, HISTORY, SETTINGS):
            raise ValueError("leads out of the backup")
        return value


class Content(Form):
    """What is in a backup.

    `secret_id` names the lake's secret and `key_ids` the keys of its pseudonyms; neither tells anything of them.
    `deletions` and `deletions_end` are how long the log of deletions was, and the hash of its last line. `settings` are
    those that change what is counted, none that could hold a password.
    """

    form: Literal[1] = 1
    made_at: str
    program: str
    lake: str
    secret_id: str
    key_ids: list[str]
    data_kind: str | None
    release: str | None
    settings: dict[str, Any]
    deletions: int = Field(ge=0)
    deletions_end: str = Field(pattern=SHA256)
    links: dict[str, str]
    folders: dict[str, int]
    files: list[Kept]

    @field_validator("links")
    @classmethod
    def _inside(cls, value: dict[str, str]) -> dict[str, str]:
        if not all(is_below(p) and stays_inside(p, t) for p, t in value.items()):
            raise ValueError("leads out of the backup")
        return value

    @field_validator("folders")
    @classmethod
    def _folders_below(cls, value: dict[str, int]) -> dict[str, int]:
        if not all(is_below(p) and 0 <= m <= 0o777 for p, m in value.items()):
            raise ValueError("leads out of the backup")
        return value


class Outer(Form):
    """What is told of a backup without opening it: nothing that confirms a guess of what it holds."""

    form: Literal[1] = 1
    made_at: str
    lake: str
    sealed: Literal["age", "gpg"] | None
    files: int
    bytes: int


def parsed(kind: type[M], path: Path) -> M:
    """Read a manifest. Raises SourceError, which tells no value, when it is not of its form."""
    try:
        return kind.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise SourceError(f"{path.name}: is not there, so this is no whole backup. Take another one.") from None
    except (OSError, ValidationError, ValueError) as e:
        raise SourceError(
            f"{path.name}: not a manifest of form {FORM} ({type(e).__name__}). It was changed, or made by a newer "
            "version of handleplan."
        ) from None
