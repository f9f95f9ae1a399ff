"""Ten years of one house in a test: a clock that is set, a landing folder that fills year by year, a release each June.

Late, corrected, wrong and withdrawn deliveries, an embargo, a release that is taken back. Every verdict, revision and
archive page is held against what the figures of `ten_years.py` demand. Slow: thirteen whole releases.
"""

import html
import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from handleplan_pipeline.lake.releases import PROPOSED
from handleplan_pipeline.release import ledger
from handleplan_pipeline.sources.deliveries.store import DeliveryStore
from tests.integration.ten_years import (
    BEFORE,
    FIGURES,
    GROUPS,
    HIDDEN,
    INDICATORS,
    PUBLIC,
    RESTS_ON,
    SERIES,
    WITHDRAWN,
    YEARS,
    House,
    Row,
    Story,
    figures,
    hides,
    lived,
    reasons,
    verdicts,
)
from tests.lib.posts import hook_server
from tests.release.made import LENE, OLE

pytestmark = pytest.mark.slow
REJECTED = ("r0007", "r0009", "r0011")
NUMBERS = sorted([*PUBLIC, *REJECTED])


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with hook_server() as hook:
        yield lived(House(tmp_path_factory.mktemp("years"), hook), hook)


def table(story: Story, number: str, name: str) -> pl.DataFrame:
    return pl.read_parquet(story.folder(number) / "parquet" / f"{name.replace('.', '/')}.parquet")


# what the clock started


def test_each_june_the_schedule_refreshes_every_year_there_is(story: Story) -> None:
    for year in range(2011, 2021):
        runs = story.runs[f"{year}-06-01T08:00"]
        assert [(r["job"], r["at"][:16]) for r in runs] == [
            ("refresh", f"{year}-06-01T04:00"),
            ("tick", f"{year}-06-01T05:00"),
        ]
        assert runs[0]["years"] == ["2006", str(year)]


ARRIVALS = {
    "2011-10-20": 2010,
    "2012-10-20": 2011,
    "2014-08-20": 2012,
    "2014-10-20": 2013,
    "2014-11-10": 2013,
    "2015-10-20": 2014,
    "2017-03-01": 2011,
    "2018-03-01": 2013,
    "2018-11-01": 2013,
}


def test_what_lands_is_taken_in_for_its_year_when_it_lies_still(story: Story) -> None:
    taken = {at[:10]: r["years"] for at, runs in story.runs.items() for r in runs if r["job"] == "ingest"}
    assert taken == {at: [str(year)] * 2 for at, year in ARRIVALS.items()}


def test_a_wrong_delivery_is_refused_and_all_others_are_held_until_their_permission_ends(story: Story) -> None:
    receipts = DeliveryStore(story.house.lake).receipts("summed_counts")
    assert {(r.manifest.period, r.manifest.delivery_number): r.state for r in receipts} == {
        (2010, 1): "accepted",
        (2011, 1): "accepted",
        (2011, 2): "accepted",
        (2012, 1): "deleted",
        (2013, 1): "refused",
        (2013, 2): "accepted",
        (2013, 3): "accepted",
        (2013, 4): "accepted",
        (2014, 1): "accepted",
    }
    (wrong,) = [r for r in receipts if r.state == "refused"]
    # half a year after, its copy is gone and the receipt says so
    assert (wrong.decided_at[:10], wrong.kept) == ("2014-10-20", False)


def test_a_late_delivery_is_told_of_once_and_the_calendar_says_how_late(story: Story) -> None:
    """Sums of 2012 are expected on 1 November 2013 and late from the last day of the year."""
    told = [(n, p["title"]) for n, p in enumerate(story.hook.posts) if "(summed_counts): 2012" in p["message"]]
    looks = ("2013-12-30T12:00", "2014-01-02T12:00", "2014-06-01T08:00")
    for (n, title), at, stage in zip(told, looks, ("Ventet nu", "Forsinket", "Mangler stadig"), strict=True):
        assert title.startswith(f"handleplan: {stage}")
        assert n < story.told[at]
        assert n >= max((t for look, t in story.told.items() if look < at), default=0)
    expected = date(2013, 11, 1)
    for number, arrival, days in (
        ("r0003", "awaited", None),
        ("r0004", "late", (date(2014, 6, 1) - expected).days),
        ("r0005", "received_late", (date(2014, 8, 20) - expected).days),
    ):
        calendar = table(story, number, "output.delivery_calendar")
        rows = calendar.filter((pl.col("source") == "summed_counts") & (pl.col("period") == 2012))
        assert rows.select("arrival", "late_by_days", "expected_on").rows() == [(arrival, days, expected)]
    assert "delivery_late" in story.junes["r0004"].warnings
    assert [n for n in story.junes if "delivery_late" in story.junes[n].warnings] == ["r0004"]


