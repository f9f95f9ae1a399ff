"""The joint plan on hand-made tables: what is hidden, why, and that no reader can tell."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest

from assets.protection.protected_account import by_reason
from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.disclosure import DisclosureError, attack
from handleplan_pipeline.protection import counted
from handleplan_pipeline.protection.apply import all_printed, fingerprint, protected
from handleplan_pipeline.protection.asked import Asked, Asker
from handleplan_pipeline.protection.blocks import names_in
from handleplan_pipeline.protection.counted import blocks_of, tables_of
from handleplan_pipeline.protection.earlier import Earlier, Printed, tables_of_release
from handleplan_pipeline.protection.kinds import Kind, Kinds, pinned_kinds, read_pattern, said
from handleplan_pipeline.protection.packed import digest, digest_of_all, pack, unpack
from handleplan_pipeline.protection.plan import Planned, make_plan, no_plan
from handleplan_pipeline.protection.primary import rows_of
from handleplan_pipeline.protection.system import BlockSystem, Counts, RowKey, Slice
from handleplan_pipeline.protection.together import revised_by_few
from schemas.protection.suppression_plan import CERTIFICATE, SUPPRESSION_PLAN
from tests.protection.made import Leaves, block_of, cells_of, large, release_of

CATALOGUE = load_catalogue()
TOTAL = ("total", "total")


def plan_of(planned: Planned, cells: pl.DataFrame) -> pl.DataFrame:
    return SUPPRESSION_PLAN.conform([r | {"counts_sha256": fingerprint(cells)} for r in planned.rows])


def hidden(planned: Planned) -> set[tuple[str, int, str, str, str]]:
    return {
        (r["indicator_id"], r["year"], r["population_group"], r["sex"], r["age_group"])
        for r in planned.rows
        if r["hidden"]
    }


def small(x: int = 2) -> Leaves:
    """A shelter population in which `x` descendants have long stays."""
    leaves = large()
    for ancestry, sex, age in leaves:
        if ancestry.startswith("descendant"):
            leaves[ancestry, sex, age] = (0, 10)
    leaves["descendant_western", "men", "25-39"] = (x, 30)
    return leaves


def told(
    cells: pl.DataFrame, planned: Planned, of: str = "I04", base_year: int = 2012
) -> Iterator[tuple[str, int, float, float]]:
    """(count, true value, least, greatest) of every small count, for a reader of what the plan prints."""
    tables = tables_of(CATALOGUE, cells)
    system = BlockSystem(block_of(of), tables, base_year)
    gone = hidden(planned)
    unseen = np.array([c.row is None or (c.row.indicator, c.row.year, *c.row.slice) in gone for c in system.cells])
    true = np.array([c.value for c in system.cells])
    sensitive = [i for i, c in enumerate(system.cells) if c.value is not None and 1 <= c.value <= 4 and unseen[i]]
    shown = [i for i, c in enumerate(system.cells) if c.value is not None and 1 <= c.value <= 4 and not unseen[i]]
    assert not shown
    for i, (least, most) in attack(system.incidence(), true, unseen, sensitive).items():
        yield system.cells[i].key, int(true[i]), least, most


def test_nothing_is_hidden_where_nothing_is_small() -> None:
    planned = make_plan(CATALOGUE, cells_of("I04", 2012, large()))
    assert not hidden(planned)
    assert not planned.certificates


def test_a_small_count_goes_with_what_would_reveal_it() -> None:
    cells = cells_of("I04", 2012, small())
    planned = make_plan(CATALOGUE, cells)
    gone = hidden(planned)
    assert ("I04", 2012, "descendant", *TOTAL) in gone
    assert ("I04", 2012, "immigrant", *TOTAL) in gone
    found = list(told(cells, planned))
    assert found
    assert all(least <= 1 and most >= 5 for _, _, least, most in found)
    # the groups the goal is judged on are the last to go
    assert ("I04", 2012, "minority", *TOTAL) not in gone
    assert ("I04", 2012, "danish", *TOTAL) not in gone


def test_few_of_unknown_ancestry_are_not_the_difference_of_three_totals() -> None:
    cells = cells_of("I04", 2012, large() | {("unknown", "men", "25-39"): (2, 14)})
    planned = make_plan(CATALOGUE, cells)
    gone = {g for i, _, g, s, a in hidden(planned) if (s, a) == TOTAL}
    assert {"unknown", "all"} <= gone
    found = list(told(cells, planned))
    assert found
    assert all(least <= 1 and most >= 5 for _, _, least, most in found)


def test_everybody_by_sex_goes_before_the_groups_a_goal_compares() -> None:
    """Three men of unknown ancestry would follow from all men less the others; the models rest on the others."""
    unknown = {("unknown", "men", "25-39"): (3, 40), ("unknown", "women", "25-39"): (60, 140)}
    gone = hidden(make_plan(CATALOGUE, cells_of("I04", 2012, large(4) | unknown, splits=("sex",))))
    assert {(g, s) for _, _, g, s, _ in gone} == {("all", "men"), ("all", "women")}


def test_a_copy_of_a_count_under_another_name_gives_nothing_away() -> None:
    cells = pl.concat(
        [
            cells_of("I04", 2012, large() | {("unknown", "men", "25-39"): (2, 14)}),
            cells_of("I04_count", 2012, large() | {("unknown", "men", "25-39"): (2, 14)}, measure="count", splits=()),
        ]
    )
    planned = make_plan(CATALOGUE, cells)
    assert ("I04_count", 2012, "unknown", *TOTAL) in hidden(planned)
    assert all(least <= 1 and most >= 5 for _, _, least, most in told(cells, planned))


def test_without_the_link_the_copy_would_give_it_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a block is for: the same tables, each protected as if nobody were counted in both."""
    leaves = large() | {("unknown", "men", "25-39"): (2, 14)}
    cells = pl.concat(
        [
            cells_of("I04", 2012, leaves),
            cells_of("I04_2009", 2012, leaves, splits=(), groups=("all", "danish", "minority")),
        ]
    )
    pinned = pinned_kinds()
    mine = [s._replace(name=s.indicator) for s in pinned.series if s.indicator in ("I04", "I04_2009")]
    guests = [(k, read_pattern(k.pattern)) for k in pinned.kinds]
    alone = frozenset(k._replace(pattern=said({s.name: p["I04"]})) for k, p in guests if "I04" in p for s in mine)
    with monkeypatch.context() as apart:
        apart.setattr(counted, "pinned_kinds", lambda: Kinds(tuple(mine), alone))
        unlinked = make_plan(CATALOGUE, cells)
    assert len({r["block"] for r in unlinked.rows}) == 2
    found = list(told(cells, unlinked))
    assert any(least == most == true for _, true, least, most in found)
    linked = list(told(cells, make_plan(CATALOGUE, cells)))
    assert linked
    assert all(least <= 1 and most >= 5 for _, _, least, most in linked)


