"""Recipes of kinds: the delivered rows of one person of a covering city, moved in time and made somebody else."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain, islice, zip_longest
from pathlib import Path
from typing import NamedTuple

import polars as pl

from handleplan_pipeline.cells.groups import UNKNOWN
from handleplan_pipeline.sources.codes import code_list
from handleplan_pipeline.sources.deliveries.declared import delivery_of
from handleplan_pipeline.synthetic import lived
from handleplan_pipeline.synthetic.cover import (
    FORM_NUMBER,
    FORMS,
    LINKS,
    POPULATION,
    TEAM,
    UNKNOWN_ANCESTRY,
    Again,
    Files,
    birth_in,
    numbers,
)
from handleplan_pipeline.synthetic.files import confirm_small_years, write_delivery
from handleplan_pipeline.synthetic.places import home
from schemas.sources.delivery_shape import Delivery

STAYS = "crisis_centre_stays"
RECORDS = {FORMS: FORM_NUMBER, TEAM: "HENVENDELSE_ID", STAYS: "OPHOLD_ID"}
"""Registers with records of nobody in particular, and what identifies a record there."""
JUDGED = {"danish": "dansk", "immigrant": "indvandrer", "descendant": "efterkommer", UNKNOWN: "uoplyst"}
"""What staff write on a form, by the first word of the ancestry code."""
IE_TYPE = {"danish": "1", "immigrant": "2", "descendant": "3", UNKNOWN: UNKNOWN_ANCESTRY}
SEXES = {"men": 1, "women": 2}
A_DAY = date(1970, 6, 15)
"""The birth date of whom nobody asks for one."""
SHELTERS, SHELTER_HOME = "section_110_stays", "BOFORM_KOM"


class Who(NamedTuple):
    """Sex and age in the attribute year; unknown and None where nothing is known of the person."""

    sex: str
    age: int | None


NOBODY = Who(UNKNOWN, None)


class Wanted(NamedTuple):
    """A pattern in a base year, of anybody in `people`."""

    pattern: str
    year: int
    people: tuple[Who, ...]


class Standing(NamedTuple):
    """How somebody of the covering city stands in a base year. `number`: or `source period record` of a record."""

    number: str
    base: int
    attribute_year: int
    who: Who


@dataclass(frozen=True)
class Recipe:
    """Whose rows, how many years later, born when and of which sex, and whether the population knows the person.

    `record`: a source and period, where the rows are one record of nobody in particular. `days`: what happened is moved
    by so many days, so that what lies between two days stays as long; otherwise days of the calendar stay.
    """

    number: str
    later: int
    birth: date
    sex: int
    known: bool = True
    record: tuple[str, int] | None = None
    days: int | None = None


class Made(NamedTuple):
    """An invented person: a recipe and an ancestry code."""

    recipe: Recipe
    ancestry: str


class Recipes:
    """Who of a covering city may be made into whom. `standing`: by pattern."""

    def __init__(self, files: Files, standing: Mapping[str, Sequence[Standing]]) -> None:
        self.people, self.standing = files.people(), standing
        self.not_last = files.linked() - files.earlier_numbers().keys()

    def of(self, wanted: Wanted, limit: int) -> list[Recipe]:
        """The likeliest recipes, those of the same year and those of the same people by turns. None is sure.

        Each in another year comes twice, with its days of the calendar and with its lengths, which a leap day changes.
        """
        found = [s for s in self.standing.get(wanted.pattern, ()) if self._usable(s)]
        people = set(wanted.people)
        near = sorted(found, key=lambda s: (abs(wanted.year - s.base), s.who not in people, s.number, s.base))
        alike = sorted(found, key=lambda s: (s.who not in people, abs(wanted.year - s.base), s.number, s.base))
        turns = (s for s in chain.from_iterable(zip_longest(near, alike)) if s is not None)
        return list(islice(dict.fromkeys(r for s in turns for r in _both_ways(self._made(s, wanted), s.base)), limit))

    def _usable(self, s: Standing) -> bool:
        return " " in s.number or (s.number in self.people and s.number not in self.not_last)

    def _made(self, s: Standing, wanted: Wanted) -> Recipe:
        later = wanted.year - s.base
        if " " in s.number:
            source, period, record = s.number.split(" ", 2)
            return Recipe(record, later, A_DAY, 2, record=(source, int(period)))
        birth, sex = self.people[s.number]
        who = min(
            wanted.people, key=lambda w: (w != s.who, w.sex != s.who.sex, abs((w.age or 0) - (s.who.age or 0)), w)
        )
        if who.age is None:
            return Recipe(s.number, later, moved(birth, later), sex, known=False)
        if who.age != s.who.age:
            day = (2, birth.day)[(birth.month, birth.day) != (1, 1)]
            birth = date(s.attribute_year - who.age - 1, birth.month, min(day, 28))
        return Recipe(s.number, later, moved(birth, later), SEXES.get(who.sex, sex))


def _both_ways(recipe: Recipe, base: int) -> tuple[Recipe, ...]:
    days = (date(base + recipe.later, 1, 1) - date(base, 1, 1)).days
    return (recipe, replace(recipe, days=days)) if recipe.later else (recipe,)


def idle(files: Files, counted: Collection[str], year: int) -> list[Made]:
    """Few persons, none of `counted`, who have a row in every file of persons between them, as far as there are any.

    A file without a row is refused, so a register in which nobody of a city stands needs somebody who counts nowhere
    in the base year. A form is one where its count is of another year.
    """
    people, done = files.people(), set[tuple[str, int]]()
    found = [
        Made(Recipe(frame["SKEMA_ID"][0], 0, A_DAY, 2, record=(FORMS, period)), "danish")
        for (source, period), frame in sorted(files.frames.items())
        if source == FORMS and period != year
    ]
    # a file that is mostly of another city is refused too
    standing = files.periods_of_persons(at_home=True)
    usable = people.keys() - files.linked() - set(counted)
    of_number: dict[str, set[tuple[str, int]]] = {}
    for (number, source), periods in standing.items():
        if number in usable:
            of_number.setdefault(number, set()).update((source, p) for p in periods)
    for number in sorted(of_number, key=lambda n: (-len(of_number[n]), n)):
        if not of_number[number] <= done:
            done |= of_number[number]
            found.append(Made(Recipe(number, 0, *people[number]), "danish"))
    return found


def moved(day: date, years: int) -> date:
    """The same day in another year; 28 February for a 29th that is not there."""
    return day.replace(year=day.year + years, day=28 if (day.month, day.day) == (2, 29) else day.day)


def write_persons(files: Files, made: Sequence[Made], out: Path, residents: Files | None = None) -> list[str]:
    """The deliveries of a city of these persons alone; the number, or the record's identifier, of each.

    What is no register of persons stays as in `files`. The population keeps who lives in `residents`, in no other
    register and fewer by one for each new person of the same sex, age and ancestry, so that as many live there.
    """
    base = files if residents is None else residents
    again = [Again(m.recipe.number, m.recipe.birth, m.recipe.sex) for m in made]
    *marks, visitor = numbers([*again, Again("", A_DAY, 1)], files.taken() | base.taken())
    records = files.records() | {FORMS: {}}
    people = _with_earlier_numbers(_people(made, marks), files)
    for source, period in sorted({*files.frames, *((POPULATION, p) for s, p in base.frames if s == POPULATION)}):
        delivery = delivery_of(source)
        if source == LINKS:
            continue
        frame = files.frames.get((source, period))
        if frame is not None and (delivery.person_variable or source == FORMS):
            frame = pl.concat([frame.clear(), *_moved_here(files, people, delivery, period, records.get(source, {}))])
        if source == POPULATION and residents is not None:
            frame = _among(base.frames.get((source, period)), frame)
        assert frame is not None
        if source == SHELTERS:
            frame = _with_visits(frame, period, visitor)
        write_delivery(out, delivery, period, frame.to_dict())
    confirm_small_years(out, empty=True)
    return [_mark(m.recipe, i, n, records) for i, (n, m) in enumerate(zip(marks, made, strict=True))]


def _with_visits(stays: pl.DataFrame, period: int, visitor: str) -> pl.DataFrame:
    """Stays with visits of no night, so that the file is the city's: it is refused where most stays are elsewhere.

    Who stays for no night counts nowhere.
    """
    away = int((stays[SHELTER_HOME] != home()).sum())
    visit = {"CPR": visitor, SHELTER_HOME: home(), "BETALINGSKOM": home()}
    rows = []
    for i in range(max(1, 2 * away - stays.height)):
        facility, day = divmod(i, 300)
        on = f"{1 + day % 28:02d}-{2 + day // 28:02d}-{period}"
        rows.append(visit | {"BOFORM_ID": f"B{facility + 1:02d}", "INDSKREVET": on, "UDSKREVET": on})
    visits = pl.DataFrame(rows).select(stays.columns)
    return pl.concat([stays, visits])


def _mark(recipe: Recipe, at: int, number: str, records: Mapping[str, Mapping[str, int]]) -> str:
    """The number of a person, or the identifier of nobody's record."""
    if recipe.record is None:
        return number
    place = records[recipe.record[0]].get(recipe.number)
    return f"Z{at}" if place is None else f"Z{place}N{at}"


