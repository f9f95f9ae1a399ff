"""What may be told of a confidential table outside the lake: every number that Dagster stores goes through here.

A count of 1 to 5 is told as `1-5`, and a sum only as exactly as its parts, so that nothing can be subtracted. Zero is
told: nobody is in it. Sums over several tables are not looked at (docs/decisions/0022).
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from schemas.contract import TableContract

LARGEST_SMALL = 5
"""Counts of 1 up to this are hidden in a release too (catalogue/disclosure.yaml: largest_sensitive)."""
SMALL = f"1-{LARGEST_SMALL}"
_COUNT = rf"[1-{LARGEST_SMALL}]"
_SMALL_IN_WORDS = re.compile(
    rf"\b{_COUNT}(?= rows\b| of \d+ (?:rows|stays|cells)\b| counted in )|(?<=\bthe ){_COUNT}(?= of )"
    rf"|(?<=manifest says ){_COUNT}\b|(?<=` \(){_COUNT}(?=[,)])"
)
"""Where the sentence of a refusal says how many rows it, or a code in it, is about."""
_LIST_OF_RULES = re.compile(r"(?<=\()[^()]*: \d+[^()]*(?=\))|(?<=rule and rows: ).*")
_SMALL_IN_A_LIST = re.compile(rf"(?<=: ){_COUNT}(?=[;.]|$)")
_TOTAL_OF_PARTS = re.compile(r"\b\d+(?= of \d+ rows break a rule[^(]*\((?P<parts>[^)]*)\))")


def told(count: int) -> int | str:
    """The count, or that it is small."""
    return SMALL if 1 <= count <= LARGEST_SMALL else count


def told_sum(parts: Iterable[int]) -> int | str:
    """The sum of counts as exactly as its parts are told: `41-45` when one of them is small."""
    low = high = 0
    for n in parts:
        small = told(n) == SMALL
        low, high = low + (1 if small else n), high + (LARGEST_SMALL if small else n)
    return told(low) if low == high else f"{low}-{high}"


def told_each(parts: Mapping[str, int]) -> dict[str, int | str]:
    """Every part as it may be told."""
    return {name: told(n) for name, n in parts.items()}


def in_words(sentence: str) -> str:
    """The sentence of a refusal with its counts of rows as they may be told."""

    def total(m: re.Match[str]) -> str:
        return str(told_sum(int(n) for n in re.findall(r": (\d+)", m["parts"])))

    def parts(m: re.Match[str]) -> str:
        return _SMALL_IN_A_LIST.sub(SMALL, m[0])

    return _SMALL_IN_WORDS.sub(SMALL, _LIST_OF_RULES.sub(parts, _TOTAL_OF_PARTS.sub(total, sentence)))


def of(contract: TableContract, **counts: Any) -> dict[str, Any]:
    """Metadata about a table: whole numbers of a confidential one as they may be told, everything else as it is."""
    if contract.public:
        return counts
    return {n: told(v) if isinstance(v, int) and not isinstance(v, bool) else v for n, v in counts.items()}


def rows(contract: TableContract, parts: Iterable[int]) -> dict[str, Any]:
    """How many rows a table has. Dagster's own field takes numbers only; what is not told exactly is text."""
    parts = list(parts)
    count = sum(parts) if contract.public else told_sum(parts)
    return {"dagster/row_count": count} if isinstance(count, int) else {"rows": count}
