"""Planted words and numbers never leave the confidential zone: not by an event, a log, a receipt or a release.

One run as a user without root's privileges, its history kept on disk to be searched, StatBank refusing with a word of
its own. Slow: it is a whole refresh.
"""

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import pytest

from handleplan_pipeline.settings import PROJECT_ROOT
from handleplan_pipeline.sources.deliveries.manifest import SUFFIX
from schemas.registry import all_contracts, delivered_sources
from tests.integration.planted import FILE_NAME, HYPHENATED, NUMBER, STATBANK, WORD, plant
from tests.lib.lakes import HANDLEPLAN, handleplan, succeeded
from tests.lib.searching import contents, holding
from tests.lib.unprivileged import unprivileged
from tests.statbank.server import statbank, status

pytestmark = pytest.mark.slow
SECRET_WORDS = (WORD, NUMBER, HYPHENATED)
MAY_HOLD = ("raw", "quarantine", "tables")
"""Folders inside the confidential zone: files as received, and the tables made of them."""
FILES_NOT_ROWS = {"open", "deliveries", "refused"}
"""Metadata that count files of a landing folder."""
OF_FILES = re.compile(r"[1-5] (?:files|sheets|fields)|\([1-5] files\)|renamed: [1-5]|delivery [1-5]\b")


