"""What the published tables say of themselves, asked of every contract: words, lists, units, names SQL can take."""

import json
import re
from pathlib import Path

import duckdb
import polars as pl
import pytest

from handleplan_pipeline import statistics
from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.catalogue.tables import TABLES
from handleplan_pipeline.errors import ConfigurationError, ReleaseError
from handleplan_pipeline.lake.contracts import dictionary_rows
from handleplan_pipeline.release.labels import require_labels
from handleplan_pipeline.release.table import Table
from handleplan_pipeline.settings import PROJECT_ROOT
from handleplan_pipeline.sources.statbank.extracts import FOLK1E, FOLK1E_ALL, STRAFNA6, STRAFNA7, STRAFNA9
from schemas import columns as c
from schemas.contract import TableContract
from schemas.meta.catalogue import CATALOGUE_TABLES
from schemas.registry import all_contracts

CATALOGUE = load_catalogue()
PUBLIC = [t for t in all_contracts().values() if t.public]
ROWS = [r for t in PUBLIC for r in dictionary_rows(t)]
LISTS = {name: {e.code for e in entries} for name, entries in CATALOGUE.code_lists.items()}
(CAVEAT,) = (t for t in CATALOGUE_TABLES if t.name == "caveat")
(CODE_LIST,) = (t for t in CATALOGUE_TABLES if t.name == "code_list")

# PostgreSQL 17, appendix C: the key words that its own parser reserves
POSTGRESQL = frozenset(
    """
    all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation
    column concurrently constraint create cross current_catalog current_date current_role current_schema
    current_time current_timestamp current_user default deferrable desc distinct do else end except false fetch for
    foreign freeze from full grant group having ilike in initially inner intersect into is isnull join lateral
    leading left like limit localtime localtimestamp natural not notnull null offset on only or order outer overlaps
    placing primary references returning right select session_user similar some symmetric system_user table
    tablesample then to trailing true union unique user using variadic verbose when where window with
    """.split()  # noqa: SIM905
)


def named(row: dict[str, object]) -> str:
    return f"{row['table_schema']}.{row['table_name']}.{row['column_name']}"


def test_no_column_is_called_as_sql_calls_something_else() -> None:
    reserved = {
        str(w)
        for (w,) in duckdb.sql(
            "SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category IN ('reserved', 'type_function')"
        ).fetchall()
    }
    assert {"group", "limit", "order"} <= reserved
    assert [named(r) for r in ROWS if str(r["column_name"]) in reserved | POSTGRESQL] == []


def test_every_number_has_a_unit_or_a_column_that_says_it() -> None:
    names = {(r["table_schema"], r["table_name"], r["column_name"]) for r in ROWS}
    numbers = [r for r in ROWS if r["type"] in ("DOUBLE", "INTEGER", "BIGINT")]
    assert len(numbers) > 300
    assert [named(r) for r in numbers if (r["unit"] is None) == (r["unit_column"] is None)] == []
    wrong = [named(r) for r in numbers if r["unit"] is not None and r["unit"] not in LISTS["unit"]]
    wrong += [
        named(r)
        for r in numbers
        if r["unit_column"] is not None and (r["table_schema"], r["table_name"], r["unit_column"]) not in names
    ]
    assert wrong == []


def test_every_column_says_where_it_comes_from() -> None:
    assert [named(r) for r in ROWS if not r["source"]] == []


def test_every_coded_column_names_its_list_and_every_code_of_it_has_words() -> None:
    names = {named(r) for r in ROWS}
    unlisted, missing = [], []
    for r in ROWS:
        listed = r["code_list"]
        if r["codes"] and not listed:
            unlisted.append(named(r))
        elif listed is not None and "." in listed:
            missing += [named(r)] * (listed not in names and listed != "meta.release.release_id")
        elif listed is not None:
            missing += [f"{named(r)}: {x}" for x in (r["codes"] or "").split(";") if x and x not in LISTS[listed]]
    assert (unlisted, missing) == ([], [])


def test_every_list_has_words_in_both_languages() -> None:
    entries = [e for entries in CATALOGUE.code_lists.values() for e in entries]
    assert len(entries) > 300
    assert [e.code for e in entries if not (e.label_da.strip() and e.label_en.strip())] == []
    assert not [e for e in entries if "ndertryk" in e.label_da or "uppress" in e.label_en]


def test_what_is_said_in_danish_is_said_in_english() -> None:
    names = {named(r) for r in ROWS}
    assert [n for n in names if n.endswith("_da") and n.removesuffix("_da") + "_en" not in names] == []
    for t in CATALOGUE_TABLES:
        frame = t.conform(TABLES[t.name](CATALOGUE))
        for name in (n for n in frame.columns if n.endswith("_da")):
            danish, english = frame[name].is_null(), frame[name.removesuffix("_da") + "_en"].is_null()
            assert (danish == english).all(), f"meta.{t.name}.{name}"


def test_the_full_titles_of_indicators_are_unique_and_stand_alone() -> None:
    for language in ("da", "en"):
        titles = [getattr(CATALOGUE.full_title(i), language) for i in CATALOGUE.indicators]
        assert len(set(titles)) == len(titles)
    of = {i.id: CATALOGUE.full_title(i) for i in CATALOGUE.indicators}
    assert of["I04_2009"].da == "Sammenhængende ophold over 120 dage: Baseline 2009"
    assert of["I12a_half_year"].en == "On transfer income in exposed areas: At least half the year"
    # a title that already says what it is a variant of is not said twice
    assert of["I08_women_rate"].en == "Women who make contact, per 10,000"


