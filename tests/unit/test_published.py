"""Published figures: all kept, one chosen by the declared rule, unknown sources refused."""

import random
from pathlib import Path

import polars as pl
import pytest

from assets.sources.homelessness_count import CHOICE_KEY as HOMELESS_KEY
from assets.sources.section_110_statistics import CHOICE_KEY as SHELTER_KEY
from handleplan_pipeline.errors import SourceError
from handleplan_pipeline.settings import get_settings
from handleplan_pipeline.sources.published import choose, read_published, with_tier
from schemas.sources.homelessness_count import HOMELESSNESS_COUNT
from schemas.sources.published_source import PUBLISHED_SOURCE
from schemas.sources.section_110_statistics import SECTION_110_STATISTICS

FOLDER = Path(get_settings().reference) / "published"
SOURCES = read_published(FOLDER, PUBLISHED_SOURCE)
COUNTS = choose(with_tier(read_published(FOLDER, HOMELESSNESS_COUNT), SOURCES, "c"), HOMELESS_KEY)
SHELTERS = choose(with_tier(read_published(FOLDER, SECTION_110_STATISTICS), SOURCES, "s"), SHELTER_KEY)


def test_every_published_figure_is_kept() -> None:
    assert (COUNTS.height, SHELTERS.height) == (187, 58)
    assert COUNTS["figure_id"].n_unique() == 187


def copenhagen(year: int) -> float:
    where = (pl.col("geography") == "101") & (pl.col("year") == year) & (pl.col("measure") == "hjemloese_uge6")
    total = (pl.col("origin") == "I alt") & (pl.col("age_printed") == "I alt") & pl.col("chosen")
    return float(COUNTS.filter(where & total)["value"].item())


@pytest.mark.parametrize(
    ("year", "persons"),
    [(2009, 1494), (2011, 1507), (2013, 1581), (2015, 1562), (2017, 1482), (2019, 1442), (2022, 1370)],
)
def test_copenhagen_totals(year: int, persons: int) -> None:
    assert copenhagen(year) == persons


def test_the_later_publication_wins_inside_a_tier_and_the_other_stays() -> None:
    users = SHELTERS.filter(
        (pl.col("year") == 2009) & (pl.col("measure") == "brugere") & (pl.col("category") == "I alt")
    )
    assert sorted(users.select("value", "chosen", "conflicts").rows()) == [(6250, True, 1), (6353, False, 1)]


def test_equal_values_are_no_conflict() -> None:
    both = COUNTS.filter((pl.col("year") == 2007) & (pl.col("value") == 5253))
    assert both.height == 2
    assert set(both["conflicts"]) == {0}
    assert both["chosen"].sum() == 1


def test_the_older_definition_is_never_in_one_key_with_later_years() -> None:
    assert set(COUNTS.filter(pl.col("year") == 2007)["definition"]) == {"sfi_2007"}
    assert "definition" in HOMELESS_KEY


def test_the_order_of_rows_does_not_change_the_choice() -> None:
    plain = COUNTS.drop("chosen", "conflicts", "choice_rule")
    want = set(COUNTS.filter("chosen")["figure_id"])
    for seed in range(5):
        order = random.Random(seed).sample(range(plain.height), plain.height)
        assert set(choose(plain[order], HOMELESS_KEY).filter("chosen")["figure_id"]) == want


def test_an_unknown_source_is_refused_by_name() -> None:
    with pytest.raises(SourceError, match="1 unknown sources: NOBODY"):
        with_tier(pl.DataFrame({"source_id": ["NOBODY"]}), SOURCES, "x.csv")
