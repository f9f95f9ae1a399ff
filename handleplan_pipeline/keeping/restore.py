"""A lake from a backup: everything is verified first, what was deleted since does not come back.

The lake is put together in a hidden folder beside its place and renamed at the end: a restore that is stopped leaves no
lake that looks whole.
"""

import hashlib
import os
import re
import shutil
import stat
import tarfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from handleplan_pipeline.errors import ConfigurationError, DiskFullError, HandleplanError, SourceError
from handleplan_pipeline.keeping import deletions, history, places, sealing
from handleplan_pipeline.keeping.backup import CHUNK, FILE_MODE, FOLDER_MODE
from handleplan_pipeline.keeping.deletions import LOG, Deletion
from handleplan_pipeline.keeping.inventory import is_below
from handleplan_pipeline.keeping.manifest import (
    CONTENT,
    HISTORY,
    INNER,
    LAKE,
    OUTER,
    SETTINGS,
    SUMS,
    Content,
    Kept,
    Outer,
    parsed,
)
from handleplan_pipeline.lake.files import sha256_of, sync_folder
from handleplan_pipeline.lake.pseudonym import CPR_LIKE
from handleplan_pipeline.lake.releases import NAME, existing, number_of
from handleplan_pipeline.lake.tables import CONFIDENTIAL_FOLDERS, Lake
from handleplan_pipeline.release.taking_back import take_in
from handleplan_pipeline.release.verify import broken_files
from handleplan_pipeline.sources.deliveries.archive import remove
from handleplan_pipeline.sources.deliveries.store import DeliveryStore
from schemas.registry import delivered_sources

RESTORING = ".restoring-"
MOST_NAMED = 5
"""Files of a broken backup that are named; the others are counted. Ours, version 1."""


@dataclass(frozen=True)
class Source:
    """A verified backup: where its content lies, what it says of itself, and the log of deletions beside it."""

    path: Path
    content: Path
    about: Content
    log: Path


def find(where: Path) -> Path:
    """The backup at `where`, or the newest whole one below it. Raises SourceError when there is none."""
    if (where / OUTER).is_file():
        return where
    there = sorted(p for p in where.glob("*/") if (p / OUTER).is_file() and not p.name.startswith("."))
    if not there:
        raise SourceError(f"--from {where}: holds no backup (a folder with {OUTER}). Name another folder.")
    lakes = {p.name.partition("_")[2] for p in there}
    if len(lakes) > 1:
        raise SourceError(f"--from {where}: holds backups of {len(lakes)} lakes. Name one of its folders.")
    return there[-1]


@contextmanager
def verified(backup: Path, identity: Path | None, aside: Path) -> Iterator[Source]:
    """The backup, opened (below `aside` where it is sealed) and held against its sums: every file, and no other.

    Raises SourceError saying what is missing, changed or too many.
    """
    _require_sums(backup)
    outer = parsed(Outer, backup / OUTER)
    content = backup / CONTENT
    if outer.sealed is not None:
        content = aside / CONTENT
        _unpack(backup / f"{CONTENT}.tar.{outer.sealed}", content, identity)
    try:
        about = parsed(Content, content / INNER)
        _require_whole(content, about.files)
        yield Source(backup, content, about, places.log_beside(backup.parent, about.lake))
    finally:
        if outer.sealed is not None:
            shutil.rmtree(content, ignore_errors=True)


def _require_sums(backup: Path) -> None:
    """Hold the outermost files against the sums beside them. Raises SourceError."""
    try:
        lines = (backup / SUMS).read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError) as e:
        raise SourceError(f"{SUMS}: cannot be read ({type(e).__name__}); this is no whole backup.") from None
    named = {name: sha256 for sha256, sign, name in (x.partition("  ") for x in lines) if sign}
    if OUTER not in named or len(named) != len(lines) or not all(map(is_below, named)):
        raise SourceError(f"{SUMS}: was changed; it does not name the files of a backup. Take another backup.")
    for name, sha256 in named.items():
        if not (backup / name).is_file():
            raise SourceError(f"{name}: is missing from the backup. Nothing was restored. Take another backup.")
        if sha256_of(backup / name) != sha256:
            raise SourceError(f"{name}: not the bytes that were written. Nothing was restored. Take another backup.")


def _unpack(sealed: Path, content: Path, identity: Path | None) -> None:
    """Open a sealed backup into a folder that only we can read; nothing but plain files below it is made."""
    content.mkdir(mode=FOLDER_MODE, parents=True)
    broken = SourceError(f"{sealed.name}: not whole, or not a backup. Nothing was restored. Take another backup.")
    try:
        with sealing.opened(sealed, identity) as stream, tarfile.open(fileobj=stream, mode="r|", bufsize=CHUNK) as tar:
            for member in tar:
                given = tar.extractfile(member) if member.isreg() else None
                if given is None or not is_below(member.name):
                    raise broken
                target = content / member.name
                target.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
                with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE), "wb") as out:
                    shutil.copyfileobj(given, out, CHUNK)
    except (tarfile.TarError, EOFError, FileExistsError):
        shutil.rmtree(content, ignore_errors=True)
        raise broken from None
    except BaseException:
        shutil.rmtree(content, ignore_errors=True)
        raise


