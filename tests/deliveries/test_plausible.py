"""Plausibility at the door: a delivery unlike the one it supersedes or the year before is told, and its goals say so.

A header alone and half a file are stopped (`test_smaller_files.py`); what is here counts, with a warning.
"""

import re
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

import handleplan_pipeline
from assets.goals import goal_10_transfer_income as goal
from assets.outputs.delivery import history
from assets.sources.plausible import at_the_door
from handleplan_pipeline.catalogue import load_catalogue, plausibility
from handleplan_pipeline.catalogue.expectations import suite
from handleplan_pipeline.cells.routes import UNUSUAL, UNUSUAL_CAVEAT, with_unusual
from handleplan_pipeline.commands.deliveries import tell_unusual
from handleplan_pipeline.graph.arguments import PLAUSIBLE
from handleplan_pipeline.graph.resources import SourcesResource
from handleplan_pipeline.judgement.observations import observe
from handleplan_pipeline.judgement.status import status
from handleplan_pipeline.lake.tables import Lake
from handleplan_pipeline.release.expectations import run
from handleplan_pipeline.sources.deliveries.command import delivery_of
from handleplan_pipeline.sources.deliveries.plausible import MEASURE, SHAPE, Unusual, compared, unusual
from handleplan_pipeline.sources.deliveries.smaller import Before
from schemas.goals.goal_10_transfer_income import CELL, GOAL
from schemas.outputs.goal_status import GOAL_STATUS
from schemas.outputs.judgement import JUDGEMENT
from schemas.outputs.observation import OBSERVATION
from schemas.registers.row_account import ROW_ACCOUNT
from tests.deliveries.made import frame
from tests.lib import counting
from tests.lib.deliveries import Place
from tests.lib.drawn import drawn, people

PACKAGE = Path(handleplan_pipeline.__file__).parent
KRAF, DREAM = delivery_of("dst_kraf"), delivery_of("dst_dream")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def take(place: Place, source: str, raw: pl.DataFrame, period: int, number: int = 1) -> None:
    """Land generated rows and take them in; they must be accepted."""
    delivery = delivery_of(source)
    text = raw.with_columns(DATA_KIND=pl.lit("synthetic")).write_csv(separator=delivery.dialect.separator)
    place.land(text, period=period, number=number, delivery=delivery)
    decided = place.take(period, delivery)[1].decided
    assert [(r.state, r.message) for r in decided] == [("accepted", None)]


def found(place: Place, source: str) -> list[Unusual]:
    return unusual(compared(place.store, [source]))


def told(place: Place, source: str) -> set[tuple[int, str]]:
    return {(u.period, u.expectation) for u in found(place, source)}


def decisions(n: int, year: int, types: list[str] | None = None, offset: int = 0) -> pl.DataFrame:
    """Decisions of n persons in a year, by type where given."""
    raw = frame("dst_kraf", n + offset, AFG_AFGDTO=f"{year}-05-20", AFG_GERDTO=f"{year}-01-15").tail(n)
    return raw if types is None else raw.with_columns(AFG_AFGTYP3=pl.Series(types))


def test_like_the_year_before_nothing_is_said(place: Place) -> None:
    for year in (2010, 2011, 2012):
        take(place, "dst_kraf", decisions(200, year), year)
    assert found(place, "dst_kraf") == []
    assert found(place, "dst_dream") == []


@pytest.mark.parametrize(("rows", "said"), [(280, False), (320, True), (399, True)])
def test_rows_and_persons_of_the_year_before(place: Place, rows: int, said: bool) -> None:
    """200 in 2010: up to half more is a year's growth; more than that is told of rows and of persons."""
    take(place, "dst_kraf", decisions(200, 2010), 2010)
    take(place, "dst_kraf", decisions(rows, 2011), 2011)
    first = [u.sentence.split(". ")[0] for u in found(place, "dst_kraf") if u.expectation.startswith("rows_and")]
    words = [f"dst_kraf 2011: unusual {what}: {rows}, against 200 in 2010" for what in ("persons", "rows")]
    assert first == (words if said else [])


def test_a_correction_with_the_rows_and_fewer_persons(place: Place) -> None:
    """200 rows as before, but the last 60 are of persons that are there already: 140 of 200 persons are left."""
    take(place, "dst_kraf", decisions(200, 2010), 2010)
    again = decisions(200, 2010).with_row_index("k").with_columns(PNR=pl.col("PNR").gather(pl.col("k") % 140))
    take(place, "dst_kraf", again.drop("k"), 2010, number=2)
    assert [u.sentence.split(". ")[0] for u in found(place, "dst_kraf")] == [
        "dst_kraf 2010: unusual persons: 140, against 200 of the delivery it supersedes"
    ]


