"""Everybody is told: outcomes of a run, a check that warns until it is cured, and no file that ends a run."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import pytest

from assets.sources import delivered
from handleplan_pipeline.commands.deliveries import accepted_since
from handleplan_pipeline.graph.arguments import DELIVERIES_IN_ORDER
from handleplan_pipeline.graph.resources import LakeIOManager, SourcesResource
from handleplan_pipeline.graph.scope import Scope, SourceName
from handleplan_pipeline.sources.deliveries.manifest import manifest_path
from handleplan_pipeline.sources.deliveries.outcome import Outcome, standing
from schemas.registry import delivered_sources
from tests.lib.deliveries import NUMBERS, STAYS, TOKEN, Place, text

STAYS_KEY = dg.AssetKey(["source", "section_110_stays"])


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def run(place: Place, key: dg.AssetKey = STAYS_KEY, scope: Scope | None = None) -> dg.ExecuteInProcessResult:
    """One source's run, as the UI starts it."""
    (asset,) = [a for a in delivered.SOURCES if a.key == key]
    root = place.store.root
    resources = {
        "io_manager": LakeIOManager(root=str(root), lock_wait_seconds=0),
        "sources": SourcesResource(root=str(root), reference="", landing=str(place.landing), raw=""),
        "scope": scope or Scope(),
    }
    return dg.materialize([asset], resources=resources, raise_on_error=False)


def check(result: dg.ExecuteInProcessResult) -> dg.AssetCheckEvaluation:
    (found,) = [c for c in result.get_asset_check_evaluations() if c.check_name == DELIVERIES_IN_ORDER]
    return found


def test_every_delivered_source_has_the_check_and_one_module_makes_them_all() -> None:
    assert [a.key.path[1] for a in delivered.SOURCES] == delivered_sources()
    for asset in delivered.SOURCES:
        assert {k.name for k in asset.check_keys} == {DELIVERIES_IN_ORDER}


def test_a_run_of_other_sources_leaves_the_landing_folder_alone(place: Place) -> None:
    """What lies there is not decided on, and the check says that it waits; the next run takes it in."""
    place.land(text())
    other = run(place, scope=Scope(sources=[SourceName.dst_kraf]))  # type: ignore[attr-defined]
    assert other.success
    assert place.store.receipts("section_110_stays") == []
    assert "the next run decides on it" in str(check(other).description)
    named = run(place, scope=Scope(sources=[SourceName.section_110_stays]))  # type: ignore[attr-defined]
    assert named.success
    assert [r.state for r in place.store.receipts("section_110_stays")] == ["accepted"]


def test_the_check_warns_run_after_run_until_it_is_cured(place: Place) -> None:
    place.land(text())
    assert check(run(place)).passed
    bad = place.land(text(39, here="147"), number=2)
    for _ in range(3):
        result = run(place)
        assert result.success
        found = check(result)
        assert not found.passed
        assert found.severity == dg.AssetCheckSeverity.WARN
        (row,) = found.metadata["deliveries"].records  # type: ignore[attr-defined]
        assert {k: row.data[k] for k in ("period", "state", "rule")} == {
            "period": "2010",
            "state": "refused",
            "rule": "municipality",
        }
    bad.unlink()
    manifest_path(bad).unlink()
    assert check(run(place)).passed


def test_nothing_in_landing_is_in_order(place: Place) -> None:
    result = run(place)
    assert result.success
    assert check(result).passed


def test_no_event_holds_the_supplier_s_text_or_a_value(place: Place) -> None:
    place.land(text(), supplier=TOKEN, name="a.csv")
    place.land(text(39), permission=TOKEN, number=2, name="b.csv")
    place.land(text(38).replace(";B03;", f";{TOKEN};"), number=3, name="c.csv", rows=7)
    (place.landing / "section_110_stays" / f"{TOKEN} {NUMBERS[0]}.csv").write_text("x")
    result = run(place)
    assert result.success
    said = " ".join(str(e) for e in result.all_events)
    assert "supplier" in said
    assert TOKEN not in said
    assert not any(n in said for n in NUMBERS)


def test_few_rows_are_not_counted_in_an_event(place: Place) -> None:
    place.land(text(3))
    (event,) = run(place).asset_materializations_for_node("source__section_110_stays")
    assert event.metadata["rows_by_period"].value == {"2010": "1-5"}


