"""What of the whole country's registers is a municipality's: drawn persons, a national lake, and the cut in its own.

Ada lives in 147 in 2010 and in 101 in 2011; Bo lives in 101 and stayed in a shelter of 147 in 2010; Cai lives in 101
and is in no row that names 147; Dan comes to 147 in 2011.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from handleplan_pipeline.errors import ConfigurationError, SourceError
from handleplan_pipeline.lake.tables import Lake, checked, checked_parts
from handleplan_pipeline.settings import get_settings
from handleplan_pipeline.sources.deliveries.bearing import bearing
from handleplan_pipeline.sources.deliveries.declared import delivery_of
from handleplan_pipeline.sources.deliveries.intake import Intake
from handleplan_pipeline.sources.deliveries.national import MunicipalStore, cut, delivery_store
from handleplan_pipeline.sources.deliveries.purge import purge_lake
from handleplan_pipeline.sources.deliveries.store import DeliveryStore
from handleplan_pipeline.synthetic.population import person_numbers
from schemas.registry import delivered_sources
from schemas.sources.delivery_shape import CUTS
from tests.lib.deliveries import Place

OWN, OTHER = "147", "101"
BORN = {"ada": date(1970, 3, 3), "bo": date(1971, 4, 4), "cai": date(1972, 8, 8), "dan": date(1973, 9, 9)}
NUMBER = dict(
    zip(
        BORN,
        person_numbers(np.array(list(BORN.values()), dtype="datetime64[D]"), np.ones(len(BORN), np.int8)),
        strict=True,
    )
)
"""Numbers that nobody can own: they fail modulus 11 on a date other than 1 January."""
BEF = "PNR;KOEN;FOED_DAG;KOM;IE_TYPE;OPR_LAND;REFERENCEDATO;DATA_KIND"
STAYS = "CPR;BOFORM_ID;BOFORM_KOM;BETALINGSKOM;INDSKREVET;UDSKREVET;DATA_KIND"
VICTIMS = "dst_victims"


@pytest.fixture
def nation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """The national lake, in a process that takes files into it."""
    (tmp_path / "nation").mkdir()
    place = Place(tmp_path / "nation")
    monkeypatch.setenv("HANDLEPLAN_NATIONAL_LAKE", str(place.store.root))
    monkeypatch.setenv("HANDLEPLAN_LAKE", str(place.store.root))
    get_settings.cache_clear()
    yield place
    get_settings.cache_clear()


@pytest.fixture
def there(nation: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MunicipalStore:
    """The store of municipality 147, after the national lake was filled."""
    lived = {2010: {"ada": OWN, "bo": OTHER, "cai": OTHER}, 2011: dict.fromkeys(BORN, OTHER) | {"dan": OWN}}
    for period, lives_in in lived.items():
        lines = [f"{NUMBER[n]};1;{BORN[n]:%d-%m-%Y};{m};1;5100;01-01-{period};synthetic" for n, m in lives_in.items()]
        fill(nation, "dst_bef", [BEF, *lines], period)
    stays = [
        f"{NUMBER['bo']};B01;{OWN};{OTHER};01-02-2010;01-07-2010;synthetic",
        f"{NUMBER['cai']};B02;{OTHER};{OTHER};01-03-2010;20-03-2010;synthetic",
    ]
    fill(nation, "section_110_stays", [STAYS, *stays], 2010)
    lake = tmp_path / OWN
    lake.mkdir()
    monkeypatch.setenv("HANDLEPLAN_LAKE", str(lake))
    monkeypatch.setenv("HANDLEPLAN_MUNICIPALITY", OWN)
    get_settings.cache_clear()
    store = delivery_store(lake)
    assert isinstance(store, MunicipalStore)
    return store


def fill(place: Place, source: str, lines: list[str], period: int) -> None:
    """Take a file in and store the table of its source."""
    delivery = delivery_of(source)
    place.land("\n".join(lines) + "\n", period, delivery=delivery)
    intake = Intake(place.store, place.landing, delivery)
    rows = {p: intake.rows(p) for p in intake.periods()}
    assert {r.state for r in intake.decided} == {"accepted"}, intake.outcomes
    lake = Lake(place.store.root)
    if delivery.partitioned:
        lake.write(checked_parts(delivery.table, [str(p) for p in rows], lambda key: rows[int(key)]))
    else:
        lake.write(checked(delivery.table, pl.concat(rows.values())))


def pseudonyms(there: MunicipalStore) -> dict[str, str]:
    """Everybody's pseudonym, by the day of birth that the population file tells."""
    rows = Lake(there.above.root).read(delivery_of("dst_bef").table)
    return {n: rows.filter(pl.col("birth_date") == day)["person"][0] for n, day in BORN.items()}


def test_a_row_that_names_the_municipality_is_its_own(there: MunicipalStore) -> None:
    found = cut(there, delivery_of("section_110_stays"), OWN)
    assert found["person"].to_list() == [pseudonyms(there)["bo"]]


