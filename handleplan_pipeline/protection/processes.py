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

    `work` and all items are given to each process once: what they share is one thing there too.
    """
    return _in_processes(work, items) if len(items) >= WORTH_PROCESSES else map(work, items)


def _in_processes(work: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[Result]:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), context, initializer=_begin, initargs=(work, items)) as pool:
        try:
            yield from pool.map(_there, range(len(items)))
        except HandleplanError as e:
            # the other process's own account of it would hide the sentence
            e.__cause__ = None
            raise


_given: tuple[Callable[[Any], Any], Sequence[Any]] | None = None
"""What a process of its own does, and with what."""


def _begin(work: Callable[[Any], Any], items: Sequence[Any]) -> None:
    global _given
    _given = work, items


def _there(number: int) -> Any:
    assert _given is not None
    work, items = _given
    return work(items[number])
