"""The generator: the same seed, the same bytes; nobody's number; the sizes the plan and the official tables print."""

import hashlib
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from handleplan_pipeline.lake.pseudonym import classify
from handleplan_pipeline.sources.deliveries.command import delivery_of
from handleplan_pipeline.synthetic import generate
from handleplan_pipeline.synthetic.faults import FILE_FAULTS, ROW_FAULTS
from schemas.registry import delivered_sources
from tests.lib.generated import read

SCALE, YEARS, SEED = 0.05, range(2008, 2012), 3
WEIGHTS = (4, 3, 2, 7, 6, 5, 4, 3, 2, 1)
NOT_GENERATED = {"summed_counts", "psychiatry_contacts_lpr3", "housing_area_keys", "person_number_changes"}
"""Made from the truth on request, a layout in use from 2019 on, and new keys, of which the plain city has none."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("made")
    generate(out, SCALE, YEARS, SEED)
    return out


def hashes(out: Path) -> dict[str, str]:
    return {str(p.relative_to(out)): hashlib.sha256(p.read_bytes()).hexdigest() for p in out.rglob("*") if p.is_file()}


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(made: Path, tmp_path: Path) -> None:
    generate(tmp_path / "again", SCALE, YEARS, SEED)
    assert hashes(tmp_path / "again") == hashes(made)
    generate(tmp_path / "other", 0.01, YEARS, SEED + 1)
    assert hashes(tmp_path / "other")["truth.parquet"] != hashes(made)["truth.parquet"]


def test_every_source_is_written_in_its_suppliers_own_names_and_says_it_is_synthetic(made: Path) -> None:
    assert {p.name for p in made.iterdir() if p.is_dir()} == set(delivered_sources()) - NOT_GENERATED
    for source in set(delivered_sources()) - NOT_GENERATED:
        year = 2011 if source in ("special_team_log", "sfi_person_forms") else 2010
        frame, delivery = read(made, source, year), delivery_of(source)
        assert {v.name for v in delivery.variables} <= set(frame.columns), source
        assert set(frame["DATA_KIND"]) == {"synthetic"}, source


def test_no_number_can_belong_to_a_person(made: Path) -> None:
    """Modulus 11 fails, on a date other than 1 January; or it is no person number at all."""
    seen = 0
    for source in sorted(set(delivered_sources()) - NOT_GENERATED):
        variable = delivery_of(source).person_variable
        if variable is None:
            continue
        for year in (2009, 2011):
            if not list((made / source).glob(f"*_{year}.*")):
                continue
            numbers = read(made, source, year)[variable.name].drop_nulls().str.replace("-", "")
            found = classify(numbers.filter(numbers != ""))
            assert set(found["id_type"]) <= {"cpr_check_digit_fails", "administrative", "substitute"}, source
            born = found["birth"].drop_nulls()
            assert not ((born.dt.month() == 1) & (born.dt.day() == 1)).any(), source
            seen += found.height
    assert seen > 50_000
    digits = read(made, "dst_bef", 2010)["PNR"].head(2000)
    assert all(sum(w * int(d) for w, d in zip(WEIGHTS, n, strict=True)) % 11 for n in digits)


def persons(out: Path, source: str, year: int) -> pl.DataFrame:
    """Rows of persons of a file, `number` without its hyphen; nothing of numbers that are nobody's."""
    variable = delivery_of(source).person_variable
    assert variable is not None
    rows = read(out, source, year).with_columns(number=pl.col(variable.name).str.replace("-", ""))
    return rows.filter(pl.col("number").str.contains(r"^[0-3]\d{9}$"))


def test_who_is_in_a_delivery_is_in_the_population_of_that_year_or_of_the_next(made: Path) -> None:
    """Whoever lives in Denmark; one in a hundred may have died or left while a file still holds them."""
    people = {y: set(persons(made, "dst_bef", y)["number"]) for y in YEARS}
    asked = 0
    for source in sorted(set(delivered_sources()) - NOT_GENERATED - {"dst_bef"}):
        for year in YEARS[:-1]:
            if delivery_of(source).person_variable is None or not list((made / source).glob(f"*_{year}.*")):
                continue
            rows = persons(made, source, year)
            if source == "address_history":
                rows = rows.filter(~pl.col("CPRSTATUS").is_in(["80", "90"]))
            living = set(rows["number"])
            assert len(living - people[year] - people[year + 1]) <= 0.01 * len(living), (source, year)
            asked += len(living)
    assert asked > 3_000


