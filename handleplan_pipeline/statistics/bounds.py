"""What those of unknown ancestry could do to a comparison: counted in the one group, then in the other.

Nobody is ever assigned: a bound is tried and never a figure that bears. Who they are is said in `groups`.
"""

from collections.abc import Sequence

from handleplan_pipeline.statistics import rules
from handleplan_pipeline.statistics.two_groups import Pair

GROUP, REFERENCE = WAYS = ("group", "reference")
"""Where all of unknown ancestry are counted to see whether they could change the verdict."""
UNKNOWN_IN = {way: f"unknown_in_{way}" for way in WAYS}
"""The name of each bound, as columns and quantities are called."""


def drawn_with(quantity: str, way: str | None) -> str:
    """The name of a quantity drawn with those of unknown ancestry in a group; its own where they are kept apart."""
    return quantity if way is None else f"{quantity}_{UNKNOWN_IN[way]}"


def of_drawn(quantity: str) -> tuple[str, str | None]:
    """A quantity without its bound, and the group those of unknown ancestry were drawn with, if they were."""
    for way, name in UNKNOWN_IN.items():
        if quantity.endswith(f"_{name}"):
            return quantity.removesuffix(f"_{name}"), way
    return quantity, None


def tried(pair: Pair, unknown: tuple[int, int], unknown_country: tuple[int, int] = (0, 0)) -> dict[str, Pair]:
    """The pair with all of unknown ancestry (`x` of `n` persons) in the group, and with all in the reference group.

    Those of `unknown_country` are minority: they could be of a group of countries, and never of Danish origin.
    """
    x, n = unknown
    also_x, also_n = unknown_country
    return {
        GROUP: pair._replace(x=pair.x + x + also_x, n=pair.n + n + also_n),
        REFERENCE: pair._replace(reference_x=pair.reference_x + x, reference_n=pair.reference_n + n),
    }


def outcomes_tried(pair: Pair, unknown: tuple[int, int]) -> list[Pair]:
    """The pair with those of either group whose outcome nobody knows, at both ends of what can be.

    `unknown` are persons of the group and of the reference group; all of the one have the outcome, none of the other.
    """
    group, reference = unknown
    sized = pair._replace(n=pair.n + group, reference_n=pair.reference_n + reference)
    return [sized._replace(x=pair.x + group), sized._replace(reference_x=pair.reference_x + reference)]


def bounded(result: str, bounds: Sequence[str | None]) -> tuple[str, bool]:
    """The verdict after the bounds were tried, and whether they disagree with it: then nobody can tell."""
    tried_results = [b for b in bounds if b is not None]
    verdict = rules.with_bounds(result, tried_results)
    return verdict, verdict != result
