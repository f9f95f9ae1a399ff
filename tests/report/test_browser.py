"""Pages in a real browser: nothing is asked for, nothing overflows, axe-core finds nothing, print is whole."""

import re
import shutil
import unicodedata
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from markupsafe import Markup
from playwright.sync_api import Browser, Page, sync_playwright
from pypdf import PdfReader

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
WIDTHS = (1280, 640, 400, 320)
SPACING = """* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }
p { margin-bottom: 2em !important }"""
"""What WCAG 2.2, 1.4.12 lets a reader do to text."""
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SEEN = [("da", 1280), ("en", 320)]
"""Every page in one of two states: both languages are made by the same templates."""
CELLS_FAULTS = """() => [...document.querySelectorAll('th, td')].filter(c => {
  const all = document.createRange();
  all.selectNodeContents(c);
  return all.getBoundingClientRect().right > c.getBoundingClientRect().right + 1;
}).map(c => c.textContent.trim().slice(0, 60))"""
"""Cells whose words reach into the next one."""
A4_HEIGHT, A4_WIDTH = 1001, 673
"""What a sheet holds within margins of 16 mm, in px."""
SVG_FAULTS = """() => [...document.querySelectorAll('.drawing svg, svg.strip')]
  .filter(s => s.getClientRects().length).flatMap(s => {
  const frame = s.getBoundingClientRect();
  const texts = [...s.querySelectorAll('text:not(.watermark)')].map(t => [t.textContent, t.getBoundingClientRect()]);
  const out = texts.filter(([, r]) => r.left < frame.left - 1 || r.right > frame.right + 1 || r.top < frame.top - 1
    || r.bottom > frame.bottom + 1).map(([t]) => `${t} leaves`);
  texts.forEach(([a, r], i) => texts.slice(i + 1).forEach(([b, q]) => {
    const across = Math.min(r.right, q.right) - Math.max(r.left, q.left);
    const down = Math.min(r.bottom, q.bottom) - Math.max(r.top, q.top);
    if (across > 1 && down > 4) out.push(`${a} covers ${b}`);
  }));
  return out;
})"""
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed; .ci/run installs it"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as p:
        made = p.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield made
        made.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    made = browser.new_page(viewport={"width": 1280, "height": 720})
    yield made
    made.close()


def pages(folder: Path, language: str) -> list[Path]:
    return sorted((folder / "report" / language).glob("*.html"))


def show(page: Page, path: Path) -> None:
    page.goto(path.as_uri())


def test_nothing_is_asked_for_and_nothing_complains(page: Page, full: Path) -> None:
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda r: asked.append(r.url))
    page.on("console", lambda m: said.append(m.text))
    page.on("pageerror", lambda e: said.append(str(e)))
    every = [full / "report" / "index.html", *pages(full, "da"), *pages(full, "en")]
    for path in every:
        show(page, path)
    assert said == []
    assert sorted(asked) == sorted(p.as_uri() for p in every)


@pytest.mark.parametrize(("language", "width"), SEEN)
def test_axe_finds_nothing(page: Page, full: Path, language: str, width: int) -> None:
    """Every page is seen by axe-core, the Danish ones wide, the English ones narrow."""
    from axe_playwright_python.sync_playwright import Axe

    axe, found = Axe(), {}
    page.set_viewport_size({"width": width, "height": 900})
    for path in pages(full, language):
        show(page, path)
        result = axe.run(page, options={"runOnly": TAGS, "resultTypes": ["violations"]})
        if result.violations_count:
            found[path.name] = [(v["id"], v["nodes"][0]["html"][:200]) for v in result.response["violations"]]
    assert found == {}


@pytest.mark.parametrize("language", ["da", "en"])
@pytest.mark.parametrize("spaced", [False, True], ids=["as it is", "with WCAG's text spacing"])
def test_nothing_overflows_and_no_text_of_a_chart_meets_another(
    page: Page, full: Path, spaced: bool, language: str
) -> None:
    found = {}
    for path in pages(full, language):
        show(page, path)
        if spaced:
            page.add_style_tag(content=SPACING)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            over = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
            faults = page.evaluate(CELLS_FAULTS) + ([] if spaced else page.evaluate(SVG_FAULTS))
            if over > 0 or faults:
                found[f"{path.name} at {width}"] = (over, faults[:3])
    assert found == {}


def test_verdict_and_reasons_are_seen_at_once(page: Page, full: Path) -> None:
    """Twenty seconds: badge and sentences above the fold, wide and narrow."""
    for width, fold in ((1280, 720), (320, 800)):
        page.set_viewport_size({"width": width, "height": fold})
        show(page, full / "report" / "da" / "goal_01_ninth_grade.html")
        badge = page.locator(".verdict-box .badge").first.bounding_box()
        assert badge
        assert badge["y"] + badge["height"] < fold


