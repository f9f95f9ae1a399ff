"""From counted cells to published observations: shares and ratios with intervals, and a reason where there is none."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import polars as pl

from handleplan_pipeline.catalogue import Catalogue, Goal, Indicator
from handleplan_pipeline.cells.count import HIDDEN, USABLE
from handleplan_pipeline.cells.open_figures import NOT_PULLED
from handleplan_pipeline.cells.routes import PERMISSION_CAVEAT
from handleplan_pipeline.statistics import byar, rate_ratio_exact, rules, wilson
from schemas.contract import TableContract
from schemas.goals.shape import obs_status_of
from schemas.rows import Cell, Observation, cells_in, known

DISPLAY_CONFIDENCE = rules.DISPLAY
REASONS = {PERMISSION_CAVEAT: "no_legal_basis", NOT_PULLED: "not_pulled"}
"""Why a cell that is not available has no figure, by its caveat; else it was not delivered."""


def of_goal(catalogue: Catalogue, number: int, cells: pl.DataFrame) -> pl.DataFrame:
    """The cells of a goal's indicators."""
    return cells.filter(pl.col("indicator_id").is_in([i.id for i in catalogue.indicators if number in i.goals]))


def _base(goal: Goal, indicator: Indicator, cell: Cell) -> Observation:
    return {
        "goal": goal.number,
        "indicator_id": indicator.id,
        "year": cell["year"],
        "geography": cell["geography"],
        "population_group": cell["population_group"],
        "reference_group": None,
        "ancestry": cell["ancestry"],
        "sex": cell["sex"],
        "age_group": cell["age_group"],
        "measure": cell["measure"],
        "unit": indicator.unit,
        "obs_status": "A",
        "conf_status": "F",
        "missing_reason": "none",
        "data_kind": cell["data_kind"],
        "caveats": cell["caveats"] or ";".join(indicator.caveats) or None,
        "definition_version": cell["definition_version"],
    }


def counted(cell: Cell) -> tuple[int, int]:
    """Numerator and denominator of a cell that has both."""
    return int(known(cell["numerator"])), int(known(cell["denominator"]))


Limits = tuple[float, float, str]


def _limits(cells: Sequence[Cell]) -> list[Limits | None]:
    """Limits and their method of every cell that is a share or a rate with a figure, all at once (Wilson).

    A rate may count persons who do not live here: more than the population is no share, and has Byar's limits.
    """
    wanted = [
        c["measure"] in ("share", "rate") and c["cell_state"] not in HIDDEN and bool(c["denominator"]) for c in cells
    ]
    counts = [counted(c) if w else None for c, w in zip(cells, wanted, strict=True)]
    shares = [c for c in counts if c is not None and c[0] <= c[1]]
    ci = wilson([x for x, _ in shares], [n for _, n in shares], DISPLAY_CONFIDENCE)
    limits = iter(zip(np.atleast_1d(ci.lower).tolist(), np.atleast_1d(ci.upper).tolist(), strict=True))
    found: list[Limits | None] = []
    for c in counts:
        if c is not None and c[0] > c[1]:
            own, per = byar(c[0], DISPLAY_CONFIDENCE), c[1]
            found.append((float(own.lower) / per, float(own.upper) / per, own.method))
        else:
            found.append(None if c is None else (*next(limits), ci.method))
    return found


