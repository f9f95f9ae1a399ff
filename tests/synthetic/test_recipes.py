"""Recipes of kinds: two hand-made persons written again as others, in other years, and read back."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from handleplan_pipeline.sources.deliveries.manifest import SUFFIX, read_manifest
from handleplan_pipeline.synthetic.cover import Files
from handleplan_pipeline.synthetic.recipes import (
    NOBODY,
    Made,
    Recipe,
    Recipes,
    Standing,
    Wanted,
    Who,
    idle,
    moved,
    write_persons,
)

GUEST, WOMAN = "0201650000", "1506799003"
"""Nobody's numbers: they fail modulus 11."""


def files() -> Files:
    """A man of 45 with a stay over New Year 2008 and weeks of benefit, and a woman of 32 with a contact in 2011."""
    frames = {
        (
            "section_110_stays",
            2008,
        ): "CPR;BOFORM_ID;BOFORM_KOM;BETALINGSKOM;INDSKREVET;UDSKREVET\n"
        + f"{GUEST};B01;101;101;29-02-2008;15-01-2009",
        ("section_110_stays", 2011): "CPR;BOFORM_ID;BOFORM_KOM;BETALINGSKOM;INDSKREVET;UDSKREVET",
        ("dst_dream", 2008): f"PNR;AAR;Y_0801;Y_0802\n{GUEST};2008;730;",
        ("dst_dream", 2011): "PNR;AAR;Y_1101;Y_1102;Y_1153",
        ("special_team_log", 2011): "HENVENDELSE_ID;CPR;DATO;ANONYM;KOEN;PARTNERVOLD;TILBUD;VOLDSSTART\n"
        f"S1;{WOMAN};2011-03-04;N;K;J;S;\nS2;;2011-05-06;J;K;J;S;",
    }
    for year in (2008, 2011):
        frames["dst_bef", year] = (
            "PNR;KOEN;FOED_DAG;KOM;IE_TYPE;OPR_LAND;REFERENCEDATO\n"
            f"{GUEST};1;02-01-1965;101;1;5100;01-01-{year}\n{WOMAN};2;15-06-1979;101;1;5100;01-01-{year}"
        )
    return Files({k: pl.read_csv(t.encode(), separator=";", infer_schema=False) for k, t in frames.items()})


STAY = Recipe(GUEST, 3, date(1968, 1, 2), 1)
CONTACT = Recipe(WOMAN, 0, date(1990, 8, 9), 2)


def test_a_life_is_moved_to_another_year_with_its_ancestry_and_a_number_of_nobody(tmp_path: Path) -> None:
    (name,) = write_persons(files(), [Made(STAY, "descendant_western")], tmp_path)
    found = Files.read(tmp_path).frames
    assert name not in (GUEST, WOMAN)
    assert name[:6] == "020168"
    stay, visit = found["section_110_stays", 2011].rows()
    assert stay == (name, "B01", "101", "101", "28-02-2011", "15-01-2012")
    assert visit[0] not in (name, GUEST)
    assert visit[-1] == visit[-2]
    assert found["dst_dream", 2011].rows() == [(name, "2011", "730", None, "")]
    (lived,) = found["dst_bef", 2011].rows(named=True)
    assert (lived["PNR"], lived["FOED_DAG"], lived["IE_TYPE"]) == (name, "02-01-1968", "3")
    assert lived["REFERENCEDATO"] == "01-01-2011"


def test_a_life_is_moved_with_its_lengths_or_with_its_days_of_the_calendar(tmp_path: Path) -> None:
    """Over a leap day one of them has to give: 321 days from 29 February 2008, or 28 February to 15 January."""
    write_persons(files(), [Made(STAY, "danish"), Made(replace(STAY, days=1096), "danish")], tmp_path)
    found = Files.read(tmp_path).frames
    stays = [r[-2:] for r in found["section_110_stays", 2011].rows() if r[-2] != r[-1]]
    assert stays == [("28-02-2011", "15-01-2012"), ("01-03-2011", "16-01-2012")]
    assert found["dst_bef", 2011]["REFERENCEDATO"].unique().to_list() == ["01-01-2011"]
    assert set(found["dst_dream", 2011]["AAR"]) == {"2011"}


