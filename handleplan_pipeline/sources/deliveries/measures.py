"""What is measured of a file when it is accepted: rows, persons, rows aside and without a number, codes in use."""

import polars as pl
from pydantic import BaseModel, ConfigDict

from handleplan_pipeline.sources.deliveries.codes_used import by_code
from handleplan_pipeline.sources.deliveries.parse import Parsed
from schemas.sources.delivery_shape import Delivery


class Measures(BaseModel):
    """Counts of one delivery; they stay in its receipt. `persons` and `without_number` are None of no persons."""

    model_config = ConfigDict(frozen=True)

    rows: int
    set_aside: int
    persons: int | None = None
    without_number: int | None = None
    codes: dict[str, dict[str, tuple[int, int | None]]] = {}
    """Variable, code: rows (or weeks) and persons with it."""


def measures_of(parsed: Parsed, delivery: Delivery) -> Measures:
    codes: dict[str, dict[str, tuple[int, int | None]]] = {}
    used = by_code(parsed.frame, delivery).select("variable", "code", "times", "persons").rows()
    for variable, code, times, persons in sorted(used, key=lambda row: row[:2]):
        codes.setdefault(variable, {})[code] = (times, persons)
    aside = pl.col("set_aside").is_not_null()
    counts = {"set_aside": aside.sum()}
    if delivery.person_variable is not None:
        counts["persons"] = pl.col("person").filter(~aside).drop_nulls().n_unique()
        counts["without_number"] = (pl.col("id_type") == "missing").sum()
    found = parsed.frame.select(**counts).row(0, named=True)
    return Measures(rows=parsed.frame.height, codes=codes, **found)
