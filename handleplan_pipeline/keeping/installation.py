"""A real installation: which folders, key, permissions and settings it has, made once and never over what is there."""

import contextlib
import os
import secrets
import shutil
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from handleplan_pipeline.errors import ConfigurationError
from handleplan_pipeline.lake.files import write_synced
from handleplan_pipeline.lake.keys import pseudonymiser
from handleplan_pipeline.lake.tables import CONFIDENTIAL_FOLDERS, Lake
from handleplan_pipeline.settings import PROJECT_ROOT, Settings, get_settings

KEY_BYTES = 32
FOLDER_MODE, LANDING_MODE, FILE_MODE, SETTINGS_MODE = 0o750, 0o770, 0o600, 0o640
"""Of the lake, of the door for suppliers' files, of key and permissions, of the settings, which hold no secret."""
ASKED = ("lake", "landing", "backups", "key_file", "permissions")
"""Paths that a real installation must have, in the order they are asked for."""
NO_PERMISSION_YET = """\
# Permissions on file: without one no real delivery is taken in. A list of entries like this one:
# - journal_number: "2011-41-1234"
#   purpose: statistics
#   data_controller: Københavns Kommune
#   processor: null
#   sources: [section_110_stays, address_history]
#   population: everybody with a stay in a shelter of the municipality
#   start: 2026-01-01
#   delete_by: 2028-12-31
#   status: granted        # or withdrawn, applied_for
[]
"""


@dataclass(frozen=True)
class Wanted:
    """What is to be made: the settings by name, as they are written down, and the file that holds them."""

    values: Mapping[str, str]
    file: Path

    def path(self, name: str) -> Path:
        return Path(self.values[name.upper()])


