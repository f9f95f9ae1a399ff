"""Pages that show what the code answers: the answers are what the code answers."""

import doctest
import re
import textwrap
from datetime import date
from pathlib import Path

import pytest

from handleplan_pipeline.sources.deliveries.permissions import load_permissions

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("docs/how_to/protect_a_table.md",)


@pytest.mark.parametrize("page", PAGES)
def test_a_worked_page_is_right(page: str) -> None:
    found = doctest.testfile(str(ROOT / page), module_relative=False)
    assert found.attempted > 5
    assert not found.failed


def test_the_shown_list_of_permissions_is_one(tmp_path: Path) -> None:
    page = (ROOT / "docs/how_to/take_a_delivery_in.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"```yaml\n(.*?)```", page, flags=re.S)
    file = tmp_path / "permissions.yaml"
    file.write_text(textwrap.dedent(shown), encoding="utf-8")
    file.chmod(0o600)
    found = load_permissions(file)["2026-0123"]
    assert (found.sources, found.delete_by) == (["section_110_stays", "address_history"], date(2031, 12, 31))
