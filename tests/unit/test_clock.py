"""The pipeline asks one place what time it is, so that a test can be told ten years in minutes; no setting can."""

import ast
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from handleplan_pipeline import clock
from handleplan_pipeline.graph.arguments import REFERENCE_YEAR, reference_years
from handleplan_pipeline.graph.jobs import RANGE_END, all_years
from handleplan_pipeline.release import ledger
from handleplan_pipeline.settings import PROJECT_ROOT

CODE = sorted(p for d in ("handleplan_pipeline", "assets", "schemas") for p in (PROJECT_ROOT / d).rglob("*.py"))
ASKS = {("datetime", n) for n in ("now", "today", "utcnow")} | {("date", "today"), ("time", "time"), ("pl", "now")}


def asking(path: Path) -> Iterator[str]:
    """Where a file asks the machine for the time, or takes a function of the clock out of it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute):
            of = node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", "")
            if (of, node.attr) in ASKS:
                yield f"{path.name}:{node.lineno}"
        if isinstance(node, ast.ImportFrom) and node.module in ("time", "handleplan_pipeline.clock"):
            yield from (f"{path.name}:{node.lineno}" for a in node.names if a.name in ("time", "now", "today"))


def test_nobody_else_asks_what_time_it_is() -> None:
    assert [x for p in CODE if p != Path(str(clock.__file__)) for x in asking(p)] == []
    assert list(asking(Path(str(clock.__file__)))), "the test sees who asks"


def test_no_setting_and_no_environment_sets_the_clock() -> None:
    names = {
        n.module for n in ast.walk(ast.parse(Path(str(clock.__file__)).read_text())) if isinstance(n, ast.ImportFrom)
    }
    assert names == {"datetime", "zoneinfo"}


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        # half past midnight of New Year's Day in Copenhagen, and the last evening of June
        (datetime(2012, 12, 31, 23, 30, tzinfo=UTC), date(2013, 1, 1)),
        (datetime(2012, 6, 30, 21, 59, tzinfo=UTC), date(2012, 6, 30)),
        (datetime(2012, 6, 30, 22, 0, tzinfo=UTC), date(2012, 7, 1)),
    ],
)
def test_a_clock_that_is_set_is_the_one_that_is_asked(
    moment: datetime, day: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: moment)
    assert clock.today() == day
    assert ledger.now() == f"{moment:%Y-%m-%dT%H:%M:%SZ}"
    # the running year is a reference year from its first minute in Copenhagen
    assert (reference_years()[0], reference_years()[-1]) == ("2006", str(day.year))
    assert all_years()[RANGE_END] == str(day.year)
    assert set(reference_years()) < set(REFERENCE_YEAR.get_partition_keys())
