"""StatBank's own description of a table: its variables, their codes, its rule for hidden cells."""

import json

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from handleplan_pipeline.errors import SourceError


class Value(BaseModel):
    model_config = ConfigDict(frozen=True)

    id: str
    text: str


class Variable(BaseModel):
    """One dimension; `elimination` tells whether it may be left out (never in BULK)."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    code: str = Field(alias="id")
    text: str
    elimination: bool
    time: bool
    values: tuple[Value, ...]

    @property
    def codes(self) -> list[str]:
        return [v.id for v in self.values]


class TableInfo(BaseModel):
    """A table as `/tableinfo` describes it. `suppressed_value` is what the table writes in a hidden cell."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    id: str
    text: str
    unit: str
    suppressed_value: str | None = Field(default=None, alias="suppressedDataValue")
    updated: str
    active: bool
    variables: tuple[Variable, ...]

    def variable(self, code: str) -> Variable:
        """The variable with this code, whatever its case. Raises SourceError when there is none."""
        for v in self.variables:
            if v.code.casefold() == code.casefold():
                return v
        raise SourceError(f"{self.id}: no variable {code}; it has {', '.join(v.code for v in self.variables)}.")

    @property
    def time_variable(self) -> Variable:
        return next(v for v in self.variables if v.time)


def parse_tableinfo(body: bytes) -> TableInfo:
    """A tableinfo answer. Raises SourceError naming the fields that are missing or wrong."""
    try:
        return TableInfo.model_validate(json.loads(body.decode("utf-8-sig")))
    except (json.JSONDecodeError, UnicodeDecodeError) as e:
        raise SourceError(f"tableinfo: the answer is not JSON in UTF-8 ({type(e).__name__}).") from e
    except ValidationError as e:
        fields = ", ".join(".".join(map(str, err["loc"])) for err in e.errors()[:10])
        raise SourceError(f"tableinfo: {e.error_count()} fields are missing or wrong: {fields}.") from e
