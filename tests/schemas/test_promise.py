"""Names, types, keys and codes of published tables stay, or the version of the schema says that they did not."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from schemas.published import added, broken, described, missing_step, promise

Change = Callable[[dict[str, Any]], None]
PROMISED = {
    "version": "3.4",
    "tables": {
        "goal.one": {
            "key": ["year"],
            "columns": {
                "year": {"type": "INTEGER", "required": True},
                "sex": {"type": "VARCHAR", "required": True, "codes": ["men", "women"]},
                "value": {"type": "DOUBLE", "required": False},
            },
        },
        "goal.two": {"key": ["year"], "columns": {"year": {"type": "INTEGER", "required": True}}},
    },
}


def columns(schema: dict[str, Any]) -> dict[str, Any]:
    return schema["tables"]["goal.one"]["columns"]  # type: ignore[no-any-return]


BREAKS: dict[str, Change] = {
    "goal.two: the table is gone": lambda s: s["tables"].pop("goal.two"),
    "goal.one: another key": lambda s: s["tables"]["goal.one"].update(key=["year", "sex"]),
    "goal.one.value: the column is gone": lambda s: columns(s).pop("value"),
    "goal.one.value: DOUBLE became VARCHAR": lambda s: columns(s)["value"].update(type="VARCHAR"),
    "goal.one.year: can be empty now": lambda s: columns(s)["year"].update(required=False),
    "goal.one.sex: codes are gone: women": lambda s: columns(s)["sex"].update(codes=["men"]),
}
ADDS: dict[str, Change] = {
    "goal.three: a new table": lambda s: s["tables"].update({"goal.three": {"key": [], "columns": {}}}),
    "goal.one.unit: a new column": lambda s: columns(s).update(unit={"type": "VARCHAR", "required": True}),
    "goal.one.sex: new codes: total": lambda s: columns(s)["sex"].update(codes=["men", "women", "total"]),
}


def after(change: Change, version: str = "3.4") -> dict[str, Any]:
    schema = copy.deepcopy(PROMISED) | {"version": version}
    change(schema)
    return schema


@pytest.mark.parametrize("what", list(BREAKS))
def test_what_goes_or_changes_takes_a_new_first_number(what: str) -> None:
    assert list(broken(PROMISED, after(BREAKS[what]))) == [what]
    for version in ("3.4", "3.5"):
        assert missing_step(PROMISED, after(BREAKS[what], version)) == f"Version 4.0 is owed: {what}"
    assert missing_step(PROMISED, after(BREAKS[what], "4.0")) is None


@pytest.mark.parametrize("what", list(ADDS))
def test_what_is_added_takes_a_new_second_number(what: str) -> None:
    assert list(added(PROMISED, after(ADDS[what]))) == [what]
    assert missing_step(PROMISED, after(ADDS[what])) == f"Version 3.5 is owed: {what}"
    assert missing_step(PROMISED, after(ADDS[what], "3.5")) is None
    assert missing_step(PROMISED, after(ADDS[what], "4.0")) is None


def test_a_version_does_not_go_back() -> None:
    older = after(lambda _: None, "3.3")
    assert missing_step(PROMISED, older) == "Version 3.3 is older than what was promised, 3.4"
    assert missing_step(PROMISED, after(lambda _: None)) is None


def test_the_published_tables_keep_the_last_promise_or_say_so_in_their_version() -> None:
    promised, today = promise(), described()
    # the promise is of the same kind as what it is compared with, and not an empty one
    assert len(promised["tables"]) > 50
    assert promised["tables"]["output.observation"]["columns"]["release_id"]["required"]
    assert missing_step(promised, today) is None, "then set SCHEMA_VERSION in schemas/published.py"