def test_a_median_is_shown_where_the_share_above_it_is_shown() -> None:
    """A median above 36 months says that at least half of the women are over 36 months: it bounds a hidden number."""
    women = {(a, "women", "25-39"): (20, 60) for a in ("danish", "immigrant_non_western", "descendant_western")}
    leaves = women | {("danish", "women", "25-39"): (3, 60)}
    shape: dict[str, Any] = {"whole": ("women", "total"), "splits": ()}
    share = cells_of("I09_over36", 2012, leaves, **shape)
    median = cells_of("I09", 2012, leaves, measure="median", **shape)
    gone = {r[:1] + r[2:3] for r in hidden(make_plan(CATALOGUE, pl.concat([share, median])))}
    assert {("I09_over36", "danish"), ("I09", "danish")} <= gone
    assert {g for i, g in gone if i == "I09"} == {g for i, g in gone if i == "I09_over36"}
    assert not hidden(make_plan(CATALOGUE, median))


def test_a_nested_population_cannot_be_subtracted() -> None:
    """60 housed after a year, 57 followed on: three died or left."""
    first = {("danish", "men", "25-39"): (60, 120), ("immigrant_non_western", "men", "25-39"): (44, 90)}
    kept = {("danish", "men", "25-39"): (41, 57), ("immigrant_non_western", "men", "25-39"): (30, 44)}
    cells = pl.concat([cells_of("I03", 2012, first, splits=()), cells_of("I03b", 2013, kept, splits=())])
    planned = make_plan(CATALOGUE, cells)
    found = {key: (least, most) for key, _, least, most in told(cells, planned, "I03", 2011) if "I03b" in key}
    assert found
    assert all(least <= 1 and most >= 5 for least, most in found.values())
    # the headline stands; what is nested in it gives way
    assert not any(i == "I03" and g in ("danish", "minority") for i, _, g, _, _ in hidden(planned))


