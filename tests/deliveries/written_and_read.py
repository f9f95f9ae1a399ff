"""What the fuzz tests know without the parser: what good rows say, and whether what was read is what was written."""

import datetime as dt
import hmac
import re
from pathlib import Path
from typing import Any

import polars as pl

from handleplan_pipeline.lake.pseudonym import Pseudonymiser
from handleplan_pipeline.sources.deliveries.command import delivery_of
from handleplan_pipeline.sources.deliveries.content import require_level, require_no_person_numbers
from handleplan_pipeline.sources.deliveries.errors import DeliveryRefused, DeliveryWaits
from handleplan_pipeline.sources.deliveries.parse import Parsed, to_source_rows
from handleplan_pipeline.sources.deliveries.readers import read_raw
from tests.deliveries.made import GOOD, KEY, PERIODS, number
from tests.deliveries.reading_tools import manifest_of
from tests.lib.deliveries import NUMBERS

N = 40
COLUMNS: dict[str, dict[str, str]] = {
    "section_110_stays": {
        "BOFORM_ID": "facility",
        "BOFORM_KOM": "facility_municipality",
        "BETALINGSKOM": "paying_municipality",
        "INDSKREVET": "start_date",
        "UDSKREVET": "end_date",
    },
    "summed_counts": {
        "INDIKATOR": "indicator_id",
        "AAR": "count_year",
        "KOM": "geography",
        "GRUPPE": "population_group",
        "KOEN": "sex",
        "ALDER": "age_group",
        "TAELLER": "numerator",
        "NAEVNER": "denominator",
        "VAERDI": "value",
    },
    "dst_bef": {
        "KOEN": "sex",
        "FOED_DAG": "birth_date",
        "KOM": "municipality",
        "IE_TYPE": "ie_type",
        "OPR_LAND": "origin_country",
        "REFERENCEDATO": "population_date",
    },
    "dst_dream": {"AAR": "year_of_weeks", "Y_1247": "reference_code"},
}
"""Which column of the source table a variable fills, by hand. Y_1247 is the week 19 to 25 November 2012."""
PERSON = {"section_110_stays": "CPR", "dst_bef": "PNR", "dst_dream": "PNR"}
FIGURES = {"AAR", "TAELLER", "NAEVNER", "VAERDI"}
BOUNDED = {"summed_counts": {"AAR", "TAELLER", "NAEVNER"}, "dst_dream": {"AAR"}}
"""Emptied together in a row in which one of them is out of bounds."""
SOURCES = sorted(COLUMNS)


def written(source: str, k: int) -> dict[str, Any]:
    """What row k of a good file says, by value."""
    return {
        "section_110_stays": {
            "BOFORM_ID": f"B{k:04d}",
            "BOFORM_KOM": "101",
            "BETALINGSKOM": "101",
            "INDSKREVET": dt.date(2010, 2, 1),
            "UDSKREVET": dt.date(2010, 6, 2),
        },
        "summed_counts": {
            "INDIKATOR": "I02",
            "AAR": 2010,
            "KOM": "101",
            "GRUPPE": "all",
            "KOEN": "total",
            "ALDER": f"{k}",
            "TAELLER": 12,
            "NAEVNER": 340,
            "VAERDI": 18.5,
        },
        "dst_bef": {
            "KOEN": "2",
            "FOED_DAG": dt.date(1965, k % 12 + 1, k % 27 + 2),
            "KOM": "101",
            "IE_TYPE": "1",
            "OPR_LAND": "5100",
            "REFERENCEDATO": dt.date(2010, 1, 1),
        },
        "dst_dream": {"AAR": 2012, "Y_1247": "130"},
    }[source]


def pseudonym_of(k: int) -> str:
    return hmac.digest(KEY, f"cpr|v1|{number(k)}".encode(), "sha256").hex()[:32]


def taken(path: Path, source: str, rows: int = N) -> Parsed | None:
    """As the door takes a file in. None where it is refused, with a sentence that holds no value of the file."""
    delivery = delivery_of(source)
    manifest = manifest_of(path, rows, delivery).model_copy(update={"period": PERIODS.get(source, 2010)})
    try:
        raw = read_raw(path, delivery, manifest)
        assert raw.height == rows
        require_no_person_numbers(raw, delivery, manifest)
        parsed = to_source_rows(raw, delivery, manifest, lambda: Pseudonymiser(KEY, "test"))
        require_level(parsed, delivery, manifest)
    except (DeliveryRefused, DeliveryWaits) as e:
        says_nothing_of_the_rows(str(e), path.name)
        return None
    assert parsed.frame.height == rows
    assert parsed.frame["row_number"].to_list() == list(range(1, rows + 1))
    of_nobody = parsed.noted.get("without_person", 0)
    assert sum(parsed.set_aside.values()) + of_nobody == parsed.frame["set_aside"].count()
    no_number_in_clear(parsed.frame)
    return parsed


def says_nothing_of_the_rows(message: str, file: str) -> None:
    said = message.replace(file, "")
    assert said.endswith(".")
    assert "Traceback" not in said
    assert not any(n in said for n in (*NUMBERS, *map(number, range(N)), "B0003", "5100", "3405", "18,5"))


