"""Person numbers: read, classified and replaced by a keyed pseudonym at the entry; there is no way back.

Format and century rule of the CPR number; modulus 11 is a flag, never a filter, because numbers that fail it are
issued since 1 October 2007. Numbers that are no person numbers (substitute, administrative, fictitious) keep their own
kind and their own pseudonyms, so they never match the population.
"""

import hashlib
import hmac
import secrets
import sys
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

import polars as pl

from handleplan_pipeline.errors import ConfigurationError, HandleplanError

WEIGHTS = (4, 3, 2, 7, 6, 5, 4, 3, 2, 1)
DIGEST_HEX = 32
"""128 bits of the digest, in hex."""
LEAST_KEY_BYTES = 32
SPELLING = "[\\s\\-\u2010-\u2015\u2212]"
"""What may stand in the person number itself: blanks, no-break ones too, hyphens and dashes. Anything else: invalid."""
DAY_OFFSET = 60
"""Administrative numbers have 60 added to the day."""

# The look of a person number, wherever it stands. Plain regular expressions: Polars, DuckDB and Python read them alike.
BETWEEN = "[ \\t\\-._/:\u00ad\u00b7\u2010-\u2015\u2212]"
"""What people write between the digits of a number, after compatibility forms were folded (NFKC)."""
_DAY = "(?:[06][1-9]|[1278][0-9]|[39][01])"
_MONTH = "(?:0[1-9]|1[0-2])"
TEN_DIGITS = f"{_DAY}{_MONTH}[0-9]{{6}}"
"""Day (or day + 60), month and six digits: 7.4 % of all ten-digit numbers. 30 February is left in."""
NINE_DIGITS = f"[1-9]{_MONTH}[0-9]{{6}}"
"""The same without its leading zero: 12 % of all nine-digit numbers."""
HOLDS_NUMBER = f"{TEN_DIGITS}|(?:^|[^0-9]){NINE_DIGITS}(?:$|[^0-9])"
"""In a text whose digits stand together (`digits_together`): a number may be in it, whatever stands around it."""
WRITTEN_AS_NUMBER = (
    f"(?:^|[^0-9])([0-9]{{5,6}}{BETWEEN}{{0,3}}[0-9]{{4}}|(?:[0-9]{{2}}{BETWEEN}{{1,3}}){{3}}[0-9]{{4}})(?:$|[^0-9])"
)
"""In a folded text: nine or ten digits by themselves, in the groups in which person numbers are written."""
MAY_HOLD_NUMBER = f"(?:[\\d\\p{{No}}](?:\\s|\\p{{Pd}}|{BETWEEN}){{0,5}}){{9}}"
"""In any text: nine digits of any script, close together. Asked first, because most columns have none. Polars only."""
CPR_LIKE = f"(?:^|[^0-9]){_DAY}{_MONTH}[0-9]{{2}}{BETWEEN}{{0,3}}[0-9]{{4}}(?:$|[^0-9])"
"""A number by itself, with a date that exists: what a finished release is searched for."""


@lru_cache(maxsize=1)
def _ascii_digits() -> dict[str, str]:
    """Every decimal digit that is not ASCII, and its ASCII twin."""
    beyond_ascii = map(chr, range(0x80, sys.maxunicode + 1))
    # asked of a million characters in the interpreter's own loop, because every run waits for it
    return {c: str(unicodedata.decimal(c)) for c in filter(str.isdecimal, beyond_ascii)}


DEIDENTIFIED = "deidentified"
"""The kind of a key that stands for a person number."""
UNIDENTIFIED = "^300200[A-Z][0-9A-Z]{3}$"


def folded(text: pl.Expr) -> pl.Expr:
    """The text in compatibility form, with the digits of every script as ASCII."""
    plain = text.str.normalize("NFKC")
    return plain.str.replace_many(list(_ascii_digits()), list(_ascii_digits().values()))


def digits_together(text: pl.Expr) -> pl.Expr:
    """A folded text without what is written between digits, so that all spellings of a number are one."""
    return text.str.replace_all(f"([0-9]){BETWEEN}{{1,5}}", "${1}")


def may_be_number(text: pl.Expr) -> pl.Expr:
    """Whether a text (any spelling) could hold a person number somewhere; true for some ids too, never the reverse."""
    plain = folded(text)
    return digits_together(plain).str.contains(HOLDS_NUMBER) | plain.str.contains(
        f"(?:^|[^0-9])[1-9]{_MONTH}[0-9]{{2}}{BETWEEN}?[0-9]{{4}}(?:$|[^0-9])"
    )


def one_spelling(text: pl.Expr) -> pl.Expr:
    """A person number as all spellings of it have it: without what may stand in one, ASCII letters as capitals."""
    plain = text.str.replace_all(SPELLING, "")
    # only ASCII letters have a capital here: a sharp s would become two
    return pl.when(plain.str.contains("^[0-9A-Za-z]*$")).then(plain.str.to_uppercase()).otherwise(plain)


