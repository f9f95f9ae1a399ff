"""What people may do with a release in each state, who may, and what readers then see. Keys of ssh-keygen are real."""

import json
import shutil
import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import html5lib
import pytest

from handleplan_pipeline.errors import ReleaseError
from handleplan_pipeline.lake.releases import existing, proposed, withdrawn
from handleplan_pipeline.lake.tables import Lake
from handleplan_pipeline.release import checklist, ledger, states, swap, taking_back
from handleplan_pipeline.release.build import events
from handleplan_pipeline.release.publish import find_latest
from handleplan_pipeline.release.standing import standing
from handleplan_pipeline.release.verify import broken_files, verify
from schemas.meta.release import RELEASE_EVENT
from tests.release.made import LENE, OLE, PROPOSER, House, sums_anew

NewHouse = Callable[[str], House]
MAY = {
    "proposed": "approve reject",
    "approved": "reject publish",
    "published": "withdraw",
    "superseded": "withdraw rollback",
    "withdrawn": "",
    "rejected": "",
}
"""Written by hand from report.md 7.1."""
BECOMES = {
    "approve": "approved",
    "reject": "rejected",
    "publish": "published",
    "withdraw": "withdrawn",
    "rollback": "published",
}


def one_in_each_state(house: House) -> dict[str, str]:
    superseded, gone, public = house.through(), house.through(), house.through()
    house.withdraw(gone)
    refused = house.propose()
    states.reject(house.lake, refused, OLE, "for tidligt")
    waiting, approved = house.propose(), house.propose()
    house.approve(approved)
    found = {"proposed": waiting, "approved": approved, "published": public}
    return found | {"superseded": superseded, "withdrawn": gone, "rejected": refused}


def act(house: House, action: str, release_id: str) -> None:
    if action == "approve":
        house.approve(release_id)
    elif action == "reject":
        states.reject(house.lake, release_id, OLE, "duer ikke")
    elif action == "publish":
        house.publish(release_id)
    elif action == "withdraw":
        house.withdraw(release_id)
    else:
        taking_back.rollback(house.lake, OLE, "den nye er forkert", release_id)


def test_every_step_in_every_state_is_taken_or_refused_with_exit_5(new_house: NewHouse, tmp_path: Path) -> None:
    template = new_house("template")
    names = one_in_each_state(template)
    told = (template.lake.releases / "latest.json").read_text()
    for state, release_id in names.items():
        assert template.state(release_id) == state
        for action in BECOMES:
            if action in MAY[state].split():
                house = new_house(f"{state}-{action}")
                shutil.rmtree(house.lake.root)
                shutil.copytree(template.lake.root, house.lake.root, symlinks=True)
                act(house, action, release_id)
                assert house.state(release_id) == BECOMES[action]
                continue
            before = ledger.path(template.lake).read_bytes()
            with pytest.raises(ReleaseError) as refused:
                act(template, action, release_id)
            assert refused.value.exit_code == 5
            assert release_id in str(refused.value)
            assert ledger.path(template.lake).read_bytes() == before
    assert (template.lake.releases / "latest.json").read_text() == told


def test_a_proposal_is_nowhere_outside_its_closed_folder(house: House) -> None:
    old = house.one_step()
    release_id = house.propose()
    home = house.lake.releases / ".proposed"
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert stat.S_IMODE((home / release_id).stat().st_mode) == 0o700
    assert [p.name for p in proposed(house.lake)] == [release_id]
    assert [p.name for p in existing(house.lake)] == [old]
    assert house.led_to() == old
    outside = [p for p in house.lake.releases.rglob("*") if home not in (p, *p.parents)]
    texts = [p.read_text(errors="replace") for p in outside if p.is_file() and p.name != "ledger.jsonl"]
    assert not any(release_id in text for text in texts)
    house.approve(release_id)
    house.publish(release_id)
    assert house.led_to() == release_id
    assert stat.S_IMODE((house.lake.releases / release_id).stat().st_mode) & 0o055 == 0o055
    assert verify(house.lake.releases / release_id) == []
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("name", [PROPOSER, PROPOSER.upper(), f" {PROPOSER.replace(' ', '  ')}"])
def test_who_proposed_does_not_approve_unless_overridden_in_the_ledger(house: House, name: str) -> None:
    from tests.release.made import signers

    listed = PROPOSER.upper() if name.isupper() else PROPOSER
    signers(house.approvers, {listed: house.keys[PROPOSER]})
    release_id = house.propose(name)
    signed = house.signature(release_id, PROPOSER)
    with pytest.raises(ReleaseError, match=r"proposed .* and cannot approve it.*--override"):
        states.approve(house.lake, release_id, listed, signed, house.approvers)
    with pytest.raises(ReleaseError, match="cannot approve it"):
        states.approve(house.lake, release_id, listed, signed, house.approvers, override="  ")
    done = states.approve(house.lake, release_id, listed, signed, house.approvers, override="Lene er syg")
    assert done.note == "override: Lene er syg"
    assert (done.who, house.state(release_id)) == (listed, "approved")


