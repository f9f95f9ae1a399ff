"""Days that only some years have, and the hour of the yearly run in Copenhagen's time (threat 20)."""

from datetime import UTC, date, datetime

import pytest
from dagster import RunRequest, build_schedule_context
from dagster._utils.schedules import cron_string_iterator

from handleplan_pipeline.graph.jobs import yearly_refresh
from tests.deliveries.made import tried


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("29-02-2008", date(2008, 2, 29)),
        ("29-02-2000", date(2000, 2, 29)),
        ("29-02-2010", None),
        ("29-02-2009", None),
        ("29-02-1900", None),
    ],
)
def test_a_leap_day_is_a_day_in_leap_years_only(written: str, day: date | None) -> None:
    found = tried("section_110_stays", "INDSKREVET", [written], good="01-02-2010").row(0, named=True)
    assert found["value"] == day
    assert (found["set_aside"] is None) == (day is not None)


def test_the_yearly_run_is_at_six_in_copenhagen_summer_or_winter() -> None:
    """6 o'clock on 1 June is 4 o'clock UTC, as summer time is two hours ahead; the run is named after its year once."""
    cron, zone = str(yearly_refresh.cron_schedule), yearly_refresh.execution_timezone
    times = cron_string_iterator(datetime(2026, 11, 26, tzinfo=UTC).timestamp(), cron, zone)
    first = [next(times).astimezone(UTC) for _ in range(3)]
    assert first == [datetime(y, 6, 1, 4, 0, tzinfo=UTC) for y in (2027, 2028, 2029)]
    asked = yearly_refresh(build_schedule_context(scheduled_execution_time=first[0]))
    assert isinstance(asked, RunRequest)
    assert asked.run_key == "2027"
