"""A covering city: persons of a generated city again, with parts of their lives left out and as other people.

What a person's kind depends on is tried systematically: each register alone and each left out, other ages, the other
sex, unknown ancestry, and nobody's row in the population.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import combinations, product
from pathlib import Path

import polars as pl

from handleplan_pipeline.sources.codes import closed_lists
from handleplan_pipeline.sources.deliveries.declared import delivery_of
from handleplan_pipeline.sources.deliveries.links import current_numbers
from handleplan_pipeline.sources.deliveries.manifest import SUFFIX, read_manifest
from handleplan_pipeline.synthetic.files import confirm_small_years, write_delivery
from handleplan_pipeline.synthetic.hard.cast import digits_of, meets_modulus_11
from handleplan_pipeline.synthetic.lived import cut_at_birth, day_of
from handleplan_pipeline.synthetic.places import home, neighbour
from schemas.registry import delivered_sources
from schemas.sources.delivery_shape import DATA_KIND_VARIABLE, Delivery

POPULATION = "dst_bef"
TEAM = "special_team_log"
"""A register that says a person's sex in words of its own."""
LINKS = "person_number_changes"
FORMS, FORM_NUMBER = "sfi_person_forms", "SKEMA_ID"
"""A register of nobody in particular."""
RESIDENTS, AREA, AREA_TYPE = "housing_residents", "OMRAADE_ID", "OMRAADE_TYPE"
"""Which areas are on a list differs from year to year, so every resident lives in each."""
UNKNOWN_ANCESTRY = "9"
"""IE_TYPE of a person whose ancestry nobody stated."""
SERIALS = {False: range(3999, -1, -1), True: range(4999, 3999, -1)}
"""By whether the person is born in or after 2000."""


SAYS_WHO = ("ANONYM", "KOEN")
"""Variables that must agree with the person number."""
FEW_CODES = 30
"""A variable of at most so many codes is tried with each."""
ALL_SUBSETS = 5
"""Up to so many registers of a person, every selection of them is tried."""


@dataclass(frozen=True)
class Again:
    """A person once more: born on another day, of this sex, without some registers (`only`: with these alone)."""

    number: str
    birth: date
    sex: int
    without: frozenset[str] = frozenset()
    only: frozenset[str] | None = None
    cut: tuple[str, int, bool] | None = None
    """A register, a year, and whether the periods up to it are left out or those after it."""
    recoded: tuple[str, str, str] | None = None
    """A register, a coded variable, and the code that all rows say there."""
    ancestry_known: bool = True

    def is_in(self, source: str, period: int) -> bool:
        if self.cut is not None and self.cut[0] == source and (period <= self.cut[1]) == self.cut[2]:
            return False
        return source not in self.without and (self.only is None or source in self.only)


