"""A file with far fewer rows than the one before is stopped until somebody says that it is right."""

from pathlib import Path

import pytest

from handleplan_pipeline.sources.deliveries.command import delivery_of
from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused
from handleplan_pipeline.sources.deliveries.manifest import manifest_path, read_manifest, write_manifest
from handleplan_pipeline.sources.deliveries.smaller import Before, is_much_smaller
from handleplan_pipeline.sources.deliveries.store import DeliveryStore
from tests.lib.deliveries import STAYS, Place, deliver, real, text, use, written

LONG = {"start": "01-02-2009", "end": "02-06-2014"}
LOG = delivery_of("special_team_log")
LOG_HEAD = ";".join(v.name for v in LOG.variables) + ";DATA_KIND\n"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.mark.parametrize("rows", [0, 1, 7, 20, 24])
def test_a_correction_that_lost_rows_is_stopped_and_the_good_one_stays(place: Place, rows: int) -> None:
    place.land(text(40))
    place.take()
    place.land(text(rows), number=2)
    frame, intake = place.take()
    assert [(r.state, r.rule) for r in intake.decided] == [("refused", "much_smaller")]
    assert frame.height == 40
    assert "--confirm" in str(intake.decided[0].message)


@pytest.mark.parametrize("rows", [0, 10, 20])
def test_a_year_with_half_the_rows_of_the_last_is_stopped(place: Place, rows: int) -> None:
    place.land(text(40, **LONG), period=2010)
    place.take(2010)
    place.land(text(rows, **LONG), period=2011)
    frame, intake = place.take(2011)
    assert [r.rule for r in intake.decided] == ["much_smaller"]
    assert "40 of 2010" in str(intake.decided[0].message)
    assert frame.height == 0
    assert sorted(place.store.current("section_110_stays")) == [2010]


def test_a_header_alone_is_stopped_where_a_year_is_never_empty(place: Place) -> None:
    place.land(text(0))
    assert place.take()[1].decided[0].rule == "much_smaller"


def test_an_empty_log_is_a_year_without_contacts_but_not_after_a_full_one(place: Place) -> None:
    place.land(LOG_HEAD, period=2010, delivery=LOG)
    assert place.take(2010, LOG)[1].decided[0].state == "accepted"
    row = "H{:05d};;2011-03-0{};J;K;J;S;;synthetic\n"
    place.land(LOG_HEAD + "".join(row.format(k, k % 9 + 1) for k in range(25)), period=2011, delivery=LOG)
    accepted = place.take(2011, LOG)[1].decided[0]
    assert accepted.state == "accepted", accepted.message
    place.land(LOG_HEAD, period=2012, delivery=LOG)
    assert place.take(2012, LOG)[1].decided[0].rule == "much_smaller"


def test_a_manifest_confirms_it(place: Place) -> None:
    place.land(text(40))
    place.take()
    path = place.land(text(10), number=2)
    place.take()
    write_manifest(path, read_manifest(manifest_path(path)).model_copy(update={"confirmed": True}))
    frame, intake = place.take()
    assert (frame.height, intake.decided[0].state) == (10, "accepted")
    assert "confirmed" in intake.decided[0].sentence()
    assert "refused before for much_smaller" in intake.decided[0].sentence()


def test_a_supplier_s_manifest_does_not_confirm_a_real_file(
    place: Place, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What a supplier writes lifts no stop: somebody here says it with `deliver --confirm`."""
    use(environment, tmp_path)
    real_kind = {"data_kind": "delivered", "permission": "2010-41-0001"}
    place.land(real(40), **real_kind)
    assert place.take()[0].height == 40
    place.land(real(10), number=2, confirmed=True, **real_kind)
    frame, intake = place.take()
    assert (frame.height, intake.decided[0].rule) == (40, "much_smaller")
    assert place.take()[1].decided == [], "decided once"


def test_deliver_stops_it_until_confirm(lake: Path, tmp_path: Path) -> None:
    assert deliver(written(tmp_path, text())).exit_code == 0
    half = written(tmp_path, text(15), "half.csv")
    for more in (("--number", "2"), ("--number", "2", "--check")):
        done = deliver(half, *more)
        assert isinstance(done.exception, DeliveryRefused)
        assert done.exception.rule == "much_smaller"
    assert not (tmp_path / "landing/section_110_stays/half.csv").exists()
    done = deliver(half, "--number", "2", "--confirm")
    assert done.exit_code == 0, done.output
    assert DeliveryStore(lake).current("section_110_stays")[2010].manifest.rows == 15


@pytest.mark.parametrize(("number", "period", "rows"), [(2, 2010, 30), (2, 2010, 60), (1, 2011, 24), (1, 2011, 70)])
def test_unusual_numbers_are_taken_with_a_word(place: Place, number: int, period: int, rows: int) -> None:
    place.land(text(40, **LONG))
    place.take()
    place.land(text(rows, **LONG), period=period, number=number)
    (receipt,) = place.take(period)[1].decided
    assert receipt.state == "accepted"
    assert f"Unusual: {rows} rows against the 40" in receipt.sentence()


@pytest.mark.parametrize(("number", "period", "rows"), [(2, 2010, 39), (1, 2011, 35), (1, 2011, 55)])
def test_usual_numbers_are_taken_without(place: Place, number: int, period: int, rows: int) -> None:
    place.land(text(40, **LONG))
    place.take()
    place.land(text(rows, **LONG), period=period, number=number)
    (receipt,) = place.take(period)[1].decided
    assert (receipt.state, receipt.remark) == ("accepted", None)


def test_an_older_version_that_comes_late_supersedes_nothing_and_is_not_judged(place: Place) -> None:
    place.land(text(40), number=5)
    place.take()
    place.land(text(10), number=2)
    frame, intake = place.take()
    assert (intake.decided[0].state, frame.height) == ("accepted", 40)


@pytest.mark.parametrize(
    ("rows", "before", "stopped"),
    [
        (8, Before(2010, 15, True), True),
        (7, Before(2010, 15, True), True),
        (10, Before(2010, 15, True), False),
        (41, Before(2010, 81, True), True),
        (1, Before(2010, 3, True), False),
        (9, Before(2010, 19, False), False),
        (10, Before(2010, 20, False), True),
        (11, Before(2010, 20, False), False),
        (60, Before(2010, 100, False), True),
        (61, Before(2010, 100, False), False),
        (59, Before(2010, 99, False), False),
    ],
)
def test_where_the_limits_lie(rows: int, before: Before, stopped: bool) -> None:
    """By hand: a correction at 60 per cent, a year at 50, at 60 from 100 rows; below 4 and 20 rows nothing is said."""
    assert is_much_smaller(rows, before) is stopped


def test_what_may_be_empty_is_declared() -> None:
    assert not STAYS.may_be_empty
    assert LOG.may_be_empty
