"""Signatures of a release's list of sums by SSH keys: made and checked by `ssh-keygen -Y`, which houses have.

Who may approve stands in an `allowed_signers` file outside the lake: who can write into the lake must not be able to
name himself. Each person stands there under one name, written out.
"""

import re
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from handleplan_pipeline import clock
from handleplan_pipeline.errors import ConfigurationError, ReleaseError
from handleplan_pipeline.lake.tables import Lake
from handleplan_pipeline.release.verify import SIGNATURE, SUMS

NAMESPACE = "handleplan-release"
SETTING = "HANDLEPLAN_APPROVERS"
MOST_BYTES = 64 * 1024
"""Larger than any signature or list of approvers of one house. Ours, version 1."""
SECONDS = 120
"""For a person to touch a security key or type a passphrase. Ours, version 1."""
KEY_TYPE = re.compile(r"^(?:ssh|ecdsa|sk-ssh|sk-ecdsa)-[a-z0-9@.-]+$")


def _outside(path: Path, lake: Lake, what: str) -> Path:
    """The real path. Raises ConfigurationError when it lies in the lake, wherever a link leads."""
    real = path.expanduser().resolve()
    if real.is_relative_to(lake.root) or path.expanduser().absolute().is_relative_to(lake.root):
        raise ConfigurationError(
            f"{path}: {what} lies inside the lake, where whoever runs the pipeline could change it. Move it elsewhere."
        )
    return real


def require_approvers(lake: Lake, approvers: Path | None) -> Path:
    """The `allowed_signers` file, in order. Raises ConfigurationError with what to mend, ReleaseError without one."""
    if approvers is None:
        raise ReleaseError(
            f"{SETTING} names no file of people who may approve, so nothing can be proposed or approved: a release of "
            "real deliveries is published as unapproved, one with synthetic figures as a demonstration. See "
            "docs/how_to/publish.md."
        )
    real = _outside(approvers, lake, f"{SETTING}, the list of approvers,")
    if not real.is_file() or real.stat().st_size > MOST_BYTES:
        raise ConfigurationError(f"{SETTING}: {approvers} is no file of allowed signers.")
    if stat.S_IMODE(real.stat().st_mode) & (stat.S_IWGRP | stat.S_IWOTH):
        raise ConfigurationError(f"{approvers}: others could write themselves in as approvers: chmod go-w.")
    names_of(real)
    return real


def names_of(approvers: Path) -> list[str]:
    """Everybody who may approve. Raises ConfigurationError unless each is one written-out name with keys of its own."""
    owners: dict[str, str] = {}
    names: list[str] = []
    for number, line in enumerate(_text(approvers).splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, key, options = _parsed(line)
        where = f"{approvers}: line {number}"
        if key is None:
            raise ConfigurationError(f"{where}: is no name and public key, as in `man ssh-keygen`, ALLOWED SIGNERS.")
        if not name or set(name) & set(',*?!"'):
            raise ConfigurationError(
                f"{where}: write one name, without , * ? or !, so that the ledger says who it was."
            )
        if "cert-authority" in options:
            raise ConfigurationError(
                f"{where}: cert-authority lets others decide who approves; name each person's key."
            )
        if owners.setdefault(key, _folded(name)) != _folded(name):
            raise ConfigurationError(f"{where}: the key stands under two names; one person could propose and approve.")
        names.append(name)
    if not names:
        raise ConfigurationError(f"{approvers}: names nobody who may approve.")
    return names


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as e:
        raise ConfigurationError(f"{path}: cannot be read ({type(e).__name__}).") from None


def _parsed(line: str) -> tuple[str, str | None, str]:
    """Name, key and options of a line of allowed signers."""
    quoted = re.fullmatch(r'\s*"([^"]*)"\s+(.*)', line) or re.fullmatch(r"\s*(\S+)\s+(.*)", line)
    if not quoted:
        return "", None, ""
    words = re.findall(r'(?:[^\s"]|"[^"]*")+', quoted[2])
    at = next((i for i, w in enumerate(words) if KEY_TYPE.match(w)), None)
    if at is None or at + 1 >= len(words):
        return quoted[1], None, ""
    return quoted[1], words[at + 1], " ".join(words[:at]).lower()


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())


def same_person(one: str, other: str) -> bool:
    """Whether two names are the same but for capitals and spaces."""
    return _folded(one) == _folded(other)


def _run(arguments: Sequence[str], given: bytes) -> "subprocess.CompletedProcess[bytes]":
    program = shutil.which("ssh-keygen")
    if program is None:
        raise ReleaseError("ssh-keygen is not installed; install openssh-client. Nothing was changed.")
    try:
        return subprocess.run([program, "-Y", *arguments], input=given, capture_output=True, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        raise ReleaseError(f"ssh-keygen did not answer within {SECONDS} s. Nothing was changed.") from None


def sums_of(folder: Path) -> bytes:
    """The list of sums: what is signed."""
    try:
        return (folder / SUMS).read_bytes()
    except OSError as e:
        raise ReleaseError(f"{folder.name}/{SUMS}: cannot be read ({e.strerror}). Propose it again.") from None


def sign(folder: Path, key: Path, lake: Lake) -> bytes:
    """A signature by this key (a private one, or a public one whose private part an agent holds)."""
    real = _outside(key, lake, "the key")
    if not real.is_file():
        raise ReleaseError(f"{key}: there is no such key. Nothing was changed.")
    done = _run(["sign", "-f", str(real), "-n", NAMESPACE, "-q"], sums_of(folder))
    if done.returncode or not done.stdout:
        raise ReleaseError(f"{key}: ssh-keygen made no signature with it ({_said(done)}). Nothing was changed.")
    return done.stdout


def read_signature(path: Path) -> bytes:
    """A signature that somebody made elsewhere."""
    try:
        data = path.read_bytes() if path.stat().st_size <= MOST_BYTES else b""
    except OSError as e:
        raise ReleaseError(f"{path}: cannot be read ({e.strerror}). Nothing was changed.") from None
    if b"BEGIN SSH SIGNATURE" not in data:
        raise ReleaseError(f"{path}: is no signature of ssh-keygen. Nothing was changed.")
    return data


def _said(done: "subprocess.CompletedProcess[bytes]") -> str:
    lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return re.sub(r"[^\x20-\x7e]", " ", lines[-1])[:200] if lines else "it says nothing"


def wrong_signature(
    folder: Path, name: str, approvers: Path, signature: bytes | None = None, at: datetime | None = None
) -> str | None:
    """What is wrong with this person's signature of a release (default: the one in its folder); None when it holds.

    `at` is the time at which the key must have been allowed; default now.
    """
    if name not in names_of(approvers):
        return f"{name} is nobody who may approve; {approvers.name} names {', '.join(names_of(approvers))}"
    if signature is None:
        file = folder / SIGNATURE
        if not file.is_file():
            return f"{SIGNATURE}: missing, and the ledger says that {name} signed"
        signature = file.read_bytes()[:MOST_BYTES]
    when = (at or clock.now()).astimezone(UTC)
    with tempfile.NamedTemporaryFile(suffix=".sig") as f:
        f.write(signature)
        f.flush()
        named = ["-f", str(approvers), "-I", name, "-n", NAMESPACE, "-s", f.name]
        done = _run(["verify", *named, "-O", f"verify-time={when:%Y%m%d%H%M%S}Z"], sums_of(folder))
    return f"the signature is not {name}'s of this release ({_said(done)})" if done.returncode else None
