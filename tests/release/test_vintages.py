"""What each release said, from the newest file: drawn releases, their history, revisions and mean revisions."""

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from handleplan_pipeline.lake.tables import Lake
from handleplan_pipeline.protection.repeated import repeated
from handleplan_pipeline.release import ledger, vintages
from handleplan_pipeline.release.build import _history
from handleplan_pipeline.release.revision import changes
from handleplan_pipeline.release.table import Table
from schemas.meta.release import REVISION, VINTAGE
from tests.release.pairs import (
    FIRST,
    MINORITY_AND_DANISH,
    SECOND,
    THIRD,
    Rows,
    observation,
    release,
    status,
    table,
    write,
)

BASE: dict[str, Rows] = MINORITY_AND_DANISH | {
    "output.goal_status": [status(1, 2014, "not_met", reason_da="Andelen er 51,8 pct.", reason_en="It is 51.8%.")],
    "output.statement_number": [],
    "meta.goal": [{"goal": 1, "headline_indicators": "I01", "baseline_year": 2010}],
    "meta.delivery": [],
    "meta.lineage": [],
    "meta.source": [],
    "meta.correction": [],
}


def lake_of(root: Path) -> Lake:
    return Lake(root / "lake")


def announce(lake: Lake, release_id: str) -> None:
    file = lake.releases / "announced.json"
    known = json.loads(file.read_text()) if file.exists() else []
    file.write_text(json.dumps([*known, release_id]))
    link = lake.releases / "latest"
    link.unlink(missing_ok=True)
    link.symlink_to(release_id)


def published(lake: Lake, release_id: str, changed: dict[str, Rows], **about: Any) -> Path:
    """The next release of the lake, with what the pipeline makes of the ones before it."""
    rows = BASE | changed
    earlier = vintages.repeatable(lake, bool(about.get("holds_synthetic", False)))
    link = lake.releases / "latest"
    previous = vintages.last_before(link.resolve() if link.exists() else None, earlier)
    folder = release(lake.releases, release_id, rows, **about)
    tables = [table(name, found, release_id) for name, found in rows.items()]
    said = vintages.about(folder)
    made = _history(tables, release_id, earlier)
    made.append(Table(VINTAGE, VINTAGE.conform(vintages.rows(earlier, said))))
    listed = changes(tables, previous, earlier, release_id) if previous else []
    made.append(Table(REVISION, REVISION.conform(listed)))
    write(folder, made)
    announce(lake, release_id)
    return folder


def read(folder: Path, name: str) -> pl.DataFrame:
    return pl.read_parquet(folder / "parquet" / f"{name.replace('.', '/')}.parquet")


def revisions(folder: Path) -> list[dict[str, Any]]:
    return read(folder, "meta.revision").sort("first_shown_in", "table_name", "key").to_dicts()


def said_by(newest: Path, release_id: str) -> pl.DataFrame:
    """What a release said, read from the newest one alone, as `docs/queries.md` does it."""
    history, vintage = read(newest, "history.observation"), read(newest, "meta.vintage")
    at = dict(vintage.select("release_id", "position").iter_rows())
    first, last = (pl.col(f"{n}_release_id").replace_strict(at) for n in ("first", "last"))
    return history.filter((first <= at[release_id]) & (pl.lit(at[release_id]) <= last))


def values(frame: pl.DataFrame) -> dict[tuple[int, str], float | None]:
    return {(y, g): v for y, g, v in frame.select("year", "population_group", "value").iter_rows()}


def rows(*values: tuple[int, str, float | None]) -> dict[str, Rows]:
    return {"output.observation": [observation(*v) for v in values]}


