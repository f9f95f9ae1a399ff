"""Goal 2: young people in the crime statistics.

> Resultatmål 2: Unge med etnisk minoritetsbaggrund skal ikke være overrepræsenterede i kriminalitetsstatistikkerne.
> (Handleplan 2011-2014, side 4)

Counted of year t: residents of the city aged 15-17 on 1 January t with a decision of guilt in t under the penal code,
the weapons act or the euphoriants act, for an offence after their 15th birthday; each person once, per residents of
that age. The national series I02n stands beside: 15-29 years, all offences, from StatBank; it never bears the goal.
"""

import polars as pl
import pytest

from assets.goals import goal_02_youth_crime as goal
from assets.goals.goal_02_youth_crime import municipal_cells, national_cells
from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.errors import SourceError
from handleplan_pipeline.judgement.observations import observe
from schemas.goals.goal_02_youth_crime import CELL, GOAL
from tests.lib.counting import NOBODY, Cells, count
from tests.lib.drawn import drawn, people
from tests.lib.municipal import municipal_tables

YOUNG = """
    person  ancestry                born        sex
    bo      descendant_non_western  1994-05-05  men
"""


def decisions(text: str, population: str = YOUNG) -> Cells:
    return count(goal, decision=drawn("decision", text), person=people(population))


def test_the_rate_of_each_group_per_residents_of_15_to_17() -> None:
    found = decisions(
        """
        person  decision_date
        bo      2010-03-01
        bo      2010-09-01      # two decisions, one person
        ib      2010-03-01
        nobody  2010-03-01      # lives nowhere we know: no resident
        """,
        """
        person  ancestry                born        lives_in
        bo      descendant_non_western  1994-05-05  101
        ea      immigrant_western       1993-05-05  101
        ib      danish                  1992-05-05  101
        kaj     danish                  1994-05-05  101
        ole     danish                  1994-05-05  147   # lives elsewhere
        max     unknown                 1994-05-05  101
        """,
    )
    assert found("I02", 2010, "minority") == "1 of 2"
    assert found("I02", 2010, "danish") == "1 of 2"
    assert found("I02", 2010, "unknown") == "0 of 1"
    assert found("I02_crude", 2010, "minority") == "1 of 2"
    assert found("I02_age15_24", 2010, "danish") == "1 of 2"


EVERY_SERIES = {"I02", "I02_crude", "I02_age15_24", "I02_traffic"}


@pytest.mark.parametrize(
    ("row", "series"),
    [
        ("2010-03-01  -           1285005  yes", EVERY_SERIES),  # penal code
        (
            "2010-03-01  -           3210505  yes",
            EVERY_SERIES,
        ),  # euphoriants act
        ("2010-03-01  -           3410505  yes", EVERY_SERIES),  # weapons act
        ("2010-03-01  -           2130505  yes", {"I02_traffic"}),  # traffic law, the sensitivity series
        ("2010-03-01  -           3810507  yes", set()),  # another special act
        ("2010-03-01  -           1285005  no", set()),  # acquitted, or charge withdrawn
        ("2010-03-01  2009-05-04  1285005  yes", set()),  # the day before the 15th birthday
        ("2010-03-01  2009-05-05  1285005  yes", EVERY_SERIES),
    ],
)
def test_guilt_laws_and_the_age_of_15_at_the_offence(row: str, series: set[str]) -> None:
    when, offence, code, guilty = row.split()
    found = decisions(f"""
        person  decision_date  offence_date                          offence_code  guilty
        bo      {when}         {when if offence == "-" else offence}  {code}        {guilty}
    """)
    assert set(found.who(2010, "minority")) == series


@pytest.mark.parametrize(
    ("born", "young", "wide"),
    [
        ("1995-01-01", True, True),  # 15 on 1 January, born that day
        ("1995-01-02", False, False),  # 14
        ("1992-01-02", True, True),  # 17
        ("1992-01-01", False, True),  # 18
        ("1985-01-02", False, True),  # 24
        ("1985-01-01", False, False),  # 25
    ],
)
def test_age_is_that_of_1_january(born: str, young: bool, wide: bool) -> None:
    found = decisions(
        "person  decision_date\nbo  2010-06-01",
        f"""
        person  ancestry                born
        bo      descendant_non_western  {born}
        ea      descendant_non_western  1993-06-01   # so that somebody of each age lives here
        """,
    )
    assert found("I02", 2010, "minority") == (f"1 of {1 + 1}" if young else "0 of 1")
    assert found("I02_age15_24", 2010, "minority") == ("1 of 2" if wide else "0 of 1")