def _people(made: Sequence[Made], marks: Sequence[str]) -> pl.DataFrame:
    form = delivery_of(POPULATION).dialect.date_format
    countries = _countries()
    words = [m.ancestry.partition("_")[0] for m in made]
    return pl.DataFrame(
        {
            "_old": [m.recipe.number for m in made],
            "_new": list(marks),
            "_at": range(len(made)),
            "_later": [m.recipe.later for m in made],
            "_days": [m.recipe.days for m in made],
            "_birth": [m.recipe.birth.strftime(form) for m in made],
            "_sex": [str(m.recipe.sex) for m in made],
            "_known": [m.recipe.known for m in made],
            "_ie": [IE_TYPE[w] for w in words],
            "_land": [countries[m.ancestry] for m in made],
            "_judged": [JUDGED[w] for w in words],
            "_record": [None if m.recipe.record is None else "{} {}".format(*m.recipe.record) for m in made],
        },
        schema_overrides={"_record": pl.String, "_at": pl.Int64, "_later": pl.Int64, "_days": pl.Int64},
    )


def _with_earlier_numbers(people: pl.DataFrame, files: Files) -> pl.DataFrame:
    """What stands under a number that somebody had before is that person's too: all rows get the one new number."""
    pairs = [(last, old) for last, olds in sorted(files.earlier_numbers().items()) for old in sorted(olds)]
    earlier = pl.DataFrame(pairs, schema={"_old": pl.String, "_earlier": pl.String}, orient="row")
    also = people.filter(pl.col("_record").is_null()).join(earlier, on="_old", maintain_order="left")
    return pl.concat([people, also.with_columns(_old="_earlier").select(people.columns)])