def classify(numbers: pl.Series) -> pl.DataFrame:
    """Kind, normalised text, birth date and sex of each number, row by row.

    Columns `id_type` (see ID_TYPES of the schemas), `normalised` (null where there is no usable number), `birth` and
    `sex` (of CPR numbers only). Nine digits are invalid: a lost leading zero is sent back, never padded. Digits of
    another script are invalid too.
    """
    text = pl.col("text")
    digits = [text.str.slice(i, 1).cast(pl.Int16, strict=False) for i in range(10)]
    check = pl.sum_horizontal([d * w for d, w in zip(digits, WEIGHTS, strict=True)]) % 11 == 0
    yy, seventh = pl.col("yy"), pl.col("seventh")
    late = pl.when(yy <= 36).then(2000).otherwise(1900)
    early = pl.when(yy <= 57).then(2000).otherwise(1800)
    century = pl.when(seventh <= 3).then(1900).otherwise(pl.when(seventh.is_in([4, 9])).then(late).otherwise(early))
    frame = numbers.cast(pl.String).fill_null("").rename("text").to_frame()
    frame = frame.with_columns(one_spelling(text))
    frame = frame.with_columns(
        all_digits=text.str.contains(r"^[0-9]{10}$"),
        # XXXX is how systems hide the last four: one mark for everybody born that day, and nobody's number
        lettered=text.str.contains(r"^[0-9]{6}([A-Z]{4}|[68][A-Z]{2}[0-9A-Z])$") & ~text.str.ends_with("XXXX"),
        dd=text.str.slice(0, 2).cast(pl.Int16, strict=False),
        mm=text.str.slice(2, 2),
        yy=text.str.slice(4, 2).cast(pl.Int16, strict=False),
        seventh=text.str.slice(6, 1).cast(pl.Int16, strict=False),
    )
    year = pl.when(pl.col("all_digits")).then(century + yy)
    days = [_date(pl.lit(c) + yy, pl.col("dd")).is_not_null() for c in (1800, 1900, 2000)]
    # four dates more of every number, of which few files hold one that asks for them
    some_shifted, some_lettered = frame.select((pl.col("dd") > DAY_OFFSET).any(), pl.col("lettered").any()).row(0)
    frame = frame.with_columns(
        birth=_date(year, pl.col("dd")),
        shifted=_date(year, pl.col("dd") - DAY_OFFSET) if some_shifted else pl.lit(None, pl.Date),
        any_century=pl.any_horizontal(days) if some_lettered else pl.lit(False),
        check=check,
    )
    is_cpr = pl.col("birth").is_not_null()
    kinds = {
        "missing": text == "",
        # the crime registers number those nobody could identify from 30 February 2000 on
        "unidentified": text.str.contains(UNIDENTIFIED),
        "substitute": pl.col("lettered") & pl.col("any_century"),
        "cpr": is_cpr & pl.col("check"),
        "cpr_check_digit_fails": is_cpr,
        "administrative": pl.col("shifted").is_not_null(),
    }
    kind = pl.coalesce([*(pl.when(c).then(pl.lit(k)) for k, c in kinds.items()), pl.lit("invalid")])
    odd = text.str.slice(9, 1).cast(pl.Int16, strict=False) % 2 == 1
    usable = ~pl.col("id_type").is_in(["missing", "invalid", "unidentified"])
    return frame.with_columns(id_type=kind).select(
        "id_type",
        pl.when(usable).then(text).alias("normalised"),
        "birth",
        pl.when(pl.col("birth").is_not_null())
        .then(pl.when(odd).then(pl.lit("men")).otherwise(pl.lit("women")))
        .alias("sex"),
    )


def _date(year: pl.Expr, day: pl.Expr) -> pl.Expr:
    """The date, or null where there is no such day."""
    parts = [year.cast(pl.String), pl.col("mm"), day.cast(pl.String).str.zfill(2)]
    return pl.concat_str(parts, separator="-").str.to_date("%Y-%m-%d", strict=False)


def pseudonyms(key: bytes, texts: Iterable[str | None]) -> list[str | None]:
    """HMAC-SHA-256 over each `<kind>|v1|<number>`, the first 128 bits in hex (methods section 5, RFC 2104).

    What is nobody's stays None. The key is taken in once: a copy of that costs less than half of doing it anew.
    """
    keyed = hmac.new(key, digestmod=hashlib.sha256)

    def one(text: str) -> str:
        own = keyed.copy()
        own.update(text.encode())
        return own.hexdigest()[:DIGEST_HEX]

    return [None if t is None else one(t) for t in texts]


_KNOWN = {
    "mark": pl.Int128,
    "id_type": pl.String,
    "birth": pl.Date,
    "sex": pl.String,
    "person": pl.String,
}
AT_ONCE = 100_000
"""Numbers that are classified and hashed at a time. Ours, version 1."""
_LETTERS = str.maketrans("0123456789abcdef", "ABCDEFGHIJKLMNOP")
MARK_LETTERS = 19
"""76 bits of the digest; with the `X` in front 20 characters, the longest an id may have in the declarations."""


