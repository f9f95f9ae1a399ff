"""Another municipality counts its own people: one setting moves the gate, the counting, the generator and the labels.

The deliveries are those a municipality with the code 147 would get: most rows are its own, some are of the city next
door, and what the city next door did is not counted.
"""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from assets.goals import goal_02_youth_crime, goal_04_shelter_stays, goal_11_exposed_areas
from assets.registers import decision as decisions
from assets.registers import person as persons
from assets.registers import shelter_stay as shelter_stays
from handleplan_pipeline.catalogue import FOLDER, load_catalogue
from handleplan_pipeline.errors import ConfigurationError
from handleplan_pipeline.lake.engine import DuckDbEngine
from handleplan_pipeline.settings import PROJECT_ROOT, get_settings
from handleplan_pipeline.sources.codes import code_list
from handleplan_pipeline.sources.deliveries.declared import delivery_of
from handleplan_pipeline.synthetic.places import home, neighbour, third
from handleplan_pipeline.synthetic.population import make_population, person_numbers
from schemas.contract import TableContract
from schemas.registers.decision import DECISION
from schemas.registers.person import PERSON_YEAR
from schemas.registers.shelter_stay import SHELTER_STAY
from tests.lib.counting import Cells, count
from tests.lib.deliveries import Place

OWN, NEXT_DOOR = "147", "101"
BORN = {
    "ada": date(1993, 5, 5),
    "bo": date(1993, 6, 6),
    "cai": date(1993, 7, 7),
    "dan": date(1970, 3, 3),
    "eva": date(1971, 4, 4),
    "fie": date(1972, 8, 8),
}
NUMBER = dict(
    zip(
        BORN,
        person_numbers(np.array(list(BORN.values()), dtype="datetime64[D]"), np.ones(len(BORN), np.int8)),
        strict=True,
    )
)
"""Numbers that nobody can own: they fail modulus 11 on a date other than 1 January."""


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A process whose setting names another municipality."""
    monkeypatch.setenv("HANDLEPLAN_MUNICIPALITY", OWN)
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def rows(place: Place, source: str, head: str, *lines: str) -> pl.DataFrame:
    """Source rows of a delivery of 2010 with these lines, each written in words and ended by the kind of data."""
    text = "\n".join([f"{head};DATA_KIND", *(f"{x};synthetic" for x in lines)]) + "\n"
    delivery = delivery_of(source)
    place.land(text, delivery=delivery)
    frame, intake = place.take(delivery=delivery)
    assert [r.state for r in intake.decided] == ["accepted"]
    assert frame["set_aside"].null_count() == frame.height
    return frame


def register(contract: TableContract, sql: str, lists: tuple[str, ...] = (), **sources: pl.DataFrame) -> pl.DataFrame:
    found = DuckDbEngine().query(sql, {**sources, **{n: code_list(n) for n in lists}}, name=contract.full_name)
    return found.select(pl.col(c.name).cast(c.dtype) for c in contract.columns)


def population(place: Place, **lives_in: str) -> pl.DataFrame:
    lines = [f"{NUMBER[n]};1;{BORN[n]:%d-%m-%Y};{m};1;5100;01-01-2010" for n, m in lives_in.items()]
    frame = rows(place, "dst_bef", "PNR;KOEN;FOED_DAG;KOM;IE_TYPE;OPR_LAND;REFERENCEDATO", *lines)
    return register(PERSON_YEAR, persons.QUERY, ("origin_country",), dst_bef=frame)


def guests(place: Place) -> Cells:
    """150 nights and 19 nights in a shelter of 147; 300 nights next door, paid for by 147."""
    frame = rows(
        place,
        "section_110_stays",
        "CPR;BOFORM_ID;BOFORM_KOM;BETALINGSKOM;INDSKREVET;UDSKREVET",
        f"{NUMBER['dan']};B01;{OWN};{OWN};01-02-2010;01-07-2010",
        f"{NUMBER['eva']};B01;{OWN};{NEXT_DOOR};01-03-2010;20-03-2010",
        f"{NUMBER['fie']};B02;{NEXT_DOOR};{OWN};01-02-2010;28-11-2010",
    )
    stays = register(SHELTER_STAY, shelter_stays.QUERY, section_110_stays=frame)
    people = population(place, dan=OWN, eva=OWN, fie=NEXT_DOOR)
    return count(goal_04_shelter_stays, shelter_stay=stays, person=people)


def test_stays_in_its_own_shelters_are_counted_and_those_next_door_are_not(there: None, place: Place) -> None:
    found = guests(place)
    assert found("I04", 2010) == "1 of 2"
    # who is paid for: dan here and fie next door, both for more than 120 nights
    assert found("I04_paying", 2010) == "2 of 2"
    assert set(found.frame["geography"]) == {OWN}


def test_its_own_young_residents_are_counted_and_those_next_door_are_not(there: None, place: Place) -> None:
    people = population(place, ada=OWN, bo=OWN, cai=NEXT_DOOR)
    frame = rows(
        place,
        "dst_kraf",
        "PNR;AFG_AFGDTO;AFG_GERDTO;AFG_GER7;AFG_AFGTYP3;AFG_GERKOM;JOURNR",
        f"{NUMBER['ada']};2010-05-20;2010-01-15;3210505;111;{OWN};S-000001",
        f"{NUMBER['cai']};2010-05-20;2010-01-15;3210505;111;{OWN};S-000002",
    )
    guilty = register(DECISION, decisions.QUERY, ("decision_type",), dst_kraf=frame)
    found = count(goal_02_youth_crime, decision=guilty, person=people)
    assert found("I02", 2010) == "1 of 2"
    assert set(found.frame["geography"]) == {OWN}


def test_without_the_setting_the_same_file_is_another_citys(place: Place) -> None:
    line = f"{NUMBER['dan']};B01;{OWN};{OWN};01-02-2010;01-07-2010;synthetic"
    place.land(f"CPR;BOFORM_ID;BOFORM_KOM;BETALINGSKOM;INDSKREVET;UDSKREVET;DATA_KIND\n{line}\n")
    assert [r.rule for r in place.take()[1].decided] == ["municipality"]


def test_the_catalogue_names_it_everywhere(there: None) -> None:
    catalogue = load_catalogue()
    assert (catalogue.plan.municipality_code, catalogue.plan.adopted_by) == (OWN, NEXT_DOOR)
    assert {i.geography for i in catalogue.indicators} == {OWN, "000"}


def test_what_the_plan_prints_of_its_own_city_is_nobody_elses(there: None) -> None:
    counted = pl.DataFrame(
        {
            "geography": NEXT_DOOR,
            "year": 2010,
            "list_type": "ghettolisten",
            "criteria_version": "v",
            "value": 6.0,
            "flags": None,
            "trust_tier": 1,
            "source_id": "PLAN",
        },
        schema_overrides={"flags": pl.String},
    )
    departments = pl.DataFrame(
        {"year": 2008, "measure": "departments", "value": 21.0, "approximate": False, "source_id": "PLAN"}
    )
    of = goal_11_exposed_areas.count_areas
    assert of(counted, departments, load_catalogue().plan).height == 0
    assert set(of(counted, departments, load_catalogue().of(None).of(NEXT_DOOR).plan)["value"]) == {6.0, 21.0}


def test_the_generator_makes_its_city(there: None) -> None:
    assert (home(), neighbour(), third()) == (OWN, "185", NEXT_DOOR)
    made = make_population(0.0005, range(2009, 2012), np.random.default_rng(1))
    assert {OWN, "0"} <= set(made.municipality.astype(str).ravel().tolist()) <= {OWN, "185", "0"}
    assert (made.resident(2010) == (made.municipality[1] == int(OWN))).all()
    assert made.resident(2010).sum() > 300


@pytest.mark.parametrize("code", ["000", "47", "1470", "Kbh", ""])
def test_a_code_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    monkeypatch.setenv("HANDLEPLAN_MUNICIPALITY", code)
    get_settings.cache_clear()
    with pytest.raises(ConfigurationError, match="HANDLEPLAN_MUNICIPALITY"):
        load_catalogue()
    monkeypatch.undo()
    get_settings.cache_clear()


FACTS = {FOLDER / f"{n}.yaml" for n in ("plan", "plan_figures", "code_lists", "municipalities")}
"""The plan says whose it is; its printed figures say where they are of; the lists say what a code is called."""


def test_the_code_stands_in_the_plan_and_in_no_program() -> None:
    code = load_catalogue().plan.adopted_by
    literal = re.compile(rf"(?<![0-9.])['\";]{code}['\";]|[=: (]{code}\b(?![.,][0-9])")
    files = [
        p for n in ("handleplan_pipeline", "assets") for e in ("py", "yaml") for p in (PROJECT_ROOT / n).rglob(f"*.{e}")
    ]
    holding = {p for p in files if literal.search(p.read_text(encoding="utf-8"))}
    assert holding == FACTS
