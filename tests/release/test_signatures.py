"""Who may sign, and what is no signature of this release by that person. Keys and signatures are ssh-keygen's own."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from handleplan_pipeline.errors import ConfigurationError, HandleplanError, ReleaseError
from handleplan_pipeline.release import ledger, states
from handleplan_pipeline.release.signature import read_signature, require_approvers, sign, wrong_signature
from tests.release.made import LENE, OLE, PROPOSER, House, signers


def made_elsewhere(key: Path, sums: Path, namespace: str = "handleplan-release") -> bytes:
    """As an approver makes it at his own desk."""
    with sums.open("rb") as f:
        command = ["ssh-keygen", "-Y", "sign", "-q", "-n", namespace, "-f", str(key)]
        return subprocess.run(command, stdin=f, capture_output=True, check=True).stdout


def refused(house: House, release_id: str, by: str, signature: bytes) -> str:
    with pytest.raises(HandleplanError) as told:
        states.approve(house.lake, release_id, by, signature, house.approvers)
    assert house.state(release_id) == "proposed"
    assert not (states.folder_of(house.lake, release_id) / "SHA256SUMS.sig").exists()
    assert told.value.exit_code == 5
    return str(told.value)


def test_only_the_signature_of_this_release_by_this_person_approves(house: House, keys: dict[str, Path]) -> None:
    other, release_id = house.propose(), house.propose()
    sums = states.folder_of(house.lake, release_id) / "SHA256SUMS"
    not_of = f"the signature is not {LENE}'s of this release"
    assert not_of in refused(house, release_id, LENE, house.signature(release_id, OLE))
    assert not_of in refused(house, release_id, LENE, made_elsewhere(keys["Fremmed"], sums))
    assert not_of in refused(house, release_id, LENE, house.signature(other))
    assert not_of in refused(house, release_id, LENE, made_elsewhere(keys[LENE], sums, "file"))
    whole = house.signature(release_id)
    assert not_of in refused(house, release_id, LENE, whole.replace(b"U1NI", b"U1NJ", 1))
    assert not_of in refused(house, release_id, LENE, b"")
    assert "Fremmed is nobody who may approve" in refused(house, release_id, "Fremmed", whole)
    assert "nobody who may approve" in refused(house, release_id, "Lene*", whole)
    states.approve(house.lake, release_id, LENE, made_elsewhere(keys[LENE], sums), house.approvers)
    assert house.state(release_id) == "approved"
    folder = states.folder_of(house.lake, release_id)
    assert wrong_signature(folder, LENE, house.approvers) is None
    # anybody can check it with ssh-keygen alone
    with sums.open("rb") as f:
        named = ["-f", str(house.approvers), "-I", LENE, "-n", "handleplan-release", "-s", f"{sums}.sig"]
        done = subprocess.run(["ssh-keygen", "-Y", "verify", *named], stdin=f, capture_output=True)
    assert done.returncode == 0


def test_a_key_counts_only_while_it_is_valid_and_for_this_purpose(house: House, keys: dict[str, Path]) -> None:
    release_id = house.propose()
    for options in ('valid-before="20200101"', 'namespaces="git"'):
        signers(house.approvers, {LENE: keys[LENE]}, options)
        assert "the signature is not" in refused(house, release_id, LENE, house.signature(release_id))
    signers(house.approvers, {LENE: keys[LENE]}, 'namespaces="handleplan-release",valid-after="20200101"')
    house.approve(release_id)


def test_a_list_inside_the_lake_is_refused_also_through_a_link(house: House, tmp_path: Path) -> None:
    inside = house.lake.root / "allowed_signers"
    inside.write_bytes(house.approvers.read_bytes())
    inside.chmod(0o644)
    outward, inward = house.lake.root / "outward", tmp_path / "inward"
    outward.symlink_to(house.approvers)
    inward.symlink_to(inside)
    for path in (inside, outward, inward):
        with pytest.raises(ConfigurationError, match="lies inside the lake"):
            require_approvers(house.lake, path)
    assert require_approvers(house.lake, house.approvers) == house.approvers.resolve()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: "", "names nobody"),
        (lambda t: "# ingen\n", "names nobody"),
        (lambda t: t.replace(LENE, "*"), "line 2: write one name"),
        (lambda t: t.replace(LENE, "Lene Leder,lene@kk.dk"), "line 2: write one name"),
        (lambda t: t.replace('" ssh', '" cert-authority ssh', 1), "line 2: cert-authority"),
        (lambda t: t + t.splitlines()[1].replace(LENE, "L. Leder") + "\n", "line 4: the key stands under two names"),
        (lambda t: t + "Lene\n", "line 4: is no name and public key"),
        (lambda t: t + '"Ib" ssh-ed25519\n', "line 4: is no name and public key"),
    ],
)
def test_a_list_that_leaves_open_who_it_was_is_refused(house: House, change: Callable[[str], str], words: str) -> None:
    house.approvers.write_text(change(house.approvers.read_text()))
    with pytest.raises(ConfigurationError, match=words):
        require_approvers(house.lake, house.approvers)


def test_a_list_that_others_may_write_is_refused(house: House) -> None:
    for mode in (0o664, 0o646):
        house.approvers.chmod(mode)
        with pytest.raises(ConfigurationError, match="chmod go-w"):
            require_approvers(house.lake, house.approvers)
    house.approvers.unlink()
    with pytest.raises(ConfigurationError, match="is no file of allowed signers"):
        require_approvers(house.lake, house.approvers)


def test_a_key_that_is_not_there_or_lies_in_the_lake_signs_nothing(house: House, tmp_path: Path) -> None:
    release_id = house.propose()
    folder = states.folder_of(house.lake, release_id)
    with pytest.raises(ReleaseError, match="there is no such key"):
        sign(folder, tmp_path / "none", house.lake)
    (tmp_path / "text").write_text("no key")
    with pytest.raises(ReleaseError, match="made no signature with it"):
        sign(folder, tmp_path / "text", house.lake)
    with pytest.raises(ConfigurationError, match="the key lies inside the lake"):
        sign(folder, house.lake.root / "key", house.lake)
    with pytest.raises(ReleaseError, match="is no signature of ssh-keygen"):
        read_signature(tmp_path / "text")
    with pytest.raises(ReleaseError, match="cannot be read"):
        read_signature(tmp_path / "none")


def test_without_ssh_keygen_nothing_is_approved_and_it_is_said(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    release_id = house.propose()
    signed = house.signature(release_id)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ReleaseError, match="install openssh-client"):
        states.approve(house.lake, release_id, LENE, signed, house.approvers)
    assert [e.who for e in ledger.read(house.lake)] == [PROPOSER]
