"""The lake: one Parquet file per table (per year where a table is partitioned), written whole or not at all.

A table is checked against its contract, serialised, written to temporary files, synced and renamed, so a failed write
keeps the last good table. The sha256 of the bytes is the table's data version; of a confidential table only a mark of
it leaves, which this lake alone can make. No table is ever appended to.
"""

import contextlib
import errno
import hashlib
import hmac
import io
import shutil
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from handleplan_pipeline.errors import ConfigurationError, ContractError, SourceError
from handleplan_pipeline.lake import contracts, locks, parquet, secret, spill
from handleplan_pipeline.lake.files import write_all
from handleplan_pipeline.lake.parts import MANIFEST, Part, blocks, drop, finish, put, stage, standing
from schemas.contract import TableContract
from schemas.registry import all_contracts

CONFIDENTIAL_FOLDERS = ("raw", "quarantine", "tables")
"""Where rows of persons lie. Not landing: it is the door through which others put files."""


BESIDE = 1_000_000
"""A part of so many rows is checked while the next is made; of more, two would need too much memory. Ours, version
1."""


@dataclass(frozen=True)
class LakeTable:
    """A stored table as an input of SQL: its name, its Parquet files and the root of the lake they lie in."""

    layer: str
    name: str
    files: tuple[Path, ...]
    root: Path | None = None


@dataclass(frozen=True)
class CheckedTable:
    """A table that met its contract, serialised. `parts` holds Parquet by partition, or under None: bytes, or a file
    that waits beside its place.

    `counts` are the rows of each part.
    """

    contract: TableContract
    rows: int
    parts: Mapping[str | None, Part]
    counts: Mapping[str | None, int]

    @property
    def data_version(self) -> str:
        """sha256 over the bytes of all parts, in order of partition. Confirms a guess: see `Lake.version`."""
        h = hashlib.sha256()
        for key in sorted(self.parts, key=str):
            h.update(f"{key}:".encode())
            for data in blocks(self.parts[key]):
                h.update(data)
        return h.hexdigest()


def to_parquet(frame: pl.DataFrame, schema: str | None = None) -> bytes:
    """Parquet bytes of a frame, with the structure of its table; the same frame always gives the same bytes."""
    buffer = io.BytesIO()
    said = {parquet.SCHEMA: schema} if schema else None
    frame.write_parquet(buffer, compression="zstd", statistics=True, row_group_size=100_000, metadata=said)
    return buffer.getvalue()


def checked(contract: TableContract, frame: pl.DataFrame, partitions: Sequence[str] | None = None) -> CheckedTable:
    """Arrange, check and serialise a table.

    `partitions` are the partition keys this write replaces; each gets a part, an empty one where `frame` holds no row
    for it. Raises ContractError when a rule is broken or a row belongs to no partition of the write.
    """
    frame = contract.arrange(frame)
    answers = contracts.require(contract, frame)
    _require_key_named(contract, frame)
    if partitions is None or len(set(partitions)) == 1:
        _require_inside(contract, frame, partitions)
        data = to_parquet(frame, contract.schema_version)
        contracts.remember(contract, data, answers)
        part = partitions[0] if partitions else None
        return CheckedTable(contract, frame.height, {part: data}, {part: frame.height})
    _require_inside(contract, frame, partitions)
    key = pl.col(str(contract.partition_column)).cast(pl.String)
    frames = {p: frame.filter(key == p) for p in sorted(set(partitions))}
    parts: dict[str | None, Part] = {p: to_parquet(f, contract.schema_version) for p, f in frames.items()}
    return CheckedTable(contract, frame.height, parts, {p: f.height for p, f in frames.items()})


