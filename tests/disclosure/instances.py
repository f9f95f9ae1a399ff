"""Published and constructed table instances as systems: incidence, values, primaries."""

import csv
import itertools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

FOLDER = Path(__file__).parent / "oracles"
INSTANCES = json.loads((FOLDER / "instances.json").read_text(encoding="utf-8"))
LINKED = json.loads((FOLDER / "linked.json").read_text(encoding="utf-8"))


def rows_of(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f))


@dataclass
class Instance:
    incidence: Any
    values: Any
    primary: Any
    keys: list[tuple[str, ...]]

    def at(self, key: tuple[str, ...]) -> int:
        return self.keys.index(key)


def load(name: str) -> Instance:
    """An instance whose dimensions each have one total and its parts."""
    dims = [next(iter(d.items())) for d in INSTANCES[name]["dims"]]
    leaves = list(itertools.product(*(parts for _, parts in dims)))
    cells = [(tuple(k), v, p) for k, v, p in INSTANCES[name]["cells"]]
    matrix = np.array(
        [
            [all(k in (t, part) for k, (t, _), part in zip(key, dims, leaf, strict=True)) for leaf in leaves]
            for key, _, _ in cells
        ],
        dtype=int,
    )
    values, primary = np.array([v for _, v, _ in cells]), np.array([p for _, _, p in cells], dtype=bool)
    return Instance(sparse.csr_matrix(matrix), values, primary, [k for k, _, _ in cells])


def linked(name: str) -> Instance:
    """An instance given as cells that are sets of leaves."""
    given = LINKED[name]
    leaves = list(given["leaves"])
    matrix = np.array([[leaf in parts for leaf in leaves] for parts in given["cells"].values()], dtype=int)
    values = matrix @ np.array(list(given["leaves"].values()))
    keys = [(k,) for k in given["cells"]]
    return Instance(sparse.csr_matrix(matrix), values, np.array([k[0] in given["primary"] for k in keys]), keys)


def random_table(rng: np.random.Generator, shape: tuple[int, ...], mean: float = 6.0) -> Instance:
    """A table with all its margins."""
    leaves = list(itertools.product(*(range(k) for k in shape)))
    counts = rng.poisson(mean * rng.gamma(1.0, 1.0, size=len(leaves)))
    keys = list(itertools.product(*([-1, *range(k)] for k in shape)))
    matrix = np.array(
        [[all(a in (-1, b) for a, b in zip(key, leaf, strict=True)) for leaf in leaves] for key in keys], dtype=int
    )
    values = matrix @ counts
    return Instance(sparse.csr_matrix(matrix), values, (values >= 1) & (values < 5), [tuple(map(str, k)) for k in keys])
