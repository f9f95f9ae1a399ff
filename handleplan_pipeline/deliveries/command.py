"""`handleplan deliver`: makes the manifest, checks the file, and puts both in the landing folder."""

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from handleplan_pipeline.deliveries.caps import require_readable
from handleplan_pipeline.deliveries.files import require_plain
from handleplan_pipeline.deliveries.manifest import Manifest, write_manifest
from handleplan_pipeline.deliveries.permissions import SYNTHETIC
from handleplan_pipeline.deliveries.readers import count_rows
from handleplan_pipeline.deliveries.store import DeliveryStore
from handleplan_pipeline.errors import ConfigurationError
from handleplan_pipeline.pinned import sha256_of
from handleplan_pipeline.settings import get_settings
from schemas.sources.delivery_shape import Delivery


def delivery_of(source: str) -> Delivery:
    """The declaration of a source. Raises ConfigurationError, naming the ones there are."""
    import importlib

    try:
        found = importlib.import_module(f"schemas.sources.{source}").DELIVERY
    except (ModuleNotFoundError, AttributeError):
        from schemas.registry import delivered_sources

        raise ConfigurationError(f"No source {source!r}. Known: {', '.join(delivered_sources())}.") from None
    assert isinstance(found, Delivery)
    return found


def make_manifest(
    path: Path,
    delivery: Delivery,
    period: int,
    supplier: str | None,
    number: int,
    permission: str,
    data_kind: Literal["delivered", "synthetic"],
) -> Manifest:
    """The manifest of a file as it is now; its rows are counted from its bytes."""
    require_plain(path)
    suffix = path.suffix.lstrip(".").lower()
    require_readable(path, suffix)
    draft = Manifest(
        file=path.name, source=delivery.source, supplier=supplier or delivery.supplier, period=period, rows=0,
        bytes=path.stat().st_size, sha256=sha256_of(path), delivery_number=number, permission=permission,
        data_kind=data_kind, encoding=delivery.dialect.encoding if suffix == "csv" else None, format=suffix,
    )  # fmt: skip
    rows = count_rows(path, delivery, draft.encoding)
    return draft.model_copy(update={"rows": rows})


def deliver(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The supplier's file")],
    source: Annotated[str, typer.Option(help="Source id, see `handleplan sources`")],
    period: Annotated[int, typer.Option(help="Reference year")],
    supplier: Annotated[str | None, typer.Option(help="Who made the file; default: the declared supplier")] = None,
    permission: Annotated[str, typer.Option(help="Journal number of the permission")] = "",
    number: Annotated[int, typer.Option(help="Delivery number; a correction has a higher one")] = 1,
    synthetic: Annotated[bool, typer.Option(help="The file was generated")] = False,
    check: Annotated[bool, typer.Option("--check", help="Only check; nothing is stored")] = False,
) -> None:
    """Check a supplier's file and put it, with its manifest, into the landing folder."""
    settings = get_settings()
    delivery = delivery_of(source)
    kind: Literal["delivered", "synthetic"] = "synthetic" if synthetic else "delivered"
    manifest = make_manifest(file, delivery, period, supplier, number, permission or (SYNTHETIC * synthetic), kind)
    store = DeliveryStore(settings.lake)
    parsed = store.check(file, delivery, manifest, datetime.now(UTC).date())
    aside = "; ".join(f"{k}: {v}" for k, v in sorted(parsed.set_aside.items())) or "none"
    typer.echo(f"{file.name}: {manifest.rows} rows are in order for {source} {period}; set aside: {aside}")
    if check:
        return
    folder = (settings.landing or settings.lake / "landing") / source
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{period}_{number}_{file.name}" if (folder / file.name).exists() else file.name
    manifest = manifest.model_copy(update={"file": name})
    tmp = folder / f".{name}.tmp"
    shutil.copyfile(file, tmp)
    tmp.replace(folder / name)
    write_manifest(folder / name, manifest)
    store.accept(folder / name, manifest, parsed)
    typer.echo(f"accepted as delivery {manifest.delivery_number}, archived as {manifest.sha256[:12]}")
