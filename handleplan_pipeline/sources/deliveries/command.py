"""`handleplan deliver`: makes the manifest, checks the file, and puts both in the landing folder."""

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Literal

import typer
from pydantic import ValidationError

from handleplan_pipeline import clock
from handleplan_pipeline.errors import ConfigurationError
from handleplan_pipeline.lake.tables import Lake
from handleplan_pipeline.settings import get_settings
from handleplan_pipeline.sources.deliveries.archive import clear_temporary, holds, put, real_sha256
from handleplan_pipeline.sources.deliveries.caps import require_readable
from handleplan_pipeline.sources.deliveries.declared import delivery_of as delivery_of
from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused
from handleplan_pipeline.sources.deliveries.files import require_plain
from handleplan_pipeline.sources.deliveries.intake import guarded
from handleplan_pipeline.sources.deliveries.manifest import (
    TEMPORARY,
    Manifest,
    manifest_path,
    read_manifest,
    write_manifest,
)
from handleplan_pipeline.sources.deliveries.national import delivery_store
from handleplan_pipeline.sources.deliveries.permissions import SYNTHETIC
from handleplan_pipeline.sources.deliveries.readers import count_rows
from handleplan_pipeline.sources.deliveries.store import DeliveryStore
from schemas.sources.delivery_shape import Delivery

OPTIONS = {"delivery_number": "number", "file": "file name"}
"""Fields of a manifest that have another name on the command line."""


def make_manifest(
    path: Path,
    delivery: Delivery,
    period: int,
    supplier: str | None,
    number: int,
    permission: str,
    data_kind: Literal["delivered", "synthetic"],
    encoding: str | None = None,
    confirmed: bool = False,
    person_key: Literal["number", "deidentified"] = "number",
) -> Manifest:
    """The manifest of a file as it is now; its rows are counted from its bytes.

    Raises ConfigurationError when an argument cannot stand in a manifest.
    """
    require_plain(path)
    suffix = path.suffix.lstrip(".").lower()
    require_readable(path, suffix)
    try:
        draft = Manifest(
            file=path.name,
            source=delivery.source,
            supplier=supplier or delivery.supplier,
            period=period,
            rows=0,
            bytes=path.stat().st_size,
            sha256=real_sha256(path),
            delivery_number=number,
            permission=permission,
            data_kind=data_kind,
            encoding=encoding or (delivery.dialect.encoding if suffix == "csv" else None),
            format=suffix,
            confirmed=confirmed,
            person_key=person_key,
        )
    except ValidationError as e:
        wrong = ", ".join(sorted({f"--{OPTIONS.get(str(x['loc'][0]), x['loc'][0])}" for x in e.errors()}))
        raise ConfigurationError(f"{wrong}: not as it may stand in a manifest.") from None
    return draft.model_copy(update={"rows": count_rows(path, delivery, draft.encoding)})


def deliver(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The supplier's file")],
    source: Annotated[str, typer.Option(help="Source id, see `handleplan sources`")],
    period: Annotated[int, typer.Option(help="Reference year")],
    supplier: Annotated[str | None, typer.Option(help="Who made the file; default: the declared supplier")] = None,
    permission: Annotated[str, typer.Option(help="Journal number of the permission")] = "",
    number: Annotated[int, typer.Option(help="Delivery number; a correction has a higher one")] = 1,
    synthetic: Annotated[bool, typer.Option(help="The file was generated")] = False,
    encoding: Annotated[str | None, typer.Option(help="Encoding of a CSV file; default: the declared one")] = None,
    deidentified: Annotated[
        bool, typer.Option("--deidentified", help="Persons have keys that stand for their numbers")
    ] = False,
    confirm: Annotated[bool, typer.Option("--confirm", help="It is right that the file is so much smaller")] = False,
    check: Annotated[bool, typer.Option("--check", help="Only check; nothing is stored")] = False,
) -> None:
    """Check a supplier's file and put it, with its manifest, into the landing folder."""
    settings = get_settings()
    delivery = delivery_of(source)
    kind: Literal["delivered", "synthetic"] = "synthetic" if synthetic else "delivered"
    lake = Lake(settings.lake)
    with nullcontext() if check else lake.lock(settings.lock_wait_seconds):
        store = delivery_store(lake.root)
        manifest = make_manifest(
            file,
            delivery,
            period,
            supplier,
            number,
            permission or (SYNTHETIC * synthetic),
            kind,
            encoding,
            confirm,
            "deidentified" if deidentified else "number",
        )
        if _is_there(store, source, manifest):
            return
        parsed = guarded(lambda: store.check(file, delivery, manifest, clock.today()), manifest.file)
        remark = store.require_place(delivery, manifest)
        aside = "; ".join(f"{k}: {v}" for k, v in sorted(parsed.set_aside.items())) or "none"
        wrong = sum(parsed.set_aside.values())
        good = f"{manifest.rows - wrong} of {manifest.rows}" if wrong else f"{manifest.rows}"
        typer.echo(f"{file.name}: {good} rows are in order for {source} {period}; set aside: {aside}")
        if parsed.noted:
            noted = "; ".join(f"{k}: {v}" for k, v in sorted(parsed.noted.items()))
            typer.echo(f"noted: {noted} (docs/deliveries/{source}.md says what each means)")
        if remark:
            typer.echo(f"{remark}.")
        if check:
            return
        landed = _land(file, (settings.landing or lake.root / "landing") / source, manifest)
        receipt = store.accept(landed, manifest.model_copy(update={"file": landed.name}), parsed)
    typer.echo(f"accepted as delivery {receipt.manifest.delivery_number}, archived as {receipt.manifest.sha256[:12]}")


def _is_there(store: DeliveryStore, source: str, manifest: Manifest) -> bool:
    """Whether the same bytes are a delivery of this period already; said, because nothing else happens then."""
    same = [
        r
        for r in store.receipts(source)
        if r.state == "accepted" and (r.manifest.period, r.manifest.sha256) == (manifest.period, manifest.sha256)
    ]
    current = store.current(source).get(manifest.period)
    there = next((r for r in same if r == current or r.manifest.identity == manifest.identity), None)
    if there is None or not store.is_whole(there.manifest):
        return False
    typer.echo(
        f"already there: {source} {manifest.period}, delivery {there.manifest.delivery_number}, of "
        f"{there.decided_at[:10]} has these bytes. Nothing was stored."
    )
    return True


def _land(file: Path, folder: Path, manifest: Manifest) -> Path:
    """The file in the landing folder, with its manifest beside it; one that lies there already is not copied."""
    folder.mkdir(parents=True, exist_ok=True)
    clear_temporary(folder, TEMPORARY)
    names = [file.name, f"{manifest.period}_{manifest.delivery_number}_{file.name}"]
    names.append(f"{manifest.period}_{manifest.delivery_number}_{manifest.sha256[:12]}{file.suffix}")
    for path in (folder / n for n in names):
        mine = not path.exists() or holds(path, manifest.sha256)
        if mine and _may_take(path, manifest):
            break
    if not path.exists():
        put(file, path, manifest.sha256, TEMPORARY, mode=0o640)
    write_manifest(path, manifest.model_copy(update={"file": path.name}))
    return path


def _may_take(path: Path, manifest: Manifest) -> bool:
    """Whether the manifest beside `path` is none, or one of this very delivery."""
    try:
        there = read_manifest(manifest_path(path))
    except FileNotFoundError:
        return True
    except (DeliveryRefused, OSError):
        return False
    return there.identity == manifest.identity
