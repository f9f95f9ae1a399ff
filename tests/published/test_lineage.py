"""From a figure to its deliveries: expected by hand from the definitions, not from the catalogue's own lists."""

import polars as pl
import pytest

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.release.lineage import Lineage, in_force, lineage_rows

CATALOGUE = load_catalogue()
SOURCES = [s.id for s in CATALOGUE.sources if s.kind == "delivery"]
ALL = {(s, y): f"{s}/{y}" for s in SOURCES for y in range(2005, 2017)}
WHOLE = {"person_number_changes", "housing_area_keys"}


def read(indicator: str, year: int, *origins: str, deliveries: dict[tuple[str, int], str] = ALL) -> set[str]:
    known = {(indicator, year): set(origins)} if origins else {}
    found = Lineage(CATALOGUE, deliveries, known).of_figure(CATALOGUE.indicator(indicator), year)
    return {r["delivery_id"] or r["source_id"] for r in found if r["source"] not in WHOLE}


def years(source: str, *of: int) -> set[str]:
    return {f"{source}/{y}" for y in of}


BY_HAND = {
    # who turns 16 in 2012, with a measure in the 24 months to 31 July; the grade by 1 October 2013, residence 1 January
    ("I01", 2012): years("dst_bua", 2010, 2011, 2012)
    | years("dst_bufo", 2010, 2011, 2012)
    | years("dst_kotre", 2011, 2012, 2013)
    | years("dst_bef", 2012, 2013),
    # who had a stay or no address in 2012, and where they live and sleep on day 365, in 2013
    ("I03", 2013): years("section_110_stays", 2012, 2013)
    | years("address_history", 2012, 2013)
    | years("social_psychiatry_services", 2013)
    | years("dst_bef", 2012),
    # night 121 of a stay that may have begun the year before
    ("I04", 2013): years("section_110_stays", 2012, 2013) | years("dst_bef", 2013),
    # leaving within 90 days of a start late in the year is seen in the next one; a start needs 365 days without before
    ("I05c", 2013): years("drug_treatment", 2012, 2013, 2014) | years("dst_bef", 2013),
    # the team's log begins in 2011: nobody can deliver what it was before
    ("I08_system", 2010): years("crisis_centre_stays", 2010) | years("dst_bef", 2010),
    # residents of the areas on the list of 2010, whatever the year
    ("I12a", 2014): years("housing_residents", 2014)
    | years("dst_dream", 2014)
    | years("dst_bef", 2014)
    | years("housing_areas", 2010),
    # contacts of the old and of the new register of patients
    ("I10_coverage", 2014): years("psychiatry_contacts", 2014)
    | years("psychiatry_contacts_lpr3", 2014)
    | years("social_psychiatry_services", 2014, 2015)
    | years("dst_bef", 2014, 2015),
}


@pytest.mark.parametrize(("indicator", "year"), BY_HAND)
def test_the_deliveries_a_definition_reads(indicator: str, year: int) -> None:
    assert read(indicator, year, "registers") == BY_HAND[indicator, year]


def test_what_completes_another_source_is_read_whole() -> None:
    """A person number that changed in 2015 may be that of somebody counted in 2013."""
    found = Lineage(CATALOGUE, ALL, {}).of_figure(CATALOGUE.indicator("I04"), 2013)
    assert {r["period"] for r in found if r["source"] == "person_number_changes"} == set(range(2005, 2017))
    assert not [r for r in found if r["source"] == "housing_area_keys"]


def test_only_what_was_delivered_and_only_the_route_that_was_read() -> None:
    some = {k: v for k, v in ALL.items() if k[0] != "address_history"}
    assert years("section_110_stays", 2012, 2013) <= read("I03", 2013, "registers", deliveries=some)
    assert not years("address_history", 2012, 2013) & read("I03", 2013, "registers", deliveries=some)
    assert read("I03", 2013, "summed_counts/2013") == {"summed_counts/2013"}
    assert read("I03", 2013, "summed_counts/2013", "registers") == BY_HAND["I03", 2013] | {"summed_counts/2013"}


def test_a_summed_figure_leads_to_the_data_set_it_came_in_whatever_year_that_is_of() -> None:
    found = Lineage(CATALOGUE, ALL, {("I03", 2013): {"summed_counts/2014"}}).of_figure(CATALOGUE.indicator("I03"), 2013)
    assert [(r["source"], r["period"], r["delivery_id"]) for r in found] == [
        ("summed_counts", 2014, "summed_counts/2014")
    ]


def test_published_figures_name_their_source_and_no_delivery() -> None:
    assert read("I02n", 2014, "STRAFNA9+FOLK1E") == {"statbank_strafna9", "statbank_folk1e"}
    assert read("I13a_areas", 2010, "KK_HANDLEPLAN_2010", "UIBM_2015") == {"KK_HANDLEPLAN_2010", "UIBM_2015"}


def test_a_superseded_or_refused_delivery_stands_behind_nothing() -> None:
    states = ["current", "superseded", "refused", "deleted"]
    frame = pl.DataFrame(
        {"source": "dst_bef", "year": 2013, "delivery_id": states, "state": states}, schema_overrides={"year": pl.Int32}
    )
    assert in_force(frame) == {("dst_bef", 2013): "current"}


def observed(**more: object) -> pl.DataFrame:
    row = {"indicator_id": "I04", "year": 2013, "value": 25.0} | more
    return pl.DataFrame([row], schema={"indicator_id": pl.String, "year": pl.Int32, "value": pl.Float64})


def test_a_row_without_a_figure_says_nothing_and_each_line_stands_once() -> None:
    deliveries = pl.DataFrame(
        [{"source": s, "year": y, "delivery_id": d, "state": "current"} for (s, y), d in ALL.items()]
    )
    cells = pl.DataFrame([{"indicator_id": "I04", "year": 2013, "delivery_id": "registers", "cell_state": "value"}] * 2)
    table = ("goal", "goal_04_shelter_stays")
    both = pl.concat([observed(), observed(value=30.0)])
    told = lineage_rows(CATALOGUE, deliveries, cells, {table: both}, {})
    assert len({tuple(r.values()) for r in told}) == len(told) > 3
    assert {(r["table_schema"], r["table_name"], r["indicator_id"], r["year"]) for r in told} == {(*table, "I04", 2013)}
    assert lineage_rows(CATALOGUE, deliveries, cells, {table: observed(value=None)}, {}) == []
