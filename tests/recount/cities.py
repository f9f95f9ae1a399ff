"""The cities that are counted twice: hard, dirty, and with people at the edge of every window; each made once a run."""

import pickle
import shutil
from pathlib import Path

import pytest

from tests.lib.lakes import COUNTED_CITY, count, generated, once, shared_root
from tests.recount.comparison import counted
from tests.recount.counting import Cell, Key
from tests.recount.files import Deliveries, read
from tests.recount.strangers import add

HARD_CITY = (*COUNTED_CITY, "--hard", "--dirty")
READ = "read.pickle"
Both = tuple[Deliveries, dict[Key, Cell]]
"""The deliveries the recount reads, and the pipeline's cells from the same files."""


def of_city(factory: pytest.TempPathFactory, arguments: tuple[str, ...] = HARD_CITY, seed: int = 1) -> Both:
    landing = generated(factory, *arguments)

    def make(root: Path) -> None:
        shutil.copytree(landing, root / "in")
        add(root / "in", seed)
        count(root)
        (root / READ).write_bytes(pickle.dumps((read(root / "in"), counted(root / "lake"))))

    root = once(shared_root(factory), f"recounted {' '.join(arguments)} {seed}", make)
    both: Both = pickle.loads((root / READ).read_bytes())
    return both
