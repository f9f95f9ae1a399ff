"""Planted truth: what the generator knows is what the pipeline counts, by both routes, and dirt changes nothing."""

import importlib
from pathlib import Path

import polars as pl
import pytest

from assets.baselines import baseline_psychiatry
from assets.registers.row_account import OF_PERSONS
from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.judgement.baselines import delivered_part
from handleplan_pipeline.lake.engine import DuckDbEngine
from handleplan_pipeline.registers import outside_population
from handleplan_pipeline.synthetic.hard.forms import EVENTS_IN
from schemas.registry import all_contracts
from tests.lib.lakes import COUNTED_CITY, count, counted, once, shared_root

KEYS = ["indicator_id", "year", "population_group", "sex", "age_group"]
OFFICIAL = ("I13b", "I13b_dwellings")
"""The plan prints these for two years; a generated figure never takes an official one's place."""


DECIDED = ("ended_unseen", "corrected_by_later_delivery", "conflicting_rows", "without_person", "unusual")
"""What is said of rows that break no rule, and of files in which the cases of a year make much of a small city."""


def cells(lake: Path) -> pl.DataFrame:
    """The counted cells of all goals; the baseline's own are compared apart."""
    return pl.concat(pl.read_parquet(f) for f in sorted((lake / "tables" / "cell").glob("goal_*.parquet")))


def differences(truth: pl.DataFrame, counted: pl.DataFrame) -> pl.DataFrame:
    """Rows in which truth and cells differ; nobody counted may be a zero in one and no row in the other."""
    both = truth.join(
        counted.select(*KEYS, "numerator", "denominator", "value"), on=KEYS, how="full", suffix="_cell", coalesce=True
    )
    nobody = (pl.col("numerator").fill_null(0) == 0) & (pl.col("numerator_cell").fill_null(0) == 0)
    nobody &= pl.col("value").is_null() & pl.col("value_cell").is_null()
    same = (
        pl.col("numerator").eq_missing(pl.col("numerator_cell"))
        & pl.col("denominator").eq_missing(pl.col("denominator_cell"))
        & ((pl.col("value") - pl.col("value_cell")).abs().fill_null(0) < 1e-9)
        & (pl.col("value").is_null() == pl.col("value_cell").is_null())
    )
    one_sided = pl.col("denominator").is_null() | pl.col("denominator_cell").is_null()
    return both.filter(~(same | (nobody & one_sided)))


