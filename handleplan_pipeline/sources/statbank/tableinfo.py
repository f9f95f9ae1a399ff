"""StatBank's own description of a table: its variables, their codes, its rule for hidden cells."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, FailFast, Field, ValidationError, model_validator

from handleplan_pipeline.clock import COPENHAGEN
from handleplan_pipeline.errors import SourceError

Code = Annotated[str, Field(pattern=r"^[^;\r\n\x00]+$", max_length=100)]


def _twice(names: Sequence[str]) -> bool:
    return len({n.casefold() for n in names}) < len(names)


class Value(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True)

    id: Code
    text: str


class Variable(BaseModel):
    """One dimension; `elimination` tells whether it may be left out (never in BULK)."""

    model_config = ConfigDict(frozen=True, strict=True, populate_by_name=True)

    code: Code = Field(alias="id")
    text: str
    elimination: bool
    time: bool
    values: Annotated[tuple[Value, ...], FailFast()]

    @property
    def codes(self) -> list[str]:
        return [v.id for v in self.values]

    @property
    def texts(self) -> dict[str, str]:
        """What each code means."""
        return {v.id: v.text for v in self.values}

    @model_validator(mode="after")
    def _codes_are_unique(self) -> Self:
        if len(set(self.codes)) < len(self.values):
            raise ValueError("a code occurs twice")
        return self


class TableInfo(BaseModel):
    """A table as `/tableinfo` describes it. `suppressed_value` is what the table writes in a hidden cell."""

    model_config = ConfigDict(frozen=True, strict=True, populate_by_name=True)

    id: Code
    text: str
    unit: str
    suppressed_value: str | None = Field(default=None, alias="suppressedDataValue")
    updated: str
    active: bool
    variables: Annotated[tuple[Variable, ...], FailFast()]

    @model_validator(mode="after")
    def _variables_are_those_of_a_table(self) -> Self:
        if _twice([v.code for v in self.variables]):
            raise ValueError("a variable occurs twice")
        if sum(v.time for v in self.variables) != 1:
            raise ValueError("there must be one time variable")
        return self

    def variable(self, code: str) -> Variable:
        """The variable with this code, whatever its case. Raises SourceError when there is none."""
        for v in self.variables:
            if v.code.casefold() == code.casefold():
                return v
        raise SourceError(f"{self.id}: no variable {code}; it has {', '.join(v.code for v in self.variables)}.")

    @property
    def time_variable(self) -> Variable:
        return next(v for v in self.variables if v.time)

    @property
    def changed(self) -> datetime | None:
        """When the table last changed, in Danish time without zone, as StatBank has it; None when it cannot be read."""
        try:
            stamp = datetime.fromisoformat(self.updated)
            return stamp.astimezone(COPENHAGEN).replace(tzinfo=None) if stamp.tzinfo else stamp
        except (ValueError, OverflowError):
            return None


def parse_tableinfo(body: bytes) -> TableInfo:
    """A tableinfo answer. Raises SourceError naming the fields that are missing or wrong; never shows their content."""
    try:
        return TableInfo.model_validate_json(body.decode("utf-8-sig"))
    except UnicodeError as e:
        raise SourceError("tableinfo: the answer is not JSON in UTF-8.") from e
    except ValidationError as e:
        errors = e.errors(include_url=False, include_input=False)
        if any(err["type"] == "json_invalid" for err in errors):
            raise SourceError("tableinfo: the answer is not JSON.") from None
        fields = "; ".join(f"{'.'.join(map(str, err['loc'])) or 'the whole'}: {err['msg']}" for err in errors[:10])
        raise SourceError(f"tableinfo: {e.error_count()} fields are missing or wrong: {fields}.") from None