def test_what_every_release_said_is_read_from_the_newest(tmp_path: Path) -> None:
    lake = lake_of(tmp_path)
    one = (2013, "danish", 60.0), (2013, "minority", 50.0), (2014, "danish", 61.0)
    # 2013 is corrected, a row goes, a row comes; then the first figure comes back
    two = (2013, "danish", 60.0), (2013, "minority", 52.5), (2014, "minority", 49.0)
    three = (2013, "danish", 60.0), (2013, "minority", 50.0), (2014, "minority", 49.0), (2015, "danish", 70.0)
    for name, drawn in ((FIRST, one), (SECOND, two), (THIRD, three)):
        newest = published(lake, name, rows(*drawn))
    for name, drawn in ((FIRST, one), (SECOND, two), (THIRD, three)):
        assert values(said_by(newest, name)) == {(y, g): v for y, g, v in drawn}, name
    assert read(newest, "meta.vintage")["release_id"].to_list() == [FIRST, SECOND, THIRD]


def test_a_figure_that_is_hidden_now_is_repeated_nowhere(tmp_path: Path) -> None:
    lake = lake_of(tmp_path)
    first = published(lake, FIRST, rows((2014, "minority", 37.123457), (2014, "danish", 64.0)))
    second = published(lake, SECOND, rows((2014, "minority", 41.987651), (2014, "danish", 64.5)))
    third = published(lake, THIRD, rows((2014, "minority", None), (2014, "danish", 64.5)))
    said = read(third, "history.observation").filter(pl.col("population_group") == "minority")
    assert said.select("first_release_id", "value", "withheld", "missing_reason").sort("first_release_id").rows() == [
        (FIRST, None, True, "suppressed"),
        (SECOND, None, True, "suppressed"),
        (THIRD, None, False, "suppressed"),
    ]
    # the change from the first to the second was listed by the second, and is emptied too
    listed = [r for r in revisions(third) if '"minority"' in r["key"]]
    assert [(r["what_changed"], r["old_value"], r["new_value"], r["size"]) for r in listed] == [
        ("revised", None, None, None),
        ("hidden", None, None, None),
    ]
    for secret in (37.123457, 41.987651):
        assert str(secret) not in _everything(third)
    assert str(37.123457) in _everything(second)
    # what is shown stays to be read
    assert values(said_by(third, FIRST))[2014, "danish"] == 64.0
    assert list(repeated(third, [first, second])) == []


def _everything(folder: Path) -> str:
    return "\n".join(pl.read_parquet(f).write_csv() for f in sorted(folder.glob("parquet/*/*.parquet")))


RATIO = {"measure": "ratio", "reference_group": "danish"}


@pytest.mark.parametrize("whose", ["minority", "danish"])
def test_what_compares_a_hidden_figure_with_a_printed_one_is_not_repeated(tmp_path: Path, whose: str) -> None:
    """Of a ratio and one of its two figures the other one follows."""
    lake = lake_of(tmp_path)
    other = {"minority": "danish", "danish": "minority"}[whose]
    shares = {"minority": 37.123457, "danish": 64.0}
    told = rows(*((2014, g, v) for g, v in shares.items()))
    ratio = [observation(y, "minority", v, **RATIO) for y, v in ((2014, 0.580054), (2013, 0.912345))]
    told["output.observation"] = [*told["output.observation"], *ratio]
    first = published(lake, FIRST, told)
    left = rows((2014, whose, None), (2014, other, shares[other]))
    # the ratio of another year is of other figures
    left["output.observation"] = [*left["output.observation"], ratio[1]]
    second = published(lake, SECOND, left)
    said = _everything(second)
    assert ("0.580054" in said, "0.912345" in said) == (False, True)
    (gone,) = [r for r in revisions(second) if '"ratio"' in r["key"]]
    assert (gone["what_changed"], gone["old_value"]) == ("removed", None)
    lines = read(second, "history.observation").filter(pl.col("measure") == "ratio").sort("year")
    assert lines.select("year", "value", "withheld").rows() == [(2013, 0.912345, False), (2014, None, True)]
    assert list(repeated(second, [first])) == []
    of_2014 = (pl.col("measure") == "ratio") & (pl.col("year") == 2014)
    tampered(second, "history.observation", pl.when(of_2014).then(0.580054).otherwise("value").alias("value"))
    assert list(repeated(second, [first])) == [
        "history.observation: 1 lines repeat a figure of a row that is hidden now"
    ]


