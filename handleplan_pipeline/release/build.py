"""Builds a release folder from the tables that may be published, and only those."""

import hashlib
import json
import subprocess
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from handleplan_pipeline import __version__, clock
from handleplan_pipeline.catalogue import Catalogue, load_catalogue
from handleplan_pipeline.catalogue.titles import described
from handleplan_pipeline.errors import ReleaseError
from handleplan_pipeline.exports import edition
from handleplan_pipeline.lake import contracts
from handleplan_pipeline.lake.contracts import quote
from handleplan_pipeline.lake.engine import connect
from handleplan_pipeline.lake.files import sha256_of
from handleplan_pipeline.lake.releases import existing
from handleplan_pipeline.lake.tables import Lake, to_parquet
from handleplan_pipeline.protection.packed import digest_of_all
from handleplan_pipeline.release import history, ledger, revision, vintages
from handleplan_pipeline.release.labels import require_labels
from handleplan_pipeline.release.parts import make
from handleplan_pipeline.release.table import Table
from handleplan_pipeline.settings import PART_NAMES
from schemas import columns
from schemas.history import HISTORY
from schemas.meta.release import CHECK, COLUMN, MEAN_REVISION, RELEASE, RELEASE_EVENT, REVISION, RUN, VINTAGE
from schemas.protection.suppression_plan import CERTIFICATE
from schemas.published import SCHEMA_VERSION
from schemas.registry import all_contracts

RULE_DA = "Tal under 5 og de tal, der ellers ville afsløre dem, vises ikke."
RULE_EN = "Counts under 5, and the counts that would reveal them, are not shown."
APPROVED = "approved before it was published: signature of SHA256SUMS in SHA256SUMS.sig, line in releases/ledger.jsonl"
MADE_HERE = (RELEASE, COLUMN, CHECK, RUN, REVISION, VINTAGE, MEAN_REVISION, RELEASE_EVENT)
"""Tables of a release about itself, which no lake holds."""
ATTRIBUTION = "Kilde: Danmarks Statistik (CC BY 4.0) og de kilder, der er nævnt i source.published_source"