def printed_before(cells: pl.DataFrame, planned: Planned | None = None) -> Earlier:
    """What a release of these cells printed; without a plan, all of them."""
    gone = (
        frozenset() if planned is None else frozenset(RowKey(i, y, Slice(g, s, a)) for i, y, g, s, a in hidden(planned))
    )
    counts = {
        RowKey(r["indicator_id"], r["year"], Slice(r["population_group"], r["sex"], r["age_group"])): Counts(
            r["numerator"], r["denominator"]
        )
        for r in cells.to_dicts()
    }
    return Earlier((Printed({k: c for k, c in counts.items() if k not in gone}, gone),))


def test_a_revision_by_two_persons_is_a_count_of_two() -> None:
    before = cells_of("I04", 2012, large())
    leaves = large()
    x, n = leaves["danish", "men", "25-39"]
    leaves["danish", "men", "25-39"] = (x + 2, n + 2)
    now = cells_of("I04", 2012, leaves)
    planned = make_plan(CATALOGUE, now, printed_before(before))
    gone = hidden(planned)
    assert ("I04", 2012, "danish", *TOTAL) in gone
    assert ("I04", 2012, "all", "men", "total") in gone
    assert ("I04", 2012, "minority", *TOTAL) not in gone
    assert {r["reason"] for r in planned.rows if r["hidden"]} == {"revision"}
    # unchanged counts are known and stay
    assert ("I04", 2012, "danish", "women", "total") not in gone


def test_a_ratio_an_earlier_release_printed_is_no_count() -> None:
    ratio = RowKey("I10", 2012, Slice("minority", "total", "18+"))
    earlier = printed_before(cells_of("I04", 2012, large())).releases[0]
    both = Printed({**earlier.counts, ratio: Counts(None, None)}, frozenset({ratio._replace(year=2013)}))
    assert set(tables_of_release(CATALOGUE, both)) == {"I04"}
    assert not hidden(make_plan(CATALOGUE, cells_of("I04", 2012, large()), Earlier((both,))))


def test_a_large_revision_is_printed() -> None:
    leaves = large()
    x, n = leaves["danish", "men", "25-39"]
    leaves["danish", "men", "25-39"] = (x + 6, n + 12)
    planned = make_plan(CATALOGUE, cells_of("I04", 2012, leaves), printed_before(cells_of("I04", 2012, large())))
    assert not hidden(planned)


def test_two_printed_rows_that_change_together_tell_the_difference_of_their_changes() -> None:
    """All lose ten and the minority six: four others went. Each row alone changed by more than five."""
    before, after = large(), large()
    for place, fewer in ((("danish", "men", "25-39"), 4), (("immigrant_western", "men", "25-39"), 6)):
        x, n = after[place]
        after[place] = (x - fewer, n - fewer)
    whole = ("women", "total")
    shape: dict[str, Any] = {"whole": whole, "splits": (), "groups": ("all", "minority", "unknown")}
    counts = [cells_of("I08_companion", 2012, leaves, measure="count", **shape) for leaves in (before, after)]
    gone = hidden(make_plan(CATALOGUE, counts[1], printed_before(counts[0])))
    assert {("I08_companion", 2012, g, *whole) for g in ("all", "minority")} & gone
    printed, then = (printed_before(c).releases[0] for c in reversed(counts))
    (found,) = revised_by_few(CATALOGUE, printed, then)
    assert found.startswith("I08_companion|2012|not_minority|women|total|numerator: changed by 1 to 5 persons")


def test_what_was_hidden_stays_hidden_whatever_has_changed() -> None:
    """The old print and a row that is shown now would be one system that nobody has proved."""
    small = {("unknown", "men", "25-39"): (2, 14)}
    first = cells_of("I04", 2012, large() | small)
    once = make_plan(CATALOGUE, first)
    more = large() | {("unknown", "men", "25-39"): (12, 44)}
    now = cells_of("I04", 2012, more)
    assert not hidden(make_plan(CATALOGUE, now))
    # nothing that was printed has changed, and still the two were few before
    assert hidden(make_plan(CATALOGUE, now, printed_before(first, once))) == hidden(once)
    x, n = more["danish", "women", "25-39"]
    changed = cells_of("I04", 2012, more | {("danish", "women", "25-39"): (x + 8, n + 20)})
    assert hidden(make_plan(CATALOGUE, changed, printed_before(first, once))) >= hidden(once)


