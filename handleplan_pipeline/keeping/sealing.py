"""Encryption of a backup with the tools a house has: age, or GnuPG. The bytes are piped; no key is read here."""

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from handleplan_pipeline.errors import ConfigurationError, SourceError

AGE, GPG = "age", "gpg"


def tool_of(recipients: Sequence[str]) -> str:
    """Which tool speaks to these recipients: age's own keys and SSH keys, or keys of a GnuPG ring; never both.

    Raises ConfigurationError when they are mixed or the tool is not there.
    """
    tools = {AGE if r.startswith(("age1", "ssh-")) else GPG for r in recipients}
    if len(tools) != 1:
        raise ConfigurationError("--recipient: keys of age (age1..., ssh-...) and of GnuPG cannot be mixed.")
    return require(tools.pop())


def require(tool: str) -> str:
    """The tool, when it is installed. Raises ConfigurationError."""
    if shutil.which(tool) is None:
        raise ConfigurationError(f"{tool} is not installed. Install it (Debian: apt install {tool}).")
    return tool


@contextmanager
def sealed(target: Path, recipients: Sequence[str]) -> Iterator[IO[bytes]]:
    """A stream whose bytes land encrypted in `target`. Raises ConfigurationError when the tool refuses.

    What the tool says is not told: it may quote a recipient's file.
    """
    tool = tool_of(recipients)
    named = [x for r in recipients for x in ("--recipient", r)]
    gpg = ["gpg", "--batch", "--quiet", "--trust-model", "always", "--compress-algo", "none"]
    how = {
        AGE: ["age", "--encrypt", *named, "--output", str(target)],
        GPG: [*gpg, *named, "--output", str(target), "--encrypt"],
    }
    with subprocess.Popen(how[tool], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as p:
        assert p.stdin is not None
        try:
            with p.stdin:
                yield p.stdin
        except BrokenPipeError:
            # why it closed the pipe is its exit code
            pass
        except BaseException:
            p.kill()
            raise
    if p.returncode:
        raise ConfigurationError(
            f"{tool} did not encrypt (exit code {p.returncode}): is each --recipient a whole public key that it knows, "
            "and is there room? No backup was made."
        )


@contextmanager
def opened(source: Path, identity: Path | None) -> Iterator[IO[bytes]]:
    """The decrypted bytes of `source`. Raises ConfigurationError without a key, SourceError when it does not open."""
    tool = require(AGE if source.suffix == f".{AGE}" else GPG)
    if tool == AGE and identity is None:
        raise ConfigurationError(
            f"{source.name}: encrypted with age. Name the file of the private key: --identity FILE."
        )
    if identity is not None and not identity.is_file():
        raise ConfigurationError(f"--identity {identity}: names no file.")
    not_opened = SourceError(f"{source.name}: {tool} did not open it: another key, or not the bytes it was made of.")
    how = {
        AGE: ["age", "--decrypt", "--identity", str(identity), str(source)],
        GPG: ["gpg", "--batch", "--quiet", "--decrypt", str(source)],
    }
    with subprocess.Popen(how[tool], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as p:
        assert p.stdout is not None
        try:
            yield p.stdout
            # to its end, where it says whether all was whole
            while p.stdout.read(1 << 20):
                pass
        except Exception:
            # with another key there is nothing to read, which is not the reader's fault
            p.stdout.close()
            if p.wait() > 0:
                raise not_opened from None
            raise
        except BaseException:
            p.kill()
            raise
    if p.returncode:
        raise not_opened
