"""Whose figures a release holds and who publishes them follows from the release, never from where the plan was made."""

import polars as pl
import pytest

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.errors import ReleaseError
from handleplan_pipeline.exports.dcat import _place
from handleplan_pipeline.exports.notice import publisher
from handleplan_pipeline.exports.release import Release, Table

LISTS = [
    {"list": "geography", "code": "851", "label_da": "Aalborg", "label_en": "Aalborg"},
    {"list": "geography", "code": "101", "label_da": "København", "label_en": "Copenhagen"},
    {"list": "publisher", "code": "851", "label_da": "Aalborg Kommune", "label_en": "City of Aalborg"},
]


def release(*geographies: str, kind: str = "unapproved") -> Release:
    rows = [
        {"indicator_id": f"I{i}", "kind": "headline", "headline_geography": g} for i, g in enumerate(geographies)
    ] + [{"indicator_id": "I99", "kind": "context", "headline_geography": "000"}]
    said = {"da": "", "en": ""}
    tables = {"indicator": pl.DataFrame(rows), "code_list": pl.DataFrame(LISTS)}
    return Release({"kind": kind}, {f"meta.{n}": Table("meta", n, said, (), frame) for n, frame in tables.items()})


def test_another_municipality_publishes_its_own_figures() -> None:
    mine = release("851", "851")
    assert mine.municipality == "851"
    assert (publisher(mine, "da"), publisher(mine, "en")) == ("Aalborg Kommune", "City of Aalborg")


def test_nobody_publishes_made_up_figures_in_a_municipality_s_name() -> None:
    assert publisher(release("851", kind="demonstration"), "da") == "handleplan (demonstration)"


def test_a_place_has_its_address_where_it_is_known_and_its_name_elsewhere() -> None:
    assert _place(release("101")) == {"@id": "https://sws.geonames.org/2618425/", "@type": "dct:Location"}
    assert "@id" not in _place(release("851"))
    assert {t["@value"] for t in _place(release("851"))["skos:prefLabel"]} == {"Aalborg"}


def test_a_release_of_two_municipalities_or_of_one_without_a_name_stops() -> None:
    with pytest.raises(ReleaseError, match="of 2 municipalities"):
        release("851", "101").municipality  # noqa: B018
    with pytest.raises(ReleaseError, match="no label in list publisher"):
        publisher(release("101"), "da")


def test_every_municipality_that_has_a_name_has_a_publisher() -> None:
    """The whole country publishes nothing."""
    lists = load_catalogue().code_lists
    assert {e.code for e in lists["publisher"]} == {e.code for e in lists["geography"]} - {"000"}