def test_the_same_deliveries_give_the_same_plan_again_and_again() -> None:
    """Another pattern of the same cost would show what was hidden; the two prints together would be one system."""
    cells = cells_of("I04", 2012, small())
    once = make_plan(CATALOGUE, cells)
    again = make_plan(CATALOGUE, cells, printed_before(cells, once))
    assert again.rows == once.rows
    assert hidden(once)


def test_what_is_shown_with_a_count_goes_with_it_though_it_was_printed_before() -> None:
    """Nights may only stand beside a share that stands; after a correction the share is hidden."""
    asker = Asker(CATALOGUE, tables_of(CATALOGUE, shelters()), printed_before(shelters()))
    tables = tables_of(CATALOGUE, shelters())
    block = next(b for b, y in blocks_of(CATALOGUE, tables) if any(s.shown_with for s in b.series) and y == 2012)
    asked = asker.of(BlockSystem(block, tables, 2012))
    rows = {c.row for c in asked.system.cells if c.row is not None}
    share = RowKey("I04", 2012, Slice("minority", *TOTAL))
    nights = share._replace(indicator="B1_section_110_nights")
    assert {share, nights} <= rows
    assert asked.known[[c.row == nights for c in asked.system.cells]].all()
    without = asked.without([share])
    assert {share, nights} <= without.found.forced
    assert not without.known[[c.row in (share, nights) for c in asked.system.cells]].any()


def asked_again(now: pl.DataFrame, earlier: Earlier) -> Asked:
    """The question of the only block of these cells."""
    tables = tables_of(CATALOGUE, now)
    ((block, year),) = blocks_of(CATALOGUE, tables)
    return Asker(CATALOGUE, tables, earlier).of(BlockSystem(block, tables, year))


def test_who_gives_up_what_was_printed_shows_nothing_that_was_hidden() -> None:
    """A row given up is remembered: added to one that was hidden and is shown now, it could tell a third."""
    cells = cells_of("I04", 2012, small())
    once = make_plan(CATALOGUE, cells)
    asked = asked_again(cells, printed_before(cells, once))
    at = {r: (r.indicator, r.year, *r.slice) for r in rows_of(asked.system.cells)}
    hidden_before = {r for r, key in at.items() if key in hidden(once)}
    shown_before = next(r for r in at if r not in hidden_before)
    assert hidden_before
    assert asked.found.forced == hidden_before
    assert asked.without([shown_before]).found.forced == hidden_before | {shown_before}
    assert asked.without([min(hidden_before)]).found.forced == hidden_before


def test_a_count_by_another_version_of_the_definition_is_taken_for_the_same_but_not_for_sure() -> None:
    """Who knows both versions may know that they count these alike; that they do is not for us to promise."""
    cells = cells_of("I04", 2012, large())
    (release,) = printed_before(cells).releases
    version = CATALOGUE.indicator("I04").definition_version
    rest = {"dst_bef"}
    for counted_by, changed, sure in (
        (version, frozenset[str](), True),
        (version, frozenset({"dst_kraf"}), True),
        (version, frozenset(rest), False),
        (version, None, False),
        ("of another time", frozenset[str](), False),
    ):
        before = replace(release, versions=dict.fromkeys(release.counts, counted_by), changed=changed)
        asked = asked_again(cells, Earlier((before,)))
        rows = [i for i, c in enumerate(asked.system.cells) if c.row is not None]
        assert asked.known[rows].all()
        assert set(asked.sure[rows].tolist()) == {sure}


def test_what_surely_is_as_it_was_is_known_though_it_is_not_printed() -> None:
    """Men are given up; the deliveries of shelters are those of then, so everybody knows them still."""
    cells = cells_of("I04", 2012, large())
    (release,) = printed_before(cells).releases
    for changed, known in ((frozenset[str](), True), (frozenset({"section_110_stays"}), False)):
        asked = asked_again(cells, Earlier((replace(release, changed=changed),)))
        gone = next(r for r in rows_of(asked.system.cells) if r.slice == Slice("danish", "men", "total"))
        without = asked.without([gone])
        assert gone in without.found.forced
        assert {bool(without.known[i]) for i, c in enumerate(asked.system.cells) if c.row == gone} == {known}