@dataclass
class Files:
    """The delivered files of a landing folder as they are written, by source and period; numbers without a hyphen."""

    frames: dict[tuple[str, int], pl.DataFrame] = field(default_factory=dict)

    @classmethod
    def read(cls, landing: Path) -> "Files":
        found = cls()
        for source in delivered_sources():
            for m in sorted((landing / source).glob(f"*{SUFFIX}")):
                manifest = read_manifest(m)
                delivery = delivery_of(source)
                frame = _read(landing / source / str(manifest.file), delivery, str(manifest.encoding))
                if delivery.person_variable:
                    name = delivery.person_variable.name
                    frame = frame.with_columns(pl.col(name).str.replace_all("-", ""))
                found.frames[source, manifest.period] = frame.drop(DATA_KIND_VARIABLE)
        return found

    def sources_of_persons(self) -> dict[str, set[str]]:
        """In which registers but the population each number stands."""
        found: dict[str, set[str]] = {}
        for (source, _), frame in self.frames.items():
            person = delivery_of(source).person_variable
            if person is None or source in (POPULATION, LINKS):
                continue
            for number in frame[person.name].unique():
                found.setdefault(number, set()).add(source)
        return found

    def periods_of_persons(self, *, at_home: bool = False) -> dict[tuple[str, str], set[int]]:
        """The periods in which each number stands in each register; `at_home`: as somebody of this municipality."""
        found: dict[tuple[str, str], set[int]] = {}
        for (source, period), every in self.frames.items():
            delivery = delivery_of(source)
            person, frame = delivery.person_variable, every
            if at_home:
                frame = every.filter(~of_other_cities(delivery))
            for number in frame[person.name].unique() if person is not None else ():
                found.setdefault((number, source), set()).add(period)
        return found

    def records(self) -> dict[str, dict[str, int]]:
        """A number for each record's identifier, by register, where the identifier and not the person is the key."""
        found: dict[str, dict[str, int]] = {}
        for (source, _), frame in self.frames.items():
            delivery = delivery_of(source)
            if delivery.person_variable is not None and source != LINKS and "person" not in delivery.key:
                mine = found.setdefault(source, {})
                for i in frame[_record(delivery)].unique().sort():
                    mine.setdefault(i, len(mine))
        return found

    def taken(self) -> set[str]:
        """Every number that stands in a file."""
        people = [(f, p.name) for (s, _), f in self.frames.items() if (p := delivery_of(s).person_variable)]
        return {n for f, name in people for n in f[name].unique()} | self.linked()

    def people(self) -> dict[str, tuple[date, int]]:
        """Birth date and sex of everybody in the population."""
        form = delivery_of(POPULATION).dialect.date_format
        parts = [f.select("PNR", "FOED_DAG", "KOEN") for (s, _), f in self.frames.items() if s == POPULATION]
        rows = pl.concat(parts).unique("PNR", keep="last").with_columns(pl.col("FOED_DAG").str.to_date(form))
        return {n: (b, int(k)) for n, b, k in rows.iter_rows() if b is not None}

    def linked(self) -> set[str]:
        """Numbers that were changed, the old and the new ones."""
        parts = [f for (s, _), f in self.frames.items() if s == LINKS]
        return {n.replace("-", "") for f in parts for c in _CHANGE for n in f[c]}

    def earlier_numbers(self) -> dict[str, set[str]]:
        """All numbers that somebody had before, by the one in force; not of whom some file of one row each has two."""
        links = delivery_of(LINKS)
        day = pl.col("AENDRET").str.to_date(links.dialect.date_format)
        new, old = (pl.col(c).str.replace_all("-", "") for c in _CHANGE)
        parts = [
            f.select(person=new, old_person=old, changed_date=day) for (s, _), f in self.frames.items() if s == LINKS
        ]
        found: dict[str, set[str]] = {}
        if parts:
            for n, current in current_numbers(pl.concat(parts).with_columns(set_aside=None)).items():
                found.setdefault(current, set()).add(n)
        standing = self.periods_of_persons()
        one_each = [s for s in delivered_sources() if "person" in delivery_of(s).key]

        def is_one(numbers: set[str]) -> bool:
            periods = [[p for n in numbers for p in standing.get((n, s), ())] for s in one_each]
            return all(len(every) == len(set(every)) for every in periods)

        return {n: olds for n, olds in found.items() if is_one({n} | olds)}


_CHANGE = ["CPR_NYT", "CPR_GAMMELT"]


def _record(delivery: Delivery) -> str:
    """The variable that identifies a record."""
    return next(v.name for v in delivery.variables if v.column in delivery.key)


def _read(path: Path, delivery: Delivery, encoding: str) -> pl.DataFrame:
    if path.suffix == ".csv":
        text = path.read_bytes().decode(encoding).removeprefix("\ufeff")
        return pl.read_csv(text.encode(), separator=delivery.dialect.separator, infer_schema=False)
    return pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_excel(path, infer_schema_length=0)


def numbers(wanted: Sequence[Again], taken: Collection[str] = ()) -> list[str]:
    """A number per person that nobody can own and nobody has: modulus 11 fails, and the day is not 1 January."""
    used: dict[tuple[date, int], int] = {}
    found = []
    for a in wanted:
        serials, at = SERIALS[a.birth.year >= 2000], used.get((a.birth, a.sex), -1)
        while True:
            at += 1
            serial = serials[at]
            number = digits_of(a.birth, serial)
            if serial % 2 == a.sex % 2 and number not in taken and not meets_modulus_11(number):
                break
        used[a.birth, a.sex] = at
        found.append(number)
    return found


