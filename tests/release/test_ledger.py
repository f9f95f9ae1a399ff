"""The ledger: a hand-written table of what may follow what, and tampering that is named line by line."""

import hashlib
import itertools
import json
import os
from pathlib import Path

import pytest

from handleplan_pipeline.errors import ReleaseError
from handleplan_pipeline.lake.tables import Lake
from handleplan_pipeline.release import ledger
from handleplan_pipeline.release.ledger import Entry, append, read, state_of

SUMS = "a" * 64
WAYS_TO = {
    "draft": [],
    "proposed": ["draft>proposed"],
    "approved": ["draft>proposed", "proposed>approved"],
    "published": ["draft>published"],
    "superseded": ["draft>published", "published>superseded"],
    "withdrawn": ["draft>published", "published>withdrawn"],
    "rejected": ["draft>proposed", "proposed>rejected"],
}
MAY = {
    "draft": "proposed published",
    "proposed": "approved rejected",
    "approved": "approved published rejected",
    "published": "superseded withdrawn",
    "superseded": "published withdrawn",
    "withdrawn": "",
    "rejected": "",
}
"""Written by hand from report.md 7.1, the embargo, the rollback and the end of a proposal that came too late."""


def entry(step: str, release: str = "R1", **change: str) -> Entry:
    before, _, after = step.partition(">")
    plain = {"at": "2026-06-01T06:00:00Z", "who": "Bo", "note": "", "sums_sha256": SUMS, "previous": ""}
    return Entry(**(plain | {"release_id": release, "from_state": before, "to_state": after} | change))


def ledger_of(root: Path, *steps: str) -> Lake:
    lake = Lake(root)
    for step in steps:
        append(lake, entry(step))
    return lake


def lines(lake: Lake) -> list[str]:
    return ledger.path(lake).read_text(encoding="utf-8").splitlines()


def write(lake: Lake, changed: list[str]) -> None:
    ledger.path(lake).write_text("".join(f"{x}\n" for x in changed), encoding="utf-8")


@pytest.mark.parametrize(("before", "after"), list(itertools.product(WAYS_TO, WAYS_TO)))
def test_every_transition_is_allowed_or_refused_as_the_table_says(tmp_path: Path, before: str, after: str) -> None:
    lake = ledger_of(tmp_path, *WAYS_TO[before])
    kept = ledger.path(lake).read_bytes() if ledger.path(lake).exists() else b""
    if after in MAY[before].split():
        append(lake, entry(f"{before}>{after}"))
        assert state_of(read(lake), "R1") == after
        return
    with pytest.raises(ReleaseError, match=rf"R1 is {before} and cannot become {after}\.") as told:
        append(lake, entry(f"{before}>{after}"))
    assert told.value.exit_code == 5
    assert ledger.path(lake).read_bytes() == kept


def test_a_line_holds_its_own_hash_and_that_of_the_line_before(tmp_path: Path) -> None:
    first, second = map(json.loads, lines(ledger_of(tmp_path, "draft>proposed", "proposed>approved")))
    assert first["previous"] == "0" * 64
    assert second["previous"] == first.pop("sha256")
    text = json.dumps(first, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert hashlib.sha256(text.encode()).hexdigest() == second["previous"]


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_changed_line_is_named_also_the_last_one(tmp_path: Path, number: int) -> None:
    lake = ledger_of(tmp_path, "draft>proposed", "proposed>approved", "approved>published")
    changed = lines(lake)
    changed[number - 1] = changed[number - 1].replace('"Bo"', '"Ib"')
    write(lake, changed)
    with pytest.raises(ReleaseError, match=rf"ledger.jsonl: line {number} was changed .* Restore .* from the backup"):
        read(lake)
    with pytest.raises(ReleaseError, match=f"line {number} was changed"):
        append(lake, entry("published>withdrawn"))


def test_lines_taken_out_swapped_or_forged_are_named(tmp_path: Path) -> None:
    lake = ledger_of(tmp_path, "draft>proposed", "proposed>approved", "approved>published")
    a, b, c = lines(lake)
    for changed, number in (([b, c], 1), ([a, c], 2), ([b, a, c], 1), ([a, b, b, c], 3)):
        write(lake, changed)
        with pytest.raises(ReleaseError, match=rf"line {number} does not follow"):
            read(lake)
    for forged, words in (("{}", "hold what a line holds"), ("no json", "no line of a ledger"), ("[1]", "hold what")):
        write(lake, [a, forged, c])
        with pytest.raises(ReleaseError, match=f"line 2 .*{words}"):
            read(lake)
    # right hashes, a step that nobody may take
    forged = ledger.line_of(entry("proposed>published", previous=json.loads(a)["sha256"]))
    write(lake, [a, forged])
    with pytest.raises(ReleaseError, match="line 2 leads from proposed to published"):
        read(lake)


def test_lines_missing_at_the_end_are_noticed_by_what_readers_were_told(tmp_path: Path) -> None:
    lake = ledger_of(tmp_path, "draft>proposed", "proposed>approved", "approved>published")
    a, b, c = lines(lake)
    told = json.dumps({"release_id": "R1", "ledger_sha256": json.loads(c)["sha256"]})
    (lake.releases / "latest.json").write_text(told)
    assert len(read(lake)) == 3
    write(lake, [a, b])
    with pytest.raises(ReleaseError, match="lines are missing after line 2"):
        read(lake)
    ledger.path(lake).unlink()
    with pytest.raises(ReleaseError, match="lines are missing after line 0"):
        read(lake)


def test_the_rest_of_a_line_whose_writer_was_killed_is_no_line(tmp_path: Path) -> None:
    lake = ledger_of(tmp_path, "draft>proposed")
    with ledger.path(lake).open("ab") as f:
        f.write(b'{"at":"2026-06-01T0')
    assert [e.to_state for e in read(lake)] == ["proposed"]
    append(lake, entry("proposed>approved"))
    assert [e.to_state for e in read(lake)] == ["proposed", "approved"]
    assert len(lines(lake)) == 2


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"note": "vedr. 311299-9999"}, "person number"),
        ({"who": "3112999999"}, "person number"),
        ({"note": "to\nlinjer"}, "line break"),
        ({"who": "Bo\u202e"}, "cannot be printed"),
        ({"who": " "}, "needs a name"),
        ({"note": "x" * 2001}, "at most 2000"),
        ({"at": "2026-06-01 08:00"}, "no time in UTC"),
        ({"sums_sha256": ""}, "no sum"),
    ],
)
def test_what_cannot_be_a_line_is_refused_before_anything_is_written(
    tmp_path: Path, change: dict[str, str], words: str
) -> None:
    lake = ledger_of(tmp_path, "draft>proposed")
    before = ledger.path(lake).read_bytes()
    with pytest.raises(ReleaseError, match=words) as told:
        append(lake, entry("proposed>approved", **change))
    assert "311299" not in str(told.value)
    assert ledger.path(lake).read_bytes() == before


def test_a_full_disk_leaves_the_lines_that_were_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lake = ledger_of(tmp_path, "draft>proposed")
    write_some = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: write_some(fd, data[:10]))
    with pytest.raises(ReleaseError, match="no room for a line"):
        append(lake, entry("proposed>approved"))
    monkeypatch.undo()
    assert [e.to_state for e in read(lake)] == ["proposed"]
    assert lines(lake) == [ledger.line_of(e) for e in read(lake)]
