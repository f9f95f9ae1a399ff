"""Upgrade and rollback of the code, with the script as root runs it: in a folder of its own, on a small repository."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from handleplan_pipeline.settings import PROJECT_ROOT

SCRIPT = PROJECT_ROOT / "deploy" / "bin" / "handleplan-code"
MAKEFILE = (
    "setup:\n\t@mkdir -p .venv/bin && printf '#!/bin/sh\\n' > .venv/bin/handleplan && chmod +x .venv/bin/handleplan\n"
)
SYSTEMCTL = """#!/bin/sh
echo "$@" >> {log}
[ "$1" != start ] || [ ! -e {root}/current/does_not_start ]
"""
Run = Callable[..., "subprocess.CompletedProcess[str]"]


def git(repository: Path, *arguments: str) -> str:
    who = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "core.hooksPath=/dev/null"]
    command = ["git", "-C", str(repository), *who, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    made = tmp_path / "repository"
    made.mkdir()
    git(made, "init", "--quiet")
    commit(made, "Makefile", MAKEFILE)
    return made


def commit(repository: Path, name: str, text: str = "") -> str:
    (repository / name).write_text(text)
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "-m", name)
    return git(repository, "rev-parse", "HEAD")


@pytest.fixture
def code(tmp_path: Path) -> Run:
    root = tmp_path / "code"
    (root / "versions").mkdir(parents=True)
    systemctl = tmp_path / "systemctl"
    systemctl.write_text(SYSTEMCTL.format(log=tmp_path / "asked", root=root))
    systemctl.chmod(0o755)
    environment = os.environ | {"HANDLEPLAN_CODE": str(root), "SYSTEMCTL": str(systemctl)}

    def run(*arguments: str, good: bool = True) -> "subprocess.CompletedProcess[str]":
        done = subprocess.run([SCRIPT, *arguments], env=environment, capture_output=True, text=True, check=False)
        assert (done.returncode == 0) is good, done.stdout + done.stderr
        return done

    return run


def current(tmp_path: Path) -> str:
    return (tmp_path / "code/current").readlink().name


def installed(code: Run, repository: Path) -> str:
    return code("install", str(repository), "HEAD").stdout.strip()


def test_a_version_is_put_beside_and_switched_to_and_back(code: Run, repository: Path, tmp_path: Path) -> None:
    first = installed(code, repository)
    commit(repository, "new")
    second = installed(code, repository)
    assert not (tmp_path / "code/current").exists()
    assert not (tmp_path / "asked").exists()
    code("switch", first)
    said = code("switch", second).stdout
    assert said == f"{second} runs. The one before was {first}.\n"
    assert current(tmp_path) == second
    assert (tmp_path / "code/current/new").is_file()
    assert f"* {second}" in code("list").stdout
    code("back")
    assert current(tmp_path) == first
    code("back")
    assert current(tmp_path) == second


def test_who_asks_stops_first_and_who_answers_starts_first(code: Run, repository: Path, tmp_path: Path) -> None:
    code("switch", installed(code, repository))
    asked = (tmp_path / "asked").read_text().split("\n")[:-1]
    names = ["code", "engineers", "onlookers", "daemon"]
    assert asked == [
        *(f"stop handleplan-{n}.service" for n in reversed(names)),
        *(f"start handleplan-{n}.service" for n in names),
    ]
    assert {f"handleplan-{n}.service" for n in names} == {
        p.name for p in (PROJECT_ROOT / "deploy/systemd").glob("handleplan-*.service") if "backup" not in p.name
    }


def test_a_version_that_does_not_start_leaves_the_old_one_running(code: Run, repository: Path, tmp_path: Path) -> None:
    first = installed(code, repository)
    code("switch", first)
    commit(repository, "does_not_start")
    second = installed(code, repository)
    said = code("switch", second, good=False).stderr
    assert f"{second} does not start; back to {first}." in said
    assert current(tmp_path) == first
    assert (tmp_path / "asked").read_text().endswith("start handleplan-daemon.service\n")


def test_a_version_that_cannot_be_set_up_is_removed(code: Run, repository: Path, tmp_path: Path) -> None:
    commit(repository, "Makefile", "setup:\n\t@false\n")
    said = code("install", str(repository), "HEAD", good=False).stderr
    assert "could not be set up and was removed" in said
    assert list((tmp_path / "code/versions").iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("switch", "nothing"), "there is no such version"),
        (("switch",), "no version is named"),
        (("back",), "no version ran before"),
        (("install", ".", "no-such-revision"), "no such revision"),
        (("install",), "install REPOSITORY REVISION"),
        ((), "install REPOSITORY REVISION"),
    ],
)
def test_what_cannot_be_done_is_said(code: Run, tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    assert said in code(*arguments, good=False).stderr
    assert not (tmp_path / "asked").exists()


def test_the_version_that_runs_is_not_installed_or_switched_to_again(code: Run, repository: Path) -> None:
    version = installed(code, repository)
    assert "is there already" in code("install", str(repository), "HEAD", good=False).stderr
    code("switch", version)
    assert "is the one that runs" in code("switch", version, good=False).stderr
