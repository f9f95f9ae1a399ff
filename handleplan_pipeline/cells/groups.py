"""The home of ancestry: the codes persons have, the population groups they make up, and who is of unknown ancestry.

What those of unknown ancestry could do to a comparison is in `statistics.bounds`.
"""

from collections.abc import Sequence

import polars as pl

from handleplan_pipeline.catalogue import Catalogue, Goal, Indicator

UNKNOWN = "unknown"
"""Of a person whose ancestry nobody stated: never counted as minority or as Danish."""
GROUPS_OF = {
    "danish": ("danish",),
    UNKNOWN: (UNKNOWN,),
    "immigrant": ("minority", "immigrant"),
    "descendant": ("minority", "descendant"),
    "immigrant_western": ("minority", "immigrant", "western"),
    "immigrant_non_western": ("minority", "immigrant", "non_western"),
    "descendant_western": ("minority", "descendant", "western"),
    "descendant_non_western": ("minority", "descendant", "non_western"),
}
"""Ancestry code -> the groups it belongs to besides everybody."""
ALL_GROUPS = ("all", "danish", "minority", UNKNOWN, "immigrant", "descendant", "western", "non_western")
KNOWN_GROUPS = ("danish", "minority", "immigrant", "descendant", "western", "non_western")
ANCESTRIES = tuple(GROUPS_OF)
KNOWN_ANCESTRIES = tuple(a for a in ANCESTRIES if a != UNKNOWN)
WITH_COUNTRY = tuple(a for a in ANCESTRIES if a not in ("immigrant", "descendant"))
"""The codes when every immigrant's and descendant's country is known: then western and non-western are all of them."""


def ancestries_of(group: str) -> tuple[str, ...]:
    """The ancestry codes a population group holds. KeyError for an unknown group."""
    if group == "all":
        return ANCESTRIES
    codes = tuple(a for a, groups in GROUPS_OF.items() if group in groups)
    if not codes:
        raise KeyError(group)
    return codes


def in_group(group: str) -> pl.Expr:
    """Whether a person's ancestry is in a population group."""
    return pl.lit(True) if group == "all" else pl.col("ancestry").is_in(ancestries_of(group))


def of_two_groups(frame: pl.DataFrame, group: str, reference: str) -> pl.DataFrame:
    """Persons of either group, with the column `population_group`; others, and unknown ancestry, are left out."""
    label = pl.when(in_group(group)).then(pl.lit(group)).when(in_group(reference)).then(pl.lit(reference))
    return frame.with_columns(population_group=label).drop_nulls("population_group")


def of_unknown_ancestry(column: str = "population_group") -> pl.Expr:
    """Whether a row is about those of unknown ancestry."""
    return pl.col(column) == UNKNOWN


def judged_group(goal: Goal, indicator: Indicator) -> str:
    """The group whose figures bear the goal: everybody where the indicator is about everybody."""
    return "all" if "all" in indicator.population_groups else goal.population_group


COUNTRY_GROUPS = ("western", "non_western")
"""The two halves of the minority that a country tells apart."""


def country_unknown(minority: int | None, western: int | None, non_western: int | None) -> int:
    """Of the minority, who is neither western nor non-western because the country says nothing; 0 where not known."""
    if minority is None or western is None or non_western is None:
        return 0
    return max(minority - western - non_western, 0)


def who_could_belong(indicator: Indicator) -> tuple[str, ...]:
    """Indicators whose rows of unknown ancestry could be of any group of `indicator`: its own, anonymous contacts."""
    return tuple(i for i in (indicator.id, indicator.anonymous) if i is not None)


def resting_on_unknown(catalogue: Catalogue, hidden: Sequence[str]) -> set[str]:
    """Indicators that rest on a number of unknown ancestry that `hidden` indicators count.

    Their own, that of a ratio's counts, and that of anonymous contacts.
    """
    hidden_ids = set(hidden)
    apart = {i.id for i in catalogue.indicators if i.unknown_apart in hidden_ids}
    ratios = {ratio for ratio, counts in catalogue.disclosure.derived.items() if apart & set(counts)}
    return hidden_ids | ratios | {i.id for i in catalogue.indicators if i.anonymous in hidden_ids}