# what each release says

OTHERS = {(11, 2010): "not_due", (11, 2012): "cannot_tell"}
"""Goal 11 has the pinned lists of 2010 and 2012; nothing else was delivered."""


@pytest.mark.parametrize("number", PUBLIC)
def test_every_verdict_is_as_reckoned(story: Story, number: str) -> None:
    found = table(story, number, "output.goal_status")
    said = {(g, y): badge for g, y, badge in found.select("goal", "year", "badge").iter_rows()}
    mine = verdicts(number)
    assert {k: v for k, v in said.items() if k in mine} == mine
    rest = {(g, y): OTHERS.get((g, y), "not_measurable") for g in range(1, 12) for y in YEARS} | mine
    assert said == rest


BADGES = ("not_due", "clearly_not_met", "not_met", "cannot_tell", "met", "suppressed", "not_measurable")


def test_the_ten_years_show_every_badge() -> None:
    assert {v for n in PUBLIC for v in verdicts(n).values()} == set(BADGES)


def shown(story: Story, number: str, name: str = "output.observation") -> dict[Row, float | None]:
    frame = table(story, number, name).filter(pl.col("indicator_id").is_in(INDICATORS))
    keys = ("indicator_id", "year", "population_group", "measure")
    return {tuple(r[k] for k in keys): r["value"] for r in frame.iter_rows(named=True)}  # type: ignore[misc]


def near(one: float | None, other: float | None) -> bool:
    return one == other if one is None or other is None else one == pytest.approx(other, rel=1e-12)


@pytest.mark.parametrize("number", PUBLIC)
def test_every_figure_is_the_one_that_was_delivered(story: Story, number: str) -> None:
    wanted, found = figures(number), shown(story, number)
    assert found.keys() == wanted.keys()
    assert [k for k in wanted if not near(wanted[k], found[k])] == []


@pytest.mark.parametrize(("number", "why"), [("r0004", "not_delivered"), ("r0012", "no_legal_basis")])
def test_a_year_without_figures_says_whether_it_is_late_or_may_not_be_held(story: Story, number: str, why: str) -> None:
    rows = table(story, number, "output.observation").filter(
        (pl.col("indicator_id") == "I01") & (pl.col("year") == 2012)
    )
    assert rows["missing_reason"].to_list() == [why, why]
    status = table(story, number, "output.goal_status").filter((pl.col("goal") == 1) & (pl.col("year") == 2012))
    assert ("permission" in status["reason_en"][0]) == (why == "no_legal_basis")


# what changed


def expected_changes(number: str, listed_in: str) -> list[tuple[Any, ...]]:
    """Rows of meta.revision that a release adds about these goals, as it or a later one lists them.

    Table, place, what changed, figure or badge before and now, size, reason.
    """
    before = BEFORE[number]
    if before is None:
        return []
    old, new = RESTS_ON[before], RESTS_ON[number]
    was, now = figures(before), figures(number)
    found: list[tuple[Any, ...]] = []
    for row in sorted(was.keys() | now.keys()):
        a, b = was.get(row), now.get(row)
        if row in was and row in now and near(a, b):
            continue
        what = "added" if row not in was else "removed" if row not in now else "revised"
        what = "hidden" if row == (*HIDDEN, "share") and hides(number) else what
        size = None if a is None or b is None else b - a
        # a figure of a row that the listing release hides stands in none of its lines, nor what is made of it
        told = (None, None, None) if row[:3] == HIDDEN and hides(listed_in) else (a, b, size)
        why = reasons(old, new, {row[1]})[0]
        found.append(("observation", row, what, *(v if v is None else round(v, 9) for v in told), why))
    badges = verdicts(before), verdicts(number)
    for goal, year in sorted(badges[0]):
        one, other = badges[0][goal, year], badges[1][goal, year]
        if one != other:
            what = "hidden" if other == "suppressed" else "status"
            found.append(("goal_status", (goal, year), what, one, other, None, reasons(old, new, {year, 2010})[0]))
    return sorted(found, key=str)


