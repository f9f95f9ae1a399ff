"""Deliveries of shelter stays made by hand, and a lake with a landing folder to put them into.

Every person number here fails modulus 11 on a date other than 1 January, so it can belong to nobody.
"""

import hashlib
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml
from typer.testing import CliRunner, Result

from handleplan_pipeline.cli import app
from handleplan_pipeline.settings import get_settings
from handleplan_pipeline.sources.deliveries.command import delivery_of
from handleplan_pipeline.sources.deliveries.intake import Intake
from handleplan_pipeline.sources.deliveries.manifest import Manifest, write_manifest
from handleplan_pipeline.sources.deliveries.permissions import Permission
from handleplan_pipeline.sources.deliveries.store import DeliveryStore
from schemas.sources.delivery_shape import Delivery

NUMBERS = ("0201650000", "3112994000", "0201004000", "2902005000", "1506379000", "3108993000")
TOKEN = "TOKENQ7"
STAYS = delivery_of("section_110_stays")
HEAD = "CPR;BOFORM_ID;BOFORM_KOM;BETALINGSKOM;INDSKREVET;UDSKREVET;DATA_KIND"


def row(
    k: int, start: str = "01-02-2010", end: str = "01-03-2010", here: str = "101", number: str | None = None
) -> str:
    return f"{NUMBERS[k % 6] if number is None else number};B{k:02d};{here};101;{start};{end};synthetic"


def text(n: int = 40, **more: Any) -> str:
    return "\n".join([HEAD, *(row(k, **more) for k in range(n))]) + "\n"


class Place:
    """A lake and a landing folder of one test."""

    def __init__(self, root: Path) -> None:
        self.landing, self.store = root / "landing", DeliveryStore(root / "lake")

    def land(
        self,
        content: str | bytes,
        period: int = 2010,
        number: int = 1,
        delivery: Delivery = STAYS,
        name: str | None = None,
        rows: int | None = None,
        **change: Any,
    ) -> Path:
        folder = self.landing / delivery.source
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / (name or f"{delivery.source}_{period}_{number}.csv")
        path.write_bytes(content.encode(delivery.dialect.encoding) if isinstance(content, str) else content)
        draft = Manifest(
            file=path.name,
            source=delivery.source,
            supplier=delivery.supplier,
            period=period,
            rows=(len(content.strip().split("\n")) - 1 if isinstance(content, str) else 0) if rows is None else rows,
            bytes=path.stat().st_size,
            sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
            delivery_number=number,
            permission="SYNTETISK",
            data_kind="synthetic",
            encoding=delivery.dialect.encoding,
            format=path.suffix[1:],
        )
        write_manifest(path, draft.model_copy(update=change))
        return path

    def take(self, period: int = 2010, delivery: Delivery = STAYS) -> tuple[pl.DataFrame, Intake]:
        intake = Intake(self.store, self.landing, delivery)
        return intake.rows(period), intake


def refused(intake: Intake) -> tuple[str | None, str]:
    (receipt,) = intake.decided
    assert receipt.state == "refused"
    assert not any(n in (receipt.message or "") for n in (*NUMBERS, TOKEN))
    return receipt.rule, receipt.message or ""


def permission(**change: Any) -> Permission:
    fields = {
        "journal_number": "2010-41-0001",
        "purpose": "statistics",
        "data_controller": "Københavns Kommune",
        "sources": ["section_110_stays"],
        "population": "hjemløse",
        "start": date(2010, 1, 1),
        "delete_by": date(2016, 12, 31),
        "status": "granted",
    }
    return Permission(**fields | change)  # type: ignore[arg-type]


def real(n: int = 40) -> str:
    return "\n".join(x.rpartition(";")[0] for x in text(n).strip().split("\n")) + "\n"


def deliver(file: Path, *more: str) -> Result:
    arguments = ["deliver", str(file), "--source", "section_110_stays", "--period", "2010", "--synthetic", *more]
    return CliRunner().invoke(app, arguments)


def written(tmp_path: Path, content: str, name: str = "ophold.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content.encode("cp1252"))
    return path


def use(environment: pytest.MonkeyPatch, tmp_path: Path, **settings: Any) -> Path:
    key = tmp_path / "key"
    key.write_text(sha256(b"a key for tests only").hexdigest())
    key.chmod(0o600)
    entries = [permission(delete_by=date(2999, 1, 1)).model_dump(mode="json")]
    (tmp_path / "permissions.yaml").write_text(yaml.safe_dump(entries))
    values = {"KEY_FILE": key, "PERMISSIONS": tmp_path / "permissions.yaml", **settings}
    for name, value in values.items():
        environment.setenv(f"HANDLEPLAN_{name}", str(value))
    get_settings.cache_clear()
    return tmp_path / "permissions.yaml"