def _observed(goal: Goal, indicator: Indicator, cell: Cell, limits: Limits | None) -> Observation:
    """One cell as an observation; a cell the supplier hid becomes a suppressed observation, never a zero."""
    row = _base(goal, indicator, cell)
    if cell["cell_state"] == "blanked":
        return row | {"obs_status": "Q", "conf_status": "C", "missing_reason": "suppressed"}
    if cell["cell_state"] == "not_available":
        reason = REASONS.get(cell["caveats"] or "", "not_delivered")
        return row | {"obs_status": obs_status_of(reason), "missing_reason": reason}
    if cell["measure"] in ("share", "rate"):
        if limits is None:
            return row | {"obs_status": "M", "missing_reason": "not_applicable"}
        n, d = counted(cell)
        return row | {
            "value": n / d * indicator.scale,
            "ci_low": limits[0] * indicator.scale,
            "ci_high": limits[1] * indicator.scale,
            "ci_method": limits[2],
            "confidence": DISPLAY_CONFIDENCE,
            "numerator": n,
            "denominator": d,
        }
    plain = cell["measure"] == "count" and cell["value"] is None
    value = cell["numerator"] if plain else cell["value"]
    if value is None:
        return row | {"obs_status": "M", "missing_reason": "not_applicable"}
    return row | {"value": value, "numerator": cell["numerator"], "denominator": cell["denominator"]}


def pairs_of(indicator: Indicator, cells: Iterable[Cell]) -> Iterator[tuple[Cell, Cell]]:
    """(group, reference) pairs of usable cells that differ in the population group only."""
    if indicator.reference_group is None or indicator.measure not in ("share", "rate"):
        return
    usable = [c for c in cells if c["cell_state"] in USABLE and c["denominator"]]
    reference = {_but_the_group(c): c for c in usable if c["population_group"] == indicator.reference_group}
    for c in usable:
        other = reference.get(_but_the_group(c))
        if other is not None and c is not other and c["population_group"] in indicator.population_groups:
            yield c, other


def _but_the_group(c: Cell) -> tuple[object, ...]:
    """What two cells that are compared have in common."""
    return (c["year"], c["geography"], c["ancestry"], c["sex"], c["age_group"], c["measure"], c["definition_version"])


def _is_whole(indicator: Indicator, cell: Cell) -> bool:
    return cell["sex"] == indicator.sex and cell["age_group"] == indicator.age_group


def _ratios(catalogue: Catalogue, goal: Goal, indicator: Indicator, cells: Sequence[Cell]) -> Iterator[Observation]:
    """Ratio of group over reference, beside the shares; none where a count is zero.

    Where the indicator's own ratio is standardised, the crude ones of its breakdowns stand under the crude indicator,
    which has the crude one of the whole itself.
    """
    pairs = [(a, b) for a, b in pairs_of(indicator, cells) if a["numerator"] and b["numerator"]]
    if indicator.crude is not None:
        pairs = [(a, b) for a, b in pairs if not _is_whole(indicator, a)]
        indicator = catalogue.indicator(indicator.crude)
    if not pairs:
        return
    of_groups, of_references = ([counted(p[side]) for p in pairs] for side in (0, 1))
    x1, t1, x2, t2 = ([c[k] for c in counts] for counts in (of_groups, of_references) for k in (0, 1))
    ci = rate_ratio_exact(x1, t1, x2, t2, DISPLAY_CONFIDENCE)
    values = (np.asarray(v).tolist() for v in (ci.estimate, ci.lower, ci.upper))
    for (a, b), value, low, high in zip(pairs, *values, strict=True):
        yield _base(goal, indicator, a) | {
            "reference_group": b["population_group"],
            "measure": "ratio",
            "unit": "ratio",
            "value": value,
            "ci_low": low,
            "ci_high": high,
            "ci_method": ci.method,
            "confidence": ci.confidence,
        }


