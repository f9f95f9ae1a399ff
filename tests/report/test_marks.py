"""Made-up figures are said to be made up where they stand: in tables, beside verdicts, and in what a shared link shows.

Pages are read by html5lib, kinds of figures from the database by the address of each number.
"""

import json
import re
from pathlib import Path
from xml.etree.ElementTree import Element

import duckdb
import html5lib
import pytest

from handleplan_pipeline import report
from handleplan_pipeline.report import site
from schemas.registry import all_contracts
from tests.lib.lakes import shared_demonstration
from tests.report.made import DATABASE, folder_with, planted
from tests.report.pages import Rows

WORD = {"da": "syntetisk", "en": "synthetic"}
MARK = {"da": "SYNTETISKE TAL", "en": "SYNTHETIC FIGURES"}
MADE_UP_AREAS = (
    "UPDATE goal.goal_11_exposed_areas SET data_kind = 'synthetic' WHERE indicator_id = 'I13b' AND year = 2008"
)
MADE_UP_DELIVERY = (
    "INSERT INTO meta.delivery (delivery_id, source, supplier, year, delivery_number, decided_at, state, data_kind) "
    f"VALUES ('{'ab' * 32}', 'dst_bua', 'Danmarks Statistik', 2014, 1, '2026-01-01T00:00:00+00:00', 'current', "
    "'synthetic')"
)
SITE = "https://example.org/releases"


def made_up_contrast(release: Path) -> str:
    """A made-up difference of goal 1 beside the official ones of goal 2."""
    contract = all_contracts()["output", "contrast"]
    with duckdb.connect(str(release / DATABASE), read_only=True) as con:
        found = con.execute("SELECT * FROM output.contrast WHERE value IS NOT NULL AND contrast = 'difference' LIMIT 1")
        row = dict(zip([d[0] for d in found.description or []], found.fetchall()[0], strict=True))
    row |= {"goal": 1, "indicator_id": "I01", "geography": "101", "year": 2014, "data_kind": "synthetic"}
    if "row_id" in row:
        row["row_id"] = contract.row_id({c: row.get(c) for c in contract.column_names})
    values = ["NULL" if v is None else str(v) if isinstance(v, (bool, int, float)) else f"'{v}'" for v in row.values()]
    columns = ", ".join(f'"{c}"' for c in row)
    return f"INSERT INTO output.contrast ({columns}) VALUES ({', '.join(values)})"


