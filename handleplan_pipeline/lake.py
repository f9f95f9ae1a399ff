"""The lake: one Parquet file per table (per year where a table is partitioned), written whole or not at all.

A table is checked against its contract, serialised, written to a temporary file, synced and renamed, so a failed write
keeps the last good table. The sha256 of the bytes is the table's data version. No table is ever appended to.
"""

import contextlib
import fcntl
import hashlib
import hmac
import io
import os
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
from pydantic import PrivateAttr

from handleplan_pipeline import contracts
from handleplan_pipeline.errors import ContractError, LockedError, SourceError
from schemas.contract import TableContract
from schemas.registry import all_contracts


@dataclass(frozen=True)
class LakeTable:
    """A stored table as an input of SQL: its name and its Parquet files."""

    layer: str
    name: str
    files: tuple[Path, ...]


@dataclass(frozen=True)
class CheckedTable:
    """A table that met its contract, serialised. `parts` holds Parquet bytes by partition, or under None."""

    contract: TableContract
    rows: int
    parts: Mapping[str | None, bytes]

    @property
    def data_version(self) -> str:
        """sha256 over the bytes of all parts, in order of partition."""
        h = hashlib.sha256()
        for key in sorted(self.parts, key=str):
            h.update(f"{key}:".encode())
            h.update(self.parts[key])
        return h.hexdigest()


def to_parquet(frame: pl.DataFrame) -> bytes:
    """Parquet bytes of a frame; the same frame always gives the same bytes."""
    buffer = io.BytesIO()
    frame.write_parquet(buffer, compression="zstd", statistics=True, row_group_size=100_000)
    return buffer.getvalue()


def checked(contract: TableContract, frame: pl.DataFrame, partitions: Sequence[str] | None = None) -> CheckedTable:
    """Arrange, check and serialise a table.

    `partitions` are the partition keys this write replaces; each gets a part, an empty one where `frame` holds no row
    for it. Raises ContractError when a rule is broken or a row belongs to no partition of the write.
    """
    frame = contract.arrange(frame)
    answers = contracts.require(contract, frame)
    if partitions is None or len(set(partitions)) == 1:
        _require_inside(contract, frame, partitions)
        data = to_parquet(frame)
        contracts.remember(contract, data, answers)
        return CheckedTable(contract, frame.height, {partitions[0] if partitions else None: data})
    _require_inside(contract, frame, partitions)
    key = pl.col(str(contract.partition_column)).cast(pl.String)
    return CheckedTable(
        contract, frame.height, {p: to_parquet(frame.filter(key == p)) for p in sorted(set(partitions))}
    )


def _require_inside(contract: TableContract, frame: pl.DataFrame, partitions: Sequence[str] | None) -> None:
    """Raise ContractError unless every row belongs to one of the partitions being written."""
    if partitions is None:
        return
    column = contract.partition_column
    if column is None:
        raise ContractError(f"{contract.full_name}: the table is not partitioned, but partitions were given.")
    outside = frame.filter(~pl.col(column).cast(pl.String).is_in(list(partitions))).height
    if outside:
        raise ContractError(f"{contract.full_name}: {outside} rows are outside the partitions being written.")


def checked_parts(
    contract: TableContract, partitions: Sequence[str], make: Callable[[str], pl.DataFrame]
) -> CheckedTable:
    """As `checked`, one partition at a time: two partitions' frames are in memory, the others are bytes.

    A second thread checks and serialises a partition while the next one is made; `make` is never called twice at once.
    """
    done: list[CheckedTable] = []
    with ThreadPoolExecutor(max_workers=1) as worker:
        waiting: Future[CheckedTable] | None = None
        for key in sorted(set(partitions)):
            frame = make(key)
            if waiting is not None:
                done.append(waiting.result())
            waiting = worker.submit(checked, contract, frame, [key])
        if waiting is not None:
            done.append(waiting.result())
    parts = {key: data for table in done for key, data in table.parts.items()}
    return CheckedTable(contract, sum(t.rows for t in done), parts)


def write_atomically(path: Path, data: bytes) -> None:
    """Write `data` to `path` through a temporary file, fsync and rename; readers see the old or the new file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    tmp = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with tmp.open("wb") as f:
            f.write(data)
            f.flush()
            os.fsync(f.fileno())
        os.replace(tmp, path)
    finally:
        tmp.unlink(missing_ok=True)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make a rename inside `folder` durable."""
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


