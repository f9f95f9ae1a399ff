"""A refused file is tried again when what it was refused for has changed, and only then: field case 10 and its kin."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from assets.outputs.delivery import history
from handleplan_pipeline.lake.tables import Lake
from handleplan_pipeline.settings import get_settings
from handleplan_pipeline.sources.deliveries.basis import written_rules
from handleplan_pipeline.sources.deliveries.declared import delivery_of
from handleplan_pipeline.sources.deliveries.manifest import manifest_path, read_manifest, write_manifest
from handleplan_pipeline.sources.deliveries.outcome import standing
from schemas.meta.release import DELIVERY
from schemas.registry import delivered_sources
from tests.lib.deliveries import STAYS, Place, permission, real, text, use


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    yield monkeypatch
    get_settings.cache_clear()


def correct(path: Path, **change: Any) -> None:
    write_manifest(path, read_manifest(manifest_path(path)).model_copy(update=change))


def accepted_after(place: Place, rule: str, period: int = 2010) -> None:
    frame, intake = place.take(period)
    (receipt,) = intake.decided
    assert (receipt.state, frame.height) == ("accepted", 40), receipt.message
    assert f"refused before for {rule}; tried again" in receipt.sentence()
    assert [r.state for r in place.store.receipts("section_110_stays") if r.manifest.period == period] == ["accepted"]
    assert not [p for p in place.store.quarantine("section_110_stays").glob("*") if p.suffix == ".csv"]
    assert standing(place.store, place.landing, STAYS) == []
    DELIVERY.conform(history(Lake(place.store.root)))
    assert not place.take(period)[1].decided


def refused_twice(place: Place, rule: str, period: int = 2010) -> None:
    """Refused, and in the next run not looked at again but still told."""
    _, intake = place.take(period)
    assert [r.rule for r in intake.decided] == [rule]
    _, again = place.take(period)
    assert again.decided == []
    assert [(o.state, o.rule) for o in again.outcomes] == [("refused", rule)]
    assert [(o.state, o.rule) for o in standing(place.store, place.landing, STAYS)] == [("refused", rule)]


@pytest.mark.parametrize(
    ("wrong", "rule"),
    [
        ({"supplier": "Somebody else"}, "supplier"),
        ({"rows": 39}, "rows"),
        ({"source": "dst_bef"}, "source"),
        ({"encoding": "utf-16"}, None),
        ({"data_kind": "delivered"}, "permission"),
        ({"permission": "x"}, "permission"),
        ({"format": "xlsx"}, "format"),
    ],
)
def test_a_corrected_manifest_is_looked_at_again(place: Place, wrong: dict[str, Any], rule: str | None) -> None:
    path = place.land(text())
    right = read_manifest(manifest_path(path)).model_dump()
    correct(path, **wrong)
    found = place.take()[1].decided[0].rule
    assert rule in (None, found)
    refused_twice_now = place.take()[1].outcomes
    assert [(o.state, o.rule) for o in refused_twice_now] == [("refused", found)]
    correct(path, **{k: right[k] for k in wrong})
    accepted_after(place, str(found))


def test_a_file_damaged_on_its_way_is_taken_when_it_comes_whole(place: Place) -> None:
    path = place.land(text())
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"B01", b"B99", 1))
    refused_twice(place, "sha256")
    path.write_bytes(whole)
    frame, intake = place.take()
    assert (frame.height, intake.decided[0].state) == (40, "accepted")
    assert "refused before for sha256; tried again" in intake.decided[0].sentence()
    assert standing(place.store, place.landing, STAYS) == []
    assert sorted(r["state"] for r in history(Lake(place.store.root))) == ["current", "refused"]


def test_the_wrong_period_is_corrected(place: Place) -> None:
    path = place.land(text(start="01-02-2011", end="01-03-2011"))
    refused_twice(place, "period")
    correct(path, period=2011)
    assert place.take(2011)[0].height == 40
    assert standing(place.store, place.landing, STAYS) == []


def test_a_permission_that_comes_later_lets_the_file_in(
    place: Place, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = use(environment, tmp_path)
    file.write_text("[]")
    place.land(real(), data_kind="delivered", permission="2010-41-0001")
    refused_twice(place, "permission")
    assert not list(place.store.root.rglob("*.csv")), "not kept without a permission"
    for entry in ({"status": "applied_for"}, {"start": date(2998, 1, 1)}):
        file.write_text(yaml.safe_dump([permission(**{"delete_by": date(2999, 1, 1)} | entry).model_dump(mode="json")]))
        assert place.take()[1].decided[0].rule == "permission"
    file.write_text(yaml.safe_dump([permission(delete_by=date(2999, 1, 1)).model_dump(mode="json")]))
    accepted_after(place, "permission")


def test_leave_to_hold_persons_that_is_given_later(place: Place, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("HANDLEPLAN_PERSON_LEVEL", "false")
    get_settings.cache_clear()
    place.land(text())
    refused_twice(place, "person_level")
    assert not list(place.store.root.rglob("*.csv"))
    environment.setenv("HANDLEPLAN_PERSON_LEVEL", "true")
    get_settings.cache_clear()
    accepted_after(place, "person_level")


def test_another_municipality(place: Place, environment: pytest.MonkeyPatch) -> None:
    place.land(text(here="147"))
    refused_twice(place, "municipality")
    environment.setenv("HANDLEPLAN_MUNICIPALITY", "147")
    get_settings.cache_clear()
    assert place.take()[1].decided[0].state == "accepted"


def test_a_lake_of_the_other_kind_that_is_emptied(place: Place) -> None:
    place.store.marker.parent.mkdir(parents=True)
    place.store.marker.write_text("delivered")
    place.land(text())
    refused_twice(place, "one_data_kind")
    place.store.marker.unlink()
    accepted_after(place, "one_data_kind")


def test_a_lake_of_the_other_kind_of_key_that_is_emptied(place: Place) -> None:
    place.store.person_key_marker.parent.mkdir(parents=True)
    place.store.person_key_marker.write_text("deidentified")
    place.land(text())
    refused_twice(place, "one_person_key")
    place.store.person_key_marker.unlink()
    accepted_after(place, "one_person_key")


@pytest.mark.parametrize("content", ["", "\x00\x00", "synth"])
def test_a_broken_mark_of_the_kind_refuses_nothing(place: Place, content: str) -> None:
    place.store.marker.parent.mkdir(parents=True)
    place.store.marker.write_text(content)
    place.land(text())
    assert place.take()[0].height == 40
    assert place.store.marker.read_text() == "synthetic"
    place.store.marker.write_text(content)
    place.land(text(), period=2011, data_kind="delivered", permission="x")
    assert place.store.data_kind() == "synthetic", "by what was accepted"


def test_our_own_contract_that_is_mended(place: Place) -> None:
    narrow = replace(
        STAYS, variables=tuple(replace(v, codes=("OTHER",)) if v.column == "facility" else v for v in STAYS.variables)
    )
    place.land(text())
    assert place.take(delivery=narrow)[1].decided[0].rule == "codes_known"
    assert place.take(delivery=narrow)[1].decided == []
    accepted_after(place, "codes_known")


def test_a_declaration_is_the_same_text_in_every_process() -> None:
    """An address in it would have every refused file tried again in every run."""
    for source in delivered_sources():
        assert " at 0x" not in written_rules(delivery_of(source)), source


def test_a_rule_that_is_mended_is_another_declaration() -> None:
    (rule,) = STAYS.rules
    mended = replace(STAYS, rules=(replace(rule, expr=rule.expr & pl.col("facility").is_not_null()),))
    assert written_rules(mended) != written_rules(STAYS)


def test_a_newer_code_looks_again(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.land(text(here="147"))
    refused_twice(place, "municipality")
    monkeypatch.setattr("handleplan_pipeline.sources.deliveries.basis._code", lambda: "another version")
    assert place.take()[1].decided[0].refused_before == "municipality"
    assert place.take()[1].decided == []


def test_a_refusal_is_cured_by_a_later_number_or_by_taking_the_file_away(place: Place) -> None:
    bad = place.land(text(here="147"))
    refused_twice(place, "municipality")
    place.land(text(), number=2)
    place.take()
    assert standing(place.store, place.landing, STAYS) == []
    third = place.land(text(39, here="147"), number=3)
    place.take()
    assert [o.rule for o in standing(place.store, place.landing, STAYS)] == ["municipality"]
    third.unlink()
    manifest_path(third).unlink()
    assert standing(place.store, place.landing, STAYS) == []
    assert bad.is_file()


def test_a_misfiled_file_is_refused_once_and_taken_in_its_own_folder(place: Place) -> None:
    path = place.land(text())
    wrong = place.landing / "dst_bef"
    wrong.mkdir()
    manifest_path(path).rename(wrong / manifest_path(path).name)
    path.rename(wrong / path.name)
    from handleplan_pipeline.sources.deliveries.command import delivery_of

    bef = delivery_of("dst_bef")
    assert [r.rule for r in place.take(delivery=bef)[1].decided] == ["source"]
    for _ in range(2):
        assert place.take(delivery=bef)[1].decided == []
    (wrong / path.name).rename(path)
    manifest_path(wrong / path.name).rename(manifest_path(path))
    assert place.take()[0].height == 40
    assert standing(place.store, place.landing, bef) == []
