"""What `handleplan run` tells: why it could not begin, what failed, what only warned, and what became of deliveries."""

import fcntl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import typer

from handleplan_pipeline.commands import run as module
from handleplan_pipeline.commands.deliveries import as_range, in_a_word, outcomes_now, tell_outcomes
from handleplan_pipeline.errors import SourceError
from handleplan_pipeline.sources.deliveries.outcome import Outcome
from handleplan_pipeline.sources.deliveries.store import DeliveryStore
from tests.commands.made import handleplan


def test_a_held_lake_is_exit_code_6_and_a_sentence(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    lake.mkdir()
    with (lake / ".lock").open("a") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        done = handleplan("run", "--job", "publish", lake=lake, HANDLEPLAN_LOCK_WAIT_SECONDS="0.2")
    assert done.returncode == 6
    assert "waiting up to 0.2 s" in done.stderr
    assert done.stderr.splitlines()[-1] == "Another run is using lake/. Wait for it to end or stop it."
    assert "checks passed" not in done.stdout


def test_a_failed_run_says_so_in_its_last_line(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    stays = lake / "landing" / "section_110_stays"
    stays.mkdir(parents=True)
    (stays / "no_manifest.csv").write_text("x")
    done = handleplan("run", "--job", "publish", lake=lake)
    assert done.returncode == 7
    assert "release__release: " in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    *_, why, last = done.stdout.splitlines()
    assert "has not been materialised" in why
    assert last.startswith("The run FAILED: 1 step failed. No release was made of it; the last one stays.")
    assert last.endswith("Deliveries not in order: 1 waiting.")
    assert any(x.startswith("section_110_stays ") and "waiting" in x for x in done.stdout.splitlines())


def executed(body: Callable[[], Any], *checks: dg.AssetCheckResult) -> dg.ExecuteInProcessResult:
    """A run of one asset that does this, with these checks."""

    @dg.asset(check_specs=[dg.AssetCheckSpec(str(c.check_name), asset="probe") for c in checks])
    def probe():  # type: ignore[no-untyped-def]
        body()
        yield dg.MaterializeResult()
        yield from checks

    return dg.materialize(
        [probe], raise_on_error=False, run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    )


def told(result: dg.ExecuteInProcessResult, tmp_path: Path, planned: int = 0) -> int:
    """The exit code after everything was told."""
    from handleplan_pipeline.settings import get_settings

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HANDLEPLAN_LAKE", str(tmp_path))
        get_settings.cache_clear()
        try:
            module._tell(result, planned, DeliveryStore(tmp_path), set())
        except typer.Exit as e:
            return e.exit_code
        finally:
            get_settings.cache_clear()
    return 0


def fails(error: BaseException) -> Callable[[], None]:
    def body() -> None:
        raise error

    return body


def test_our_own_error_is_told_and_a_library_s_withheld(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert told(executed(fails(SourceError("stays.csv: no rows. Send it anew."))), tmp_path, planned=9) == 7
    checks, why, last = capsys.readouterr().out.splitlines()
    assert why == "probe: stays.csv: no rows. Send it anew."
    assert checks == "Of the checks that were reached, 0 of 0 checks passed; 9 were never reached."
    assert last.startswith("The run FAILED: 1 step failed.")
    assert told(executed(fails(ValueError("HEMMELIG"))), tmp_path) == 7
    out, err = capsys.readouterr()
    assert "HEMMELIG" not in out + err
    assert "ValueError" in out
    assert told(executed(fails(OSError(28, "No space left on device", "/x"))), tmp_path) == 7
    assert "no room left on the disk" in capsys.readouterr().out


def test_warnings_are_told_as_warnings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    warned = dg.AssetCheckResult(
        check_name="as_fresh_as_asked",
        passed=False,
        severity=dg.AssetCheckSeverity.WARN,
        description="From a snapshot.",
    )
    fine = dg.AssetCheckResult(check_name="fine", passed=True)
    assert told(executed(lambda: None, warned, fine), tmp_path, planned=2) == 0
    assert capsys.readouterr().out.splitlines() == [
        "warning: probe as_fresh_as_asked: From a snapshot.",
        "1 of 2 checks passed, 1 warned.",
    ]


def outcome(state: Any, source: str = "dst_bef", **more: Any) -> Outcome:
    fields = {"period": 2012, "rule": None, "sentence": "Why.", "rows": 40, "set_aside": 0} | more
    return Outcome(source=source, state=state, **fields)


def test_a_line_per_delivery_with_what_became_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    found = [
        outcome("waiting", "dst_kraf", period=None, rows=0),
        outcome("accepted", rows=1234, set_aside=3),
        outcome("refused", rule="municipality", sentence="Another city."),
        outcome("refused", period=2013),
        outcome("foreign", period=None),
    ]
    tell_outcomes(found)
    title, head, *lines = capsys.readouterr().out.splitlines()
    assert (title, head.split()[0]) == ("Deliveries", "Source")
    assert len(lines) == 5
    assert lines[0].split() == ["dst_bef", "2012", "accepted", "1234", "1-5", "Why."]
    assert any("municipality" in x and "Another city." in x for x in lines)
    assert in_a_word(found) == "2 refused, 1 waiting, 1 passed over"
    assert in_a_word([outcome("accepted"), outcome("known")]) == ""


@pytest.mark.parametrize(("count", "shown"), [(0, "0"), (1, "1-5"), (5, "1-5"), (6, "6")])
def test_small_numbers_of_rows_are_a_range(count: int, shown: str) -> None:
    assert as_range(count) == shown


def test_a_folder_of_no_source_is_named_and_one_with_a_number_is_not(tmp_path: Path) -> None:
    for name in ("section_110_stayz", "010190-1234"):
        (tmp_path / "landing" / name).mkdir(parents=True)
    found = [o for o in outcomes_now(DeliveryStore(tmp_path), tmp_path / "landing") if o.rule == "source"]
    assert sorted(o.source for o in found) == ["(a folder)", "section_110_stayz"]
