"""However small the city: a release, the same deliveries again, and a correction of a few rows in every source.

Slow: three whole runs of each city. One city by itself; ten of both scales with `EVERY_SEED=1`.
"""

import os
import random
from pathlib import Path

import pytest

from handleplan_pipeline.lake.releases import existing
from handleplan_pipeline.lake.tables import Lake
from handleplan_pipeline.protection.audit import audit
from tests.lib.corrections import correct
from tests.lib.lakes import figures_of, released, succeeded

pytestmark = pytest.mark.slow
YEARS = range(2010, 2013)
MOST = 5
"""Rows that a correction takes at most."""
EVERY = [(scale, str(seed)) for scale in ("0.02", "0.05") for seed in range(1, 11)]
CITIES = EVERY if os.environ.get("EVERY_SEED") == "1" else [("0.02", "1")]


def correct_every_source(landing: Path, seed: str) -> dict[str, tuple[int, int]]:
    """Of each source that has delivered: the period of which it delivers anew, and how many rows fewer that is."""
    rng, done = random.Random(seed), {}
    for source in sorted(f.name for f in landing.iterdir() if f.is_dir()):
        files = [f for f in sorted((landing / source).glob(f"{source}_*")) if f.suffix != ".json"]
        period, fewer = int(rng.choice(files).stem[-4:]), rng.randint(1, MOST)
        correct(landing, source, period, fewer)
        done[source] = (period, fewer)
    return done


@pytest.mark.parametrize(("scale", "seed"), CITIES)
def test_every_city_gets_a_release(tmp_path: Path, scale: str, seed: str) -> None:
    lake, landing = released(tmp_path, scale, seed, f"{YEARS[0]}-{YEARS[-1]}"), tmp_path / "in"
    run = ("run", "--landing", str(landing), "--lake", str(lake))
    succeeded(*run)
    assert len(correct_every_source(landing, seed)) > 15
    succeeded(*run)
    first, second, third = existing(Lake(lake))
    once, again, corrected = (figures_of(r) for r in (first, second, third))
    assert [name for name in once | again if not once[name].equals(again[name])] == []
    assert any(not once[name].equals(corrected[name]) for name in once)
    # the gate held each release against all before it; here once more, by the last certificates
    cell = lake / "tables" / "cell"
    assert audit(third, cell / "certificate.parquet", [first, second], kinds=cell / "kind.parquet") == []