def listed_changes(story: Story, number: str, shown_in: str) -> list[tuple[Any, ...]]:
    """The same, as a release lists what an earlier one, or itself, changed."""
    frame = table(story, number, "meta.revision").filter(pl.col("first_shown_in") == story.folder(shown_in).name)
    found: list[tuple[Any, ...]] = []
    for r in frame.iter_rows(named=True):
        key = json.loads(r["key"])
        told = [None if r[c] is None else round(r[c], 9) for c in ("old_value", "new_value", "size")]
        if r["table_name"] == "goal_status":
            place: Any = (r["goal"], key["year"])
            told = [r["old_status"], r["new_status"], None]
        elif r["indicator_id"] in INDICATORS:
            place = tuple(key[k] for k in ("indicator_id", "year", "population_group", "measure"))
        else:
            # years of StatBank's pinned tables become reference years one by one
            assert (r["what_changed"], r["reason"]) == ("added", "unexplained"), r
            continue
        found.append((r["table_name"], place, r["what_changed"], *told, r["reason"]))
    return sorted(found, key=str)


@pytest.mark.parametrize("number", PUBLIC)
def test_every_revision_has_its_size_and_reason(story: Story, number: str) -> None:
    assert listed_changes(story, number, number) == expected_changes(number, number)


@pytest.mark.parametrize("number", [n for n in PUBLIC if n != WITHDRAWN])
def test_the_last_release_repeats_every_revision_but_of_what_was_withdrawn(story: Story, number: str) -> None:
    assert listed_changes(story, "r0013", number) == expected_changes(number, "r0013")


def test_nothing_of_the_withdrawn_release_is_repeated(story: Story) -> None:
    name = story.folder(WITHDRAWN).name
    for n in ("r0012", "r0013"):
        assert name not in set(table(story, n, "meta.revision")["first_shown_in"])
        assert name not in set(table(story, n, "meta.vintage")["release_id"])
        lines = table(story, n, "history.observation")
        assert name not in {*lines["first_release_id"], *lines["last_release_id"]}


def test_mean_revisions_are_of_first_against_last(story: Story) -> None:
    found = table(story, "r0013", "meta.mean_revision")
    said = {(r["indicator_id"], r["measure"]): r for r in found.iter_rows(named=True)}
    for indicator, measure in SERIES.items():
        compared, sizes = 0, []
        now = figures("r0013")
        for row in now:
            known = (figures(n).get(row) for n in PUBLIC if n != WITHDRAWN)
            first = next((v for v in known if v is not None), None)
            if row[0] == indicator and row[3] == measure and now[row] is not None and first is not None:
                compared += 1
                sizes.append(abs(now[row] - first))  # type: ignore[operator]
        mean = said[indicator, measure]
        assert mean["compared_rows"] == compared
        assert mean["revised_rows"] == sum(s > 0 for s in sizes)
        assert mean["mean_absolute_revision"] == pytest.approx(sum(sizes) / compared)


@pytest.mark.parametrize("number", [n for n in PUBLIC if n != WITHDRAWN])
def test_what_each_release_said_is_found_in_the_last_one(story: Story, number: str) -> None:
    name = story.folder(number).name
    lines = table(story, "r0013", "history.observation").filter(
        (pl.col("first_release_id") <= name)
        & (pl.col("last_release_id") >= name)
        & pl.col("indicator_id").is_in(INDICATORS)
    )
    keys = ("indicator_id", "year", "population_group", "measure")
    said = {tuple(r[k] for k in keys): r["value"] for r in lines.iter_rows(named=True)}
    assert lines.height == len(said)
    wanted = figures(number)
    # what the last one hides is withheld, and what was made of it
    away = {k for k in wanted if k[:3] == HIDDEN and wanted[k] is not None}
    withheld = lines.filter(pl.col("withheld")).select(keys).rows()
    assert set(withheld) == away
    wanted |= dict.fromkeys(away)
    assert said.keys() == wanted.keys()
    assert [k for k in wanted if not near(wanted[k], said[k])] == []  # type: ignore[index]


def test_the_last_release_knows_every_other_but_the_withdrawn_one(story: Story) -> None:
    vintage = table(story, "r0013", "meta.vintage")
    assert vintage["release_id"].to_list() == [story.folder(n).name for n in PUBLIC if n != WITHDRAWN]
    built = {r["release_id"][-5:]: str(r["built_at"])[:10] for r in vintage.iter_rows(named=True)}
    assert built["r0004"] == "2014-06-01"
    # the proposal with a note is of the day after
    assert built["r0012"] == "2019-06-02"


# what people see before they approve