def test_who_died_or_emigrated_is_in_no_population_after(made: Path) -> None:
    people = {y: set(persons(made, "dst_bef", y)["number"]) for y in YEARS}
    since = pl.col("TILFLYTDTO").str.to_date("%Y-%m-%d")
    seen = 0
    for year in YEARS:
        rows = persons(made, "address_history", year).filter(pl.col("CPRSTATUS").is_in(["80", "90"]))
        gone = set(rows.filter(since <= date(year, 1, 1))["number"])
        assert not gone & people[year]
        seen += len(gone)
    assert seen > 50


def test_who_is_in_the_population_and_not_in_the_city_is_in_another_delivery(made: Path) -> None:
    """The file is no register of the whole country: residents, and whom the other deliveries hold."""
    elsewhere = persons(made, "dst_bef", 2010).filter(pl.col("KOM") != "101")
    residents = persons(made, "dst_bef", 2010).height - elsewhere.height
    assert 0 < elsewhere.height < 0.05 * residents


def test_the_first_years_are_no_emptier_than_the_others(made: Path) -> None:
    """Each year is within a quarter of the mean of all, or within what chance makes of small counts."""
    for source in sorted(set(delivered_sources()) - NOT_GENERATED - {"sfi_person_forms", "special_team_log"}):
        rows = [read(made, source, y).height for y in YEARS]
        mean = sum(rows) / len(rows)
        if mean >= 20:
            assert max(abs(n - mean) for n in rows) < max(0.25 * mean, 4 * mean**0.5), (source, rows)


def test_no_file_holds_the_truth(made: Path) -> None:
    truth = set(pl.read_parquet(made / "truth.parquet").columns)
    for source in set(delivered_sources()) - NOT_GENERATED:
        year = 2011 if source in ("special_team_log", "sfi_person_forms") else 2010
        assert not truth & {c.lower() for c in read(made, source, year).columns}, source


def test_the_sizes_are_those_the_plan_and_the_official_tables_print(made: Path) -> None:
    people = read(made, "dst_bef", 2010).filter(pl.col("KOM") == "101")
    assert people.height == pytest.approx(528_000 * SCALE, rel=0.05)
    truth = pl.read_parquet(made / "truth.parquet")
    whole = (pl.col("sex") == "total") & (pl.col("age_group") == "total")
    forms = read(made, "sfi_person_forms", 2011)
    minority = pl.col("ETNISK_BAGGRUND").is_in(["indvandrer", "efterkommer"])
    assert forms.height == pytest.approx(1_494 * SCALE, rel=0.05)
    many = pl.concat([_forms(tmp) for tmp in range(40)])
    assert many.select(minority.mean()).item() == pytest.approx(0.33, abs=0.02)
    young = many.filter(pl.col("ALDER").cast(pl.Int64).is_between(18, 24))
    assert young.select(minority.mean()).item() == pytest.approx(0.41, abs=0.03)
    for name, expected in (("I07", 0.13), ("I03", 0.33)):
        rows = truth.filter(whole & (pl.col("indicator_id") == name) & (pl.col("year") >= 2010))
        counted = dict(rows.group_by("population_group").agg(pl.col("denominator").sum()).rows())
        three_errors = 3 * (expected * (1 - expected) / counted["all"]) ** 0.5
        assert counted["minority"] / counted["all"] == pytest.approx(expected, abs=three_errors), name
    listed = read(made, "housing_areas", 2010).filter(
        (pl.col("OMRAADE_TYPE") == "omraade") & (pl.col("PAA_LISTEN") == "J")
    )
    assert listed.height == 6


def _forms(seed: int) -> pl.DataFrame:
    """Forms of the SFI count of another seed: one count of 75 persons says little of a share."""
    import numpy as np

    from handleplan_pipeline.synthetic.housing import sfi_forms

    return sfi_forms(np.random.default_rng(seed), 500, date(2009, 2, 4))


def test_the_catalogue_of_faults_is_documented_and_has_every_kind() -> None:
    ids = [f.id for f in ROW_FAULTS] + [f.id for f in FILE_FAULTS]
    assert len(ids) == len(set(ids)) >= 18
    assert all(f.description.endswith(".") for f in ROW_FAULTS)
    assert all(f.description.endswith(".") for f in FILE_FAULTS)
    assert {f.rule for f in ROW_FAULTS} >= {
        "person_number_invalid",
        "person_number_missing",
        "required_value_missing",
        "value_not_readable",
        "value_out_of_bounds",
        "duplicate_row",
    }


def test_the_list_of_planted_faults_says_what_each_is(tmp_path: Path) -> None:
    generate(tmp_path, 0.01, YEARS, SEED, dirty=True)
    listed = pl.read_parquet(tmp_path / "faults.parquet")
    assert listed["description"].str.ends_with(".").all()
    assert set(listed["fault_id"]) == {f.id for f in ROW_FAULTS} | {f.id for f in FILE_FAULTS}