@dataclass(frozen=True)
class Ran:
    lake: Path
    landing: Path
    home: Path
    cwd: Path
    tmp: Path
    told: str
    fate: dict[str, str]


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    root = tmp_path_factory.mktemp("leaks")
    landing, lake, home, cwd, tmp = (root / n for n in ("landing", "lake", "home", "cwd", "tmp"))
    for folder in (home, cwd, tmp):
        folder.mkdir()
    (home / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")
    succeeded("synthesize", "--out", str(landing), "--scale", "0.01", "--years", "2008-2011")
    fate = plant(landing)
    with statbank() as (url, faults):
        for endpoint in ("tableinfo", "data"):
            faults.always(endpoint, status(404, f'{{"errorTypeCode": "X", "message": "{STATBANK}"}}'.encode()))
        environment = os.environ | {
            "DAGSTER_HOME": str(home),
            "TMPDIR": str(tmp),
            "COLUMNS": "200",
            # pages and exports too
            "HANDLEPLAN_RELEASE_PARTS": "all",
            "HANDLEPLAN_STATBANK": "live",
            "HANDLEPLAN_STATBANK_URL": url,
        }
        arguments = [str(HANDLEPLAN), "run", "--landing", str(landing), "--lake", str(lake)]
        done = unprivileged(arguments, cwd, environment)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
    return Ran(lake, landing, home, cwd, tmp, done.stdout + done.stderr, fate)


def events(ran: Ran) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Step, message and metadata of everything that Dagster stored of the run."""
    with dg.DagsterInstance.from_config(str(ran.home)) as instance:
        for record in instance.get_runs():
            for entry in instance.all_logs(record.run_id):
                e = entry.dagster_event
                data = e.event_specific_data if e else None
                made = getattr(data, "materialization", None)
                found = dict(getattr(data, "metadata", None) or {}) | dict(made.metadata if made else {})
                found |= dict((made.tags or {}) if made else {})
                text = (e.message if e else entry.user_message) or ""
                yield entry.step_key or "", text, {n: getattr(v, "value", v) for n, v in found.items()}


def test_every_planted_thing_went_where_it_was_meant_to(ran: Ran) -> None:
    """What was never taken in, or never planted, could not leak either."""
    planted = holding(ran.landing, (*SECRET_WORDS, FILE_NAME))
    assert set(planted) == {*SECRET_WORDS, FILE_NAME}
    for source, became in ran.fate.items():
        lines = [x for x in ran.told.split("\n") if x.startswith(f"{source} ")]
        assert [x for x in lines if became in x], source
    in_lake = {f for files in holding(ran.lake, SECRET_WORDS).values() for f in files}
    for folder in (
        "raw/special_team_log",
        "raw/section_110_stays",
        "raw/sfi_person_forms",
        "quarantine/drug_treatment",
        "quarantine/dst_kraf",
        "quarantine/housing_areas",
        "tables/register/shelter_stay",
        "tables/source/special_team_log",
    ):
        assert [f for f in in_lake if f.startswith(folder)], folder
    assert [t for t, *_ in events(ran) if t == "source__drug_treatment"]


def test_words_of_confidential_files_stay_in_the_confidential_zone(ran: Ran) -> None:
    for files in holding(ran.lake, SECRET_WORDS).values():
        assert {Path(f).parts[0] for f in files} <= set(MAY_HOLD)
        assert not [f for f in files if f.endswith(".json")], "receipts and manifests"
    assert holding(ran.lake / "tables", (NUMBER, HYPHENATED)) == {}
    assert list((ran.lake / "releases").rglob("*.xlsx")), "exports are searched too"
    assert holding(ran.lake / "releases", (*SECRET_WORDS, FILE_NAME, STATBANK)) == {}


def test_no_word_is_in_the_history_the_logs_or_on_the_screen(ran: Ran) -> None:
    """Every byte of Dagster's databases, its packed snapshots, its compute logs, and what the command printed."""
    assert list(ran.home.rglob("*.db")), "the history is kept, or this test proves nothing"
    assert holding(ran.home, SECRET_WORDS) == {}
    assert holding(ran.home, (STATBANK,)), "who runs it is told what StatBank said"
    assert [w for w in SECRET_WORDS if w.lower() in ran.told.lower()] == []


def test_nothing_lies_in_the_working_folder_or_among_temporary_files(ran: Ran) -> None:
    assert list(ran.cwd.iterdir()) == []
    assert holding(ran.tmp, (*SECRET_WORDS, FILE_NAME)) == {}
    assert [p.name for p in PROJECT_ROOT.iterdir() if p.suffix == ".tmp" or p.name == "tmp"] == []
    spilt = [p for p in ran.lake.rglob("*") if "spill" in p.name and p.is_dir()]
    assert [f for folder in spilt for f in folder.rglob("*") if f.is_file()] == []
    # what the reader's process and DuckDB use is nobody else's to read
    assert [p for p in spilt if stat.S_IMODE(p.stat().st_mode) & 0o077] == []


def test_no_event_of_a_confidential_table_holds_a_count_of_1_to_5(ran: Ran) -> None:
    confidential = {f"{c.layer}__{c.name}" for c in all_contracts().values() if not c.public}
    assert {f"source__{s}" for s in delivered_sources()} <= confidential
    ranges, wrong = 0, []
    for step, message, metadata in events(ran):
        if step.split(".")[-1] not in confidential:
            continue
        if re.search(r"\b[1-5](?: of \d+)? (?:rows|stays|cells|persons)\b", message.replace("1-5", "")):
            wrong.append((step, message))
        for name, value in metadata.items():
            ranges += "1-5" in str(value)
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                if 1 <= value <= 5 and name not in FILES_NOT_ROWS:
                    wrong.append((step, name))
            else:
                left = OF_FILES.sub("", str(value).replace("1-5", ""))
                if re.search(r"(?:: |\| )[1-5](?= \||[,;)}\]]|$)|\b[1-5] (?:of \d+ )?rows", left):
                    wrong.append((step, name))
    assert wrong == []
    assert ranges > 20, "small tables are in this run, or this test proves nothing"


def test_the_lakes_secret_is_nowhere_else(ran: Ran) -> None:
    secret = (ran.lake / ".secret").read_bytes()
    assert len(secret) >= 32
    for root in (ran.home, ran.lake / "releases", ran.lake / "tables", ran.tmp):
        held = [p for p in root.rglob("*") if p.is_file() for x in contents(p) if secret.lower() in x]
        assert held == []
        assert holding(root, (secret.hex(),)) == {}


def test_no_text_of_a_release_begins_like_a_formula(ran: Ran) -> None:
    """A spreadsheet would compute it; nothing that is printed needs to begin so."""
    tables = sorted((ran.lake / "releases").glob("*_r0001/parquet/*/*.parquet"))
    assert len(tables) > 40
    wrong = []
    for path in tables:
        for column in (rows := pl.read_parquet(path)).select(pl.col(pl.String)).columns:
            wrong += [(path.stem, column)] if rows[column].str.contains(r"^[=+\-@\t\r]").any() else []
    assert wrong == []


def test_the_run_had_no_more_rights_than_its_user(tmp_path: Path) -> None:
    """The means of this module is what it says: a file without leave to read cannot be read."""
    closed = tmp_path / "closed"
    closed.write_text("x")
    closed.chmod(0)
    done = unprivileged(["cat", str(closed)], tmp_path, dict(os.environ))
    assert done.returncode != 0
    assert done.stdout == ""


def test_a_command_that_fails_names_no_value(tmp_path: Path) -> None:
    bad = tmp_path / "stays.csv"
    head = "CPR;BOFORM_ID;BOFORM_KOM;BETALINGSKOM;INDSKREVET;UDSKREVET;DATA_KIND"
    bad.write_text(f"{head}\n" + f"{NUMBER};{WORD};101;101;2010-99-99;;synthetic\n" * 30, encoding="cp1252")
    done = handleplan(
        "deliver", str(bad), "--source", "section_110_stays", "--period", "2010", "--synthetic", "--check"
    )
    assert done.returncode == 3
    assert "INDSKREVET" in done.stderr
    assert not [w for w in SECRET_WORDS if w in done.stdout + done.stderr]
    assert not list(tmp_path.glob(f"*{SUFFIX}"))
