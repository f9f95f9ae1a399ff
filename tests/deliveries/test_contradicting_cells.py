"""Figures of a summed data set that cannot all be true at once refuse the file; every case is drawn by hand."""

from typing import Any

import polars as pl
import pytest

from handleplan_pipeline.lake.told import in_words
from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused
from handleplan_pipeline.sources.deliveries.parse import Parsed
from tests.deliveries.made import read

Cell = tuple[str, str, str, str]
"""Group, sex, age and figure."""


def sums(*cells: Cell, figure: str = "TAELLER") -> pl.DataFrame:
    """A file of these cells; the other figure is hidden, so that one is asked at a time."""
    other = {"TAELLER": "NAEVNER", "NAEVNER": "TAELLER"}[figure]
    about: dict[str, Any] = {"INDIKATOR": "I04", "AAR": "2010", "KOM": "101", "VAERDI": ""}
    rows = [about | {"GRUPPE": g, "KOEN": s, "ALDER": a, figure: n, other: ".."} for g, s, a, n in cells]
    return pl.DataFrame(rows)


def taken(raw: pl.DataFrame) -> Parsed:
    return read(raw, "summed_counts")


def refused(raw: pl.DataFrame) -> str:
    with pytest.raises(DeliveryRefused) as caught:
        taken(raw)
    assert caught.value.rule == "contradicting_cells"
    return str(caught.value)


def by_sex(total: str, men: str, women: str, *more: str) -> list[Cell]:
    sexes = zip(("total", "men", "women", "unknown"), (total, men, women, *more), strict=False)
    return [("all", sex, "total", n) for sex, n in sexes]


@pytest.mark.parametrize("figure", ["TAELLER", "NAEVNER"])
@pytest.mark.parametrize(
    ("cells", "fits"),
    [
        (by_sex("340", "200", "140"), True),
        (by_sex("340", "200", "141"), False),  # more
        (by_sex("340", "200", "139"), False),  # all are there, and one person is nobody
        (by_sex("340", "200", "100", "40"), True),
        (by_sex("340", "200", "100", "39"), False),
        (by_sex("340", "200", "100", ".."), True),  # hidden: it can be 40
        (by_sex("340", "200", "141", ".."), False),  # and never less than nobody
        (by_sex("340", "..", "140"), True),
        (by_sex("340", "..", "341"), False),
        (by_sex("..", "200", "140"), True),
        (by_sex("340", "-", "340"), True),  # nil is nobody
        (by_sex("340", "-", "339"), False),
        (by_sex("340", "200", "140")[:2], True),  # women were not delivered
        (by_sex("340", "200", "140")[1:], True),  # nor was the total
    ],
)
def test_men_women_and_unknown_are_the_total(cells: list[Cell], fits: bool, figure: str) -> None:
    raw = sums(*cells, figure=figure)
    if fits:
        assert taken(raw).set_aside == {}
    else:
        assert "(KOEN: 1)" in refused(raw)


def of_group(**figures: str) -> list[Cell]:
    return [(group, "total", "total", n) for group, n in figures.items()]


@pytest.mark.parametrize(
    ("cells", "fits"),
    [
        (of_group(all="500", danish="400", minority="100"), True),
        (of_group(all="500", danish="400", minority="90"), False),
        (of_group(all="500", danish="400", minority="90", unknown="10"), True),
        (of_group(all="500", danish="400", minority="110", unknown=".."), False),
        (of_group(minority="100", immigrant="60", descendant="40"), True),
        (of_group(minority="100", immigrant="101"), False),
        # of some nobody knows the country
        (of_group(minority="100", western="30", non_western="60"), True),
        (of_group(minority="100", western="30", non_western="101"), False),
        (of_group(all="100", non_western="101"), False),
        (of_group(danish="100", non_western="101"), True),
    ],
)
def test_groups_are_parts_of_everybody(cells: list[Cell], fits: bool) -> None:
    raw = sums(*cells)
    if fits:
        assert taken(raw).set_aside == {}
    else:
        assert "(GRUPPE: 1)" in refused(raw)


def of_age(**figures: str) -> list[Cell]:
    return [("all", "total", age.replace("to", "-").replace("plus", "+").lstrip("a"), n) for age, n in figures.items()]


@pytest.mark.parametrize(
    ("cells", "fits"),
    [
        (of_age(a15to17="90", a15="40", a16="30", a17="20"), True),
        (of_age(a15to17="90", a15="91"), False),
        (of_age(a15to24="90", a15to17="91"), False),
        (of_age(a15to24="90", a25to39="91"), True),
        (of_age(a15to24="90", a18to39="91"), True),  # they only overlap
        (of_age(a18plus="90", a65plus="91"), False),
        (of_age(a65plus="90", a18plus="91"), True),
        (of_age(a18plus="90", a40to64="91"), False),
        (of_age(a40to64="90", a18plus="91"), True),
        ([("all", "total", "total", "90"), ("all", "total", "unknown", "91")], False),
        ([("all", "total", "total", "90"), ("all", "total", "0", "90")], True),
        ([("all", "total", "18-64", "90"), ("all", "total", "unknown", "91")], True),
        ([("all", "total", "1-99999999999999999999", "9"), ("all", "total", "7", "91")], True),
    ],
)
def test_an_age_group_is_no_larger_than_the_one_it_lies_in(cells: list[Cell], fits: bool) -> None:
    raw = sums(*cells)
    if fits:
        assert taken(raw).set_aside == {}
    else:
        assert "(ALDER: 1)" in refused(raw)


@pytest.mark.parametrize("column", ["INDIKATOR", "KOM", "AAR"])
def test_cells_of_another_kind_are_no_parts(column: str) -> None:
    raw = sums(*by_sex("340", "200", "140"))
    other = {"INDIKATOR": "I05", "KOM": "147", "AAR": "2010"}[column]
    men = raw.with_columns(pl.when(pl.col("KOEN") == "men").then(pl.lit(other)).otherwise(pl.col(column)).alias(column))
    assert taken(men).set_aside == {}


def test_a_numerator_above_its_denominator_is_its_row_s_fault_and_makes_no_cell() -> None:
    cells = [("all", sex, "total", n) for sex, n in (("total", "40"), ("men", "20"), ("women", "20"))]
    raw = sums(*cells, *(("all", "total", str(age), "12") for age in range(40)))
    above = raw.with_columns(NAEVNER=pl.Series(["400", "19", "200", *[".."] * 40]))
    assert taken(above).set_aside == {"numerator_above_denominator": 1}


def test_a_cell_that_was_set_aside_may_be_anything_and_a_copy_is_the_same_cell() -> None:
    raw = sums(*by_sex("340", "200", "140"), *(("all", "total", str(age), "12") for age in range(40)))
    unread = raw.with_columns(TAELLER=pl.Series(["340", "xx", "140", *["12"] * 40]))
    assert taken(unread).set_aside == {"value_not_readable": 1}
    assert taken(pl.concat([raw, raw[1]])).set_aside == {"duplicate_row": 1}


def test_the_refusal_names_variables_and_counts_and_no_figure() -> None:
    groups = ("all", "danish", "minority", "western")
    cells = [(g, sex, "total", n) for g in groups for sex, n in (("total", "777"), ("men", "555"), ("women", "333"))]
    said = refused(sums(*cells, ("western", "total", "18+", "888")))
    assert "(KOEN: 4; GRUPPE: 3; ALDER: 1)" in said
    assert not any(n in said for n in ("777", "555", "333", "888"))
    assert "(KOEN: 1-5; GRUPPE: 1-5; ALDER: 1-5)" in in_words(said)
    assert "one extraction" in said
