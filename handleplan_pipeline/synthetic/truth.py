"""What the generator planted, by indicator, year, group, sex and age: counted from its plan, never from its files."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.sources.codes import code_list
from handleplan_pipeline.synthetic.population import Population

AGE_BANDS = ("0-14", "15-17", "18-24", "25-39", "40-64", "65+")
GROUPS = ("all", "danish", "minority", "unknown", "immigrant", "descendant", "western", "non_western")
SCHEMA = {
    "indicator_id": pl.String,
    "year": pl.Int32,
    "population_group": pl.String,
    "sex": pl.String,
    "age_group": pl.String,
    "numerator": pl.Int64,
    "denominator": pl.Int64,
    "value": pl.Float64,
}
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


class TruthRow(NamedTuple):
    """A row of `truth.parquet`."""

    indicator_id: str
    year: int
    population_group: str
    sex: str
    age_group: str
    numerator: int | None
    denominator: int | None
    value: float | None


class Shape(NamedTuple):
    """How an indicator is split: by what, into which age bands, for which groups."""

    splits: tuple[str, ...]
    bands: tuple[str, ...]
    groups: tuple[str, ...]


class Place(NamedTuple):
    """Where a row of the truth stands."""

    indicator_id: str
    year: int
    population_group: str
    sex: str
    age_group: str


FIRST_OF_B1 = 2009
"""The count of 2007 was by another definition (the baseline is 2009)."""


@dataclass
class Sample:
    """What a row's value is a quantile of, person by person; persons of another cast may add to it."""

    share: float
    of_persons: list[list[float]]
    beside: int
    """Persons who must have a value up to the quantile, and from it on, for it to be told."""

    @property
    def quantile(self) -> float | None:
        found = float(np.quantile([v for of_one in self.of_persons for v in of_one], self.share))
        up_to = sum(min(of_one) <= found for of_one in self.of_persons)
        from_on = sum(max(of_one) >= found for of_one in self.of_persons)
        return found if min(up_to, from_on) >= self.beside else None


@dataclass
class Truth:
    """Collects truth rows. Persons are indices; -1 is a unit without a person (anonymous, substitute number)."""

    population: Population
    rows: list[TruthRow] = field(default_factory=list)
    shapes: dict[str, Shape] = field(default_factory=dict)
    samples: dict[Place, Sample] = field(default_factory=dict)

    def __post_init__(self) -> None:
        lands = code_list("origin_country")
        non_western = set(lands.filter(pl.col("country_group") == "non_western")["code"].cast(pl.Int64).to_list())
        self._non_western = np.isin(self.population.origin, list(non_western))

    def group_masks(self, persons: Ints, year: int) -> dict[str, Bools]:
        """Group -> who of `persons` belongs to it, by ancestry on 1 January of `year` or up to five years before."""
        p = self.population
        known = (persons >= 0) & p.known(year, persons)
        kind = np.where(known, p.ie_type[persons], 0)
        minority = kind >= 2
        return {
            "all": np.ones(len(persons), dtype=bool),
            "danish": kind == 1,
            "minority": minority,
            "unknown": kind == 0,
            "immigrant": kind == 2,
            "descendant": kind == 3,
            "western": minority & ~self._non_western[persons],
            "non_western": minority & self._non_western[persons],
        }

    def slices(
        self, persons: Ints, year: int, indicator: str, splits: tuple[str, ...], bands: tuple[str, ...]
    ) -> dict[tuple[str, str], Bools]:
        """(sex, age group) -> who belongs to it; the first is the whole indicator."""
        i = load_catalogue().indicator(indicator)
        p = self.population
        known = (persons >= 0) & p.known(year, persons)
        found = {(i.sex, i.age_group): np.ones(len(persons), dtype=bool)}
        if "sex" in splits:
            for code, name in ((1, "men"), (2, "women")):
                found[name, i.age_group] = known & (p.sex[persons] == code)
            found["unknown", i.age_group] = ~known
        if "age" in splits:
            age = np.where(known, p.age(year)[persons], -1)
            inside = np.zeros(len(persons), dtype=bool)
            for band in bands:
                low, high = limits(band)
                found[i.sex, band] = (age >= low) & (age <= high)
                inside |= found[i.sex, band]
            found[i.sex, "unknown"] = ~inside
        if "sex_age" in splits:
            found |= {
                (s, b): found[s, i.age_group] & found[i.sex, b]
                for s in ("men", "women", "unknown")
                for b in (*bands, "unknown")
            }
        return found

    def add(
        self,
        indicator: str,
        year: int,
        persons: Ints,
        hit: Bools | None = None,
        *,
        at: int | None = None,
        splits: tuple[str, ...] = ("sex", "age"),
        bands: tuple[str, ...] = AGE_BANDS,
        groups: tuple[str, ...] = GROUPS,
        per: Ints | None = None,
    ) -> None:
        """A share (`hit` given), a rate (`per` is the population) or a count of persons; attributes `at` a year."""
        at = year if at is None else at
        self.shapes[indicator] = Shape(splits, bands, groups)
        persons = np.asarray(persons, dtype=np.int64)
        member = self.slices(persons, at, indicator, splits, bands)
        of_group = self.group_masks(persons, at)
        counts = load_catalogue().indicator(indicator).measure == "count"
        below = self.slices(per, at, indicator, splits, bands) if per is not None else {}
        per_group = self.group_masks(per, at) if per is not None else {}
        for g in groups:
            for where, inside in member.items():
                units = inside & of_group[g]
                if hit is not None:
                    if units.any():
                        self.row(indicator, year, g, where, int((units & hit).sum()), int(units.sum()))
                    continue
                denominator = int((below[where] & per_group[g]).sum()) if per is not None else None
                listed = units.any() or "unknown" not in where
                if listed and (denominator or per is None or counts):
                    self.row(indicator, year, g, where, int(units.sum()), denominator or None)

    def row(
        self,
        indicator: str,
        year: int,
        group: str,
        where: tuple[str, str],
        numerator: int | None,
        denominator: int | None,
        value: float | None = None,
    ) -> None:
        sex, age_group = where
        self.rows.append(TruthRow(indicator, year, group, sex, age_group, numerator, denominator, value))

    def middle(
        self,
        indicator: str,
        year: int,
        group: str,
        where: tuple[str, str],
        of_persons: list[list[float]],
        share: float = 0.5,
        beside: int = 0,
    ) -> None:
        """A quantile of the values of persons, each with one or more, and how many persons there are."""
        sample = Sample(share, of_persons, beside)
        self.samples[Place(indicator, year, group, *where)] = sample
        self.row(indicator, year, group, where, None, len(of_persons), sample.quantile)

    def frame(self) -> pl.DataFrame:
        """Every row, in the shape of `truth.parquet`."""
        return pl.DataFrame(self.rows, schema=SCHEMA, orient="row").sort(list(SCHEMA)[:5])


def limits(band: str) -> tuple[int, int]:
    """First and last age of a band such as 15-17, 16 or 65+."""
    if band.endswith("+"):
        return int(band[:-1]), 200
    low, _, high = band.partition("-")
    return int(low), int(high or low)
