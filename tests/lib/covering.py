"""A covering city for tests: what `scripts/pin_kinds.py` makes, with or without the people made otherwise."""

import importlib.util
from pathlib import Path
from types import ModuleType

from handleplan_pipeline.lake.tables import Lake
from handleplan_pipeline.protection.kinds import pinned_kinds
from handleplan_pipeline.settings import PROJECT_ROOT
from handleplan_pipeline.synthetic.cover import Files, apart, otherwise, write_again
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
    lake, files = Lake(count(whole)), Files.read(whole / "in")
    write_again(files, apart(files, dict.fromkeys(n for n, _ in _chosen(pin, lake, files))), root / "in")
    count(root)


def cover_all(root: Path, parts: Path) -> None:
    """The city of `cover` in `parts`, with a person of each pattern at other ages too: some have one at those alone."""
    pin = _script()
    lake, files = Lake(parts / "lake"), Files.read(parts / "in")
    write_again(files, otherwise(files, _chosen(pin, lake, files), pin.AGES), root / "in")
    count(root)


def _chosen(pin: ModuleType, lake: Lake, files: Files) -> list[tuple[str, int]]:
    shifts = pinned_kinds().shifts
    return pin._chosen(pin._units(lake, shifts), lake, files, shifts)  # type: ignore[no-any-return]
