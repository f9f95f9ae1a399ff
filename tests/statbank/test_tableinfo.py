"""StatBank's descriptions of tables: read strictly, refused in one bounded sentence, and when they last changed."""

import json
from pathlib import Path
from typing import Any

import pytest

from handleplan_pipeline.errors import SourceError
from handleplan_pipeline.sources.statbank.extracts import STRAFNA9
from handleplan_pipeline.sources.statbank.tableinfo import parse_tableinfo
from tests.statbank.clients import YEARS, client, live
from tests.statbank.server import Faults

Server = tuple[str, Faults]


def described(**changes: Any) -> bytes:
    value = {"id": "1", "text": "a"}
    time = {"id": "Tid", "text": "time", "elimination": False, "time": True, "values": [value]}
    whole = {"id": "X", "text": "t", "unit": "u", "updated": "2026", "active": True, "variables": [time]}
    return json.dumps(whole | changes).encode()


TIME = {"id": "Tid", "text": "time", "elimination": False, "time": True, "values": [{"id": "1", "text": "a"}]}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"<html>", "not JSON"),
        (b"", "not JSON"),
        (b"\xff\xfe{", "not JSON in UTF-8"),
        (b"[" * 100_000, "not JSON"),
        (described()[:-1] + b', "x": ' + b"[" * 5000 + b"]" * 5000 + b"}", "not JSON"),
        (b'{"id": "\\ud800"}', "not JSON"),
        (b"[]", "1 fields are missing or wrong: the whole"),
        (b"5", "1 fields are missing or wrong: the whole"),
        (b"null", "1 fields are missing or wrong: the whole"),
        (b'{"id": "X", "text": "t", "unit": "u", "updated": "2026", "active": true}', "variables: Field required"),
        (described(variables=[]), "there must be one time variable"),
        (described(variables=[TIME | {"time": False}]), "there must be one time variable"),
        (described(variables=[TIME, TIME | {"id": "Time"}]), "there must be one time variable"),
        (described(variables=[TIME, TIME | {"id": "TID", "time": False}]), "a variable occurs twice"),
        (described(variables=[TIME | {"values": TIME["values"] * 2}]), "a code occurs twice"),
        (described(variables=[TIME | {"values": [{"id": "1;2", "text": "a"}]}]), "variables.0.values.0.id"),
        (described(variables=[TIME | {"values": [{"id": 1, "text": "a"}]}]), "variables.0.values.0.id"),
        (described(variables=[TIME | {"values": [1] * 10_000}]), "1 fields are missing or wrong: variables.0.values.0"),
        (described(variables={}), "variables"),
        (described(active="yes"), "active"),
        (described(unit=None), "unit"),
    ],
)
def test_tableinfo_that_is_not_tableinfo(data: bytes, words: str) -> None:
    with pytest.raises(SourceError, match=words) as caught:
        parse_tableinfo(data)
    assert len(str(caught.value)) < 500


def test_a_list_in_place_of_a_tableinfo_through_the_wire(server: Server, tmp_path: Path) -> None:
    url, faults = server
    faults.info = lambda i: [i]
    with pytest.raises(SourceError, match="tableinfo: 1 fields are missing or wrong: the whole"):
        live(url, tmp_path).fetch(STRAFNA9, YEARS)


@pytest.mark.parametrize(
    ("stamp", "said"),
    [
        ("2026-04-08T08:00:00", "2026-04-08T08:00:00"),
        ("2026-04-08T06:00:00Z", "2026-04-08T08:00:00"),
        ("2026-01-08T07:00:00+00:00", "2026-01-08T08:00:00"),
        ("yesterday", "unknown"),
        ("", "unknown"),
        ("0001-01-01T00:00:00+23:00", "unknown"),
        ("9999-12-31T23:59:59-23:00", "unknown"),
        ("x" * 500_000, "unknown"),
    ],
)
def test_when_the_table_last_changed_is_read_or_unknown(stamp: str, said: str, server: Server, tmp_path: Path) -> None:
    url, faults = server
    faults.info = lambda i: i | {"updated": stamp}
    assert live(url, tmp_path).fetch(STRAFNA9, YEARS).provenance["updated"] == said


def test_the_probe_tells_when_a_table_last_changed(server: Server) -> None:
    url, faults = server
    assert client(url).updated("STRAFNA9").isoformat() == "2026-04-08T08:00:00"
    assert faults.count("data") == 0
    faults.info = lambda i: i | {"updated": "soon"}
    with pytest.raises(SourceError, match="does not say in a readable way"):
        client(url).updated("STRAFNA9")
