"""The demonstration's city is made with what `make setup` installs: nothing that only the tests install is imported."""

import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from handleplan_pipeline.settings import PROJECT_ROOT

WITHOUT = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in absent:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

absent = set(sys.argv.pop(1).split(","))
sys.meta_path.insert(0, Absent())
from handleplan_pipeline.cli import main
main()
"""


def locked(name: str) -> set[str]:
    text = (PROJECT_ROOT / "requirements" / name).read_text(encoding="utf-8")
    return {n.lower().replace("_", "-") for n in re.findall(r"^([A-Za-z0-9_.-]+)==", text, re.MULTILINE)}


@pytest.mark.slow
def test_a_hard_city_is_made_without_what_only_the_tests_install(tmp_path: Path) -> None:
    only_tests = locked("test.lock") - locked("run.lock")
    assert "fastexcel" in only_tests
    absent = [
        module
        for module, owners in packages_distributions().items()
        if {o.lower().replace("_", "-") for o in owners} <= only_tests
    ]
    assert "fastexcel" in absent
    city = ["synthesize", "--out", str(tmp_path), "--scale", "0.002", "--years", "2006-2015", "--hard"]
    command = [sys.executable, "-c", WITHOUT, ",".join(absent), *city]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert list(tmp_path.glob("sfi_person_forms/*.xlsx"))
