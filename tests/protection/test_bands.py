"""Labels as sets of finest classes."""

import pytest

from handleplan_pipeline.cells.groups import ANCESTRIES, WITH_COUNTRY, ancestries_of
from handleplan_pipeline.protection.bands import Ages, Sexes, span


def test_what_a_label_spans() -> None:
    assert [span(x) for x in ("15", "15-17", "65+", "total", "unknown")] == [(15, 15), (15, 17), (65, 200), None, None]


def test_the_finest_classes_and_what_every_label_covers() -> None:
    ages = Ages(["total", "15-17", "15", "16", "17", "unknown"])
    assert ages.classes == ["15-15", "16-16", "17-17", "unknown"]
    assert ages.of("15-17") == (0, 1, 2)
    assert ages.of("total") == (0, 1, 2, 3)
    assert ages.of("unknown") == (3,)


def test_what_no_label_names_alone_is_a_class_of_its_own() -> None:
    ages = Ages(["15-24", "15", "16", "17"])
    assert ages.classes == ["15-15", "16-16", "17-17", "18-24"]
    assert ages.of("15-24") == (0, 1, 2, 3)
    assert Ages(["total"]).of("total") == (0,)


def test_the_class_of_a_person() -> None:
    """A known age that no row is of is not an unknown one: nobody of known ancestry is of unknown age."""
    ages = Ages(["18-24", "25-39", "unknown"])
    assert [ages.class_of(x) for x in (18, 24, 25, None)] == [0, 0, 1, 2]
    assert [ages.class_of(x) for x in (17, 40)] == [3, 3]
    assert Ages(["18-24", "25-39"]).class_of(None) == 2


def test_labels_that_cut_through_each_other_are_refused() -> None:
    with pytest.raises(ValueError, match="cut through"):
        Ages(["15-20", "18-24"])


def test_sexes() -> None:
    assert Sexes(["total", "men", "women"]).of("total") == (0, 1)
    assert Sexes(["women"]).of("women") == (0,)


def test_groups_are_sets_of_ancestries_and_unknown_is_in_none_but_all() -> None:
    assert ancestries_of("all") == ANCESTRIES
    with_country = set(ancestries_of("western")) | set(ancestries_of("non_western"))
    assert set(ancestries_of("minority")) & set(WITH_COUNTRY) == with_country
    assert set(ancestries_of("minority")) == set(ancestries_of("immigrant")) | set(ancestries_of("descendant"))
    assert all("unknown" not in ancestries_of(g) for g in ("minority", "danish", "western"))
    with pytest.raises(KeyError):
        ancestries_of("nobody")
