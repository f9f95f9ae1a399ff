"""Hand-made cells, draws and readings for tests of the judgement."""

from typing import Any

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.judgement.judge import judge
from schemas.goals.goal_01_ninth_grade import CELL
from schemas.outputs.judgement import JUDGEMENT
from tests.lib.told import evidence

C = load_catalogue()
Row = dict[str, Any]


def cell(indicator: str, year: int, group: str, x: int | None = None, n: int | None = None, **more: Any) -> Row:
    i = C.indicator(indicator)
    return {
        "indicator_id": indicator,
        "year": year,
        "geography": i.geography,
        "population_group": group,
        "ancestry": "total",
        "sex": i.sex,
        "age_group": i.age_group,
        "measure": i.measure,
        "numerator": x,
        "denominator": n,
        "value": None,
        "cell_state": "value",
        "data_kind": "synthetic",
        "definition_version": "1",
        "caveats": None,
        "delivery_id": None,
    } | more


def two(indicator: str, year: int, a: tuple[int, int], b: tuple[int, int], group: str = "minority") -> list[Row]:
    return [cell(indicator, year, group, *a), cell(indicator, year, "danish", *b)]


def long_stays(minority: tuple[int, int], danish: tuple[int, int], n: int = 2000) -> list[Row]:
    """I04: persons with a long stay in 2010 and in 2014, of `n` in each group and year."""
    return [c for y, k in ((2010, 0), (2014, 1)) for c in two("I04", y, (minority[k], n), (danish[k], n))]


def read(cells: list[Row], resampled: list[Row] = [], adjusted: list[Row] = []) -> dict[tuple[str, int], Row]:  # noqa: B006
    found = evidence(CELL.conform(cells), resampled, adjusted)
    return {(r["indicator_id"], r["year"]): r for r in judge(found, JUDGEMENT).to_dicts()}


def drawn(indicator: str, year: int, quantity: str, low: float, high: float, **more: Any) -> Row:
    return {
        "indicator_id": indicator,
        "year": year,
        "quantity": quantity,
        "base_year": 2010,
        "estimate": 1.0,
        "lower90": low,
        "upper90": high,
        "lower95": low,
        "upper95": high,
        "persons": 100,
        "share_in_both": 0.5,
        "clusters": None,
        "method": "person-bootstrap",
        "data_kind": "synthetic",
    } | more


def fitted(indicator: str, year: int, method: str, **figures: Any) -> Row:
    """Background of the minority beside Danish origin, with the figures a test is about."""
    return {
        "indicator_id": indicator,
        "year": year,
        "population_group": "minority",
        "reference_group": "danish",
        "method": method,
        "state": "fitted",
        "data_kind": "synthetic",
    } | figures


FIRST = drawn("I08_women", 2012, "first_full_year", 0, 0)


def women(year: int, x: int, n: int, group: str = "minority") -> list[Row]:
    """Women in contact, and the rate of them, in a year."""
    return [cell("I08_women", year, group, x, n), cell("I08_women_rate", year, group, x, n)]
