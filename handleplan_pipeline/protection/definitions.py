"""All that decides how a person is counted, as text: functions, what they call, and every constant they read.

Found by following the functions' own names, so that nobody keeps a list. Who only carries rows is not followed.
"""

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Iterable, Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any

from handleplan_pipeline.sources.codes import code_list

OURS = ("assets.", "handleplan_pipeline.")
CARRYING = tuple(f"handleplan_pipeline.{room}" for room in ("graph", "lake", "catalogue", "settings", "errors"))
"""Rooms that read, write and check rows and decide nothing of them; what the catalogue says is told by whoever asks."""
LISTED = re.compile(r'code_list\("(\w+)"\)')


def told(functions: Iterable[Callable[..., Any]]) -> dict[str, str]:
    """By name, the functions that these lead to, the constants they read and the code lists they name."""
    found: dict[str, str] = {}
    waiting = [inspect.unwrap(f) for f in functions]
    while waiting:
        f = waiting.pop()
        name = f"{f.__module__}.{f.__qualname__}"
        if name in found or not isinstance(f, FunctionType):
            continue
        found[name] = _source(f)
        for listed in LISTED.findall(inspect.getsource(f)):
            found[f"list {listed}"] = code_list(listed).write_csv()
        for where, value in _read_by(f):
            if isinstance(value := inspect.unwrap(value) if callable(value) else value, FunctionType):
                if _decides(value.__module__):
                    waiting.append(value)
            elif (text := _constant(value)) is not None:
                found[where] = text
    return found


def _decides(module: str) -> bool:
    return module.startswith(OURS) and not module.startswith(CARRYING)


def _read_by(f: FunctionType) -> Iterator[tuple[str, Any]]:
    """Everything global that a function names, in its own module or in one that it names."""
    names = sorted(_names(f.__code__))
    for n in names:
        value = f.__globals__.get(n)
        if isinstance(value, ModuleType) and _decides(value.__name__):
            yield from ((f"{value.__name__}.{a}", getattr(value, a)) for a in names if hasattr(value, a))
        elif n in f.__globals__:
            yield f"{f.__module__}.{n}", value


def _names(code: CodeType) -> set[str]:
    inner = (c for c in code.co_consts if isinstance(c, CodeType))
    return set(code.co_names).union(*map(_names, inner))


def _constant(value: object) -> str | None:
    """A value as text, the same in every process; None for what is no plain value."""
    if isinstance(value, str | int | float | range) or value is None:
        return repr(value)
    if isinstance(value, dict):
        items = [(_constant(k), _constant(v)) for k, v in value.items()]
        plain = [f"{k}: {v}" for k, v in items if k is not None and v is not None]
        return f"{{{', '.join(plain)}}}" if len(plain) == len(items) else None
    if isinstance(value, tuple | list | set | frozenset):
        parts = [_constant(v) for v in value]
        plain = [p for p in parts if p is not None]
        ordered = sorted(plain) if isinstance(value, set | frozenset) else plain
        return f"[{', '.join(ordered)}]" if len(plain) == len(parts) else None
    return None


def _source(f: FunctionType) -> str:
    """The source without comments, docstrings and white space."""
    text = textwrap.dedent(inspect.getsource(f))
    lines = text.splitlines()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node) is not None:
            said = node.body[0]
            lines[said.lineno - 1 : said.end_lineno] = [""] * (int(said.end_lineno or said.lineno) - said.lineno + 1)
    return re.sub(r"\s+", "", "\n".join(line for line in lines if not line.lstrip().startswith("#")))
