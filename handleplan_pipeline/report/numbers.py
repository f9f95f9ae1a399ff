"""Numbers and dates as each language writes them, and numbers on a page with the row they come from."""

import re
from datetime import date
from typing import Any

from markupsafe import Markup, escape

from schemas.languages import MINUS, NO_BREAK, shown

MONTHS = {
    "da": [
        "januar",
        "februar",
        "marts",
        "april",
        "maj",
        "juni",
        "juli",
        "august",
        "september",
        "oktober",
        "november",
        "december",
    ],
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
}


def exact(value: Any) -> str:
    """The value as it is stored: what `value` of a <data> says and what a reader finds in the row."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, float) else str(value)


def data(value: float, text: str, ref: str, transform: str = "") -> Markup:
    """A number on a page, with its exact value and its row; `transform` says how what is shown is made of it."""
    return data_element(exact(value), text, ref, transform)


def data_element(value: str, text: str, ref: str, transform: str = "") -> Markup:
    """As `data`, of a value as it is stored."""
    how = f' data-transform="{escape(transform)}"' if transform else ""
    return Markup(f'<data value="{escape(value)}" data-ref="{escape(ref)}"{how}>{escape(text)}</data>')


def decimals_for(value: float, most: int = 2) -> int:
    """The decimals that a stored number has, at most `most`."""
    return next((d for d in range(most) if round(value, d) == value), most)


def day(when: date | str, language: str) -> str:
    """1. marts 2014, 1 March 2014."""
    at = date.fromisoformat(when[:10]) if isinstance(when, str) else when
    stop = "." if language == "da" else ""
    return f"{at.day}{stop}{NO_BREAK}{MONTHS[language][at.month - 1]} {at.year}"


def size(count: int, language: str) -> str:
    """The size of a file, in whole units."""
    if count < 1000:
        return f"{count}{NO_BREAK}B"
    if count < 10_000_000:
        return f"{shown(count / 1000, 0, language)}{NO_BREAK}kB"
    return f"{shown(count / 1_000_000, 0, language)}{NO_BREAK}MB"


def text_with_numbers(text: str, numbers: list[tuple[str, str, str, str]]) -> Markup:
    """`text` with each (shown, exact value, ref, transform), in the order they stand in it, in a <data>.

    A number is found where no digit touches it, and never in an ordinal ("9. klasse") or behind a paragraph sign.
    Raises ValueError with the one that is not there.
    """
    done, at = Markup(""), 0
    for said, value, ref, transform in numbers:
        pattern = rf"(?<![\d.,{MINUS}§])(?<!§\u00a0){re.escape(said)}(?!\d|[.,]\d|\. [a-zæøå])"
        match = re.compile(pattern).search(text, at)
        if match is None:
            raise ValueError(said)
        done += escape(text[at : match.start()]) + data_element(value, said, ref, transform)
        at = match.end()
    return done + escape(text[at:])
