"""Text is read as declared, and what the bytes show is held against the declaration; messages speak of encodings."""

from pathlib import Path

import pytest

from handleplan_pipeline.sources.deliveries.encodings import KNOWN, known_encoding
from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused
from tests.deliveries.reading_tools import lines, read, says_no_value, write

TEXT = "\n".join(lines()).replace("B00", "Bøå") + "\n"


def refusal(folder: Path, content: bytes, encoding: str | None = None) -> str:
    with pytest.raises(DeliveryRefused) as caught:
        read(write(folder, content), 40, encoding=encoding)
    assert caught.value.rule == "encoding"
    assert "missing column" not in str(caught.value)
    says_no_value(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("written", "declared"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-8", "UTF8"),
        ("cp1252", None),
        ("cp1252", "windows-1252"),
        ("latin-1", "latin-1"),
        ("utf-16", "utf-16"),
        ("utf-16", "utf-16-le"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("utf-32", "utf-32"),
        ("cp850", "cp850"),
    ],
)
def test_a_right_declaration_is_read(tmp_path: Path, written: str, declared: str | None) -> None:
    found = read(write(tmp_path, TEXT.encode(written)), 40, encoding=declared)
    assert found["BOFORM_ID"][0] == "Bøå"
    assert found.columns[0] == "CPR"


@pytest.mark.parametrize(("written", "mark"), [("utf-8-sig", "utf-8"), ("utf-16", "utf-16"), ("utf-32", "utf-32")])
@pytest.mark.parametrize("declared", [None, "cp1252", "latin-1"])
@pytest.mark.parametrize("plain", [True, False])
def test_a_byte_order_mark_is_named_beside_the_declaration(
    tmp_path: Path, written: str, mark: str, declared: str | None, plain: bool
) -> None:
    """Field case 14: Excel's 'CSV UTF-8' where cp1252 is declared."""
    text = TEXT.replace("Bøå", "B00") if plain else TEXT
    message = refusal(tmp_path, text.encode(written), declared)
    assert f"byte order mark of {mark}; the declared encoding is {known_encoding(declared or 'cp1252')}" in message
    assert f"Declare {mark}" in message


def test_a_mark_of_the_other_byte_order_is_a_contradiction(tmp_path: Path) -> None:
    assert "byte order mark of utf-16" in refusal(tmp_path, b"\xfe\xff" + TEXT.encode("utf-16-be"), "utf-16-le")


def test_utf16_without_a_mark_must_say_its_byte_order(tmp_path: Path) -> None:
    assert "Declare utf-16-le or utf-16-be" in refusal(tmp_path, TEXT.encode("utf-16-le"), "utf-16")
    assert "without a byte order mark" in refusal(tmp_path, TEXT.encode("utf-16-le"), "cp1252")


def test_utf8_letters_under_a_one_byte_declaration_would_become_two_letters_each(tmp_path: Path) -> None:
    assert "Declare utf-8" in refusal(tmp_path, TEXT.encode("utf-8"), "cp1252")


def test_cp1252_and_cp850_declared_as_others(tmp_path: Path) -> None:
    assert "not readable as utf-8" in refusal(tmp_path, TEXT.encode("cp1252"), "utf-8")
    assert "control characters" in refusal(tmp_path, TEXT.encode("cp850"), "latin-1")
    assert "control characters" in refusal(tmp_path, TEXT.replace("ø", "€").encode("cp1252"), "latin-1")


@pytest.mark.parametrize(
    "name",
    [
        "no-such",
        "rot13",
        "hex",
        "base64",
        "zip",
        "unicode_escape",
        "punycode",
        "idna",
        "utf-7",
        "undefined",
        "../x",
        "a\x00b",
    ],
)
def test_what_is_no_encoding_of_text_files_is_a_sentence_that_does_not_repeat_it(tmp_path: Path, name: str) -> None:
    message = refusal(tmp_path, TEXT.encode(), name)
    assert "Declare one of: utf-8" in message
    assert name not in message.replace(", ".join(KNOWN), "")


def test_every_known_name_is_its_own_standard_name() -> None:
    assert [known_encoding(k) for k in KNOWN] == list(KNOWN)


def test_lost_letters_and_marks_in_the_middle_are_told(tmp_path: Path) -> None:
    assert "replacement" in refusal(tmp_path, TEXT.replace("ø", "\ufffd").encode(), "utf-8")
    assert "two files" in refusal(tmp_path, TEXT.replace("B07", "\ufeffB07").encode(), "utf-8")


def test_a_file_cut_inside_a_letter_is_cut_off(tmp_path: Path) -> None:
    with pytest.raises(DeliveryRefused, match="cut_off"):
        read(write(tmp_path, TEXT.encode()[:-1] + "ø".encode()[:1]), 40, encoding="utf-8")
