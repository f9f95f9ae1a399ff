"""De-identified keys stand for person numbers nobody may see: taken as they are, never mixed with numbers."""

import polars as pl
import pytest

from handleplan_pipeline.lake.pseudonym import Pseudonymiser
from handleplan_pipeline.sources.deliveries.declared import delivery_of
from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused
from handleplan_pipeline.sources.deliveries.parse import Parsed, to_source_rows
from handleplan_pipeline.sources.deliveries.store import DeliveryStore
from tests.deliveries.made import KEY, frame, manifest


def taken(raw: pl.DataFrame, source: str = "section_110_stays") -> Parsed:
    said = manifest(source, raw.height).model_copy(update={"person_key": "deidentified"})
    return to_source_rows(raw, delivery_of(source), said, lambda: Pseudonymiser(KEY, "test"))


def keyed(source: str = "section_110_stays", name: str = "CPR") -> pl.DataFrame:
    return frame(source).with_columns(pl.format("P{}x", pl.int_range(pl.len()) // 2).alias(name))


def test_keys_are_taken_as_they_are_and_salted_like_numbers() -> None:
    found = taken(keyed()).frame
    assert set(found["id_type"]) == {"deidentified"}
    assert found["person"].n_unique() == 200
    assert found["person"].str.contains("^[0-9a-f]{32}$").all()
    assert found["set_aside"].null_count() == 400
    other = Pseudonymiser(bytes(reversed(KEY)), "test").pseudonymise_keys(pl.Series(["P0x"]))
    assert other["person"][0] != found["person"][0]


def test_a_key_tells_neither_birth_nor_sex_so_nothing_is_held_against_it() -> None:
    parsed = taken(keyed("dst_bef", "PNR").unique("PNR", maintain_order=True), "dst_bef")
    assert parsed.set_aside == {}


def test_keys_that_are_numbers_are_numbers() -> None:
    whole = frame("section_110_stays").with_columns(CPR=pl.int_range(pl.len()) + 1_000_000)
    assert taken(whole).frame["person"].n_unique() == 400


def test_a_key_and_the_number_it_looks_like_are_two_persons() -> None:
    p = Pseudonymiser(KEY, "test")
    assert (
        p.pseudonymise_keys(pl.Series(["0201650000"]))["person"][0]
        != p.pseudonymise(pl.Series(["0201650000"]))["person"][0]
    )


def test_an_empty_key_is_nobody() -> None:
    first = pl.int_range(pl.len()) < 3
    parsed = taken(keyed().with_columns(CPR=pl.when(first).then(pl.lit(" ")).otherwise(pl.col("CPR"))))
    assert parsed.noted == {"without_person": 3}


def test_person_numbers_that_are_declared_as_keys_are_refused_and_not_shown() -> None:
    with pytest.raises(DeliveryRefused, match="400 of 400 keys look like person numbers") as e:
        taken(frame("section_110_stays"))
    assert e.value.rule == "person_key"


def test_keys_and_numbers_never_share_a_lake(tmp_path) -> None:  # type: ignore[no-untyped-def]
    store = DeliveryStore(tmp_path)
    numbers = manifest("section_110_stays", 1)
    keys = numbers.model_copy(update={"person_key": "deidentified"})
    store._require_one_person_key(numbers)
    store._require_one_person_key(keys)
    store.person_key_marker.parent.mkdir()
    store.person_key_marker.write_text("deidentified", encoding="utf-8")
    store._require_one_person_key(keys)
    with pytest.raises(DeliveryRefused, match="the other kind of key") as e:
        store._require_one_person_key(numbers)
    assert e.value.rule == "one_person_key"
