"""A clock that a test sets, for a process that ends with the test's question: nobody sets the machine's."""

from datetime import UTC, datetime

from handleplan_pipeline import clock


def stand_still(moment: str) -> None:
    """From now on this process reads this moment (ISO, with its zone), and Dagster in it too."""
    import dagster._time as of_dagster

    at = datetime.fromisoformat(moment).astimezone(UTC)
    clock.now = lambda: at
    of_dagster._mockable_get_current_datetime = lambda: at
    of_dagster._mockable_get_current_timestamp = at.timestamp
