"""Rows of a delivery made in memory: good ones of every kind, and one column of the values that are tried.

Every person number here fails modulus 11 on a date other than 1 January, so it can belong to nobody.
"""

from collections.abc import Callable, Sequence
from typing import Any

import polars as pl

from handleplan_pipeline.lake.pseudonym import WEIGHTS, Pseudonymiser
from handleplan_pipeline.sources.deliveries.command import delivery_of
from handleplan_pipeline.sources.deliveries.content import require_level, require_no_person_numbers
from handleplan_pipeline.sources.deliveries.manifest import Manifest
from handleplan_pipeline.sources.deliveries.parse import Parsed, to_source_rows

KEY = bytes(range(32))
GOOD_ROWS = 400
"""So many that 20 bad rows do not refuse the file."""


def number(k: int) -> str:
    """The k-th impossible person number of a woman: even, the days spread, modulus 11 not met."""
    found = f"{k % 27 + 2:02d}{k % 12 + 1:02d}65{k * 4:04d}"
    fits = sum(int(d) * w for d, w in zip(found, WEIGHTS, strict=True)) % 11 == 0
    return found if not fits else found[:6] + f"{int(found[6:]) + 2:04d}"


def measure(k: int) -> dict[str, Any]:
    """Of the register's two halves, placements and preventive measures."""
    return {
        "PNR": number(k),
        "PGF": "210",
        "SAG_VFRA": "2009-03-01",
        "SAG_VTIL": "2010-06-30",
        "SLUTGRUND": "2",
        "HKOM": "101",
    }


GOOD: dict[str, Callable[[int], dict[str, Any]]] = {
    "section_110_stays": lambda k: {
        "CPR": number(k),
        "BOFORM_ID": f"B{k:04d}",
        "BOFORM_KOM": "101",
        "BETALINGSKOM": "101",
        "INDSKREVET": "01-02-2010",
        "UDSKREVET": "02-06-2010",
    },
    "summed_counts": lambda k: {
        "INDIKATOR": "I02",
        "AAR": "2010",
        "KOM": "101",
        "GRUPPE": "all",
        "KOEN": "total",
        "ALDER": f"{k}",
        "TAELLER": "12",
        "NAEVNER": "340",
        "VAERDI": "18,5",
    },
    "dst_bef": lambda k: {
        "PNR": number(k),
        "KOEN": "2",
        "FOED_DAG": f"{number(k)[:2]}-{number(k)[2:4]}-1965",
        "KOM": "101",
        "IE_TYPE": "1",
        "OPR_LAND": "5100",
        "REFERENCEDATO": "01-01-2010",
    },
    "dst_dream": lambda k: {"PNR": number(k), "AAR": "2012", "Y_1246": "130", "Y_1247": "130"},
    "dst_income": lambda k: {
        "PNR": number(k),
        "SOCIO13": "131",
        "INDKOMST_DECIL": "4",
        "OFF_OVERFORSEL_13": "12500,50",
        "AAR": "2010",
    },
    "dst_kraf": lambda k: {
        "PNR": number(k),
        "AFG_AFGDTO": "2010-05-20",
        "AFG_GERDTO": "2010-01-15",
        "AFG_GER7": "3210505",
        "AFG_AFGTYP3": "111",
        "AFG_GERKOM": "101",
        "JOURNR": f"S-{k:06d}",
    },
    "dst_bua": measure,
    "dst_bufo": measure,
    "dst_udfk": lambda k: {
        "PNR": number(k),
        "GRUNDSKOLEFAG": "MAT",
        "PROEVEFORM": "Standpunkt",
        "GRUNDSKOLEKARAKTER": "7",
        "SKOLEAAR": "2009/2010",
        "KARAKTERDATO": "2010-06-15",
    },
    "address_history": lambda k: {
        "CPR": number(k),
        "TILFLYTDTO": "2009-05-01",
        "FRAFLYTDTO": "2010-05-01",
        "KOMKOD": "101",
        "VEJKOD": "0123",
        "CPRSTATUS": "01",
        "ANVENDELSE": "1",
        "CO_ADRESSE": "N",
        "UDEN_FAST_BOPAEL": "N",
    },
    "psychiatry_contacts_lpr3": lambda k: {
        "pnr": number(k),
        "dw_ek_kontakt": f"K{k:05d}",
        "kont_starttidspunkt": "2019-04-01",
        "kont_sluttidspunkt": "2019-04-20",
        "kont_type": "ALCA00",
        "prioritet": "ATA3",
        "borger_bo_kom": "101",
    },
    "psychiatry_discharge_notifications": lambda k: {
        "V_CPR": number(k),
        "D_UDDTO": "2010-12-20",
        "BEHOV_VURDERET": "J",
        "UNDERRETNINGSDATO": "2010-12-21",
    },
    "drug_treatment": lambda k: {
        "CPR": number(k),
        "KONTAKTFORLOEBID": f"K{k:05d}",
        "KOM": "101",
        "ANMODNINGSDATO": "04-01-2010",
        "INDSKRIVNINGSDATO": "11-01-2010",
        "BEHANDLINGAFSLUTTETDATO": "01-09-2010",
        "HOVEDSTOF": "kokain",
        "BISTOF1": "hash",
        "BISTOF2": "",
        "BEHANDLINGSTYPE": "A",
        "AFSLUTNINGSAARSAG": "F",
        "STATUSDATO": "01-06-2010",
        "BOLIGSITUATION": "1",
    },
    "special_team_log": lambda k: {
        "HENVENDELSE_ID": f"H{k:05d}",
        "CPR": number(k),
        "DATO": "2010-03-04",
        "ANONYM": "N",
        "KOEN": "K",
        "PARTNERVOLD": "J",
        "TILBUD": "S",
        "VOLDSSTART": "2008-03-01",
    },
}
PERIODS = {"dst_dream": 2012, "psychiatry_contacts_lpr3": 2019}