def _require_whole(content: Path, files: Sequence[Kept]) -> None:
    """Raise SourceError unless the content is what its manifest says."""
    named = {f.path for f in files}
    there = {p.relative_to(content).as_posix() for p in content.rglob("*") if not p.is_dir() or p.is_symlink()}
    missing = sorted(named - there)
    wrong = [f.path for f in files if f.path in there and not _is(content / f.path, f)]
    more = sorted(there - named - {INNER})
    parts = [
        f"{len(found)} {'file is' if len(found) == 1 else 'files are'} {what} ({_some(found)})"
        for what, found in (("missing", missing), ("not as they were written", wrong), ("too many", more))
        if found
    ]
    if parts:
        raise SourceError(f"The backup is not whole: {'; '.join(parts)}. Nothing was restored. Take another backup.")


def _is(path: Path, kept: Kept) -> bool:
    about = path.lstat()
    return stat.S_ISREG(about.st_mode) and about.st_size == kept.bytes and sha256_of(path) == kept.sha256


def _some(paths: Sequence[str]) -> str:
    said = ["a name that looks like a person number" if re.search(CPR_LIKE, p) else p for p in paths[:MOST_NAMED]]
    return ", ".join(said) + (f" and {len(paths) - MOST_NAMED} more" if len(paths) > MOST_NAMED else "")


def known_deletions(source: Source, given: Path | None, none_known: bool) -> list[Deletion]:
    """The log of deletions as it is now, from beside the backups or where it was given.

    Raises SourceError when nobody knows what was deleted since: what was deleted must not come back.
    """
    path = given or source.log
    if not path.is_file():
        if none_known:
            return []
        raise SourceError(
            f"{path}: the log of deletions is not there, so nobody knows what may not come back. Name it: --deletions "
            "FILE (every place of backups holds one). If it is lost for good: --no-deletions-known, and purge by hand."
        )
    entries, then = deletions.read(path), source.about
    if len(entries) < then.deletions or deletions.hash_of(entries[: then.deletions]) != then.deletions_end:
        raise SourceError(
            f"{path}: older than the backup, or of another lake: it does not hold the {then.deletions} deletions that "
            "were known when the backup was made. Name the newest copy: --deletions FILE."
        )
    return entries


@contextmanager
def place_for(target: Path) -> Iterator[Path]:
    """A hidden folder beside the lake's place, gone afterwards unless it got that name. Raises ConfigurationError."""
    target = target.expanduser().resolve()
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise ConfigurationError(f"--lake {target}: is there already. A restore never overwrites: name a new folder.")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        for left in target.parent.glob(f".{target.name}{RESTORING}*"):
            shutil.rmtree(left, ignore_errors=True)
        folder = target.with_name(f".{target.name}{RESTORING}{os.getpid()}")
        folder.mkdir(mode=FOLDER_MODE)
    except OSError as e:
        raise ConfigurationError(f"--lake {target}: cannot be made ({e.strerror}). Name another folder.") from None
    try:
        yield folder
    finally:
        _remove(folder)


def _remove(folder: Path) -> None:
    """Delete a folder whose sub-folders may be read-only already."""
    for path in (folder, *folder.rglob("*")) if folder.is_dir() else ():
        if path.is_dir() and not path.is_symlink():
            path.chmod(FOLDER_MODE)
    shutil.rmtree(folder, ignore_errors=True)


def put_together(source: Source, root: Path, releases: Sequence[Path] = ()) -> Lake:
    """Copy the lake's files to `root`, with the modes they had, and the `releases` that the backup does not hold.

    Raises SourceError when a file is not as its manifest says, or a release is not whole.
    """
    size = sum(f.bytes for f in source.about.files)
    if (free := shutil.disk_usage(root).free) < size:
        raise DiskFullError(f"The lake needs {size // 1024**2} MB in {root.parent}; {free // 1024**2} MB are free.")
    mine = [f for f in source.about.files if f.path.startswith(f"{LAKE}/")]
    for file in mine:
        _put(source.content / file.path, root / file.path.removeprefix(f"{LAKE}/"), file)
    for path, target in source.about.links.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).symlink_to(target)
    for name in CONFIDENTIAL_FOLDERS:
        (root / name).mkdir(exist_ok=True, mode=0o750)
    lake = Lake(root)
    for folder in sorted(releases, key=lambda p: number_of(p.name)):
        _add_release(lake, folder)
    # deepest first, because a release's folders are read-only
    for path, mode in sorted(source.about.folders.items(), reverse=True):
        (root / path).chmod(_no_wider(path, mode)) if (root / path).is_dir() else None
    os.sync()
    return lake