@pytest.fixture(scope="module")
def mixed(bare_release: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release of official and made-up figures beside each other, at a public address."""
    folder = tmp_path_factory.mktemp("mixed")
    folder_with(bare_release, folder, [*planted(), MADE_UP_AREAS, MADE_UP_DELIVERY, made_up_contrast(bare_release)])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(site, "_site", lambda: SITE)
        report.write(folder)
    return folder


def words(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def unsaid(page: Path, rows: Rows) -> tuple[list[str], int]:
    """Figures of a page's tables whose kind is not said, or said wrongly; and how many made-up ones there are."""
    word, mark = WORD[page.parent.name], MARK[page.parent.name]
    tree = html5lib.parse(page.read_text(encoding="utf-8"), namespaceHTMLElements=False)
    wrong, count = [], 0
    for table in tree.iter("table"):
        caption = words(next(table.iter("caption")))
        heads = [words(th) for th in list(next(table.iter("thead")))[-1]]
        for line in next(table.iter("tbody")):
            cells = [words(c) for c in line]
            for place, cell in enumerate(line):
                about = [e.attrib["data-kind"] for e in cell.iter("span") if "data-kind" in e.attrib]
                for number in [*cell.iter("data"), *([cell] if about else [])]:
                    kinds = list(about)
                    for ref in number.attrib.get("data-ref", "").split():
                        try:
                            kinds.append(str(rows.value(f"{ref.rpartition('/')[0]}/data_kind")))
                        except KeyError:
                            # a table that is not of figures about the city
                            continue
                    made_up = any("synthetic" in k for k in kinds)
                    count += made_up
                    whole, own = mark in caption, word in heads[place] or word in cells[place]
                    said = whole or own or any(word in c for c in cells)
                    falsely = kinds and (whole or own or word in cells[0])
                    if falsely if not made_up else not said:
                        wrong.append(f"{page.name}: {caption}: {cells[0]}: {words(number)} {kinds}")
    return wrong, count


def all_unsaid(folder: Path) -> tuple[list[str], int]:
    rows = Rows(folder / DATABASE)
    found = [unsaid(p, rows) for language in WORD for p in sorted((folder / "report" / language).glob("*.html"))]
    rows.close()
    return [w for wrong, _ in found for w in wrong], sum(count for _, count in found)


def test_every_table_says_which_figures_are_made_up(mixed: Path) -> None:
    wrong, count = all_unsaid(mixed)
    assert wrong == []
    assert count > 20


def test_a_table_that_says_nothing_is_found(mixed: Path, tmp_path: Path) -> None:
    """The reading above can fail: both when a mark is taken away and when an official figure is given one."""
    rows = Rows(mixed / DATABASE)
    text = (mixed / "report" / "en" / "differences.html").read_text(encoding="utf-8")
    page = tmp_path / "en" / "differences.html"
    page.parent.mkdir()
    for broken in (
        text.replace('<span class="made-up">(synthetic)</span>', ""),
        text.replace("(the whole country)", "(the whole country) (synthetic)"),
    ):
        assert broken != text
        page.write_text(broken, encoding="utf-8")
        assert unsaid(page, rows)[0]
    rows.close()


@pytest.mark.slow
def test_the_demonstration_says_it_everywhere(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> None:
    release = shared_demonstration(tmp_path_factory) / "releases" / "latest"
    folder_with(release, tmp_path)
    report.write(tmp_path)
    wrong, count = all_unsaid(tmp_path)
    assert wrong == []
    assert count > 2000


def test_a_verdict_carries_the_word_itself(mixed: Path, bare: Path) -> None:
    """On the goal's page, the overview and the page of money; a goal without figures carries none."""
    for name in ("goal_01_ninth_grade.html", "index.html", "money.html"):
        for language, word in WORD.items():
            text = (mixed / "report" / language / name).read_text(encoding="utf-8")
            assert re.search(rf'class="badge badge-not_met">.*?</span> <span class="made-up">{word}</span>', text), name
            assert text.count('class="made-up">' + word + "<") == 1, name
            assert "made-up" not in (bare / "report" / language / name).read_text(encoding="utf-8").split("</style>")[1]


@pytest.mark.parametrize(
    ("page", "caption"),
    [
        ("sources.html", "Deliveries – SYNTHETIC FIGURES"),
        ("quality.html", "Deliveries by state – SYNTHETIC FIGURES"),
        ("goal_01_ninth_grade.html", "Sources of the goal – SYNTHETIC FIGURES"),
    ],
)
def test_made_up_deliveries_are_not_taken_for_those_of_a_register(mixed: Path, page: str, caption: str) -> None:
    text = (mixed / "report" / "en" / page).read_text(encoding="utf-8")
    assert f"<caption>{caption}</caption>" in text


def heads(page: Path) -> dict[str, str]:
    """What a browser's tab, a search engine and a shared link show of a page."""
    text = page.read_text(encoding="utf-8").split("</head>")[0]
    found = dict(re.findall(r'<meta (?:name|property)="([^"]+)" content="([^"]*)">', text))
    (title,) = re.findall(r"<title>(.*?)</title>", text)
    said = re.findall(r'<script type="application/ld\+json">(.*?)</script>', text)
    return found | {"title": title} | ({"name": json.loads(said[0])["name"]} if said else {})


def test_a_shared_link_shows_that_figures_are_made_up(mixed: Path, bare: Path) -> None:
    for language, mark in MARK.items():
        for page in sorted((mixed / "report" / language).glob("*.html")):
            said = heads(page)
            for part in ("title", "og:title"):
                assert said[part].startswith(f"{mark}: "), page.name
            for part in ("description", "og:description"):
                assert re.search(r"opdigtede|made up", said[part]), page.name
            assert mark in said.get("name", mark)
            assert re.fullmatch(rf"{SITE}/[^/]+/report/{language}/{page.name}", said["og:url"])
            # a picture would be drawn with the fonts of the machine (docs/decisions/0071)
            assert "og:image" not in said
    assert heads(mixed / "report" / "da" / "goal_01_ninth_grade.html")["og:title"].endswith("– Ikke nået (2014)")
    assert heads(mixed / "report" / "index.html")["title"].startswith(MARK["da"])
    for page in (bare / "report").rglob("*.html"):
        said = heads(page)
        assert not any(m in v for m in MARK.values() for v in said.values()), page.name
        assert not any(name.startswith(("og:", "twitter:")) for name in said)


def drawing(page: Path, figure: str) -> str:
    (found,) = re.findall(rf'<figure id="{figure}">.*?</figure>', page.read_text(encoding="utf-8"), flags=re.DOTALL)
    return re.findall(r'<svg[^>]*class="wide".*?</svg>', found, flags=re.DOTALL)[0]


def test_a_made_up_figure_is_no_continuation_of_an_official_one(mixed: Path, bare: Path) -> None:
    """Goal 11: departments of 2006 and 2008 are official and joined; were 2008's made up, no line would lead there."""
    for folder, joined in ((bare, True), (mixed, False)):
        svg = drawing(folder / "report" / "da" / "goal_11_exposed_areas.html", "goal_11_exposed_areas-1")
        assert len(re.findall(r'<path[^>]*data-ref="goal.goal_11_exposed_areas/', svg)) == 2
        assert ("<polyline" in svg) == joined


def test_the_forest_shows_made_up_figures_hollow(mixed: Path) -> None:
    svg = drawing(mixed / "report" / "en" / "differences.html", "differences-1")
    rows = Rows(mixed / DATABASE)
    kinds = {}
    for attributes in re.findall(r"<path([^>]*data-ref[^>]*)>", svg):
        (ref,) = re.findall(r'data-ref="([^"]+)"', attributes)
        kinds.setdefault(str(rows.value(f"{ref.rpartition('/')[0]}/data_kind")), set()).add("fill=" in attributes)
    rows.close()
    assert kinds == {"official": {False}, "synthetic": {True}}


def test_who_hears_a_drawing_hears_that_it_is_made_up(mixed: Path) -> None:
    for language, mark in MARK.items():
        for page in (mixed / "report" / language).glob("*.html"):
            for svg in re.findall(r"<svg xmlns.*?</svg>", page.read_text(encoding="utf-8"), flags=re.DOTALL):
                if 'class="watermark"' in svg:
                    assert mark in re.findall(r"<title[^>]*>(.*?)</title>", svg)[0], page.name
