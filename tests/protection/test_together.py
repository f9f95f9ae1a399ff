"""What a release tells together with those before it, from printed files alone; and which releases are remembered."""

from pathlib import Path

import polars as pl
import pytest

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.protection.earlier import Deliveries, Earlier, Printed, changed_sources, read
from handleplan_pipeline.protection.system import Counts, RowKey, Slice
from handleplan_pipeline.protection.together import told_together

CATALOGUE = load_catalogue()


def row(group: str, sex: str = "total", year: int = 2012, indicator: str = "I04") -> RowKey:
    return RowKey(indicator, year, Slice(group, sex, "total"))


ALL, MEN, WEST = row("all"), row("all", "men"), row("western")


def told(now: Printed, *earlier: Printed) -> list[str]:
    return list(told_together(CATALOGUE, now, Earlier(earlier)))


def test_a_row_that_was_hidden_may_not_be_shown() -> None:
    now = Printed({ALL: Counts(40, 90), WEST: Counts(20, 30)}, frozenset())
    hid = Printed({ALL: Counts(40, 90)}, frozenset({WEST}))
    assert told(now, hid) == ["I04|2012|western|total|total: shown, and an earlier release hid it"]
    # what another one has shown since is seen already, and what a third hid again is not
    shown = Printed({WEST: Counts(20, 30)}, frozenset())
    assert told(now, hid, shown) == []
    assert told(now, hid, shown, hid) == told(now, hid)
    # a release that has no such row says nothing of it
    assert told(now, hid, Printed({ALL: Counts(40, 90)}, frozenset())) == told(now, hid)


def test_a_quantile_without_a_value_hid_nobody() -> None:
    """Too few stayed long for it; the persons behind it stand in the row that it is shown with."""
    stays = row("all", indicator="B1_stay_p90")
    before = Printed({ALL: Counts(40, 90)}, frozenset({stays}))
    now = Printed({ALL: Counts(40, 90), stays: Counts(None, 90)}, frozenset())
    assert told(now, before) == []
    assert told(now, Printed({}, frozenset({stays, ALL}))) != []


@pytest.mark.parametrize(
    ("why", "men_before", "west", "changed", "found"),
    [
        ("too_few", Counts(22, 50), Counts(20, 30), (), []),
        ("too_few", Counts(22, 50), Counts(30, 50), (), ["I04|2012|western|total|total: new beside rows"]),
        ("too_few", Counts(22, 50), Counts(30, 50), ("dst_kraf",), ["I04|2012|western|total|total: new beside rows"]),
        # nobody can tell from the print whether the men are those of then
        ("too_few", Counts(22, 50), Counts(30, 50), ("section_110_stays",), []),
        ("too_few", None, Counts(30, 50), (), []),
        ("mostly_hidden", Counts(22, 50), Counts(30, 50), (), []),
    ],
)
def test_where_a_printed_row_is_given_up_nothing_new_may_stand(
    why: str, men_before: Counts | None, west: Counts, changed: tuple[str, ...], found: list[str]
) -> None:
    men = {} if men_before is None else {MEN: men_before}
    before = Printed({ALL: Counts(40, 90), WEST: Counts(20, 30), **men}, frozenset(), changed=frozenset(changed))
    now = Printed({ALL: Counts(40, 90), WEST: west}, frozenset({MEN}), {MEN: ("breakdowns", why)})
    assert [p.partition(" beside rows")[0] + " beside rows" for p in told(now, before)] == found


def test_a_change_of_few_is_found_in_any_earlier_release() -> None:
    old, new = Printed({ALL: Counts(40, 90)}, frozenset()), Printed({ALL: Counts(60, 120)}, frozenset())
    now = Printed({ALL: Counts(42, 90)}, frozenset())
    for earlier in ((old, new), (new, old)):
        (x, c) = told(now, *earlier)
        assert x == "I04|2012|all|total|total|numerator: changed by 1 to 5 persons since an earlier release"
        assert "complement" in c
    assert told(now, new) == []


# which releases are remembered


def release(root: Path, name: str, deliveries: dict[str, list[str]], control: str = "on", count: int = 40) -> Path:
    """The tables of a release that are read again: one figure, its deliveries, and what it says of itself."""
    folder = root / name / "parquet"
    for schema in ("goal", "meta"):
        (folder / schema).mkdir(parents=True)
    figure = {
        "indicator_id": "I04",
        "year": 2012,
        "population_group": "all",
        "sex": "total",
        "age_group": "total",
        "measure": "share",
        "numerator": count,
        "denominator": 90,
        "value": 40.0,
        "missing_reason": "none",
        "data_kind": "synthetic",
        "definition_version": "1",
        "reference_group": None,
    }
    pl.DataFrame([figure], schema_overrides={"reference_group": pl.String}).write_parquet(
        folder / "goal/goal_04.parquet"
    )
    rows = [{"source": s, "delivery_id": d, "state": "current"} for s, ds in deliveries.items() for d in ds]
    pl.DataFrame(rows).write_parquet(folder / "meta/delivery.parquet")
    pl.DataFrame({"disclosure_control": [control]}).write_parquet(folder / "meta/release.parquet")
    return root / name


def now(**sources: list[str]) -> Deliveries:
    return {s: [frozenset({d}) for d in ds] for s, ds in sources.items()}


def test_a_release_without_disclosure_control_is_not_remembered_and_hides_no_other(tmp_path: Path) -> None:
    first = release(tmp_path, "1", {"dst_bef": ["a"]}, count=40)
    off = release(tmp_path, "2", {"dst_bef": ["a"]}, control="off", count=41)
    found = read([first, off], now(dst_bef=["a"]))
    assert [r.counts for r in found.releases] == [{ALL: Counts(40, 90)}]


def test_a_city_corrected_piece_by_piece_is_still_the_same_city(tmp_path: Path) -> None:
    """The first release shares no delivery with today's, but one with the second, which does."""
    first = release(tmp_path, "1", {"dst_bef": ["a"], "dst_kraf": ["k"]})
    second = release(tmp_path, "2", {"dst_bef": ["b"], "dst_kraf": ["k"]})
    other = release(tmp_path, "0", {"dst_bef": ["x"], "dst_kraf": ["y"]})
    found = read([other, first, second], now(dst_bef=["b"], dst_kraf=["l"]))
    assert [r.changed for r in found.releases] == [{"dst_bef", "dst_kraf"}, {"dst_kraf"}]


def test_sources_have_changed_where_a_delivery_came_went_or_took_another_s_place() -> None:
    then = now(dst_bef=["a", "b"], dst_kraf=["k"], dst_dream=["d"])
    assert changed_sources(then, then) == set()
    assert changed_sources(then, now(dst_bef=["a", "c"], dst_kraf=["k", "l"])) == {"dst_bef", "dst_kraf", "dst_dream"}
    # a delivery may go by two names
    by_both = {**then, "dst_bef": [frozenset({"a", "bytes of a"}), frozenset({"b", "bytes of b"})]}
    assert changed_sources(now(dst_bef=["bytes of b", "a"], dst_kraf=["k"], dst_dream=["d"]), by_both) == set()