def test_a_verdict_that_changed_needs_a_note_and_a_first_one_does_not(story: Story) -> None:
    assert story.refused == {
        "r0007": ["1"],
        "r0009": ["4"],
        "r0011": ["1", "4", "7"],
    }
    # five more Junes brought first verdicts, and were approved as the schedule proposed them
    assert [n for n in story.junes if n not in ("r0008", "r0010", "r0012")] == [n for n in PUBLIC if n <= "r0006"] + [
        "r0013"
    ]


def test_the_diff_says_verdicts_first_and_names_the_release_before(story: Story) -> None:
    for number, june in story.junes.items():
        before = BEFORE[number]
        lines = june.diff.splitlines()
        assert lines[0] == f"{story.folder(before).name if before else 'nothing'} -> {story.folder(number).name}"
        assert len(lines) <= 41
        if before is None:
            continue
        old, new = verdicts(before), verdicts(number)
        changed = [k for k in sorted(old) if old[k] != new[k]]
        said = re.findall(r"^  goal (\d+), (\d{4}): ", june.diff, re.M)
        assert [(int(g), int(y)) for g, y in said] == changed
        if changed:
            assert lines[2] == f"Verdicts that changed: {len(changed)}"
        assert june.page.startswith("<!DOCTYPE html>")


def test_a_quiet_year_says_that_nothing_of_the_goals_changed(story: Story) -> None:
    assert expected_changes("r0013", "r0013") == []
    assert "Verdicts that changed" not in story.junes["r0013"].diff
    assert "revised" not in story.junes["r0013"].warnings


def numbers_of(counted: tuple[int, int]) -> list[str]:
    """How a share can be written, and what it is made of."""
    share = 100 * counted[0] / counted[1]
    texts = {f"{share:.{d}f}" for d in (1, 2, 3, 4)} | {str(counted[1])}
    return sorted(texts | {t.replace(".", ",") for t in texts})


def test_no_diff_prints_what_the_new_release_hides(story: Story) -> None:
    """Neither the small count nor the figure that stood in its place, which its change would give away."""
    of = {n: FIGURES[2013, n].stays for n in (2, 3, 4)}
    secret = {w for mine, _ in of.values() for w in numbers_of(mine)} - {"1000"} | {"487", "480"}
    ratios = [(mine[0] / mine[1]) / (theirs[0] / theirs[1]) for mine, theirs in of.values()]
    secret |= {f"{r:.{d}f}".replace(".", c) for r in ratios for d in (2, 3, 4) for c in ".,"}
    for number in (n for n in story.junes if hides(n)):
        june = story.junes[number]
        for text in (june.diff, html.unescape(re.sub(r"<style.*?</style>", "", june.page, flags=re.S))):
            assert set(re.findall(r"\d+(?:[.,]\d+)*", text)) & secret == set()
        # and no table of the release holds them
        for file in story.folder(number).glob("parquet/*/*.parquet"):
            frame = pl.read_parquet(file)
            floats = {v for c, t in frame.schema.items() if t == pl.Float64 for v in frame[c].drop_nulls()}
            told = [100 * x / n for x, n in (of[d][0] for d in (2, 3))] + ratios[:2]
            assert not [v for v in floats for x in told if v == pytest.approx(x, rel=1e-9)], file.name
    assert "goal 4, 2013: Cannot tell -> Not shown" in story.junes[WITHDRAWN].diff
    assert "Cells that are hidden now: 1" in story.junes[WITHDRAWN].diff


# what becomes public, and what becomes of it


def test_nothing_of_a_release_is_public_before_its_time(story: Story) -> None:
    assert story.led["2016-06-15T07:59"].endswith("_r0005")
    assert story.led["2016-06-15T08:00"].endswith("_r0006")
    assert [r["job"] for r in story.runs["2016-06-15T07:59"]] == ["tick"]
    assert [(r["job"], r["at"][:16]) for r in story.runs["2016-06-15T08:00"]] == [("release_due", "2016-06-15T06:00")]


def test_readers_are_led_from_the_withdrawn_release_to_the_one_before(story: Story) -> None:
    assert story.led["2018-11-01T12:00"].endswith("_r0008")
    name = story.folder(WITHDRAWN).name
    page = story.house.lake / "releases" / f"{name}.WITHDRAWN.html"
    assert "fejl i leveringen" in page.read_text(encoding="utf-8")
    told = json.loads((story.house.lake / "releases" / "latest.json").read_text())
    assert told["release_id"].endswith("_r0013")
    assert [(w["release_id"], w["withdrawn_at"]) for w in told["withdrawn"]] == [(name, "2018-09-03T07:00:00Z")]


