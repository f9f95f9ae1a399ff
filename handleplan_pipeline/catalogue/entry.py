"""What every entry of the catalogue is, and a parameter with its reason."""

from typing import Literal

from pydantic import BaseModel, ConfigDict


class Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Parameter(Entry):
    """A value that is ours or the plan's, with its reason."""

    value: float | int | str | bool | list[str]
    unit: str | None = None
    reason: str
    mark: Literal["P", "S", "K", "O", "V"]
    version: int = 1
