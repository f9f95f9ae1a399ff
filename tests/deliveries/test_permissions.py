"""The permission gate, the key, and what an installation may hold. Numbers fail modulus 11 on a date but 1 January."""

from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import yaml

from handleplan_pipeline import clock
from handleplan_pipeline.errors import ConfigurationError
from handleplan_pipeline.keeping import health
from handleplan_pipeline.lake.keys import pseudonymiser
from handleplan_pipeline.lake.tables import Lake
from handleplan_pipeline.settings import get_settings
from handleplan_pipeline.sources.deliveries.declared import delivery_of
from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused
from handleplan_pipeline.sources.deliveries.manifest import Manifest
from handleplan_pipeline.sources.deliveries.permissions import require_permission
from handleplan_pipeline.sources.deliveries.purge import purge_lake
from tests.lib.deliveries import Place, permission, real, refused, text, use


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.mark.parametrize(
    ("change", "today", "words"),
    [
        ({}, date(2016, 12, 31), None),
        ({}, date(2017, 1, 1), "ended"),
        ({}, date(2009, 12, 31), "not begun"),
        ({"sources": ["dst_bef"]}, date(2012, 1, 1), "does not cover"),
        ({"purpose": "case work"}, date(2012, 1, 1), "statistics"),
        ({"status": "withdrawn"}, date(2012, 1, 1), "withdrawn"),
        ({"journal_number": "other"}, date(2012, 1, 1), "no permission"),
    ],
)
def test_the_permission_gate(place: Place, change: dict[str, Any], today: date, words: str | None) -> None:
    path = place.land(text(), data_kind="delivered", permission="2010-41-0001")
    manifest = Manifest.model_validate_json(path.with_name(path.name + ".manifest.json").read_text())
    known = permission(**change)
    if words is None:
        require_permission(manifest, {known.journal_number: known}, today)
        return
    with pytest.raises(DeliveryRefused, match=words):
        require_permission(manifest, {known.journal_number: known}, today)


def test_real_deliveries_need_key_and_permission_and_never_share_a_lake_with_generated_ones(
    place: Place, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    use(environment, tmp_path)
    more = {"data_kind": "delivered", "permission": "2010-41-0001"}
    place.land(real(), **more)
    frame, intake = place.take()
    assert (intake.decided[0].state, frame.height) == ("accepted", 40)
    assert frame["key_id"].unique().to_list()[0].startswith("handleplan-2011-2014-")
    place.land(text(), number=2)
    assert refused(place.take()[1])[0] == "one_data_kind"


def test_an_ended_permission_stops_the_reading_and_purge_keeps_hash_and_receipt(
    place: Place, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = use(environment, tmp_path)
    place.land(real(), data_kind="delivered", permission="2010-41-0001")
    place.take()
    file.write_text(yaml.safe_dump([permission(delete_by=date(2016, 12, 31)).model_dump(mode="json")]))
    frame, intake = place.take()
    assert frame.height == 0
    assert [(o.state, o.rule) for o in intake.outcomes if o.state != "known"] == [("refused", "permission")]
    assert place.store.refused_for_permission("section_110_stays") == {2010}
    done = purge_lake(Lake(place.store.root), clock.today(), place.landing)
    assert [(s, p) for s, p, _, _ in done.deliveries] == [("section_110_stays", 2010)]
    (gone,) = place.store.receipts("section_110_stays")
    assert gone.state == "deleted"
    assert not list(place.store.archive("section_110_stays").glob("*.csv"))
    assert place.store.receipts("section_110_stays")[0].manifest.sha256 == gone.manifest.sha256


def test_an_installation_without_leave_to_hold_persons_refuses_them(
    place: Place, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("HANDLEPLAN_PERSON_LEVEL", "false")
    get_settings.cache_clear()
    place.land(text())
    assert refused(place.take()[1])[0] == "person_level"


def test_the_key_is_never_with_the_data(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    lake.mkdir()
    environment.delenv("HANDLEPLAN_KEY_FILE", raising=False)
    get_settings.cache_clear()
    with pytest.raises(ConfigurationError, match="HANDLEPLAN_KEY_FILE"):
        pseudonymiser("delivered", lake)
    inside = lake / "key"
    inside.write_text(sha256(b"a key for tests only").hexdigest())
    inside.chmod(0o600)
    environment.setenv("HANDLEPLAN_KEY_FILE", str(inside))
    get_settings.cache_clear()
    with pytest.raises(ConfigurationError, match="inside the lake"):
        pseudonymiser("delivered", lake)
    outside = tmp_path / "key"
    outside.write_text(sha256(b"a key for tests only").hexdigest())
    outside.chmod(0o644)
    environment.setenv("HANDLEPLAN_KEY_FILE", str(outside))
    get_settings.cache_clear()
    with pytest.raises(ConfigurationError, match="chmod 600"):
        pseudonymiser("delivered", lake)


SUMS = "INDIKATOR;AAR;KOM;GRUPPE;KOEN;ALDER;TAELLER;NAEVNER;VAERDI\n"


def test_sums_need_no_key_and_persons_do(place: Place, environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A house that may hold no persons has no key of pseudonyms; a file on persons asks for one as before."""
    granted = permission(delete_by=date(2999, 1, 1), sources=["summed_counts", "section_110_stays"])
    use(environment, tmp_path).write_text(yaml.safe_dump([granted.model_dump(mode="json")]))
    environment.delenv("HANDLEPLAN_KEY_FILE")
    get_settings.cache_clear()
    sums = delivery_of("summed_counts")
    about = {"data_kind": "delivered", "permission": "2010-41-0001"}
    place.land(f"{SUMS}I04;2010;101;minority;total;total;350;1000;\n", delivery=sums, **about)
    frame, intake = place.take(delivery=sums)
    assert ([r.state for r in intake.decided], frame["numerator"].to_list()) == (["accepted"], [350])
    assert not [w for w in health.wrong(Lake(place.store.root), clock.today()) if "HANDLEPLAN_KEY_FILE" in w]
    place.land(real(), **about)
    with pytest.raises(ConfigurationError, match="HANDLEPLAN_KEY_FILE"):
        place.take()
