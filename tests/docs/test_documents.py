"""Documents are at home: every section, record, file and name that code or text refers to is there."""

import re
from pathlib import Path

import pytest

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.settings import PROJECT_ROOT
from tests.docs.indicator_page import PAGE, page

FOLDERS = ("handleplan_pipeline", "assets", "schemas", "tests", "scripts", "benchmarks", "docs", "data_lake/reference")
WRITTEN = (".py", ".md", ".yaml", ".toml", ".sql")
HERE = Path(__file__)
DOCS = PROJECT_ROOT / "docs"

SECTION = re.compile(
    r"\b(?:methods(?:\.md\)?)?|metode)[,:]?\s+(?:sections? |afsnit )?(?P<first>\d+(?:\.\d+)*)"
    r"(?P<more>(?:(?:,| and| to| og)\s+\d+\.\d+)*)(?:,\s+(?:rule|row|række)\s+(?P<rule>\d+))?"
)
RECORD = re.compile(r"\brecords? (\d{4})\b|docs/decisions/(\d{4})|decisions/(\d{4})-")
LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)(?:#[^)]*)?\)")
PATH = re.compile(r"`((?:handleplan_pipeline|assets|schemas|tests|docs|scripts|data_lake/reference|\.ci)/[\w./-]+)`")
NAMED = re.compile(r"`((?:handleplan_pipeline|assets|schemas|tests|docs)/[\w./-]+\.\w+)` \(`([^`]+)`\)")
PATTERN = re.compile(r"NN|decisions/\d{4}$")
"""A name that stands for many files, or a record by its number, which has a test of its own."""


def texts() -> list[Path]:
    found = [p for f in FOLDERS for p in sorted((PROJECT_ROOT / f).rglob("*")) if p.suffix in WRITTEN and p != HERE]
    return [*found, *sorted(PROJECT_ROOT.glob("*.md")), PROJECT_ROOT / "Makefile", PROJECT_ROOT / "pyproject.toml"]


def sections() -> dict[str, str]:
    """Number of every section of the methods -> its text."""
    parts = re.split(r"^#{2,3} (\d+(?:\.\d+)?)\.? .*$", (DOCS / "methods.md").read_text(encoding="utf-8"), flags=re.M)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def plain(text: str) -> str:
    """Without line breaks and comment signs, so that a reference over two lines is one."""
    return re.sub(r"\n\s*(?:#|--)?\s*", " ", text)


def sections_named(text: str) -> list[tuple[str, str | None]]:
    """Section and rule of each reference to the methods."""
    found = []
    for m in SECTION.finditer(plain(text)):
        numbers = [m["first"], *re.findall(r"\d+\.\d+", m["more"])]
        found += [(n, m["rule"] if n == numbers[-1] else None) for n in numbers]
    return found


def test_a_reference_is_recognised_in_all_its_forms() -> None:
    text = (
        "(methods 4.2,\n    rule 5) methods section 5; methods 2.2, 2.7) (methods, section 4): (metode 4.6, række 2) x"
    )
    text += " [methods.md](methods.md) 4.4"
    assert sections_named(text) == [
        ("4.2", "5"),
        ("5", None),
        ("2.2", None),
        ("2.7", None),
        ("4", None),
        ("4.6", "2"),
        ("4.4", None),
    ]


def test_every_section_of_the_methods_that_is_named_exists() -> None:
    known, asked, wrong = sections(), 0, []
    for path in texts():
        for number, rule in sections_named(path.read_text(encoding="utf-8")):
            asked += 1
            if number not in known or (rule and number == "4.2" and not re.search(rf"^{rule}\. ", known[number], re.M)):
                wrong.append(f"{path.relative_to(PROJECT_ROOT)}: methods {number}, rule {rule}")
    assert wrong == []
    assert asked > 40


def test_every_record_that_is_named_exists() -> None:
    known = {p.name[:4] for p in (DOCS / "decisions").glob("*.md")}
    wrong = [
        f"{path.relative_to(PROJECT_ROOT)}: {number}"
        for path in texts()
        for number in {n for m in RECORD.findall(path.read_text(encoding="utf-8")) for n in m if n}
        if number not in known
    ]
    assert wrong == []


DOCUMENTS = [
    pytest.param(p, id=str(p.relative_to(PROJECT_ROOT)))
    for p in (*sorted(DOCS.rglob("*.md")), PROJECT_ROOT / "README.md", PROJECT_ROOT / "CONTRIBUTING.md")
]


@pytest.mark.parametrize("path", DOCUMENTS)
def test_every_link_and_every_file_named_exists(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    links = [x for x in LINK.findall(text) if not (path.parent / x).exists()]
    assert links == []
    if "decisions" not in path.parts:  # a record tells what was, under the names of its time
        named = [x for x in PATH.findall(text) if not PATTERN.search(x)]
        assert [x for x in named if not (PROJECT_ROOT / x).exists()] == []


@pytest.mark.parametrize("path", DOCUMENTS)
def test_every_name_shown_with_its_file_stands_in_it(path: Path) -> None:
    named = NAMED.findall(path.read_text(encoding="utf-8"))
    missing = [(f, n) for f, n in named if n not in (PROJECT_ROOT / f).read_text(encoding="utf-8")]
    assert missing == []
    if path.name == "architecture.md":
        assert len(named) > 15


def test_each_of_the_ten_questions_is_answered_in_at_most_three_files() -> None:
    text = (DOCS / "architecture.md").read_text(encoding="utf-8")
    table = text[text.index("## Ten questions") :].split("\n## ")[0]
    rows = [line.split(" | ") for line in table.splitlines() if line.startswith("| ") and "?" in line]
    assert len(rows) == 10
    assert all(1 <= len(PATH.findall(answer)) <= 3 for _, answer in rows)


def test_the_page_of_indicators_is_what_the_catalogue_says() -> None:
    """`python -m tests.docs.indicator_page` writes it anew."""
    assert PAGE.read_text(encoding="utf-8") == page(load_catalogue())


def test_every_document_of_the_house_is_there() -> None:
    wanted = ("methods.md", "indicators.md", "architecture.md", "glossary.md")
    assert [n for n in wanted if not (DOCS / n).exists()] == []
    assert {p.stem for p in (DOCS / "how_to").glob("*.md")} >= {
        "add_a_source",
        "add_an_indicator",
        "add_a_goal_year",
        "take_a_delivery_in",
        "publish",
    }
    licence = (PROJECT_ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "European Union Public Licence" in licence
    assert "https://creativecommons.org/licenses/by/4.0" in licence
