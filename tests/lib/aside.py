"""Tools of others that no lock of ours holds: where they are not to be had, a test is skipped and says so."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest


def python_package(folder: Path, requirement: str) -> Path:
    """`folder`, with this one package installed into it and none that it asks for."""
    uv = Path(sys.executable).with_name("uv")
    command = [str(uv), "pip", "install", "--quiet", "--no-deps", "--target", str(folder), requirement]
    if subprocess.run([*command, "--python", sys.executable], capture_output=True).returncode:
        pytest.skip(f"{requirement} cannot be installed here")
    return folder


def program(name: str) -> str:
    """The path of a program that `.ci/run` installs."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed; .ci/run installs it")
    return found


def node_module(name: str) -> Path:
    """The folder of Node modules, named in NODE_PATH, that holds this one."""
    for folder in os.environ.get("NODE_PATH", "").split(os.pathsep):
        if folder and (Path(folder) / name).is_dir():
            return Path(folder)
    pytest.skip(f"{name} is not installed; .ci/run installs it")
