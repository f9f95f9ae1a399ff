"""Person numbers: read, classified and replaced by a keyed pseudonym at the entry; there is no way back.

Format and century rule of the CPR number; modulus 11 is a flag, never a filter, because numbers that fail it are
issued since 1 October 2007. Numbers that are no person numbers (substitute, administrative, fictitious) keep their own
kind and their own pseudonyms, so they never match the population.
"""

import hashlib
import hmac
from dataclasses import dataclass, field

import polars as pl

from handleplan_pipeline.errors import ConfigurationError

WEIGHTS = (4, 3, 2, 7, 6, 5, 4, 3, 2, 1)
DIGEST_HEX = 32
"""128 bits of the digest, in hex."""
LEAST_KEY_BYTES = 32
DAY_OFFSET = 60
"""Administrative numbers have 60 added to the day."""


def classify(numbers: pl.Series) -> pl.DataFrame:
    """Kind, normalised text, birth date and sex of each number, row by row.

    Columns `id_type` (see ID_TYPES of the schemas), `normalised` (null where there is no usable number), `birth` and
    `sex` (of CPR numbers only). Nine digits are invalid: a lost leading zero is sent back, never padded.
    """
    text = pl.col("text")
    digits = [text.str.slice(i, 1).cast(pl.Int16, strict=False) for i in range(10)]
    check = pl.sum_horizontal([d * w for d, w in zip(digits, WEIGHTS, strict=True)]) % 11 == 0
    yy, seventh = pl.col("yy"), pl.col("seventh")
    late = pl.when(yy <= 36).then(2000).otherwise(1900)
    early = pl.when(yy <= 57).then(2000).otherwise(1800)
    century = pl.when(seventh <= 3).then(1900).otherwise(pl.when(seventh.is_in([4, 9])).then(late).otherwise(early))
    frame = numbers.cast(pl.String).fill_null("").rename("text").to_frame()
    frame = frame.with_columns(text.str.replace_all(r"[- ]", "").str.to_uppercase())
    frame = frame.with_columns(
        all_digits=text.str.contains(r"^[0-9]{10}$"),
        lettered=text.str.contains(r"^[0-9]{6}([A-Z]{4}|[68][A-Z]{2}[0-9A-Z])$"),
        dd=text.str.slice(0, 2).cast(pl.Int16, strict=False), mm=text.str.slice(2, 2),
        yy=text.str.slice(4, 2).cast(pl.Int16, strict=False), seventh=text.str.slice(6, 1).cast(pl.Int16, strict=False),
    )  # fmt: skip
    year = pl.when(pl.col("all_digits")).then(century + yy)
    frame = frame.with_columns(
        birth=_date(year, pl.col("dd")), shifted=_date(year, pl.col("dd") - DAY_OFFSET),
        any_century=pl.any_horizontal(_date(pl.lit(c) + yy, pl.col("dd")).is_not_null() for c in (1800, 1900, 2000)),
        check=check,
    )  # fmt: skip
    is_cpr = pl.col("birth").is_not_null()
    kinds = {
        "missing": text == "", "substitute": pl.col("lettered") & pl.col("any_century"),
        "cpr": is_cpr & pl.col("check"), "cpr_check_digit_fails": is_cpr,
        "administrative": pl.col("shifted").is_not_null(),
    }  # fmt: skip
    kind = pl.coalesce([*(pl.when(c).then(pl.lit(k)) for k, c in kinds.items()), pl.lit("invalid")])
    odd = text.str.slice(9, 1).cast(pl.Int16, strict=False) % 2 == 1
    usable = ~pl.col("id_type").is_in(["missing", "invalid"])
    return frame.with_columns(id_type=kind).select(
        "id_type", pl.when(usable).then(text).alias("normalised"), "birth",
        pl.when(pl.col("birth").is_not_null()).then(pl.when(odd).then(pl.lit("men")).otherwise(pl.lit("women")))
        .alias("sex"),
    )  # fmt: skip


def _date(year: pl.Expr, day: pl.Expr) -> pl.Expr:
    """The date, or null where there is no such day."""
    parts = [year.cast(pl.String), pl.col("mm"), day.cast(pl.String).str.zfill(2)]
    return pl.concat_str(parts, separator="-").str.to_date("%Y-%m-%d", strict=False)


def pseudonym(key: bytes, text: str) -> str:
    """HMAC-SHA-256 over `<kind>|v1|<number>`, the first 128 bits in hex (methods section 5, RFC 2104)."""
    return hmac.digest(key, text.encode(), hashlib.sha256).hex()[:DIGEST_HEX]


_KNOWN = {"text": pl.String, "id_type": pl.String, "person": pl.String}


@dataclass
class Pseudonymiser:
    """Replaces person numbers of one purpose. The key never leaves this object; only its id is stored with the data."""

    key: bytes = field(repr=False)
    purpose: str
    _known: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=_KNOWN), repr=False)

    def __post_init__(self) -> None:
        if len(self.key) < LEAST_KEY_BYTES:
            raise ConfigurationError(f"The key of purpose {self.purpose} has fewer than {LEAST_KEY_BYTES * 8} bits.")

    @property
    def key_id(self) -> str:
        """Names the key without telling anything of it: an HMAC of a fixed text."""
        return f"{self.purpose}-{hmac.digest(self.key, b'key-id|v1', hashlib.sha256).hex()[:8]}"

    def pseudonymise(self, numbers: pl.Series) -> pl.DataFrame:
        """`person` (32 hex digits; null where there is none), `id_type` and `key_id`, row by row.

        Remembers what it made: the same person comes in every year's file.
        """
        given = numbers.cast(pl.String).fill_null("").rename("text").to_frame()
        fresh = given.unique(maintain_order=True).join(self._known, on="text", how="anti")["text"]
        if fresh.len():
            self._known = pl.concat([self._known, self._made(fresh)])
        found = given.join(self._known, on="text", how="left", maintain_order="left")
        return found.select("person", "id_type", key_id=pl.lit(self.key_id))

    def _made(self, numbers: pl.Series) -> pl.DataFrame:
        found = classify(numbers)
        prefixed = pl.when(pl.col("id_type").str.starts_with("cpr")).then(pl.lit("cpr")).otherwise(pl.col("id_type"))
        texts = found.select(text=pl.concat_str([prefixed, pl.lit("|v1|"), pl.col("normalised")]))["text"]
        people = [None if x is None else pseudonym(self.key, x) for x in texts.to_list()]
        return pl.DataFrame([numbers, found["id_type"], pl.Series("person", people, pl.String)])
