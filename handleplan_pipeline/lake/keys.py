"""The key behind the pseudonyms: one per purpose, in a file outside the lake; synthetic data use a public one."""

import os
import stat
from itertools import pairwise
from pathlib import Path

from handleplan_pipeline.errors import ConfigurationError
from handleplan_pipeline.lake.pseudonym import LEAST_KEY_BYTES, Pseudonymiser
from handleplan_pipeline.settings import PROJECT_ROOT, get_settings

PURPOSE = "handleplan-2011-2014"
"""All deliveries serve one purpose, following the plan, so they share a key and can be linked over the years."""
SYNTHETIC_PURPOSE = "synthetic"
SYNTHETIC_KEY = b"public key for generated persons only: protects nobody, so that runs repeat"
LEAST_DIFFERENT_BYTES = 16
"""32 random bytes have fewer different ones once in 10^13 keys. Ours, version 1."""


def weakness(key: bytes) -> str | None:
    """Why `key` cannot be 32 or more random bytes; None when nothing speaks against it. Never tells a byte of it."""
    if len(key) < LEAST_KEY_BYTES:
        return f"fewer than {LEAST_KEY_BYTES * 8} bits"
    if SYNTHETIC_KEY.startswith(key) or key.startswith(SYNTHETIC_KEY):
        return "the public key of generated persons"
    if any(key == (key[:p] * len(key))[: len(key)] for p in range(1, len(key) // 2 + 1)):
        return "the same bytes over and over"
    if len({(b - a) % 256 for a, b in pairwise(key)}) == 1:
        return "bytes that count up or down"
    if len(set(key)) < LEAST_DIFFERENT_BYTES:
        return "few different bytes"
    if all(32 <= b < 127 for b in key):
        return "it is text"
    return None


def pseudonymiser(data_kind: str, lake: Path) -> Pseudonymiser:
    """The pseudonymiser for deliveries of this kind.

    Raises ConfigurationError when real deliveries have no key file, or when the file lies with the data, in the
    checkout, may be read by others or changed by another user, or holds a key that cannot be random.
    """
    if data_kind == "synthetic":
        return Pseudonymiser(SYNTHETIC_KEY, SYNTHETIC_PURPOSE)
    return Pseudonymiser(_key(lake), PURPOSE)


def present_key_id(key_id: str, lake: Path) -> str | None:
    """The key id that a table made with the key of `key_id`'s purpose has today; None where no key is at hand.

    A step that only counts needs no key, so a key file that is missing or not in order is no error here.
    """
    if key_id.startswith(f"{SYNTHETIC_PURPOSE}-"):
        return Pseudonymiser(SYNTHETIC_KEY, SYNTHETIC_PURPOSE).key_id
    try:
        return Pseudonymiser(_key(lake), PURPOSE).key_id if key_id.startswith(f"{PURPOSE}-") else None
    except (ConfigurationError, OSError):
        return None


def _key(lake: Path) -> bytes:
    """The key of real deliveries, from the file in the settings; links are followed first. Never in a message."""
    path = get_settings().key_file
    if path is None:
        raise ConfigurationError(
            "Real person numbers need a key: set HANDLEPLAN_KEY_FILE to a file of 64 hex digits, kept outside the data "
            "by a role without access to the data."
        )
    path = path.resolve()
    if any(path.is_relative_to(p.resolve()) for p in (lake, PROJECT_ROOT)):
        raise ConfigurationError("The key file lies inside the lake or the checkout. Keep it outside the data.")
    if not path.is_file():
        raise ConfigurationError("HANDLEPLAN_KEY_FILE names no file.")
    about = path.stat()
    if about.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConfigurationError("The key file may be read by others: chmod 600.")
    if about.st_uid not in (os.geteuid(), 0):
        raise ConfigurationError("The key file belongs to another user, who could exchange it: chown.")
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (ValueError, UnicodeDecodeError):
        raise ConfigurationError("The key file does not hold hex digits.") from None
    if why := weakness(key):
        raise ConfigurationError(f"The key is not a random one ({why}): make it with `openssl rand -hex 32`.")
    return key
