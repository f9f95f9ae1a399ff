"""The lake's secret and the key of the pseudonyms: weak, readable, lost or exchanged ones are refused in a sentence."""

import os
from hashlib import sha256
from pathlib import Path

import pytest
from typer.testing import CliRunner

from handleplan_pipeline.cli import app
from handleplan_pipeline.errors import ConfigurationError
from handleplan_pipeline.lake.keys import SYNTHETIC_KEY, pseudonymiser, weakness
from handleplan_pipeline.lake.tables import Lake
from handleplan_pipeline.settings import get_settings

GOOD = sha256(b"a key for tests only").digest()


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    found = Lake(tmp_path / "lake")
    found.sealed("x")
    return found


def put(lake: Lake, data: bytes, mode: int = 0o600) -> None:
    path = lake.root / ".secret"
    path.unlink(missing_ok=True)
    path.write_bytes(data)
    path.chmod(mode)


@pytest.mark.parametrize("data", [b"", b"x" * 31, b"x" * 33, bytes(32), b"\xab" * 32, bytes(range(32)), GOOD[:16] * 2])
def test_a_secret_that_is_none_is_refused(lake: Lake, data: bytes) -> None:
    put(lake, data)
    with pytest.raises(ConfigurationError, match="--new-secret") as caught:
        lake.sealed("x")
    assert not data or data.hex() not in str(caught.value)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o601])
def test_a_secret_that_others_may_read_is_refused(lake: Lake, mode: int) -> None:
    (lake.root / ".secret").chmod(mode)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        lake.sealed("x")


def test_a_secret_of_another_user_is_refused(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: (lake.root / ".secret").stat().st_uid + 1)
    with pytest.raises(ConfigurationError, match="another user"):
        lake.sealed("x")


def test_a_link_a_folder_and_a_pipe_are_no_secret(lake: Lake, tmp_path: Path) -> None:
    path = lake.root / ".secret"
    os.replace(path, tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ConfigurationError, match="link"):
        lake.sealed("x")
    path.unlink()
    os.mkfifo(path, 0o600)
    with pytest.raises(ConfigurationError, match="not a plain file"):
        lake.sealed("x")
    path.unlink()
    path.mkdir(mode=0o700)
    with pytest.raises(ConfigurationError, match="not a plain file"):
        lake.sealed("x")
    with pytest.raises(ConfigurationError, match="folder"):
        lake.new_secret()


def test_a_lost_secret_is_said_and_needs_the_word(lake: Lake) -> None:
    mark = lake.sealed("x")
    (lake.root / ".secret").unlink()
    with pytest.raises(ConfigurationError, match="lost"):
        lake.sealed("x")
    with pytest.raises(ConfigurationError, match="lost"), lake.lock(0):
        pass
    assert not (lake.root / ".secret").exists()
    lake.new_secret()
    assert lake.sealed("x") not in ("", mark)
    assert (lake.root / ".secret").stat().st_mode & 0o077 == 0


def test_releases_show_that_there_was_a_secret_when_both_files_are_lost(tmp_path: Path) -> None:
    (tmp_path / "releases" / "2026-01-01T00-00Z_r0001").mkdir(parents=True)
    with pytest.raises(ConfigurationError, match="releases"):
        Lake(tmp_path).sealed("x")


def test_a_secret_of_another_lake_is_refused(lake: Lake) -> None:
    put(lake, GOOD)
    with pytest.raises(ConfigurationError, match="not the secret this lake was made with"):
        lake.sealed("x")


def test_an_older_lake_without_the_name_of_its_secret_goes_on(lake: Lake) -> None:
    mark = lake.sealed("x")
    for torn in (None, b"", b"zz"):
        (lake.root / ".secret-id").unlink()
        if torn is not None:
            (lake.root / ".secret-id").write_bytes(torn)
        assert lake.sealed("x") == mark
        assert len((lake.root / ".secret-id").read_bytes().strip()) == 16


def test_a_good_secret_is_not_replaced(lake: Lake) -> None:
    mark = lake.sealed("x")
    with pytest.raises(ConfigurationError, match="in order"):
        lake.new_secret()
    assert lake.sealed("x") == mark


def test_run_says_so_before_anything_is_done(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    (lake.root / ".secret").unlink()
    monkeypatch.setenv("HANDLEPLAN_LAKE", str(lake.root))
    monkeypatch.chdir(Path.cwd())
    get_settings.cache_clear()
    done = CliRunner().invoke(app, ["run", "--job", "ingest", "--lake", str(lake.root)])
    get_settings.cache_clear()
    assert isinstance(done.exception, ConfigurationError)
    assert done.exception.exit_code == 2
    assert "--new-secret" in str(done.exception)
    assert not lake.tables.exists()


WEAK = {
    "equal digits": b"\x00" * 32,
    "equal bytes": b"\xab" * 32,
    "short pattern": bytes.fromhex("0123456789abcdef") * 4,
    "two halves": GOOD[:16] * 2,
    "uneven pattern": (b"\x01\x02\x03" * 11)[:32],
    "up": bytes(range(7, 39)),
    "down": bytes(range(200, 136, -2)),
    "the public one": SYNTHETIC_KEY,
    "its start": SYNTHETIC_KEY[:32],
    "a sentence": b"correct horse battery staple, and so on!",
    "few": bytes([1, 9, 9, 1, 4, 7, 1, 9] * 3 + list(range(8))),
    "short": GOOD[:31],
}


@pytest.mark.parametrize("name", WEAK)
def test_a_weak_key_is_refused_and_not_shown(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = tmp_path / "key"
    key.write_text(WEAK[name].hex())
    key.chmod(0o600)
    monkeypatch.setenv("HANDLEPLAN_KEY_FILE", str(key))
    get_settings.cache_clear()
    with pytest.raises(ConfigurationError, match="not a random one") as caught:
        pseudonymiser("delivered", tmp_path / "lake")
    get_settings.cache_clear()
    assert WEAK[name].hex()[:8] not in str(caught.value)


def test_random_keys_are_not_called_weak() -> None:
    assert [weakness(sha256(bytes([i, j])).digest()) for i in range(8) for j in range(250)] == [None] * 2000


def test_a_link_to_a_key_inside_the_lake_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside, link = tmp_path / "lake" / "key", tmp_path / "link"
    inside.parent.mkdir()
    inside.write_text(GOOD.hex())
    inside.chmod(0o600)
    link.symlink_to(inside)
    monkeypatch.setenv("HANDLEPLAN_KEY_FILE", str(link))
    get_settings.cache_clear()
    with pytest.raises(ConfigurationError, match="inside the lake"):
        pseudonymiser("delivered", tmp_path / "lake")
    get_settings.cache_clear()