def test_the_share_that_is_set_aside(place: Place) -> None:
    """None of 400 before; 16 of 400 now, without a day of the offence."""
    take(place, "dst_kraf", decisions(400, 2010), 2010)
    bad = decisions(400, 2011).with_row_index("k")
    bad = bad.with_columns(AFG_GERDTO=pl.when(pl.col("k") < 16).then(pl.lit("")).otherwise("AFG_GERDTO")).drop("k")
    take(place, "dst_kraf", bad, 2011)
    assert [u.sentence.split(". ")[0] for u in found(place, "dst_kraf")] == [
        "dst_kraf 2011: unusual rows set aside: 16, against 0 in 2010"
    ]


def test_the_share_without_a_number() -> None:
    """Of measures: 10 of 400 without a number before, 120 of 400 now; 30 of 400 is a year's chance."""
    rows = [measure("without_number", value, 10) for value in (30, 120)]
    assert expectations_of(rows[:1]) == set()
    assert expectations_of(rows[1:]) == {"share_without_number_as_before"}


def measure(name: str, value: int, before: int, **more: object) -> dict[str, object]:
    about = {"source": "s", "period": 2011, "against": "year_before", "before_period": 2010, "measure": name}
    return about | {"value": value, "before": before, "rows": 400, "rows_before": 400} | more


def expectations_of(rows: list[dict[str, object]]) -> set[str]:
    return {u.expectation for u in unusual(pl.DataFrame(rows, schema=SHAPE))}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (measure("set_aside", 8, 0), set()),
        (measure("set_aside", 12, 0), {"share_set_aside_as_before"}),
        (measure("set_aside", 0, 24), set()),
        (measure("rows", 79, 100, against="superseded"), {"rows_and_persons_as_before"}),
        (measure("rows", 80, 100, against="superseded"), set()),
        (measure("rows", 8, 15), set()),
        (measure("code", 50, 100, variable="V", code="1"), set()),
        (measure("code", 500, 1000, variable="V", code="1"), {"listed_codes_are_used_as_before"}),
        (measure("code", 501, 1000, variable="V", code="1"), set()),
        (
            measure("code", 9, 9, persons=25, persons_before=50, variable="V", code="1"),
            {"listed_codes_are_used_as_before"},
        ),
        (measure("code", 9, 9, persons=26, persons_before=50, variable="V", code="1"), set()),
        (measure("codes", 400, 1000, variable="V"), {"listed_codes_are_used_as_before"}),
        (measure("code", 2001, 1000, variable="V", code="1"), {"no_code_takes_over_at_once"}),
        (measure("code", 9, 9, persons=101, persons_before=50, variable="V", code="1"), {"no_code_takes_over_at_once"}),
    ],
)
def test_where_each_bound_lies(row: dict[str, object], said: set[str]) -> None:
    """By hand: a share 2 points up is not told, 3 is; half is told, one more is not; twice is not told, more is."""
    assert expectations_of([row]) == said
    failed = {o.id for o in run(suite("door"), {MEASURE: pl.DataFrame([row], schema=SHAPE)}) if o.outcome != "passed"}
    assert failed == said, "Great Expectations finds what is told"


def test_the_use_of_a_listed_code_that_halves(place: Place) -> None:
    """111 of 120 persons in 2010 and of 50 in 2011; 511 takes over. Both are listed, so nothing is refused."""
    take(place, "dst_kraf", decisions(200, 2010, ["111"] * 120 + ["511"] * 80), 2010)
    take(place, "dst_kraf", decisions(200, 2011, ["111"] * 50 + ["511"] * 150), 2011)
    assert [u.sentence.split(". ")[0] for u in found(place, "dst_kraf")] == [
        "dst_kraf 2011: unusual use of AFG_AFGTYP3 111: 50, against 120 in 2010"
    ]
    take(place, "dst_kraf", decisions(200, 2012, ["111"] * 50 + ["511"] * 150), 2012)
    assert told(place, "dst_kraf") == {(2011, "listed_codes_are_used_as_before")}


def test_weeks_of_a_benefit_that_halve(place: Place) -> None:
    """600 persons with 651 in both weeks in 2012, 1200 weeks; 500 in 2013, where 130 stands in their place."""
    weeks_2012 = {"Y_1246": "651", "Y_1247": "651"}
    take(place, "dst_dream", frame("dst_dream", 600, **weeks_2012), 2012)
    codes = pl.Series(["651"] * 250 + ["130"] * 350)
    raw = frame("dst_dream", 600, AAR="2013").drop("Y_1246", "Y_1247").with_columns(Y_1346=codes, Y_1347=codes)
    take(place, "dst_dream", raw, 2013)
    said = {u.sentence.split(". ")[0] for u in found(place, "dst_dream")}
    assert "dst_dream 2013: unusual use of Y_* 651: 500, against 1200 in 2012" in said