class Panic(BaseException):
    """As a library in Rust raises it."""


Panic.__name__ = "PanicException"


@pytest.mark.parametrize(
    "error", [ValueError(TOKEN), MemoryError(), RecursionError(TOKEN), Panic(TOKEN), KeyError(NUMBERS[0])]
)
def test_whatever_a_library_raises_on_one_file_ends_no_run(
    place: Place, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    place.land(text(), period=2009, **{"name": "good.csv"})
    place.land(text(), period=2010)
    real: Callable[..., Any] = place.store._parse

    def parse(path: Path, delivery: Any, manifest: Any) -> Any:
        if manifest.period == 2010:
            raise error
        return real(path, delivery, manifest)

    monkeypatch.setattr(place.store, "_parse", parse)
    frame, intake = place.take(2010)
    assert frame.height == 0
    (receipt,) = intake.decided
    assert (receipt.state, receipt.rule) == ("refused", "unexpected")
    assert TOKEN not in receipt.sentence()
    assert NUMBERS[0] not in receipt.sentence()
    assert [o.rule for o in standing(place.store, place.landing, STAYS) if o.state == "refused"] == ["unexpected"]
    # not tried for ever, while nothing changes
    assert place.take(2010)[1].decided == []


def test_an_interrupt_is_no_refusal(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.land(text())

    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(place.store, "_parse", interrupted)
    with pytest.raises(KeyboardInterrupt):
        place.take()
    assert place.store.receipts("section_110_stays") == []


def test_an_archived_file_that_breaks_a_newer_rule_leaves_its_year_out_and_says_so(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused

    place.land(text())
    place.take()
    real = place.store._parse

    def stricter(*_: Any) -> Any:
        raise DeliveryRefused("row_rules", "stricter now")

    monkeypatch.setattr(place.store, "_parse", stricter)
    assert place.take()[0].height == 0
    told = standing(place.store, place.landing, STAYS)
    assert [(o.state, o.rule, o.period) for o in told] == [("refused", "row_rules", 2010)]
    monkeypatch.setattr(place.store, "_parse", real)
    assert place.take()[0].height == 40
    assert standing(place.store, place.landing, STAYS) == []


def test_outcomes_count_what_was_taken_and_set_aside(place: Place) -> None:
    place.land(text(100) + "0201650000;B99;101;101;31-11-2010;;synthetic\n")
    (outcome,) = place.take()[1].outcomes
    assert outcome == Outcome("section_110_stays", 2010, "accepted", None, outcome.sentence, rows=101, set_aside=1)
    assert "value_not_readable: 1" in outcome.sentence


def test_of_two_deliveries_of_a_year_only_one_is_said_to_count(place: Place) -> None:
    place.land(text(40), name="a.csv")
    place.land(text(41), name="b.csv", number=2)
    place.take()
    said = {o.rows: o.sentence for o in accepted_since(place.store, set())}
    assert said == {40: "delivery 1 is kept; delivery 2 counts now", 41: "delivery 2 counts now"}


def test_a_year_that_the_run_does_not_ask_for_waits_and_is_told(place: Place) -> None:
    place.land(text(start="01-02-2011", end="01-03-2011"), period=2011)
    frame, _ = place.take(2010)
    assert frame.height == 0
    (told,) = standing(place.store, place.landing, STAYS)
    assert (told.state, told.rule, told.period) == ("waiting", "not_decided", 2011)


def test_the_account_of_rows_counts_only_what_is_in_the_table(place: Place) -> None:
    """A delivery that was accepted but is not in the source table is not known; it is not zero."""
    from assets.registers.row_account import bearing
    from handleplan_pipeline.lake.tables import Lake, LakeTable, checked

    place.land(text())
    frame, intake = place.take()
    lake = Lake(place.store.root)
    for rows, periods in ((frame, [2010]), (frame.clear(), [])):
        lake.write(checked(STAYS.table, rows))
        table = LakeTable("source", STAYS.source, lake.files(STAYS.table))
        assert list(bearing(place.store, STAYS.source, table)) == periods
    lake.write(checked(STAYS.table, frame))
    place.store.file(intake.decided[0].manifest).unlink()
    table = LakeTable("source", STAYS.source, lake.files(STAYS.table))
    assert bearing(place.store, STAYS.source, table) == {}
    assert isinstance(frame, pl.DataFrame)
