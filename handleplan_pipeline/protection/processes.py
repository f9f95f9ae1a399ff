"""Work on many blocks in processes of its own, one per core."""

import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any, TypeVar

from handleplan_pipeline.errors import HandleplanError

Item = TypeVar("Item")
Result = TypeVar("Result")
WORTH_PROCESSES = 40
"""So many blocks and years are worth the start of processes. Ours, version 1."""


def for_each(work: Callable[[Item], Result], items: Sequence[Item]) -> Iterable[Result]:
    """What `work` makes of each item, in their order; its errors are raised here.

    `work` and what belongs to it are given to each process once.
    """
    return _in_processes(work, items) if len(items) >= WORTH_PROCESSES else map(work, items)


def _in_processes(work: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[Result]:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), context, initializer=_begin, initargs=(work,)) as pool:
        try:
            yield from pool.map(_there, items)
        except HandleplanError as e:
            # the other process's own account of it would hide the sentence
            e.__cause__ = None
            raise


def _begin(work: Callable[[Any], Any]) -> None:
    global _work
    _work = work


def _there(item: Any) -> Any:
    assert _work is not None
    return _work(item)


_work: Callable[[Any], Any] | None = None
"""What a process of its own does."""
