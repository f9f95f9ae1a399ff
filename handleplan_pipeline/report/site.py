"""Writes the pages and their charts into a release: the same files in both languages, no script, no outside address."""

import csv
import io
import json
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from handleplan_pipeline.errors import ReleaseError
from handleplan_pipeline.exports.notice import MARK, marked, publisher
from handleplan_pipeline.report import (
    archive,
    baselines,
    beside,
    calendar,
    dictionary,
    differences,
    goal_page,
    index_of_words,
    marks,
    method,
    money,
    origin,
    overview,
    quality,
    revisions,
    standing,
)
from handleplan_pipeline.report.blocks import Page, kind_of
from handleplan_pipeline.report.edition import Edition
from handleplan_pipeline.report.figures import FILE_COLUMNS, Figure
from handleplan_pipeline.report.headline import Goal, goals
from handleplan_pipeline.report.release import Release
from handleplan_pipeline.settings import get_settings
from schemas.languages import LANGUAGES

MOST_BYTES = 100_000
"""A page that is larger is too long to read on a telephone and stops the release."""
NAVIGATION = (
    ("index.html", "nav_goals"),
    ("differences.html", "nav_differences"),
    ("money.html", "nav_money"),
    ("baselines.html", "nav_baselines"),
    ("sources.html", "nav_sources"),
    ("method.html", "nav_method"),
    ("quality.html", "nav_quality"),
    ("data.html", "nav_data"),
    ("a-z.html", "nav_az"),
)
FOOTER = (
    ("revisions.html", "title_revisions"),
    ("dictionary.html", "title_dictionary"),
    ("accessibility.html", "title_accessibility"),
    ("archive.html", "title_archive"),
    ("calendar.html", "title_calendar"),
)


NAMED = (
    ("index.html", "title_overview"),
    ("differences.html", "title_differences"),
    ("money.html", "title_money"),
    ("baselines.html", "title_baselines"),
    ("sources.html", "title_sources"),
    ("method.html", "title_method"),
    ("quality.html", "title_quality"),
    ("data.html", "title_data"),
    *FOOTER,
)
"""Pages that stand in the list from A to Å under their own title."""


@lru_cache(maxsize=1)
def environment() -> jinja2.Environment:
    """Templates with everything escaped; a name that is not there is an error."""
    loader = jinja2.PackageLoader(__package__, "templates")
    made = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.globals["kind_of"] = kind_of
    return made


def pages(edition: Edition) -> list[Page]:
    """Every page of an edition."""
    single: list[Callable[[Edition], Page]] = [
        overview.page,
        differences.page,
        money.page,
        baselines.page,
        baselines.yearly,
        origin.page,
        method.page,
        quality.page,
        revisions.page,
        standing.data,
        standing.accessibility,
        archive.page,
        calendar.page,
    ]
    made = [page(edition) for page in single]
    made += dictionary.pages(edition)
    made += [index_of_words.page(edition, NAMED)]
    made += [p for g in goals(edition.release) for p in beside.context_pages(edition, g)]
    return made


def goal_pages(editions: list[Edition], goal: Goal) -> list[tuple[Edition, Page, str]]:
    """The pages of a goal in every language, alike in what they hold: sections leave when any of them is too long."""
    for away in range(len(goal_page.MOVABLE) + 1):
        moved = goal_page.MOVABLE[:away]
        made = [(e, p, rendered(e, p)) for e in editions for p in goal_page.pages(e, goal, moved)]
        if all(len(text.encode()) <= MOST_BYTES for _, _, text in made):
            break
    return made


def write(folder: Path) -> None:
    """The report of the release in `folder`, into `folder`/report.

    Raises ReleaseError naming what is wrong: a number without a row, a code without a label, a chart without a
    description, a page that is too large.
    """
    release = Release(folder)
    editions = [Edition(release, language, folder) for language in LANGUAGES]
    made = _made(editions, release)
    report = folder / "report"
    for edition, page, text in made:
        put(report / edition.language / page.name, text)
        for figure in page.figures:
            _files(edition, report / "assets" / "chart", figure)
    for edition in editions:
        (report / edition.language / calendar.FILE).write_bytes(calendar.ics(edition))
    text = (
        environment()
        .get_template("choice.html.j2")
        .render(editions=editions, about=release.about, mark=MARK["da"] if release.about["holds_synthetic"] else "")
    )
    put(report / "index.html", text)


def _made(editions: list[Edition], release: Release) -> list[tuple[Edition, Page, str]]:
    made = [(e, p, rendered(e, p)) for e in editions for p in pages(e)]
    return made + [one for goal in goals(release) for one in goal_pages(editions, goal)]


def rendered(edition: Edition, page: Page) -> str:
    """The HTML of a page."""
    page = marks.said_of(edition, page)
    return (
        environment()
        .get_template("page.html.j2")
        .render(
            page=page,
            edition=edition,
            say=edition.say,
            language=edition.language,
            about=edition.release.about,
            navigation=NAVIGATION,
            footer=FOOTER,
            mark=MARK[edition.language] if edition.release.about["holds_synthetic"] else "",
            site=_site(),
            described=described(edition, page) if page.dataset else None,
        )
    )


def _site() -> str | None:
    """The public address of the releases, without a slash at its end, where the installation has one."""
    site = getattr(get_settings(), "site_url", None)
    return str(site).rstrip("/") if site else None


def described(edition: Edition, page: Page) -> Markup:
    """schema.org's description of the data behind a page."""
    about = edition.release.about
    years = sorted({int(s["year"]) for s in edition.release.rows("output.goal_status")})
    found: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "name": marked(f"{edition.say('site')}: {page.title}", about["holds_synthetic"], edition.language),
        "description": " ".join(
            [page.description, *([edition.say("cite_synthetic")] if about["holds_synthetic"] else [])]
        ),
        "inLanguage": edition.language,
        "identifier": about["release_id"],
        "version": about["release_id"],
        "license": about["licence"],
        "dateModified": about["built_at"],
        "creator": {"@type": "Organization", "name": publisher(edition.release.whole, edition.language)},
        "spatialCoverage": edition.label("geography", edition.release.municipality),
        "temporalCoverage": f"{years[0]}/{years[-1]}",
        "creditText": about["attribution"],
    }
    # nothing in the text may end the element it stands in
    return Markup(json.dumps(found, ensure_ascii=False).replace("<", "\\u003c"))


def put(path: Path, text: str) -> None:
    """Write a page. Raises ReleaseError when it is too large."""
    content = text.encode()
    if path.suffix == ".html" and len(content) > MOST_BYTES:
        raise ReleaseError(
            f"report: {path.parent.name}/{path.name} has {len(content)} bytes; at most {MOST_BYTES} are allowed. "
            "Split its tables."
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _files(edition: Edition, folder: Path, figure: Figure) -> None:
    """The chart as a picture in this language, and its data (the same in both)."""
    put(folder / f"{figure.name}.{edition.language}.svg", str(figure.wide) + "\n")
    about = edition.release.about
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([*FILE_COLUMNS, "release_id", "licence"])
    for row in figure.file_rows:
        writer.writerow([*(row.get(c, "") for c in FILE_COLUMNS), about["release_id"], about["licence"]])
    put(folder / f"{figure.name}.csv", out.getvalue())
