"""Makes the files follow the ledger: which release `latest` leads to, what `latest.json` says, what is withdrawn.

`latest` and `latest.json` are links into a folder that one more link, `.pointer`, leads to: all that readers are told
changes in the moment in which that link is renamed. The ledger is written first; whatever is done next with the lake
completes a change that was cut off after its line.
"""

import contextlib
import hashlib
import html
import json
import os
import re
import secrets
import shutil
import stat
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from handleplan_pipeline.errors import ReleaseError
from handleplan_pipeline.lake.files import sync_folder, write_atomically, write_synced
from handleplan_pipeline.lake.releases import ANNOUNCED, PROPOSED, WITHDRAWN, _linked, announced_ids, existing
from handleplan_pipeline.lake.tables import Lake
from handleplan_pipeline.release import ledger
from handleplan_pipeline.release.embargo import local
from handleplan_pipeline.release.ledger import Entry
from handleplan_pipeline.release.verify import MANIFEST, SUMS

POINTER, POINTERS = ".pointer", ".pointers"
KEPT_POINTERS = 3
"""A reader may be on its way through the last ones. Ours, version 1."""
PUBLIC = ("published", "superseded", "withdrawn")
"""States of releases that somebody outside may have read."""
REPLACED = re.compile(r"^(?P<reason>.*?)(?: \(replaced by (?P<by>[^ ()]+)\))?$", re.S)
DEMONSTRATION = "demonstration"
"""The note of the one step of a release with synthetic figures."""
PROGRAM = "handleplan"
"""Who takes a step that no person takes."""


def link(target: str, place: Path) -> None:
    """A symbolic link at `place`, put there in one step."""
    tmp = place.with_name(f".{place.name}.{os.getpid()}.{secrets.token_hex(4)}")
    tmp.symlink_to(target)
    os.replace(tmp, place)


def sums_sha256(folder: Path) -> str:
    """The hash of a release's list of sums; of a release without one, of nothing."""
    file = folder / SUMS
    return hashlib.sha256(file.read_bytes() if file.is_file() else b"").hexdigest()


def withdrawals(entries: Sequence[Entry]) -> list[dict[str, str | None]]:
    """What is told of withdrawn releases: id, when, why, and what stands in their place."""
    found = []
    for e in entries:
        if e.to_state == "withdrawn" and (said := REPLACED.match(e.note)):
            told = {
                "release_id": e.release_id,
                "withdrawn_at": e.at,
                "reason": said["reason"],
                "replaced_by": said["by"],
            }
            found.append(told)
    return found


def adopt(lake: Lake) -> None:
    """Write down the releases of a lake of before the ledger, from the oldest that readers were led to."""
    if ledger.read(lake):
        return
    there, linked, known = existing(lake), _linked(lake), announced_ids(lake)
    told = [p for p in there if p != linked and (known is None or p.name in known)]
    told += [linked] if linked is not None else []
    note = "published before there was a ledger"
    lines: list[Entry] = []
    for before, folder in zip([None, *told], told, strict=False):
        lines.append(step(folder.name, "draft", "published", PROGRAM, note, sums_sha256(folder)))
        if before is not None:
            lines.append(step(before.name, "published", "superseded", PROGRAM, note, sums_sha256(before)))
    if lines:
        ledger.append_all(lake, lines)


def step(release_id: str, before: str, after: str, who: str, note: str, sums: str, at: str | None = None) -> Entry:
    """A line to be added."""
    return Entry(at or ledger.now(), " ".join(who.split()), release_id, before, after, note.strip(), sums, "")


def settle(lake: Lake) -> None:
    """Make the files say what the ledger says. For whoever holds the lake; does nothing where they do already.

    Raises ReleaseError when the ledger is broken, or a release that it calls published is not there.
    """
    adopt(lake)
    entries = ledger.read(lake)
    if not entries:
        return
    _put_in_place(lake, entries)
    for told in withdrawals(entries):
        file = lake.releases / f"{told['release_id']}{WITHDRAWN}"
        page = withdrawn_page(lake, told).encode()
        if not file.is_file() or file.read_bytes() != page:
            write_atomically(file, page)
    _point(lake, entries)
    _write_announced(lake, entries)


def _put_in_place(lake: Lake, entries: Sequence[Entry]) -> None:
    """Give the name to a proposed release that has become public."""
    for folder in sorted((lake.releases / PROPOSED).glob("*_r*")):
        place = lake.releases / folder.name
        if not folder.is_dir() or ledger.state_of(entries, folder.name) not in PUBLIC or place.exists():
            continue
        folder.chmod(stat.S_IMODE(lake.releases.stat().st_mode) | stat.S_IRWXU)
        os.replace(folder, place)
        sync_folder(lake.releases)
        for beside in (lake.releases / PROPOSED).glob(f"{folder.name}.*"):
            beside.unlink(missing_ok=True)