class Lake:
    """The tables below a root folder."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()

    @property
    def tables(self) -> Path:
        return self.root / "tables"

    @property
    def releases(self) -> Path:
        return self.root / "releases"

    @property
    def warehouse(self) -> Path:
        return self.root / "warehouse.duckdb"

    def sealed(self, text: str) -> str:
        """A mark of `text` that only this lake can make: HMAC-SHA-256 in hex.

        What leaves in place of a plain hash, which would confirm a guess of what it was made of.
        """
        return hmac.digest(self._secret(), text.encode(), hashlib.sha256).hex()

    def seed(self, purpose: str) -> int:
        """A seed for random draws that is always the same in this lake and known to nobody outside it."""
        return int(self.sealed(f"seed|{purpose}")[:15], 16)

    def _secret(self) -> bytes:
        """32 random bytes, made when first asked for; whoever asks at the same time gets the same."""
        path = self.root / ".secret"
        if not path.is_file():
            self.root.mkdir(parents=True, exist_ok=True)
            tmp = path.with_name(f".secret.{os.getpid()}.{secrets.token_hex(4)}.tmp")
            tmp.touch(mode=0o600)
            tmp.write_bytes(secrets.token_bytes(32))
            with contextlib.suppress(FileExistsError):
                os.link(tmp, path)
            tmp.unlink()
        return path.read_bytes()

    def path(self, contract: TableContract) -> Path:
        """The table's file, or its folder where it is partitioned."""
        folder = self.tables / contract.layer
        return folder / contract.name if contract.partition_column else folder / f"{contract.name}.parquet"

    def files(self, contract: TableContract) -> tuple[Path, ...]:
        """The table's Parquet files in order; empty when it was never written."""
        path = self.path(contract)
        if contract.partition_column:
            return tuple(sorted(path.glob("*.parquet")))
        return (path,) if path.is_file() else ()

    def exists(self, contract: TableContract) -> bool:
        return bool(self.files(contract))

    def write(self, table: CheckedTable) -> None:
        """Replace the table, or the parts of it that `table` holds."""
        path = self.path(table.contract)
        for key, data in table.parts.items():
            write_atomically(path if key is None else path / f"{key}.parquet", data)

    def table(self, contract: TableContract) -> LakeTable:
        """The stored table as an input of SQL. Raises SourceError when it was never written."""
        files = self.files(contract)
        if not files:
            raise SourceError(
                f"{contract.full_name}: the table has not been materialised in {self.root.name}/. "
                "Run its asset (or `handleplan run`) first."
            )
        return LakeTable(contract.layer, contract.name, files)

    def read(self, contract: TableContract) -> pl.DataFrame:
        """The stored table (all partitions). Raises SourceError when it was never written."""
        frames = [pl.read_parquet(f) for f in self.table(contract).files]
        return pl.concat(frames) if len(frames) > 1 else frames[0]

    @contextlib.contextmanager
    def lock(self, wait_seconds: float) -> Iterator[None]:
        """Hold the lake for one run. Raises LockedError when another run still has it after `wait_seconds`."""
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / ".lock").open("a") as f:
            deadline = time.monotonic() + wait_seconds
            while True:
                try:
                    fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() >= deadline:
                        raise LockedError(
                            f"Another run is writing to {self.root.name}/. Wait for it to end or stop it."
                        ) from None
                    time.sleep(0.2)
            try:
                yield
            finally:
                fcntl.flock(f, fcntl.LOCK_UN)


def contract_of(key: dg.AssetKey) -> TableContract:
    """The contract of an asset's table: the key's two parts are layer and name."""
    layer, name = key.path
    return all_contracts()[(layer, name)]


def table_output(
    contract: TableContract,
    frame: pl.DataFrame,
    context: dg.AssetExecutionContext | None = None,
    **metadata: Any,
) -> dg.Output[CheckedTable]:
    """What an asset returns: the checked table with its data version and row count.

    For a partitioned asset pass `context`; the partitions of the run are the ones replaced.
    """
    partitions = list(context.partition_keys) if context is not None and context.has_partition_key_range else None
    if context is not None and partitions is None and context.has_partition_key:
        partitions = [context.partition_key]
    table = checked(contract, frame, partitions)
    if "missing_reason" in frame.columns:
        metadata["suppressed_rows"] = frame.filter(pl.col("missing_reason") == "suppressed").height
    return dg.Output(
        table,
        data_version=dg.DataVersion(table.data_version),
        metadata={"dagster/row_count": table.rows, "sha256": table.data_version, **metadata},
    )


class LakeIOManager(dg.ConfigurableIOManager):  # type: ignore[type-arg]
    """Writes checked tables to the lake and reads them back as Polars frames or, for `LakeTable`, as SQL inputs.

    Holds the lake's lock while a run has it.
    """

    root: str
    lock_wait_seconds: float = 600.0
    _held: Any = PrivateAttr(default=None)

    @property
    def lake(self) -> Lake:
        return Lake(Path(self.root))

    @contextlib.contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["LakeIOManager"]:
        with self.lake.lock(self.lock_wait_seconds):
            yield self

    def handle_output(self, context: dg.OutputContext, obj: CheckedTable) -> None:
        if not isinstance(obj, CheckedTable):
            raise ContractError(f"{context.asset_key.to_user_string()}: an asset must return table_output(...).")
        self.lake.write(obj)
        context.add_output_metadata({"path": str(self.lake.path(obj.contract).relative_to(self.lake.root))})

    def load_input(self, context: dg.InputContext) -> pl.DataFrame | LakeTable:
        contract = contract_of(context.asset_key)
        if context.dagster_type.typing_type is LakeTable:
            return self.lake.table(contract)
        return self.lake.read(contract)
