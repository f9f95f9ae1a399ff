"""A city that is hard: cases that real registers hold and the crowd never makes, with their truth.

Every case plants named persons, whose rows are added to the crowd's files; `hard.parquet` lists them. What a case
counts for is reckoned person by person from the life behind the rows.
"""

from pathlib import Path

import polars as pl

from handleplan_pipeline.errors import ConfigurationError
from handleplan_pipeline.sources.deliveries.command import delivery_of
from handleplan_pipeline.synthetic.files import append_rows
from handleplan_pipeline.synthetic.hard import (
    children,
    crime,
    forms,
    homeless,
    homeless_truth,
    housing,
    population,
    psychiatry,
    women,
)
from handleplan_pipeline.synthetic.hard.cast import Cast
from handleplan_pipeline.synthetic.hard.reckon import Reckoning
from handleplan_pipeline.synthetic.truth import Truth

LISTED = "hard.parquet"
NEEDED = range(2006, 2016)
"""The cases have fixed dates in these years."""


def plant_hard(out: Path, truth: Truth, years: range) -> None:
    """Adds the cases to the files of `out` and to `truth`, and lists them in `out/hard.parquet`."""
    if not set(NEEDED) <= set(years):
        raise ConfigurationError(
            f"--hard plants cases from {NEEDED[0]} to {NEEDED[-1]}: --years must hold all of them."
        )
    cast = Cast(years)
    population.cast_population(cast)
    made = (
        homeless.Homeless(cast),
        children.Children(cast),
        crime.Crime(cast),
        women.Women(cast),
        psychiatry.Psychiatry(cast),
        housing.Housing(cast),
    )
    cast.register()
    cast.changes()
    for part in made:
        part.write()
    forms.widen_benefits(out)
    for (source, year), rows in sorted(cast.rows.items()):
        append_rows(out, delivery_of(source), year, rows)
    forms.placements_as_events(out, made[1].events)
    r = Reckoning(truth, years)
    population.reckon(r, cast)
    homeless_truth.reckon(r, made[0])
    children.reckon(r, made[1])
    crime.reckon(r, made[2])
    women.reckon(r, made[3])
    psychiatry.reckon(r, made[4])
    housing.reckon(r, made[5])
    r.into()
    listed = [(case, number) for case, numbers in cast.planted.items() for number in sorted(numbers) or [""]]
    pl.DataFrame(listed, schema=["case_id", "person_number"], orient="row").write_parquet(out / LISTED)
