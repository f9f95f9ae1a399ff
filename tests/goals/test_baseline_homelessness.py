"""B1: the parameters the plan wants watched, every year from 2009 by group, from both routes.

> baselinemålinger på en række parametre [...], således at det bliver muligt løbende at monitorere om forskelle [...]
> bliver forøget eller formindsket over tid (Handleplan 2011-2014, afsnit 2)
"""

from datetime import date, timedelta

import polars as pl
import pytest

from assets.baselines.baseline_homelessness import BASELINE, CELL, counted_part
from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.cells.routes import UNUSUAL, UNUSUAL_CAVEAT, cells_of_baseline, with_provenance
from handleplan_pipeline.cells.tabulate import with_left_edges
from handleplan_pipeline.judgement.baselines import delivered_part, fill
from schemas.registers.row_account import ROW_ACCOUNT
from schemas.sources.summed_counts import TABLE as SUMMED
from tests.lib.counting import NOBODY, Cells, account, delivered, episodes
from tests.lib.drawn import drawn, people

C = load_catalogue()
SOURCES = ("section_110_stays", "sfi_person_forms", "dst_bef")
NO_FORMS = "form_id  year"


def count(stays: str, persons: str, forms: str = NO_FORMS, periods: range = range(2008, 2015)) -> Cells:
    register = drawn("shelter_stay", stays)
    tables = {
        "shelter_stay": register,
        "shelter_episode": episodes(register),
        "homeless_person": drawn("homeless_person", forms),
        "person": people(persons),
    }
    return Cells(counted_part(C, tables, account(delivered(SOURCES, periods))))


TWO = """
    person  ancestry               in_population
    ada     danish                 2008-2014
    bo      immigrant_non_western  2008-2014
"""


def test_nights_are_those_of_the_year_and_persons_those_with_a_night() -> None:
    found = count(
        """
        person  start_date  end_date
        ada     2009-11-01  2010-02-01    # 30 + 31 nights in 2009, 31 in 2010
        ada     2010-01-20  2010-02-06    # overlaps: five nights more
        bo      2010-03-01  2010-03-11
        bo      2012-12-31  2013-01-02    # one night in each year
        """,
        TWO,
    )
    nights = {(y, g): found("B1_section_110_nights", y, g) for y in range(2009, 2015) for g in ("danish", "minority")}
    assert {k: v for k, v in nights.items() if v != NOBODY} == {
        (2009, "danish"): "61 of 1",
        (2010, "danish"): "36 of 1",
        (2010, "minority"): "10 of 1",
        (2012, "minority"): "1 of 1",
        (2013, "minority"): "1 of 1",
    }
    assert found("B1_section_110_persons", 2010) == found("B1_section_110_persons", 2010, "minority") == "1"
    assert found("B1_section_110_persons", 2014) == NOBODY


def test_another_citys_shelter_gives_no_night_but_makes_the_stay_longer() -> None:
    """Eleven persons with 20 nights elsewhere and then 10 here: 10 nights, and stays of 30."""
    rows = "\n".join(f"p{i}  2010-03-01  2010-03-21  147\np{i}  2010-03-21  2010-03-31  101" for i in range(11))
    persons = "\n".join(["person  in_population", *(f"p{i}  2010-2010" for i in range(11))])
    found = count(f"person  start_date  end_date  facility_municipality\n{rows}", persons)
    assert found("B1_section_110_nights", 2010) == "110 of 11"
    assert found("B1_stay_median", 2010) == found("B1_stay_p90", 2010) == "30 of 11"


def test_the_series_begins_with_the_baseline_and_needs_the_years_own_file() -> None:
    """Stays of 2008 are no parameter of the plan; a year without its file of stays is not known."""
    stays = "person  start_date  end_date\nada  2008-01-01  2014-12-31"
    assert count(stays, TWO).years("B1_section_110_nights") == list(range(2009, 2015))
    assert count(stays, TWO, periods=range(2010, 2013)).years("B1_section_110_persons") == [2010, 2011, 2012]


