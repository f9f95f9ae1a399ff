"""Puts a release in place: hidden folder, verification in a fresh process, rename, then the link.

A crash at any point leaves the old release whole: `latest` is swapped last, by renaming a new link over the old one.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from handleplan_pipeline.catalogue import Catalogue
from handleplan_pipeline.errors import ReleaseError
from handleplan_pipeline.lake import Lake, sync_folder, write_atomically
from handleplan_pipeline.release.build import build
from schemas.protection.suppression_plan import CERTIFICATE

UNPROTECTED = "_UNPROTECTED"
"""Stands in the name of a release without disclosure control."""
NAME = re.compile(rf"^\d{{4}}-\d{{2}}-\d{{2}}T\d{{2}}-\d{{2}}Z_r(\d{{4,}})(?:{UNPROTECTED})?$")


@dataclass(frozen=True)
class Published:
    """A release in its place."""

    release_id: str
    path: Path
    tables: int


def existing(lake: Lake) -> list[Path]:
    """Release folders, oldest first by number."""
    if not lake.releases.is_dir():
        return []
    found = [(int(m.group(1)), p) for p in lake.releases.iterdir() if (m := NAME.match(p.name)) and not p.is_symlink()]
    return [p for _, p in sorted(found)]


def latest(lake: Lake) -> Path | None:
    """The folder that `latest` points to; None before the first release."""
    link = lake.releases / "latest"
    return link.resolve() if link.is_dir() else None


def _read_only(folder: Path) -> None:
    for path in folder.rglob("*"):
        path.chmod(0o555 if path.is_dir() else 0o444)


def _point_latest_at(lake: Lake, release_id: str) -> None:
    link = lake.releases / f".latest.{os.getpid()}"
    link.unlink(missing_ok=True)
    link.symlink_to(release_id)
    os.replace(link, lake.releases / "latest")
    write_atomically(lake.releases / "latest.json", json.dumps({"release_id": release_id}).encode() + b"\n")
    sync_folder(lake.releases)


def verify_in_fresh_process(folder: Path) -> None:
    """Raises ReleaseError with what is wrong."""
    done = subprocess.run(
        [sys.executable, "-m", "handleplan_pipeline.release.verify", str(folder)], capture_output=True, text=True
    )
    if done.returncode:
        what = done.stdout.strip() or "the verification did not run"
        raise ReleaseError(f"The release was not published; the old one stays. What is wrong: {what}")


def audit_in_fresh_process(lake: Lake, folder: Path, earlier: list[Path]) -> None:
    """The gate of disclosure control. Raises ReleaseError with what is wrong."""
    command = [sys.executable, "-m", "handleplan_pipeline.protection.audit", str(folder),
               "--certificates", str(lake.path(CERTIFICATE)), "--earlier", *map(str, earlier)]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        found = done.stdout.strip().splitlines() or ["the audit did not run"]
        what = "; ".join(found[:20]) + (f" (and {len(found) - 20} more)" if len(found) > 20 else "")
        raise ReleaseError(f"The release was not published; the old one stays. The disclosure audit found: {what}")


def publish(lake: Lake, catalogue: Catalogue, disclosure: bool = True) -> Published:
    """Build, verify, audit and publish the next release. Raises ReleaseError and leaves the old release in place.

    Without `disclosure` (synthetic figures only) nothing is audited and the release says so in its name.
    """
    lake.releases.mkdir(parents=True, exist_ok=True)
    for left_over in lake.releases.glob(".building-*"):
        shutil.rmtree(left_over, ignore_errors=True)
    earlier = existing(lake)
    number = int(NAME.match(earlier[-1].name).group(1)) + 1 if earlier else 1  # type: ignore[union-attr]
    release_id = f"{datetime.now(UTC):%Y-%m-%dT%H-%MZ}_r{number:04d}{'' if disclosure else UNPROTECTED}"
    folder = lake.releases / f".building-{release_id}"
    folder.mkdir()
    try:
        tables = build(lake, catalogue, folder, release_id, latest(lake), disclosure)
        verify_in_fresh_process(folder)
        if disclosure:
            audit_in_fresh_process(lake, folder, earlier)
        _read_only(folder)
        target = lake.releases / release_id
        os.replace(folder, target)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    _point_latest_at(lake, release_id)
    return Published(release_id, target, tables)
