"""What readers of a release are promised: names, types, keys and codes of every published table, under a version.

`docs/schema/published.json` is the last promise. A name, a type or a code that goes or changes takes a new first number
of `SCHEMA_VERSION`, something new a new second one; a test holds the contracts against the promise. With a release that
readers are told of, `python -m schemas.published` makes the contracts of today the new promise.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from schemas.registry import all_contracts

SCHEMA_VERSION = "2.2"
"""Of the published tables; every release says it in `meta.release`."""
PROMISE = Path(__file__).resolve().parents[1] / "docs" / "schema" / "published.json"
STAMP = {"type": "VARCHAR", "required": True}
"""`release_id`, which a release adds to its tables of figures."""
Schema = Mapping[str, Any]


def described() -> dict[str, Any]:
    """The published tables as the contracts say them, under the version of today."""
    tables = {}
    for contract in all_contracts().values():
        if not contract.public:
            continue
        columns: dict[str, Any] = {
            c.name: {"type": c.sql_type, "required": not c.nullable} | ({"codes": list(c.codes)} if c.codes else {})
            for c in contract.columns
        }
        if contract.holds_figures:
            columns["release_id"] = STAMP
        tables[contract.full_name] = {"key": list(contract.key), "columns": columns}
    return {"version": SCHEMA_VERSION, "tables": tables}


def broken(promised: Schema, today: Schema) -> Iterator[str]:
    """What a reader who relies on the promise would miss: names that are gone, types, keys and codes that changed."""
    for name, table in promised["tables"].items():
        now = today["tables"].get(name)
        if now is None:
            yield f"{name}: the table is gone"
            continue
        if set(table["key"]) != set(now["key"]):
            yield f"{name}: another key"
        for column, said in table["columns"].items():
            yield from (f"{name}.{column}: {what}" for what in _broken(said, now["columns"].get(column)))


def _broken(said: Schema, now: Schema | None) -> Iterator[str]:
    if now is None:
        yield "the column is gone"
        return
    if said["type"] != now["type"]:
        yield f"{said['type']} became {now['type']}"
    if said["required"] and not now["required"]:
        yield "can be empty now"
    if gone := sorted(set(said.get("codes", ())) - set(now.get("codes", said.get("codes", ())))):
        yield f"codes are gone: {', '.join(gone)}"


def added(promised: Schema, today: Schema) -> Iterator[str]:
    """What is new: tables, columns and codes."""
    for name, table in today["tables"].items():
        before = promised["tables"].get(name)
        if before is None:
            yield f"{name}: a new table"
            continue
        for column, now in table["columns"].items():
            said = before["columns"].get(column)
            if said is None:
                yield f"{name}.{column}: a new column"
            elif new := sorted(set(now.get("codes", ())) - set(said.get("codes", now.get("codes", ())))):
                yield f"{name}.{column}: new codes: {', '.join(new)}"


def missing_step(promised: Schema, today: Schema) -> str | None:
    """The step of the version that is owed and not taken, with what owes it; None when it is as it should be."""
    first, second = (tuple(map(int, s["version"].split("."))) for s in (promised, today))
    lost, new = list(broken(promised, today)), list(added(promised, today))
    if lost and second[0] <= first[0]:
        return f"Version {first[0] + 1}.0 is owed: " + "; ".join(lost)
    if new and second <= first:
        return f"Version {first[0]}.{first[1] + 1} is owed: " + "; ".join(new)
    if second < first:
        return f"Version {today['version']} is older than what was promised, {promised['version']}"
    return None


def promise() -> dict[str, Any]:
    """The last promise."""
    found: dict[str, Any] = json.loads(PROMISE.read_text(encoding="utf-8"))
    return found


if __name__ == "__main__":
    today = described()
    if PROMISE.exists() and (owed := missing_step(promise(), today)):
        sys.exit(f"{owed}. Set SCHEMA_VERSION in schemas/published.py.")
    PROMISE.parent.mkdir(parents=True, exist_ok=True)
    PROMISE.write_text(json.dumps(today, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    print(f"{PROMISE}: version {SCHEMA_VERSION} of {len(today['tables'])} tables.")
