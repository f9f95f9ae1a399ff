"""How good the figures are: what could not be shown, what was checked, what was delivered, what verdicts hang on."""

from collections import defaultdict
from collections.abc import Iterator

from markupsafe import Markup

from handleplan_pipeline.report.blocks import Block, Page, Section, Text
from handleplan_pipeline.report.edition import Edition
from handleplan_pipeline.report.headline import goals
from handleplan_pipeline.report.release import Row, split
from handleplan_pipeline.report.tables import Column, Table
from schemas.outputs.judgement import JUDGEMENT

BOUNDS = tuple(c for c in JUDGEMENT.column_names if c.startswith("unknown_"))
"""What the verdict would be if all of unknown ancestry were of the group, or of the one it is compared with."""


def page(edition: Edition) -> Page:
    """Losses by disclosure control, checks, deliveries, conflicts, unknown ancestry, power."""
    parts = (
        ("hidden", _hidden(edition)),
        ("checks", _checks(edition)),
        ("deliveries", _deliveries(edition)),
        ("conflicts", _conflicts(edition)),
        ("unknown", _unknown(edition)),
        ("power", _power(edition)),
    )
    sections = [Section(anchor, edition.say(f"h_quality_{anchor}"), blocks) for anchor, blocks in parts]
    lead = edition.say("lead_quality")
    return Page("quality.html", edition.say("title_quality"), sections, lead, lead=lead)


def _hidden(edition: Edition) -> list[Block]:
    """Rows not shown by goal in per cent, and by reason in tens."""
    release = edition.release
    rule = release.about[f"disclosure_rule_{edition.language}"]
    counted: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for r in release.rows("output.disclosure_loss"):
        indicator = release.indicators.get(r["indicator_id"])
        for n in split(indicator["goals"]) if indicator else []:
            counted[int(n)][0] += r["rows"]
            counted[int(n)][1] += r["hidden_rows"]
    rows: list[list[Markup | str]] = []
    for g in goals(release):
        whole, hidden = counted[g.number]
        link = Markup('<a href="{}.html">{}. {}</a>').format(g.slug, g.number, edition.own(g.row, "title"))
        if not whole:
            rows.append([link, *[edition.gap("no_persons")] * 3])
            continue
        share = f"{edition.shown(100 * hidden / whole, 0)} {edition.unit('percent')}"
        rows.append([link, edition.shown(whole, 0), edition.shown(hidden, 0), share])
    columns = [Column(edition.say("goal_word"))]
    columns += [Column(edition.say(w), True) for w in ("rows_word", "hidden_rows", "share_word")]
    blocks: list[Block] = [Text(rule), Table(edition.say("hidden_caption"), columns, rows)]
    reasons = release.rows("output.disclosure_reason")
    if reasons:
        lines = [[edition.coded(r, "reason"), edition.number(r, "hidden_rows", 0)] for r in reasons]
        heads = [Column(edition.say("reason")), Column(edition.say("hidden_rows"), True)]
        blocks.append(Table(edition.say("reasons_caption"), heads, lines))
    return blocks


def _checks(edition: Edition) -> list[Block]:
    """Checks by rule: on how many tables, how many failed; failed first."""
    words = {r["rule"]: r for r in edition.release.rows("meta.check_rule")}
    by_rule: dict[str, list[Row]] = defaultdict(list)
    for r in edition.release.rows("meta.check"):
        by_rule[r["rule"]].append(r)
    failed = {rule: sum(1 for r in rows if r["outcome"] != "passed") for rule, rows in by_rule.items()}
    lines: list[list[Markup | str]] = []
    for rule in sorted(by_rule, key=lambda k: (-failed[k], k)):
        known = words.get(rule)
        name = (
            Markup("{}").format(known[f"title_{edition.language}"]) if known else Markup("<code>{}</code>").format(rule)
        )
        why = str(known[f"why_{edition.language}"]) if known else rule
        lines.append([name, why, str(len(by_rule[rule])), str(failed[rule])])
    columns = [Column(edition.say("check_word")), Column(edition.say("protects"))]
    columns += [Column(edition.say("tables_word"), True), Column(edition.say("failed_word"), True)]
    total = sum(len(rows) for rows in by_rule.values())
    said = edition.say("checks_said", total=edition.shown(total, 0), failed=sum(failed.values()))
    return [Text(said), Table(edition.say("checks_caption"), columns, lines)] if lines else [Text(said)]