@dataclass
class Pseudonymiser:
    """Replaces person numbers of one purpose. The key never leaves this object; only its id is stored with the data."""

    key: bytes = field(repr=False)
    purpose: str
    _known: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=_KNOWN), repr=False)
    _seeds: tuple[int, int] = field(default_factory=lambda: (secrets.randbits(64), secrets.randbits(64)), repr=False)

    def __post_init__(self) -> None:
        if len(self.key) < LEAST_KEY_BYTES:
            raise ConfigurationError(f"The key of purpose {self.purpose} has fewer than {LEAST_KEY_BYTES * 8} bits.")

    @property
    def key_id(self) -> str:
        """Names the key without telling anything of it: an HMAC of a fixed text."""
        return f"{self.purpose}-{hmac.digest(self.key, b'key-id|v1', hashlib.sha256).hex()[:8]}"

    def pseudonymise(self, numbers: pl.Series) -> pl.DataFrame:
        """`person` (32 hex digits; null where there is none), `id_type`, `key_id`, `birth` and `sex`, row by row.

        Birth and sex are what the number says, for checks in the same row; they are never stored.

        Remembers what it made, because the same person comes in every year's file: by two hashes of the number under
        seeds of this object alone, so that no number is kept.
        """
        given = numbers.cast(pl.String).fill_null("").rename("text").to_frame().with_columns(mark=self._mark())
        # of a city most files name few, who are then looked up among themselves
        known = self._known.join(given, on="mark", how="semi")
        # few are new, so what is known goes first
        new = given.join(known, on="mark", how="anti", maintain_order="left").unique("text", maintain_order=True)
        if new.height:
            if new["mark"].n_unique() < new.height:
                raise HandleplanError("Two person numbers have the same hash of 127 bits: run it again.")
            made = new.select("mark").hstack(self._made(new["text"]))
            self._known, known = pl.concat([self._known, made]), pl.concat([known, made])
        found = given.select("mark").join(known, on="mark", how="left", maintain_order="left")
        return found.select("person", "id_type", pl.lit(self.key_id).alias("key_id"), "birth", "sex")

    def pseudonymise_keys(self, keys: pl.Series) -> pl.DataFrame:
        """As `pseudonymise`, of de-identified keys: they are taken as they are, and tell neither birth nor sex."""
        text = keys.cast(pl.String).str.strip_chars().fill_null("").rename("text")
        names = [n for n in text.unique().to_list() if n]
        made = dict(zip(names, pseudonyms(self.key, (f"{DEIDENTIFIED}|v1|{n}" for n in names)), strict=True))
        return text.to_frame().select(
            person=pl.col("text").replace_strict(made, default=None, return_dtype=pl.String),
            id_type=pl.when(pl.col("text") == "").then(pl.lit("missing")).otherwise(pl.lit(DEIDENTIFIED)),
            key_id=pl.lit(self.key_id),
            birth=pl.lit(None, pl.Date),
            sex=pl.lit(None, pl.String),
        )

    def mark(self, ids: pl.Series) -> pl.Series:
        """A keyed mark for each id that may hold a person number: `X` and letters, the same for the same id."""
        names = ids.unique().drop_nulls()
        keyed = pseudonyms(self.key, (f"id|v1|{n}" for n in names.to_list()))
        made = [f"X{str(k)[:MARK_LETTERS].translate(_LETTERS)}" for k in keyed]
        return ids.replace_strict(names, pl.Series(made, dtype=pl.String), default=None, return_dtype=pl.String)

    def _mark(self) -> pl.Expr:
        """127 bits of a text, of it forwards and backwards; a single key needs a quarter of the room of two."""
        forwards, backwards = pl.col("text").hash(self._seeds[0]), pl.col("text").str.reverse().hash(self._seeds[1])
        return (forwards // 2).cast(pl.Int128) * pl.lit(1 << 64, pl.Int128) + backwards.cast(pl.Int128)

    def _made(self, numbers: pl.Series) -> pl.DataFrame:
        """Kind, birth, sex and pseudonym of each number, so many at a time: classifying takes much room on the way."""
        starts = range(0, max(numbers.len(), 1), AT_ONCE)
        return pl.concat([self._some(numbers.slice(start, AT_ONCE)) for start in starts])

    def _some(self, numbers: pl.Series) -> pl.DataFrame:
        found = classify(numbers)
        prefixed = pl.when(pl.col("id_type").str.starts_with("cpr")).then(pl.lit("cpr")).otherwise(pl.col("id_type"))
        texts = found.select(text=pl.concat_str([prefixed, pl.lit("|v1|"), pl.col("normalised")]))["text"]
        people = pseudonyms(self.key, texts.to_list())
        return found.select("id_type", "birth", "sex").with_columns(pl.Series("person", people, pl.String))
