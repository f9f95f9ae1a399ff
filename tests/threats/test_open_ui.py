"""Dagster's UI has no login: it is bound to the machine, and nothing it shows has a place for a secret (threat 24)."""

import json
import re
from hashlib import sha256
from pathlib import Path

import dagster as dg
import pytest

from handleplan_pipeline.graph.resources import resources
from handleplan_pipeline.settings import PROJECT_ROOT, get_settings

LOOPBACK = ("127.0.0.1", "localhost", "::1")
SERVES = re.compile(r"\b(?:dg dev|dagster dev|dagster-webserver|dagster-graphql)\b")
ADDRESS = re.compile(r"(?:--host|\s-h)[ =](\S+)")


def test_the_ui_is_bound_to_the_machine_itself() -> None:
    """Every command of the repository that serves the UI says so itself; Dagster's default may change."""
    files = [PROJECT_ROOT / "Makefile", PROJECT_ROOT / ".ci" / "run", *(PROJECT_ROOT / "scripts").rglob("*.sh")]
    files += sorted((PROJECT_ROOT / "deploy" / "systemd").glob("*.service"))
    lines = [x for f in files for x in f.read_text(encoding="utf-8").split("\n") if not x.startswith("#")]
    serving = [x for x in lines if SERVES.search(x)]
    assert serving, "make ui is there, or this test proves nothing"
    for line in serving:
        (address,) = ADDRESS.findall(line)
        assert address in LOOPBACK
    assert "0.0.0.0" not in "\n".join(lines)


def test_no_configuration_of_a_run_has_a_place_for_a_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What resources are given is stored with every run and shown to whoever opens it."""
    key = tmp_path / "key"
    key.write_text(sha256(b"a key for tests only").hexdigest())
    key.chmod(0o600)
    monkeypatch.setenv("HANDLEPLAN_KEY_FILE", str(key))
    monkeypatch.setenv("HANDLEPLAN_LAKE", str(tmp_path / "lake"))
    get_settings.cache_clear()
    try:
        # what has no settings of its own can hold none
        given = {name: r.model_dump() for name, r in resources().items() if r is not dg.mem_io_manager}
    finally:
        get_settings.cache_clear()
    names = {field for fields in given.values() for field in fields}
    assert names >= {"root", "landing", "statbank"}
    assert [n for n in names if re.search("key|secret|token|password", n)] == []
    assert key.read_text() not in json.dumps(given, default=str)
    assert str(key) not in json.dumps(given, default=str)
