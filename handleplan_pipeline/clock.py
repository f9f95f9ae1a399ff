"""What time it is: the one place that asks the machine. A test can set it, and nobody else (record 0068).

Ask as `clock.now()`, by the module's name: a function taken out of it would not be the one that was set. How long a
thing takes is asked of `time.monotonic`, and when a file was written of the file.
"""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
"""Where the house's clock hangs: days, years and times of publication are Danish ones."""


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """The day in Copenhagen."""
    return danish_day(now())


def danish_day(moment: datetime) -> date:
    """The day in Copenhagen at a moment with a time zone."""
    return moment.astimezone(COPENHAGEN).date()
