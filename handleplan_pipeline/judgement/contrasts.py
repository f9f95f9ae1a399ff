"""Group against group, with intervals: differences, ratios, their changes since the baseline, representation.

The margin of a goal stands on the contrast its rule judges and on no other. Each comparison has its bounds for unknown
ancestry beside it; nobody is ever assigned to a group.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from handleplan_pipeline.adjustment.group_differences import CHANGE, OWN
from handleplan_pipeline.catalogue import Catalogue, Goal, Indicator
from handleplan_pipeline.cells.count import USABLE, has_left_edge
from handleplan_pipeline.cells.groups import COUNTRY_GROUPS, UNKNOWN, country_unknown
from handleplan_pipeline.judgement.observations import DISPLAY_CONFIDENCE, counted, of_goal, pairs_of
from handleplan_pipeline.judgement.units import of_contrast
from handleplan_pipeline.statistics import Interval, count_difference
from handleplan_pipeline.statistics.bounds import GROUP, REFERENCE, drawn_with, tried
from handleplan_pipeline.statistics.two_groups import Pair, TwoGroups
from schemas.contract import TableContract
from schemas.rows import Background, Cell, Contrast, background_in, cells_in, known, person_level_in
from schemas.rows import PersonLevel as PersonLevelRow

APART = "none"
COUNTED_AS = {GROUP: "group", REFERENCE: "reference_group"}
"""Where those of unknown ancestry are counted, as `unknown_as` says it."""
FOUND = 1.6448536 + 0.8416212
"""Normal quantiles of one side of 90 per cent and of a power of 80: how many standard errors can be found."""
DISPLAYED = 1.959964
"""Normal quantile of the interval that is shown: half its width in standard errors."""
JUDGED = {"difference": "difference", "standardised_ratio": "standardised_ratio", "equal_reduction": "ratio_of_ratios"}
"""What an indicator is judged by -> the contrast its goal's margin belongs to."""


@dataclass(frozen=True)
class PersonLevel:
    """Rows of `cell.adjusted` and `cell.resampled` by their keys; empty where no persons may be held."""

    gaps: dict[tuple[str, int, str], Background]
    ratios: dict[str, list[Background]]
    drawn: dict[tuple[str, int, str], PersonLevelRow]

    @classmethod
    def of(cls, adjusted: pl.DataFrame | None, resampled: pl.DataFrame | None) -> "PersonLevel":
        fitted = [] if adjusted is None else background_in(adjusted)
        draws = [] if resampled is None else person_level_in(resampled)
        ratios: dict[str, list[Background]] = {}
        for r in fitted:
            if r["ratio"] is not None:
                ratios.setdefault(r["indicator_id"], []).append(r)
        return cls(
            {(r["indicator_id"], r["year"], r["population_group"]): r for r in fitted if r["gap_adjusted"] is not None},
            ratios,
            {(r["indicator_id"], r["year"], r["quantity"]): r for r in draws if r["lower95"] is not None},
        )