def _deliveries(edition: Edition) -> list[Block]:
    """Deliveries by state."""
    found = edition.release.rows("meta.delivery")
    by_state: dict[str, list[Row]] = defaultdict(list)
    for r in found:
        by_state[str(r["state"])].append(r)
    lines: list[list[Markup | str]] = [
        [
            edition.coded(rows[0], "state"),
            edition.resting_on(rows, str(len(rows))),
            edition.resting_on(rows, str(len({r["source"] for r in rows}))),
        ]
        for _, rows in sorted(by_state.items())
    ]
    link = Text(Markup('<a href="sources.html#deliveries">{}</a>').format(edition.say("lineage_more")))
    if not lines:
        return [Text(edition.say("no_deliveries")), link]
    columns = [Column(edition.say("state"))]
    columns += [Column(edition.say(w), True) for w in ("h_deliveries_short", "sources_word")]
    return [Table(edition.say("deliveries_by_state"), columns, lines), link]


def _conflicts(edition: Edition) -> list[Block]:
    """Published figures that sources disagree on, and the rule that chose."""
    found = {
        (r["figure_id"], r["source_id"]): r for r in edition.release.rows("output.context_figure") if r["conflicts"]
    }
    lines: list[list[Markup | str]] = []
    for _, r in sorted(found.items()):
        chosen = edition.source_link(r["source_id"])
        lines.append(
            [
                edition.own(r, "what"),
                str(r["year"] or edition.say("gap_none")),
                edition.cell(r, "value"),
                chosen,
                str(r["conflicts"]),
                r["choice_rule"] or edition.gap("none"),
            ]
        )
    if not lines:
        return [Text(edition.say("no_conflicts"))]
    words = ("what", "year", "value", "chosen", "others", "rule")
    columns = [Column(edition.say(w), w in ("value", "others")) for w in words]
    return [Table(edition.say("conflicts_caption"), columns, lines)]


def _readings(edition: Edition) -> Iterator[tuple[str, Row]]:
    """What each goal is judged by in the year of its verdict, with the name of the indicator."""
    for g in goals(edition.release):
        for i in g.indicators:
            if (reading := g.reading(i, g.status["year"])) is not None:
                yield f"{g.number}. {edition.full_title(i['indicator_id'])}", reading


def _unknown(edition: Edition) -> list[Block]:
    """What the verdict would be if all of unknown ancestry belonged to the one or the other group."""
    lines: list[list[Markup | str]] = []
    for name, reading in _readings(edition):
        if reading["reference_group"] is None:
            continue
        ends = [reading[c] for c in BOUNDS]
        said = [edition.label("result", e) if e else edition.gap("not_computed") for e in ends]
        hangs = edition.say("yes" if any(e not in (None, reading["result"]) for e in ends) else "no_word")
        lines.append([name, edition.label("result", reading["result"]), *said, hangs])
    if not lines:
        return [Text(edition.say("nothing_judged"))]
    words = ("indicator", "verdict", *BOUNDS, "hangs")
    return [Table(edition.say("unknown_caption"), [Column(edition.say(w)) for w in words], lines)]


def _power(edition: Edition) -> list[Block]:
    """For each goal the smallest difference that its rule can find."""
    lines: list[list[Markup | str]] = []
    for name, reading in _readings(edition):
        if reading["minimum_detectable"] is None:
            continue
        power: Markup | str = edition.gap("not_computed")
        if reading["power"] is not None:
            power = Markup("{} {}").format(edition.percent_of_one(reading, "power"), edition.unit("percent"))
        least = edition.number(reading, "minimum_detectable")
        lines.append([name, edition.coded(reading, "quantity"), least, power])
    if not lines:
        return [Text(edition.say("nothing_judged"))]
    columns = [Column(edition.say("indicator")), Column(edition.say("quantity"))]
    columns += [Column(edition.say(w), True) for w in ("least_found", "power_word")]
    return [Text(edition.say("power_said")), Table(edition.say("power_caption"), columns, lines)]