def _require_key_named(contract: TableContract, frame: pl.DataFrame) -> None:
    """Raise ContractError unless every pseudonym says which key made it: without, two keys could be joined unseen."""
    if not {"person", "key_id"} <= set(contract.column_names):
        return
    unnamed = frame.filter(pl.col("person").is_not_null() & pl.col("key_id").is_null()).height
    if unnamed:
        raise ContractError(f"{contract.full_name}: {unnamed} rows have a pseudonym but no key_id. Nothing written.")


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
    contract: TableContract,
    partitions: Sequence[str],
    make: Callable[[str], pl.DataFrame],
    folder: Path | None = None,
) -> CheckedTable:
    """As `checked`, one partition at a time: two partitions' frames are in memory, the others wait in `folder`.

    A second thread checks and serialises a partition while the next one is made, unless it has more than `BESIDE` rows;
    `make` is never called twice at once.
    Without a folder the others are bytes. Where one fails, nothing is left in it.
    """
    done: dict[str | None, tuple[Part, int]] = {}

    def one(frame: pl.DataFrame, key: str) -> None:
        table = checked(contract, frame, [key])
        part = table.parts[key]
        done[key] = (stage(folder, key, part) if folder and isinstance(part, bytes) else part, table.rows)

    try:
        with ThreadPoolExecutor(max_workers=1) as worker:
            waiting: Future[None] | None = None
            for key in sorted(set(partitions)):
                frame = make(key)
                if waiting is not None:
                    waiting.result()
                waiting, many = worker.submit(one, frame, key), frame.height > BESIDE
                del frame
                if many:
                    waiting.result()
            if waiting is not None:
                waiting.result()
    except BaseException:
        drop([part for part, _ in done.values()])
        raise
    counts = {key: rows for key, (_, rows) in done.items()}
    return CheckedTable(contract, sum(counts.values()), {key: part for key, (part, _) in done.items()}, counts)


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
        return hmac.digest(self.secret(), text.encode(), hashlib.sha256).hex()

    def seed(self, purpose: str) -> int:
        """A seed for random draws that is always the same in this lake and known to nobody outside it."""
        return int(self.sealed(f"seed|{purpose}")[:15], 16)

    def secret(self) -> bytes:
        """The lake's secret, made when the lake is new. Raises ConfigurationError when it is lost or unusable."""
        return secret.of(self.root)

    def new_secret(self, wait_seconds: float = 0) -> None:
        """Replace a secret that is lost or not usable; a good one is refused. Holds the lake's lock meanwhile."""
        with self._alone(wait_seconds):
            secret.renew(self.root)

    def version(self, contract: TableContract, digest: str) -> str:
        """What leaves as the version of a table: the digest of a public one, of a confidential one the lake's mark."""
        return digest if contract.public else self.sealed(f"version|{contract.full_name}|{digest}")

    def path(self, contract: TableContract) -> Path:
        """The table's file, or its folder where it is partitioned."""
        folder = self.tables / contract.layer
        return folder / contract.name if contract.partition_column else folder / f"{contract.name}.parquet"

    def files(self, contract: TableContract) -> tuple[Path, ...]:
        """The table's Parquet files in order; empty when it was never written."""
        path = self.path(contract)
        if contract.partition_column:
            return standing(path)
        return (path,) if path.is_file() else ()

    def exists(self, contract: TableContract) -> bool:
        return bool(self.files(contract))

    def write(self, table: CheckedTable) -> None:
        """Replace the table, or the parts of it that `table` holds: all of them or, where one does not fit, none.

        Raises ConfigurationError when the disk is full or the lake may not be written to.
        """
        path = self.path(table.contract)
        parts = {path if key is None else path / f"{key}.parquet": part for key, part in table.parts.items()}
        with self._room(table.contract.full_name, sum(map(len, parts.values()))):
            if table.contract.partition_column is None:
                write_all({place: b"".join(blocks(part)) for place, part in parts.items()})
            elif parts:
                finish(path)
                put(parts)

    @contextlib.contextmanager
    def _room(self, name: str, size: int) -> Iterator[None]:
        """Say it in a sentence when `size` bytes cannot be written."""
        try:
            yield
        except OSError as e:
            what = f"{name}: {size / 1e6:.1f} MB cannot be written to {self.root}"
            if e.errno in (errno.ENOSPC, errno.EDQUOT):
                free = shutil.disk_usage(self.root).free / 1e6
                what += f", which has {free:.1f} MB left. Make room"
            elif e.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
                what += f" ({e.strerror}). Give the right to write"
            else:
                raise
        else:
            return
        raise ConfigurationError(f"{what} and run again; the last good table stays.") from None

    def table(self, contract: TableContract) -> LakeTable:
        """The stored table as an input of SQL.

        Raises SourceError when it was never written, or by a version of the code whose table had another structure.
        """
        files = self.files(contract)
        if not files:
            raise SourceError(
                f"{contract.full_name}: the table has not been materialised in {self.root.name}/. "
                "Run its asset (or `handleplan run`) first."
            )
        if self.is_stale(contract):
            raise SourceError(
                f"{contract.full_name}: stored by another version of the code, whose table had another structure. "
                "Materialise it again (`handleplan run`); `handleplan migrate` names all such tables."
            )
        return LakeTable(contract.layer, contract.name, files, self.root)

    def is_stale(self, contract: TableContract) -> bool:
        """Whether a file of the table was written for another structure than the contract's of today.

        One that does not say so, because it is older than the mark, is judged by the names of its columns.
        """
        said = (parquet.footer(f, contract.full_name) for f in self.files(contract))
        return any(
            s.schema != contract.schema_version if s.schema else list(s.columns) != contract.column_names for s in said
        )

    def unknown_files(self) -> list[Path]:
        """Files among the tables that no contract of today knows."""
        known = {self.path(c) for c in all_contracts().values()}
        found = [p for p in self.tables.glob("*/**/*") if p.is_file() and not p.name.startswith(".")]
        return sorted(p for p in found if p not in known and p.parent not in known)

    def read(self, contract: TableContract) -> pl.DataFrame:
        """The stored table (all partitions). Raises SourceError when it was never written, or is damaged."""
        frames = [parquet.read(f, contract.full_name) for f in self.table(contract).files]
        return pl.concat(frames) if len(frames) > 1 else frames[0]

    @contextlib.contextmanager
    def lock(self, wait_seconds: float, run: str = "") -> Iterator[None]:
        """Hold the lake for one run, its secret in order and the left-overs of crashed runs removed.

        `run` is the run's name, by which its other processes (`lock_of_step`) take part. Raises LockedError when
        another run still has it after `wait_seconds`, ConfigurationError when the secret is lost or unusable.
        """
        with self._alone(wait_seconds, run):
            self.secret()
            self._sweep()
            self._close_to_others()
            yield

    @contextlib.contextmanager
    def lock_of_step(self, wait_seconds: float, run: str) -> Iterator[bool]:
        """Hold the lake for a process of `run`: with the run that has it already (true), or as that run by itself."""
        self.root.mkdir(parents=True, exist_ok=True)
        with locks.step_of(self.root, run) as joined:
            if joined:
                yield True
                return
        with self.lock(wait_seconds, run):
            yield False

    def _close_to_others(self) -> None:
        """Rows of persons are for the owner and the group of the lake only, whatever the user's mask allows.

        Raises ConfigurationError where a folder of them is open to others and cannot be closed.
        """
        for folder in (self.root / name for name in CONFIDENTIAL_FOLDERS):
            folder.mkdir(exist_ok=True)
            mode = stat.S_IMODE(folder.stat().st_mode)
            try:
                if mode & stat.S_IRWXO:
                    folder.chmod(mode & ~stat.S_IRWXO)
            except OSError:
                raise ConfigurationError(f"{folder}: others than its owner may enter it: chmod o-rwx.") from None

    def _sweep(self) -> None:
        """Remove what killed runs left half written; whoever writes tables holds the lock, so nobody is at it."""
        spill.sweep(self.root)
        for manifest in self.tables.glob(f"*/*/{MANIFEST}"):
            finish(manifest.parent)
        left = [*self.tables.glob("*/.*.tmp"), *self.tables.glob("*/*/.*.tmp"), *self.root.glob(".warehouse.*.tmp*")]
        for path in left:
            path.unlink(missing_ok=True)

    @contextlib.contextmanager
    def _alone(self, wait_seconds: float, run: str = "") -> Iterator[None]:
        if "?" in str(self.root):
            raise ConfigurationError(
                f"{self.root}: a lake cannot have a question mark in its path, which DuckDB takes for the end of the "
                "name. Move the lake."
            )
        self.root.mkdir(parents=True, exist_ok=True)
        with locks.alone(self.root, wait_seconds, run):
            yield