def test_every_rule_that_is_asked_has_its_words() -> None:
    asked = {name for t in PUBLIC for name in t.rule_names()}
    known = {r.rule: r for r in CATALOGUE.check_rules}
    assert asked == set(known)
    assert {r.severity for r in known.values()} == {"error"}


THING = TableContract(
    "output", "thing", "T", "T", "T.", "T.", (c.YEAR, c.SEX, c.CAVEATS.null()), ("year",), public=True
)


def of_sex(sex: str, caveats: str | None = None) -> Table:
    return Table(THING, THING.conform([{"year": 2014, "sex": sex, "caveats": caveats}]))


def test_a_code_without_a_label_stops_the_build_and_is_named() -> None:
    lists = Table(CODE_LIST, CODE_LIST.conform(TABLES["code_list"](CATALOGUE)))
    require_labels([lists, of_sex("women")])
    with pytest.raises(ReleaseError, match=r"output\.thing\.sex: neither \(list sex\)"):
        require_labels([lists, of_sex("neither")])
    caveats = Table(CAVEAT, CAVEAT.conform(TABLES["caveat"](CATALOGUE)))
    require_labels([lists, caveats, of_sex("women", "left_edge;revised")])
    with pytest.raises(ReleaseError, match=r"output\.thing\.caveats: no_such \(list meta\.caveat\.id\)"):
        require_labels([lists, caveats, of_sex("women", "left_edge;no_such")])
    shorter = Table(CODE_LIST, lists.frame.filter(pl.col("code") != "women"))
    with pytest.raises(ReleaseError, match=r"output\.thing\.sex: women \(list sex\)"):
        require_labels([shorter, of_sex("women")])


def test_whoever_is_counted_is_named_and_publishes_under_its_own_name() -> None:
    """Danmarks Statistik's list is the other head: every municipality is on it, and none is missing here."""
    pinned = json.loads(
        (PROJECT_ROOT / "data_lake" / "reference" / "statbank" / "FOLK1E_en.json").read_text(encoding="utf-8")
    )
    areas = next(v["values"] for v in pinned["variables"] if v["id"] == "OMRÅDE")
    christiansoe, english = "411", {"Copenhagen": "København"}
    theirs = {a["id"]: english.get(a["text"], a["text"]) for a in areas if not a["id"].startswith("0")}
    del theirs[christiansoe]
    assert {m.code: m.name for m in CATALOGUE.municipalities} == theirs
    assert len(theirs) == 98
    for code, name in theirs.items():
        its = CATALOGUE.of(code)
        assert its.label("geography", code).label_da == name
        assert name.removesuffix("n") in its.label("publisher", code).label_da
    assert CATALOGUE.of("185").label("publisher", "185").label_en == "Municipality of Tårnby"
    assert CATALOGUE.of("400").label("publisher", "400").label_da == "Bornholms Regionskommune"


def test_the_names_in_print_are_those_of_the_list() -> None:
    for name in ("geography", "publisher"):
        printed = {c.code: c.label_da for c in CATALOGUE.code_lists[name] if c.code != "000"}
        listed = {m.code: getattr(m, {"geography": "place"}.get(name, name)).label_da for m in CATALOGUE.municipalities}
        assert printed.items() <= listed.items()


def test_a_code_of_no_municipality_is_refused() -> None:
    for code in ("411", "999"):
        with pytest.raises(ConfigurationError, match=f"HANDLEPLAN_MUNICIPALITY={code}: no municipality"):
            CATALOGUE.of(code)


def test_the_years_of_an_activity_are_the_rows_the_plan_prints() -> None:
    """School social workers: 12.3 million a year, 2011 to 2014, which is the 49.2 million of the same line."""
    rows = [r for r in TABLES["activity_year"](CATALOGUE) if r["id"] == "school_social_workers"]
    assert [(r["year"], r["amount_dkk"]) for r in rows] == [(y, 12_300_000) for y in (2011, 2012, 2013, 2014)]
    assert sum(r["amount_dkk"] for r in rows) == 49_200_000


def test_what_is_asked_of_statbank_has_words_before_it_is_pulled() -> None:
    """A live answer holds the codes that are asked for: a release must not stop at them."""
    of_variable = {
        "HERKOMST": "statbank_ancestry",
        "HERKOMST1": "statbank_ancestry",
        "KOEN": "statbank_sex",
        "KØN": "statbank_sex",
        "ALDER": "statbank_age",
        "OVERTRÆD": "statbank_offence",
    }
    asked = set()
    for extract in (STRAFNA9, FOLK1E, STRAFNA6, STRAFNA7, FOLK1E_ALL):
        for variable, codes in extract.asked([2012]).items():
            if variable in of_variable:
                asked.add(variable)
                assert set(codes) <= LISTS[of_variable[variable]], (extract.table, variable)
    assert asked == set(of_variable)


def test_every_method_of_an_interval_has_words() -> None:
    """What the code may write as its method, found in its own text: a rare one must not stop a release."""
    package = Path(statistics.__file__).parent
    said = {m for f in package.glob("*.py") for m in re.findall(r"\"([a-z]+(?:-[a-z0-9+.]+)+)\"", f.read_text("utf-8"))}
    assert {"log-delta", "log-delta+0.5", "byar-or-exact"} <= said
    assert said - LISTS["ci_method"] == set()
