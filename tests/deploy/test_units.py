"""The units as systemd reads them: valid, hardened, each with what it needs and nothing more."""

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from handleplan_pipeline.settings import PROJECT_ROOT

UNITS = PROJECT_ROOT / "deploy" / "systemd"
SERVICES = sorted(p.name for p in UNITS.glob("*.service"))
UNIT_FILES = sorted(p.name for p in UNITS.iterdir() if p.suffix in (".service", ".mount", ".timer"))
EXPOSURE = 3.0
"""`systemd-analyze security` says OK below 4; the design asks for below 3."""
needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd is not installed; .ci/run installs it"
)


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The root of a machine on which everything lies where docs/operations.md puts it; its programs are empty."""
    root = tmp_path_factory.mktemp("machine")
    system = root / "etc/systemd/system"
    shutil.copytree(UNITS, system)
    # targets and sockets that the units name are systemd's own
    shutil.copytree("/lib/systemd/system", root / "usr/lib/systemd/system", symlinks=True)
    for kind in ("sysusers", "tmpfiles"):
        (root / f"usr/lib/{kind}.d").mkdir(parents=True)
        shutil.move(system / f"handleplan.{kind}.conf", root / f"usr/lib/{kind}.d/handleplan.conf")
    for name in programs():
        (root / name.lstrip("/")).parent.mkdir(parents=True, exist_ok=True)
        (root / name.lstrip("/")).write_text("#!/bin/sh\n")
        (root / name.lstrip("/")).chmod(0o755)
    return root


def programs() -> set[str]:
    text = "".join((UNITS / s).read_text(encoding="utf-8") for s in SERVICES)
    return set(re.findall(r"^Exec\w+=(\S+)", text, flags=re.M))


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, timeout=120, check=False)


def unit(name: str) -> configparser.SectionProxy:
    """The section of a service with what all of them share; of a setting said twice, the last."""
    found = configparser.ConfigParser(strict=False, interpolation=None)
    found.optionxform = str  # type: ignore[assignment,method-assign]
    found.read([UNITS / name, UNITS / "handleplan-.service.d/hardening.conf"], encoding="utf-8")
    return found["Service"]


@needs_systemd
@pytest.mark.parametrize("name", UNIT_FILES)
def test_systemd_reads_every_unit_without_a_word(machine: Path, name: str) -> None:
    done = analyze(f"--root={machine}", "verify", f"{machine}/etc/systemd/system/{name}")
    assert (done.returncode, done.stderr.strip()) == (0, "")


@needs_systemd
def test_a_wrong_line_would_have_been_told(machine: Path, tmp_path: Path) -> None:
    """Otherwise the test above could not fail."""
    unit = machine / "etc/systemd/system/handleplan-wrong.service"
    unit.write_text((UNITS / "handleplan-code.service").read_text().replace("MemoryMax=", "MemoryMost="))
    assert "MemoryMost" in analyze(f"--root={machine}", "verify", str(unit)).stderr
    unit.unlink()


@needs_systemd
@pytest.mark.parametrize("name", SERVICES)
def test_the_exposure_is_below_three(machine: Path, name: str) -> None:
    done = analyze("security", "--offline=true", f"--root={machine}", "--threshold=29", name)
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
    assert found is not None, done.stderr
    assert float(found[1]) < EXPOSURE
    assert done.returncode == 0


@needs_systemd
def test_users_and_folders_are_made_as_written(machine: Path) -> None:
    """By systemd's own programs; who may read the lake follows from the modes that come out."""
    if shutil.which("systemd-sysusers") is None:
        pytest.skip("systemd-sysusers is not installed")
    done = subprocess.run(["systemd-sysusers", f"--root={machine}"], capture_output=True, text=True, check=False)
    if "Operation not permitted" in done.stderr or "Permission denied" in done.stderr:
        pytest.skip("only root may make users")
    assert (done.returncode, [x for x in done.stderr.splitlines() if "Creating" not in x]) == (0, [])
    names = (machine / "etc/passwd").read_text()
    assert re.search(r"^handleplan:.*:/srv/handleplan:/usr/sbin/nologin$", names, flags=re.M)
    assert re.search(r"^handleplan-ui:.*:/usr/sbin/nologin$", names, flags=re.M)
    made = ["systemd-tmpfiles", f"--root={machine}", "--create"]
    done = subprocess.run(made, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    modes = {
        "srv/handleplan/lake": 0o700,
        "srv/handleplan/landing": 0o700,
        "var/backups/handleplan": 0o700,
        "etc/handleplan": 0o750,
        "var/lib/handleplan": 0o2770,
        "srv/handleplan/lake/releases": 0o755,
        "srv/handleplan/public/releases": 0o755,
    }
    assert {n: (machine / n).stat().st_mode & 0o7777 for n in modes} == modes
    ids = {x.split(":")[0]: int(x.split(":")[2]) for x in names.splitlines()}
    assert (machine / "srv/handleplan/lake").stat().st_uid == ids["handleplan"]
    assert (machine / "var/lib/handleplan/dagster.yaml").readlink() == Path(
        "/opt/handleplan/current/deploy/dagster.yaml"
    )


def test_only_the_code_server_sees_the_lake() -> None:
    """Whoever takes a webserver over has neither the lake's user nor its folders."""
    for name in SERVICES:
        service = unit(name)
        if name in ("handleplan-code.service", "handleplan-backup.service"):
            assert service["User"] == "handleplan"
            assert "/srv/handleplan/lake" in service["ReadWritePaths"]
            continue
        assert service["User"] == "handleplan-ui"
        assert {"/srv/handleplan", "/etc/handleplan"} <= set(service["InaccessiblePaths"].split())
        assert "EnvironmentFile" not in service
        assert "/srv" not in service["ReadWritePaths"]
        assert (service["IPAddressDeny"], service["IPAddressAllow"]) == ("any", "localhost")


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_has_limits_and_gives_up_what_it_does_not_need(name: str) -> None:
    service = unit(name)
    for setting, value in {
        "NoNewPrivileges": "yes",
        "ProtectSystem": "strict",
        "ProtectHome": "yes",
        "PrivateTmp": "yes",
        "PrivateDevices": "yes",
        "CapabilityBoundingSet": "",
        "LimitCORE": "0",
    }.items():
        assert service[setting] == value
    assert re.fullmatch(r"\d+[GM]", service["MemoryMax"])
    assert 0 < int(service["TasksMax"]) <= 512


def test_who_looks_on_has_another_server_than_who_works() -> None:
    onlookers, engineers = (unit(f"handleplan-{n}.service")["ExecStart"] for n in ("onlookers", "engineers"))
    assert "--read-only" in onlookers.split()
    assert "--read-only" not in engineers.split()
    ports = []
    for command in (onlookers, engineers):
        assert "--host 127.0.0.1 " in command
        ports.append(re.findall(r"--port (\d+)", command)[0])
    passed_on = (PROJECT_ROOT / "deploy/nginx/upstreams.conf").read_text(encoding="utf-8")
    assert re.findall(r"server 127\.0\.0\.1:(\d+);", passed_on) == ports


def test_who_may_read_what_is_made() -> None:
    """The proxy reads releases as one of the others; webservers and code server share the history by their group."""
    assert unit("handleplan-code.service")["UMask"] == "0002"
    for name in SERVICES:
        assert unit(name)["Group"] == "handleplan-history"
        assert unit(name)["UMask"] in ("0002", "0007", "0077")
    assert unit("handleplan-onlookers.service")["UMask"] == "0007"


def test_the_socket_is_the_one_that_the_workspace_asks() -> None:
    asked = (PROJECT_ROOT / "deploy/workspace.yaml").read_text(encoding="utf-8")
    socket = re.findall(r"socket: (\S+)", asked)
    assert f"--socket {socket[0]} " in unit("handleplan-code.service")["ExecStart"]
    assert socket[0].startswith(f"/run/{unit('handleplan-code.service')['RuntimeDirectory']}/")
