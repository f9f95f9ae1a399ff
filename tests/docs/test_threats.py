"""The page of threats is true to the tests: each that it names exists, is collected and is run."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from handleplan_pipeline.settings import PROJECT_ROOT

PAGE = PROJECT_ROOT / "docs" / "threats.md"
DESIGNED = 27
"""The threats the project was designed against; the rest were found."""
CITED = re.compile(r"`(tests/[\w/]+/test_\w+\.py)::(test_\w+)`")
NOT_YET = re.compile(r"\bNot yet\b.*\b[Ww]aits for [a-z]|\bNot yet\b.*\bwaits for [a-z]")
NOT_RUN = re.compile(r"\b(skip|skipif|xfail|importorskip)\b")


def rows() -> list[list[str]]:
    """Number, what happens, what must happen, what the project does, shown by."""
    lines = [x for x in PAGE.read_text(encoding="utf-8").splitlines() if re.match(r"\| \d", x)]
    return [[cell.strip() for cell in x.strip("|").split(" | ")] for x in lines]


ROWS = [pytest.param(r, id=r[0]) for r in rows()]


@cache
def named_tests(path: Path) -> dict[str, str]:
    """Name -> source of the tests that pytest collects from a module, decorators included; its marks under ``."""
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    marks = [n for n in tree.body if isinstance(n, ast.Assign) and ast.unparse(n.targets[0]) == "pytestmark"]
    found = {"": " ".join(map(ast.unparse, marks))}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            found[node.name] = ast.unparse(node)
    return found


def why_not(file: str, name: str) -> str | None:
    """What keeps a cited test from showing anything; None when nothing does."""
    path = PROJECT_ROOT / file
    if not path.is_file():
        return "no such file"
    tests = named_tests(path)
    if name not in tests:
        return "no such test"
    if NOT_RUN.search(tests[""]) or NOT_RUN.search(tests[name]):
        return "not always run"
    return None


def test_numbers_are_complete_and_in_order() -> None:
    assert [r[0] for r in rows()] == [str(n) for n in range(1, len(rows()) + 1)]
    assert len(rows()) > DESIGNED
    assert all(len(r) == 5 and all(r) for r in rows())


@pytest.mark.parametrize("row", ROWS)
def test_every_row_is_shown_by_tests_or_says_what_it_waits_for(row: list[str]) -> None:
    cited = CITED.findall(row[4])
    assert [f"{f}::{n}: {wrong}" for f, n in cited if (wrong := why_not(f, n))] == []
    # nothing else stands in the cell, so no name is passed over because of its spelling
    assert CITED.sub("", row[4]).strip(", ") == ("" if cited else "none")
    assert cited or NOT_YET.search(row[3]), "no test and no reason"
    if "Not yet" in row[3]:
        assert NOT_YET.search(row[3])


def test_a_wrong_citation_would_be_found(tmp_path: Path) -> None:
    here = Path(__file__).relative_to(PROJECT_ROOT).as_posix()
    assert why_not(here, "test_numbers_are_complete_and_in_order") is None
    assert why_not(here, "test_that_is_not_there") == "no such test"
    assert why_not("tests/docs/test_nothing.py", "test_a") == "no such file"
    skipped = tmp_path / "test_x.py"
    skipped.write_text("import pytest\n@pytest.mark.skipif(True, reason='x')\ndef test_a(): ...\ndef test_b(): ...\n")
    assert [n for n, source in named_tests(skipped).items() if NOT_RUN.search(source)] == ["test_a"]