def read_answers(path: Path) -> dict[str, str]:
    """Settings by name without their prefix, from a file of lines HANDLEPLAN_NAME=value.

    Raises ConfigurationError, which tells no value, when a line is none.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as e:
        raise ConfigurationError(f"--settings {path}: cannot be read ({type(e).__name__}).") from None
    found: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        name, sign, value = text.partition("=")
        name = name.strip().removeprefix("HANDLEPLAN_")
        if not sign or name.lower() not in Settings.model_fields:
            raise ConfigurationError(f"{path}: line {number} is no setting. See .env.example for their names.")
        if name in found:
            raise ConfigurationError(f"{path}: line {number}: HANDLEPLAN_{name} stands twice. Which one counts?")
        found[name] = value.strip().strip("\"'")
    return found


def proposed(home: Path) -> dict[str, str]:
    """Paths that fit together below a folder; key and backups beside the lake, never in it."""
    return {
        "LAKE": str(home / "lake"),
        "LANDING": str(home / "landing"),
        "BACKUPS": str(home / "backups"),
        "KEY_FILE": str(home / "key" / "pseudonyms.key"),
        "PERMISSIONS": str(home / "permissions.yaml"),
    }


def require_sound(wanted: Wanted) -> None:
    """Raise ConfigurationError, before anything is made, when settings cannot work or something is there already."""
    missing = [f"HANDLEPLAN_{n.upper()}" for n in ASKED if not wanted.values.get(n.upper())]
    if missing:
        raise ConfigurationError(f"The settings lack {', '.join(missing)}. Nothing was made.")
    relative = [n for n in ASKED if not wanted.path(n).is_absolute()]
    if relative:
        raise ConfigurationError(f"HANDLEPLAN_{relative[0].upper()}: must be a whole path. Nothing was made.")
    _require_valid(wanted.values)
    lake, key, backups = (wanted.path(n).resolve() for n in ("lake", "key_file", "backups"))
    if any(key.is_relative_to(p) for p in (lake, backups, PROJECT_ROOT.resolve())):
        raise ConfigurationError(
            "HANDLEPLAN_KEY_FILE: must lie outside lake, backups and checkout: who has the data must not have the key."
        )
    if backups.is_relative_to(lake) or lake.is_relative_to(backups):
        raise ConfigurationError("HANDLEPLAN_BACKUPS: must lie outside the lake, best on another disk or machine.")
    taken = [p for p in (wanted.file, wanted.path("permissions")) if os.path.lexists(p)]
    taken += [p for p in (lake,) if p.exists() and (not p.is_dir() or any(p.iterdir()))]
    if taken:
        raise ConfigurationError(
            f"{taken[0]}: is there already, and init never overwrites. Nothing was made. Name other paths, or "
            "`handleplan doctor` to check the installation that is there."
        )


def _require_valid(values: Mapping[str, str]) -> None:
    """Raise ConfigurationError naming the first setting that is not valid; its value is not told."""
    try:
        Settings(**{n.lower(): v for n, v in values.items()})  # type: ignore[arg-type]
    except ValidationError as e:
        first = e.errors()[0]
        name = "_".join(str(p) for p in first["loc"]).upper()
        raise ConfigurationError(f"HANDLEPLAN_{name}: {first['msg']}. Nothing was made.") from None


def make(wanted: Wanted) -> list[str]:
    """Make folders, key, permissions, secret and last the settings; returns a line for each.

    What was made goes again when one step fails. A key that is there already is taken as it is.
    """
    require_sound(wanted)
    with _undone_on_error() as made:
        said = [_folder(wanted.path("lake"), FOLDER_MODE, made), _folder(wanted.path("landing"), LANDING_MODE, made)]
        said.append(_folder(wanted.path("backups"), 0o700, made))
        for name in CONFIDENTIAL_FOLDERS:
            said.append(_folder(wanted.path("lake") / name, FOLDER_MODE, made))
        said.append(_folder(wanted.path("key_file").parent, 0o700, made))
        key = wanted.path("key_file")
        if key.exists():
            said.append(f"{key}: is there already; taken as it is")
        else:
            said.append(_file(key, secrets.token_hex(KEY_BYTES).encode() + b"\n", FILE_MODE, made))
        said.append(_file(wanted.path("permissions"), NO_PERMISSION_YET.encode(), FILE_MODE, made))
        _check_key(wanted)
        made += [wanted.path("lake") / n for n in (".secret", ".secret-id")]
        Lake(wanted.path("lake")).secret()
        said.append(f"{wanted.path('lake') / '.secret'}: made, mode 600")
        lines = "".join(f"HANDLEPLAN_{n}={v}\n" for n, v in wanted.values.items() if v)
        said.append(_file(wanted.file, lines.encode(), SETTINGS_MODE, made))
        if wrong := open_to_others(wanted):
            raise ConfigurationError(f"{wrong[0]} Nothing was made.")
    return said


def _check_key(wanted: Wanted) -> None:
    """Raise ConfigurationError when the key cannot be used as it lies there."""
    before = os.environ.get("HANDLEPLAN_KEY_FILE")
    os.environ["HANDLEPLAN_KEY_FILE"] = str(wanted.path("key_file"))
    get_settings.cache_clear()
    try:
        pseudonymiser("delivered", wanted.path("lake"))
    finally:
        if before is None:
            del os.environ["HANDLEPLAN_KEY_FILE"]
        else:
            os.environ["HANDLEPLAN_KEY_FILE"] = before
        get_settings.cache_clear()


@contextlib.contextmanager
def _undone_on_error() -> Iterator[list[Path]]:
    """Paths that are deleted again, last ones first, when the work on them fails; only what was made here."""
    made: list[Path] = []
    try:
        yield made
    except OSError as e:
        _undo(made)
        raise ConfigurationError(f"{e.filename}: {e.strerror}. What was made was taken away again.") from None
    except BaseException:
        _undo(made)
        raise


def _undo(made: list[Path]) -> None:
    for path in reversed(made):
        with contextlib.suppress(OSError):
            path.rmdir() if path.is_dir() else path.unlink()


def _folder(path: Path, mode: int, made: list[Path]) -> str:
    """Make a folder with this mode, and those above it; one that is there keeps its mode."""
    if path.is_dir():
        return f"{path}/: is there already"
    for above in reversed([p for p in path.parents if not p.exists()]):
        above.mkdir(mode=FOLDER_MODE)
        made.append(above)
    path.mkdir()
    made.append(path)
    path.chmod(mode)
    return f"{path}/: made, mode {mode:o}"


def _file(path: Path, data: bytes, mode: int, made: list[Path]) -> str:
    """Write a new file with this mode. Raises OSError when there is one."""
    if not path.parent.is_dir():
        _folder(path.parent, FOLDER_MODE, made)
    write_synced(path, data, mode)
    made.append(path)
    path.chmod(mode)
    return f"{path}: made, mode {mode:o}"


def open_to_others(wanted: Wanted) -> list[str]:
    """What others may read that they must not; a sentence each."""
    closed = [wanted.path(n) for n in ("key_file", "permissions")] + [wanted.path("lake") / ".secret"]
    return [
        f"{p}: others may read it, and this disk does not keep modes: lay it on another one."
        for p in closed
        if stat.S_IMODE(p.stat().st_mode) & (stat.S_IRWXG | stat.S_IRWXO)
    ]


def still_missing(wanted: Wanted) -> list[str]:
    """What nobody but a person can add, a sentence each."""
    values = wanted.values
    said = [
        f"{wanted.path('permissions')}: no permission is on file yet; without one no real delivery is taken in.",
        f"{wanted.path('key_file')}: give it to the role that has no access to the data, and keep a copy elsewhere: no "
        "backup holds it, and without it no new delivery can be linked with the old ones.",
    ]
    if _one_disk(wanted.path("lake"), wanted.path("backups")):
        said.append(f"{wanted.path('backups')}: on the same disk as the lake. A disk that burns takes both.")
    if not shutil.which("age") and not shutil.which("gpg"):
        said.append("age or gpg: not installed, so backups cannot be encrypted (Debian: apt install age).")
    if not values.get("APPROVERS"):
        said.append("HANDLEPLAN_APPROVERS: nobody can approve a release yet; real figures stay `unapproved`.")
    if not os.environ.get("DAGSTER_HOME"):
        said.append("DAGSTER_HOME: not set, so runs leave no history. The service sets it.")
    if wanted.file != PROJECT_ROOT / ".env":
        said.append(f"{wanted.file}: the service must read it (EnvironmentFile); by hand: `set -a; . {wanted.file}`.")
    said.append("A first backup: `handleplan backup` after the first run, and then by a timer.")
    return said


def _one_disk(a: Path, b: Path) -> bool:
    return a.stat().st_dev == b.stat().st_dev
