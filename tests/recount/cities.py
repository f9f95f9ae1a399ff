"""The cities that are counted twice: hard, dirty, and with people at the edge of every window; each made once a run."""

from pathlib import Path

import pytest

from tests.lib.lakes import COUNTED_CITY, count, once, shared_root, succeeded
from tests.recount.comparison import counted
from tests.recount.counting import Cell, Key
from tests.recount.files import Deliveries, read
from tests.recount.strangers import add

HARD_CITY = (*COUNTED_CITY, "--hard", "--dirty")
Both = tuple[Deliveries, dict[Key, Cell]]
"""The deliveries the recount reads, and the pipeline's cells from the same files."""


def of_city(factory: pytest.TempPathFactory, generated: tuple[str, ...] = HARD_CITY, seed: int = 1) -> Both:
    def make(root: Path) -> None:
        succeeded("synthesize", "--out", str(root / "in"), *generated)
        add(root / "in", seed)
        count(root)

    root = once(shared_root(factory), f"recounted {' '.join(generated)} {seed}", make)
    return read(root / "in"), counted(root / "lake")
