"""The overview: is each of the goals met, and how sure is that. No total score."""

from markupsafe import Markup

from handleplan_pipeline.report import calendar, revisions, statements
from handleplan_pipeline.report.blocks import Block, Goals, Items, Page, Section, Text
from handleplan_pipeline.report.edition import Edition
from handleplan_pipeline.report.goal_page import small
from handleplan_pipeline.report.headline import Goal, goals
from handleplan_pipeline.report.judged import strip_of

SHOWN_AT_ZERO = ("met", "not_met", "cannot_tell", "not_measurable")
ORDER = ("met", "not_met", "clearly_not_met", "cannot_tell", "not_measurable", "suppressed", "not_due")


def page(edition: Edition) -> Page:
    """The eleven verdicts of the decision year, what else the plan follows, and what is new."""
    found = goals(edition.release)
    badges = [g.status["badge"] for g in found]
    tally = [(edition.badge(b), badges.count(b)) for b in ORDER if b in SHOWN_AT_ZERO or b in badges]
    sections = [
        Section("overall", edition.say("overall_title"), [_overall(edition)]),
        Section("new", edition.say("whats_new"), _new(edition)),
    ]
    lead = edition.say("lead_overview")
    return Page(
        "index.html",
        edition.say("title_overview"),
        sections,
        lead,
        lead=lead,
        tally=tally,
        goals=[_goal(edition, g) for g in found],
        dataset=True,
    )


def _goal(edition: Edition, goal: Goal) -> Goals:
    status = goal.status
    said = statements.spoken(edition, status)
    headline = said["headline"][0] if said["headline"] else _first(said["why"])
    year = int(status["year"])
    strips = [strip_of(edition, goal, i, year, f"strip-{goal.number}-{n}") for n, i in enumerate(goal.indicators, 1)]
    return Goals(
        f"{goal.slug}.html",
        goal.number,
        edition.own(goal.row, "title"),
        headline,
        [str(year), *small(edition, status)],
        edition.verdict(status),
        [s for s in strips if s is not None],
    )


def _first(sentences: list[Markup]) -> Markup:
    return sentences[0] if sentences else Markup("")


def _overall(edition: Edition) -> Items:
    by_number = {g["goal"]: g for g in edition.release.goals}
    items = []
    for r in sorted(edition.release.rows("meta.overall_indicator"), key=lambda r: int(r["number"])):
        goal = by_number[r["goal"]]
        same = edition.say("overall_same", goal=r["goal"])
        link = Markup('<a href="{}.html">{}</a> ({})').format(goal["slug"], edition.own(r, "title"), same)
        items.append(link)
    return Items(items)


def _new(edition: Edition) -> list[Block]:
    about = edition.release.about
    if about["previous_release_id"] is None:
        first = edition.say("first_release")
        return [Text(first), Text(calendar.said_next(edition))]
    count = len(revisions.new_here(edition))
    text = edition.say("revised_count", count=count, previous=about["previous_release_id"])
    return [Text(Markup('<a href="revisions.html">{}</a>').format(text)), Text(calendar.said_next(edition))]
