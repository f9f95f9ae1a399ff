"""Which files of the landing folder may be opened at all: regular and plainly named."""

import os
import stat
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused
from handleplan_pipeline.sources.deliveries.manifest import SUFFIX, TEMPORARY
from handleplan_pipeline.sources.deliveries.names import holds_person_number, is_plain, shown


@dataclass(frozen=True)
class Odd:
    """Something in a landing folder that is no delivery yet, or never will be. The sentence names only plain names."""

    state: Literal["refused", "waiting", "foreign"]
    rule: str
    sentence: str


@dataclass(frozen=True)
class Landed:
    """What lies in a source's landing folder: files that have a manifest, by name, and all the rest."""

    deliveries: tuple[Path, ...] = ()
    odd: tuple[Odd, ...] = ()


def landed(folder: Path) -> Landed:
    """Everything in a source's landing folder. One odd file is told by itself and stands in nobody's way.

    A hidden file, a link or a folder is never looked into; our own temporary files are passed over.
    """
    where = f"{folder.name}/"
    try:
        mode = folder.lstat().st_mode
        if not stat.S_ISDIR(mode):
            return Landed(odd=(Odd("foreign", "regular_file", f"{where}: is no folder but a link or a file."),))
        names = sorted(e.name for e in os.scandir(folder) if not e.name.startswith(TEMPORARY))
    except FileNotFoundError:
        return Landed()
    except OSError as e:
        said = f"{where}: the folder cannot be read ({type(e).__name__}). Give this user leave to read it."
        return Landed(odd=(Odd("waiting", "unreadable", said),))
    odd: list[Odd] = []
    plain = []
    for name in names:
        try:
            require_plain(folder / name)
            plain.append(name)
        except DeliveryRefused as e:
            odd.append(Odd("foreign", e.rule, str(e).partition(": ")[2]))
        except OSError:
            # gone since the folder was read
            continue
    files = [n for n in plain if not n.endswith(SUFFIX)]
    with_manifest = [n for n in files if n + SUFFIX in plain]
    twins = _twins(with_manifest)
    for name in (n for n in files if n not in with_manifest):
        odd.append(
            Odd(
                "waiting",
                "no_manifest",
                f"{where}{name}: there is no manifest beside it. Take it in with `handleplan deliver`, or write one.",
            )
        )
    for name in (n for n in plain if n.endswith(SUFFIX) and n.removesuffix(SUFFIX) not in files):
        odd.append(Odd("waiting", "no_file", f"{where}{name}: the file it speaks of is not beside it (yet)."))
    for name in sorted(twins):
        odd.append(Odd("foreign", "file_name", f"{where}{name}: another name differs only by case. Rename one."))
    return Landed(tuple(folder / n for n in with_manifest if n not in twins), tuple(_each_once(odd)))


def _twins(names: list[str]) -> set[str]:
    """Names that another one equals but for case."""
    count = Counter(n.casefold() for n in names)
    return {n for n in names if count[n.casefold()] > 1}


def _each_once(odd: list[Odd]) -> list[Odd]:
    """The same sentence of several files is said once, with their number."""
    return [o if n == 1 else replace(o, sentence=f"{o.sentence} ({n} files)") for o, n in Counter(odd).items()]


def require_plain(path: Path) -> None:
    """Raise DeliveryRefused unless `path` is a regular file, no link, with a plain name in composed form.

    A name is the supplier's text too: one that is not plain, or holds a person number, is not said.
    """
    name, where = path.name, f"{shown(path.parent.name)}/"
    if name.startswith(".") or name.endswith((".tmp", ".part")):
        raise DeliveryRefused("file_name", f"{where}: a hidden or temporary file. Take it away, or give it a name.")
    if not is_plain(name):
        raise DeliveryRefused("file_name", f"{where}: a file name has characters that are not allowed. Rename it.")
    if holds_person_number(name):
        raise DeliveryRefused("file_name", f"{where}: a file name holds what looks like a person number. Rename it.")
    if not stat.S_ISREG(path.lstat().st_mode):
        raise DeliveryRefused("regular_file", f"{where}{name}: not a regular file. Deliver the file itself.")