def write_again(files: Files, wanted: Sequence[Again], out: Path) -> dict[str, int]:
    """The deliveries of `files` with these persons beside those that are there; each new number's place in `wanted`."""
    made = numbers(wanted, files.taken())
    records = files.records()
    form = delivery_of(POPULATION).dialect.date_format
    people = pl.DataFrame(
        {
            "_old": [a.number for a in wanted],
            "_new": made,
            "_at": range(len(wanted)),
            "_birth": [a.birth.strftime(form) for a in wanted],
            "_sex": [str(a.sex) for a in wanted],
            "_known": [a.ancestry_known for a in wanted],
            "_recoded": [None if a.recoded is None else "|".join(a.recoded[:2]) for a in wanted],
            "_code": [None if a.recoded is None else a.recoded[2] for a in wanted],
        }
    )
    for (source, period), frame in sorted(files.frames.items()):
        delivery = delivery_of(source)
        if delivery.person_variable and source != LINKS:
            mine = people.filter(pl.Series([a.is_in(source, period) for a in wanted], dtype=pl.Boolean))
            more = _without_technical(_again(frame, mine, delivery, period, records.get(source, {})), delivery)
            frame = _here(pl.concat([frame, more]), delivery)
        if source == FORMS:
            frame = _every_form(frame, delivery)
        write_delivery(out, delivery, period, frame.to_dict())
    confirm_small_years(out)
    return {n: i for i, n in enumerate(made)}


def birth_in(column: str) -> pl.Expr:
    """The birth date in a column that is written as the population writes it."""
    return pl.col(column).str.to_date(delivery_of(POPULATION).dialect.date_format)


def _again(
    frame: pl.DataFrame, people: pl.DataFrame, delivery: Delivery, period: int, records: Mapping[str, int]
) -> pl.DataFrame:
    """The rows of the persons of `people` under their new numbers, with identifiers of their own."""
    assert delivery.person_variable is not None
    number = delivery.person_variable.name
    rows = frame.join(people, left_on=number, right_on="_old", how="inner", maintain_order="left")
    rows = cut_at_birth(rows, delivery, period, birth_in("_birth"))
    changed: dict[str, pl.Expr] = {number: pl.col("_new")}
    if records:
        name = _record(delivery)
        place = pl.col(name).replace_strict(dict(records), return_dtype=pl.Int64)
        changed[name] = pl.format("Z{}N{}", place, pl.col("_at"))
    if delivery.source == TEAM:
        changed["KOEN"] = pl.col("_sex").replace_strict({"1": "M", "2": "K"}, return_dtype=pl.String)
    if delivery.source == POPULATION:
        changed |= {"KOEN": pl.col("_sex"), "FOED_DAG": pl.col("_birth")}
        changed["IE_TYPE"] = pl.when("_known").then("IE_TYPE").otherwise(pl.lit(UNKNOWN_ANCESTRY))
    for v in delivery.variables:
        tried = v.name in codes_of(delivery) or (delivery.source, v.name) == (RESIDENTS, AREA)
        if tried and v.name in frame.columns and v.name not in changed:
            here = pl.col("_recoded") == f"{delivery.source}|{v.name}"
            changed[v.name] = pl.when(here).then("_code").otherwise(v.name)
    return rows.with_columns(**changed).select(frame.columns)


def _every_form(forms: pl.DataFrame, delivery: Delivery) -> pl.DataFrame:
    """With a form for every combination of codes, once."""
    if forms[FORM_NUMBER].str.starts_with("Z").any():
        return forms
    codes = {n: c for n, c in codes_of(delivery).items() if c != [home(), neighbour()]}
    first = forms.head(1).to_dicts()[0]
    every = [
        first | {FORM_NUMBER: f"Z{i}"} | dict(zip(codes, some, strict=True))
        for i, some in enumerate(product(*codes.values()))
    ]
    return pl.concat([forms, pl.DataFrame(every, schema=forms.schema)])


def _areas(files: Files) -> dict[str, dict[str, list[str]]]:
    """The areas of the type that each resident has lived in."""
    frames = [f.select("CPR", AREA_TYPE, AREA) for (s, _), f in files.frames.items() if s == RESIDENTS]
    if not frames:
        return {}
    rows = pl.concat(frames)
    of_type = {t: sorted(rows.filter(pl.col(AREA_TYPE) == t)[AREA].unique()) for t in rows[AREA_TYPE].unique()}
    return {n: {AREA: of_type[t]} for n, t, _ in rows.unique("CPR", keep="first", maintain_order=True).iter_rows()}


