"""Pages that stand beside the figures: files, accessibility."""

from markupsafe import Markup

from handleplan_pipeline.report import downloads
from handleplan_pipeline.report.blocks import Block, Items, Page, Section, Sub, Text
from handleplan_pipeline.report.edition import Edition
from handleplan_pipeline.report.goal_page import cite
from handleplan_pipeline.report.numbers import size
from handleplan_pipeline.report.tables import Column, Table

WHOLE = (
    (downloads.DATABASE, "file_duckdb"),
    ("sdmx/observation.csv", "file_sdmx"),
    ("manifest.json", "file_manifest"),
    ("SHA256SUMS", "file_sums"),
)
READING = {"Python": "read_by_python", "R": "read_by_r", "SQL": "read_by_sql"}
"""How a reader opens the file; the row of a figure is found by the id its address holds."""


def data(edition: Edition) -> Page:
    """Every file of the release, how to read it, licence and how to cite."""
    rows: list[list[Markup | str]] = []
    for name in edition.release.names():
        schema, table = name.split(".")
        cells = [
            _file(edition, f"csv/{name}.csv"),
            _file(edition, f"csv/da/{name}.csv"),
            _file(edition, f"parquet/{schema}/{table}.parquet"),
        ]
        rows.append([Markup("<code>{}</code>").format(name), str(edition.release.height(name)), *cells])
    columns = [Column(edition.say("table")), Column(edition.say("rows_word"), True)]
    columns += [Column(w) for w in ("CSV", edition.say("csv_da_short"), "Parquet")]
    about = edition.release.about
    reading: list[Block] = [Text(edition.say("reading_said"))]
    for tool, code in READING.items():
        reading += [Sub(tool), Text(Markup("<code>{}</code>").format(edition.say(code)), "code")]
    sections = [
        Section("whole", edition.say("h_whole"), [downloads.listed(edition, WHOLE), Text(edition.say("package_said"))]),
        Section("tables", edition.say("h_tables"), [Table(edition.say("h_tables"), columns, rows)]),
        Section("reading", edition.say("h_reading"), reading),
        Section(
            "licence", edition.say("licence"), [Text(about["licence"]), Text(edition.danish(about["attribution"]))]
        ),
        Section("cite", edition.say("h_cite"), [Text(cite(edition, edition.say("title_data")))]),
    ]
    lead = edition.say("lead_data")
    return Page("data.html", edition.say("title_data"), sections, lead, lead=lead, dataset=True)


def _file(edition: Edition, path: str) -> Markup:
    at = edition.folder / path
    if not at.is_file():
        return edition.gap("not_made")
    return Markup('<a href="{}{}">{}</a>').format(downloads.UP, path, size(at.stat().st_size, edition.language))


def accessibility(edition: Edition) -> Page:
    """What is tested, what is not, and whom to tell."""
    tested = [edition.say(f"tested_{n}") for n in range(1, 8)]
    untested = [edition.say(f"untested_{n}") for n in range(1, 4)]
    sections = [
        Section("tested", edition.say("h_tested"), [Items(tested)]),
        Section("untested", edition.say("h_untested"), [Items(untested)]),
        Section(
            "contact",
            edition.say("h_contact"),
            [Text(edition.say("contact_said", municipality=edition.label("publisher", edition.release.municipality)))],
        ),
    ]
    lead = edition.say("lead_accessibility")
    return Page("accessibility.html", edition.say("title_accessibility"), sections, lead, lead=lead)
