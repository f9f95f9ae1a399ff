"""The generator of deliveries: a synthetic Copenhagen, in the suppliers' own formats, with known truth beside it."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from handleplan_pipeline.synthetic.children import Children
from handleplan_pipeline.synthetic.crime import Crime
from handleplan_pipeline.synthetic.files import confirm_small_years, dates, day, numbers_of, write_delivery
from handleplan_pipeline.synthetic.homelessness import Homelessness
from handleplan_pipeline.synthetic.homelessness_files import write_homelessness
from handleplan_pipeline.synthetic.housing import Housing
from handleplan_pipeline.synthetic.lives import Lives
from handleplan_pipeline.synthetic.population import Population, make_population
from handleplan_pipeline.synthetic.psychiatry import Psychiatry
from handleplan_pipeline.synthetic.truth import Truth
from handleplan_pipeline.synthetic.women import Women
from schemas.sources import dst_bef

TRUTH = "truth.parquet"


def generate(out: Path, scale: float, years: range, seed: int, dirty: bool = False, hard: bool = False) -> None:
    """Write every delivery of `years` below `out`, and the truth beside them.

    `scale` 1 is the size of Copenhagen. The same arguments give the same files. With `dirty`, faulty rows and files are
    added (see `faults.py`) and listed in `faults.parquet`; the truth stays. With `hard`, cases that real registers hold
    are added with their truth (see `hard/`) and listed in `hard.parquet`.
    """
    out.mkdir(parents=True, exist_ok=True)
    rng = [np.random.default_rng([seed, k]) for k in range(8)]
    population = make_population(scale, years, rng[0])
    lives = Lives(population, years, scale, rng[4])
    children = Children(population, rng[1])
    crime = Crime(population, years, rng[2])
    housing = Housing(population, years, scale, rng[3])
    women = Women(population, years, scale, rng[5])
    psychiatry = Psychiatry(population, years, rng[6])
    drawn = (lives, children, crime, housing, women, psychiatry)
    population.settle(np.logical_or.reduce([part.mentioned() for part in drawn]), rng[7])
    truth = Truth(population)
    for y in years:
        _write_population(out, population, y)
        crime.year(out, truth, y)
        housing.year(out, truth, y)
        if y % 2:
            housing.count_homeless(out, truth, y)
    children.plant(truth, years)
    children.write(out, years)
    crime.victims(out)
    crime.plant_register(truth, years)
    Homelessness(lives, truth, years, psychiatry.accommodated()).plant()
    write_homelessness(lives, years, out)
    women.plant(truth)
    women.write(out)
    psychiatry.write(out)
    psychiatry.plant(truth)
    if hard:
        from handleplan_pipeline.synthetic.hard import plant_hard

        plant_hard(out, truth, years)
    truth.frame().write_parquet(out / TRUTH)
    confirm_small_years(out)
    if dirty:
        from handleplan_pipeline.synthetic.faults import plant_faults

        plant_faults(out, years)
        # a year of which the faults made more than twice as much of a small file as the next
        confirm_small_years(out)


def _write_population(out: Path, population: Population, y: int) -> None:
    at = np.flatnonzero(population.in_population(y))
    birth = (population.birth[at].astype("datetime64[D]") - np.datetime64("1970-01-01")).astype(np.int64)
    columns = {
        "PNR": numbers_of(population.number, at),
        "KOEN": _text(population.sex[at]),
        "FOED_DAG": _any_date(birth),
        "KOM": _text(population.municipality[population.years.index(y)][at]),
        # nobody stated it
        "IE_TYPE": _text(population.ie_type[at]).replace("0", ""),
        "OPR_LAND": _text(population.origin[at]).str.zfill(4),
        "REFERENCEDATO": dates(np.full(len(at), day(y, 1, 1))),
    }
    write_delivery(out, dst_bef.DELIVERY, y, columns)


def _text(codes: NDArray[Any]) -> pl.Series:
    return pl.Series(codes).cast(pl.String)


def _any_date(days: NDArray[np.int64]) -> pl.Series:
    """Dates also before 1970, where a negative number is no missing value."""
    return pl.Series(days, dtype=pl.Int32).cast(pl.Date)
