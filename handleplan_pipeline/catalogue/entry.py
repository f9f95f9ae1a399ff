"""What every entry of the catalogue is, and a parameter with its reason."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

Mark = Literal["P", "S", "K", "O", "V"]
"""How far something is trusted: the plan's own, seen in a source, knowledge of the field, ours, to be verified."""
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
"""What must be said, and not with spaces alone."""


class Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Parameter(Entry):
    """A value that is ours or the plan's, with its reason."""

    value: float | int | str | bool | list[str]
    unit: str | None = None
    reason: Text
    mark: Mark
    version: int = 1
