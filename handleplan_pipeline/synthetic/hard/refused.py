"""Files of a hard city that must be refused: a code that is on no list, one variable at a time.

They lie in a folder of their own, so that the city itself can run; whoever tests the door delivers them.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import polars as pl

from handleplan_pipeline.lake.files import sha256_of
from handleplan_pipeline.sources.codes import closed_lists
from handleplan_pipeline.sources.deliveries.command import delivery_of
from handleplan_pipeline.sources.deliveries.manifest import manifest_path, read_manifest, write_manifest
from schemas.registry import delivered_sources
from schemas.sources.delivery_shape import Delivery

STRANGE = ("Ø", "QZ", "0000777", "1435999", "777", "77", "76", "7", "0", "6", "5")
"""Tried in this order: the first that is on no list of the variable and has the form that it asks for."""


class Refused(NamedTuple):
    """A file that must be refused, and the code it must be refused for."""

    source: str
    period: int
    variable: str
    code: str
    path: Path


def write_refused(city: Path, out: Path, year: int) -> list[Refused]:
    """A changed copy of a good file of `city` per coded variable, each in a folder of its own below `out`."""
    return list(_written(city, out, year))


def _written(city: Path, out: Path, year: int) -> Iterator[Refused]:
    for source in delivered_sources():
        delivery = delivery_of(source)
        found = sorted(p for p in (city / source).glob(f"{source}_{year}.*") if not p.name.endswith(".json"))
        for v in (v for v in delivery.variables if v.listed and found):
            lists = closed_lists(source, v.name)
            if any(x.unlisted == "unknown" for x in lists):
                continue
            folder = out / f"{source}-{v.name}" / source
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / found[0].name
            code = _strange(delivery, v.name)
            if code is not None and _changed(found[0], path, delivery, v.name, code):
                yield Refused(source, year, v.name, code, path)


def _strange(delivery: Delivery, variable: str) -> str | None:
    """A code on no list; None where every value of the form that the variable asks for is listed."""
    pattern = next(v.pattern for v in delivery.variables if v.name == variable)
    lists = closed_lists(delivery.source, variable)
    known = {c.code for x in lists for c in x.codes}

    def stands(code: str) -> bool:
        return any(x.digits is not None and code.startswith(c.code) for x in lists for c in x.codes)

    form = {(len(c), c.isdigit()) for c in known}
    fit = [c for c in STRANGE if c not in known and not stands(c) and (pattern is None or re.match(pattern, c))]
    return next((c for c in fit if (len(c), c.isdigit()) in form), next(iter(fit), None))


def _changed(good: Path, path: Path, delivery: Delivery, variable: str, code: str) -> bool:
    """Write the file with the code in its first row; False for a file that has no row or not this variable."""
    manifest = read_manifest(manifest_path(good))
    if not manifest.rows:
        return False
    if good.suffix == ".csv":
        head, first, *rest = good.read_bytes().decode(str(manifest.encoding)).split("\n")
        separator = delivery.dialect.separator
        names = head.removeprefix("\ufeff").split(separator)
        if variable not in names:
            return False
        cells = first.split(separator)
        cells[names.index(variable)] = code
        path.write_bytes("\n".join([head, separator.join(cells), *rest]).encode(str(manifest.encoding)))
    elif good.suffix == ".parquet":
        rows = pl.read_parquet(good).with_row_index("row_")
        changed = pl.when(pl.col("row_") == 0).then(pl.lit(code)).otherwise(pl.col(variable)).alias(variable)
        rows.with_columns(changed).drop("row_").write_parquet(path)
    else:
        return False
    size = {"bytes": path.stat().st_size, "sha256": sha256_of(path)}
    write_manifest(path, manifest.model_copy(update=size))
    return True
