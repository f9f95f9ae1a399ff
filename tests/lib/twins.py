"""Twin cities: both populations of a certificate as deliveries, counted by the pipeline, held against the print."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from assets.protection.kind import REGISTERS, counted_units
from assets.protection.suppression_plan import CELLS
from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.cells.groups import ANCESTRIES, UNKNOWN, WITH_COUNTRY
from handleplan_pipeline.lake.engine import DuckDbEngine
from handleplan_pipeline.lake.keys import pseudonymiser
from handleplan_pipeline.lake.tables import Lake
from handleplan_pipeline.protection.blocks import Block, restricted
from handleplan_pipeline.protection.counted import linked_blocks
from handleplan_pipeline.protection.kinds import Kind, kinds_of_table, patterns_of, pinned_kinds
from handleplan_pipeline.protection.packed import unpack
from handleplan_pipeline.protection.system import BlockSystem, Cell, Counts, Table, incomplete
from handleplan_pipeline.synthetic.cover import TEAM, Files
from handleplan_pipeline.synthetic.recipes import (
    FORMS,
    NOBODY,
    RECORDS,
    STAYS,
    Made,
    Recipe,
    Recipes,
    Standing,
    Wanted,
    Who,
    write_persons,
)
from schemas.registry import contract
from tests.lib.lakes import count

Table_ = npt.NDArray[np.int64]
YEARS = range(2006, 2018)
SHIFTS = {s.name: s.shift for s in pinned_kinds().series}
"""The base year is one thing, whoever happens to be counted in a lake."""
TRIED = 24
"""So many likely recipes of each kind are tried."""


def cells_in(lake: Path) -> pl.DataFrame:
    """Everything that the joint plan reads of a lake."""
    return pl.concat(
        [pl.read_parquet(lake / "tables" / "cell" / f"{n}.parquet") for n in CELLS], how="diagonal_relaxed"
    )


def own_kinds(lake: Path) -> frozenset[Kind]:
    return kinds_of_table(pl.read_parquet(lake / "tables" / "cell" / "kind.parquet"))


def stood(root: Path, files: Files) -> pl.DataFrame:
    """A row per number or record and base year of a counted lake: number, pattern, base, attribute_year, sex, age."""
    lake, catalogue = Lake(root / "lake"), load_catalogue()
    tables: dict[str, Any] = {n: lake.table(contract("register", n)) for n in REGISTERS}
    tables["contact"] = DuckDbEngine().query(NAMED_CONTACTS, {"contact": tables["contact"]}, {}, "contacts")
    units = counted_units(catalogue, tables, YEARS)
    people = pl.DataFrame({"number": sorted(n for n in files.taken() if n)})
    marks = pseudonymiser("synthetic", lake.root).pseudonymise(people["number"])
    named = people.with_columns(person=marks["person"])
    units = units.with_columns(pl.col("person").str.replace("^form ", f"{FORMS} "))
    counted = patterns_of(units, SHIFTS).join(named, on="person", how="left")
    of_record = pl.when(pl.col("person").str.contains(f"^(?:{'|'.join(RECORDS)}) ")).then("person")
    found = counted.with_columns(number=pl.coalesce("number", of_record)).drop_nulls("number")
    return found.select("number", "pattern", "base", "attribute_year", "sex", "age")


NAMED_CONTACTS = f"""
    select * replace (coalesce(person, case door when 'crisis_centre' then '{STAYS}' else '{TEAM}' end || ' ' ||
                                       year(contact_date) || ' ' || contact_id) as person)
    from contact
