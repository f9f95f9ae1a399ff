"""From cell tables to what the joint plan reads: a table per indicator, and the block each belongs to."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

import polars as pl

from handleplan_pipeline.catalogue import Catalogue, Indicator
from handleplan_pipeline.catalogue.models import Baseline, Quantity
from handleplan_pipeline.cells.amounts import GROUPS, WITH_ZEROS
from handleplan_pipeline.disclosure import DisclosureError
from handleplan_pipeline.protection.blocks import AMOUNTS, Block, Series, derived_blocks
from handleplan_pipeline.protection.kinds import Kind, Kinds, pinned_kinds
from handleplan_pipeline.protection.system import Counts, Slice, Table

ROW = ["indicator_id", "year", "population_group", "sex", "age_group"]
HIDDEN_STATES = ("blanked", "not_available")
COUNT_COLUMNS = (
    "indicator_id",
    "year",
    "geography",
    "population_group",
    "sex",
    "age_group",
    "numerator",
    "denominator",
    "cell_state",
    "data_kind",
)
MEASURE_OF_UNIT = {"persons": "count", "percent": "share", "nights": "amount", "days": "quantile"}
"""The measure of a baseline's quantity, by its unit."""


def printed_again(baseline: Baseline, quantity: Quantity) -> str:
    """The name of a series as a baseline prints it, beside the series itself."""
    return f"{baseline.indicator}.{quantity.id}"


def again(catalogue: Catalogue) -> Iterator[tuple[str, Indicator, int]]:
    """Series that baselines print again: their name there, the series and how many years later it stands."""
    for b in catalogue.plan.baselines:
        for q in b.quantities:
            if q.indicator is not None and q.unit in MEASURE_OF_UNIT:
                yield printed_again(b, q), catalogue.indicator(q.indicator), q.offset


def protected_indicators(catalogue: Catalogue) -> dict[str, Indicator]:
    """What counts persons here, and what baselines print of it again. Areas and dwellings are no persons."""
    mine = [
        i
        for i in catalogue.indicators
        if i.measure != "ratio"
        and i.unit not in catalogue.disclosure.not_persons
        and i.geography == catalogue.plan.municipality_code
        and not (i.kind == "baseline" and i.parent is None)
    ]
    whole = {"layout": "total_only", "sex": "total", "age_group": "total"}
    mine += [i.model_copy(update={"id": name, **whole}) for name, i, _ in again(catalogue)]
    return {i.id: i for i in mine}


def needs_protection(catalogue: Catalogue) -> pl.Expr:
    """True for cells of persons that are not published elsewhere already."""
    ids = list(protected_indicators(catalogue))
    return pl.col("indicator_id").is_in(ids) & (pl.col("data_kind").ne_missing("official"))


def without_value() -> pl.Expr:
    """True for a quantile that has too few persons beside it to have a value (methods 4.2, rule 5)."""
    none = (pl.col("measure") == "quantile") & pl.col("value").is_null() & (pl.col("denominator") > 0)
    return none.fill_null(False)


def tables_of(catalogue: Catalogue, cells: pl.DataFrame) -> dict[str, Table]:
    """A table per indicator from cells (columns COUNT_COLUMNS). A permission that is missing gives no row.

    A baseline prints a zero for a group nobody belonged to, in every year: then that is a row, though no cell has it.
    """
    known, zeros = protected_indicators(catalogue), printed_as_zero(catalogue)
    mine = cells.filter(needs_protection(catalogue) & (pl.col("cell_state") != "not_available"))
    found = {}
    for (indicator_id,), part in mine.group_by("indicator_id", maintain_order=True):
        i = known[str(indicator_id)]
        # cells by sex and age at once are never printed
        part = part.filter((pl.col("sex") == i.sex) | (pl.col("age_group") == i.age_group))
        rows = {
            (int(r["year"]), Slice(r["population_group"], r["sex"], r["age_group"])): _counts(i, r)
            for r in part.to_dicts()
        }
        table = table_of(catalogue, i, rows, complete=True)
        by_group = i.id in zeros and not table.groups.isdisjoint(GROUPS)
        found[i.id] = replace(table, groups=table.groups | set(GROUPS)) if by_group else table
    return found


def printed_as_zero(catalogue: Catalogue) -> set[str]:
    """Series of which a baseline prints zeros for groups that nobody belonged to (`judgement.baselines.with_zeros`)."""
    return {i.id for _, i, _ in again(catalogue) if i.measure in WITH_ZEROS}


def table_of(
    catalogue: Catalogue, indicator: Indicator, rows: Mapping[tuple[int, Slice], Counts], *, complete: bool
) -> Table:
    """The table of these rows; its slices and groups are those that any row has."""
    whole = (indicator.sex, indicator.age_group)
    slices = tuple(dict.fromkeys([whole, *sorted({(at.sex, at.age_group) for _, at in rows})]))
    groups = frozenset(at.population_group for _, at in rows)
    return Table(indicator.id, catalogue.disclosure.layout(indicator.layout), whole, slices, groups, rows, complete)


def _counts(indicator: Indicator, row: Mapping[str, object]) -> Counts:
    """The counts of a cell. What stands beside a plain count or a rate is public and no count of ours."""
    hidden = row["cell_state"] in HIDDEN_STATES
    numerator, denominator = row["numerator"], row["denominator"]
    if indicator.measure in AMOUNTS:
        return Counts(None, None if hidden else int(denominator))  # type: ignore[call-overload]
    return Counts(
        None if hidden or numerator is None else int(numerator),  # type: ignore[call-overload]
        None if denominator is None or indicator.measure == "count" else int(denominator),  # type: ignore[call-overload]
    )


def linked_blocks(catalogue: Catalogue, kinds: Kinds | None = None, own: frozenset[Kind] = frozenset()) -> list[Block]:
    """The derived blocks with what baselines print of their series again. `kinds` are the pinned ones by default."""
    copies: dict[str, list[tuple[str, int]]] = {}
    for name, indicator, offset in again(catalogue):
        copies.setdefault(indicator.id, []).append((name, offset))

    def printed(s: Series) -> list[Series]:
        return [s, *(replace(s, indicator=n, offset=s.offset - offset) for n, offset in copies.get(s.indicator, ()))]

    blocks = derived_blocks(catalogue.disclosure, kinds or pinned_kinds(), own)
    return [replace(b, series=tuple(x for s in b.series for x in printed(s))) for b in blocks]


def blocks_of(
    catalogue: Catalogue, tables: Mapping[str, Table], kinds: Kinds | None = None, own: frozenset[Kind] = frozenset()
) -> list[tuple[Block, int]]:
    """Every (block, base year) that has a row. Raises DisclosureError for a series that no definition counts."""
    blocks = [b for b in linked_blocks(catalogue, kinds, own) if any(s.indicator in tables for s in b.series)]
    if strange := sorted(set(tables) - {s.indicator for b in blocks for s in b.series}):
        raise DisclosureError(
            f"{', '.join(strange)}: nothing is known of the persons counted there. Make the kinds of persons anew: "
            "`python scripts/pin_kinds.py`."
        )
    return [(b, y) for b in blocks for y in _base_years(b, tables)]


def _base_years(block: Block, tables: Mapping[str, Table]) -> Iterable[int]:
    return sorted({y - s.offset for s in block.series if s.indicator in tables for y in tables[s.indicator].years})