def manifest(source: str, rows: int, period: int | None = None) -> Manifest:
    return Manifest(
        file="a.csv",
        source=source,
        supplier=delivery_of(source).supplier,
        period=PERIODS.get(source, 2010) if period is None else period,
        rows=rows,
        bytes=1,
        sha256="0" * 64,
        permission="1",
        data_kind="delivered",
        format="csv",
    )


def frame(source: str, rows: int = GOOD_ROWS, **columns: Any) -> pl.DataFrame:
    """Good rows with other columns in the place of their own; a single value stands in every row."""
    made = pl.DataFrame([GOOD[source](k) for k in range(rows)])
    return made.with_columns(
        (v.alias(c) if isinstance(v, pl.Series) else pl.lit(v).alias(c)) for c, v in columns.items()
    )


def read(raw: pl.DataFrame, source: str, period: int | None = None) -> Parsed:
    """As the door reads a file: person numbers, values and verdicts, level."""
    delivery, said = delivery_of(source), manifest(source, raw.height, period)
    require_no_person_numbers(raw, delivery, said)
    parsed = to_source_rows(raw, delivery, said, lambda: Pseudonymiser(KEY, "test"))
    require_level(parsed, delivery, said)
    return parsed


def tried(
    source: str, name: str, values: Sequence[Any], good: Any = None, dtype: Any = None, **others: Any
) -> pl.DataFrame:
    """Read `values` in column `name` of the first rows, `good` below them: `value` and `set_aside` of each."""
    raw = frame(source, **others)
    rest = raw[name][len(values) :].to_list() if good is None else [good] * (raw.height - len(values))
    raw = raw.with_columns(pl.Series(name, [*values, *rest], dtype=dtype or pl.String, strict=False))
    column = next(v.column for v in delivery_of(source).variables if v.name == name)
    parsed = read(raw, source)
    assert parsed.frame["set_aside"][len(values) :].null_count() == raw.height - len(values)
    return parsed.frame.head(len(values)).select(pl.col(column).alias("value"), "set_aside")
