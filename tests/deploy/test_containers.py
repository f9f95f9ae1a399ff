"""Compose file and Dockerfile, by parsers: no container was started here (docs/operations.md says so)."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from handleplan_pipeline.settings import PROJECT_ROOT

DEPLOY = PROJECT_ROOT / "deploy"
OURS = ("code", "daemon", "engineers", "onlookers")
INSTRUCTION = re.compile(r"^(FROM|ENV|WORKDIR|COPY|RUN|USER|CMD) \S")
LAKE = "/srv/handleplan/lake"


def services() -> dict[str, Any]:
    found = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))["services"]
    assert set(found) == {*OURS, "proxy"}
    return dict(found)


@pytest.mark.skipif(shutil.which("docker-compose") is None, reason="Debian's docker-compose is not installed")
def test_compose_itself_reads_the_file(tmp_path: Path) -> None:
    """`config` needs no daemon: it parses, fills in and validates. The settings of a machine are not here."""
    (tmp_path / "handleplan.env").write_text((DEPLOY / "handleplan.env.example").read_text(encoding="utf-8"))
    shutil.copytree(DEPLOY, tmp_path / "deploy")
    file = tmp_path / "deploy/compose.yaml"
    settings = "env_file: [/etc/handleplan/handleplan.env]"
    text = file.read_text(encoding="utf-8")
    assert settings in text
    file.write_text(text.replace(settings, f"env_file: [{tmp_path}/handleplan.env]"))
    command = ["docker-compose", "-f", str(file), "config"]
    version = {"HANDLEPLAN_VERSION": "2026-06", "PATH": "/usr/bin:/bin"}
    done = subprocess.run(command, env=version, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert set(yaml.safe_load(done.stdout)["services"]) == set(services())
    without = subprocess.run(command, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=False)
    assert "the version to run" in without.stderr


def test_only_the_code_sees_the_lake_and_only_the_proxy_has_a_door() -> None:
    found = services()
    for name, service in found.items():
        volumes = [str(v) for v in service.get("volumes", [])]
        assert ("ports" in service) is (name == "proxy")
        assert any(v == f"lake:{LAKE}" for v in volumes) is (name == "code")
        assert ("env_file" in service) is (name == "code")
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["mem_limit"]
        assert service["pids_limit"]
    lake = [v for v in found["proxy"]["volumes"] if LAKE in v]
    assert lake == [f"{LAKE}/releases:/srv/handleplan/public/releases:ro"]
    assert all(v.endswith(":ro") for v in found["proxy"]["volumes"])
    for name in OURS:
        assert found[name]["read_only"] is True
        assert found[name]["user"] == ("10001:10000" if name == "code" else "10002:10000")
    assert [n for n in OURS if "outside" in found[n]["networks"]] == ["code"]
    assert "--read-only" in str(found["onlookers"]["command"])
    assert "--read-only" not in str(found["engineers"]["command"])


def test_every_file_that_is_mounted_is_there() -> None:
    for volume in services()["proxy"]["volumes"]:
        source = volume.split(":")[0]
        if source.startswith("./"):
            assert (DEPLOY / source).is_file()
    upstreams = (DEPLOY / "compose/upstreams.conf").read_text(encoding="utf-8")
    for name in ("onlookers", "engineers"):
        port = re.findall(rf"server {name}:(\d+);", upstreams)[0]
        assert f"--port {port} " in str(services()[name]["command"])
    workspace = yaml.safe_load((DEPLOY / "compose/workspace.yaml").read_text(encoding="utf-8"))
    (asked,) = [x["grpc_server"] for x in workspace["load_from"]]
    assert f"--host 0.0.0.0 --port {asked['port']}" in " ".join(str(services()["code"]["command"]).split())
    assert asked["host"] == "code"


def test_every_line_of_the_dockerfile_is_an_instruction() -> None:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [x for x in text.split("\n") if x and not x.startswith("#")]
    assert [x for x in lines if not INSTRUCTION.match(x)] == []
    copied = [p for x in lines if x.startswith("COPY") for p in x.split()[1:-1]]
    assert all((PROJECT_ROOT / p).exists() for p in copied)
    assert lines[-2].startswith("USER 1000")


def test_an_image_holds_nothing_of_a_lake() -> None:
    lines = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").split("\n")
    allowed = [x[1:] for x in lines if x.startswith("!")]
    assert lines[1] == "*"  # everything is left out that is not named
    assert [x for x in allowed if x.startswith("data_lake")] == ["data_lake/reference"]
    assert all((PROJECT_ROOT / x).exists() for x in allowed)
    needed = {
        "handleplan_pipeline",
        "assets",
        "schemas",
        "pyproject.toml",
        "requirements/run.lock",
        "README.md",
        "deploy",
    }
    assert needed <= set(allowed)


def test_no_file_names_a_machine_or_a_registry_of_ours() -> None:
    """Images come by their plain names; where they are fetched from is the machine's own setting."""
    for path in (p for p in DEPLOY.rglob("*") if p.is_file()):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"/(?:work|root|home|tmp)/|index-url|registry", text), path
    images = [s["image"] for s in services().values()]
    assert all("/" not in i for i in images)
    assert "/" not in (DEPLOY / "Dockerfile").read_text(encoding="utf-8").split("FROM ")[1].split("\n")[0]