def test_where_a_printed_row_is_given_up_nothing_new_is_printed() -> None:
    """Neither rows that no release had nor counts that changed: with what is remembered they could tell."""
    cells = cells_of("I04", 2012, large())
    leaves = large()
    x, n = leaves["danish", "men", "25-39"]
    now = cells_of("I04", 2012, leaves | {("danish", "men", "25-39"): (x + 40, n + 90)})
    new = pl.col("population_group") == "western"
    (release,) = printed_before(cells.filter(~new)).releases
    asked = asked_again(now, Earlier((release,)))
    at = {r.slice: r for r in rows_of(asked.system.cells)}
    gone = at[Slice("minority", "women", "total")]
    forced = asked.without([gone]).found.forced
    assert {at[Slice(*s)] for s in (("western", *TOTAL), ("all", *TOTAL), ("danish", "men", "total"))} <= forced
    as_they_were = {at[Slice(*s)] for s in (("minority", *TOTAL), ("danish", "women", "total"))}
    assert as_they_were <= asked.as_before
    assert not as_they_were & forced
    # a new row may go without that
    assert asked.without([at[Slice("western", *TOTAL)]]).found.forced == {at[Slice("western", *TOTAL)]}


def test_a_count_that_another_body_prints_is_not_known_any_more_where_ours_was_corrected() -> None:
    public = cells_of("B1_homeless_week6", 2009, large(), measure="count", splits=())
    rows = pl.col("population_group") == "all"
    fewer = public.with_columns(numerator=pl.when(rows).then(pl.col("numerator") - 1).otherwise("numerator"))
    for now, known in ((public, True), (fewer, False)):
        asked = asked_again(only_all(now), printed_before(only_all(public)))
        all_of_them = [c.row is not None and c.row.slice.population_group == "all" for c in asked.system.cells]
        assert asked.known[all_of_them].tolist() == [known]
    planned = make_plan(CATALOGUE, only_all(fewer), printed_before(only_all(public)))
    assert {r["reason"] for r in planned.rows if r["population_group"] == "all"} == {"revision"}


def only_all(cells: pl.DataFrame) -> pl.DataFrame:
    return cells.filter(pl.col("population_group") == "all")


def shelters() -> pl.DataFrame:
    """Guests of a year and their nights."""
    nights = cells_of("B1_section_110_nights", 2012, large(), measure="amount", splits=())
    return pl.concat([cells_of("I04", 2012, large()), nights])


def test_what_was_printed_before_and_cannot_be_protected_is_printed_no_more() -> None:
    """Breakdowns go before groups, and the groups a goal compares stay."""
    cells = cells_of("I04", 2012, small())
    planned = make_plan(CATALOGUE, cells, printed_before(cells))
    gone = {(r["population_group"], r["sex"], r["age_group"]): r for r in planned.rows if r["hidden"]}
    assert {r["given_up_because"] for r in gone.values()} == {"too_few"}
    assert {r["given_up"] for at, r in gone.items() if at[1:] == TOTAL} == {"groups"}
    assert {r["given_up"] for at, r in gone.items() if at[1:] != TOTAL} == {"breakdowns"}
    assert gone["descendant", *TOTAL]["reason"] == "small_count"
    shown = {(r["population_group"], r["sex"], r["age_group"]) for r in planned.rows if not r["hidden"]}
    assert shown >= {(g, *TOTAL) for g in ("all", "danish", "minority")}


def test_the_pattern_of_the_last_release_stays_where_it_costs_no_more() -> None:
    leaves = large() | {("unknown", "men", "25-39"): (2, 14)}
    cells = cells_of("I04", 2012, leaves)
    first = make_plan(CATALOGUE, cells)
    again = make_plan(CATALOGUE, cells, printed_before(cells, first))
    assert hidden(again) == hidden(first)
    assert [r["hidden"] for r in make_plan(CATALOGUE, cells).rows] == [r["hidden"] for r in first.rows]


def test_a_variant_that_differs_by_few_gives_way() -> None:
    leaves = large()
    paying = dict(leaves)
    x, n = paying["danish", "men", "25-39"]
    paying["danish", "men", "25-39"] = (x, n + 3)
    cells = pl.concat([cells_of("I04", 2012, leaves), cells_of("I04_paying", 2012, paying, splits=())])
    planned = make_plan(CATALOGUE, cells)
    assert ("I04_paying", 2012, "danish", *TOTAL) in hidden(planned)
    assert not any(i == "I04" for i, *_ in hidden(planned))


