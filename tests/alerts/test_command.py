"""`handleplan alert`: a test reaches every address, and what was told can be read."""

from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from handleplan_pipeline.alerts.events import Event
from handleplan_pipeline.alerts.tell import tell
from handleplan_pipeline.cli import app
from handleplan_pipeline.errors import ConfigurationError
from tests.alerts.made import Set
from tests.lib.posts import Hook, MailServer

NOON = datetime(2013, 6, 1, 12, 0, tzinfo=UTC)


def test_a_test_reaches_mail_hook_and_heartbeat(use: Set, mail: MailServer, hook: Hook) -> None:
    use(alerts=f"{mail.address} {hook.address}", heartbeat=hook.heartbeat)
    done = CliRunner().invoke(app, ["alert", "test"])
    assert done.exit_code == 0, done.output
    assert done.output.splitlines() == [
        "address 1 (mailto): took the test.",
        "address 2 (json): took the test.",
        "heartbeat: got through.",
    ]
    assert [m.subject for m in mail.mails] == hook.titles() == ["handleplan: Prøve af besked / Test of alerts"]
    assert "/beat" in hook.calls


def test_an_address_that_takes_nothing_is_said_without_its_password(use: Set, hook: Hook) -> None:
    use(alerts=f"{hook.address} json://user:secret@127.0.0.1:9/")
    done = CliRunner().invoke(app, ["alert", "test"])
    assert done.exit_code == 1
    assert "address 1 (json): took the test." in done.output
    assert "address 2 (json): took nothing." in done.output
    assert "secret" not in done.output


def test_without_an_address_it_says_what_to_set(use: Set) -> None:
    use()
    done = CliRunner().invoke(app, ["alert", "test"])
    assert isinstance(done.exception, ConfigurationError)
    assert "HANDLEPLAN_ALERTS" in str(done.exception)


def test_what_was_told_and_what_was_not_can_be_read(use: Set, hook: Hook) -> None:
    use()
    assert CliRunner().invoke(app, ["alert", "show"]).output == "Nothing was told yet.\n"
    tell(use(alerts=hook.address), [Event("disk", "disk/full", {"free_mb": 1, "needed_mb": 2})], now=lambda: NOON)
    waiting = Event("release_waiting", "release/R1", {"release": "R1", "since": "2013-06-01"})
    tell(use(alerts="json://127.0.0.1:9/"), [waiting], now=lambda: NOON)
    shown = CliRunner().invoke(app, ["alert", "show"]).output
    assert "2013-06-01 12:00 UTC  told      disk/full" in shown
    assert "2013-06-01 12:00 UTC  NOT told  release_waiting: 1 tries, address 1 (json) took nothing" in shown
    assert "2013-06-01 12:00 UTC  fails     address 1 (json)" in shown


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sensor_seconds", "0"),
        ("tick_cron", "at seven"),
        ("least_free_gb", "-1"),
        ("automation", "perhaps"),
        ("silent_after_minutes", "soon"),
    ],
)
def test_a_setting_that_is_none_is_named(use: Set, name: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=f"HANDLEPLAN_{name.upper()}"):
        use(**{name: value})


def test_addresses_are_never_shown_with_the_settings(use: Set) -> None:
    settings = use(alerts="mailtos://user:secret@mail.example.org", heartbeat="https://beat.example.org/secret")
    assert "secret" not in f"{settings!r} {settings} {settings.model_dump()}"
