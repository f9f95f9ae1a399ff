"""What the rules say of hand-made rows of persons, before anything is rounded or hidden."""

from typing import Any

import polars as pl

from handleplan_pipeline.adjustment.person_verdicts import person_verdicts
from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.judgement.evidence import Evidence
from schemas.adjustment.background import ADJUSTED
from schemas.adjustment.resampled import RESAMPLED
from schemas.protection.protected import PERSON_LEVEL

Rows = list[dict[str, Any]]


def told(resampled: Rows = [], adjusted: Rows = []) -> pl.DataFrame:  # noqa: B006
    """`protected.person_level` of these rows of `cell.resampled` and `cell.adjusted`."""
    verdicts = person_verdicts(load_catalogue(), ADJUSTED.conform(adjusted), RESAMPLED.conform(resampled))
    return PERSON_LEVEL.conform(verdicts)


def evidence(cells: pl.DataFrame, resampled: Rows = [], adjusted: Rows = []) -> Evidence:  # noqa: B006
    return Evidence.of(load_catalogue(), cells, told(resampled, adjusted))