def test_a_row_hidden_by_another_version_of_its_definition_is_the_same_row(tmp_path: Path) -> None:
    lake = lake_of(tmp_path)
    published(lake, FIRST, rows((2014, "minority", 37.123457)))
    hidden = observation(2014, "minority", None, definition_version="2")
    second = published(lake, SECOND, {"output.observation": [hidden]})
    assert "37.123457" not in _everything(second)
    (change,) = [r for r in revisions(second) if r["table_name"] == "observation"]
    assert (change["what_changed"], change["reason"]) == ("hidden", "definition_version")


def test_a_reason_with_a_hidden_figure_is_not_repeated(tmp_path: Path) -> None:
    lake = lake_of(tmp_path)
    row = observation(2014, "minority", 51.76)
    goal = table("output.observation", [row], FIRST).frame["row_id"][0]
    number = {"goal": 1, "year": 2014, "part": 1, "slot": "v1", "table_schema": "output", "table_name": "observation"}
    number |= {"row_id": goal, "column_name": "value", "value": 51.76, "text_da": "51,8", "text_en": "51.8"}
    numbers = {"output.statement_number": [number]}
    published(lake, FIRST, rows((2014, "minority", 51.76)) | numbers)
    other = status(1, 2014, "met", reason_da="Andelen er nu en anden.", reason_en="The share is another.")
    second = published(lake, SECOND, rows((2014, "minority", 53.0)) | {"output.goal_status": [other]} | numbers)
    (said,) = read(second, "history.goal_status").filter(pl.col("last_release_id") == FIRST).to_dicts()
    assert (said["reason_da"], said["withheld"]) == ("Andelen er 51,8 pct.", False)
    hidden = status(1, 2014, "suppressed", reason_da="Tallene vises ikke.", reason_en="The figures are not shown.")
    third = published(lake, THIRD, rows((2014, "minority", None)) | {"output.goal_status": [hidden]})
    lines = read(third, "history.goal_status").sort("first_release_id")
    assert lines["withheld"].to_list() == [True, True, False]
    assert lines["badge"].to_list() == ["not_met", "met", "suppressed"]
    assert set(lines["reason_en"][:2]) == {vintages.NOT_REPEATED["reason_en"]}
    for language in ("da", "en"):
        assert "51" not in "".join(lines[f"reason_{language}"])


def entry(release_id: str, from_state: str, to_state: str, note: str = "") -> ledger.Entry:
    return ledger.Entry("2026-04-01T00:00:00Z", "A", release_id, from_state, to_state, note, "0" * 64, "")


def withdraw(lake: Lake, release_id: str) -> None:
    ledger.append(lake, entry(release_id, "draft", "published"))
    ledger.append(lake, entry(release_id, "published", "withdrawn", "an error"))


def test_nothing_of_a_withdrawn_release_is_repeated(tmp_path: Path) -> None:
    lake = lake_of(tmp_path)
    published(lake, FIRST, rows((2014, "minority", 50.0), (2014, "danish", 64.0)))
    second = published(lake, SECOND, rows((2014, "minority", 37.123457), (2014, "danish", 64.0)))
    withdraw(lake, second.name)
    third = published(lake, THIRD, rows((2014, "minority", 52.0), (2014, "danish", 64.0)))
    assert "37.123457" not in _everything(third)
    assert read(third, "meta.vintage")["release_id"].to_list() == [FIRST, THIRD]
    assert values(said_by(third, FIRST)) == {(2014, "minority"): 50.0, (2014, "danish"): 64.0}
    (change,) = [r for r in revisions(third) if r["table_name"] == "observation"]
    assert (change["old_value"], change["new_value"], change["compared_with"]) == (50.0, 52.0, FIRST)


