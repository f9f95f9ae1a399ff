"""The time of publication by Copenhagen's clock, on the two days when the clock is changed."""

from datetime import UTC, datetime

import pytest

from handleplan_pipeline.clock import COPENHAGEN
from handleplan_pipeline.errors import ReleaseError
from handleplan_pipeline.release.embargo import moment


@pytest.mark.parametrize(
    ("said", "utc"),
    [
        ("2026-06-01T08:00", "2026-06-01T06:00"),
        ("2026-12-01 08:00", "2026-12-01T07:00"),
        # the day of 23 hours: up to the hour that is skipped, and after it
        ("2026-03-29T01:59", "2026-03-29T00:59"),
        ("2026-03-29T03:00", "2026-03-29T01:00"),
        # the day of 25 hours: before, in and after the hour that comes twice, which means its second time
        ("2026-10-25T01:59", "2026-10-24T23:59"),
        ("2026-10-25T02:00", "2026-10-25T01:00"),
        ("2026-10-25T02:30", "2026-10-25T01:30"),
        ("2026-10-25T03:00", "2026-10-25T02:00"),
        # who says the zone means it
        ("2026-10-25T02:30+02:00", "2026-10-25T00:30"),
        ("2026-06-01T06:00Z", "2026-06-01T06:00"),
    ],
)
def test_what_a_person_says_is_a_moment(said: str, utc: str) -> None:
    assert moment(said) == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@pytest.mark.parametrize("said", ["2026-03-29T02:00", "2026-03-29T02:30", "2026-03-29T02:59", "2027-03-28T02:30"])
def test_an_hour_that_summer_time_skips_is_refused_with_the_next_one(said: str) -> None:
    with pytest.raises(ReleaseError, match=rf"no such time in Copenhagen.* Take {said[:10]}T03:00") as refused:
        moment(said)
    assert refused.value.exit_code == 5


@pytest.mark.parametrize("said", ["", "i morgen", "2026-06-01", "2026-02-30T08:00", "08:00", "2026-06-01T25:00"])
def test_what_is_no_time_is_refused(said: str) -> None:
    with pytest.raises(ReleaseError, match="--at"):
        moment(said)


def test_a_whole_day_of_ticks_meets_the_second_half_past_two_once() -> None:
    """Ticks each quarter of 25 October 2026: the first at or after the time is the second 02:30 by the clock."""
    ticks = [datetime.fromtimestamp(1792879200 + 900 * k, UTC) for k in range(100)]
    assert ticks[0].astimezone(COPENHAGEN).strftime("%d %H:%M %z") == "25 00:00 +0200"
    first = next(t for t in ticks if t >= moment("2026-10-25T02:30")).astimezone(COPENHAGEN)
    assert first.strftime("%d %H:%M %z") == "25 02:30 +0100"
