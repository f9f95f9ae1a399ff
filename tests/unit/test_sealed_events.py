"""What Dagster stores of a confidential table: no count of 1 to 5, no hash that confirms a guess, no supplier's word.

The run is walked event by event. Sums are checked by hand: what is told of parts and whole gives no small part away.
"""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import pytest

from assets.goals import goal_04_shelter_stays
from assets.outputs import meta
from assets.registers import decision, shelter_stay
from handleplan_pipeline.graph.arguments import contract_checks, table_asset
from handleplan_pipeline.graph.outputs import _reconciled, output_of, table_output
from handleplan_pipeline.graph.resources import LakeIOManager, LakeResource
from handleplan_pipeline.lake import told
from handleplan_pipeline.lake.keys import SYNTHETIC_KEY
from handleplan_pipeline.lake.pseudonym import Pseudonymiser
from handleplan_pipeline.lake.tables import CheckedTable, Lake, checked, checked_parts
from schemas.registry import contract

KRAF, BEF = contract("source", "dst_kraf"), contract("source", "dst_bef")
HEX = re.compile(r"\b[0-9a-f]{64}\b")


def test_what_is_told_of_a_count() -> None:
    assert [told.told(n) for n in (0, 1, 5, 6)] == [0, "1-5", "1-5", 6]
    assert told.told_sum([40, 3]) == "41-45"
    assert told.told_sum([2, 2]) == "2-10"
    assert told.told_sum([0, 0]) == 0
    assert told.told_sum([3]) == "1-5"
    assert told.told_sum([40, 6]) == 46
    assert told.told_each({"a": 3, "b": 6}) == {"a": "1-5", "b": 6}


def test_the_row_count_is_a_number_only_where_it_may_be_told() -> None:
    assert told.rows(KRAF, [100]) == {"dagster/row_count": 100}
    assert told.rows(KRAF, [3]) == {"rows": "1-5"}
    assert told.rows(KRAF, [0]) == {"dagster/row_count": 0}
    # the small year would be what is left of the total
    assert told.rows(KRAF, [100, 3]) == {"rows": "101-105"}
    assert told.rows(contract("meta", "goal"), [3]) == {"dagster/row_count": 3}


def test_no_small_number_can_be_subtracted_from_the_account_of_rows() -> None:
    outcomes = [("used", 100), ("a_rule", 3), ("b_rule", 40)]
    counted = pl.DataFrame([{"period": 2010, "outcome": o, "rows": n, "data_kind": "delivered"} for o, n in outcomes])
    found = _reconciled(KRAF, 100, {"s": counted})
    assert found["rows_used"] == 100
    assert found["rows_in"] == "141-145"
    assert found["rows_set_aside"] == "41-45"
    text = found["set_aside_by_rule"].value
    assert "| s: a_rule | 1-5 |" in text
    assert "| s: b_rule | 40 |" in text


def rows_of(table: Any, n: int, **more: object) -> pl.DataFrame:
    person = Pseudonymiser(SYNTHETIC_KEY, "synthetic")
    row = dict.fromkeys(table.column_names) | {
        "person": "0" * 32,
        "id_type": "cpr",
        "key_id": person.key_id,
        "period": 2010,
        "data_kind": "synthetic",
        "delivery_id": "0" * 64,
        **more,
    }
    return table.conform([row | {"row_number": i, "case_id": f"S-{i:04d}"} for i in range(1, n + 1)])  # type: ignore[no-any-return]


def planted(n: int) -> dg.AssetsDefinition:
    from datetime import date

    good = {"decision_date": date(2010, 2, 3), "offence_date": date(2010, 2, 3), "offence_code": "3210505"}

    @dg.asset(**table_asset(KRAF))
    def dst_kraf() -> dg.Output[CheckedTable]:
        return table_output(KRAF, rows_of(KRAF, n, decision_type="111", **good))

    return dst_kraf


def run(tmp_path: Path, assets: list[Any], checks: list[Any], **ins: pl.DataFrame) -> dg.ExecuteInProcessResult:
    resources = {"io_manager": LakeIOManager(root=str(tmp_path)), "lake": LakeResource(root=str(tmp_path))}
    return dg.materialize([*assets, *checks], resources=resources)


