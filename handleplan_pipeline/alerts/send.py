"""Alerts on their way: Apprise speaks mail, Teams, Slack and web hooks; the heartbeat is one call.

An address may hold a password: what is said of it is its number and kind, never itself.
"""

import logging
from collections.abc import Sequence

import httpx

from handleplan_pipeline.alerts.words import Message
from handleplan_pipeline.settings import Settings

HEARTBEAT_SECONDS = 10.0
"""Ours, version 1: a tick does not wait longer for an address that does not answer."""


def addresses(settings: Settings) -> list[str]:
    """The addresses of the setting, which blanks separate: commas stand in addresses."""
    return settings.alerts.get_secret_value().split() if settings.alerts else []


def name_of(number: int, address: str) -> str:
    """What an address may be called."""
    scheme, there, _ = address.partition("://")
    return f"address {number} ({scheme if there and scheme.isalnum() else 'no kind'})"


def send(message: Message, to: Sequence[str]) -> list[str]:
    """Send to every address. Returns the names of those that took nothing; never raises."""
    import apprise

    # its warnings may quote an address
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    failed = []
    for number, address in enumerate(to, start=1):
        try:
            one = apprise.Apprise()
            taken = bool(one.add(address)) and bool(
                one.notify(title=message.title, body=message.body, body_format=apprise.NotifyFormat.TEXT)
            )
        except Exception:  # whatever a library of many services raises, the others are told all the same
            taken = False
        if not taken:
            failed.append(name_of(number, address))
    return failed


def beat(settings: Settings) -> str | None:
    """Call the heartbeat address. Returns why it failed, without the address; None when it got through or is none."""
    if settings.heartbeat is None:
        return None
    try:
        answer = httpx.get(settings.heartbeat.get_secret_value(), timeout=HEARTBEAT_SECONDS, follow_redirects=True)
        return None if answer.is_success else f"status {answer.status_code}"
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as e:
        return type(e).__name__
