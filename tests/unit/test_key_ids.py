"""Tables whose pseudonyms were made with different keys are never joined; the run says what to take in again."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import polars as pl
import pytest

from handleplan_pipeline.adjustment.person_level import PersonLevel
from handleplan_pipeline.errors import ContractError
from handleplan_pipeline.lake.engine import DuckDbEngine
from handleplan_pipeline.lake.key_ids import key_ids
from handleplan_pipeline.lake.keys import PURPOSE, pseudonymiser
from handleplan_pipeline.lake.tables import Lake, LakeTable, checked, checked_parts
from handleplan_pipeline.settings import get_settings
from schemas.registry import all_contracts, contract

ADDRESS, KRAF, BEF = (contract("source", n) for n in ("address_history", "dst_kraf", "dst_bef"))
NUMBERS = ["1506379000", "2004459003"]
BOTH = "select a.person from address_history a join dst_kraf b using (person)"


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


@pytest.fixture
def use_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    def use(name: str | None) -> None:
        if name is None:
            monkeypatch.delenv("HANDLEPLAN_KEY_FILE", raising=False)
        else:
            file = tmp_path / name
            file.write_text(sha256(name.encode()).hexdigest())
            file.chmod(0o600)
            monkeypatch.setenv("HANDLEPLAN_KEY_FILE", str(file))
        get_settings.cache_clear()

    yield use
    get_settings.cache_clear()


def take_in(lake: Lake, table: object, period: int = 2010) -> None:
    """The same two persons, with the key of the moment."""
    made = pseudonymiser("delivered", lake.root).pseudonymise(pl.Series(NUMBERS))
    found = made.select("person", "id_type", "key_id").to_dicts()
    rows = [
        dict.fromkeys(table.column_names)  # type: ignore[attr-defined]
        | r
        | {"period": period, "row_number": i, "data_kind": "delivered", "delivery_id": "0" * 64}
        for i, r in enumerate(found, 1)
    ]
    frame = table.conform(rows)  # type: ignore[attr-defined]
    if table.partition_column:  # type: ignore[attr-defined]
        lake.write(checked_parts(table, [str(period)], lambda _: frame))  # type: ignore[arg-type]
    else:
        lake.write(checked(table, frame))  # type: ignore[arg-type]


def join(lake: Lake) -> int:
    tables = {"address_history": lake.table(ADDRESS), "dst_kraf": lake.table(KRAF)}
    return DuckDbEngine().query(BOTH, tables, name="register.probe").height


def test_two_keys_are_refused_with_the_source_to_take_in_again_and_that_cures(lake: Lake, use_key: object) -> None:
    use_key("a")  # type: ignore[operator]
    take_in(lake, ADDRESS)
    take_in(lake, KRAF)
    assert join(lake) == 2
    use_key("b")  # type: ignore[operator]
    take_in(lake, KRAF)
    with pytest.raises(ContractError, match=r"register\.probe: .*Take in again with today's key: address_history;"):
        join(lake)
    take_in(lake, ADDRESS)
    assert join(lake) == 2


def test_without_a_key_at_hand_both_sides_are_named(lake: Lake, use_key: object) -> None:
    use_key("a")  # type: ignore[operator]
    take_in(lake, ADDRESS)
    use_key("b")  # type: ignore[operator]
    take_in(lake, KRAF)
    use_key(None)  # type: ignore[operator]
    with pytest.raises(ContractError, match=r"Take in again with one key: .*: (address_history|dst_kraf); .*"):
        join(lake)


def test_tables_of_an_earlier_key_alone_are_refused_too(lake: Lake, use_key: object) -> None:
    use_key("a")  # type: ignore[operator]
    take_in(lake, ADDRESS)
    take_in(lake, KRAF)
    use_key(None)  # type: ignore[operator]
    assert join(lake) == 2
    use_key("b")  # type: ignore[operator]
    with pytest.raises(ContractError, match="today's key: address_history, dst_kraf"):
        join(lake)


def test_two_years_of_one_table_with_two_keys_are_refused(lake: Lake, use_key: object) -> None:
    use_key("a")  # type: ignore[operator]
    take_in(lake, BEF, 2010)
    use_key("b")  # type: ignore[operator]
    take_in(lake, BEF, 2011)
    assert len(key_ids(lake.table(BEF))) == 2
    with pytest.raises(ContractError, match="dst_bef"):
        DuckDbEngine().query("select count(*) from dst_bef", {"dst_bef": lake.table(BEF)})


def test_a_register_of_an_earlier_key_is_made_again(lake: Lake, use_key: object) -> None:
    decision = contract("register", "decision")
    row = dict.fromkeys(decision.column_names) | {"person": "0" * 32, "key_id": f"{PURPOSE}-00000000"}
    file = lake.tables / "register" / "decision.parquet"
    file.parent.mkdir(parents=True)
    pl.DataFrame([row]).write_parquet(file)
    use_key("b")  # type: ignore[operator]
    take_in(lake, KRAF)
    old = LakeTable("register", "decision", (file,), lake.root)
    with pytest.raises(ContractError, match="materialise the registers made of them again"):
        DuckDbEngine().query("select 1", {"decision": old})


def test_background_is_asked_before_persons_leave_their_table(lake: Lake, use_key: object) -> None:
    use_key("a")  # type: ignore[operator]
    take_in(lake, ADDRESS)
    use_key("b")  # type: ignore[operator]
    take_in(lake, KRAF)
    tables = {"address_history": lake.table(ADDRESS), "dst_kraf": lake.table(KRAF)}
    with pytest.raises(ContractError, match="person_level"):
        PersonLevel(None, [], tables, pl.DataFrame())  # type: ignore[arg-type]


def test_the_key_is_found_whether_or_not_the_file_has_statistics(tmp_path: Path) -> None:
    for statistics in (True, False):
        file = tmp_path / f"{statistics}.parquet"
        frame = pl.DataFrame({"x": range(6), "key_id": ["k-1", "k-2", None, "k-1", None, None]})
        frame.write_parquet(file, statistics=statistics, row_group_size=2)
        assert key_ids(LakeTable("source", "t", (file,))) == {"k-1", "k-2"}


def test_a_pseudonym_without_its_key_is_not_stored(lake: Lake) -> None:
    rows = [
        dict.fromkeys(KRAF.column_names)
        | {
            "person": "0" * 32,
            "id_type": "cpr",
            "period": 2010,
            "row_number": 1,
            "data_kind": "synthetic",
            "delivery_id": "0" * 64,
        }
    ]
    with pytest.raises(ContractError, match="1 rows have a pseudonym but no key_id"):
        checked(KRAF, KRAF.conform(rows))


def test_every_table_of_persons_says_which_key_made_it() -> None:
    of_persons = [t for t in all_contracts().values() if "person" in t.column_names]
    assert len(of_persons) > 30
    assert [t.full_name for t in of_persons if "key_id" not in t.column_names] == []
