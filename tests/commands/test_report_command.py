"""`handleplan report` says where the report is, and serves it to this machine alone."""

import os
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from handleplan_pipeline.commands.report import page_of
from handleplan_pipeline.errors import ReleaseError
from tests.commands.made import ROOT, environment, handleplan, lake_with, release_id


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = lake_with(tmp_path_factory.mktemp("report"), 1).root
    for language in ("da", "en"):
        folder = root / "releases" / release_id(1) / "report" / language
        folder.mkdir(parents=True)
        for name in ("index", "goal_03_stable_housing", "goal_03_stable_housing_more"):
            (folder / f"{name}.html").write_text(f"{language} {name}", encoding="utf-8")
    return root


def test_the_overview_and_the_page_of_a_goal(lake: Path) -> None:
    folder = (lake / "releases" / release_id(1)).resolve()
    done = handleplan("report", lake=lake)
    assert done.returncode == 0
    assert done.stdout.strip() == str(folder / "report" / "da" / "index.html")
    done = handleplan("report", "--goal", "3", "--language", "en", lake=lake)
    assert done.stdout.strip() == str(folder / "report" / "en" / "goal_03_stable_housing.html")


def test_a_goal_that_has_no_page(lake: Path) -> None:
    with pytest.raises(ReleaseError, match="no page of goal 12"):
        page_of(lake / "releases" / release_id(1), 12, "da")


def test_a_release_without_a_report(tmp_path: Path) -> None:
    done = handleplan("report", lake=lake_with(tmp_path, 1).root)
    assert done.returncode == 5
    assert "has no report" in done.stderr


def test_it_is_served_on_loopback_and_nowhere_else(lake: Path) -> None:
    command = [sys.executable, "-u", "-m", "handleplan_pipeline.cli", "report", "--serve", "--port", "0"]
    told = os.environ | environment(lake, {})
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=told, cwd=ROOT) as process:
        try:
            assert process.stdout
            address = process.stdout.readline().strip()
            assert re.fullmatch(r"http://127\.0\.0\.1:\d+/report/da/index\.html", address)
            with urllib.request.urlopen(address, timeout=30) as answer:
                assert answer.read() == b"da index"
        finally:
            process.kill()
