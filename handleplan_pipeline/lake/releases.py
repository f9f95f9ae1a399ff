"""Which releases there are, which were announced, and what one says of itself."""

import json
import re
from pathlib import Path

import polars as pl

from handleplan_pipeline.lake import parquet
from handleplan_pipeline.lake.tables import Lake

UNPROTECTED = "_UNPROTECTED"
"""Stands in the name of a release without disclosure control."""


NAME = re.compile(rf"^\d{{4}}-\d{{2}}-\d{{2}}T\d{{2}}-\d{{2}}Z_r(\d{{4,}})(?:{UNPROTECTED})?$")


ANNOUNCED = "announced.json"
"""The ids of the releases that `latest` has led to, oldest first."""


PROPOSED = ".proposed"
"""Folder of releases that are built, verified and audited, and that nobody outside may read yet."""
WITHDRAWN = ".WITHDRAWN.html"
"""Follows the id in the name of the file that says of a release that it was withdrawn."""


def number_of(release_id: str) -> int:
    """The number in the name of a release; 0 in a name that is none."""
    found = NAME.match(release_id)
    return int(found.group(1)) if found else 0


def _number(folder: Path) -> int:
    return number_of(folder.name)


def existing(lake: Lake) -> list[Path]:
    """All release folders, oldest first by number, those that were never announced too."""
    if not lake.releases.is_dir():
        return []
    found = [p for p in lake.releases.iterdir() if NAME.match(p.name) and not p.is_symlink() and p.is_dir()]
    return sorted(found, key=lambda p: (_number(p), p.name))


def proposed(lake: Lake) -> list[Path]:
    """The folders of releases that are not public, oldest first; no disclosure control counts them."""
    folder = lake.releases / PROPOSED
    found = [p for p in folder.iterdir() if NAME.match(p.name) and p.is_dir()] if folder.is_dir() else []
    return sorted(found, key=lambda p: (_number(p), p.name))


def withdrawn(lake: Lake) -> list[str]:
    """The ids of withdrawn releases. Their folders stay, and disclosure control goes on counting them."""
    if not lake.releases.is_dir():
        return []
    found = (p.name.removesuffix(WITHDRAWN) for p in lake.releases.glob(f"*{WITHDRAWN}"))
    return sorted(n for n in found if NAME.match(n))


def announced_ids(lake: Lake) -> list[str] | None:
    """The list of announced releases; None where there is none (a lake of before the list, a lost file)."""
    try:
        found = json.loads((lake.releases / ANNOUNCED).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return [str(x) for x in found] if isinstance(found, list) else None


def _linked(lake: Lake) -> Path | None:
    """The release that `latest` leads to, where it leads to one of this lake."""
    link = lake.releases / "latest"
    path = link.resolve()
    return path if link.is_dir() and path.parent == lake.releases.resolve() and NAME.match(path.name) else None


def never_announced(lake: Lake) -> list[Path]:
    """Releases that were renamed into place while `latest` never led to them; empty where nothing was written down."""
    known = announced_ids(lake)
    if known is None:
        return []
    linked = _linked(lake)
    return [p for p in existing(lake) if p.name not in known and p != linked]


def controlled(release: Path) -> bool:
    """Whether a release says of itself that disclosure control was on."""
    file = release / "parquet" / "meta" / "release.parquet"
    frame = parquet.read(file, "meta.release") if file.is_file() else pl.DataFrame()
    return "disclosure_control" in frame.columns and frame["disclosure_control"].to_list() == ["on"]