def told_in(result: dg.ExecuteInProcessResult) -> Iterator[tuple[str, str, Any]]:
    """Asset, name and value of all metadata and tags of all events."""
    for e in result.all_events:
        about: list[tuple[str, Any]] = []
        if e.is_step_materialization or e.event_type_value == "ASSET_MATERIALIZATION":
            m = e.step_materialization_data.materialization
            about = [*m.metadata.items(), *(m.tags or {}).items()]
        elif e.event_type_value == "ASSET_CHECK_EVALUATION":
            about = [*e.event_specific_data.metadata.items()]  # type: ignore[union-attr]
        elif e.event_type_value in ("STEP_OUTPUT", "HANDLED_OUTPUT"):
            about = [*(getattr(e.event_specific_data, "metadata", None) or {}).items()]
        key = e.asset_key.to_user_string() if e.asset_key else e.step_key or ""
        for name, value in about:
            yield key, name, getattr(value, "value", value)


@pytest.mark.parametrize("n", [1, 3, 5])
def test_no_event_of_a_small_confidential_table_tells_its_count_or_its_hash(tmp_path: Path, n: int) -> None:
    result = run(tmp_path, [planted(n), decision.decision], contract_checks(KRAF) + decision.CHECKS)
    assert result.success
    events = list(told_in(result))
    assert {k for k, *_ in events} >= {"source/dst_kraf", "register/decision"}
    assert {name for _, name, _ in events} >= {"rows", "sha256", "rows_in", "set_aside_by_rule", "failed_rows"}
    small = [(k, name) for k, name, v in events if isinstance(v, (int, float)) and v is not True and 1 <= v <= 5]
    assert small == []
    lake = Lake(tmp_path)
    files = [f for c in (KRAF, contract("register", "decision")) for f in lake.files(c)]
    plain = {hashlib.sha256(f.read_bytes()).hexdigest() for f in files}
    plain |= {hashlib.sha256(b"None:" + f.read_bytes()).hexdigest() for f in files}
    assert len(plain) == 4
    marks = {h for _, _, v in events for h in HEX.findall(str(v))}
    assert marks
    assert not marks & plain
    words = " ".join(f"{e.message} {e.event_specific_data}" for e in result.all_events)
    assert not plain & set(HEX.findall(words))
    # the house can tell which table a mark is of, and the mark is the same in every run
    digest = hashlib.sha256(b"None:" + lake.files(KRAF)[0].read_bytes()).hexdigest()
    assert lake.version(KRAF, digest) in marks


def test_larger_and_public_tables_are_told_exactly(tmp_path: Path) -> None:
    result = run(tmp_path, [planted(7), meta.catalogue_tables], [])
    found = {(k, n): v for k, n, v in told_in(result)}
    assert found["source/dst_kraf", "dagster/row_count"] == 7
    goals = Lake(tmp_path).read(contract("meta", "goal"))
    assert found["meta/goal", "dagster/row_count"] == goals.height == 11
    file = Lake(tmp_path).files(contract("meta", "goal"))[0]
    assert found["meta/goal", "sha256"] == hashlib.sha256(b"None:" + file.read_bytes()).hexdigest()


def test_a_small_year_is_not_what_is_left_of_the_total() -> None:
    table = checked_parts(BEF, ["2010", "2011"], lambda k: rows_of_bef(int(k), 40 if k == "2010" else 2))
    said = output_of(table).metadata
    assert said["rows"].value == "41-45"
    assert "dagster/row_count" not in said


def rows_of_bef(period: int, n: int) -> pl.DataFrame:
    row = dict.fromkeys(BEF.column_names) | {
        "id_type": "missing",
        "period": period,
        "data_kind": "synthetic",
        "delivery_id": "0" * 64,
    }
    return BEF.conform([row | {"row_number": i} for i in range(1, n + 1)])


def test_outside_a_run_a_confidential_version_is_sealed_too() -> None:
    table = checked(KRAF, rows_of(KRAF, 7))
    said = output_of(table)
    assert said.data_version is not None
    assert said.data_version.value != table.data_version
    assert HEX.fullmatch(said.data_version.value)


def test_every_asset_of_a_confidential_table_is_marked_so() -> None:
    made = [shelter_stay.shelter_stay, goal_04_shelter_stays.cells, goal_04_shelter_stays.goal_04_shelter_stays]
    tags = [next(iter(a.tags_by_key.values()))["sensitivity"] for a in made]
    assert tags == ["confidential", "confidential", "public"]
    assert table_asset(contract("register", "row_account"))["tags"]["sensitivity"] == "confidential"
