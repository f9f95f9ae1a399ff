"""A delivery is taken when file and manifest agree and have stopped changing: not before, and once."""

import os
from pathlib import Path

import pytest

from handleplan_pipeline.alerts import landing
from handleplan_pipeline.alerts.landing import STUCK_SECONDS, Look, look
from handleplan_pipeline.sources.deliveries.manifest import manifest_path
from tests.alerts.made import Set
from tests.lib.deliveries import STAYS, TOKEN, Place, permission, real, text

SOURCE = STAYS.source


class Watch:
    """Looks again and again, each time remembering the last one, on a clock of its own."""

    def __init__(self, place: Place) -> None:
        self.place, self.seen, self.now = place, {}, 0.0

    def look(self, after: float = 60.0) -> Look:
        self.now += after
        found = look(self.place.store, self.place.landing, self.seen, self.now)
        self.seen = found.seen
        return found

    def whole(self) -> list[tuple[str, int, int]]:
        return [(w.source, w.period, w.number) for w in self.look().whole]


@pytest.fixture
def watch(tmp_path: Path, use: Set) -> Watch:
    use(lake=tmp_path / "lake")
    return Watch(Place(tmp_path))


def test_a_delivery_that_lies_still_is_handed_over_once(watch: Watch) -> None:
    watch.place.land(text(), period=2010)
    assert watch.whole() == []
    assert watch.whole() == [(SOURCE, 2010, 1)]
    assert watch.whole() == []


def test_one_that_arrives_in_pieces_is_handed_over_when_it_is_whole(watch: Watch) -> None:
    path = watch.place.land(text(), period=2012)
    whole = path.read_bytes()
    for size in (0, 100, 500, len(whole) - 1):
        path.write_bytes(whole[:size])
        assert watch.whole() == []
        assert watch.whole() == []
    path.write_bytes(whole)
    assert watch.whole() == []
    assert watch.whole() == [(SOURCE, 2012, 1)]


def test_the_manifest_may_come_first_or_last(watch: Watch) -> None:
    path = watch.place.land(text(), period=2012)
    manifest = manifest_path(path).read_bytes()
    manifest_path(path).unlink()
    assert [watch.whole(), watch.whole()] == [[], []]
    manifest_path(path).write_bytes(manifest[:50])
    assert [watch.whole(), watch.whole()] == [[], []]
    manifest_path(path).write_bytes(manifest)
    whole = path.read_bytes()
    path.unlink()
    assert [watch.whole(), watch.whole()] == [[], []]
    path.write_bytes(whole)
    assert [watch.whole(), watch.whole()] == [[], [(SOURCE, 2012, 1)]]


def test_other_bytes_of_the_right_size_are_no_delivery(watch: Watch) -> None:
    path = watch.place.land(text(), period=2012)
    path.write_bytes(path.read_bytes().replace(b"B01", b"B99"))
    assert [watch.whole() for _ in range(4)] == [[], [], [], []]


def test_a_file_that_grows_while_its_hash_is_taken_is_left_for_later(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = watch.place.land(text(), period=2012)
    watch.look()
    real_hash = landing.real_sha256

    def grows(p: Path) -> str:
        with p.open("ab") as f:
            f.write(b"more")
        return real_hash(p)

    monkeypatch.setattr(landing, "real_sha256", grows)
    assert watch.whole() == []
    monkeypatch.undo()
    assert path.stat().st_size > 0
    # it has changed since: it is looked at anew, and agrees with its manifest no more
    assert [watch.whole(), watch.whole()] == [[], []]


def test_several_are_handed_over_together_and_a_correction_by_itself(watch: Watch) -> None:
    watch.place.land(text(), period=2010)
    watch.place.land(text(start="01-02-2012", end="01-03-2012"), period=2012)
    watch.look()
    assert sorted(watch.whole()) == [(SOURCE, 2010, 1), (SOURCE, 2012, 1)]
    watch.place.land(text(41), period=2010, number=2)
    assert [watch.whole(), watch.whole()] == [[], [(SOURCE, 2010, 2)]]


def test_what_was_decided_on_before_the_first_look_is_not_handed_over(watch: Watch) -> None:
    watch.place.land(text(), period=2010)
    watch.place.take(2010)
    assert [watch.whole(), watch.whole()] == [[], []]


def test_a_permission_that_comes_makes_a_delivery_of_what_was_refused(watch: Watch, use: Set, tmp_path: Path) -> None:
    import yaml

    file = tmp_path / "permissions.yaml"
    file.write_text("[]")
    file.chmod(0o600)
    use(lake=tmp_path / "lake", permissions=file)
    watch.place.land(real(), period=2010, permission="2010-41-0001", data_kind="delivered")
    assert [watch.whole(), watch.whole()] == [[], [(SOURCE, 2010, 1)]]
    watch.place.take(2010)
    assert [watch.whole(), watch.whole()] == [[], []]
    entry = permission(delete_by="2999-01-01").model_dump(mode="json")
    file.write_text(yaml.safe_dump([entry]))
    assert [watch.whole(), watch.whole()] == [[], [(SOURCE, 2010, 1)]]


def test_what_lies_still_for_an_hour_and_is_no_delivery_is_told_of(watch: Watch) -> None:
    path = watch.place.land(text(), period=2012)
    path.write_bytes(path.read_bytes()[:100])
    (path.parent / f"{TOKEN}.csv").write_text("x")
    watch.look()
    assert watch.look(STUCK_SECONDS - 61).stuck == []
    stuck = watch.look(61).stuck
    assert sorted(e.key for e in stuck) == [f"landing/{SOURCE}/no_manifest", f"landing/{SOURCE}/not_complete"]
    # no name of a file leaves the house
    assert TOKEN not in str([e.said() for e in stuck])
    (path.parent / f"{TOKEN}.csv").unlink()
    path.unlink()
    assert watch.look().stuck == []


def test_a_file_is_hashed_once(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    watch.place.land(text(), period=2012)
    hashed = []
    real_hash = landing.real_sha256
    monkeypatch.setattr(landing, "real_sha256", lambda p: (hashed.append(p), real_hash(p))[1])
    for _ in range(5):
        watch.look()
    assert len(hashed) == 1


def test_so_much_is_hashed_in_one_look_and_the_rest_in_the_next(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    for period in (2009, 2010, 2011):
        watch.place.land(text(), period=period)
    monkeypatch.setattr(landing, "MOST_BYTES", 1)
    assert [watch.whole() for _ in range(5)] == [
        [],
        [(SOURCE, 2009, 1)],
        [(SOURCE, 2010, 1)],
        [(SOURCE, 2011, 1)],
        [],
    ]


def test_links_and_pipes_are_never_opened(watch: Watch) -> None:
    folder = watch.place.landing / SOURCE
    folder.mkdir(parents=True)
    (folder / "link.csv").symlink_to("/etc/hostname")
    os.mkfifo(folder / "pipe.csv")
    os.mkfifo(folder / "pipe.csv.manifest.json")
    assert [watch.whole(), watch.whole()] == [[], []]
