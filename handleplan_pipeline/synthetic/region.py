"""A generated region: several cities, whose people move between them, as national registers and municipal deliveries.

Each city is generated as if it were alone; its people get numbers and its records names of their own. What suppliers
hold of the whole country (`Delivery.cut`) becomes one file of all cities, the rest stays each city's own. Who moves to
the city next door, or is cared for there, is that city's too, because the file says so.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from handleplan_pipeline.errors import ConfigurationError
from handleplan_pipeline.sources.deliveries.declared import delivery_of
from handleplan_pipeline.synthetic.cover import Files
from handleplan_pipeline.synthetic.files import confirm_small_years, write_delivery
from handleplan_pipeline.synthetic.hard.cast import meets_modulus_11

NATION = "nation"
"""The folder of the national registers; a city's own deliveries lie in the folder of its code."""
MOST_CITIES = 3
"""Numbers that nobody can own are few: so many cities of so few people a day of birth and sex. Ours, version 1."""
APART = 80
"""Persons of one sex born on one day in a city: so far its serial numbers are from the next city's. Ours, version 1."""


def make_region(out: Path, municipalities: Sequence[str], scale: float, years: str, seed: int) -> None:
    """Write the region below `out`: `nation`/ and a folder per municipality. `scale` is of each city.

    Raises ConfigurationError for too many cities, or where one cannot be generated.
    """
    if len(municipalities) > MOST_CITIES:
        raise ConfigurationError(f"A generated region has at most {MOST_CITIES} municipalities.")
    nation: dict[tuple[str, int], list[pl.DataFrame]] = {}
    for place, code in enumerate(municipalities):
        alone = out / ".alone" / code
        _generate(alone, code, scale, years, seed + place)
        for (source, period), frame in sorted(Files.read(alone).frames.items()):
            mine = _renamed(frame, source, place)
            if delivery_of(source).cut:
                nation.setdefault((source, period), []).append(mine)
            else:
                write_delivery(out / code, delivery_of(source), period, mine.to_dict())
        confirm_small_years(out / code)
    for (source, period), frames in sorted(nation.items()):
        write_delivery(out / NATION, delivery_of(source), period, pl.concat(frames, how="diagonal").to_dict())
    confirm_small_years(out / NATION)
    shutil.rmtree(out / ".alone")


def _generate(out: Path, code: str, scale: float, years: str, seed: int) -> None:
    """A city as its own municipality sees it; the setting says whose it is, and is read once per process."""
    arguments = ["--out", str(out), "--scale", str(scale), "--years", years, "--seed", str(seed)]
    command = [sys.executable, "-m", "handleplan_pipeline.cli", "synthesize", *arguments]
    done = subprocess.run(command, env={**os.environ, "HANDLEPLAN_MUNICIPALITY": code}, capture_output=True, text=True)
    if done.returncode:
        raise ConfigurationError(f"{code}: the city cannot be generated: {done.stderr.strip()}")


def _renamed(frame: pl.DataFrame, source: str, place: int) -> pl.DataFrame:
    """The rows with numbers and identifiers that no other city has."""
    delivery = delivery_of(source)
    changed = [
        pl.col(v.name).replace_strict(_numbers(frame[v.name], place), default=pl.col(v.name)).alias(v.name)
        for v in delivery.variables
        if v.kind == "person" and place
    ]
    record = [
        v
        for v in delivery.variables
        if v.kind == "text" and v.column in delivery.key and (v.opaque or v.column.endswith("_id"))
    ]
    changed += [pl.concat_str(pl.lit(f"{'ABC'[place]}"), v.name).alias(v.name) for v in record]
    return frame.with_columns(changed)


def _numbers(column: pl.Series, place: int) -> dict[str, str]:
    """For each person number the same day and sex with a serial of this city's own."""
    return {n: _moved(n, place) for n in column.drop_nulls().unique() if len(n) == 10 and n.isdigit()}


def _moved(number: str, place: int) -> str:
    """Every second serial, so that of two neighbours at most one meets modulus 11."""
    century = 4000 if int(number[6:]) >= 4000 else 0
    rank, parity = (int(number[6:]) - century) // 4, int(number[9]) % 2
    serial = century + (rank + place * APART) * 4 + parity
    found = f"{number[:6]}{serial:04d}"
    return f"{number[:6]}{serial + 2:04d}" if meets_modulus_11(found) else found