def test_each_copy_is_somebody_with_records_of_their_own(tmp_path: Path) -> None:
    names = write_persons(files(), [Made(CONTACT, "danish"), Made(CONTACT, "unknown")], tmp_path)
    found = Files.read(tmp_path).frames
    log = found["special_team_log", 2011]
    assert sorted(log["CPR"]) == sorted(names)
    assert log["HENVENDELSE_ID"].n_unique() == len(names) == 2
    ancestry = {r["PNR"]: r["IE_TYPE"] for r in found["dst_bef", 2011].rows(named=True)}
    assert [ancestry[n] for n in names] == ["1", "9"]


def test_whom_the_population_does_not_know_has_no_row_there(tmp_path: Path) -> None:
    unknown = Recipe(WOMAN, 0, date(1990, 8, 9), 2, known=False)
    write_persons(files(), [Made(unknown, "unknown")], tmp_path)
    found = Files.read(tmp_path).frames
    assert found["dst_bef", 2011].height == 0
    assert found["special_team_log", 2011].height == 1


def test_a_record_of_nobody_stays_nobodys(tmp_path: Path) -> None:
    record = Recipe("S2", 0, date(1970, 6, 15), 2, record=("special_team_log", 2011))
    (name, other) = write_persons(files(), [Made(record, "unknown")] * 2, tmp_path)
    log = Files.read(tmp_path).frames["special_team_log", 2011]
    assert sorted(log["HENVENDELSE_ID"]) == sorted([name, other])
    assert log["CPR"].to_list() == [None, None]
    assert name != other


def test_a_form_says_the_ancestry_that_is_wanted_and_has_a_number_of_its_own(tmp_path: Path) -> None:
    there = files()
    head = "SKEMA_ID;TAELLEDATO;KOMMUNE;KOEN;ALDER;ETNISK_BAGGRUND;SITUATION;FORSOERGELSE;SKREVET_OP_BOLIG"
    for year in (2009, 2011):
        text = f"{head}\nF1;{year}-02-04;101;1;44;dansk;8;kontanthjaelp;N"
        there.frames["sfi_person_forms", year] = pl.read_csv(text.encode(), separator=";", infer_schema=False)
    recipe = Recipe("F1", 2, date(1970, 6, 15), 2, record=("sfi_person_forms", 2009))
    names = write_persons(there, [Made(recipe, "descendant_western"), Made(recipe, "unknown")], tmp_path)
    form = Files.read(tmp_path).frames["sfi_person_forms", 2011]
    assert form["SKEMA_ID"].to_list() == names
    assert form["ETNISK_BAGGRUND"].to_list() == ["efterkommer", "uoplyst"]
    assert form["TAELLEDATO"].to_list() == ["2011-02-04"] * 2


def test_as_many_live_there_as_before(tmp_path: Path) -> None:
    """A Danish woman born in 1979 takes the place of the one who is there, a younger one comes beside her."""
    like = Recipe(WOMAN, 0, date(1979, 2, 3), 2)
    (name, younger) = write_persons(files(), [Made(like, "danish"), Made(CONTACT, "danish")], tmp_path, files())
    lived = Files.read(tmp_path).frames["dst_bef", 2011]["PNR"].to_list()
    assert sorted(lived) == sorted([GUEST, name, younger])


def test_nothing_known_of_a_person_asks_for_no_row_and_a_sex_and_age_are_given() -> None:
    there = {"I08_women=1/1": [Standing(WOMAN, 2011, 2011, Who("women", 31))]}
    made = Recipes(files(), there)
    (unknown,) = made.of(Wanted("I08_women=1/1", 2011, (NOBODY,)), 5)
    assert not unknown.known
    older, same_lengths = made.of(Wanted("I08_women=1/1", 2012, (Who("women", 70),)), 5)
    assert (older.later, older.birth.year, older.sex) == (1, 1941, 2)
    assert (older.days, same_lengths.days) == (None, 365)
    assert made.of(Wanted("I08_contacts=1/1", 2011, (Who("women", 31),)), 5) == []


