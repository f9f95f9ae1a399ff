"""A covering city for tests: what `scripts/pin_kinds.py` makes, without the people made otherwise."""

import importlib.util
from pathlib import Path
from types import ModuleType

from handleplan_pipeline.lake.tables import Lake
from handleplan_pipeline.protection.kinds import pinned_kinds
from handleplan_pipeline.settings import PROJECT_ROOT
from handleplan_pipeline.synthetic.cover import Files, apart, write_again
from tests.lib.lakes import count, succeeded


def _script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("pin_kinds", PROJECT_ROOT / "scripts" / "pin_kinds.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def cover(root: Path) -> None:
    """`in` and `lake` of a city with parts of its persons' lives apart. Recipes give them other ages and ancestries."""
    pin = _script()
    years = ("--years", f"{pin.YEARS[0]}-{pin.YEARS[-1]}")
    whole = root / "whole"
    succeeded("synthesize", "--out", str(whole / "in"), "--scale", pin.SCALE, *years, "--seed", pin.SEED, "--hard")
    lake, files, shifts = Lake(count(whole)), Files.read(whole / "in"), pinned_kinds().shifts
    chosen = pin._chosen(pin._units(lake, shifts), lake, files, shifts)
    write_again(files, apart(files, dict.fromkeys(n for n, _ in chosen)), root / "in")
    count(root)
