"""The method page: rules with all their outcomes, intervals, what is hidden, breaks and caveats."""

from markupsafe import Markup

from handleplan_pipeline.report.blocks import Block, Page, Section, Sub, Text
from handleplan_pipeline.report.edition import Edition
from handleplan_pipeline.report.goal_page import from_row, outcome
from handleplan_pipeline.report.headline import goals
from handleplan_pipeline.report.release import split
from handleplan_pipeline.report.tables import Column, Table


def page(edition: Edition) -> Page:
    release = edition.release
    rule = release.about[f"disclosure_rule_{edition.language}"]
    sections = [
        Section("rules", edition.say("h_rules"), _rules(edition)),
        Section("intervals", edition.say("h_intervals"), [Text(edition.say(f"intervals_{n}")) for n in (1, 2, 3)]),
        Section("disclosure", edition.say("h_disclosure"), [Text(rule), Text(edition.say("disclosure_said"))]),
        Section("gaps", edition.say("h_gaps"), _gaps(edition)),
        Section("breaks", edition.say("h_breaks"), _breaks(edition)),
        Section("caveats", edition.say("h_all_caveats"), _caveats(edition)),
    ]
    lead = edition.say("lead_method")
    return Page("method.html", edition.say("title_method"), sections, lead, lead=lead)


def _rules(edition: Edition) -> list[Block]:
    """Each rule that judges a goal, with the goals it judges and all its outcomes."""
    blocks: list[Block] = []
    found = goals(edition.release)
    for r in edition.release.rows("meta.rule"):
        own = [g for g in found if (g.row["rule_id"], g.row["rule_version"]) == (r["rule_id"], r["version"])]
        if not own:
            continue
        links = Markup(", ").join(Markup('<a href="{}.html#method">{}</a>').format(g.slug, g.number) for g in own)
        version = edition.say("rule_version", version=r["version"])
        blocks.append(Sub(f"{r['rule_id']}, {version}", f"rule-{r['rule_id']}-{r['version']}"))
        blocks.append(
            Text(Markup("{} {} {}.").format(from_row(edition, r, "text"), edition.say("judges_goals"), links))
        )
        outcomes = edition.release.rows("meta.rule_outcome", rule_id=r["rule_id"], version=r["version"])
        if outcomes:
            lines = [[outcome(edition, o["outcome"]), from_row(edition, o, "text")] for o in outcomes]
            heads = [Column(edition.say("outcome")), Column(edition.say("meaning"))]
            blocks.append(Table(f"{edition.say('outcomes_caption')}: {r['rule_id']}, {version}", heads, lines))
    return blocks


def _gaps(edition: Edition) -> list[Block]:
    """What each word for a missing figure means."""
    codes = [code for name, code in edition.release.labels if name == "missing_reason" and code != "none"]
    lines: list[list[Markup | str]] = [
        [edition.gap(code), edition.label("missing_reason", code)] for code in sorted(codes)
    ]
    columns = [Column(edition.say("word_shown")), Column(edition.say("meaning"))]
    return [Text(edition.say("gaps_said")), Table(edition.say("gaps_caption"), columns, lines)]


def _breaks(edition: Edition) -> list[Block]:
    lines: list[list[Markup | str]] = [
        [
            edition.day(b["from_date"]),
            from_row(edition, b, "what"),
            edition.say("yes" if b["comparable"] else "no_word"),
            Markup(", ").join(Markup("<code>{}</code>").format(i) for i in split(b["indicators"])),
        ]
        for b in sorted(edition.release.rows("meta.series_break"), key=lambda b: (str(b["from_date"]), b["id"]))
    ]
    columns = [Column(edition.say(w)) for w in ("since", "what", "comparable_word", "indicator")]
    return [Table(edition.say("breaks_title"), columns, lines)]


def _caveats(edition: Edition) -> list[Block]:
    lines = [
        [Markup('<code id="caveat-{0}">{0}</code>').format(r["id"]), from_row(edition, r, "text")]
        for r in sorted(edition.release.rows("meta.caveat"), key=lambda r: str(r["id"]))
    ]
    return [
        Table(edition.say("h_all_caveats"), [Column(edition.say("code_word")), Column(edition.say("meaning"))], lines)
    ]