def _countries() -> dict[str, str]:
    """A country of origin for each ancestry code; Denmark where the code says nothing of a country."""
    of_group = {str(g): str(c) for c, g in code_list("origin_country").select("code", "country_group").iter_rows()}
    home = "5100"
    found = {"danish": home, UNKNOWN: home, "immigrant": "", "descendant": ""}
    for word in ("immigrant", "descendant"):
        found |= {f"{word}_{g}": of_group[g] for g in ("western", "non_western")}
    return found


def _moved_here(
    files: Files, people: pl.DataFrame, delivery: Delivery, period: int, records: Mapping[str, int]
) -> Iterator[pl.DataFrame]:
    """The rows of `people` that come to lie in a period, with identifiers of their own."""
    target = files.frames[delivery.source, period].columns
    for (years, days), mine in people.group_by("_later", "_days", maintain_order=True):
        later = int(str(years))
        frame = files.frames.get((delivery.source, period - later))
        if frame is None:
            continue
        record = f"{delivery.source} {period - later}"
        rows = pl.concat([_rows_of(frame, delivery, mine), _records_of(frame, delivery, mine, record)])
        if delivery.source == POPULATION:
            rows = rows.filter("_known")
        if rows.height:
            # a reference date is a day of the calendar
            by = f"{later}y" if days is None or delivery.source == POPULATION else f"{days}d"
            yield _shifted(_named_anew(rows, delivery, records), delivery, period, later, by, frame, target)


def _rows_of(frame: pl.DataFrame, delivery: Delivery, people: pl.DataFrame) -> pl.DataFrame:
    persons = people.filter(pl.col("_record").is_null())
    if delivery.person_variable is None:
        return _joined(frame, RECORDS[delivery.source], persons.clear())
    return _joined(frame, delivery.person_variable.name, persons)


def _records_of(frame: pl.DataFrame, delivery: Delivery, people: pl.DataFrame, record: str) -> pl.DataFrame:
    name = RECORDS.get(delivery.source, frame.columns[0])
    rows = _joined(frame, name, people.filter(pl.col("_record") == record))
    # nobody's record stays nobody's
    return rows.with_columns(_new=pl.lit(None, pl.String))


def _joined(frame: pl.DataFrame, name: str, people: pl.DataFrame) -> pl.DataFrame:
    return frame.join(people, left_on=name, right_on="_old", how="inner", maintain_order="left", coalesce=False).select(
        *frame.columns, *(c for c in people.columns if c != "_old")
    )


