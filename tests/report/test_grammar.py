"""Pages by html-validate's standard rules: another judge than the one our templates were written by (AC-04)."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.lib.aside import program

pytestmark = pytest.mark.slow


def complaints(pages: list[Path], place: Path) -> dict[str, list[str]]:
    """What html-validate says of each page; rules of the preset `standard`, nothing of our own."""
    config = place / "rules.json"
    config.write_text('{"root": true, "extends": ["html-validate:standard"]}', encoding="utf-8")
    command = [program("html-validate"), "--config", str(config), "--formatter", "json", *map(str, pages)]
    # into a file: Node ends before a pipe has taken a long answer
    with (place / "said.json").open("w", encoding="utf-8") as out:
        done = subprocess.run(command, stdout=out, stderr=subprocess.PIPE, text=True)
    assert done.returncode in (0, 1), done.stderr
    said = json.loads((place / "said.json").read_text(encoding="utf-8"))
    return {
        Path(page["filePath"]).relative_to(pages[0].parents[1]).as_posix(): [m["ruleId"] for m in page["messages"]]
        for page in said
        if page["messages"]
    }


@pytest.mark.parametrize("which", ["bare", "full"])
def test_every_page_follows_the_grammar(which: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    report = Path(request.getfixturevalue(which)) / "report"
    pages = sorted((report / "da").glob("*.html")) + sorted((report / "en").glob("*.html"))
    assert len(pages) > 60
    assert complaints([*pages, report / "index.html"], tmp_path) == {}


def test_planted_faults_are_found(full: Path, tmp_path: Path) -> None:
    """An element that is not closed, an id twice, a list with a paragraph in it, a bare sign."""
    text = (full / "report" / "da" / "index.html").read_text(encoding="utf-8")
    faults = {
        "close-order": text.replace("</main>", "</div></main>"),
        "no-dup-id": text.replace('<h2 id="goals">', '<h2 id="main">'),
        "element-permitted-content": text.replace('<ol class="goals">', '<ol class="goals"><p>x</p>'),
        "no-raw-characters": text.replace("</main>", "<p>1 < 2</p></main>"),
    }
    made = []
    for rule, broken in faults.items():
        assert broken != text
        page = tmp_path / "report" / "da" / f"{rule}.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(broken, encoding="utf-8")
        made.append(page)
    found = complaints(made, tmp_path)
    assert {rule for rule in faults if rule not in found.get(f"da/{rule}.html", [])} == set()
