"""A last delivery without a row is delivered: what was open before ended unseen, in register and account alike."""

import io
from pathlib import Path

import polars as pl
import pytest

from assets.registers.row_account import ends
from assets.registers.treatment_contact import treatment_contact
from handleplan_pipeline.graph.resources import SourcesResource
from handleplan_pipeline.lake.tables import Lake, checked
from handleplan_pipeline.sources.deliveries.bearing import bearing, last_period
from handleplan_pipeline.sources.deliveries.command import delivery_of
from tests.deliveries.made import frame
from tests.lib.deliveries import Place

TREATMENT = delivery_of("drug_treatment")


@pytest.mark.parametrize(("files", "last", "unseen"), [((2010,), 2010, 0), ((2010, 2011), 2011, 3)])
def test_the_register_and_the_account_of_rows_go_by_what_was_delivered(
    tmp_path: Path, files: tuple[int, ...], last: int, unseen: int
) -> None:
    """Three open contacts in 2010, and a file of 2011 that somebody confirms to be empty."""
    place, lake = Place(tmp_path), Lake(tmp_path / "lake")
    open_ones = frame("drug_treatment", 3, BEHANDLINGAFSLUTTETDATO="", AFSLUTNINGSAARSAG="", BEHANDLINGSTYPE="D")
    raw = open_ones.with_columns(DATA_KIND=pl.lit("synthetic"))
    parts = [TREATMENT.table.empty()]
    for year in files:
        text = raw.head(3 if year == 2010 else 0).write_csv(separator=TREATMENT.dialect.separator)
        place.land(text, period=year, delivery=TREATMENT, confirmed=True)
        rows, intake = place.take(year, TREATMENT)
        assert [(r.state, r.message) for r in intake.decided] == [("accepted", None)]
        parts.append(rows)
    lake.write(checked(TREATMENT.table, pl.concat(parts)))
    table = lake.table(TREATMENT.table)
    assert last_period(place.store, "drug_treatment", table) == last

    sources = SourcesResource(root=str(lake.root), reference="r", landing=str(place.landing), raw="r")
    output = treatment_contact(sources, table)  # type: ignore[operator]
    register = pl.concat(map(pl.read_parquet, map(io.BytesIO, output.value.parts.values())))
    assert int(register["ended_unseen"].sum()) == unseen
    told = ends("drug_treatment", table, bearing(place.store, "drug_treatment", table))
    assert sum(int(f["rows"].sum()) for f in told) == unseen
