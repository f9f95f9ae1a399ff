"""Expectations as data: what is asked at the door of deliveries and before a release, in `expectations.yaml`."""

from functools import lru_cache
from typing import Any, Literal

from handleplan_pipeline.catalogue import FOLDER, read_file
from handleplan_pipeline.catalogue.entry import Entry


class Expectation(Entry):
    """One expectation on the result of one query.

    `boundary` asks it of the published tables before a release, `door` of what deliveries measure against the ones
    before them: there the query gives the measures that are unusual, and there should be none.
    """

    id: str
    why_da: str
    why_en: str
    at: Literal["boundary", "door"] = "boundary"
    table: str
    """Table of the published layers the expectation is shown on, `layer.name`."""
    query: str
    """SQL over the tables named in `inputs`; `$name` is a limit of `plausibility.yaml`."""
    inputs: list[str]
    type: str
    """Great Expectations' own name of the expectation."""
    arguments: dict[str, Any]


@lru_cache(maxsize=1)
def _declared() -> tuple[Expectation, ...]:
    found: tuple[Expectation, ...] = read_file(FOLDER / "expectations.yaml", tuple[Expectation, ...])
    return found


def suite(at: Literal["boundary", "door"] = "boundary") -> tuple[Expectation, ...]:
    """The declared expectations of one place."""
    return tuple(e for e in _declared() if e.at == at)
