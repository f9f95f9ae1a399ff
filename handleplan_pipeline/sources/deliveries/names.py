"""File names and other texts of a supplier that may be shown: only what has a plain form and holds no person number."""

import re
import unicodedata

import polars as pl

from handleplan_pipeline.lake.pseudonym import classify

NAME_PATTERN = r"^[A-Za-z0-9ÆØÅæøå][A-Za-z0-9ÆØÅæøå._-]{0,119}$"
NAME = re.compile(NAME_PATTERN)
A_FILE = "a file"
"""Stands in a sentence for a name that may not be shown."""
_SEPARATOR = r"[-_. ]?"
_SHAPES = (
    re.compile(rf"(?<![0-9])([0-9]{{6}}){_SEPARATOR}([0-9]{{4}})(?![0-9])"),
    re.compile(rf"(?<![0-9])([0-9]{{2}})[-_. ]([0-9]{{2}})[-_. ]([0-9]{{2}}){_SEPARATOR}([0-9]{{4}})(?![0-9])"),
    # with the century: 02011965-0000
    re.compile(rf"(?<![0-9])([0-9]{{4}})(?:18|19|20)([0-9]{{2}}){_SEPARATOR}([0-9]{{4}})(?![0-9])"),
    # a lost leading zero
    re.compile(r"(?<![0-9])([0-9]{9})(?![0-9])"),
)
_DIGITS = 10
_OF_A_PERSON = ("cpr", "cpr_check_digit_fails", "administrative")


def holds_person_number(text: str) -> bool:
    """Whether a text holds digits that read as a person number, whatever stands around or between them."""
    found = ["".join(m.groups()).zfill(_DIGITS) for shape in _SHAPES for m in shape.finditer(text)]
    return bool(found) and bool(classify(pl.Series(found))["id_type"].is_in(_OF_A_PERSON).any())


def is_plain(name: str) -> bool:
    """Whether a file name has only letters, digits, dot, hyphen and underscore, in composed form."""
    return bool(NAME.fullmatch(name)) and ".." not in name and unicodedata.normalize("NFC", name) == name


def shown(name: str) -> str:
    """The name as a sentence may say it, or `a file`."""
    return name if is_plain(name) and not holds_person_number(name) else A_FILE
