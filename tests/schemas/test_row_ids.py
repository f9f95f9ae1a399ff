"""The id of a row: made of its key alone, the same wherever the row is shown, and never what nobody can make anew."""

import polars as pl
import pytest

from handleplan_pipeline.lake import contracts
from schemas import columns as c
from schemas.contract import ROW_ID, TableContract
from schemas.goals.shape import OBSERVATION_KEY, goal_contracts
from schemas.outputs.observation import OBSERVATION
from schemas.registry import all_contracts
from schemas.row_ids import row_id

TABLE = TableContract(
    "output",
    "thing",
    "Ting",
    "Thing",
    "Ting.",
    "Thing.",
    (c.YEAR, c.REFERENCE_GROUP.null(), c.VALUE.null(), c.SEX),
    ("sex", "year", "reference_group"),
    public=True,
)
# printf '2014\x1f\x1fmen' | sha256sum: the key in the order of the columns, the empty reference group as an empty text
OF_2014_MEN = "67d8ce86e5"
# printf '2\x1fI02\x1f2014\x1f101\x1fminority\x1f\x1ftotal\x1ftotal\x1f15-17\x1frate\x1f1' | sha256sum
OF_I02 = "8474744b4f"


def test_the_id_is_the_hash_of_the_key_in_the_order_of_the_columns() -> None:
    made = TABLE.conform([{"year": 2014, "sex": "men", "value": 3.5}, {"year": 2014, "sex": "women"}])
    assert made.columns == ["year", "reference_group", "value", "sex", "row_id"]
    assert dict(made.select("sex", "row_id").iter_rows())["men"] == OF_2014_MEN
    assert TABLE.row_id({"year": 2014, "sex": "men", "reference_group": None}) == OF_2014_MEN
    assert row_id([2, "I02", 2014, "101", "minority", None, "total", "total", "15-17", "rate", "1"]) == OF_I02


def test_another_figure_is_the_same_row_and_another_key_another() -> None:
    same, other = (TABLE.conform([{"year": y, "sex": "men", "value": v}]) for y, v in ((2014, 9.0), (2015, 3.5)))
    assert same["row_id"].to_list() == [OF_2014_MEN]
    assert other["row_id"].to_list() != [OF_2014_MEN]


def test_whoever_brings_an_id_of_his_own_gets_the_right_one() -> None:
    frame = pl.DataFrame({"year": [2014], "sex": ["men"], "reference_group": [None], "row_id": ["0" * 10]})
    assert TABLE.arrange(frame)["row_id"].to_list() == [OF_2014_MEN]


@pytest.mark.parametrize("ids", [["0123456789"] * 2, ["0123456789", "no hex"]])
def test_the_contract_asks_for_ids_that_are_ids_and_differ(ids: list[str]) -> None:
    rows = TABLE.conform([{"year": 2014, "sex": "men"}, {"year": 2014, "sex": "women"}])
    failed = {r.rule for r in contracts.evaluate(TABLE, rows.with_columns(row_id=pl.Series(ids))) if not r.passed}
    assert failed == {"row_id_unique" if ids[0] == ids[1] else "well_formed"}


def test_every_table_of_published_figures_has_ids_and_no_other_makes_them() -> None:
    """A table that names rows of others (`table_schema`, `table_name`, `row_id`) has none of its own."""
    for t in all_contracts().values():
        wanted = t.public and t.layer in ("goal", "overall", "baseline", "output")
        names_others = {"table_schema", "table_name"} <= set(t.column_names)
        assert t.identified == (wanted and not names_others), t.full_name
        assert ("row_id_unique" in t.rule_names()) == t.identified


def test_the_row_of_a_goal_and_the_same_row_of_all_observations_have_one_id() -> None:
    (_, goal), key = goal_contracts("goal_02_youth_crime"), list(OBSERVATION_KEY)
    assert goal.key_in_order == OBSERVATION.key_in_order == key
    assert ROW_ID not in goal_contracts("goal_02_youth_crime")[0].columns