@pytest.mark.parametrize(("when", "year"), [("2010-12-31", 2010), ("2011-01-01", 2011)])
def test_the_decision_decides_the_year(when: str, year: int) -> None:
    found = decisions(f"person  decision_date  offence_date\nbo  {when}  2010-11-01")
    assert [t for t in (2010, 2011) if found("I02", t, "minority") == "1 of 1"] == [year]


def test_who_moves_here_or_away_after_1_january_is_where_he_was_on_that_day() -> None:
    found = decisions(
        "person  decision_date\nbo  2010-06-01\nbo  2011-06-01",
        """
        person  born        in_population  lives_in
        bo      1994-05-05  2010-2010      147
        bo      1994-05-05  2011-2011      101
        """,
    )
    assert found("I02", 2010) == NOBODY
    assert found("I02", 2011) == "1 of 1"


def test_a_year_without_decisions_or_without_the_population_is_not_known() -> None:
    rows, here = drawn("decision", "person  decision_date\nbo  2010-06-01"), people(YOUNG)
    assert 2010 not in count(goal, {"dst_kraf": [2009, 2011]}, decision=rows, person=here).years("I02")
    assert 2010 not in count(goal, {"dst_bef": [2009, 2011]}, decision=rows, person=here).years("I02")


GUILTY = {"1": 30, "24": 1, "25": 4, "34": 2, "35": 3}
PEOPLE = {"1": 1000, "24": 100, "25": 50, "34": 40, "35": 10}


