"""The house rules of the tests themselves."""

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
FILES = [pytest.param(p, id=str(p.relative_to(TESTS))) for p in sorted(TESTS.rglob("*.py"))]


def imported(tree: ast.AST) -> set[str]:
    """Full names of what a module imports, `from x import y` as both x and x.y."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {a.name for a in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {"." * node.level + (node.module or "")}
            names |= {f"{'.' * node.level}{node.module or ''}.{a.name}" for a in node.names}
    return names


def test_the_longest_modules_are_there(request: pytest.FixtureRequest) -> None:
    """What begins first is named by hand: a module that was moved would begin anywhere."""
    named = request.config.pluginmanager.get_plugin(str(TESTS / "conftest.py")).LONGEST_FIRST  # type: ignore[union-attr]
    assert [n for n in named if not (TESTS / n).is_file()] == []
    assert len(named) == len(set(named)) > 10


@pytest.mark.parametrize("path", FILES)
def test_no_module_imports_a_test_module_or_a_conftest(path: Path) -> None:
    """Helpers are plain modules (tests/lib): a test file can be read, moved and deleted on its own."""
    names = imported(ast.parse(path.read_text(encoding="utf-8")))
    parts = {name: [p for p in name.split(".") if p] for name in names}
    ours = {n: p for n, p in parts.items() if n.startswith(".") or p[0] in ("tests", "conftest")}
    assert [n for n, p in ours.items() if any(x.startswith("test_") or x == "conftest" for x in p)] == []