def _without_technical(rows: pl.DataFrame, delivery: Delivery) -> pl.DataFrame:
    """Without what begins on 1 January: one such stay is real, and the same of many persons looks like a cut."""
    name = next((v.name for v in delivery.variables if v.column == delivery.technical_cut), None)
    if name is None:
        return rows
    day = day_of(name, rows, delivery)
    return rows.filter(~((day.dt.month() == 1) & (day.dt.day() == 1)).fill_null(False))


def of_other_cities(delivery: Delivery) -> pl.Expr:
    """Whether a row is of another municipality."""
    name = next((v.name for v in delivery.variables if v.column == delivery.municipality), None)
    return pl.lit(value=False) if name is None else (pl.col(name) != home()).fill_null(value=False)


def _here(frame: pl.DataFrame, delivery: Delivery) -> pl.DataFrame:
    """Without the last rows of other municipalities, so that they are no more than the city's own.

    A file that is mostly of another city is refused; who has fewer rows is a possible person too.
    """
    away = of_other_cities(delivery)
    return frame.filter(~away | (away.cum_sum() <= (~away).sum()))


def codes_of(delivery: Delivery) -> dict[str, list[str]]:
    """The codes of each variable that has few: all are tried."""
    found: dict[str, list[str]] = {}
    for v in delivery.variables:
        listed = (
            [c.code for x in closed_lists(delivery.source, v.name) for c in x.codes]
            if v.listed
            else list(v.codes or ())
        )
        if v.kind == "flag" and v.name not in SAYS_WHO:
            listed = ["J", "N"]
        if v.kind == "municipality":
            listed = [home(), neighbour()]
        if v.name not in SAYS_WHO and 1 < len(set(listed)) <= FEW_CODES:
            found[v.name] = sorted(set(listed))
    return found


def apart(files: Files, chosen: Iterable[str]) -> list[Again]:
    """Each person with some registers alone and with some left out, and with each register's years before or after."""
    people, standing, linked = files.people(), files.sources_of_persons(), files.linked()
    periods, areas = files.periods_of_persons(), _areas(files)
    found: list[Again] = []
    for n in chosen:
        if n not in people or n in linked:
            continue
        birth, sex = people[n]
        sources = sorted(standing.get(n, set()))
        found.append(Again(n, birth, sex))
        sizes = range(1, len(sources)) if len(sources) <= ALL_SUBSETS else (1, 2, len(sources) - 2, len(sources) - 1)
        subsets = dict.fromkeys(frozenset(c) for k in sizes for c in combinations(sources, k))
        found += [Again(n, birth, sex, only=some | {POPULATION}) for some in subsets]
        for s in sources:
            years = sorted(periods[n, s])
            cuts = [(s, y, before) for y in years[:-1] for before in (True, False)]
            found += [Again(n, birth, sex, cut=c) for c in cuts]
            lived = areas.get(n, {}) if s == RESIDENTS else {}
            for name, codes in (codes_of(delivery_of(s)) | lived).items():
                # in this order: a set of sets has another one in every process
                for some in dict.fromkeys((frozenset([s]), frozenset(sources))):
                    found += [Again(n, birth, sex, recoded=(s, name, c), only=some | {POPULATION}) for c in codes]
            if len(sources) > 1:
                found += [
                    Again(n, birth, sex, cut=c, only=frozenset([POPULATION, s, o]))
                    for c in cuts
                    for o in sources
                    if o != s
                ]
    return found


def otherwise(files: Files, chosen: Iterable[tuple[str, int]], ages: Sequence[int]) -> list[Again]:
    """Each person at other ages in a year of theirs, of either sex, of unknown ancestry, and without a row of BEF."""
    people, linked = files.people(), files.linked()
    found: list[Again] = []
    for n, year in chosen:
        if n not in people or n in linked:
            continue
        born, sex = people[n]
        found.append(Again(n, born, sex, without=frozenset([POPULATION])))
        for age in ages:
            day = min(born.day, 28) if (born.month, born.day) != (1, 1) else 2
            birth = date(year - age - 1, born.month, day)
            found += [Again(n, birth, s, ancestry_known=k) for s in (1, 2) for k in (True, False)]
    return found
