"""Expectations as data: what is asked at the door of deliveries and before a release, in `expectations.yaml`."""

from functools import lru_cache
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict

from handleplan_pipeline.catalogue import FOLDER

SUITES = FOLDER / "expectations.yaml"


class Expectation(BaseModel):
    """One expectation on the result of one query.

    `boundary` asks it of the published tables before a release, `door` of what deliveries measure against the ones
    before them: there the query gives the measures that are unusual, and there should be none.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    why_da: str
    why_en: str
    at: Literal["boundary", "door"] = "boundary"
    table: str
    """Table of the published layers the expectation is shown on, `layer.name`."""
    query: str
    """SQL over the tables named in `inputs`."""
    inputs: list[str]
    type: str
    """Great Expectations' own name of the expectation."""
    arguments: dict[str, Any]


@lru_cache(maxsize=1)
def _declared() -> tuple[Expectation, ...]:
    return tuple(Expectation.model_validate(e) for e in yaml.safe_load(SUITES.read_text(encoding="utf-8")))


def suite(at: Literal["boundary", "door"] = "boundary") -> tuple[Expectation, ...]:
    """The declared expectations of one place."""
    return tuple(e for e in _declared() if e.at == at)