def test_the_same_year_comes_first_and_then_the_same_people() -> None:
    there = {"p=1/1": [Standing(GUEST, 2008, 2008, Who("men", 42)), Standing(WOMAN, 2011, 2011, Who("women", 31))]}
    found = Recipes(files(), there).of(Wanted("p=1/1", 2011, (Who("men", 42),)), 5)
    assert [(r.number, r.later, r.days) for r in found] == [(WOMAN, 0, None), (GUEST, 3, None), (GUEST, 3, 1096)]
    assert {(r.sex, r.birth.year) for r in found} == {(1, 1968)}


def test_a_file_in_which_nobody_stands_is_said_to_be_right(tmp_path: Path) -> None:
    """Otherwise it is taken for cut off, and a year that needs it is not counted at all."""
    write_persons(files(), [Made(STAY, "danish")], tmp_path)
    told = {
        m.file: m.confirmed
        for folder in tmp_path.iterdir()
        for m in map(read_manifest, folder.glob(f"*{SUFFIX}"))
        if not m.rows
    }
    assert "special_team_log_2011.csv" in told
    assert all(told.values())


def test_idle_persons_fill_every_file_and_are_none_of_those_counted() -> None:
    assert {m.recipe.number for m in idle(files(), [], 2011)} == {GUEST, WOMAN}
    assert {m.recipe.number for m in idle(files(), [WOMAN], 2011)} == {GUEST}


def test_a_file_of_stays_elsewhere_is_the_citys_own_by_visits_of_no_night(tmp_path: Path) -> None:
    there = files()
    stays = there.frames["section_110_stays", 2008].with_columns(BOFORM_KOM=pl.lit("147"))
    there.frames["section_110_stays", 2008] = stays
    write_persons(there, [Made(Recipe(GUEST, 0, date(1965, 1, 2), 1), "danish")] * 3, tmp_path)
    found = Files.read(tmp_path).frames["section_110_stays", 2008]
    here = found.filter(BOFORM_KOM="101")
    assert here.height == 3
    assert (here["INDSKREVET"] == here["UDSKREVET"]).all()
    assert here["INDSKREVET"].n_unique() == 3


@pytest.mark.parametrize(
    ("day", "later"), [(date(2008, 2, 29), date(2011, 2, 28)), (date(2009, 1, 1), date(2012, 1, 1))]
)
def test_a_day_is_the_same_day_in_another_year(day: date, later: date) -> None:
    assert moved(day, 3) == later


def with_changes(*changes: tuple[str, str, str]) -> Files:
    """The two persons, and numbers that were changed: old, new, when."""
    lines = "".join(f"{new};{old};{day}\n" for old, new, day in changes)
    found = files()
    found.frames["person_number_changes", 2011] = pl.read_csv(
        f"CPR_NYT;CPR_GAMMELT;AENDRET\n{lines}".encode(), separator=";", infer_schema=False
    )
    return found


@pytest.mark.parametrize("turned", [False, True])
def test_numbers_changed_twice_are_one_persons_in_whatever_order_they_stand(turned: bool) -> None:
    changes = [("A", "B", "2010-05-01"), ("B", "C", "2011-05-01")]
    assert with_changes(*(changes[::-1] if turned else changes)).earlier_numbers() == {"C": {"A", "B"}}


def test_who_stands_twice_where_a_person_stands_once_is_not_made_again() -> None:
    assert with_changes((GUEST, WOMAN, "2011-05-01")).earlier_numbers() == {}


def test_rows_under_an_earlier_number_come_under_the_one_new_number(tmp_path: Path) -> None:
    before = with_changes((GUEST, WOMAN, "2011-05-01"))
    for year in (2008, 2011):
        before.frames["dst_bef", year] = before.frames["dst_bef", year].filter(pl.col("PNR") == WOMAN)
    assert before.earlier_numbers() == {WOMAN: {GUEST}}
    (name,) = write_persons(before, [Made(CONTACT, "danish")], tmp_path)
    found = Files.read(tmp_path).frames
    assert name in found["section_110_stays", 2008]["CPR"].to_list()
    assert found["special_team_log", 2011]["CPR"].drop_nulls().to_list() == [name]
