"""Every contract: rules that can fail, and messages that never hold a value."""

import ast
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

import handleplan_pipeline
from handleplan_pipeline.errors import ContractError
from handleplan_pipeline.lake import contracts
from schemas import columns as c
from schemas.contract import Rule, TableContract
from schemas.registry import all_contracts

PACKAGE = Path(handleplan_pipeline.__file__).parent
SECRET = "hemmelig-vaerdi-42"
TABLE = TableContract(
    "register",
    "thing",
    "Ting",
    "Thing",
    "Ting.",
    "Thing.",
    (c.YEAR, c.SEX, c.VALUE.null(), c.text("note", "Note", "Note")),
    ("year", "sex"),
    (Rule("note_is_short", pl.col("note").str.len_chars() < 10, "note"),),
    min_rows=1,
)
GOOD = {"year": 2010, "sex": "men", "value": 1.0, "note": "ok"}


def frame(*rows: dict[str, object]) -> pl.DataFrame:
    return pl.DataFrame([GOOD | r for r in rows], schema=TABLE.polars_schema, strict=False)


@pytest.mark.parametrize(
    ("rows", "rule", "failed"),
    [
        ([{"sex": SECRET}], "codes_known", 1),
        ([{"year": 1800}], "within_bounds", 1),
        ([{"value": float("inf")}], "finite", 1),
        ([{"sex": None}], "required_values", 1),
        ([{}, {}], "unique_key", 2),
        ([{"note": SECRET}, {"sex": "women"}], "note_is_short", 1),
        ([], "least_number_of_rows", 1),
    ],
)
def test_each_kind_of_rule_fails_on_a_bad_row(rows: list[dict[str, object]], rule: str, failed: int) -> None:
    results = {r.rule: r for r in contracts.evaluate(TABLE, frame(*rows))}
    assert results[rule].failed == failed
    assert [r.rule for r in results.values() if not r.passed] == [rule]


def test_a_good_table_passes_every_rule() -> None:
    assert all(r.passed for r in contracts.evaluate(TABLE, frame({}, {"sex": "women"})))
    contracts.require(TABLE, frame({}))


def test_the_message_names_rule_column_and_count_but_no_value() -> None:
    with pytest.raises(ContractError) as caught:
        contracts.require(TABLE, frame({"sex": SECRET, "note": SECRET}))
    text = str(caught.value)
    assert "codes_known: 1 (sex)" in text
    assert "note_is_short: 1" in text
    assert SECRET not in text
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    "bad",
    [
        lambda f: f.drop("note"),
        lambda f: f.with_columns(extra=pl.lit(1)),
        lambda f: f.select("sex", "year", "value", "note"),
        lambda f: f.with_columns(pl.col("year").cast(pl.Int64)),
    ],
)
def test_other_columns_types_or_order_are_one_failed_rule(bad: object) -> None:
    results = contracts.evaluate(TABLE, bad(frame({})))  # type: ignore[operator]
    assert [(r.rule, r.passed) for r in results] == [("columns", False)]


@pytest.mark.parametrize("table", all_contracts().values(), ids=lambda t: t.full_name)
def test_every_table_is_documented_and_builds_its_schema(table: TableContract) -> None:
    assert table.pandera().columns.keys() == set(table.column_names)
    for column in table.columns:
        assert all((column.label_da, column.label_en, column.description_da, column.description_en)), column.name
    ddl = contracts.ddl(table)
    assert len(ddl) == 2 + len(table.columns)
    if not table.min_rows:
        assert all(r.passed for r in contracts.evaluate(table, table.empty()))


def test_the_same_column_name_has_the_same_type_everywhere() -> None:
    types: dict[str, set[str]] = {}
    for table in all_contracts().values():
        for column in table.columns:
            # a StatBank cell is a whole number, a figure is not; the school register has a variable called part; a list
            # of published figures keeps its date as it was printed
            if column.name not in ("value", "part", "reference_date"):
                types.setdefault(column.name, set()).add(str(column.dtype))
    assert {n: t for n, t in types.items() if len(t) > 1} == {}


def test_confidential_layers_are_never_public() -> None:
    assert [
        t.full_name for t in all_contracts().values() if t.layer in ("register", "cell", "protected") and t.public
    ] == []
    # what is not public is confidential, unless it is at the line
    assert {t.layer for t in all_contracts().values() if t.confidential} == {"source", "register", "cell"}


@pytest.mark.parametrize("layer", ["register", "cell", "protected"])
def test_no_table_of_persons_or_their_counts_can_be_declared_public(layer: str) -> None:
    with pytest.raises(ValueError, match=f"{layer}.thing: the layer {layer} never leaves"):
        replace(TABLE, layer=layer, public=True)


def test_which_tables_are_public_is_written_in_the_contracts_alone() -> None:
    """No other place lists layers: one that did would disagree with a new table's contract one day.

    Dagster's jobs select groups of assets to run, owners are named by layer, and the scan of a release asks tables of
    observations for their counts; none of them decides what may leave.
    """
    layers = {"register", "cell", "protected", "goal", "overall", "baseline", "output"}
    where = {PACKAGE / name for name in ("graph/jobs.py", "graph/arguments.py", "protection/scan.py")}
    listing = []
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, (ast.Tuple, ast.List, ast.Set)):
                named = {e.value for e in node.elts if isinstance(e, ast.Constant) and isinstance(e.value, str)}
                if len(named & layers) > 1 and path not in where:
                    listing.append(f"{path.relative_to(PACKAGE)}:{node.lineno}")
    assert listing == []
