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
    frame = parsed.frame
    codes: dict[str, dict[str, tuple[int, int | None]]] = {}
    for variable, code, times, persons in (
        by_code(frame, delivery).select("variable", "code", "times", "persons").sort("variable", "code").rows()
    ):
        codes.setdefault(variable, {})[code] = (times, persons)
    people = delivery.person_variable is not None
    return Measures(
        rows=frame.height,
        set_aside=int(frame["set_aside"].is_not_null().sum()),
        persons=frame.filter(pl.col("set_aside").is_null())["person"].drop_nulls().n_unique() if people else None,
        without_number=int((frame["id_type"] == "missing").sum()) if people else None,
        codes=codes,
    )