def code_version() -> str:
    """Package version and, inside a checkout, the commit."""
    try:
        root = Path(__file__).resolve().parents[2]
        commit = subprocess.run(
            ["git", "-C", str(root), "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True
        )
        return f"{__version__}+{commit.stdout.strip()}"
    except (OSError, subprocess.CalledProcessError):
        return __version__


def collect(lake: Lake, release_id: str, disclosure: bool = True) -> list[Table]:
    """Every table of the lake that its contract says is public, those of figures stamped with the release id.

    Raises ReleaseError when figures of real deliveries would leave without disclosure control, and SourceError when a
    table was never made.
    """
    tables = []
    for contract in all_contracts().values():
        made_here = contract in (*MADE_HERE, *HISTORY)
        if not contract.public or made_here:
            continue
        frame = lake.read(contract)
        if not disclosure and "data_kind" in frame.columns and (frame["data_kind"] == "delivered").any():
            raise ReleaseError(
                f"{contract.full_name}: holds figures of real deliveries, and disclosure control is switched off. "
                "Nothing was released; the tables stay in the confidential zone."
            )
        if contract.holds_figures:
            frame = frame.with_columns(pl.lit(release_id).alias("release_id"))
            tables.append(Table(contract, frame, (columns.RELEASE_ID,)))
        else:
            tables.append(Table(contract, frame))
    return tables


def describe(
    lake: Lake,
    catalogue: Catalogue,
    tables: list[Table],
    release_id: str,
    built_at: datetime,
    previous: Path | None,
    disclosure: bool = True,
    to_approve: bool = False,
) -> list[Table]:
    """The release's tables about itself: release, checks, versions, revisions, deliveries and the dictionary."""
    earlier = vintages.repeatable(lake, "synthetic" in _kinds(tables))
    previous = vintages.last_before(previous, earlier)
    checks = _checks(tables)
    release = _about(catalogue, tables, release_id, built_at, previous, disclosure, to_approve)
    changes = revision.changes(tables, previous, earlier, release_id) if previous else []
    about = [
        Table(RELEASE, RELEASE.conform([release])),
        Table(CHECK, CHECK.conform(checks)),
        Table(RUN, RUN.conform(_versions(tables))),
        Table(REVISION, REVISION.conform(changes)),
        Table(VINTAGE, VINTAGE.conform(vintages.rows(earlier, release))),
        Table(RELEASE_EVENT, RELEASE_EVENT.conform(events(ledger.read(lake)))),
    ]
    about += _history(tables, release_id, earlier)
    require_labels([*tables, *about])
    return [*about, _dictionary([*tables, *about])]


def _history(tables: list[Table], release_id: str, earlier: Sequence[Path]) -> list[Table]:
    """What each release said, and how much headline figures were revised since they were first shown."""
    named = {f"{t.schema}.{t.name}": t.frame for t in tables}
    shown = vintages.Shown(named)
    made = [Table(h, history.extend(h, named[f"output.{h.name}"], release_id, earlier, shown)) for h in HISTORY]
    figures = next(t.frame for t in made if t.name == "observation")
    means = revision.mean_revisions(named["meta.indicator"], figures, release_id)
    return [*made, Table(MEAN_REVISION, MEAN_REVISION.conform(means))]


def _kinds(tables: list[Table]) -> set[str]:
    """The kinds of data that any figure has."""
    having = [t.frame["data_kind"] for t in tables if "data_kind" in t.frame.columns]
    return {k for kinds in having for k in kinds.drop_nulls().unique()}


def _checks(tables: list[Table]) -> list[dict[str, Any]]:
    """Every rule of every table. Raises ReleaseError when one is broken."""
    checks = [
        {
            "table_schema": t.schema,
            "table_name": t.name,
            "rule": r.rule,
            "outcome": "passed" if r.passed else "failed",
            "tested_rows": t.frame.height,
            "failed_rows": r.failed,
        }
        for t in tables
        for r in contracts.evaluate(t.contract, t.frame.select(t.contract.column_names))
    ]
    failed = [c for c in checks if c["outcome"] == "failed"]
    if failed:
        raise ReleaseError(f"{len(failed)} rules fail on the tables to be published; run `handleplan doctor`.")
    return checks


def _versions(tables: list[Table]) -> list[dict[str, Any]]:
    return [
        {
            "table_schema": t.schema,
            "table_name": t.name,
            "rows": t.frame.height,
            "sha256": hashlib.sha256(to_parquet(t.frame.select(t.contract.column_names))).hexdigest(),
        }
        for t in tables
    ]


def _about(
    catalogue: Catalogue,
    tables: list[Table],
    release_id: str,
    built_at: datetime,
    previous: Path | None,
    disclosure: bool,
    to_approve: bool,
) -> dict[str, Any]:
    """The row of the release itself."""
    kinds = _kinds(tables)
    synthetic = "synthetic" in kinds
    return {
        "release_id": release_id,
        "built_at": built_at.isoformat(timespec="seconds"),
        "kind": _kind(kinds, to_approve),
        "disclosure_control": "on" if disclosure else "off",
        "holds_synthetic": synthetic,
        "schema_version": SCHEMA_VERSION,
        "code_version": code_version(),
        "catalogue_version": catalogue.version,
        "previous_release_id": previous.name if previous else None,
        "disclosure_rule_da": RULE_DA,
        "disclosure_rule_en": RULE_EN,
        "licence": "CC BY 4.0",
        "attribution": ATTRIBUTION,
    }


def _kind(kinds: set[str], to_approve: bool) -> str:
    """What a release is: with any synthetic figure a demonstration, which nobody can approve."""
    if "synthetic" in kinds:
        return "demonstration"
    if to_approve:
        return "official"
    return "unapproved" if "delivered" in kinds else "demonstration"


def events(entries: Sequence[ledger.Entry]) -> list[dict[str, Any]]:
    """Rows of meta.release_event: the lines of the ledger as they are while the release is built.

    Not those of a release that waits for its approval or its time: nobody outside is to know of it yet.
    """
    told = ("who", "release_id", "from_state", "to_state", "note", "sums_sha256")
    waiting = {r for r in ledger.releases_in(entries) if ledger.state_of(entries, r) in ("proposed", "approved")}
    return [
        {"line": number, "happened_at": e.at, **{n: getattr(e, n) for n in told}, "sha256": ledger.digest(e)}
        for number, e in enumerate(entries, 1)
        if e.release_id not in waiting
    ]


def _dictionary(tables: list[Table]) -> Table:
    """`meta.column`: a row per column of every table, its own too."""
    rows = [r for t in tables for r in contracts.dictionary_rows(t.contract, t.extra)]
    return Table(COLUMN, COLUMN.conform([*rows, *contracts.dictionary_rows(COLUMN)]))


def write_database(path: Path, tables: list[Table]) -> None:
    """One DuckDB file that every client since 1.1 can open: explicit DDL with comments, then rows."""
    catalogue = load_catalogue()
    # the tables are small: a second thread costs each of them more than it helps
    with connect(folders=[path.parent], threads=1, written_once=True) as con:
        con.execute(f"ATTACH {contracts.literal(str(path))} AS release (STORAGE_VERSION 'v1.0.0')")
        con.execute("USE release")
        # a thousand statements: one by one, each would wait for the disk
        con.execute("BEGIN")
        for schema in sorted({t.schema for t in tables}):
            con.execute(f"CREATE SCHEMA {quote(schema)}")
        # of tables that are empty yet: a comment on a full one costs more
        con.execute(
            ";".join(s for t in tables for s in contracts.ddl(t.contract, t.extra, described(catalogue, t.contract)))
        )
        for t in tables:
            con.register("incoming", t.frame.to_arrow())
            names = ", ".join(quote(c) for c in t.frame.columns)
            con.execute(f"INSERT INTO {quote(t.schema)}.{quote(t.name)} ({names}) SELECT {names} FROM incoming")
            con.unregister("incoming")
        con.execute("COMMIT")
        con.execute("USE memory")
        con.execute("DETACH release")


def write_folder(folder: Path, tables: list[Table], manifest: dict[str, Any], parts: Sequence[str] = ()) -> None:
    """Database, Parquet, then the named parts, manifest and sums in `folder`."""
    write_database(folder / "handleplan.duckdb", tables)
    for t in tables:
        target = folder / "parquet" / t.schema / f"{t.name}.parquet"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(to_parquet(t.frame))
    made = make(folder, parts)
    text = json.dumps(
        manifest | {"parts": made, "exports_edition": edition()}, ensure_ascii=False, indent=1, sort_keys=True
    )
    (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    sums = [f"{sha256_of(p)}  {p.relative_to(folder).as_posix()}" for p in files]
    (folder / "SHA256SUMS").write_text("\n".join(sums) + "\n", encoding="utf-8")


def build(
    lake: Lake,
    catalogue: Catalogue,
    folder: Path,
    release_id: str,
    previous: Path | None,
    disclosure: bool = True,
    parts: Sequence[str] = PART_NAMES,
    to_approve: bool = False,
) -> int:
    """Build the release `release_id` with these parts in `folder`. Returns the number of tables.

    With `to_approve` a release without synthetic figures says that it is official: it is public only when approved.
    """
    built_at = clock.now()
    tables = collect(lake, release_id, disclosure)
    tables += describe(lake, catalogue, tables, release_id, built_at, previous, disclosure, to_approve)
    (kind,) = (t.frame["kind"][0] for t in tables if t.contract == RELEASE)
    proofs = lake.read(CERTIFICATE)["sha256"].to_list()
    lock = Path(__file__).resolve().parents[2] / "requirements" / "run.lock"
    manifest = {
        "release_id": release_id,
        "built_at": built_at.isoformat(timespec="seconds"),
        "code_version": code_version(),
        "lock_sha256": sha256_of(lock) if lock.is_file() else None,
        "tables": {f"{t.schema}.{t.name}": {"rows": t.frame.height} for t in tables},
        "inputs": {
            # of confidential inputs only this lake can make the mark: a plain hash confirms a guess
            c.full_name: [d if c.public else lake.sealed(d) for d in map(sha256_of, lake.files(c))]
            for c in all_contracts().values()
            if c.layer == "source"
        },
        "previous_release_id": previous.name if previous else None,
        "kind": kind,
        "approval": APPROVED if kind == "official" else "published without approval",
        "audited_with": [p.name for p in existing(lake)],
        "disclosure": {
            "control": "on" if disclosure else "off",
            "rule_da": RULE_DA,
            "rule_en": RULE_EN,
            "certificates_sha256": digest_of_all(proofs),
        },
    }
    write_folder(folder, tables, manifest, parts)
    return len(tables)