def of_lengths(lengths: dict[str, list[int]]) -> Cells:
    """Each person's stays follow with days between, all in 2010."""
    rows = []
    for name, nights in lengths.items():
        start = date(2010, 1, 2)
        for n in nights:
            rows.append(f"{name}  {start}  {start + timedelta(days=n)}")
            start += timedelta(days=n + 3)
    persons = "\n".join(["person  in_population", *(f"{n}  2010-2010" for n in lengths)])
    return count("\n".join(["person  start_date  end_date", *rows]), persons)


def test_a_quantile_of_many_persons_is_over_their_stays() -> None:
    found = of_lengths({f"p{i}": [i + 1, i + 1] for i in range(60)})
    assert found("B1_stay_median", 2010) == "30.5 of 60"
    # 120 stays: the one at place 0.9 x 119 = 107.1 is between two of 54 and 55 nights
    assert found("B1_stay_p90", 2010) == "54.1 of 60"


def test_two_persons_with_many_stays_are_no_five_above() -> None:
    """Of 60 stays 20 are long, and all of them are of two persons: the row has its persons and no value."""
    found = of_lengths({f"p{i}": [5] for i in range(40)} | {name: [12] * 10 for name in ("x", "y")})
    row = found.frame.filter((pl.col("indicator_id") == "B1_stay_p90") & (pl.col("population_group") == "danish"))
    assert row.select("denominator", "value").rows() == [(42, None)]
    assert found("B1_stay_median", 2010) == "5 of 42"


FORMS = """
    form_id  year  geography  population_group  income           on_housing_list
    1        2009  101        danish            kontanthjaelp    yes
    2        2009  101        danish            foertidspension  no
    3        2009  101        danish            uoplyst          -
    4        2009  101        immigrant         kontanthjaelp    yes
    5        2009  101        descendant        ingen            -
    6        2009  101        unknown           loen             no
    7        2009  147        danish            ingen            yes     # counted in another city
    8        2011  101        danish            ingen            yes
    9        2010  101        danish            ingen            yes     # no count is held in an even year
"""


def test_forms_are_shares_of_those_that_answer() -> None:
    found = count("person  start_date  end_date", TWO, FORMS)
    said = {
        i: [found(f"B1_{i}", 2009, g) for g in ("danish", "minority", "unknown")]
        for i in (
            "homeless_week6",
            "share_on_housing_list",
            "share_disability_pension",
            "share_cash_benefit",
            "share_no_income",
        )
    }
    assert said == {
        "homeless_week6": ["3", "2", "1"],
        "share_on_housing_list": ["1 of 2", "1 of 1", "0 of 1"],
        "share_disability_pension": ["1 of 2", "0 of 2", "0 of 1"],
        "share_cash_benefit": ["1 of 2", "1 of 2", "0 of 1"],
        "share_no_income": ["0 of 2", "1 of 2", "0 of 1"],
    }
    assert found("B1_homeless_week6", 2009, "all") == "6"
    assert found("B1_share_no_income", 2009, "all") == NOBODY
    assert found("B1_share_no_income", 2011) == "1 of 1"


def test_lengths_of_the_first_delivered_year_say_that_they_are_cut() -> None:
    found = of_lengths({f"p{i}": [10] for i in range(12)}).frame
    cells = with_provenance(C, found, "synthetic", "registers")
    caveat = pl.col("caveats").fill_null("").str.contains("left_edge")
    cut = with_left_edges(C, cells, account({"section_110_stays": [2010]})).filter(caveat)
    assert set(cut["indicator_id"]) == {"B1_stay_median", "B1_stay_p90"}
    assert with_left_edges(C, cells, account({"section_110_stays": [2009, 2010]})).filter(caveat).height == 0


def summed(*rows: tuple[str, int, str, int | None, int | None, float | None]) -> pl.DataFrame:
    names = ("indicator_id", "count_year", "population_group", "numerator", "denominator", "value")
    shared = {"period": 2010, "geography": "101", "sex": "total", "age_group": "total", "data_kind": "synthetic"}
    return SUMMED.conform(
        [dict.fromkeys(SUMMED.column_names) | shared | dict(zip(names, r, strict=True)) for r in rows]
    )


