"""The key behind the pseudonyms: one per purpose, in a file outside the lake; synthetic data use a public one."""

import stat
from pathlib import Path

from handleplan_pipeline.errors import ConfigurationError
from handleplan_pipeline.pseudonym import Pseudonymiser
from handleplan_pipeline.settings import PROJECT_ROOT, get_settings

PURPOSE = "handleplan-2011-2014"
"""All deliveries serve one purpose, following the plan, so they share a key and can be linked over the years."""
SYNTHETIC_PURPOSE = "synthetic"
SYNTHETIC_KEY = b"public key for generated persons only: protects nobody, so that runs repeat"


def pseudonymiser(data_kind: str, lake: Path) -> Pseudonymiser:
    """The pseudonymiser for deliveries of this kind.

    Raises ConfigurationError when real deliveries have no key file, or when the file lies with the data, in the
    checkout, or may be read by others.
    """
    if data_kind == "synthetic":
        return Pseudonymiser(SYNTHETIC_KEY, SYNTHETIC_PURPOSE)
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
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConfigurationError("The key file may be read by others: chmod 600.")
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (ValueError, UnicodeDecodeError):
        raise ConfigurationError("The key file does not hold hex digits.") from None
    return Pseudonymiser(key, PURPOSE)