def test_print_begins_with_verdict_and_first_chart(page: Page, full: Path) -> None:
    page.set_viewport_size({"width": A4_WIDTH, "height": A4_HEIGHT})
    page.emulate_media(media="print")
    show(page, full / "report" / "da" / "goal_01_ninth_grade.html")
    chart = page.locator(".drawing .wide").first.bounding_box()
    assert chart
    assert chart["y"] + chart["height"] <= A4_HEIGHT
    assert page.locator(".drawing .narrow").first.is_hidden()
    assert page.locator("header nav").is_hidden()
    hidden = page.evaluate(
        "() => [...document.querySelectorAll('tbody tr')].filter(r => !r.getClientRects().length).length"
    )
    assert hidden == 0


@pytest.mark.parametrize("language", ["da", "en"])
def test_no_table_leaves_the_sheet(page: Page, full: Path, language: str) -> None:
    """On paper nothing can be scrolled: a column that does not fit is a figure lost."""
    page.set_viewport_size({"width": A4_WIDTH, "height": A4_HEIGHT})
    page.emulate_media(media="print")
    found = {}
    for path in pages(full, language):
        show(page, path)
        wide = page.evaluate(
            "(most) => [...document.querySelectorAll('table')].filter(t => t.getBoundingClientRect().right > most + 1)"
            ".map(t => [t.caption.textContent, t.getBoundingClientRect().right])",
            A4_WIDTH,
        )
        if wide:
            found[path.name] = wide
    assert found == {}


def as_text(markup: str) -> str:
    """What is read of some HTML, however it is broken into lines."""
    return " ".join(str(Markup(markup).striptags()).split())


def letters(text: str) -> str:
    """Without what a printed line is broken or hyphenated by, and ligatures (a font may have them) as their letters."""
    return re.sub(r"[\s\u00a0\u00ad-]", "", unicodedata.normalize("NFKC", text))


@pytest.mark.parametrize("language", ["da", "en"])
def test_a_printed_goal_is_whole(page: Page, full: Path, language: str) -> None:
    """On paper: badge, headline and chart on the first sheet, none without text, every row of every table."""
    path = full / "report" / language / "goal_01_ninth_grade.html"
    page.emulate_media(media="print")
    show(page, path)
    badge, headline = (
        letters(page.locator(where).first.text_content() or "") for where in (".verdict-box .badge", ".headline")
    )
    chart = page.locator("figure .drawing .wide title").first.text_content() or ""
    first_year = page.locator("figure .drawing .wide text:not(.watermark)").first.text_content() or ""
    # as it is laid out: words of two cells or badges are not one word
    rows = [re.findall(r"\w{4,}", r) for r in page.locator("tbody tr").all_inner_texts()]
    sheets = [letters(s.extract_text()) for s in PdfReader(BytesIO(page.pdf(format="A4"))).pages]
    assert badge
    assert badge in sheets[0]
    assert headline
    assert headline in sheets[0]
    assert chart
    assert letters(first_year) in sheets[0]
    assert all(len(s) > 20 for s in sheets)
    whole = "".join(sheets)
    assert rows
    assert [w for r in rows for w in r if w not in whole] == []


def test_the_keyboard_reaches_everything(page: Page, full: Path) -> None:
    show(page, full / "report" / "da" / "goal_01_ninth_grade.html")
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.querySelector('main').contains(document.activeElement)")
    assert page.evaluate("() => [...document.querySelectorAll('.scroll')].every(r => r.tabIndex === 0)")
    stops, seen = page.evaluate("() => document.querySelectorAll('main a, main summary, main .scroll').length"), set()
    for _ in range(stops):
        at, outline, width = page.evaluate(
            "() => [document.activeElement.className || document.activeElement.tagName, "
            "getComputedStyle(document.activeElement).outlineStyle, "
            "parseFloat(getComputedStyle(document.activeElement).outlineWidth)]"
        )
        assert (outline, width >= 3) == ("solid", True), at
        seen.add(at)
        page.keyboard.press("Tab")
    assert {"A", "SUMMARY", "scroll"} <= seen


@pytest.mark.parametrize("how", ["forced", "grey"])
def test_badges_are_told_apart_without_colour(page: Page, full: Path, how: str) -> None:
    if how == "forced":
        page.emulate_media(forced_colors="active")
    show(page, full / "report" / "da" / "method.html")
    if how == "grey":
        page.add_style_tag(content="html { filter: grayscale(1) }")
    seen = {}
    for code in ("met", "not_met", "clearly_not_met", "cannot_tell"):
        sign = page.locator(f".sign-{code}").first
        seen[code] = sign.screenshot()
    assert len(set(seen.values())) == len(seen)