def test_of_counts_that_do_not_add_up_nothing_is_printed_and_the_other_blocks_are() -> None:
    cells = cells_of("I04", 2012, small())
    wrong = (pl.col("population_group") == "all") & (pl.col("sex") == "men")
    cells = cells.with_columns(denominator=pl.when(wrong).then(pl.col("denominator") + 7).otherwise("denominator"))
    planned = make_plan(CATALOGUE, pl.concat([cells, cells_of("I04", 2011, large()), cells_of("I01", 2012, large())]))
    lost = {(r["indicator_id"], r["year"]) for r in planned.rows if r["hidden"]}
    assert lost == {("I04", 2012)}
    assert {(r["given_up"], r["given_up_because"]) for r in planned.rows if r["year"] == 2012 and r["hidden"]} == {
        ("rows", "contradiction")
    }
    assert all(r["hidden"] for r in planned.rows if (r["indicator_id"], r["year"]) in lost)
    assert not [c for c in planned.certificates if c["base_year"] == 2012 and c["block"] == block_of("I04").id]


def test_what_did_not_add_up_once_is_printed_when_it_does() -> None:
    """The release between printed nothing of it: what it hid is what the one before hid."""
    cells = cells_of("I04", 2012, small())
    first = make_plan(CATALOGUE, cells)
    wrong = (pl.col("population_group") == "all") & (pl.col("sex") == "men")
    more = pl.when(wrong).then(pl.col("denominator") + 7).otherwise("denominator")
    impossible = cells.with_columns(denominator=more)
    earlier = [release_of(cells, first)]
    between = make_plan(CATALOGUE, impossible, Earlier(tuple(earlier)))
    assert all(r["hidden"] for r in between.rows)
    earlier.append(release_of(impossible, between))
    assert hidden(make_plan(CATALOGUE, cells, Earlier(tuple(earlier)))) == hidden(first)
    assert hidden(make_plan(CATALOGUE, cells, Earlier(tuple(earlier[1:])))) == hidden(first)


def test_a_row_that_was_not_delivered_is_no_zero_where_the_totals_say_otherwise() -> None:
    cells = cells_of("I04", 2012, small()).filter(~((pl.col("sex") == "women") & (pl.col("population_group") == "all")))
    planned = make_plan(CATALOGUE, cells)
    assert not any(r["sex"] == "women" and r["population_group"] == "all" for r in planned.rows)


def test_protected_cells_hold_no_hidden_number_and_print_who_was_nobody() -> None:
    leaves = small() | {("unknown", "men", "25-39"): (0, 3)}
    cells = cells_of("I04", 2012, leaves)
    planned = make_plan(CATALOGUE, cells)
    out = protected(CATALOGUE, cells, plan_of(planned, cells))
    gone = out.filter(pl.col("cell_state") == "blanked")
    assert set(gone.select("indicator_id", "year", "population_group", "sex", "age_group").rows()) == hidden(planned)
    assert gone.select(pl.col("numerator", "denominator", "value").is_not_null().any()).row(0) == (False, False, False)
    assert out.filter(pl.col("numerator").is_between(1, 4)).height == 0
    assert out.filter(pl.col("denominator").is_between(1, 4)).height == 0
    assert not out.filter((pl.col("population_group") == "western") & (pl.col("sex") == "men")).height


def test_a_plan_for_other_counts_is_refused() -> None:
    cells = cells_of("I04", 2012, small())
    plan = plan_of(make_plan(CATALOGUE, cells), cells)
    with pytest.raises(DisclosureError, match=r"other counts than those of cell\.goal_04_shelter_stays\. Materialise"):
        all_printed(CATALOGUE, {"goal_04_shelter_stays": cells_of("I04", 2012, small(x=3))}, plan)
    assert all_printed(CATALOGUE, {"goal_04_shelter_stays": cells}, plan).height


def test_a_count_of_persons_that_no_plan_covers_does_not_pass() -> None:
    """A summed data set may bring an indicator that nothing protects, here a baseline's own."""
    cells = cells_of("I04", 2012, small())
    plan = plan_of(make_plan(CATALOGUE, cells), cells)
    other = cells_of("B1", 2012, small(), measure="count")
    with pytest.raises(DisclosureError, match=r"no plan covers them \(B1\)"):
        all_printed(CATALOGUE, {"goal_04_shelter_stays": pl.concat([cells, other])}, plan)
    published = other.with_columns(data_kind=pl.lit("official"))
    assert all_printed(CATALOGUE, {"published": published}, plan).height == published.height


