"""Ancestry as the population register says it: never guessed, and western as the list stood on 1 January 2010."""

from datetime import date

import polars as pl
import pytest

from assets.registers import person as person_asset
from handleplan_pipeline.lake.engine import DuckDbEngine
from handleplan_pipeline.sources.codes import code_list


@pytest.mark.parametrize(
    ("ie_type", "country", "ancestry"),
    [
        ("1", "5100", "danish"),
        ("2", "5180", "immigrant_western"),
        ("2", "5750", "immigrant_non_western"),
        ("3", "5172", "descendant_non_western"),
        ("2", "5000", "immigrant"),  # country unknown: a minority, neither western nor not
        ("2", None, "immigrant"),
        ("3", None, "descendant"),
        ("2", "5123", "immigrant"),  # on no list: nobody said that it is western
        ("2", "5100", "immigrant"),  # Denmark, Greenland, abroad but unknown: no country that tells
        ("3", "5101", "descendant"),
        ("2", "5102", "immigrant"),
        ("2", "5902", "immigrant"),  # the Faroes
        ("2", "5103", "immigrant_non_western"),  # stateless, as Statistics Denmark lists them
        (None, "5100", "unknown"),
        ("0", "5172", "unknown"),
        ("9", "5172", "unknown"),
        ("4", "5172", None),  # on no list: the contract of the register refuses it
    ],
)
def test_ancestry_is_never_guessed_and_croatia_stays_where_it_was_in_2010(
    ie_type: str | None, country: str | None, ancestry: str | None
) -> None:
    row = {
        "person": "x",
        "period": 2014,
        "birth_date": date(1970, 5, 5),
        "sex": "1",
        "ie_type": ie_type,
        "origin_country": country,
        "municipality": "101",
        "set_aside": None,
        "key_id": "k",
        "data_kind": "synthetic",
        "delivery_id": "d",
    }
    frame = pl.DataFrame([row], schema_overrides={"ie_type": pl.String, "origin_country": pl.String})
    inputs = {"dst_bef": frame, "origin_country": code_list("origin_country")}
    found = DuckDbEngine().query(person_asset.QUERY, inputs)
    assert found["ancestry"].to_list() == [ancestry]
    assert found["age"].to_list() == [43]