def told_now(lake: Lake) -> dict[str, Any]:
    """What latest.json says; empty where it says nothing that can be read."""
    try:
        found = json.loads((lake.releases / "latest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _point(lake: Lake, entries: Sequence[Entry]) -> None:
    """Lead readers to the current release, `latest` and `latest.json` in one step."""
    now, gone = ledger.current(entries), withdrawals(entries)
    if now is None and not gone:
        return
    if now is not None and not (lake.releases / now).is_dir():
        if any(e.release_id == now and e.note == DEMONSTRATION for e in entries):
            # one that was deleted to make room
            return
        raise ReleaseError(
            f"{now}: the ledger says that it is published, and its folder is not there. Restore it from the backup."
        )
    linked, told = _linked(lake), told_now(lake)
    led = (linked.name if linked else None) == now and told.get("release_id") == now
    if led and told.get("withdrawn") == gone and (lake.releases / POINTER).is_symlink():
        return
    said = _manifest(lake.releases / now) if now is not None else {}
    head = {"release_id": now, "withdrawn": gone, "ledger_sha256": ledger.head(entries)}
    folder = _new_pointer(lake, now, said | head)
    if not (lake.releases / POINTER).is_symlink() and linked is not None and linked.name != now:
        # a lake of before: first its own links, to what they lead to already
        _through(lake, _new_pointer(lake, linked.name, told or _manifest(linked)))
    _through(lake, folder)
    _forget_old_pointers(lake)


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        found = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _new_pointer(lake: Lake, release_id: str | None, told: dict[str, Any]) -> Path:
    home = lake.releases / POINTERS
    home.mkdir(exist_ok=True)
    number = max((int(p.name.partition("-")[0]) for p in home.glob("[0-9]*-*")), default=0) + 1
    folder = home / f"{number:06d}-{secrets.token_hex(4)}"
    folder.mkdir()
    if release_id is not None:
        (folder / "release").symlink_to(f"../../{release_id}")
    text = json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True)
    write_synced(folder / "latest.json", f"{text}\n".encode())
    for changed in (folder, home):
        sync_folder(changed)
    return folder


def _through(lake: Lake, folder: Path) -> None:
    link(f"{POINTERS}/{folder.name}", lake.releases / POINTER)
    for name, target in (("latest", f"{POINTER}/release"), ("latest.json", f"{POINTER}/latest.json")):
        place = lake.releases / name
        if not place.is_symlink() or os.readlink(place) != target:
            link(target, place)
    sync_folder(lake.releases)


def _forget_old_pointers(lake: Lake) -> None:
    now = (lake.releases / POINTER).resolve()
    for folder in sorted((lake.releases / POINTERS).iterdir())[:-KEPT_POINTERS]:
        if folder.resolve() != now:
            shutil.rmtree(folder, ignore_errors=True)


def _write_announced(lake: Lake, entries: Sequence[Entry]) -> None:
    """The list for readers of before the ledger: whatever was public, in the order it became so."""
    known = [r for r in ledger.releases_in(entries) if ledger.state_of(entries, r) in PUBLIC]
    first = {
        r: next(i for i, e in enumerate(entries) if e.release_id == r and e.to_state == "published") for r in known
    }
    known.sort(key=first.__getitem__)
    if announced_ids(lake) != known:
        write_atomically(lake.releases / ANNOUNCED, (json.dumps(known, indent=1) + "\n").encode())


def begin_announced(lake: Lake) -> None:
    """A list where there is none yet, so that a release that is cut off before its line counts as not announced."""
    if announced_ids(lake) is None:
        write_atomically(lake.releases / ANNOUNCED, b"[]\n")


def clean(lake: Lake, entries: Sequence[Entry]) -> None:
    """Take away proposals that were cut off before their line in the ledger: nobody was told of them."""
    home = lake.releases / PROPOSED
    for folder in home.iterdir() if home.is_dir() else ():
        release_id = folder.name.partition(".")[0]
        if not any(e.release_id == release_id for e in entries):
            remove(folder)


def remove(path: Path) -> None:
    """Delete a file, or a folder that may have been made read-only already."""
    if not path.is_dir() or path.is_symlink():
        path.unlink(missing_ok=True)
        return
    for part in (path, *path.rglob("*")):
        if part.is_dir() and not part.is_symlink():
            with contextlib.suppress(OSError):
                part.chmod(0o755)
    shutil.rmtree(path, ignore_errors=True)


def withdrawn_page(lake: Lake, told: dict[str, str | None]) -> str:
    """The page beside a withdrawn release: that it is, since when, why, and what to read instead."""
    by = told["replaced_by"]
    at = local(datetime.fromisoformat(str(told["withdrawn_at"]).replace("Z", "+00:00")))
    name, reason, when = html.escape(str(told["release_id"])), html.escape(str(told["reason"])), html.escape(at)
    page = f"{by}/report" if by and (lake.releases / by / "report" / "index.html").is_file() else str(by)
    instead = f'<a href="{html.escape(page)}/">{html.escape(by)}</a>' if by else None
    da = f"I stedet: {instead}." if instead else "Der er ingen anden udgivelse i stedet."
    en = f"Instead: {instead}." if instead else "There is no other release in its place."
    return f"""<!DOCTYPE html>
<html lang="da">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Trukket tilbage: {name}</title>
</head>
<body>
<main>
<h1>Trukket tilbage: {name}</h1>
<p>Udgivelsen er trukket tilbage {when}. Brug ikke dens tal.</p>
<p>Årsag: {reason}</p>
<p>{da}</p>
<div lang="en">
<h2>Withdrawn: {name}</h2>
<p>This release was withdrawn on {when}. Do not use its figures.</p>
<p>Reason: {reason}</p>
<p>{en}</p>
</div>
</main>
</body>
</html>
"""