def test_the_summed_route_gives_the_same_rows_and_registers_bear() -> None:
    counted = of_lengths({f"p{i}": [10] for i in range(12)}).frame
    both = summed(
        ("B1_section_110_persons", 2010, "danish", 12, None, None),
        ("B1_section_110_nights", 2010, "danish", None, 12, 120.4),
        ("B1_stay_median", 2010, "danish", None, 12, 10.0),
        ("B1_stay_p90", 2010, "minority", None, 9, None),
        ("I04", 2010, "danish", 1, 12, None),
    )
    periods = account(delivered(SOURCES, [2009, 2010]))
    alone = cells_of_baseline(C, CELL, "B1", counted.clear(), periods, both)
    found = {(r["indicator_id"], r["population_group"]): r for r in alone.frame.to_dicts()}
    assert set(found) == {
        ("B1_section_110_persons", "danish"),
        ("B1_section_110_nights", "danish"),
        ("B1_stay_median", "danish"),
        ("B1_stay_p90", "minority"),
    }
    assert found["B1_section_110_nights", "danish"]["value"] == 120.4
    # too few persons beside it: no value, but the persons are known and nothing was hidden by the supplier
    assert found["B1_stay_p90", "minority"]["cell_state"] == "value"
    assert found["B1_stay_p90", "minority"]["denominator"] == 9
    joined = cells_of_baseline(C, CELL, "B1", counted, periods, both)
    assert joined.differing == 0
    row = joined.frame.filter(pl.col("indicator_id") == "B1_section_110_nights").to_dicts()
    assert [(r["value"], r["delivery_id"]) for r in row] == [(120.0, "registers")]
    other = summed(("B1_section_110_persons", 2010, "danish", 13, None, None))
    assert cells_of_baseline(C, CELL, "B1", counted, periods, other).differing == 1


def unusual(source: str, period: int) -> pl.DataFrame:
    """The account of rows when this delivery of the two years is unlike the one before it."""
    told = {"source": source, "period": period, "outcome": UNUSUAL, "rows": 0, "data_kind": "synthetic"}
    return pl.concat([account(delivered(SOURCES, [2009, 2010])), ROW_ACCOUNT.conform([told])])


@pytest.mark.parametrize(
    ("source", "period", "said"),
    [
        ("section_110_stays", 2010, True),
        ("dst_bef", 2010, True),
        ("section_110_stays", 2009, False),  # the figure is of 2010
        ("sfi_person_forms", 2010, False),  # and is not made of forms
    ],
)
def test_a_parameter_that_stands_on_an_unusual_delivery_says_so_up_to_the_table(
    source: str, period: int, said: bool
) -> None:
    counted = of_lengths({f"p{i}": [10] for i in range(12)}).frame
    cells = cells_of_baseline(C, CELL, "B1", counted, unusual(source, period), summed()).frame
    assert cells.height
    in_cells = cells["caveats"].fill_null("").str.split(";").list.contains(UNUSUAL_CAVEAT)
    assert set(in_cells) == {said}
    table = fill(C, BASELINE, None, delivered_part(C, BASELINE.name, cells), cells)
    figures = table.filter((pl.col("data_year") == 2010) & pl.col("value").is_not_null())
    assert {"section_110_persons", "section_110_nights"} <= set(figures["quantity"])
    assert 0.0 in figures["value"], "a group nobody belonged to is a figure of that delivery too"
    assert set(figures["caveats"].fill_null("").str.contains(UNUSUAL_CAVEAT)) == {said}


@pytest.mark.parametrize("quantity", [q for b in C.plan.baselines for q in b.quantities], ids=lambda q: q.id)
def test_every_parameter_is_a_series_of_its_own_or_only_published(quantity: object) -> None:
    indicator = quantity.indicator  # type: ignore[attr-defined]
    assert (indicator is None) == (quantity.id == "share_of_homeless")  # type: ignore[attr-defined]
    assert indicator is None or "." not in indicator