def broken_releases(lake: Lake) -> list[str]:
    """Releases that are not what they were when they were published; the backup holds them as it found them."""
    return [p.name for p in existing(lake) if broken_files(p)]


def _put(source: Path, target: Path, kept: Kept) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    fd = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, FILE_MODE)
    digest = hashlib.sha256()
    with source.open("rb", buffering=0) as given, open(fd, "wb", buffering=0) as copy:
        while chunk := given.read(CHUNK):
            digest.update(chunk)
            copy.write(chunk)
    if digest.hexdigest() != kept.sha256:
        raise SourceError(f"{kept.path}: changed while it was restored. Nothing was restored. Take another backup.")
    target.chmod(_no_wider(kept.path.removeprefix(f"{LAKE}/"), kept.mode))


def _no_wider(path: str, mode: int) -> int:
    """A mode of the backup, never open to others where rows of persons or the secret lie."""
    top = path.partition("/")[0]
    if top in CONFIDENTIAL_FOLDERS:
        return mode & 0o770
    return mode & 0o700 if top.startswith(".") else mode & 0o755


def _add_release(lake: Lake, folder: Path) -> None:
    """A release that was published after the backup was made: its figures count as told, and the ledger says so."""
    if not NAME.match(folder.name) or not folder.is_dir() or broken_files(folder):
        raise SourceError(f"--release {folder}: not the whole folder of a release. Nothing was restored.")
    if (lake.releases / folder.name).exists():
        return
    with lake.lock(0):
        lake.releases.mkdir(exist_ok=True)
        shutil.copytree(folder, lake.releases / folder.name, symlinks=True)
        take_in(lake, folder.name)


def forget(lake: Lake, entries: Sequence[Deletion], since: int) -> int:
    """Delete from a restored lake what was deleted after the backup was made. Returns the number of deliveries.

    Tables are not in a backup, so nothing that was made of them is left either.
    """
    store, named, gone = DeliveryStore(lake.root), deletions.secret_id(lake), 0
    later = entries[since:]
    for source in delivered_sources():
        mine = [e for e in later if e.source == source]
        for receipt in store.receipts(source) if mine else ():
            m = receipt.manifest
            line = next((e for e in mine if deletions.concerns(lake, e, m, named)), None)
            if line is None or receipt.state == "deleted":
                continue
            store.replace(receipt, state="deleted", rule="permission", message=None)
            held = {r.state for r in store.receipts(source) if r.manifest.sha256 == m.sha256} - {"deleted"}
            for folder, state in ((store.archive(source), "accepted"), (store.quarantine(source), "refused")):
                for path in () if state in held else sorted(folder.glob(f"{m.sha256}.*")):
                    if path.suffix != ".json":
                        remove(path)
            gone += 1
    if later:
        deletions.write(lake.root / LOG, entries)
    return gone


def settings_files(source: Source, root: Path) -> dict[str, Path]:
    """Files of the installation that were in the backup, put below the lake for whoever sets the machine up."""
    found = {}
    for file in source.about.files:
        if file.path.startswith(f"{SETTINGS}/"):
            found[file.path.partition("/")[2]] = target = root / f".{file.path}"
            target.parent.mkdir(mode=FOLDER_MODE, exist_ok=True)
            _put(source.content / file.path, target, file.model_copy(update={"mode": FILE_MODE}))
            target.chmod(FILE_MODE)
    return found


def history_back(source: Source) -> str | None:
    """Put Dagster's history where this installation keeps it; a sentence where it was not."""
    mine = [f for f in source.about.files if f.path.startswith(f"{HISTORY}/")]
    if not mine:
        return None
    try:
        storage = history.folder()
    except HandleplanError as e:
        return str(e)
    if storage is None:
        return "The history of runs was left in the backup: set DAGSTER_HOME and copy it there, where it is wanted."
    if next(history.databases(storage), None) is not None:
        return f"The history of runs was left in the backup: there is one in {storage} already."
    for file in mine:
        _put(source.content / file.path, storage / file.path.partition("/")[2], file)
    return None


def in_place(root: Path, target: Path) -> Lake:
    """Give the lake its name."""
    target = target.expanduser().resolve()
    os.replace(root, target)
    sync_folder(target.parent)
    return Lake(target)


def follow(lake: Lake, source: Source) -> list[str]:
    """From now on deletions of this lake reach the place it was restored from; a sentence where they do not."""
    made = places.made(lake)
    place = str(source.path.parent.resolve())
    with lake.lock(0):
        (lake.root / places.MADE).unlink(missing_ok=True)
        known = next((m for m in made if m.name == source.path.name), None)
        size = sum(f.bytes for f in source.about.files)
        sealed = known.sealed if known else None
        places.add(lake, places.Made(source.about.made_at, place, source.path.name, size, sealed))
        return places.spread(lake)