def test_the_explicit_word_prints_everything_and_proves_nothing() -> None:
    cells = cells_of("I04", 2012, small())
    planned = no_plan(CATALOGUE, cells)
    assert not hidden(planned)
    assert not planned.certificates
    assert {tuple(r.values())[:5] for r in planned.rows} == {
        tuple(r.values())[:5] for r in make_plan(CATALOGUE, cells).rows
    }


def test_a_count_the_supplier_hid_stays_hidden_and_is_proved() -> None:
    cells = cells_of("I04", 2012, large() | {("unknown", "men", "18-24"): (3, 20)})
    mine = (pl.col("population_group") == "unknown") & (pl.col("sex") == "total") & (pl.col("age_group") == "total")
    cells = cells.with_columns(
        numerator=pl.when(~mine).then("numerator"),
        denominator=pl.when(~mine).then("denominator"),
        cell_state=pl.when(mine).then(pl.lit("blanked")).otherwise("cell_state"),
    )
    planned = make_plan(CATALOGUE, cells)
    row = next(r for r in planned.rows if (r["population_group"], r["sex"], r["age_group"]) == ("unknown", *TOTAL))
    assert (row["hidden"], row["reason"]) == (True, "blanked_by_supplier")
    assert "I04|2012|unknown|total|total|numerator" in {c["cell"] for c in planned.certificates}


def test_certificates_are_tables_with_a_digest() -> None:
    planned = make_plan(CATALOGUE, cells_of("I04", 2012, small()))
    assert CERTIFICATE.conform(planned.certificates).height == len(planned.certificates) > 0
    for c in planned.certificates:
        assert c["sha256"] == digest(c)
        assert unpack(c["low_table"]).size == unpack(c["high_table"]).size == c["leaves"]
    assert (unpack(pack(np.array([0, 7, 2**31 - 1]))) == [0, 7, 2**31 - 1]).all()
    with pytest.raises(ValueError, match="packed"):
        unpack("no table")


def test_the_digest_of_the_certificates_confirms_no_guess_of_the_counts() -> None:
    one, other = (make_plan(CATALOGUE, cells_of("I04", 2012, small()), salt=s).certificates for s in ("a", "b"))
    assert [c["low_table"] for c in one] == [c["low_table"] for c in other]
    assert not {c["sha256"] for c in one} & {c["sha256"] for c in other}
    assert {digest_of_all([c["sha256"] for c in x]) for x in (one, one)} != {
        digest_of_all([c["sha256"] for c in other])
    }


def test_a_reason_of_few_rows_is_not_told() -> None:
    reasons = [*["revision"] * 9, *["small_count"] * 17, *["secondary"] * 24]
    plan = pl.DataFrame({"hidden": [True] * 50 + [False], "reason": [*reasons, None]})
    assert dict(by_reason(plan).rows()) == {"secondary": 30, "small_count": 20}


def test_what_nobody_makes_up_is_given_up_and_where_persons_are_held_it_is_a_contradiction() -> None:
    """A summed data set can hold counts that no pinned kind of person makes; other series may come as persons."""
    cells = cells_of("I04", 2012, small())
    wrong = (pl.col("population_group") == "all") & (pl.col("sex") == "men")
    more = pl.when(wrong).then(pl.col("denominator") + 7).otherwise("denominator")
    impossible = cells.with_columns(denominator=more)
    kinds, shelters = pinned_kinds().kinds, names_in(block_of("I04").atoms)
    of_others = frozenset(k for k in kinds if shelters.isdisjoint(names_in([k.pattern])))
    assert of_others
    for own in (frozenset[Kind](), of_others):
        planned = make_plan(CATALOGUE, impossible, own=own)
        assert all(r["hidden"] and (r["given_up"], r["given_up_because"]) == ("rows", "too_few") for r in planned.rows)
        assert planned.rows
        assert not planned.certificates
    for held in (None, kinds):
        planned = make_plan(CATALOGUE, impossible, own=held)
        assert {(r["hidden"], r["given_up_because"]) for r in planned.rows} == {(True, "contradiction")}