def test_what_a_release_withdrawn_later_said_goes_from_history_and_revisions(tmp_path: Path) -> None:
    lake = lake_of(tmp_path)
    fourth = "2026-04-01T06-00Z_r0004"
    published(lake, FIRST, rows((2014, "minority", 50.0), (2014, "danish", 64.0)))
    published(lake, SECOND, rows((2014, "minority", 37.123457), (2014, "danish", 64.0)))
    third = published(lake, THIRD, rows((2014, "minority", 52.0), (2014, "danish", 64.0)))
    assert "37.123457" in _everything(third)
    withdraw(lake, SECOND)
    newest = published(lake, fourth, rows((2014, "minority", 52.0), (2014, "danish", 64.0)))
    assert "37.123457" not in _everything(newest)
    # a line of three releases goes on; what the third said was first said by the third
    danish, minority = (
        read(newest, "history.observation").filter(pl.col("population_group") == g) for g in ("danish", "minority")
    )
    assert danish.select("first_release_id", "last_release_id").rows() == [(FIRST, fourth)]
    assert minority.sort("first_release_id").select("first_release_id", "last_release_id", "value").rows() == [
        (FIRST, FIRST, 50.0),
        (THIRD, fourth, 52.0),
    ]
    (change,) = [r for r in revisions(newest) if r["table_name"] == "observation"]
    assert (change["first_shown_in"], change["old_value"], change["new_value"]) == (THIRD, None, 52.0)


def test_a_clock_that_ran_ahead_once_loses_nothing(tmp_path: Path) -> None:
    """The second release has a later time in its name than the third and the fourth."""
    lake = lake_of(tmp_path)
    ahead, fourth = "2026-09-01T06-00Z_r0002", "2026-04-01T06-00Z_r0004"
    published(lake, FIRST, rows((2014, "minority", 50.0), (2014, "danish", 64.0)))
    for name in (ahead, THIRD):
        published(lake, name, rows((2014, "minority", 51.0), (2014, "danish", 64.0)))
    newest = published(lake, fourth, rows((2014, "minority", 52.0), (2014, "danish", 64.0)))
    lines = read(newest, "history.observation").select(
        "population_group", "value", "first_release_id", "last_release_id"
    )
    assert sorted(lines.rows(), key=str) == [
        ("danish", 64.0, FIRST, fourth),
        ("minority", 50.0, FIRST, FIRST),
        ("minority", 51.0, ahead, THIRD),
        ("minority", 52.0, fourth, fourth),
    ]


@pytest.mark.parametrize("why", ["gone", "never announced", "uncontrolled", "made up"])
def test_only_releases_that_the_audit_knows_and_readers_had_are_repeated(tmp_path: Path, why: str) -> None:
    lake = lake_of(tmp_path)
    published(lake, FIRST, rows((2014, "minority", 50.0)))
    about: dict[str, Any] = {"uncontrolled": {"disclosure_control": "off"}, "made up": {"holds_synthetic": True}}
    second = published(lake, SECOND, rows((2014, "minority", 37.123457)), **about.get(why, {}))
    if why == "gone":
        second.rename(tmp_path / "away")
        announce(lake, FIRST)
    if why == "never announced":
        (lake.releases / "announced.json").write_text(json.dumps([FIRST]))
        (lake.releases / "latest").unlink()
        (lake.releases / "latest").symlink_to(FIRST)
    third = published(lake, THIRD, rows((2014, "minority", 52.0)))
    assert "37.123457" not in _everything(third)
    assert read(third, "meta.vintage")["release_id"].to_list() == [FIRST, THIRD]
    assert values(said_by(third, FIRST)) == {(2014, "minority"): 50.0}


def test_after_a_rollback_the_history_tells_of_all_and_revisions_of_what_readers_had(tmp_path: Path) -> None:
    lake = lake_of(tmp_path)
    published(lake, FIRST, rows((2014, "minority", 50.0)))
    published(lake, SECOND, rows((2014, "minority", 51.0)))
    announce(lake, FIRST)
    third = published(lake, THIRD, rows((2014, "minority", 53.0)))
    assert [values(said_by(third, n))[2014, "minority"] for n in (FIRST, SECOND, THIRD)] == [50.0, 51.0, 53.0]
    newest = [r for r in revisions(third) if r["first_shown_in"] == THIRD]
    assert [(r["old_value"], r["size"], r["compared_with"]) for r in newest] == [(50.0, 3.0, FIRST)]


