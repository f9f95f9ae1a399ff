"""Words of a stranger's server inside our sentences: one line, printable, bounded."""

from collections.abc import Iterable

NAMED = 10
LONGEST_TEXT = 300
LONGEST_NAME = 60


def short(text: str, limit: int = LONGEST_TEXT) -> str:
    """`text` in one line of printable characters, at most `limit` of them."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text[: 4 * limit]).split())
    return line if len(line) <= limit and len(text) <= 4 * limit else line[: limit - 2] + " …"


def named(names: Iterable[str]) -> str:
    """The first of some names, in order, each bounded."""
    listed = sorted(names)
    return ", ".join(short(n, LONGEST_NAME) for n in listed[:NAMED]) + (" …" if len(listed) > NAMED else "")
