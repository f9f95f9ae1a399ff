"""What may not be held any more is deleted wherever it lies, with everything made of it."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import polars as pl

from handleplan_pipeline.errors import ConfigurationError
from handleplan_pipeline.lake import parquet
from handleplan_pipeline.lake.tables import Lake
from handleplan_pipeline.settings import get_settings
from handleplan_pipeline.sources.deliveries.archive import clear_temporary, real_sha256, remove
from handleplan_pipeline.sources.deliveries.declared import delivery_of
from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused
from handleplan_pipeline.sources.deliveries.manifest import (
    SUFFIX,
    TEMPORARY,
    Manifest,
    manifest_path,
    open_regular,
    read_manifest,
)
from handleplan_pipeline.sources.deliveries.permissions import (
    NO_LONGER,
    SENTENCES,
    Permission,
    verdict,
)
from handleplan_pipeline.sources.deliveries.receipt import Receipt
from handleplan_pipeline.sources.deliveries.store import DeliveryStore
from schemas.contract import TableContract
from schemas.registry import all_contracts, delivered_sources


@dataclass
class Purged:
    """What was deleted: deliveries, files by the folder they lay in, tables; and what could not be.

    `dry`: nothing was, this is what would be.
    """

    dry: bool = False
    deliveries: list[tuple[str, int, str, str]] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    tables: int = 0
    left: list[str] = field(default_factory=list)


def derived_tables() -> list[TableContract]:
    """Every table that may be made of a delivery, by what its contract says."""
    return [c for c in all_contracts().values() if c.made_of_deliveries]


def must_go(lake: Lake, today: date) -> list[tuple[str, Receipt]]:
    """Every delivery, with its source, whose permission is withdrawn, has ended or is not on file."""
    store = DeliveryStore(lake.root)
    known = store.permissions()
    return [(s, r) for s in delivered_sources() for r in store.receipts(s) if _must_go(r, s, known, today)]


def purge_lake(lake: Lake, today: date, landing: Path | None = None, dry: bool = False) -> Purged:
    """Delete deliveries whose permission is withdrawn, has ended or is not on file, and all that derives from them.

    Looks in landing (by manifest and by hash), archive, quarantine and temporary copies. Tables go first and receipts
    are written last, so that after a crash it begins anew. Hash and receipt stay; so do releases, which are protected
    output. `dry` only says what would be deleted. The lake must be held. Raises ConfigurationError when no file of
    permissions is set.
    """
    store, done = DeliveryStore(lake.root), Purged(dry)
    landing = landing or get_settings().landing or lake.root / "landing"
    known = store.permissions()
    gone = must_go(lake, today)
    lying = list(_landed(landing, known, today, {r.manifest.sha256 for _, r in gone}, done))
    if (gone or lying) and get_settings().permissions is None:
        raise ConfigurationError(
            "HANDLEPLAN_PERMISSIONS names no file, so nobody may hold the real deliveries here. Set it; a file with an "
            "empty list says that all is withdrawn."
        )
    if any(r.state == "accepted" for _, r in gone) or _gone_above(lake, known, today):
        done.tables = _delete_tables(lake, dry)
    for path in lying:
        _delete(path, "landing", done)
    for source in () if dry else delivered_sources():
        done.files += ["temporary"] * _clear(store, source, landing, source in {s for s, _ in gone})
    for source, receipt in gone:
        _delete_stored(store, source, receipt, known, today, done)
    return done


def _must_go(receipt: Receipt, source: str, known: Mapping[str, Permission], today: date) -> bool:
    return receipt.state != "deleted" and verdict(receipt.manifest, source, known, today) in NO_LONGER


def _gone_above(lake: Lake, known: Mapping[str, Permission], today: date) -> bool:
    """Whether this lake's tables hold a cut of a delivery of the national lake that must go.

    Its own purge deletes the file itself.
    """
    above = get_settings().above
    if above is None:
        return False
    store = DeliveryStore(above)
    for source in delivered_sources():
        gone = [r for r in store.receipts(source) if r.state == "deleted" or _must_go(r, source, known, today)]
        files = lake.files(delivery_of(source).table) if gone else ()
        ids = [r.manifest.delivery_id for r in gone]
        if files and parquet.scan(files).select(pl.col("delivery_id").is_in(ids).any()).collect().item():
            return True
    return False


def _delete_tables(lake: Lake, dry: bool) -> int:
    files = [f for c in derived_tables() for f in lake.files(c)]
    for f in [] if dry else [*files, lake.warehouse]:
        remove(f)
    return len(files)


def _clear(store: DeliveryStore, source: str, landing: Path, some_gone: bool) -> int:
    folders = (store.archive(source), store.quarantine(source), store.root / "raw")
    return sum(map(clear_temporary, folders)) + clear_temporary(landing / source, "." if some_gone else TEMPORARY)


def _landed(
    landing: Path, known: Mapping[str, Permission], today: date, gone: set[str], done: Purged
) -> Iterator[Path]:
    """Files anywhere in landing that may not be held: by what their manifest says, or by their bytes."""
    for folder, folders, names in os.walk(landing):
        folders[:] = [f for f in folders if not (Path(folder) / f).is_symlink()]
        for path in (Path(folder) / n for n in sorted(names) if not n.endswith(SUFFIX)):
            manifest = _manifest_of(path)
            if manifest is not None and manifest.data_kind == "delivered":
                if verdict(manifest, manifest.source, known, today) in NO_LONGER:
                    yield path
                continue
            try:
                os.close(open_regular(path))
            except OSError:
                # a link, a pipe or a device holds no bytes of its own
                if path.is_file() and not path.is_symlink():
                    done.left.append("landing: a file that cannot be read")
                continue
            if gone and real_sha256(path) in gone:
                yield path


def _manifest_of(path: Path) -> Manifest | None:
    try:
        return read_manifest(manifest_path(path))
    except (DeliveryRefused, OSError):
        return None


def _delete(path: Path, where: str, done: Purged) -> None:
    """Delete a file and the manifest beside it."""
    if done.dry:
        done.files += [where] * path.exists()
        return
    try:
        if remove(path):
            done.files.append(where)
        if where == "landing":
            remove(manifest_path(path))
    except OSError as e:
        done.left.append(f"{where}: {type(e).__name__}")


def _delete_stored(
    store: DeliveryStore, source: str, receipt: Receipt, known: Mapping[str, Permission], today: date, done: Purged
) -> None:
    """Delete the bytes of one delivery, unless another one that may be held has the same, and say so in its receipt."""
    m = receipt.manifest
    held = [
        r
        for r in store.receipts(source)
        if r.manifest.sha256 == m.sha256 and r.state != "deleted" and not _must_go(r, source, known, today)
    ]
    states = {r.state for r in held}
    for folder, state in ((store.archive(source), "accepted"), (store.quarantine(source), "refused")):
        for path in [] if state in states or not folder.is_dir() else sorted(folder.glob(f"{m.sha256}.*")):
            # receipts of form 1 are named after the hash too
            if path.suffix != ".json":
                _delete(path, folder.parent.name, done)
    wrong = verdict(m, source, known, today)
    if not done.dry:
        store.replace(receipt, state="deleted", rule="permission", message=None)
    done.deliveries.append((source, m.period, m.sha256, SENTENCES[str(wrong)].format(source=source)))