def events(number: str) -> list[tuple[str, str]]:
    """Every step of releases before this one was proposed, in the order they were taken."""
    found: list[tuple[str, str]] = []
    current = ""
    for n in NUMBERS[: NUMBERS.index(number)]:
        found.append((n, "proposed"))
        if n in REJECTED:
            found.append((n, "rejected"))
            continue
        found.append((n, "approved"))
        # the time of the embargo is a step of its own
        found += [(n, "approved")] * (n == "r0006")
        found.append((n, "published"))
        if current:
            found.append((current, "superseded"))
        current = n
        if n == WITHDRAWN:
            found += [("r0008", "published"), (n, "withdrawn")]
            current = "r0008"
    return found


@pytest.mark.parametrize("number", PUBLIC)
def test_every_release_tells_the_steps_of_those_before_it(story: Story, number: str) -> None:
    if number == "r0001":
        assert not (story.folder(number) / "parquet/meta/release_event.parquet").is_file() or not len(
            table(story, number, "meta.release_event")
        )
        return
    told = table(story, number, "meta.release_event").sort("line")
    assert [(n[-5:], state) for n, state in told.select("release_id", "to_state").iter_rows()] == events(number)
    approvals = told.filter((pl.col("from_state") == "proposed") & (pl.col("to_state") == "approved"))
    assert set(approvals["who"]) == {LENE}


WORDS = {
    "en": {"superseded": "Superseded", "published": "Published", "withdrawn": "Withdrawn", "rejected": "Rejected"},
    "da": {
        "superseded": "Afløst",
        "published": "Offentliggjort",
        "withdrawn": "Trukket tilbage",
        "rejected": "Afvist",
    },
}
OWN = {"en": "this release", "da": "denne udgivelse"}
LINE = re.compile(r'<th scope="row"><code>([^<]*)</code></th><td class="t">([^<]*)</td><td class="t">(.*?)</td></tr>')


@pytest.mark.parametrize("language", ["da", "en"])
@pytest.mark.parametrize("number", PUBLIC)
def test_every_archive_page_is_as_reckoned(story: Story, number: str, language: str) -> None:
    page = (story.folder(number) / "report" / language / "archive.html").read_text(encoding="utf-8")
    part = re.search(r'<h2 id="releases">.*?</section>', page, re.S)
    assert part is not None
    last = dict(events(number))
    found = [(name[-5:], state, "releases/" in address) for name, state, address in LINE.findall(part[0])]
    words = WORDS[language]
    wanted = [(number, OWN[language], True)]
    wanted += [(n, words[last[n]], n not in REJECTED) for n in sorted(last, reverse=True)]
    assert found == wanted
    assert ('id="withdrawn"' in page) == (WITHDRAWN in last and last[WITHDRAWN] == "withdrawn")
    if 'id="withdrawn"' in page:
        assert "fejl i leveringen" in page


def test_the_ledger_is_whole_and_every_release_is_what_was_approved(story: Story) -> None:
    entries = ledger.read(story.lake)
    assert entries[-1].release_id.endswith("_r0012")
    assert [(e.release_id[-5:], e.to_state) for e in entries] == [
        *events("r0013"),
        ("r0013", "proposed"),
        ("r0013", "approved"),
        ("r0013", "published"),
        ("r0012", "superseded"),
    ]
    assert {e.who for e in entries if e.to_state == "published"} == {OLE, LENE, "handleplan"}
    for number, said in story.verified.items():
        assert f"approved and signed by {LENE}" in said, number
        assert ("WITHDRAWN at" in said) == (number == WITHDRAWN)


def test_a_purge_takes_what_is_beyond_its_time_and_says_so(story: Story) -> None:
    """On 1 February 2019: the delivery of 2012, the wrong file of 2014, and two proposals that were rejected."""
    assert "summed_counts 2012" in story.purged
    assert "the permission is withdrawn" in story.purged
    for number in ("r0007", "r0009"):
        assert f"_{number}, rejected more than 180 days ago" in story.purged
    home = story.house.lake / "releases" / PROPOSED
    assert {p.name.partition(".")[0][-5:] for p in home.iterdir()} == {"r0011"}
    assert not [p for p in Path(story.house.lake / "raw").rglob("*") if p.is_file() and b";2012;" in p.read_bytes()]


def test_each_release_rests_on_the_deliveries_that_were_in_force(story: Story) -> None:
    for number in PUBLIC:
        rows = table(story, number, "meta.delivery")
        current = rows.filter((pl.col("source") == "summed_counts") & (pl.col("state") == "current"))
        found = dict(current.select("year", "delivery_number").iter_rows())
        assert found == RESTS_ON[number], number
        assert len(GROUPS) == 2