def contrasts(
    catalogue: Catalogue,
    number: int,
    cells: pl.DataFrame,
    contract: TableContract,
    adjusted: pl.DataFrame | None = None,
    resampled: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """All comparisons of one goal's protected cells, 95 per cent.

    Difference in the indicator's unit (Newcombe) and ratio (exact conditional) of every year; their changes since the
    indicator's baseline year, unless a break in the series stops the comparison; the standardised ratio and the
    representation ratio where persons are known; the adjusted difference beside the crude one.
    """
    goal = catalogue.goal(number)
    persons = PersonLevel.of(adjusted, resampled)
    rows: list[Contrast] = []
    for key, part in of_goal(catalogue, number, cells).group_by("indicator_id", maintain_order=True):
        indicator = catalogue.indicator(str(key[0]))
        whole = cells_in(part.filter((pl.col("sex") == indicator.sex) & (pl.col("age_group") == indicator.age_group)))
        found = [*_of_pairs(catalogue, goal, indicator, whole), *_representation(goal, indicator, whole, persons)]
        if indicator.kind == "baseline":
            found += [*_of_counts(catalogue, goal, indicator, whole), *_of_draws(goal, indicator, whole, persons)]
        rows += [_adjusted(r, persons, indicator.scale) for r in found]
        rows += _standardised(goal, indicator, whole, persons)
    margin = goal.target.margin_unit
    rows = [r | of_contrast(r, catalogue.indicator(r["indicator_id"]), margin) for r in rows]
    empty = dict.fromkeys(contract.column_names)
    return contract.conform([{**empty, **r} for r in rows])


def _shared(goal: Goal, indicator: Indicator, cell: Cell, reference: str) -> Contrast:
    return {
        "goal": goal.number,
        "indicator_id": indicator.id,
        "year": cell["year"],
        "geography": cell["geography"],
        "population_group": cell["population_group"],
        "reference_group": reference,
        "confidence": DISPLAY_CONFIDENCE,
        "unknown_as": "none",
        "data_kind": cell["data_kind"],
        "caveats": cell["caveats"],
    }


def _margin(goal: Goal, indicator: Indicator, contrast: str) -> float | None:
    """The goal's margin, on the contrast it is applied to by the indicator that bears the goal."""
    bears = indicator.id in goal.headline_indicators and JUDGED.get(str(indicator.judged_by)) == contrast
    return goal.target.margin if bears else None


def _pair(a: Cell, b: Cell) -> Pair:
    return Pair(*counted(a), *counted(b))


def _worlds(a: Cell, b: Cell, unknown: Cell | None, country: tuple[int, int]) -> dict[str, Pair]:
    """Counts of group and reference, by where unknown ancestry is counted: apart, all in the one, all in the other.

    Those of unknown `country` are counted in a group of countries where the unknown are, and never as Danish.
    """
    pair = _pair(a, b)
    nobody = unknown is None or not unknown["denominator"]
    of_group = country if a["population_group"] in COUNTRY_GROUPS else (0, 0)
    if nobody and not of_group[1]:
        return {APART: pair}
    both = tried(pair, (0, 0) if unknown is None or nobody else counted(unknown), of_group)
    return {APART: pair} | {COUNTED_AS[way]: counts for way, counts in both.items()}


def _of_unknown_country(whole: list[Cell]) -> dict[int, tuple[int, int]]:
    """By year, the minority that is neither western nor not, where all three counts are printed."""
    shown = {(c["year"], c["population_group"]): c for c in whole if c["cell_state"] in ("value", "zero")}
    found = {}
    for year in {y for y, _ in shown}:
        cells = [shown.get((year, g)) for g in ("minority", *COUNTRY_GROUPS)]
        parts = [[None if c is None else c[p] for c in cells] for p in ("numerator", "denominator")]
        found[year] = (country_unknown(*parts[0]), country_unknown(*parts[1]))
    return found


def _of_pairs(catalogue: Catalogue, goal: Goal, indicator: Indicator, whole: list[Cell]) -> Iterator[Contrast]:
    unknown = {c["year"]: c for c in whole if c["population_group"] == UNKNOWN and c["cell_state"] in ("value", "zero")}
    country = _of_unknown_country(whole)
    pairs = list(pairs_of(indicator, whole))
    counts = {
        (a["year"], a["population_group"], a["definition_version"], counted_as): pair
        for a, b in pairs
        for counted_as, pair in _worlds(a, b, unknown.get(a["year"]), country.get(a["year"], (0, 0))).items()
    }
    base = indicator.baseline_year
    edges = {c["year"] for c in whole if has_left_edge(c["caveats"])}
    for a, b in pairs:
        shared = _shared(goal, indicator, a, b["population_group"])
        compared = base is not None and a["year"] > base and not catalogue.broken(indicator.id, base, a["year"])
        compared = compared and base not in edges
        for counted_as, now in _worlds(a, b, unknown.get(a["year"]), country.get(a["year"], (0, 0))).items():
            place = (base, a["population_group"], a["definition_version"], counted_as)
            before = counts.get(place) if compared else None  # type: ignore[arg-type]
            about = shared | {"unknown_as": counted_as, "baseline_year": base if before else None}
            yield from _compared(goal, indicator, about, TwoGroups(now, before))


def _compared(goal: Goal, indicator: Indicator, shared: Contrast, groups: TwoGroups) -> Iterator[Contrast]:
    """Difference and ratio with their changes, and what happened since the baseline."""
    scale, margin = indicator.scale, _margin(goal, indicator, "difference")
    d, change = groups.difference(DISPLAY_CONFIDENCE), groups.change(DISPLAY_CONFIDENCE)
    yield (
        shared
        | _changed(change, groups.before.gap * scale if groups.before else None, scale)
        | _estimated("difference", d, scale)
        | {
            "margin": None if margin is None else margin * scale,
            "minimum_detectable": groups.detectable * scale,
            "power": None if margin is None else groups.power(margin),
        }
    )
    some = groups.before is not None and groups.before.x and groups.before.reference_x
    change_of_ratio = groups.change_of_ratio(DISPLAY_CONFIDENCE) if some else None
    before_ratio = groups.before.ratio if groups.before is not None and some else None
    if (r := groups.ratio(DISPLAY_CONFIDENCE)) is not None:
        yield (
            shared
            | _changed(change_of_ratio, before_ratio, 1.0)
            | _estimated("ratio", r, 1.0)
            | {"minimum_detectable": math.exp(FOUND * math.sqrt(1 / groups.now.x + 1 / groups.now.reference_x))}
        )
    if change is not None and groups.before is not None:
        yield (
            shared
            | _since("difference_in_differences", change, scale, groups.before.gap * scale)
            | {
                "minimum_detectable": FOUND
                * (float(change.upper) * scale - float(change.lower) * scale)
                / (2 * DISPLAYED),
            }
        )
    if change_of_ratio is not None:
        half = math.log(float(change_of_ratio.upper) / float(change_of_ratio.lower)) / 2
        yield (
            shared
            | _since("ratio_of_ratios", change_of_ratio, 1.0, before_ratio)
            | {
                "margin": _margin(goal, indicator, "ratio_of_ratios"),
                "minimum_detectable": math.exp(FOUND * half / DISPLAYED),
            }
        )


def _changed(change: Interval | None, before: float | None, scale: float) -> Contrast:
    """The change since the baseline year, where the baseline is known."""
    if change is None:
        return {}
    return {
        "baseline_value": before,
        "change": float(change.estimate) * scale,
        "change_ci_low": float(change.lower) * scale,
        "change_ci_high": float(change.upper) * scale,
    }


def _estimated(contrast: str, found: Interval, scale: float) -> Contrast:
    return {
        "contrast": contrast,
        "value": float(found.estimate) * scale,
        "ci_low": float(found.lower) * scale,
        "ci_high": float(found.upper) * scale,
        "method": found.method,
    }


def _since(contrast: str, change: Interval, scale: float, before: float | None) -> Contrast:
    return _estimated(contrast, change, scale) | {"baseline_value": before}


def _drawn(contrast: str, own: PersonLevelRow) -> Contrast:
    """As `_estimated`, of persons drawn again."""
    return {
        "contrast": contrast,
        "value": known(own["estimate"]),
        "ci_low": known(own["lower95"]),
        "ci_high": known(own["upper95"]),
        "method": str(own["method"]),
    }


def _changed_by_draws(change: PersonLevelRow, base: int | None, before: float | None) -> Contrast:
    """As `_changed`, of persons drawn again."""
    return {
        "baseline_year": base,
        "baseline_value": before,
        "change": change["estimate"],
        "change_ci_low": change["lower95"],
        "change_ci_high": change["upper95"],
    }


def _adjusted(row: Contrast, persons: PersonLevel, scale: float) -> Contrast:
    """The adjusted gap beside a crude difference; the unknown are kept apart in both."""
    if row["contrast"] != "difference" or row["unknown_as"] != "none":
        return row
    found = persons.gaps.get((row["indicator_id"], row["year"], row["population_group"]))
    if found is None:
        return row
    return row | {
        "adjusted_value": known(found["gap_adjusted"]) * scale,
        "adjusted_ci_low": known(found["gap_lower95"]) * scale,
        "adjusted_ci_high": known(found["gap_upper95"]) * scale,
        "adjustment": found["covariates"],
    }


def _standardised(goal: Goal, indicator: Indicator, whole: list[Cell], persons: PersonLevel) -> Iterator[Contrast]:
    """The ratio standardised for sex and age, beside the crude one (methods 2.4)."""
    shown = {(c["year"], c["population_group"]): c for c in whole if c["cell_state"] in USABLE}
    for r in persons.ratios.get(indicator.id, []):
        cell = shown.get((r["year"], r["population_group"]))
        if cell is None or (r["year"], r["reference_group"]) not in shown:
            # nothing is said of persons whose number is not known or not shown
            continue
        low, high = r["ratio_lower95"], r["ratio_upper95"]
        found = math.exp(FOUND * math.log(known(high) / low) / (2 * DISPLAYED)) if low else None
        yield _shared(goal, indicator, cell, r["reference_group"]) | {
            "contrast": "standardised_ratio",
            "value": known(r["ratio"]),
            "ci_low": known(low),
            "ci_high": known(high),
            "method": r["method"],
            "margin": _margin(goal, indicator, "standardised_ratio"),
            "adjustment": "sex;age",
            "minimum_detectable": found,
        }


def _side_by_side(indicator: Indicator, whole: list[Cell]) -> dict[int, tuple[Cell, Cell]]:
    """The group and its reference group in each year both are shown."""
    shown = {(c["year"], c["population_group"]): c for c in whole if c["cell_state"] in USABLE}
    group, reference = indicator.population_groups[0], str(indicator.reference_group)
    years = sorted({y for y, _ in shown})
    return {y: (shown[y, group], shown[y, reference]) for y in years if {(y, group), (y, reference)} <= shown.keys()}


def _of_counts(catalogue: Catalogue, goal: Goal, indicator: Indicator, whole: list[Cell]) -> Iterator[Contrast]:
    """A parameter of a baseline that is a number of persons: group less reference group, and the change of that."""
    if indicator.measure != "count":
        return
    both, base = _side_by_side(indicator, whole), indicator.baseline_year or 0
    unknown = {c["year"]: c["numerator"] for c in whole if c["population_group"] == UNKNOWN}

    def counts_of(year: int, counted_as: str) -> tuple[int, int]:
        more = unknown.get(year) or 0
        group, reference = (int(known(c["numerator"])) for c in both[year])
        at = {APART: (0, 0), COUNTED_AS[GROUP]: (more, 0), COUNTED_AS[REFERENCE]: (0, more)}[counted_as]
        return group + at[0], reference + at[1]

    for year, (cell, other) in both.items():
        compared = base in both and year > base and not catalogue.broken(indicator.id, base, year)
        for counted_as in (APART, *COUNTED_AS.values()) if unknown.get(year) else (APART,):
            x, rx = counts_of(year, counted_as)
            d = count_difference((1, x), (-1, rx), confidence=DISPLAY_CONFIDENCE)
            row = _shared(goal, indicator, cell, other["population_group"]) | _estimated("difference", d, 1.0)
            if compared:
                x0, rx0 = counts_of(base, counted_as)
                change = count_difference((1, x), (-1, rx), (-1, x0), (1, rx0), confidence=DISPLAY_CONFIDENCE)
                row |= {"baseline_year": base} | _changed(change, float(x0 - rx0), 1.0)
            yield row | {"unknown_as": counted_as}


def _of_draws(goal: Goal, indicator: Indicator, whole: list[Cell], persons: PersonLevel) -> Iterator[Contrast]:
    """An amount of persons: group less reference group, persons drawn again, and the change of that."""
    for year, (cell, other) in _side_by_side(indicator, whole).items():
        for way, counted_as in ((None, APART), *COUNTED_AS.items()):
            own = persons.drawn.get((indicator.id, year, drawn_with(OWN, way)))
            if own is None:
                continue
            row = _shared(goal, indicator, cell, other["population_group"]) | _drawn("difference", own)
            change = persons.drawn.get((indicator.id, year, drawn_with(CHANGE, way)))
            if change is not None:
                row |= _changed_by_draws(change, change["baseline_year"], change["baseline_value"])
            yield row | {"unknown_as": counted_as}


def _representation(goal: Goal, indicator: Indicator, whole: list[Cell], persons: PersonLevel) -> Iterator[Contrast]:
    """The share of a group in one service over its share in another, persons drawn across both."""
    if indicator.judged_by != "representation_change":
        return
    base = indicator.baseline_year
    values = {c["year"]: c["value"] for c in whole}
    for cell in whole:
        own = persons.drawn.get((indicator.id, cell["year"], "representation_ratio"))
        if own is None or not cell["value"]:
            continue
        row = _shared(goal, indicator, cell, "all") | _drawn("representation_ratio", own)
        change = persons.drawn.get((indicator.id, cell["year"], "representation_change"))
        if change is not None and base in values:
            row |= _changed_by_draws(change, base, values[base])
        yield row