def standardised_ratios(
    catalogue: Catalogue, number: int, compared: pl.DataFrame, observed: pl.DataFrame, contract: TableContract
) -> pl.DataFrame:
    """Observations with the standardised ratio of each indicator whose definition names that one.

    `compared` are the goal's contrasts (`output.contrast`), which are of printed cells and may be printed themselves.
    """
    mine = [i.id for i in catalogue.indicators if number in i.goals and i.crude is not None]
    found = compared.filter(
        pl.col("indicator_id").is_in(mine)
        & (pl.col("contrast") == "standardised_ratio")
        & (pl.col("unknown_as") == "none")
    )
    rows: list[Observation] = []
    for r in found.to_dicts():
        indicator = catalogue.indicator(r["indicator_id"])
        (group,) = observed.filter(
            (pl.col("indicator_id") == indicator.id)
            & (pl.col("year") == r["year"])
            & (pl.col("population_group") == r["population_group"])
            & (pl.col("sex") == indicator.sex)
            & (pl.col("age_group") == indicator.age_group)
            & pl.col("reference_group").is_null()
        ).to_dicts()
        rows.append(
            group
            | dict.fromkeys(("numerator", "denominator"))
            | {n: r[n] for n in ("reference_group", "value", "ci_low", "ci_high", "confidence", "data_kind")}
            | {"measure": "ratio", "unit": "ratio", "ci_method": r["method"]}
        )
    return pl.concat([observed, contract.conform(rows)]) if rows else observed


def reason_for_nothing(catalogue: Catalogue, goal: Goal, year: int) -> str:
    """Why a headline indicator has no figure in a year, by rule: what the plan lacks first, then what was not given."""
    states = [(p.kind, p.state_in(year).state) for p in map(catalogue.precondition, goal.preconditions)]
    if not goal.plan_indicator:
        return "no_indicator"
    if ("legal", "not_granted") in states:
        return "no_legal_basis"
    if ("measurement_money", "not_granted") in states:
        return "no_measurement_money"
    return "not_delivered"


def _missing(catalogue: Catalogue, goal: Goal, have: set[tuple[str, int, str]]) -> Iterator[Observation]:
    for indicator in map(catalogue.indicator, goal.headline_indicators):
        first = max(goal.baseline_year, indicator.first_year)
        years = set(range(first, goal.decision_year + 1)) | ({goal.data_year} if goal.data_year else set())
        for year in sorted(years):
            for group in indicator.population_groups:
                if (indicator.id, year, group) in have:
                    continue
                reason = reason_for_nothing(catalogue, goal, year)
                yield {
                    "goal": goal.number,
                    "indicator_id": indicator.id,
                    "year": year,
                    "geography": indicator.geography,
                    "population_group": group,
                    "ancestry": "total",
                    "sex": indicator.sex,
                    "age_group": indicator.age_group,
                    "measure": indicator.measure,
                    "unit": indicator.unit,
                    "obs_status": obs_status_of(reason),
                    "conf_status": "F",
                    "missing_reason": reason,
                    "caveats": ";".join(indicator.caveats) or None,
                    "definition_version": indicator.definition_version,
                }


def observe(catalogue: Catalogue, number: int, cells: pl.DataFrame, contract: TableContract) -> pl.DataFrame:
    """Observations of one goal from protected cells.

    Every headline indicator has a row for every year from the baseline to the decision year and every group: a figure,
    or the reason why there is none. Ratios stand beside shares where the indicator has a reference group. A figure of a
    year in which the series breaks has observation status B.
    """
    goal = catalogue.goal(number)
    rows: list[Observation] = []
    for key, part in of_goal(catalogue, number, cells).group_by("indicator_id", maintain_order=True):
        indicator = catalogue.indicator(str(key[0]))
        # cells by sex and age at once are for standardisation; what is published is by sex and by age
        crossed = (pl.col("sex") != indicator.sex) & (pl.col("age_group") != indicator.age_group)
        found = cells_in(part.filter(~crossed))
        rows += [_observed(goal, indicator, c, ci) for c, ci in zip(found, _limits(found), strict=True)]
        rows += _ratios(catalogue, goal, indicator, found)
    have = {(r["indicator_id"], r["year"], r["population_group"]) for r in rows if r["reference_group"] is None}
    for row in rows:
        if row["obs_status"] == "A" and row["year"] in catalogue.break_years(row["indicator_id"]):
            row["obs_status"] = "B"
    rows += _missing(catalogue, goal, have)
    empty = dict.fromkeys(contract.column_names)
    return contract.conform([empty | r for r in rows])