def test_mean_revisions_are_of_first_against_now(tmp_path: Path) -> None:
    lake = lake_of(tmp_path)
    published(lake, FIRST, rows((2013, "minority", 50.0), (2013, "danish", 60.0), (2014, "danish", 61.0)))
    published(lake, SECOND, rows((2013, "minority", 54.0), (2013, "danish", 60.01), (2014, "minority", 40.0)))
    third = published(
        lake,
        THIRD,
        rows((2013, "minority", 52.0), (2013, "danish", 60.01), (2014, "minority", 39.0), (2015, "danish", 9.0)),
    )
    (mean,) = read(third, "meta.mean_revision").to_dicts()
    # 50 -> 52, 60 -> 60.01 (printed alike with one decimal), 40 -> 39; 2014 danish is gone and 2015 is new
    assert (mean["indicator_id"], mean["measure"], mean["compared_rows"], mean["revised_rows"]) == (
        "I01",
        "share",
        3,
        2,
    )
    assert mean["mean_absolute_revision"] == pytest.approx((2 + 0.01 + 1) / 3)
    assert mean["mean_signed_revision"] == pytest.approx((2 + 0.01 - 1) / 3)
    assert mean["largest_revision"] == pytest.approx(2)


def test_a_withheld_figure_cannot_be_solved_from_the_mean_revision(tmp_path: Path) -> None:
    lake = lake_of(tmp_path)
    published(lake, FIRST, rows((2013, "minority", 50.0), (2013, "danish", 60.0)))
    second = published(lake, SECOND, rows((2013, "minority", None), (2013, "danish", 61.0)))
    (mean,) = read(second, "meta.mean_revision").to_dicts()
    assert (mean["compared_rows"], mean["mean_absolute_revision"]) == (1, 1.0)


DELIVERED = {"source": "dst_bua", "state": "current", "year": 2013, "data_kind": "delivered"}
RESTS = {"table_schema": "goal", "table_name": "goal_01_ninth_grade", "indicator_id": "I01", "year": 2014}


def resting_on(*deliveries: tuple[int, str], source: str | None = None) -> dict[str, Rows]:
    """Deliveries by period, on which I01 rests in 2014, and a published source where one is named."""
    lineage = [RESTS | {"source": "dst_bua", "period": p, "delivery_id": d} for p, d in deliveries]
    if source:
        lineage.append(RESTS | {"source": source, "period": 2014, "source_id": source})
    delivered = [DELIVERED | {"year": p, "delivery_id": d} for p, d in deliveries]
    return {"meta.delivery": delivered, "meta.lineage": lineage}


REASONS: dict[str, tuple[dict[str, Rows], dict[str, Rows]]] = {
    "delivery_corrected": (resting_on((2013, "a")), resting_on((2013, "b"))),
    "delivery_added": (resting_on((2013, "a")), resting_on((2013, "a"), (2012, "c"))),
    "delivery_gone": (resting_on((2013, "a"), (2012, "c")), resting_on((2013, "a"))),
    "source_updated": (
        resting_on(source="statbank_x") | {"meta.source": [{"id": "statbank_x", "accessed": date(2026, 1, 1)}]},
        resting_on(source="statbank_x") | {"meta.source": [{"id": "statbank_x", "accessed": date(2026, 9, 16)}]},
    ),
    "error": (
        resting_on((2013, "a")),
        resting_on((2013, "b")) | {"meta.correction": [{"id": "e", "indicators": "I02;I01", "year_from": 2014}]},
    ),
    "unexplained": (resting_on((2013, "a")), resting_on((2013, "a"))),
}


@pytest.mark.parametrize("reason", list(REASONS))
def test_why_a_figure_changed(tmp_path: Path, reason: str) -> None:
    before, after = REASONS[reason]
    lake = lake_of(tmp_path)
    published(lake, FIRST, before | rows((2014, "minority", 50.0)))
    second = published(lake, SECOND, after | rows((2014, "minority", 50.5)))
    (change,) = [r for r in revisions(second) if r["table_name"] == "observation"]
    assert (change["reason"], change["size"], change["what_changed"]) == (reason, 0.5, "revised")