def tables(hide: str | None = None, drop: str | None = None) -> tuple[pl.DataFrame, pl.DataFrame]:
    guilty = [
        {
            "koen": s,
            "alder": "15-29",
            "herkomst": h,
            "year": 2010,
            "value": None if h == hide else n,
            "cell_state": "blanked" if h == hide else "value",
        }
        for h, n in GUILTY.items()
        if h != drop
        for s in ("M", "K")
    ]
    people = [
        {"omraade": "000", "koen": s, "alder": a, "herkomst": h, "year": 2010, "value": n // 2}
        for h, n in PEOPLE.items()
        for s in ("1", "2")
        for a in ("15", "29")
    ]
    outside = [{"omraade": "000", "koen": "1", "alder": "30", "herkomst": "1", "year": 2010, "value": 999}]
    official = pl.lit("official").alias("data_kind")
    return pl.DataFrame(guilty).with_columns(official), pl.DataFrame(people + outside).with_columns(official)


def said(frame: pl.DataFrame) -> dict[tuple[str, str], tuple[int | None, int | None, str]]:
    return {
        (r["population_group"], r["sex"]): (r["numerator"], r["denominator"], r["cell_state"]) for r in frame.to_dicts()
    }


def test_groups_and_ages_by_hand() -> None:
    got = said(national_cells(*tables()))
    assert got[("danish", "total")] == (60, 2000, "value")
    assert got[("minority", "total")] == (20, 400, "value")
    assert got[("non_western", "total")] == (14, 120, "value")
    assert got[("minority", "women")] == (10, 200, "value")


def test_a_hidden_cell_hides_every_sum_it_is_part_of_and_is_never_a_zero() -> None:
    cells = national_cells(*tables(hide="34"))
    got = said(cells)
    assert got[("minority", "total")] == (None, None, "blanked")
    assert got[("non_western", "total")] == (14, 120, "value")
    rows = observe(load_catalogue(), 2, CELL.arrange(cells), GOAL).filter(pl.col("indicator_id") == "I02n")
    hidden = rows.filter((pl.col("population_group") == "minority") & (pl.col("sex") == "total"))
    assert hidden.select("value", "numerator", "ci_low", "obs_status", "conf_status", "missing_reason").rows() == [
        (None, None, None, "Q", "C", "suppressed")
    ]
    assert "ratio" not in hidden["measure"].to_list()


def test_a_missing_ancestry_stops_the_count() -> None:
    with pytest.raises(SourceError, match="lack ancestry codes"):
        national_cells(*tables(drop="34"))


def test_the_goals_own_indicator_says_why_it_has_no_figure() -> None:
    rows = observe(load_catalogue(), 2, national_cells(*tables()), GOAL).filter(pl.col("indicator_id") == "I02")
    assert set(rows["year"]) == set(range(2010, 2015))
    assert set(rows["population_group"]) == {"minority", "danish"}
    assert rows["value"].null_count() == rows.height
    assert set(rows["missing_reason"]) == {"not_delivered"}


def test_counted_by_sex_and_single_year_of_age_for_standardisation_and_published_by_each() -> None:
    """A summed data set can carry the same cells, so that both routes can be standardised."""
    found = decisions(
        """
        person  decision_date  offence_date
        bo      2010-03-01     2010-02-01
        """,
        """
        person  born        sex    in_population
        bo      1994-05-05  men    2010-2010
        ib      1993-05-05  men    2010-2010
        ea      1994-05-05  women  2010-2010
        """,
    )
    known = found.frame.filter((pl.col("indicator_id") == "I02") & (pl.col("population_group") == "danish"))
    cells = {(s, a): (n, d) for s, a, n, d in known.select("sex", "age_group", "numerator", "denominator").rows()}
    assert cells == {
        ("total", "15-17"): (1, 3),
        ("men", "15-17"): (1, 2),
        ("women", "15-17"): (0, 1),
        ("total", "15"): (1, 2),
        ("total", "16"): (0, 1),
        ("men", "15"): (1, 1),
        ("men", "16"): (0, 1),
        ("women", "15"): (0, 1),
    }
    published = observe(load_catalogue(), 2, known, GOAL).filter(
        (pl.col("indicator_id") == "I02")
        & (pl.col("year") == 2010)
        & pl.col("value").is_not_null()
        & (pl.col("measure") == "rate")
    )
    assert set(published.select("sex", "age_group").rows()) == {
        ("total", "15-17"),
        ("men", "15-17"),
        ("women", "15-17"),
        ("total", "15"),
        ("total", "16"),
    }


def municipal(cells: pl.DataFrame) -> dict[tuple[str, str], tuple[int | None, int | None, str]]:
    assert set(cells["geography"]) == {"101"}
    return said(cells)


def test_the_municipal_series_of_open_figures_by_hand() -> None:
    """I02k: fifteen ages of 100 in each sex; the foreign class is the four ancestries that are not Danish."""
    cells = municipal_cells(*municipal_tables())
    assert municipal(cells) == {
        ("danish", "men"): (30, 1500, "value"),
        ("danish", "women"): (30, 1500, "value"),
        ("danish", "total"): (60, 3000, "value"),
        ("minority", "men"): (10, 6000, "value"),
        ("minority", "women"): (10, 6000, "value"),
        ("minority", "total"): (20, 12000, "value"),
    }
    assert set(cells["data_kind"]) == {"official"}
    assert set(municipal_cells(*municipal_tables("synthetic"))["data_kind"]) == {"synthetic"}


@pytest.mark.parametrize("lost", [pl.col("koen") == "1", pl.col("alder") == "17", pl.col("herkomst") == "34"])
def test_a_municipal_sum_is_never_short_of_a_part(lost: pl.Expr) -> None:
    guilty, people = municipal_tables()
    if "koen" in str(lost):
        guilty, people = guilty.with_columns(value=pl.when(pl.col("koen") == "K").then("value")), people
    else:
        people = people.filter(~lost)
    with pytest.raises(SourceError, match=r"STRAFNA6/FOLK1E: .* groups lack cells"):
        municipal_cells(guilty, people)


def test_tables_nobody_pulled_give_no_figure_and_say_so() -> None:
    guilty, people = (x.clear() for x in municipal_tables())
    cells = municipal_cells(guilty, people)
    rows = observe(load_catalogue(), 2, CELL.arrange(cells), GOAL).filter(pl.col("indicator_id") == "I02k")
    assert rows.height == 2 * 5
    facts = rows.select("value", "numerator", "obs_status", "missing_reason", "caveats").unique().rows()
    assert facts == [(None, None, "L", "not_pulled", "not_pulled")]
    assert "`handleplan statbank pin`" in next(c.text_da for c in load_catalogue().caveats if c.id == "not_pulled")