"""
"""An anonymous contact is somebody whose number nobody knows: whatever its record counts in, one person counts in."""


def standing(found: pl.DataFrame, printed: frozenset[str]) -> dict[str, list[Standing]]:
    """By what is printed of a pattern, who has it and nothing else in a base year."""
    by_pattern: dict[str, list[Standing]] = defaultdict(list)
    for number, pattern, base, year, sex, age in found.sort("number", "base").iter_rows():
        if told := restricted(pattern, printed):
            by_pattern[told].append(Standing(number, base, year, Who(sex, age)))
    return by_pattern


def printed_names(tables: Mapping[str, Table], base_year: int) -> frozenset[str]:
    """The names under which anything is printed of a base year."""
    return frozenset(
        s.name
        for s in pinned_kinds().series
        if s.indicator in tables and base_year + s.shift in tables[s.indicator].years
    )


@dataclass(frozen=True)
class Proof:
    """A certificate with the system it is about, and the rows that are hidden."""

    certificate: Mapping[str, Any]
    system: BlockSystem
    tables: Mapping[str, Table]
    complete: bool
    hidden: frozenset[Any]

    @property
    def block(self) -> Block:
        return self.system.block

    def table(self, which: str) -> Table_:
        return unpack(self.certificate[f"{which}_table"])

    @cached_property
    def _people(self) -> dict[tuple[bool, int, int, int], tuple[Who, ...]]:
        """Who is in each leaf, whatever the code."""
        leaves = self.system.leaves
        found: dict[tuple[bool, int, int, int], set[Who]] = defaultdict(set)
        sexes, ages = leaves.sexes.classes, leaves.ages
        for w in self.block.who:
            sex = 0 if sexes == ["total"] else sexes.index(w.sex) if w.sex in sexes else len(sexes)
            age = 0 if ages.classes == ["total"] else ages.class_of(w.age)
            for s in (sex, -1):
                for a in (age, -1):
                    found[w.known, s, a, w.atom].add(Who(w.sex, w.age))
        return {k: tuple(sorted(v, key=lambda w: (w.sex, w.age or -1))) for k, v in found.items()}

    def wanted(self, leaf: int) -> tuple[Wanted, str]:
        """The kind of a leaf, and its ancestry code."""
        at = self.system.leaves
        code = ANCESTRIES[at.ancestry[leaf]]
        people = self._people[code != UNKNOWN, int(at.sex[leaf]), int(at.age[leaf]), int(at.atom[leaf])]
        pattern = restricted(self.block.atoms[at.atom[leaf]], printed_names(self.tables, self.system.base_year))
        return Wanted(pattern, self.system.base_year, people), code

    def population(self, which: str) -> Iterator[tuple[Wanted, str, int]]:
        """The kinds of a witness population, their ancestry codes, and how many there are."""
        table = self.table(which)
        for leaf in np.flatnonzero(table).tolist():
            yield *self.wanted(leaf), int(table[leaf])

    def differences(self, which: str, counted: Mapping[str, Table]) -> list[str]:
        """What of the print the tables of a counted twin do not repeat, by name; public denominators left out."""
        tables = self._twin_tables(counted)
        twin = BlockSystem(self.block, tables, self.system.base_year, self.system.ancestries)
        values = {c.key: c.value for c in twin.cells}
        found = [
            f"{which}: {c.key}: {values.get(c.key)} and not {c.value}"
            for c in self.system.cells
            if self._is_shown(c) and values.get(c.key) != c.value
        ]
        value = values.get(self.certificate["cell"])
        low, high = self.certificate["low"], self.certificate["high"]
        if value is None or (value > low if which == "low" else value < high):
            found.append(f"{which}: {self.certificate['cell']}: {value} proves no {low if which == 'low' else high}")
        return found + list(self._beside(which, tables))

    def _is_shown(self, cell: Cell) -> bool:
        return cell.row is not None and cell.row not in self.hidden and cell.value is not None

    def _beside(self, which: str, tables: Mapping[str, Table]) -> Iterator[str]:
        """Who stands in a row of the twin's tables that the original does not have."""
        for s in self.system.series:
            year = self.system.base_year + s.offset
            mine, other = self.tables[s.indicator], tables[s.indicator]
            slices = tuple(dict.fromkeys([*mine.slices, *((at.sex, at.age_group) for _, at in other.rows)]))
            groups = mine.groups | {at.population_group for _, at in other.rows}
            for at in set(replace(mine, slices=slices, groups=groups).printed()) - set(mine.printed()):
                counts = other.rows.get((year, at), (None, None))
                if self.complete and (counts[0] or (counts[1] and not s.public_denominator)):
                    yield f"{which}: {s.indicator}|{year}|{'|'.join(at)}: {tuple(counts)} and no such row in the print"

    def _twin_tables(self, found: Mapping[str, Table]) -> dict[str, Table]:
        """The twin's rows in the original's layout: who is in no row of the twin is nobody."""
        tables = {}
        for indicator, mine in self.tables.items():
            rows = {k: Counts(*(None if v is None else 0 for v in c)) for k, c in mine.rows.items()}
            rows |= found[indicator].rows if indicator in found else {}
            tables[indicator] = replace(mine, rows=rows, complete=True)
        return tables


def proof(
    certificate: Mapping[str, Any], tables: Mapping[str, Table], hidden: Collection[Any], own: frozenset[Kind]
) -> Proof:
    """A certificate with the system that it was made for."""
    catalogue = load_catalogue()
    blocks = [b for kinds in (frozenset[Kind](), own) for b in linked_blocks(catalogue, own=kinds)]
    for complete in (True, False):
        used = tables if complete else incomplete(tables)
        for block in (b for b in blocks if b.id == certificate["block"]):
            for codes in (WITH_COUNTRY, ANCESTRIES):
                system = BlockSystem(block, used, certificate["base_year"], codes)
                if system.width == certificate["leaves"]:
                    return Proof(certificate, system, tables, complete, frozenset(hidden))
    raise AssertionError(f"{certificate['block']}:{certificate['base_year']}: no system has these leaves")


def tried(
    recipes: Recipes,
    files: Files,
    wanted: Iterable[Wanted],
    printed: frozenset[str],
    beside: Sequence[Made],
    root: Path,
) -> dict[Wanted, Recipe]:
    """A recipe for each kind, of those that a city of all likely ones was seen to make so."""
    likely = [(w, r) for w in dict.fromkeys(wanted) for r in recipes.of(w, TRIED)]
    made = [Made(r, "danish") for _, r in likely]
    names = write_persons(files, [*made, *beside], root / "in")[: len(made)]
    count(root)
    found = stood(root, Files.read(root / "in"))
    seen = {
        (number.rpartition(" ")[2], base): (restricted(pattern, printed), Who(sex, age))
        for number, pattern, base, _, sex, age in found.iter_rows()
    }
    good: dict[Wanted, Recipe] = {}
    for (w, r), name in zip(likely, names, strict=True):
        if (
            (is_so := seen.get((name, w.year))) is not None
            and is_so[0] == w.pattern
            and is_so[1] in (*w.people, NOBODY)
        ):
            good.setdefault(w, r)
    return good


def build(
    proofs: Sequence[Proof],
    which: str,
    known: Mapping[Wanted, Recipe],
    files: Files,
    residents: Files,
    beside: Sequence[Made],
    root: Path,
) -> Path:
    """The counted lake of the low or high city of all certificates together."""
    made = [Made(known[w], code) for p in proofs for w, code, n in p.population(which) if w in known for _ in range(n)]
    write_persons(files, [*made, *beside], root / "in", residents)
    return count(root)