def test_errors_of_the_checklist_stop_and_warnings_are_acknowledged_by_name(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    release_id = house.propose()
    late = checklist.Finding("late", "warning", "en levering er sen")
    hidden = checklist.Finding("hidden", "warning", "flere skjulte")
    wrong = checklist.Finding("verdict", "error", "en dom er ændret")
    monkeypatch.setattr(checklist, "findings", lambda *_: [wrong, late])
    with pytest.raises(ReleaseError, match="has errors: verdict: en dom er ændret"):
        house.approve(release_id, acknowledged=["late"])
    monkeypatch.setattr(checklist, "findings", lambda *_: [late, hidden])
    with pytest.raises(ReleaseError, match=r"--acknowledge hidden .*: hidden: flere skjulte$"):
        house.approve(release_id, acknowledged=["late"])
    with pytest.raises(ReleaseError, match="no such warning"):
        house.approve(release_id, acknowledged=["late", "hidden", "lates"])
    assert house.state(release_id) == "proposed"
    house.approve(release_id, acknowledged=["late", "hidden"], note="set")
    assert ledger.read(house.lake)[-1].note == "set; acknowledged: hidden, late"


def test_what_came_out_since_the_proposal_stops_its_publication(house: House) -> None:
    first, second = house.propose(), house.propose()
    house.approve(first)
    house.approve(second)
    house.publish(second)
    for _ in range(2):
        with pytest.raises(ReleaseError, match=f"{first} was not published: {second} came out since"):
            house.publish(first)
    assert house.led_to() == second
    # also when the newer one was withdrawn since: somebody may have read it
    house.withdraw(second)
    with pytest.raises(ReleaseError, match="came out since"):
        house.publish(first)
    states.reject(house.lake, first, OLE, "for sent")
    third = house.through()
    assert house.led_to() == third


def test_a_changed_proposal_is_neither_approved_nor_published(house: House) -> None:
    release_id = house.propose()
    folder = house.lake.releases / ".proposed" / release_id
    file = folder / "manifest.json"
    file.chmod(0o644)
    file.write_text(file.read_text().replace("official", "official "))
    with pytest.raises(ReleaseError, match=r"not as it was made: manifest\.json: changed"):
        house.approve(release_id)
    sums_anew(folder)
    with pytest.raises(ReleaseError, match="list of sums is not the one that was proposed"):
        house.approve(release_id)
    other = house.propose()
    house.approve(other)
    changed = house.lake.releases / ".proposed" / other / "manifest.json"
    changed.chmod(0o644)
    changed.write_text("{}")
    with pytest.raises(ReleaseError, match=r"manifest\.json: changed"):
        house.publish(other)


def test_a_demonstration_is_one_step_and_nobody_can_approve_it(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(states, "_holds_synthetic", lambda _: True)
    with pytest.raises(ReleaseError, match=r"demonstration, which is published in one step .* never be approved"):
        house.propose()
    with pytest.raises(ReleaseError, match="disclosure control is off"):
        states.propose(house.lake, None, house.approvers, PROPOSER, disclosure=False)  # type: ignore[arg-type]
    assert not (house.lake.releases / ".proposed").exists()
    monkeypatch.undo()


def test_a_demonstration_that_was_put_among_the_proposals_is_not_approved(house: House) -> None:
    release_id = house.propose()
    folder = house.lake.releases / ".proposed" / release_id
    file = folder / "manifest.json"
    file.chmod(0o644)
    file.write_text(json.dumps(json.loads(file.read_text()) | {"kind": "demonstration"}))
    sums_anew(folder)
    ledger.path(house.lake).unlink()
    line = swap.step(release_id, "draft", "proposed", PROPOSER, "", swap.sums_sha256(folder))
    ledger.append(house.lake, line)
    with pytest.raises(ReleaseError, match="is a demonstration and can never be approved"):
        house.approve(release_id)


def test_without_approvers_real_figures_are_unapproved_in_one_step(house: House) -> None:
    release_id = house.one_step()
    (line,) = ledger.read(house.lake)
    assert (line.from_state, line.to_state, line.note, line.who) == ("draft", "published", "unapproved", "handleplan")
    assert house.led_to() == release_id
    with pytest.raises(ReleaseError, match="HANDLEPLAN_APPROVERS names no file"):
        states.propose(house.lake, None, None, PROPOSER)  # type: ignore[arg-type]


def test_a_withdrawal_moves_readers_and_says_why_beside_the_release(house: House) -> None:
    first, second = house.through(), house.through()
    assert house.withdraw(second) == first
    assert house.led_to() == first
    told = swap.told_now(house.lake)["withdrawn"]
    assert [(w["release_id"], w["reason"], w["replaced_by"]) for w in told] == [(second, "fejl i kilden", None)]
    page = (house.lake.releases / f"{second}.WITHDRAWN.html").read_text()
    assert f"Trukket tilbage: {second}" in page
    assert "fejl i kilden" in page
    html5lib.HTMLParser(strict=True).parse(page)
    # the folder stays as it was, and disclosure control goes on counting it
    assert broken_files(house.lake.releases / second) == []
    assert [p.name for p in existing(house.lake)] == [first, second]
    assert withdrawn(house.lake) == [second]
    remarks = standing(house.lake, house.lake.releases / second, house.approvers).remarks
    assert any(r.startswith("WITHDRAWN at ") and r.endswith("fejl i kilden") for r in remarks)
    third = house.through()
    assert house.led_to() == third
    assert swap.told_now(house.lake)["withdrawn"] == told


def test_a_withdrawal_can_publish_the_approved_release_that_replaces_it(house: House) -> None:
    first, second = house.through(), house.through()
    corrected = house.propose()
    with pytest.raises(ReleaseError, match=f"--replaced-by {corrected}: it is proposed"):
        house.withdraw(second, corrected)
    house.approve(corrected)
    assert house.withdraw(second, corrected) == corrected
    assert house.led_to() == corrected
    assert [house.state(r) for r in (first, second, corrected)] == ["superseded", "withdrawn", "published"]
    assert swap.told_now(house.lake)["withdrawn"][0]["replaced_by"] == corrected
    assert f'href="{corrected}/"' in (house.lake.releases / f"{second}.WITHDRAWN.html").read_text()


def test_the_only_release_withdrawn_leaves_no_link_and_nobody_is_led_to_it(house: House) -> None:
    only = house.through()
    assert house.withdraw(only) is None
    assert house.led_to() is None
    assert not (house.lake.releases / "latest").exists()
    assert find_latest(house.lake).path is None
    with pytest.raises(ReleaseError, match="no earlier release"):
        taking_back.rollback(house.lake, OLE, "tilbage")
    after = house.through()
    assert house.led_to() == after


def test_a_reason_is_needed_and_is_told_as_text(house: House) -> None:
    release_id = house.through()
    with pytest.raises(ReleaseError, match="--reason: say why"):
        taking_back.withdraw(house.lake, release_id, OLE, " ", None, house.approvers)
    with pytest.raises(ReleaseError, match="person number"):
        taking_back.withdraw(house.lake, release_id, OLE, "sagen om 311299-9999", None, house.approvers)
    assert house.led_to() == release_id
    taking_back.withdraw(house.lake, release_id, OLE, "<script>alert(1)</script>", None, house.approvers)
    page = (house.lake.releases / f"{release_id}.WITHDRAWN.html").read_text()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_rollback_leads_back_and_the_ledger_says_so(house: House) -> None:
    first, second, third = house.through(), house.through(), house.through()
    assert taking_back.rollback(house.lake, OLE, "tal mangler") == second
    assert house.led_to() == second
    assert [house.state(r) for r in (first, second, third)] == ["superseded", "published", "superseded"]
    assert ledger.read(house.lake)[-2].note == "rollback: tal mangler"
    # again: further back, not to the one that readers came from
    assert taking_back.rollback(house.lake, OLE, "også den") == first
    assert house.led_to() == first
    with pytest.raises(ReleaseError, match="no earlier release"):
        taking_back.rollback(house.lake, OLE, "også den")
    assert taking_back.rollback(house.lake, OLE, "dog", second) == second
    assert taking_back.rollback(house.lake, OLE, "nej", first) == first
    # a damaged one is nobody led to
    damaged = house.lake.releases / third / "manifest.json"
    damaged.chmod(0o644)
    damaged.write_text("{}")
    with pytest.raises(ReleaseError, match=f"{third} is not whole"):
        taking_back.rollback(house.lake, OLE, "frem igen", third)
    assert house.led_to() == first


def test_a_public_release_that_is_gone_or_exchanged_stops_everything_new(house: House) -> None:
    first, _ = house.through(), house.through()
    folder = house.lake.releases / first
    kept = folder.with_name("kept")
    folder.rename(kept)
    with pytest.raises(ReleaseError, match=f"{first} was published and its folder is gone"):
        house.propose()
    kept.rename(folder)
    waiting = house.propose()
    house.approve(waiting)
    (folder / "SHA256SUMS").chmod(0o644)
    (folder / "SHA256SUMS").write_text("")
    with pytest.raises(ReleaseError, match=f"{first}: its list of sums is not the one that the ledger names"):
        house.publish(waiting)


def test_a_lake_of_before_the_ledger_is_written_down_first(house: House) -> None:
    from tests.commands.made import lake_with, release_id

    old = lake_with(house.lake.root.parent / "old", 1, 2, 3, latest=2)
    house.lake = old
    new = house.propose()
    assert [house.state(release_id(n)) for n in (1, 2, 3)] == ["superseded", "published", "superseded"]
    house.approve(new)
    house.publish(new)
    assert house.led_to() == new
    assert house.state(release_id(2)) == "superseded"


def test_a_broken_ledger_stops_every_step_and_readers_go_on(house: House) -> None:
    release_id, waiting = house.through(), house.propose()
    file = ledger.path(house.lake)
    file.write_bytes(file.read_bytes().replace("årets".encode(), b"aarets", 1))
    for step in (
        lambda: house.propose(),
        lambda: house.approve(waiting),
        lambda: house.publish(waiting),
        lambda: house.withdraw(release_id),
        lambda: taking_back.rollback(house.lake, OLE, "x"),
        lambda: states.due(house.lake, datetime.now(UTC), house.approvers),
        lambda: house.one_step(),
    ):
        with pytest.raises(ReleaseError, match=r"ledger.jsonl: line 1 was changed .* backup"):
            step()
    assert house.led_to() == release_id
    assert (
        standing(house.lake, house.lake.releases / release_id, house.approvers).wrong[0].startswith("releases/ledger")
    )


def test_verify_names_a_signature_and_sums_that_were_exchanged(house: House) -> None:
    first, second = house.through(), house.through()
    folder = house.lake.releases / second
    assert standing(house.lake, folder, house.approvers).wrong == []
    assert any("NOT checked" in r for r in standing(house.lake, folder, None).remarks)
    (folder / "SHA256SUMS.sig").chmod(0o644)
    (folder / "SHA256SUMS.sig").write_bytes((house.lake.releases / first / "SHA256SUMS.sig").read_bytes())
    (wrong,) = standing(house.lake, folder, house.approvers).wrong
    assert wrong.startswith(f"the signature is not {LENE}'s of this release")
    (folder / "SHA256SUMS.sig").unlink()
    assert "missing" in standing(house.lake, folder, house.approvers).wrong[0]
    file = house.lake.releases / first / "manifest.json"
    file.chmod(0o644)
    file.write_text(json.dumps(json.loads(file.read_text()) | {"kind": "x"}))
    sums_anew(file.parent)
    assert broken_files(file.parent) == []
    assert "its list of sums is not the one that the ledger names" in standing(house.lake, file.parent, None).wrong


def test_a_key_that_was_taken_off_the_list_publishes_nothing_more(house: House) -> None:
    from tests.release.made import signers

    release_id = house.propose()
    house.approve(release_id)
    signers(house.approvers, {OLE: house.keys[OLE]})
    with pytest.raises(ReleaseError, match="Lene Leder is nobody who may approve"):
        house.publish(release_id)


def test_the_time_is_kept_and_the_tick_publishes_at_it_and_not_before(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, release_id = house.through(), house.propose()
    house.approve(release_id)
    at = datetime.now(UTC).replace(microsecond=0) + timedelta(days=2)
    with pytest.raises(ReleaseError, match="is past"):
        states.publish_at(house.lake, release_id, datetime.now(UTC) - timedelta(minutes=1), house.approvers, OLE)
    states.publish_at(house.lake, release_id, at, house.approvers, OLE)
    with pytest.raises(ReleaseError, match="and not before"):
        house.publish(release_id)
    assert states.waiting(house.lake) == [(release_id, at)]
    assert states.due(house.lake, at - timedelta(seconds=1), house.approvers) == []
    assert (house.led_to(), [p.name for p in existing(house.lake)]) == (old, [old])
    # set anew: the last word counts
    later = at + timedelta(hours=1)
    states.publish_at(house.lake, release_id, later, house.approvers, OLE)
    assert states.due(house.lake, at, house.approvers) == []
    (done,) = states.due(house.lake, later, house.approvers)
    assert (done.release_id, done.published) == (release_id, True)
    assert house.led_to() == release_id
    assert states.due(house.lake, later, house.approvers) == []


def test_two_whose_time_came_one_is_told_why_not_and_stops_nothing(house: House) -> None:
    first, second = house.propose(), house.propose()
    at = datetime.now(UTC) + timedelta(hours=1)
    for r, when in ((first, at + timedelta(minutes=5)), (second, at)):
        house.approve(r)
        states.publish_at(house.lake, r, when, house.approvers, OLE)
    done = states.due(house.lake, at + timedelta(days=1), house.approvers)
    assert [(d.release_id, d.published) for d in done] == [(second, True), (first, False)]
    assert "came out since it was proposed" in done[1].said


def test_a_proposal_without_its_line_was_told_to_nobody_and_is_taken_away(house: House) -> None:
    release_id = house.propose()
    orphan = house.lake.releases / ".proposed" / release_id.replace("r0001", "r0009")
    shutil.copytree(house.lake.releases / ".proposed" / release_id, orphan)
    house.propose()
    assert not orphan.exists()
    assert len(proposed(house.lake)) == 2


def test_a_bad_note_leaves_no_proposal(house: House) -> None:
    with pytest.raises(ReleaseError, match="person number"):
        states.propose(house.lake, None, house.approvers, PROPOSER, "311299 9999")  # type: ignore[arg-type]
    assert proposed(house.lake) == []
    assert ledger.read(Lake(house.lake.root)) == []


def test_the_next_release_tells_what_became_of_releases_but_not_of_those_that_wait(house: House) -> None:
    first, second = house.through(), house.through()
    house.withdraw(second)
    refused, waiting = house.propose(), house.propose()
    states.reject(house.lake, refused, OLE, "tal mangler")
    rows = events(ledger.read(house.lake))
    # 3 lines of the first, 3 and one of the second, 2 of the withdrawal; the proposal that waits has line 11
    assert [r["line"] for r in rows] == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12]
    assert {r["release_id"] for r in rows} == {first, second, refused}
    assert rows[-1]["note"] == "tal mangler"
    assert RELEASE_EVENT.conform(rows).height == 11
    assert waiting not in str(rows)


def test_a_release_younger_than_the_backup_is_taken_in(house: House) -> None:
    house.through()
    kept = ledger.path(house.lake).read_bytes()
    told = (house.lake.releases / "latest.json").read_bytes()
    second = house.through()
    # the backup holds ledger and latest.json of before the second release, whose folder comes from elsewhere
    ledger.path(house.lake).write_bytes(kept)
    (house.lake.releases / "latest.json").unlink()
    (house.lake.releases / "latest.json").write_bytes(told)
    taking_back.take_in(house.lake, second)
    taking_back.take_in(house.lake, second)
    assert house.led_to() == second
    assert [(e.to_state, e.who) for e in ledger.read(house.lake)][-2:] == [
        ("published", "handleplan"),
        ("superseded", "handleplan"),
    ]
    assert any("holds no approval" in w for w in standing(house.lake, house.lake.releases / second, None).wrong)
    # an older one that the ledger does not know leads nobody back
    older = second.replace("r0002", "r0000")
    shutil.copytree(house.lake.releases / second, house.lake.releases / older)
    taking_back.take_in(house.lake, older)
    assert (house.led_to(), house.state(older)) == (second, "superseded")
