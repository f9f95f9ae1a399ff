"""`handleplan alert`: does an alert arrive, and what was told already?"""

from datetime import UTC, datetime

import typer

from handleplan_pipeline.commands.failures import UNEXPECTED
from handleplan_pipeline.commands.terminal import say, warn
from handleplan_pipeline.errors import ConfigurationError
from handleplan_pipeline.settings import get_settings

alert = typer.Typer(no_args_is_help=True, help="Does an alert arrive, and what was told already?")


@alert.command()
def test() -> None:
    """Send a test to every address and call the heartbeat. Exit code 1 when one takes nothing."""
    from handleplan_pipeline.alerts import send
    from handleplan_pipeline.alerts.events import Event
    from handleplan_pipeline.alerts.words import message

    settings = get_settings()
    to = send.addresses(settings)
    if not to and settings.heartbeat is None:
        raise ConfigurationError(
            "HANDLEPLAN_ALERTS: names no address, so nobody would be told of anything. Name one in Apprise's form, for "
            "example mailtos://user:password@mail.example.org/?to=team@example.org."
        )
    failed = send.send(message("test", [Event("test", "test")]), to)
    for number, address in enumerate(to, start=1):
        name = send.name_of(number, address)
        if name in failed:
            warn(f"{name}: took nothing. Is the address right, and can this machine reach it?")
        else:
            say(f"{name}: took the test.")
    why = send.beat(settings)
    if settings.heartbeat is not None:
        (warn if why else say)(f"heartbeat: {why or 'got through'}.")
    if failed or why:
        raise typer.Exit(UNEXPECTED)


@alert.command()
def show() -> None:
    """What was told, what could not be sent and since when, newest last."""
    from handleplan_pipeline.alerts.memory import Memory

    state = Memory(get_settings().lake).read()
    for key, told in sorted(state.told.items(), key=lambda x: x[1]):
        say(f"{_moment(told)}  told      {key}")
    for kind, unsent in sorted(state.unsent.items()):
        warn(f"{_moment(unsent.since)}  NOT told  {kind}: {unsent.tries} tries, {unsent.why}")
    for name, since in sorted(state.addresses.items()):
        warn(f"{_moment(since)}  fails     {name}")
    if state.heart.failing_since is not None:
        warn(f"{_moment(state.heart.failing_since)}  fails     heartbeat: {state.heart.why}")
    if not (state.told or state.unsent):
        say("Nothing was told yet.")


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
