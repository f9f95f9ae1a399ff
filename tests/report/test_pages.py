"""Pages without a browser: every number has its row, every link leads somewhere, nothing is too large or unmarked."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import html5lib
import pytest

from handleplan_pipeline.report.calendar import FILE as CALENDAR
from handleplan_pipeline.report.downloads import LATER
from handleplan_pipeline.report.numbers import exact
from handleplan_pipeline.report.site import MOST_BYTES
from schemas.languages import shown
from tests.report.made import DATABASE
from tests.report.pages import Number, Rows, read
from tests.report.svg import faults

SCALE = {"": 1.0, "abs": 1.0, "difference": 1.0, "times_100": 100.0, "millions": 1e-6}
STANDARDS = ("4.0", "2.2", "2.0", "2.1")
"""Versions of CC BY, WCAG, JSON-stat and SDMX-CSV, which no row holds."""
GOAL_1 = "goal_01_ninth_grade.html"


@pytest.fixture(scope="module", params=["bare", "full"])
def folder(request: pytest.FixtureRequest) -> Path:
    return Path(request.getfixturevalue(request.param))


@pytest.fixture(scope="module")
def rows(folder: Path) -> Iterator[Rows]:
    found = Rows(folder / DATABASE)
    yield found
    found.close()


def pages(folder: Path) -> list[Path]:
    return sorted((folder / "report").rglob("*.html"))


def _expected(number: Number, rows: Rows, language: str) -> tuple[str, str]:
    """Value and words that a number must have by the row it names."""
    found = [rows.value(ref) for ref in number.refs]
    if number.transform == "difference":
        one, other = found
        assert isinstance(one, (int, float))
        assert isinstance(other, (int, float))
        value: object = one - other
    else:
        (value,) = found
    if isinstance(value, str):
        # a list of amounts in one text: the number stands in it
        assert number.value in value
        value = float(number.value)
        return number.value, _shown(value, number, language)
    assert isinstance(value, (int, float))
    return exact(value), _shown(float(value), number, language)


def _shown(value: float, number: Number, language: str) -> str:
    """Rounded to as many decimals as are shown: a shown figure never has another value than its row."""
    if number.transform == "year":
        return str(int(value))
    sign = "," if language == "da" else "."
    decimals = len(number.shown.rpartition(sign)[2]) if sign in number.shown else 0
    if number.transform == "difference_from_1":
        return shown(value - 1, decimals, language)
    size = abs(value) if number.transform == "abs" else value
    return shown(size * SCALE[number.transform], decimals, language)


def test_every_number_is_in_its_row_and_shown_as_it_is(folder: Path, rows: Rows) -> None:
    count = 0
    for path in pages(folder):
        language = path.parent.name
        for number in read(path).numbers:
            assert number.refs, path
            value, text = _expected(number, rows, language)
            assert (number.value, number.shown) == (value, text), f"{path.name}: {number}"
            count += 1
    assert count > 500


def test_every_text_and_mark_with_an_address_is_in_its_row(folder: Path, rows: Rows) -> None:
    marks = 0
    for path in pages(folder):
        found = read(path)
        for ref, text in found.texts:
            assert str(rows.value(ref)).split() == text.split(), f"{path.name}: {ref}"
        for ref in found.marks:
            rows.value(ref)
            marks += 1
    assert marks > 20


def test_no_decimal_number_stands_outside_a_row(folder: Path) -> None:
    # the dictionary holds words about columns, no figures
    wanted = [p for p in pages(folder) if not p.name.startswith("dictionary")]
    loose = {p.name: found for p in wanted if (found := [n for n in read(p).loose if n not in STANDARDS])}
    assert loose == {}


def test_every_link_and_fragment_leads_somewhere(folder: Path) -> None:
    ids = {p: read(p).ids for p in pages(folder)}
    for page, own in ids.items():
        assert len(own) == len(set(own)), f"{page.name}: {[i for i in own if own.count(i) > 1][:3]}"
        for link in read(page).links:
            parts = urlsplit(link)
            assert not parts.scheme, link
            assert not parts.netloc, link
            target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            # written when the report is done
            assert target.is_file() or target.name in LATER, f"{page.name}: {link}"
            if parts.fragment:
                assert parts.fragment in ids[target], f"{page.name}: {link}"


def test_both_languages_have_the_same_pages_and_lead_to_each_other(folder: Path) -> None:
    da, en = ({p.name for p in (folder / "report" / language).iterdir()} for language in ("da", "en"))
    assert da == en
    assert len(da) >= 11 + 13
    for language, other in (("da", "en"), ("en", "da")):
        for name in da - {CALENDAR}:
            text = (folder / "report" / language / name).read_text(encoding="utf-8")
            assert text.count(f'href="../{other}/{name}"') == 2
            assert f'<html lang="{language}">' in text


def test_pages_are_html_as_it_is_written_down(folder: Path) -> None:
    """A strict parser reads a page of each kind; one planted fault shows that it would find one."""
    kinds = ("index", "goal_01", "goal_11", "money", "differences", "baselines", "sources", "quality", "data", "a-z")
    of_a_kind = [p for p in pages(folder) if p.parent.name == "en" and p.stem.startswith(kinds)]
    assert len(of_a_kind) > len(kinds) / 2
    for path in of_a_kind:
        html5lib.HTMLParser(strict=True).parse(path.read_text(encoding="utf-8"))
    broken = pages(folder)[0].read_text(encoding="utf-8").replace("</main>", "</div></main>")
    with pytest.raises(html5lib.html5parser.ParseError):
        html5lib.HTMLParser(strict=True).parse(broken)


def test_pages_are_small(folder: Path) -> None:
    files = [p for p in (folder / "report").rglob("*") if p.is_file()]
    assert all(p.stat().st_size <= MOST_BYTES for p in pages(folder))
    assert sum(p.stat().st_size for p in files) <= 5_000_000


def test_there_is_no_script_and_no_outside_address(folder: Path) -> None:
    for path in pages(folder):
        text = path.read_text(encoding="utf-8")
        assert re.findall(r"<script(?! type=\"application/ld\+json\")", text) == []
        assert "default-src 'none'" in text
        outside = re.sub(r'<script type="application/ld\+json">.*?</script>|xmlns="[^"]*"', "", text, flags=re.DOTALL)
        assert "http" not in outside.replace("http-equiv", ""), path.name
        assert text.count("<h1") == 1


def test_no_template_or_machine_word_leaks(folder: Path) -> None:
    for path in pages(folder):
        words = "".join(read(path).words)
        # None is the English word for a goal without preconditions
        machine = r"\{[{%]|[%}]\}|\bnan\b|&lt;" + (r"|\bNone\b" if path.parent.name == "da" else "")
        found = re.search(machine, words)
        assert found is None, f"{path.name}: {words[max(0, found.start() - 60) : found.end() + 60]}"


def test_no_cell_is_empty(folder: Path) -> None:
    for path in pages(folder):
        text = path.read_text(encoding="utf-8")
        body = "".join(re.findall(r"<tbody>.*?</tbody>", text, flags=re.DOTALL))
        assert re.search(r"<t[dh][^>]*>\s*</t[dh]>", body) is None, path.name


def test_tables_have_captions_and_headers_with_scope(folder: Path) -> None:
    for path in pages(folder):
        text = path.read_text(encoding="utf-8")
        assert text.count("<table>") == text.count("<caption>")
        assert "<th>" not in text
        captions = re.findall(r"<caption>(.*?)</caption>", text)
        assert len(captions) == len(set(captions)), f"{path.name}: {captions}"
        assert text.count('class="scroll" role="region" tabindex="0" aria-label=') == text.count("<table>")


def test_every_chart_has_a_table_with_at_least_as_many_rows_as_marks(folder: Path) -> None:
    charts = 0
    for path in pages(folder):
        for figure in re.findall(r"<figure.*?</figure>", path.read_text(encoding="utf-8"), flags=re.DOTALL):
            wide = re.search(r'<svg[^>]*class="wide".*?</svg>', figure, flags=re.DOTALL)
            assert wide
            charts += 1
            marks = {ref.rsplit("/", 1)[0] for ref in re.findall(r'data-ref="([^"]+)"', wide[0])}
            table = re.search(r"<table>.*?</table>", figure, flags=re.DOTALL)
            assert table
            cells = len(re.findall(r"<data |class=\"gap\"", table[0]))
            assert cells >= len(marks), path.name
    assert charts > 2


def test_no_chart_has_a_text_over_another(folder: Path) -> None:
    for path in pages(folder):
        for svg in re.findall(r"<svg xmlns.*?</svg>", path.read_text(encoding="utf-8"), flags=re.DOTALL):
            assert faults(svg) == [], path.name


def test_charts_stand_as_files_with_their_data(folder: Path) -> None:
    charts = folder / "report" / "assets" / "chart"
    names = {p.name.split(".")[0] for p in charts.iterdir()}
    for name in names:
        for ending in ("da.svg", "en.svg", "csv"):
            assert (charts / f"{name}.{ending}").is_file()
    lines = (charts / f"{sorted(names)[0]}.csv").read_text(encoding="utf-8").splitlines()
    assert "data_kind" in lines[0]
    assert "licence" in lines[0]
    assert len(lines) > 1


def test_a_machine_finds_what_the_data_is(folder: Path) -> None:
    text = (folder / "report" / "en" / "index.html").read_text(encoding="utf-8")
    said = json.loads(re.findall(r'<script type="application/ld\+json">(.*?)</script>', text)[0])
    assert said["@type"] == "Dataset"
    assert said["inLanguage"] == "en"
    assert said["license"] == "CC BY 4.0"


def test_synthetic_figures_are_marked_on_every_page_chart_and_file(full: Path) -> None:
    for path in pages(full):
        text = path.read_text(encoding="utf-8")
        assert "opdigtede" in text or "made up" in text, path.name
    for language, words in (("da", "SYNTETISKE TAL"), ("en", "SYNTHETIC FIGURES")):
        page = (full / "report" / language / GOAL_1).read_text(encoding="utf-8")
        drawings = re.findall(r'<svg[^>]*class="(?:wide|narrow)".*?</svg>', page, flags=re.DOTALL)
        assert len(drawings) >= 4
        assert all(words in svg for svg in drawings)
        file = full / "report" / "assets" / "chart" / f"goal_01_ninth_grade-1.{language}.svg"
        assert words in file.read_text(encoding="utf-8")
    data = (full / "report" / "assets" / "chart" / "goal_01_ninth_grade-1.csv").read_text(encoding="utf-8")
    assert "synthetic" in data


def test_official_figures_are_not_marked_synthetic(bare: Path) -> None:
    for path in pages(bare):
        assert "SYNTETISKE TAL" not in path.read_text(encoding="utf-8")


def _first_table(page: Path) -> dict[str, str]:
    """Cells of the first group by year, of the first table of the trend section."""
    text = page.read_text(encoding="utf-8").split('id="trend"')[1]
    table = re.findall(r"<tbody>.*?</tbody>", text, flags=re.DOTALL)[0]
    found = {}
    for line in re.findall(r"<tr>(.*?)</tr>", table, flags=re.DOTALL):
        cells = [
            re.sub(r"<[^>]+>", "", c).strip() for c in re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", line, flags=re.DOTALL)
        ]
        found[cells[0][:4]] = cells[1]
    return found


def test_five_kinds_of_no_figure_look_different(full: Path) -> None:
    """AC-13 on the page: hidden, not collected, not delivered, zero; not applicable stands in the other group."""
    found = _first_table(full / "report" / "da" / GOAL_1)
    assert found == {"2014": "51,8", "2013": "skjult", "2012": "ikke talt", "2011": "ikke leveret", "2010": "0,0"}
    english = _first_table(full / "report" / "en" / GOAL_1)
    assert english == {
        "2014": "51.8",
        "2013": "not shown",
        "2012": "not counted",
        "2011": "not delivered",
        "2010": "0.0",
    }
    assert "findes ikke" in (full / "report" / "da" / GOAL_1).read_text(encoding="utf-8")


def test_a_measured_goal_begins_with_its_verdict(full: Path) -> None:
    text = (full / "report" / "da" / GOAL_1).read_text(encoding="utf-8")
    order = [
        text.index(f'id="{anchor}"')
        for anchor in (
            "verdict",
            "promise",
            "trend",
            "contrast",
            "caveats",
            "money",
            "method",
            "sources",
            "revisions",
            "data",
        )
    ]
    assert order == sorted(order)
    assert "badge-not_met" in text[order[0] : order[1]]
    box = text[order[0] : order[1]]
    assert '<p class="headline">Færre unge med minoritetsbaggrund' in box
    assert re.findall(r'data-ref="([^/]+)/[^/]+/([^"]+)"', box)[:4] == [
        ("goal.goal_01_ninth_grade", "value"),
        ("goal.goal_01_ninth_grade", "value"),
        ("output.judgement", "estimate"),
        ("output.judgement", "upper90"),
    ]
    assert "−17,8 til −6,8" in re.sub(r"<[^>]+>", "", text)
    assert "<title>SYNTETISKE TAL: Mål 1: Gennemført 9. klasse – Ikke nået (2014) – " in text


def test_a_goal_that_cannot_be_measured_says_what_it_would_take(bare: Path) -> None:
    for language, words in (("da", "Hvad der skal til"), ("en", "What it would take")):
        text = (bare / "report" / language / GOAL_1).read_text(encoding="utf-8")
        assert words in text
        needed = text.split('id="needed"')[1].split("</section>")[0]
        assert "Danmarks Statistik" in needed
        assert "sources.html#source-dst_bua" in needed
        assert 'id="contrast"' not in text


def test_the_overview_counts_every_verdict_and_has_no_total_score(bare: Path) -> None:
    text = (bare / "report" / "da" / "index.html").read_text(encoding="utf-8")
    tally = re.findall(r'badge-(\w+)">.*?</span> <b>(\d+)</b>', text.split('class="tally"')[1].split("</ul>")[0])
    assert dict(tally) == {"met": "0", "not_met": "0", "cannot_tell": "0", "not_measurable": "11"}
    assert text.count('<li id="goal-') == 11
