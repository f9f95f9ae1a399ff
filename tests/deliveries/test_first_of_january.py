"""Stays that begin on 1 January: a few are real admissions, many are a day that stands for another (finding G10)."""

from pathlib import Path

import pytest

from tests.lib.deliveries import HEAD, Place, refused, row


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def stays(on_the_first: int, others: int, first: str = "01-01-2010") -> str:
    """A file in which so many stays begin on the first day of a year, and so many on 1 February."""
    rows = [row(k, start=first if k < on_the_first else "01-02-2010") for k in range(on_the_first + others)]
    return "\n".join([HEAD, *rows]) + "\n"


@pytest.mark.parametrize(
    ("on_the_first", "others"),
    [
        (1, 24),
        (2, 23),  # the finding: 8 per cent of a file of 25
        (3, 22),
        (3, 7),
        (1, 0),
        (4, 76),  # 5 per cent is not above it
    ],
)
def test_a_few_real_admissions_are_taken_and_noted(place: Place, on_the_first: int, others: int) -> None:
    place.land(stays(on_the_first, others))
    frame, intake = place.take()
    (receipt,) = intake.decided
    assert (receipt.state, receipt.message) == ("accepted", None)
    assert receipt.noted == {"on_1_january": on_the_first}
    assert frame.filter(frame["set_aside"].is_null()).height == on_the_first + others
    assert "noted: on_1_january: 1-5" in receipt.sentence(), "a small count is told as such"


@pytest.mark.parametrize(
    ("on_the_first", "others"),
    [
        (4, 6),  # also in a file too small for shares
        (4, 21),
        (5, 75),
        (40, 0),
        (20, 80),
    ],
)
@pytest.mark.parametrize("first", ["01-01-2010", "01-01-2008"])
def test_a_default_day_that_is_a_pattern_refuses_the_file(
    place: Place, on_the_first: int, others: int, first: str
) -> None:
    """Of whichever year: a register begun in 2008 has that year's 1 January for all that was unknown then."""
    place.land(stays(on_the_first, others, first))
    rule, message = refused(place.take()[1])
    assert rule == "technical_admissions"
    assert f"{on_the_first} of {on_the_first + others} stays begin on 1 January" in message


def test_nothing_is_noted_where_no_stay_begins_on_it(place: Place) -> None:
    place.land(stays(0, 25))
    assert place.take()[1].decided[0].noted == {}
