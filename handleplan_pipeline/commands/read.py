"""`handleplan status` and `handleplan goal`: what the latest release says, every figure with its mark."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from handleplan_pipeline.catalogue import Catalogue, load_catalogue
from handleplan_pipeline.commands.releases import release_folder, released
from handleplan_pipeline.commands.terminal import say, show_table
from handleplan_pipeline.errors import ConfigurationError
from handleplan_pipeline.judgement.statements import RANGE
from schemas.languages import shown
from schemas.outputs.statement import LAYERS

if TYPE_CHECKING:
    import polars as pl

SHAPES = {
    "met": "●",
    "not_met": "▼",
    "clearly_not_met": "▼▼",
    "cannot_tell": "◆",
    "not_measurable": "○",
    "suppressed": "■",
    "not_due": "◇",
}
SYNTHETIC = "[SYNTETISK]"
"""Stands with every made-up figure and sentence, so that none can be copied without it."""
FIRST_READ = ("headline", "why")
"""Layers of statements that a reader of all goals sees."""


def marked(text: str, data_kind: str | None) -> str:
    return f"{text} {SYNTHETIC}" if data_kind == "synthetic" else text


def show_status(year: int | None = None) -> None:
    """The status of the 11 goals in one year, their reasons, and what release this is."""
    import polars as pl

    catalogue, folder = load_catalogue(), release_folder()
    rows = released(folder, "output.goal_status")
    year = catalogue.plan.last_year if year is None else year
    chosen = rows.filter(pl.col("year") == year).sort("goal").to_dicts()
    if not chosen:
        years = ", ".join(map(str, rows["year"].unique().sort().to_list()))
        raise ConfigurationError(f"--year {year}: the release says nothing of that year. It has {years}.")
    headings = ("Mål", "Resultatmål", "Mærke", "Målbarhed", "Forudsætning", "Udvikling")
    title = f"Handleplan for integration 2011-2014: status for resultatmålene, {year}"
    show_table(headings, [_status_row(catalogue, r) for r in chosen], title)
    said = released(folder, "output.statement").filter(pl.col("year") == year)
    for r in chosen:
        show_said(catalogue, r, said.filter(pl.col("goal") == r["goal"]), FIRST_READ, f"{r['goal']:>2}")
    show_release(folder)


def show_said(
    catalogue: Catalogue, status: dict[str, Any], said: "pl.DataFrame", layers: Iterable[str], at: str
) -> None:
    """The badge and the headline of a goal and year, then what is said in the other `layers`, each with its mark."""
    rows = said.filter(said["layer"].is_in(list(layers))).sort("part").to_dicts()
    badge = catalogue.label("badge", status["badge"]).label_da
    headline = " ".join(r["text_da"] for r in rows if r["layer"] == "headline")
    say(f"{at}: {SHAPES[status['badge']]} {marked(f'{badge}. {headline}', status['data_kind'])}")
    for r in rows:
        if r["layer"] != "headline":
            label = catalogue.label("layer", r["layer"]).label_da
            say(f"    {label}: {marked(r['text_da'], r['data_kind'])}")


def _status_row(catalogue: Catalogue, r: dict[str, Any]) -> tuple[str, ...]:
    words = [catalogue.label(k, r[k]).label_da for k in ("badge", "measurability", "precondition", "trend")]
    badge = marked(f"{SHAPES[r['badge']]} {words[0]}", r["data_kind"])
    return str(r["goal"]), catalogue.goal(r["goal"]).title_da, badge, *words[1:]


def show_release(folder: Path) -> None:
    """What release this is and under which rule it was made."""
    about = released(folder, "meta.release").row(0, named=True)
    if about["disclosure_control"] == "on":
        say(f"{about['disclosure_rule_da']} / {about['disclosure_rule_en']}")
    else:
        say("UDEN DISKRETIONERING, må ikke deles / WITHOUT DISCLOSURE CONTROL, not to be shared")
    say(f"Udgivelse / release ({about['kind']}): {folder}")
    page = folder / "report" / "index.html"
    if page.is_file():
        say(f"Rapport / report: {page}")


def status(year: Annotated[int | None, typer.Option(help="Default: the last year of the plan.")] = None) -> None:
    """The status of the 11 goals, from the latest release."""
    show_status(year)


def goal(number: Annotated[int, typer.Argument(min=1, max=11)]) -> None:
    """One goal: the plan's sentence, definitions, figures and reasons."""
    import polars as pl

    from handleplan_pipeline.cells.count import wholes

    catalogue, folder = load_catalogue(), release_folder()
    g = catalogue.goal(number)
    say(f"{g.sentence.text} (s. {g.sentence.page})", "bold")
    for q in [*g.reservation, *g.indicators]:
        say(f"  {q.place}: {q.text}")
    for i in (catalogue.indicator(x) for x in [*g.headline_indicators, *g.context_indicators]):
        say(f"{i.id} ({i.kind}) {i.title_da}: {i.definition_da}")
    # what is not broken down; sexes and ages are in the table of the release
    rows = released(folder, f"goal.{g.slug}").join(wholes(catalogue), on=["indicator_id", "sex", "age_group"])
    headings = ("Indikator", "Område", "År", "Gruppe", "Mål", "Værdi", "95 pct.-interval", "Enhed", "Slags", "Grund")
    figures = rows.sort("geography", "indicator_id", "measure", "population_group", "year").to_dicts()
    show_table(headings, [_figure_row(catalogue, r) for r in figures], g.slug)
    status = released(folder, "output.goal_status").filter(pl.col("goal") == number).sort("year").to_dicts()
    said = released(folder, "output.statement").filter(pl.col("goal") == number)
    # the year the goal is judged in leads
    for r in sorted(status, key=lambda r: r["year"] != g.decision_year):
        layers = LAYERS if r["year"] == g.decision_year else FIRST_READ
        show_said(catalogue, r, said.filter(pl.col("year") == r["year"]), layers, str(r["year"]))
    show_release(folder)


def _figure_row(catalogue: Catalogue, r: dict[str, Any]) -> tuple[str, ...]:
    group = catalogue.label("population_group", r["population_group"]).label_da
    if r["reference_group"]:
        group += " : " + catalogue.label("population_group", r["reference_group"]).label_da
    value = "" if r["value"] is None else shown(r["value"], 2 if r["measure"] != "count" else 0, "da")
    limits = "" if r["ci_low"] is None else f"{shown(r['ci_low'], 2, 'da')}{RANGE}{shown(r['ci_high'], 2, 'da')}"
    reason = "" if r["missing_reason"] == "none" else catalogue.label("missing_reason", r["missing_reason"]).label_da
    kind = "" if r["data_kind"] is None else catalogue.label("data_kind", r["data_kind"]).label_da
    kind = f"{SYNTHETIC} {kind}" if r["data_kind"] == "synthetic" else kind
    areas = {c.code: c.label_da for c in catalogue.code_lists["geography"]}
    area = areas.get(r["geography"], r["geography"])
    return r["indicator_id"], area, str(r["year"]), group, r["measure"], value, limits, r["unit"], kind, reason
