"""Keys and a house with approvers for tests of what becomes of releases."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from handleplan_pipeline.release import checklist, diff
from handleplan_pipeline.release import publish as module
from tests.release.made import LENE, OLE, PROPOSER, House, key_pair, small_build


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    if shutil.which("ssh-keygen") is None:
        pytest.skip("ssh-keygen is not installed (openssh-client): no release can be signed in this run")
    home = tmp_path_factory.mktemp("keys")
    return {n: key_pair(home, n.split()[0]) for n in (LENE, OLE, PROPOSER, "Fremmed")}


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "build", small_build)
    monkeypatch.setattr(module, "verify_in_fresh_process", lambda *_: None)
    monkeypatch.setattr(module, "audit_in_fresh_process", lambda *_: None)
    # small releases have few tables: what a machine says of whole ones is tested with whole ones
    monkeypatch.setattr(checklist, "findings", lambda *_: [])
    monkeypatch.setattr(diff, "differences", lambda before, after: diff.Differences(None, after.name, False))


@pytest.fixture
def new_house(tmp_path: Path, keys: dict[str, Path], small: None) -> Callable[[str], House]:
    return lambda name: House(tmp_path / name, keys)


@pytest.fixture
def house(new_house: Callable[[str], House]) -> House:
    return new_house("house")
