"""The launchpad: years and sources that may be chosen, defaults that are the yearly refresh, sentences for the rest."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml
from dagster._core.run_coordinator import QueuedRunCoordinator, SubmitRunContext

from handleplan_pipeline.definitions import defs
from handleplan_pipeline.errors import ConfigurationError
from handleplan_pipeline.graph.arguments import REFERENCE_YEAR
from handleplan_pipeline.graph.coordinator import ABOUT_YEARS, YearsRunCoordinator, years_of
from handleplan_pipeline.graph.jobs import all_years
from handleplan_pipeline.graph.scope import FIRST_YEAR, Scope, SourceName
from handleplan_pipeline.settings import PROJECT_ROOT
from schemas.registry import delivered_sources

MACHINE = PROJECT_ROOT / "deploy" / "dagster.yaml"
HEADER = """# Dagster's instance on a machine of its own: dagster.yaml with whole paths, wherever a command is started.
# Made by python -m tests.graph.test_scope
"""
START, END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"


def configured(**said: Any) -> dict[str, Any]:
    return {"resources": {"scope": {"config": said}}}


def test_without_configuration_a_run_is_about_what_the_yearly_refresh_is_about() -> None:
    assert years_of({}) == all_years()
    filled = dg.validate_run_config(defs.resolve_job_def("refresh"), {})
    assert filled["resources"]["scope"]["config"] == {"years_from": 2006, "years_to": None, "sources": []}
    assert years_of(filled) == all_years()
    assert REFERENCE_YEAR.get_partition_keys()[0] == str(FIRST_YEAR)


def test_the_years_of_the_configuration_become_the_partitions_of_the_run() -> None:
    assert years_of(configured(years_from=2010, years_to=2013)) == {START: "2010", END: "2013"}
    assert years_of(configured(years_from=2012)) == {START: "2012", END: all_years()[END]}
    assert years_of(configured(years_to=2009)) == {START: "2006", END: "2009"}


@pytest.mark.parametrize("said", [{"years_from": 1999}, {"years_to": 2199}, {"years_from": 2013, "years_to": 2012}])
def test_years_that_are_none_are_refused_with_those_there_are(said: dict[str, int]) -> None:
    with pytest.raises(ConfigurationError, match="Reference years are 2006 to"):
        years_of(configured(**said))


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    """An instance as dagster.yaml configures it, in a folder of its own."""
    text = (PROJECT_ROOT / "dagster.yaml").read_text(encoding="utf-8")
    (tmp_path / "dagster.yaml").write_text(text.replace("data_lake/.dagster", str(tmp_path)), encoding="utf-8")
    with dg.DagsterInstance.from_config(str(tmp_path)) as found:
        yield found


@pytest.mark.parametrize(
    ("job", "tags", "said", "wanted"),
    [
        ("ingest", {}, {}, all_years()),
        ("ingest", {}, configured(years_from=2010, years_to=2011), {START: "2010", END: "2011"}),
        ("ingest", {START: "2012", END: "2013"}, configured(years_from=2010), {START: "2012", END: "2013"}),
        ("publish", {}, {}, {}),
    ],
)
def test_a_run_gets_its_years_when_it_is_queued(
    instance: dg.DagsterInstance,
    monkeypatch: pytest.MonkeyPatch,
    job: str,
    tags: dict[str, str],
    said: dict[str, Any],
    wanted: dict[str, str],
) -> None:
    """Chosen partitions stand; jobs that are not about years get none. Dagster's own queue has a webserver's test."""
    monkeypatch.setattr(QueuedRunCoordinator, "submit_run", lambda _, context: context.dagster_run)
    run = instance.run_storage.add_run(dg.DagsterRun(job_name=job, run_config=said, tags=tags))
    assert isinstance(instance.run_coordinator, YearsRunCoordinator)
    instance.run_coordinator.submit_run(SubmitRunContext(run, None))  # type: ignore[arg-type]
    queued = instance.get_run_by_id(run.run_id)
    assert queued is not None
    assert {k: v for k, v in queued.tags.items() if k in (START, END)} == wanted


@pytest.mark.parametrize("job", ABOUT_YEARS)
def test_the_launchpad_knows_the_sources_by_name(job: str) -> None:
    dg.validate_run_config(defs.resolve_job_def(job), configured(sources=["section_110_stays"]))
    with pytest.raises(dg.DagsterInvalidConfigError, match="not in enum type SourceName got nobody"):
        dg.validate_run_config(defs.resolve_job_def(job), configured(sources=["nobody"]))
    with pytest.raises(dg.DagsterInvalidConfigError, match="Int"):
        dg.validate_run_config(defs.resolve_job_def(job), configured(years_from="last year"))


def test_every_choice_is_described_in_both_languages() -> None:
    for name, field in Scope.model_fields.items():
        assert field.description and ". " in field.description, name  # noqa: PT018
    assert [s.value for s in SourceName] == delivered_sources()
    assert Scope().looks_into("dst_bef")
    assert not Scope(sources=[SourceName.dst_kraf]).looks_into("dst_bef")  # type: ignore[attr-defined]


@pytest.mark.parametrize("file", ["dagster.yaml", "deploy/dagster.yaml"])
def test_both_instances_queue_runs_by_it(file: str) -> None:
    found = yaml.safe_load((PROJECT_ROOT / file).read_text(encoding="utf-8"))["run_coordinator"]
    assert (found["module"], found["class"]) == ("handleplan_pipeline.graph.coordinator", "YearsRunCoordinator")
    assert found["config"]["max_concurrent_runs"] == 1


def machine_s() -> str:
    """The instance of a machine of its own: the checkout's with whole paths."""
    _, _, rest = (PROJECT_ROOT / "dagster.yaml").read_text(encoding="utf-8").partition("\n")
    return HEADER + rest.replace("data_lake/.dagster/", "/var/lib/handleplan/")


def test_the_machine_s_instance_differs_from_the_checkout_s_in_its_folders_only() -> None:
    """`python -m tests.graph.test_scope` writes it anew."""
    assert MACHINE.read_text(encoding="utf-8") == machine_s()
    found = yaml.safe_load(MACHINE.read_text(encoding="utf-8"))
    history, logs = found["storage"]["sqlite"]["base_dir"], found["compute_logs"]["config"]["base_dir"]
    # what lies below the folder of logs can be downloaded: the history may not
    assert not Path(history).is_relative_to(logs)
    assert Path(logs).is_absolute()


if __name__ == "__main__":
    MACHINE.write_text(machine_s(), encoding="utf-8")