def _named_anew(rows: pl.DataFrame, delivery: Delivery, records: Mapping[str, int]) -> pl.DataFrame:
    changed: dict[str, pl.Expr] = {}
    if delivery.person_variable is not None:
        changed[delivery.person_variable.name] = pl.col("_new")
    if delivery.source == FORMS:
        changed |= {"SKEMA_ID": pl.format("Z{}", "_at"), "ETNISK_BAGGRUND": pl.col("_judged")}
    elif records:
        name = next(v.name for v in delivery.variables if v.column in delivery.key)
        place = pl.col(name).replace_strict(dict(records), return_dtype=pl.Int64)
        changed[name] = pl.format("Z{}N{}", place, "_at")
    if delivery.source == TEAM:
        changed["KOEN"] = pl.col("_sex").replace_strict({"1": "M", "2": "K"}, return_dtype=pl.String)
    if delivery.source == POPULATION:
        changed |= {"KOEN": pl.col("_sex"), "FOED_DAG": pl.col("_birth")}
        changed |= {"IE_TYPE": pl.col("_ie"), "OPR_LAND": pl.col("_land")}
    return rows.with_columns(**changed)


def _shifted(
    rows: pl.DataFrame,
    delivery: Delivery,
    period: int,
    later: int,
    by: str,
    frame: pl.DataFrame,
    target: Sequence[str],
) -> pl.DataFrame:
    """Every year of the rows so much later and every date `by` as much, in the variables of that year's file.

    What a person was not born for yet is cut; nobody's record has no birth.
    """
    if later:
        years = [_year_later(pl.col(n), later) for n in frame.columns if n in ("AAR", "SKOLEAAR")]
        rows = lived.later(rows.with_columns(years), delivery, by)
    rows = lived.cut_at_birth(rows, delivery, period, pl.when(pl.col("_record").is_null()).then(birth_in("_birth")))
    rows = rows.select(frame.columns).rename({n: _name_later(n, later) for n in frame.columns})
    missing = [pl.lit("", pl.String).alias(n) for n in target if n not in rows.columns]
    return rows.with_columns(missing).select(target)


def _year_later(year: pl.Expr, later: int) -> pl.Expr:
    """`2012` or `2012/2013`."""
    parts = year.cast(pl.String).str.split("/").list.eval((pl.element().cast(pl.Int64) + later).cast(pl.String))
    return parts.list.join("/").name.keep()


def _name_later(name: str, later: int) -> str:
    """`Y_1201`, a week of a year, as that of a later year; other names as they are."""
    if name.startswith("Y_") and name[2:].isdigit():
        return f"Y_{(int(name[2:4]) + later) % 100:02d}{name[4:]}"
    return name


def _among(residents: pl.DataFrame | None, made: pl.DataFrame | None) -> pl.DataFrame:
    """Residents and made persons, fewer residents by one for each made person like them."""
    if residents is None or made is None:
        found = residents if made is None else made
        assert found is not None
        return found
    names, like = residents.columns, ["_sex", "_born", "_ancestry", "_home"]
    counted = made.with_columns(_like()).group_by(like).agg(_made=pl.len())
    left = (
        residents.with_columns(_like())
        .with_columns(_rank=pl.int_range(pl.len()).over(like))
        .join(counted, on=like, how="left", maintain_order="left")
        .filter(pl.col("_rank") >= pl.col("_made").fill_null(0))
    )
    return pl.concat([left.select(names), made.select(names)])


def _like() -> list[pl.Expr]:
    """Whom the number of residents does not tell apart."""
    of_country = dict(code_list("origin_country").select("code", "country_group").iter_rows())
    with_country = pl.col("IE_TYPE").is_in(["2", "3"])
    group = pl.col("OPR_LAND").replace_strict(of_country, default=None, return_dtype=pl.String).fill_null("unknown")
    form = delivery_of(POPULATION).dialect.date_format
    birth = pl.col("FOED_DAG").str.to_date(form)
    born = birth.dt.year() - ((birth.dt.month() == 1) & (birth.dt.day() == 1)).cast(pl.Int32)
    return [
        pl.col("KOEN").alias("_sex"),
        born.alias("_born"),
        pl.concat_str("IE_TYPE", pl.when(with_country).then(group).otherwise(pl.lit(""))).alias("_ancestry"),
        pl.col("KOM").alias("_home"),
    ]
