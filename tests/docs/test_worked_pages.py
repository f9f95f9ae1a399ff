"""Pages that show what the code answers: the answers are what the code answers."""

import doctest
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("docs/how_to/protect_a_table.md",)


@pytest.mark.parametrize("page", PAGES)
def test_a_worked_page_is_right(page: str) -> None:
    found = doctest.testfile(str(ROOT / page), module_relative=False)
    assert found.attempted > 5
    assert not found.failed
