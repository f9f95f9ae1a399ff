"""`handleplan sql` answers from the release and from nothing else of the machine, whole and one row per line."""

import csv
import io
import json
import shutil
from pathlib import Path

import pytest

from handleplan_pipeline.lake.tables import Lake, checked
from handleplan_pipeline.lake.warehouse import rebuild
from schemas.outputs.goal_status import GOAL_STATUS
from tests.commands.made import LONG, goal_row, handleplan, lake_with

REASONS = "select goal, year, badge, reason_da from output.goal_status order by goal"


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("sql") / "lake [1]"
    return lake_with(root, 1).root


def test_a_piped_answer_has_a_line_per_row_and_whole_texts(lake: Path) -> None:
    done = handleplan("sql", REASONS, lake=lake, COLUMNS="80")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == 3
    assert lines[1].split() == ["3", "2012", "not_measurable", *LONG.split()]


def test_csv_is_csv(lake: Path) -> None:
    question = (
        "select 1 as n, 'a;b,\"c\"\nd' as t, null as missing, '' as empty, '=1+1' as formula, -1.5 as number, true as b"
    )
    done = handleplan("sql", question, "--format", "csv", lake=lake)
    header, row = list(csv.reader(io.StringIO(done.stdout, newline="")))
    assert header == ["n", "t", "missing", "empty", "formula", "number", "b"]
    assert row == ["1", 'a;b,"c"\nd', "", "", "'=1+1", "-1.5", "true"]
    assert ',,"",' in done.stdout


def test_json_is_an_array_with_a_row_per_line(lake: Path) -> None:
    question = (
        "select goal, reason_da, null as x, date '2012-02-29' as d, [1, 2] as l, 'nan'::double as f "
        "from output.goal_status where goal = 3"
    )
    done = handleplan("sql", question, "--format", "json", lake=lake)
    assert json.loads(done.stdout) == [
        {"goal": 3, "reason_da": LONG, "x": None, "d": "2012-02-29", "l": [1, 2], "f": "nan"}
    ]
    assert len(done.stdout.splitlines()) == 3
    assert json.loads(handleplan("sql", "select 1 where false", "--format", "json", lake=lake).stdout) == []


def test_several_questions_are_all_answered_or_refused(lake: Path) -> None:
    done = handleplan("sql", "select 1 as one; select 2 as two;", lake=lake)
    assert done.stdout.split() == ["one", "1", "two", "2"]
    done = handleplan("sql", "select 1; select 2", "--format", "csv", lake=lake)
    assert (done.returncode, done.stdout) == (1, "")
    assert "one question at a time" in done.stderr


@pytest.mark.parametrize("on", ["release", "lake"])
def test_nothing_else_of_the_machine_is_read_or_written(lake: Path, tmp_path: Path, on: str) -> None:
    root = tmp_path / "lake"
    shutil.copytree(lake, root, symlinks=True)
    confidential = Lake(root)
    confidential.write(checked(GOAL_STATUS, GOAL_STATUS.conform([goal_row(year=2010 + i) for i in range(11)])))
    rebuild(confidential)
    (root / ".secret").write_bytes(b"s" * 32)
    secret, outside = tmp_path / "secret.csv", tmp_path / "out.csv"
    secret.write_text("a\n1\n")
    table = "output.goal_status"
    questions = [
        f"select * from read_csv('{secret}')",
        f"from '{secret}'",
        f"select * from read_text('{root}/.secret')",
        f"select * from read_blob('{root}/.secret')",
        f"select * from glob('{tmp_path}/*')",
        f"select * from query('select * from read_csv(''{secret}'')')",
        f"select * from sniff_csv('{secret}')",
        f"copy (select 1) to '{outside}'",
        f"copy {table} to '{root}/tables/out.parquet'",
        f"attach '{outside}' as o",
        "attach ':memory:' as o",
        f"export database '{tmp_path}/exported'",
        "install httpfs",
        "load httpfs",
        "set enable_external_access = true",
        "reset enable_external_access",
        f"pragma profiling_output='{outside}'",
        f"call enable_logging(storage='file', storage_path='{tmp_path}/log')",
        "create temp table t as select 1",
        f"insert into {table} select * from {table}",
        f"drop table {table}",
        "checkpoint",
        "select * from CLOSED",
        "create secret s (type s3)",
        "select getenv('HOME')",
    ]
    from handleplan_pipeline.commands.sql import Format, On, _answer, connect
    from handleplan_pipeline.settings import get_settings

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HANDLEPLAN_LAKE", str(root))
        get_settings.cache_clear()
        before = sorted(p for p in tmp_path.rglob("*"))
        with connect(On(on)) as con:
            assert _answer(con, f"select count(*) from {table}", On(on), Format.table)
            for question in questions:
                assert not _answer(con, question, On(on), Format.table), question
        assert sorted(p for p in tmp_path.rglob("*")) == before
    get_settings.cache_clear()


def test_a_question_that_fails_is_a_sentence_and_1(lake: Path) -> None:
    for question, words in {
        "select nosuch from output.goal_status": "nosuch",
        "selec 1": "syntax error",
        " ": "no question",
        "drop table meta.release": "runs no DROP",
        "select * from '/etc/passwd'": "does not exist",
        "select * from read_text('/etc/passwd')": "nothing else of the machine",
    }.items():
        done = handleplan("sql", question, lake=lake)
        assert (done.returncode, done.stdout) == (1, ""), question
        assert words in done.stderr
        assert "Traceback" not in done.stderr


def test_the_lake_s_own_errors_show_no_value(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import duckdb

    from handleplan_pipeline.commands.sql import On, _in_words

    error = duckdb.ConversionException("Could not convert string 'hemmelig' to INT32")
    assert "hemmelig" not in _in_words(error, On.lake)
    assert "ConversionException" in _in_words(error, On.lake)