def no_number_in_clear(frame: pl.DataFrame) -> None:
    assert frame["person"].drop_nulls().str.contains("^[0-9a-f]{32}$").all() if "person" in frame.columns else True
    texts = [c for c, t in frame.schema.items() if t == pl.String and c not in ("person", "delivery_id")]
    held = "|".join({*NUMBERS, *map(number, range(N))})
    for c in texts:
        assert not frame[c].drop_nulls().str.replace_all("[^0-9]", "").str.contains(held).any(), c


def unchanged(parsed: Parsed, source: str, mutated: set[tuple[int, str]], rows: set[int] | None = None) -> None:
    """Every cell that nobody touched is what was written, and its row is in order unless another row is doubled."""
    touched = {r for r, _ in mutated} | (rows or set())
    for k, found in enumerate(parsed.frame.iter_rows(named=True)):
        if rows is not None and k in rows:
            continue
        if k not in touched:
            assert found["set_aside"] in (None, "duplicate_row")
        emptied = BOUNDED.get(source, set()) if found["set_aside"] == "value_out_of_bounds" else set()
        for variable, value in written(source, k).items():
            if (k, variable) not in mutated and variable not in emptied:
                assert found[COLUMNS[source][variable]] == value, (k, variable)
        if source in PERSON and (k, PERSON[source]) not in mutated:
            assert found["person"] == pseudonym_of(k)


def read_truly(source: str, variable: str, given: Any, found: dict[str, Any]) -> None:
    """What was read from a mutated cell stands there: it is turned back, with the few liberties that are told."""
    if found["set_aside"] is not None:
        return
    if variable == PERSON.get(source):
        assert is_person_number(given), given
        return
    if variable not in COLUMNS[source]:
        return
    value = found[COLUMNS[source][variable]]
    if isinstance(given, bytes):
        given = given.decode()
    if value is None:
        assert may_be_none(source, variable, given), given
    elif isinstance(value, dt.date):
        assert shows_day(given, value), (given, value)
    elif isinstance(value, (int, float)):
        assert shows_number(given, value, variable), (given, value)
    else:
        assert shows_code(given, value), (given, value)


def is_person_number(given: Any) -> bool:
    text = f"{given:.0f}" if isinstance(given, float) else str(given)
    text = re.sub(r"[\s\-\u2010-\u2015\u2212]", "", text)
    return bool(re.fullmatch(r"[0-9]{10}|[0-9]{6}[A-Za-z0-9]{4}", text, re.ASCII))


def may_be_none(source: str, variable: str, given: Any) -> bool:
    if given is None or (isinstance(given, str) and not given.strip()):
        return True
    if variable in FIGURES and isinstance(given, str):
        return source == "summed_counts" and given.strip() in ("..", "*", ".")
    if variable != "UDSKREVET":
        return False
    year = given.year if isinstance(given, dt.date) else int(re.findall("[0-9]{4}", given)[0])
    return year > 2010


def shows_day(given: Any, day: dt.date) -> bool:
    if isinstance(given, dt.datetime):
        return given.date() == day and given.time() == dt.time()
    if isinstance(given, dt.date):
        return given == day
    if not isinstance(given, str):
        return False
    rest = r"([T ]00:00(:00([.,]0+)?)?(Z|[+-]\d\d:?\d\d)?)?"
    return any(re.fullmatch(day.strftime(f) + rest, given.strip(), re.ASCII) for f in ("%d-%m-%Y", "%Y-%m-%d"))


def shows_number(given: Any, value: float, variable: str) -> bool:
    if isinstance(given, (int, float)) and not isinstance(given, bool):
        return float(given) == float(value)
    if not isinstance(given, str):
        return False
    text = given.strip()
    if variable != "AAR" and text == "-":
        return value == 0
    groups = r"((\.\d{3})+,\d+|(\.\d{3}){2,})" if variable == "VAERDI" else r"(\.\d{3})+(,0+)?"
    grouped = re.fullmatch(rf"-?[1-9]\d{{0,2}}{groups}", text, re.ASCII)
    plain = re.fullmatch(r"-?\d+(,\d+)?", text, re.ASCII)
    return bool(grouped or plain) and float(text.replace(".", "").replace(",", ".")) == float(value)


def shows_code(given: Any, code: str) -> bool:
    if isinstance(given, bool) or given is None:
        return False
    text = f"{given:.0f}" if isinstance(given, float) and given.is_integer() else str(given).strip()
    text = re.sub(r"^([0-9]+)[.,]0+$", r"\1", text)
    return text in {code, code.lstrip("0"), "0" + code} or (text.isdigit() and text.zfill(len(code)) == code)


def csv_of(source: str, rows: list[dict[str, str]]) -> bytes:
    lines = [";".join(rows[0]), *(";".join(r.values()) for r in rows)]
    return ("\n".join(lines) + "\n").encode(delivery_of(source).dialect.encoding, errors="replace")


def typed(source: str, k: int) -> dict[str, Any]:
    """Row k as a program with types would write it."""
    row = {**GOOD[source](k)} | written(source, k)
    return {v: row[v] for v in GOOD[source](k)}
