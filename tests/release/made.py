"""A house with approvers and small releases: real keys, real databases, a build that takes a moment."""

import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

from handleplan_pipeline.lake.releases import existing
from handleplan_pipeline.lake.tables import Lake
from handleplan_pipeline.release import ledger, states, swap, taking_back
from handleplan_pipeline.release.publish import publish
from handleplan_pipeline.release.signature import sign
from tests.commands.made import write_release

PROPOSER, LENE, OLE = "Bo Bygger", "Lene Leder", "Ole Chef"


def small_build(lake: Lake, catalogue: Any, folder: Path, release_id: str, *rest: Any) -> int:
    """Stands for a build of real figures; with the last of `rest` it is to be approved."""
    tables = write_release(folder, release_id)
    file = folder / "manifest.json"
    kind = "official" if rest and rest[-1] is True else "unapproved"
    said = json.loads(file.read_text()) | {"kind": kind, "audited_with": [p.name for p in existing(lake)]}
    file.write_text(json.dumps(said))
    sums_anew(folder)
    return tables


def sums_anew(folder: Path) -> None:
    """The list of sums of the files that are there now: also what a forger does last."""
    beside = ("SHA256SUMS", "SHA256SUMS.sig")
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p.name not in beside)
    lines = [f"{hashlib.sha256(p.read_bytes()).hexdigest()}  {p.relative_to(folder).as_posix()}\n" for p in files]
    (folder / "SHA256SUMS").chmod(0o644)
    (folder / "SHA256SUMS").write_text("".join(lines))


def key_pair(folder: Path, name: str) -> Path:
    """A key of ssh-keygen, without a passphrase."""
    folder.mkdir(parents=True, exist_ok=True)
    key = folder / name
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(key)], check=True)
    return key


def signers(path: Path, keys: dict[str, Path], options: str = "") -> Path:
    """A file of allowed signers."""
    lines = []
    for name, key in keys.items():
        kind, public = key.with_suffix(".pub").read_text().split()[:2]
        lines.append(" ".join(w for w in (f'"{name}"', options, kind, public) if w))
    path.write_text("# who may approve\n" + "\n".join(lines) + "\n")
    path.chmod(0o644)
    return path


class House:
    """A lake with two approvers; what people do with its releases, each in one call."""

    def __init__(self, root: Path, keys: dict[str, Path]) -> None:
        self.lake = Lake(root / "lake")
        self.lake.root.mkdir(parents=True)
        self.lake.secret()
        self.keys = keys
        self.approvers = signers(root / "allowed_signers", {n: keys[n] for n in (LENE, OLE)})

    def state(self, release_id: str) -> str:
        return ledger.state_of(ledger.read(self.lake), release_id)

    def propose(self, who: str = PROPOSER) -> str:
        done = states.propose(self.lake, None, self.approvers, who, "årets udgivelse")  # type: ignore[arg-type]
        assert done.state == "proposed"
        return done.release_id

    def signature(self, release_id: str, by: str = LENE) -> bytes:
        return sign(states.folder_of(self.lake, release_id), self.keys[by], self.lake)

    def approve(self, release_id: str, by: str = LENE, **more: Any) -> None:
        states.approve(self.lake, release_id, by, self.signature(release_id, by), self.approvers, **more)

    def publish(self, release_id: str) -> None:
        states.publish_approved(self.lake, release_id, self.approvers, PROPOSER)

    def through(self) -> str:
        """A release from its proposal to the public."""
        release_id = self.propose()
        self.approve(release_id)
        self.publish(release_id)
        return release_id

    def one_step(self) -> str:
        """As a house without approvers does it."""
        return publish(self.lake, None).release_id  # type: ignore[arg-type]

    def withdraw(self, release_id: str, by: str | None = None) -> str | None:
        return taking_back.withdraw(self.lake, release_id, OLE, "fejl i kilden", by, self.approvers)

    def led_to(self) -> str | None:
        """Where a reader comes who follows the link, which must be where one comes who asks latest.json."""
        told = swap.told_now(self.lake).get("release_id")
        link = self.lake.releases / "latest"
        assert (link.resolve().name if link.is_dir() else None) == told
        return told