def test_versions_and_disclosure_are_reasons_of_their_own(tmp_path: Path) -> None:
    lake = lake_of(tmp_path)
    published(lake, FIRST, rows((2014, "minority", 50.0), (2014, "danish", 60.0)))
    redefined = observation(2014, "minority", 50.5, definition_version="2")
    new_rule = status(1, 2014, "met", rule_version="2")
    second = published(
        lake,
        SECOND,
        {
            "output.observation": [redefined, observation(2014, "danish", None)],
            "output.goal_status": [new_rule],
        },
    )
    found = {(r["table_name"], r["what_changed"]): r["reason"] for r in revisions(second)}
    assert found == {
        ("observation", "revised"): "definition_version",
        ("observation", "hidden"): "disclosure",
        ("goal_status", "status"): "rule_version",
    }


def test_a_verdict_changes_for_what_its_indicators_rest_on(tmp_path: Path) -> None:
    lake = lake_of(tmp_path)
    published(lake, FIRST, resting_on((2013, "a")))
    second = published(lake, SECOND, resting_on((2013, "b")) | {"output.goal_status": [status(1, 2014, "met")]})
    (change,) = revisions(second)
    assert (change["table_name"], change["reason"], change["old_status"], change["new_status"]) == (
        "goal_status",
        "delivery_corrected",
        "not_met",
        "met",
    )


def test_a_correction_explains_the_first_release_with_it_and_its_years_alone(tmp_path: Path) -> None:
    lake = lake_of(tmp_path)
    known = {"meta.correction": [{"id": "e", "indicators": "I01", "year_from": 2014, "year_to": 2014}]}
    published(lake, FIRST, rows((2013, "minority", 50.0), (2014, "minority", 50.0)))
    second = published(lake, SECOND, rows((2013, "minority", 51.0), (2014, "minority", 51.0)) | known)
    assert [(json.loads(r["key"])["year"], r["reason"]) for r in revisions(second)] == [
        (2013, "unexplained"),
        (2014, "error"),
    ]
    third = published(lake, THIRD, rows((2013, "minority", 51.0), (2014, "minority", 52.0)) | known)
    assert [r["reason"] for r in revisions(third) if r["first_shown_in"] == THIRD] == ["unexplained"]


def tampered(folder: Path, name: str, change: pl.Expr | Sequence[pl.Expr]) -> None:
    file = folder / "parquet" / f"{name.replace('.', '/')}.parquet"
    pl.read_parquet(file).with_columns(change).write_parquet(file)


def test_the_audit_does_not_believe_the_history(tmp_path: Path) -> None:
    lake = lake_of(tmp_path)
    first = published(lake, FIRST, rows((2014, "minority", 50.0), (2014, "danish", 60.0)))
    second = published(lake, SECOND, rows((2014, "minority", None), (2014, "danish", 61.0)))
    assert list(repeated(second, [first])) == []
    assert list(repeated(second, [])) == [
        f"history.observation: 1 figures are of {FIRST}, which this audit was not given"
    ]
    minority = pl.col("population_group") == "minority"
    tampered(
        second,
        "history.observation",
        pl.when(minority & pl.col("withheld")).then(50.0).otherwise("value").alias("value"),
    )
    assert list(repeated(second, [first])) == [
        "history.observation: 1 lines repeat a figure of a row that is hidden now"
    ]
    tampered(second, "history.observation", pl.when(~minority).then(59.0).otherwise(None).alias("value"))
    assert list(repeated(second, [first])) == [
        f"history.observation: 1 figures do not stand in {FIRST} as they are repeated"
    ]
    tampered(second, "meta.revision", pl.when(pl.col("key").str.contains("minority")).then(50.0).alias("old_value"))
    assert "meta.revision: 1 rows repeat a figure of a row that is hidden now" in list(repeated(second, [first]))