def test_small_counts_are_not_told(place: Place) -> None:
    take(place, "dst_kraf", decisions(200, 2010, ["111"] * 120 + ["511"] * 80), 2010)
    take(place, "dst_kraf", decisions(200, 2011, ["111"] * 3 + ["511"] * 197), 2011)
    said = " ".join(u.sentence for u in found(place, "dst_kraf"))
    assert "AFG_AFGTYP3 111: 1-5, against 120" in said


def test_what_was_accepted_before_there_were_measures_is_not_compared(place: Place) -> None:
    take(place, "dst_kraf", decisions(200, 2010), 2010)
    place.store.replace(place.store.current("dst_kraf")[2010], measures=None)
    take(place, "dst_kraf", decisions(420, 2011), 2011)
    assert found(place, "dst_kraf") == []


# -- who is told ------------------------------------------------------------------------------------------------------


@pytest.fixture
def halved(place: Place) -> Place:
    take(place, "dst_kraf", decisions(200, 2010, ["111"] * 120 + ["511"] * 80), 2010)
    take(place, "dst_kraf", decisions(200, 2011, ["111"] * 50 + ["511"] * 150), 2011)
    return place


def test_the_run_warns_once_per_source(halved: Place, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    sources = SourcesResource(root=str(lake), reference="r", landing=str(halved.landing), raw=str(lake / "raw"))
    results = {r.asset_key.path[-1]: r for r in at_the_door(sources)}  # type: ignore[operator]
    assert {n for n, r in results.items() if not r.passed} == {"dst_kraf"}
    one = results["dst_kraf"]
    assert (one.check_name, one.severity) == (PLAUSIBLE, dg.AssetCheckSeverity.WARN)
    assert "unusual use of AFG_AFGTYP3 111: 50, against 120 in 2010" in str(one.description)


def test_handleplan_sources_tells_it(halved: Place, capsys: pytest.CaptureFixture[str]) -> None:
    tell_unusual(halved.store)
    assert "usædvanlig / unusual: dst_kraf 2011: unusual use of AFG_AFGTYP3 111" in capsys.readouterr().out


def test_the_release_says_which_delivery_and_what_without_a_count(halved: Place) -> None:
    rows = {r["year"]: r["unusual"] for r in history(Lake(halved.store.root))}
    assert rows == {2010: None, 2011: "listed_codes_are_used_as_before"}


def account(*told: tuple[str, int]) -> pl.DataFrame:
    about = {"outcome": UNUSUAL, "rows": 0, "data_kind": "synthetic"}
    return ROW_ACCOUNT.conform([about | {"source": s, "period": p} for s, p in told])


def test_the_figures_that_need_the_delivery_carry_the_caveat() -> None:
    """Of DREAM 2012: the indicator's year 2012 alone, its own caveats kept; another source's says nothing of it."""
    catalogue = load_catalogue()
    indicator = next(i.id for i in catalogue.indicators if i.needs.get("dst_dream") == [0])
    cells = pl.DataFrame({"indicator_id": [indicator] * 3, "year": [2011, 2012, 2013], "caveats": ["a", "a", None]})
    cells = cells.with_columns(pl.col("year").cast(pl.Int32))
    assert with_unusual(catalogue, cells, account(("dst_dream", 2012)))["caveats"].to_list() == [
        "a",
        f"a;{UNUSUAL_CAVEAT}",
        None,
    ]
    assert with_unusual(catalogue, cells, account(("dst_dream", 2013)))["caveats"].to_list()[2] == UNUSUAL_CAVEAT
    assert with_unusual(catalogue, cells, account(("dst_victims", 2012))).equals(cells)
    assert any(c.id == UNUSUAL_CAVEAT for c in catalogue.caveats)


def test_a_stand_in_counts_as_what_it_stands_in_for() -> None:
    catalogue = load_catalogue()
    indicator = next(i for i in catalogue.indicators if 0 in i.needs.get("psychiatry_contacts", ()))
    cells = pl.DataFrame(
        {"indicator_id": [indicator.id], "year": [2019], "caveats": [""]}, schema_overrides={"year": pl.Int32}
    )
    found = with_unusual(catalogue, cells, account(("psychiatry_contacts_lpr3", 2019)))
    assert UNUSUAL_CAVEAT in found["caveats"][0]


def test_every_expectation_of_the_door_asks_the_measures_alone() -> None:
    assert {e.id for e in suite("door")} == {
        "rows_and_persons_as_before",
        "share_set_aside_as_before",
        "share_without_number_as_before",
        "listed_codes_are_used_as_before",
        "no_code_takes_over_at_once",
    }
    assert all(e.inputs == [MEASURE] for e in suite("door"))
    assert not {e.id for e in suite("door")} & {e.id for e in suite()}


def test_the_goal_carries_the_caveat_in_that_year_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """From the account of rows to the goal's status: benefits of 2012 are unlike those of 2011."""
    said = counting.account
    monkeypatch.setattr(counting, "account", lambda p: pl.concat([said(p), account(("dst_dream", 2012))]))
    years = (2011, 2012, 2013)
    cells = counting.count(
        goal,
        area_key=drawn("area_key", "old_key  new_key  valid_from"),
        housing_area=drawn("housing_area", "year  area_key  listed\n2010  A  yes"),
        area_resident=drawn("area_resident", "person  year  area_key\n" + "\n".join(f"p  {y}  A" for y in years)),
        benefit=drawn(
            "benefit",
            "person  year  reference_week  on_transfer\n" + "\n".join(f"p  {y}  {y % 100}47  yes" for y in years),
        ),
        person=people("person  ancestry  born\np  danish  1970-06-01"),
    )
    catalogue = load_catalogue()
    rows = OBSERVATION.conform(observe(catalogue, 10, CELL.arrange(cells.frame), GOAL).to_dicts())
    told = status(catalogue, rows, JUDGEMENT.empty(), GOAL_STATUS, "101").filter(pl.col("goal") == 10)
    with_it = told.filter(pl.col("caveats").str.contains(UNUSUAL_CAVEAT))
    assert with_it["year"].to_list() == [2012]


LIMITS = {
    "least_rows_corrected": 4,
    "least_rows_year_before": 20,
    "many_rows": 100,
    "stopped_corrected": 0.6,
    "stopped_year_before": 0.5,
    "stopped_year_before_many": 0.6,
    "usual_corrected_from": 0.8,
    "usual_corrected_to": 1.25,
    "usual_year_before_from": 0.67,
    "usual_year_before_to": 1.5,
    "rows_standard_errors": 4,
    "set_aside_more": 0.02,
    "set_aside_standard_errors": 3,
    "without_number_other": 0.1,
    "without_number_standard_errors": 4,
    "few_rows_broken": 5,
    "outside_period_share": 0.2,
    "code_use_lost": 0.5,
    "code_persons_before": 50,
    "code_weeks_before": 1000,
    "code_use_grown": 2,
    "code_persons_now": 100,
    "code_weeks_now": 2000,
    "admissions_on_1_january_share": 0.05,
    "admissions_on_1_january_least": 4,
    "amount_largest": 5_000_000,
    "swapped_dates_least": 4,
    "few_persons_in_cell": 2,
    "cells_of_few_share": 0.5,
    "numbers_among_keys_share": 0.5,
    "persons_outside_population_share": 0.01,
}
"""Version 1 of each limit. A changed value is a new version of it, written beside it here."""


def test_the_limits_are_versions_that_were_listed_and_each_is_asked_for() -> None:
    declared = load_catalogue().plausibility
    assert {n: (p.version, p.value, p.mark) for n, p in declared.items()} == {n: (1, v, "O") for n, v in LIMITS.items()}
    asked = {n for e in suite("door") for n in re.findall(r"\$(\w+)", e.query)}
    code = " ".join(p.read_text(encoding="utf-8") for p in PACKAGE.rglob("*.py"))
    # a limit of the rows before or after is named by what is compared
    named = {n for n in LIMITS if f'"{n}"' in code or f"'{n}'" in code or f'"{n.rpartition("_")[0]}"' in code}
    assert asked | named == set(LIMITS)
    assert not [
        n for e in suite("door") for n in re.findall(r"(?<![\w.])\d+(?:\.\d+)?", e.query) if n not in ("1", "2")
    ]


def test_a_limit_acts_where_it_is_asked_for(monkeypatch: pytest.MonkeyPatch, place: Place) -> None:
    """Twice version 2 of a limit: a query of the door, and the stop of half a file."""
    row = measure("code", 60, 100, persons=60, persons_before=100, variable="V", code="1")
    assert expectations_of([row]) == set()
    declared = load_catalogue().plausibility
    changed = {
        n: declared[n].model_copy(update={"value": 0.7, "version": 2}) for n in ("code_use_lost", "stopped_corrected")
    }
    other = load_catalogue().model_copy(update={"plausibility": {**declared, **changed}})
    monkeypatch.setattr(plausibility, "load_catalogue", lambda: other)
    assert expectations_of([row]) == {"listed_codes_are_used_as_before"}
    assert Before(2010, 100, superseded=True).stopped == 0.7