@pytest.fixture(scope="module")
def dirty(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Deliveries with the hard cases and the catalogue of faults, and the lake counted from them."""
    return counted(tmp_path_factory, *COUNTED_CITY, "--hard", "--dirty")


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The same deliveries without a fault, and the lake counted from them; slow, the dirty ones show nearly all."""
    return counted(tmp_path_factory, *COUNTED_CITY, "--hard")


@pytest.fixture(scope="module")
def planted(dirty: tuple[Path, Path]) -> pl.DataFrame:
    return pl.read_parquet(dirty[0] / "truth.parquet")


@pytest.fixture(scope="module")
def truth(planted: pl.DataFrame) -> pl.DataFrame:
    return planted.filter(~pl.col("indicator_id").str.starts_with("B1"))


def test_the_truth_covers_every_counted_indicator(truth: pl.DataFrame) -> None:
    modules = [importlib.import_module(f"assets.goals.{g.slug}") for g in load_catalogue().goals]
    declared = {c.indicator for m in modules for c in getattr(m, "COUNTS", ())}
    declared |= {"I10", "I13a", "I13a_constant", "I13b", "I13b_dwellings"}
    assert declared == set(truth["indicator_id"])
    assert len(declared) > 50


@pytest.mark.slow
def test_the_person_route_counts_the_planted_truth_on_clean_data(
    clean: tuple[Path, Path], planted: pl.DataFrame, truth: pl.DataFrame
) -> None:
    """Slow: that no row is set aside without a fault is shown of the dirty files too (`... and no other`)."""
    assert pl.read_parquet(clean[0] / "truth.parquet").equals(planted)
    counted = cells(clean[1]).filter(pl.col("data_kind") == "synthetic")
    wrong = differences(truth, counted).filter(~pl.col("indicator_id").is_in(OFFICIAL))
    assert wrong.height == 0, wrong.group_by("indicator_id").len().sort("indicator_id").rows()
    account = pl.read_parquet(clean[1] / "tables/register/row_account.parquet")
    assert set(account["outcome"]) == {"used", "delivered", *DECIDED}
    assert not list((clean[1] / "quarantine").rglob("*"))


def test_no_indicator_is_true_only_because_nobody_is_in_it(truth: pl.DataFrame) -> None:
    """Every series has persons with the outcome, and a share has some without, or the comparison proves little."""
    seen = truth.group_by("indicator_id").agg(
        hits=pl.col("numerator").sum(),
        misses=(pl.col("denominator") - pl.col("numerator")).sum(),
        values=pl.col("value").count(),
    )
    measure = {i.id: i.measure for i in load_catalogue().indicators}
    for name, hits, misses, values in seen.rows():
        assert hits > 0 or values > 0, name
        assert measure[name] != "share" or misses > 0, name


def parameters_of_b1(lake: Path) -> pl.DataFrame:
    """The counted cells of the homelessness baseline."""
    return pl.read_parquet(lake / "tables/cell/baseline_homelessness.parquet")


def test_every_parameter_of_the_homelessness_baseline_is_the_planted_one_every_year(
    dirty: tuple[Path, Path], planted: pl.DataFrame
) -> None:
    expected = planted.filter(pl.col("indicator_id").str.starts_with("B1_"))
    counted = parameters_of_b1(dirty[1])
    assert differences(expected, counted).rows() == []
    assert set(counted["indicator_id"]) == {i.id for i in load_catalogue().indicators if i.parent == "B1"}
    years = dict(counted.group_by("indicator_id").agg(pl.col("year").unique().sort()).rows())
    assert years["B1_stay_median"] == years["B1_section_110_nights"] == list(range(2009, 2016))
    assert years["B1_share_no_income"] == [2009, 2011, 2013, 2015]


def test_the_homelessness_baseline_shows_what_goals_3_and_4_count(
    dirty: tuple[Path, Path], planted: pl.DataFrame
) -> None:
    tables = ("goal_04_shelter_stays", "goal_03_stable_housing", "baseline_homelessness")
    everything = pl.concat(pl.read_parquet(dirty[1] / f"tables/cell/{n}.parquet") for n in tables)
    found = delivered_part(load_catalogue(), "baseline_homelessness", everything)
    known = {(y, g, q): v for y, g, q, v in found.select("data_year", "population_group", "quantity", "value").rows()}
    whole = planted.filter((pl.col("sex") == "total") & (pl.col("age_group") == "total"))
    for indicator, quantity, offset in (("I04", "share_over_120", 0), ("I03", "share_housed", 1)):
        rows = whole.filter((pl.col("indicator_id") == indicator) & pl.col("population_group").is_in(["danish"]))
        for r in rows.filter((pl.col("year") - offset >= 2009) & (pl.col("denominator") > 0)).to_dicts():
            place = r["year"] - offset, "danish", quantity
            assert known[place] == pytest.approx(100 * r["numerator"] / r["denominator"]), place
    quantities = {q.id for q in load_catalogue().baseline("baseline_homelessness").quantities}
    of = {q: whole.filter(pl.col("indicator_id") == f"B1_{q}").select("numerator", "value") for q in quantities}
    # a quantile that too few persons stand beside is told of nobody
    untold = {q for q, x in of.items() if x.height and x.null_count().row(0) == (x.height, x.height)}
    assert untold <= {"stay_median", "stay_p90"}
    assert {q for _, _, q in known} == quantities - {"share_of_homeless"} - untold


def test_the_psychiatry_baseline_is_the_planted_one_by_ancestry_sex_and_age(
    dirty: tuple[Path, Path], truth: pl.DataFrame
) -> None:
    cells_9 = pl.read_parquet(dirty[1] / "tables/cell/goal_09_psychiatric_follow_up.parquet")
    found = baseline_psychiatry.delivered_part(cells_9)
    known = {
        (q, y, g, s): v
        for y, g, s, q, v in found.select("data_year", "population_group", "subgroup", "quantity", "value").rows()
    }
    rows = {
        (r["indicator_id"], r["year"], r["population_group"], r["sex"], r["age_group"]): r
        for r in truth.filter(pl.col("indicator_id").str.starts_with("I10")).to_dicts()
    }
    for group, subgroup, sex, age in (
        ("minority", "total", "total", "18+"),
        ("immigrant", "total", "total", "18+"),
        ("descendant", "total", "total", "18+"),
        ("western", "total", "total", "18+"),
        ("minority", "women", "women", "18+"),
        ("minority", "40-64", "total", "40-64"),
    ):
        s, t = (rows[n, 2006, group, sex, age] for n in ("I10_s", "I10_t"))
        share_s, share_t = s["numerator"] / s["denominator"], t["numerator"] / t["denominator"]
        assert known["share_social_psychiatry", 2006, group, subgroup] == pytest.approx(100 * share_s)
        assert known["share_treatment_psychiatry", 2006, group, subgroup] == pytest.approx(100 * share_t)
        assert known["representation_ratio", 2006, group, subgroup] == pytest.approx(share_s / share_t)
    whole = {y: v for (q, y, g, s), v in known.items() if (q, g, s) == ("representation_ratio", "minority", "total")}
    assert whole == pytest.approx({r["year"]: r["value"] for k, r in rows.items() if k[0] == "I10"})


def test_the_person_route_counts_the_planted_truth_although_the_files_are_dirty(
    dirty: tuple[Path, Path], truth: pl.DataFrame
) -> None:
    counted = cells(dirty[1]).filter(pl.col("data_kind") == "synthetic")
    wrong = differences(truth, counted).filter(~pl.col("indicator_id").is_in(OFFICIAL))
    assert wrong.height == 0, wrong.group_by("indicator_id").len().sort("indicator_id").rows()
    assert counted.height > 10_000


def test_every_planted_fault_is_found_named_and_counted_and_no_other(dirty: tuple[Path, Path]) -> None:
    planted = pl.read_parquet(dirty[0] / "faults.parquet")
    account = pl.read_parquet(dirty[1] / "tables/register/row_account.parquet")
    found = account.filter(~pl.col("outcome").is_in(["used", "delivered", *DECIDED]))
    rows = planted.filter(~pl.col("file")).group_by("source", "period", "rule").len()
    assert set(found.select("source", "period", "outcome", "rows").rows()) == set(rows.rows())
    files = planted.filter(pl.col("file"))
    refused = [pl.read_json(f) for f in (dirty[1] / "quarantine").rglob("*.json")]
    assert {(f["manifest"][0]["source"], f["rule"][0]) for f in refused} == set(files.select("source", "rule").rows())


def test_rows_of_the_hard_cases_are_decided_as_records_are(dirty: tuple[Path, Path]) -> None:
    account = pl.read_parquet(dirty[1] / "tables/register/row_account.parquet")
    found = {
        name: set(account.filter(pl.col("outcome") == name).select("source", "period", "rows").rows())
        for name in DECIDED
    }
    assert found["conflicting_rows"] == {("social_psychiatry_services", 2013, 2)}
    assert found["without_person"] == {
        ("dst_kraf", 2012, 4),
        ("section_110_stays", 2011, 1),
        ("section_110_stays", 2012, 1),
    }
    assert found["corrected_by_later_delivery"] == {
        ("section_110_stays", 2010, 1),
        ("address_history", 2009, 1),
        ("address_history", 2010, 1),
        ("dst_bua", 2010, 1),
        ("dst_bua", 2011, 1),
        ("drug_treatment", 2010, 1),
        ("social_psychiatry_services", 2009, 1),
    }
    assert {"section_110_stays", "address_history", "drug_treatment", "psychiatry_contacts", "dst_bua"} <= {
        source for source, _, _ in found["ended_unseen"]
    }
    # only of files into which a year's cases fall in dozens
    assert {source for source, _, _ in found["unusual"]} <= {"dst_kraf", "dst_kotre", "dst_udfk"}


def test_everybody_of_a_delivery_is_in_the_population_but_whom_a_case_takes_out(dirty: tuple[Path, Path]) -> None:
    folder = dirty[1] / "tables/source"
    files = {s: [*folder.glob(f"{s}.parquet"), *folder.glob(f"{s}/*.parquet")] for s in ("dst_bef", *OF_PERSONS)}
    tables = {s: pl.read_parquet(f) for s, f in files.items()}
    outside = outside_population(DuckDbEngine(), tables, "dst_bef", OF_PERSONS)
    assert set(outside) <= {("dst_bufo", 2011), ("special_team_log", 2012)}


def test_rows_in_are_rows_out_plus_rows_set_aside(dirty: tuple[Path, Path]) -> None:
    account = pl.read_parquet(dirty[1] / "tables/register/row_account.parquet")
    # the file of events is told in spells, of which there are fewer
    account = account.filter((pl.col("source") != "dst_bua") | (pl.col("period") != EVENTS_IN))
    delivered = account.filter(pl.col("outcome") == "delivered").group_by("source").agg(pl.col("rows").sum())
    decided = account.filter(~pl.col("outcome").is_in(["delivered", "ended_unseen"]))
    decided = decided.group_by("source").agg(pl.col("rows").sum())
    assert dict(delivered.rows()) == dict(decided.rows()) | {s: n for s, n in delivered.rows() if n == 0}


def test_no_row_and_no_table_holds_a_person_number(dirty: tuple[Path, Path]) -> None:
    for table in all_contracts().values():
        folder = dirty[1] / "tables" / table.layer
        for f in [*folder.glob(f"{table.name}.parquet"), *folder.glob(f"{table.name}/*.parquet")]:
            texts = pl.read_parquet(f).select(pl.col(pl.String))
            for column in texts.columns:
                assert not texts[column].str.contains(r"^\d{6}-?\d{4}$").any(), (table.full_name, column)


def counted_from_sums(root: Path, truth_file: Path, blank_below: int | None) -> Path:
    from handleplan_pipeline.synthetic.summed import write_summed

    write_summed(truth_file, root / "in", blank_below=blank_below)
    return count(root)


@pytest.fixture(scope="module")
def summed(tmp_path_factory: pytest.TempPathFactory, dirty: tuple[Path, Path]) -> Path:
    """A lake counted from summed data sets only; the supplier hid numerators of 1 to 4."""
    truth_file = dirty[0] / "truth.parquet"
    what = f"counted from sums of {truth_file.parent.parent.name}, below 5 hidden"
    root = once(shared_root(tmp_path_factory), what, lambda root: counted_from_sums(root, truth_file, 5))
    return root / "lake"


@pytest.mark.slow
def test_the_summed_route_counts_the_planted_truth_of_every_indicator(
    tmp_path: Path, dirty: tuple[Path, Path], truth: pl.DataFrame
) -> None:
    """With nothing hidden, so that small groups are compared too."""
    lake = counted_from_sums(tmp_path, dirty[0] / "truth.parquet", None)
    planted_b1 = pl.read_parquet(dirty[0] / "truth.parquet").filter(pl.col("indicator_id").str.starts_with("B1_"))
    assert differences(planted_b1, parameters_of_b1(lake)).rows() == []
    counted = cells(lake)
    counted = counted.filter(pl.col("data_kind") == "synthetic")
    wrong = differences(truth, counted).filter(~pl.col("indicator_id").is_in(OFFICIAL))
    assert wrong.height == 0, wrong.group_by("indicator_id").len().sort("indicator_id").rows()
    assert set(truth["indicator_id"]) - set(OFFICIAL) <= set(counted["indicator_id"])


@pytest.mark.slow
def test_the_summed_route_holds_the_same_counts_and_hidden_cells_stay_hidden(summed: Path, truth: pl.DataFrame) -> None:
    counted = cells(summed).filter(pl.col("data_kind") == "synthetic")
    hidden = counted.filter(pl.col("cell_state") == "blanked")
    small = truth.filter(pl.col("numerator").is_between(1, 4) & ~pl.col("indicator_id").is_in(OFFICIAL))
    assert set(hidden.select(KEYS).rows()) == set(small.select(KEYS).rows())
    assert hidden["numerator"].null_count() == hidden["denominator"].null_count() == hidden.height > 500
    shown = counted.filter(pl.col("cell_state") != "blanked")
    wrong = differences(truth.join(small, on=KEYS, how="anti"), shown)
    assert wrong.filter(~pl.col("indicator_id").is_in(OFFICIAL)).height == 0


def test_generated_figures_never_replace_official_ones(dirty: tuple[Path, Path]) -> None:
    departments = cells(dirty[1]).filter(pl.col("indicator_id") == "I13b")
    official = departments.filter(pl.col("data_kind") == "official")
    assert set(official.select("year", "value").rows()) == {(2006, 60.0), (2007, 37.0), (2008, 21.0)} & set(
        official.select("year", "value").rows()
    )
    assert official.height >= 2
    assert not set(official["year"]) & set(departments.filter(pl.col("data_kind") == "synthetic")["year"])
