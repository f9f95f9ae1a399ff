"""`init` makes an installation once, `doctor` says what is wrong with one, `migrate` which tables are of before."""

import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from handleplan_pipeline import clock
from handleplan_pipeline.keeping import health, installation
from handleplan_pipeline.lake.keys import pseudonymiser
from handleplan_pipeline.lake.tables import Lake, checked, to_parquet
from handleplan_pipeline.settings import get_settings
from schemas.registry import contract
from tests.keeping.made import Machine
from tests.lib.deliveries import STAYS

MADE = ("lake", "landing", "backups", "key/pseudonyms.key", "permissions.yaml")


@pytest.fixture
def answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of settings for an installation below `srv`."""
    for name in [n for n in os.environ if n.startswith("HANDLEPLAN_")]:
        monkeypatch.delenv(name)
    values = installation.proposed(tmp_path / "srv") | {"STATBANK": "live"}
    file = tmp_path / "answers"
    file.write_text("# ours\n" + "".join(f"HANDLEPLAN_{n}={v}\n" for n, v in values.items()))
    return file


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def init(machine: Machine, answers: Path) -> str:
    return machine.done("init", "--settings", str(answers), "--write", str(machine.root / "srv" / "handleplan.env"))


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    from tests.lib.deliveries import Place

    return Machine(tmp_path, Place(tmp_path), monkeypatch)


def test_it_makes_everything_with_its_mode_and_says_what_is_missing(
    bare: Machine, answers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = init(bare, answers)
    srv = bare.root / "srv"
    assert {p: oct(mode(srv / p)) for p in MADE} == {
        "lake": "0o750",
        "landing": "0o770",
        "backups": "0o700",
        "key/pseudonyms.key": "0o600",
        "permissions.yaml": "0o600",
    }
    assert (mode(srv / "key"), mode(srv / "lake" / ".secret"), mode(srv / "lake" / "raw")) == (0o700, 0o600, 0o750)
    for word in ("no permission is on file yet", "keep a copy elsewhere", "same disk as the lake", "first backup"):
        assert word in said
    key = (srv / "key" / "pseudonyms.key").read_text().strip()
    assert len(bytes.fromhex(key)) == 32
    assert key not in said
    settings = (srv / "handleplan.env").read_text()
    assert "HANDLEPLAN_STATBANK=live" in settings
    assert key not in settings
    # and with these settings the lake takes real deliveries
    for line in settings.splitlines():
        monkeypatch.setenv(*line.split("=", 1))
    get_settings.cache_clear()
    assert pseudonymiser("delivered", srv / "lake").key_id.startswith("handleplan-2011-2014-")
    assert Lake(srv / "lake").secret()
    assert bare.ask("doctor").exit_code == 0


def test_a_second_time_nothing_is_overwritten(bare: Machine, answers: Path) -> None:
    init(bare, answers)
    before = {p: p.read_bytes() for p in (bare.root / "srv").rglob("*") if p.is_file()}
    result = bare.ask("init", "--settings", str(answers), "--write", str(bare.root / "srv" / "handleplan.env"))
    assert result.exit_code != 0
    assert "never overwrites" in str(result.exception)
    assert {p: p.read_bytes() for p in (bare.root / "srv").rglob("*") if p.is_file()} == before


def test_the_key_of_another_role_is_taken_as_it_is(bare: Machine, answers: Path) -> None:
    key = bare.root / "srv" / "key" / "pseudonyms.key"
    key.parent.mkdir(parents=True)
    key.write_text("af" * 3 + os.urandom(29).hex())
    key.chmod(0o600)
    before = key.read_bytes()
    assert "taken as it is" in init(bare, answers)
    assert key.read_bytes() == before


def test_a_key_that_others_may_read_stops_it_and_all_goes_again(bare: Machine, answers: Path) -> None:
    key = bare.root / "srv" / "key" / "pseudonyms.key"
    key.parent.mkdir(parents=True)
    key.write_text(os.urandom(32).hex())
    key.chmod(0o644)
    result = bare.ask("init", "--settings", str(answers), "--write", str(bare.root / "env"))
    assert "chmod 600" in str(result.exception)
    assert sorted(p.name for p in (bare.root / "srv").iterdir()) == ["key"]
    assert not (bare.root / "env").exists()


WRONG = {
    "no setting": ("HANDLEPLAN_LAKES=/x\n", "line 8 is no setting"),
    "twice": ("HANDLEPLAN_LAKE=/x\n", "HANDLEPLAN_LAKE stands twice"),
    "not valid": ("HANDLEPLAN_MUNICIPALITY=Kbh\n", "HANDLEPLAN_MUNICIPALITY"),
}


@pytest.mark.parametrize("how", WRONG)
def test_an_answer_that_cannot_be_is_a_sentence_and_nothing_is_made(bare: Machine, answers: Path, how: str) -> None:
    line, said = WRONG[how]
    answers.write_text(answers.read_text() + line)
    result = bare.ask("init", "--settings", str(answers), "--write", str(bare.root / "env"))
    assert said in str(result.exception)
    assert not (bare.root / "srv").exists()


@pytest.mark.parametrize(
    ("name", "place", "said"),
    [
        ("KEY_FILE", "srv/lake/key", "must lie outside lake"),
        ("KEY_FILE", "srv/backups/key", "must lie outside lake, backups"),
        ("BACKUPS", "srv/lake/backups", "must lie outside the lake"),
        ("PERMISSIONS", "", "The settings lack HANDLEPLAN_PERMISSIONS"),
    ],
)
def test_what_would_undo_the_protection_is_refused(
    bare: Machine, answers: Path, name: str, place: str, said: str
) -> None:
    lines = [x for x in answers.read_text().splitlines() if f"_{name}=" not in x]
    answers.write_text("\n".join([*lines, f"HANDLEPLAN_{name}={bare.root / place if place else ''}"]) + "\n")
    result = bare.ask("init", "--settings", str(answers), "--write", str(bare.root / "env"))
    assert said in str(result.exception)
    assert not (bare.root / "srv").exists()


def test_without_a_terminal_and_without_a_file_it_asks_nobody(bare: Machine, answers: Path) -> None:
    assert "--settings FILE" in str(bare.ask("init", "--home", str(bare.root / "srv")).exception)


# what doctor says


def test_doctor_names_a_real_lake_without_a_backup_and_one_with_an_old_one(machine: Machine) -> None:
    today = clock.today()
    assert any("There is no backup of the real deliveries" in w for w in health.wrong(machine.lake, today))
    machine.done("backup", "--to", str(machine.backups))
    assert health.wrong(machine.lake, today) == []
    later = datetime.now(UTC) + timedelta(days=9)
    assert any("The last backup is of" in w for w in health.wrong(machine.lake, today, later))


def test_doctor_names_what_is_wrong_and_how_to_mend_it(machine: Machine, backed_up: Path) -> None:
    machine.grant(a={"delete_by": str(clock.today() + timedelta(days=60))}, b={"status": "withdrawn"})
    (machine.lake.root / "raw").chmod(0o755)
    (machine.root / "key").chmod(0o644)
    said = machine.ask("doctor")
    assert said.exit_code == 1
    for words in (
        "ends in 60 days",
        "chmod o-rwx",
        "chmod 600",
        "1 deliveries may not be held any more: `handleplan purge`",
    ):
        assert words in said.output
    assert "What grows" in said.output
    assert "archive: every delivery" in said.output


def test_doctor_says_nothing_of_a_permission_that_ends_later(machine: Machine, backed_up: Path) -> None:
    machine.grant(a={"delete_by": str(clock.today() + timedelta(days=61))})
    assert health.wrong(machine.lake, clock.today()) == []


# tables of before


def test_a_table_of_another_structure_says_materialise_it_again(machine: Machine, backed_up: Path) -> None:
    with machine.lake.lock(0):
        frame, _ = machine.place.take()
    table = checked(STAYS.table, frame)
    machine.lake.write(table)
    assert machine.done("migrate").startswith("Every table is of this version")
    path = machine.lake.files(STAYS.table)[0]
    path.write_bytes(to_parquet(frame, "000000000000"))
    result = machine.ask("migrate")
    assert (result.exit_code, "materialise again: source.section_110_stays" in result.output) == (1, True)
    assert (
        "1 tables were stored by another version of the code (source.section_110_stays)" in machine.ask("doctor").output
    )
    with pytest.raises(Exception, match=r"source.section_110_stays: stored by another version .*`handleplan run`"):
        machine.lake.read(STAYS.table)


@pytest.mark.parametrize(("columns", "stale"), [("as they are", False), ("one less", True), ("one renamed", True)])
def test_a_table_without_a_mark_is_judged_by_its_columns(machine: Machine, columns: str, stale: bool) -> None:
    """Lakes of before the mark are read on as long as they fit."""
    frame = STAYS.table.empty()
    if columns == "one less":
        frame = frame.drop(frame.columns[-1])
    elif columns == "one renamed":
        frame = frame.rename({frame.columns[0]: "before"})
    path = machine.lake.path(STAYS.table)
    (path if STAYS.table.partition_column else path.parent).mkdir(parents=True, exist_ok=True)
    (path / "2010.parquet" if STAYS.table.partition_column else path).write_bytes(to_parquet(frame))
    assert machine.lake.is_stale(STAYS.table) is stale


def test_tables_that_there_are_no_more_are_deleted(machine: Machine) -> None:
    old = machine.lake.tables / "register" / "of_before" / "2010.parquet"
    old.parent.mkdir(parents=True)
    old.write_bytes(to_parquet(pl.DataFrame({"a": [1]})))
    assert "deleted: 1 files of tables that there are no more (register/of_before)" in machine.done("migrate")
    assert not old.exists()


def test_the_structure_is_columns_types_emptiness_key_and_partition() -> None:
    table = contract("source", "section_110_stays")
    from dataclasses import replace

    assert replace(table, title_en="another title").schema_version == table.schema_version
    fewer = replace(table, columns=tuple(c for c in table.columns if c.name not in (*table.key, "x")), key=())
    assert fewer.schema_version != table.schema_version
    assert replace(table, key=table.key[:1]).schema_version != table.schema_version