def test_the_population_is_who_lives_there_and_whom_its_other_tables_name(there: MunicipalStore) -> None:
    stays = delivery_of("section_110_stays")
    Lake(there.root).write(checked(stays.table, cut(there, stays, OWN)))
    who = pseudonyms(there)
    of_2010, of_2011 = (set(cut(there, delivery_of("dst_bef"), OWN, year)["person"]) for year in ("2010", "2011"))
    assert of_2010 == {who["ada"], who["bo"]}
    # bo is named for the year and the year after; ada moved, and no other table names her
    assert who["bo"] in of_2011
    assert not of_2011 & {who["ada"], who["cai"]}


def test_a_municipality_without_a_row_has_a_zero_and_not_an_unknown(there: MunicipalStore) -> None:
    stays = delivery_of("section_110_stays")
    nobodys = cut(there, stays, "185")
    assert nobodys.height == 0
    lake = Lake(there.root)
    lake.write(checked(stays.table, nobodys))
    assert list(bearing(there, stays.source, lake.table(stays.table))) == [2010]


def test_a_delivery_that_may_not_be_held_any_more_is_in_no_cut(
    there: MunicipalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DeliveryStore, "permitted", lambda *_: {})
    assert cut(there, delivery_of("section_110_stays"), OWN).height == 0


def test_a_source_that_is_not_national_is_the_municipalitys_own(there: MunicipalStore) -> None:
    assert [s for s in delivered_sources() if there.is_national(s)] == ["dst_bef", "section_110_stays"]


def test_a_file_of_a_national_source_is_refused_in_a_municipalitys_lake(there: MunicipalStore, tmp_path: Path) -> None:
    place = Place(tmp_path / "own")
    place.store = there
    place.land(f"{STAYS}\n{NUMBER['bo']};B01;{OWN};{OWN};01-02-2010;01-07-2010;synthetic\n")
    _, intake = place.take()
    assert [(r.state, r.rule) for r in intake.decided] == [("refused", "national")]


def test_a_source_that_came_both_ways_stops_the_run(there: MunicipalStore, tmp_path: Path) -> None:
    archive = there.archive("section_110_stays")
    archive.mkdir(parents=True)
    for receipt in (there.above.archive("section_110_stays")).glob("*.json"):
        (archive / receipt.name).write_bytes(receipt.read_bytes())
    with pytest.raises(ConfigurationError, match="section_110_stays: accepted both by"):
        MunicipalStore(there.root, there.above.root).receipts("section_110_stays")


def test_an_empty_national_lake_is_an_error_and_no_row_of_zeros(nation: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HANDLEPLAN_LAKE", str(nation.store.root.parent / OWN))
    get_settings.cache_clear()
    with pytest.raises(SourceError, match="has taken in no delivery"):
        delivery_store(nation.store.root.parent / OWN)


@pytest.mark.parametrize(
    ("source", "lines", "said"),
    [
        ("section_110_stays", [STAYS, f"{NUMBER['bo']};B01;{OWN};{OWN};01-02-2010;01-07-2010;synthetic"], "every row"),
        (
            "housing_residents",
            ["CPR;OMRAADE_ID;OMRAADE_TYPE;DATA_KIND", f"{NUMBER['bo']};A1;omraade;synthetic"],
            "cannot be told",
        ),
    ],
)
def test_a_file_of_one_municipality_is_refused_by_the_national_lake(
    nation: Place, source: str, lines: list[str], said: str
) -> None:
    delivery = delivery_of(source)
    nation.land("\n".join(lines) + "\n", delivery=delivery)
    intake = nation.take(delivery=delivery)[1]
    assert [(r.state, r.rule) for r in intake.decided] == [("refused", "national")], intake.outcomes
    assert said in str(intake.decided[0].message)


def test_a_purge_takes_the_cut_of_what_the_national_lake_has_deleted(there: MunicipalStore) -> None:
    stays = delivery_of("section_110_stays")
    lake, today = Lake(there.root), date(2026, 1, 1)
    lake.write(checked(stays.table, cut(there, stays, OWN)))
    assert purge_lake(lake, today).tables == 0
    (receipt,) = there.above.receipts(stays.source)
    there.above.replace(receipt, state="deleted")
    assert purge_lake(lake, today).tables == 1
    assert not lake.exists(stays.table)
    # what was made since holds nothing of it
    lake.write(checked(stays.table, stays.table.empty()))
    assert purge_lake(lake, today).tables == 0
    assert lake.exists(stays.table)


def test_what_is_unusual_is_asked_of_the_municipalitys_part(there: MunicipalStore) -> None:
    stays = delivery_of("section_110_stays")
    Lake(there.root).write(checked(stays.table, cut(there, stays, OWN)))
    (receipt,) = there.receipts(stays.source)
    measured = there.measures(receipt)
    assert receipt.measures is not None
    assert measured is not None
    assert (receipt.measures.rows, measured.rows) == (2, 1)


def test_every_rule_of_a_cut_is_explained_and_can_be_asked() -> None:
    declared = [delivery_of(s) for s in delivered_sources()]
    assert {c for d in declared for c in d.cut} == set(CUTS)
    for d in declared:
        assert ("known" in d.cut) == bool(d.known_from), d.source
        named = [v for v in d.variables if v.kind == "municipality"]
        assert named or "named" not in d.cut, d.source
        assert set(d.known_from) <= {x.source for x in declared if "named" in x.cut}
