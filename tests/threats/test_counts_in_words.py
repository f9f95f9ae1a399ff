"""The sentence of a refusal goes to Dagster's events: its counts of 1 to 5 rows are told as `1-5` there (threat 2)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from handleplan_pipeline.lake.told import in_words
from handleplan_pipeline.settings import get_settings
from handleplan_pipeline.sources.deliveries.receipt import Receipt
from tests.lib.deliveries import Place, deliver, row, text, written


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.setenv("HANDLEPLAN_LAKE", str(tmp_path / "lake"))
    get_settings.cache_clear()
    yield Place(tmp_path)
    get_settings.cache_clear()


@pytest.mark.parametrize(
    ("exact", "told"),
    [
        ("a.csv: column KOM has codes that are not on its list, in 1 rows. Ask", "in 1-5 rows. Ask"),
        ("a.csv: column KOM has codes that are not on its list, in 6 rows. Ask", "in 6 rows. Ask"),
        ("a.csv: 4 of 7 rows are of another municipality than 101", "1-5 of 7 rows"),
        ("a.csv: 3 of 5 stays begin on 1 January. Deliver", "1-5 of 5 stays begin on 1 January"),
        ("a.csv: column X cannot be read as date in 2 of 3 rows.", "in 1-5 of 1-5 rows"),
        (
            "a.csv: 3 rows were read, 4 counted in its bytes, the manifest says 5. Deliver",
            "1-5 rows were read, 1-5 counted in its bytes, the manifest says 1-5. Deliver",
        ),
        ("a.csv: 5 rows against the 4 of the delivery it supersedes", "1-5 rows against the 1-5 of the delivery"),
        # the total would give the small part away: 43 less 40
        (
            "a.csv: 43 of 100 rows break a rule, more than the 5% that may be set aside "
            "(outside_period: 40; x_rule: 3). "
            "The declared period is 2013",
            "a.csv: 41-45 of 100 rows break a rule, more than the 5% that may be set aside "
            "(outside_period: 40; x_rule: 1-5). The declared period is 2013",
        ),
        (
            "a.csv: 65 of 81 rows break a rule, more than the 5% that may be set aside (a_rule: 49; b_rule: 16). T",
            "a.csv: 65 of 81 rows break a rule, more than the 5% that may be set aside (a_rule: 49; b_rule: 16). T",
        ),
        (
            "a.csv: the rows as read break the contract of source.x, rule and rows: "
            "unique_key (person): 2; a (b): 12. C",
            "unique_key (person): 1-5; a (b): 12. C",
        ),
        # no counts of rows: columns, sheets, fields, attempts
        ("a.xlsx: 2 sheets have content, 0 of them hidden.", "2 sheets have content"),
        ("a.csv: missing columns: A; columns too many, doubled or renamed: 1. Deliver", "doubled or renamed: 1. D"),
        ("fields in line 3 of the file", "fields in line 3 of the file"),
    ],
)
def test_small_counts_of_a_sentence_are_a_range(exact: str, told: str) -> None:
    assert told in in_words(exact)


def test_a_refusal_names_no_small_count_in_events_and_its_exact_one_to_who_delivers(
    place: Place, tmp_path: Path
) -> None:
    """Three stays of another municipality's shelters among five: refused, and `deliver` says how many exactly."""
    content = text(2) + "\n".join(row(k, here="147").replace(";101;", ";147;") for k in range(2, 5)) + "\n"
    place.land(content)
    (receipt,) = place.take()[1].decided
    assert isinstance(receipt, Receipt)
    assert (receipt.state, receipt.rule) == ("refused", "municipality")
    assert "1-5 of 1-5 rows" in receipt.sentence()
    done = deliver(written(tmp_path, content), "--check")
    assert "3 of 5 rows" in str(done.exception)
