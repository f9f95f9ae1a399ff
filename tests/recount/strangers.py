"""People at the edge: made-up histories of residents, added to a folder of deliveries, with no truth of their own.

The generated city keeps clear of most boundaries. Here dates are drawn a day to either side of every window of the
definitions, records lose their closings, are corrected by a later file, carry ends to come or stand twice. What they
come to is for the two counts to find, each by itself.
"""

import csv
import hashlib
import io
import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

YEARS = range(2006, 2016)
PEOPLE, CHILDREN = 120, 40
STAYS, ADDRESSES, DRUGS = "section_110_stays", "address_history", "drug_treatment"
SERVICES, CONTACTS, NOTES = "social_psychiatry_services", "psychiatry_contacts", "psychiatry_discharge_notifications"
BUFO, MARKS, SCHOOL = "dst_bufo", "dst_udfk", "dst_kotre"
TO_COME = date(9999, 12, 31)
Out = dict[tuple[str, int], list[dict[str, Any]]]


def add(folder: Path, seed: int) -> None:
    """Adds the rows to the files of the folder, and renews their manifests."""
    chance, out = Random(seed), Out()
    grown, young = residents(folder)
    for number in chance.sample(grown, PEOPLE):
        for source, start, end, first, last, fields in history(chance, number):
            for year, row in delivered(chance, start, end, first, last, fields):
                out.setdefault((source, year), []).append(row)
    for number, born in chance.sample(young, CHILDREN):
        childhood(chance, number, born, out)
    for (source, year), rows in out.items():
        if (folder / source / f"{source}_{year}.csv").exists():
            append(folder / source / f"{source}_{year}.csv", rows)


def residents(folder: Path) -> tuple[list[str], list[tuple[str, int]]]:
    """Who is in the register of every year: the grown, and children with their year of birth."""
    seen: dict[str, list[dict[str, str]]] = defaultdict(list)
    for year in YEARS:
        with (folder / "dst_bef" / f"dst_bef_{year}.csv").open(encoding="cp1252", newline="") as text:
            for row in csv.DictReader(text, delimiter=";"):
                seen[row["PNR"]].append(row)
    always = sorted((number, rows[0]) for number, rows in seen.items() if len(rows) == len(YEARS))
    born = {
        number: int(row["FOED_DAG"][6:] if row["FOED_DAG"][2] == "-" else row["FOED_DAG"][:4]) for number, row in always
    }
    return [n for n, _ in always if born[n] < 1988], [(n, born[n]) for n, _ in always if 1992 <= born[n] <= 1997]


Record = tuple[str, str, str, date, date | None, dict[str, Any]]
"""Source, the names of the first and the last date, the dates, and what else the row says."""


def history(chance: Random, number: str) -> Iterator[Record]:
    """Stays, addresses, treatment and services of one person around one day and the days a year and two years on."""
    some = chance.choice
    index = date(some(range(2006, 2015)), 1, 2) + timedelta(days=some([0, 180, 363, *chance.sample(range(364), 9)]))
    follow = index + timedelta(days=some([365, 365, 730]))
    if chance.random() < 0.7:
        yield from stays(chance, number, index)
    if chance.random() < 0.9:
        yield from addresses(chance, number, index, follow)
    if chance.random() < 0.6:
        yield from treatment(chance, number, index)
    for n in range(some([0, 1, 1, 2, 3])):
        first = some([index, follow]) + timedelta(days=some([-40, -1, 0, 1, 14, 15, 89, 90, 91, 92]))
        last = some([None, first, follow - timedelta(days=1), follow, follow + timedelta(days=1), index, TO_COME])
        last = last if last is None or last >= first else first
        fields = {"CPR": number, "PARAGRAF": some(["107", "107", "108", "99", "85", "104"]), "INITIATIV": some("BS")}
        yield (
            SERVICES,
            "STARTDATO",
            "SLUTDATO",
            first + timedelta(days=n),
            last and max(last, first + timedelta(days=n)),
            fields,
        )
    if chance.random() < 0.6:
        first = index - timedelta(days=some([0, 1, 10, 400]))
        fields = {
            "V_CPR": number,
            "K_RECNUM": f"XR{chance.randrange(10**5)}",
            "C_PATTYPE": some("0123"),
            "C_DIAG": "DF200",
        }
        yield CONTACTS, "D_INDDTO", "D_UDDTO", first, some([None, index, follow]), fields
    for day in sorted({index, follow}) if chance.random() < 0.8 else []:
        told = some([None, day, *(day + timedelta(days=n) for n in (89, 90, 91))])
        yield (
            NOTES,
            "D_UDDTO",
            "",
            day,
            day,
            {"V_CPR": number, "BEHOV_VURDERET": some("JJJN"), "UNDERRETNINGSDATO": told},
        )


def stays(chance: Random, number: str, index: date) -> Iterator[Record]:
    first = index
    for _ in range(chance.choice([1, 1, 2, 3, 4])):
        nights = chance.choice([0, 1, 2, 60, 119, 120, 121, 122, 335, 336, 364, 365, 366, 395, 396, 730])
        fields = {"CPR": number, "BOFORM_ID": chance.choice(["BX1", "BX2"])}
        fields |= {
            "BOFORM_KOM": chance.choice(["101", "101", "101", "147"]),
            "BETALINGSKOM": chance.choice(["101", "147"]),
        }
        out = chance.choice([first + timedelta(days=nights)] * 6 + [None, TO_COME])
        yield STAYS, "INDSKREVET", "UDSKREVET", first, out, fields
        first += timedelta(days=nights + chance.choice([-20, -1, 0, 1, 2, 3, 40, 200]))


def addresses(chance: Random, number: str, index: date, follow: date) -> Iterator[Record]:
    near = [timedelta(days=n) for n in (-32, -31, -30, -29, -1, 0, 1, 2, 29, 30, 31, 32)]
    moves = sorted(
        {
            index - timedelta(days=500),
            *(d + chance.choice(near) for d in (index, follow, follow) if chance.random() < 0.8),
        }
    )
    for first, after in zip(moves, [*moves[1:], None], strict=True):
        if chance.random() < 0.15:
            continue
        street = chance.random() < 0.25
        fields = {
            "CPR": number,
            "KOMKOD": chance.choice(["101", "101", "147"]),
            "VEJKOD": "9920" if street else chance.choice(["0123", "0456"]),
            "CPRSTATUS": chance.choice(["01"] * 9 + ["03", "05", "07", "20", "30", "50", "60", "70", "80", "90"]),
            "ANVENDELSE": None if street else chance.choice(["1", "1", "1", "2", "3", "4", "5"]),
            "CO_ADRESSE": chance.choice("NNNJ"),
            "UDEN_FAST_BOPAEL": "J" if street else "N",
        }
        gap = timedelta(days=chance.choice([0, 0, 0, 0, 29, 30, 31, 60, 61, 62]))
        yield ADDRESSES, "TILFLYTDTO", "FRAFLYTDTO", first, after and max(first, after - gap), fields


def treatment(chance: Random, number: str, index: date) -> Iterator[Record]:
    first = index
    for n in range(chance.choice([1, 1, 2, 3])):
        days = chance.choice([0, 1, 30, 89, 90, 91, 300, 400])
        last = chance.choice([first + timedelta(days=days)] * 5 + [None])
        status = index + timedelta(
            days=365 + chance.choice([-184, -183, -182, -91, -90, -89, -1, 0, 5, 89, 90, 91, 182, 183, 184])
        )
        yield (
            DRUGS,
            "INDSKRIVNINGSDATO",
            "BEHANDLINGAFSLUTTETDATO",
            first,
            last,
            {
                "CPR": number,
                "KONTAKTFORLOEBID": f"XE{chance.randrange(10**5)}A{n}",
                "KOM": chance.choice(["101", "101", "101", "147"]),
                "ANMODNINGSDATO": chance.choice([None, *(first - timedelta(days=d) for d in (0, 13, 14, 15))]),
                "HOVEDSTOF": chance.choice(["kokain", "heroin", "hash"]),
                "BISTOF1": chance.choice([None, "kokain", "hash"]),
                "BISTOF2": chance.choice([None, None, "kokain"]),
                "BEHANDLINGSTYPE": chance.choice("AD"),
                "AFSLUTNINGSAARSAG": chance.choice([None, "F", "A", "U"]),
                "STATUSDATO": status,
                "BOLIGSITUATION": chance.choice(["1", "2", "2", "3", "9", None]),
            },
        )
        first += timedelta(days=days + chance.choice([1, 9, 10, 11, 12, 89, 90, 91, 92]))


def delivered(
    chance: Random, start: str, end: str, first: date, last: date | None, fields: dict[str, Any]
) -> Iterator[tuple[int, dict[str, Any]]]:
    """The row of each file that has a day of the record: as it was known then, with what can go wrong on the way."""
    until = min(last.year if last else first.year + chance.choice([0, 1, 3, 9]), YEARS[-1])
    lost = chance.random() < 0.15
    moved = timedelta(days=chance.choice([-30, -1, 1, 20])) if end and chance.random() < 0.15 else None
    for year in range(first.year, until + 1):
        if lost and year > first.year and year == until:
            return
        row = {start: first} | fields
        if end:
            row[end] = last if last and (last.year <= year or last == TO_COME) else None
            if fields.get("AFSLUTNINGSAARSAG") and not row[end]:
                row["AFSLUTNINGSAARSAG"] = None
        if moved and year > first.year and first + moved <= (row[end] or date(year, 12, 31)):
            row[start] = first + moved
        status = fields.get("STATUSDATO")
        if status and status.year > year + 1:
            row |= {"STATUSDATO": date(year, 7, 1), "BOLIGSITUATION": chance.choice("129")}
        told = fields.get("ANMODNINGSDATO")
        if told and told > row[start]:
            row["ANMODNINGSDATO"] = row[start]
        yield year, row
        if chance.random() < 0.02:
            yield year, dict(row)


def childhood(chance: Random, number: str, born: int, out: Out) -> None:
    """A measure around the window of 24 months, marks of some subjects, and leavings of 9th grade."""
    turns, some = born + 16, chance.choice
    first = some([date(turns, 7, 31), date(turns, 8, 1), date(turns - 3, 5, 1), date(turns - 2, 8, 1)])
    last = some([None, *(d for d in (date(turns - 2, 7, 31), date(turns - 2, 8, 1), date(turns, 3, 1)) if d >= first)])
    fields = {"PNR": number, "PGF": some(["210", "110", "220"]), "HKOM": some(["101", "101", "147"]), "SLUTGRUND": None}
    for year, row in delivered(chance, "SAG_VFRA", "SAG_VTIL", first, last, fields):
        out.setdefault((BUFO, year), []).append(row)
    days = [date(turns, 6, 15), date(turns + 1, 6, 15), date(turns + 1, 10, 1), date(turns + 1, 10, 2)]
    for subject in ("DAN", "ENG", "FYK", "MAT", "BIO"):
        for day in chance.sample(days, some([0, 1, 1, 1, 1, 2])):
            row = {
                "PNR": number,
                "GRUNDSKOLEFAG": subject,
                "SKOLEAAR": f"{day.year - 1}/{day.year}",
                "KARAKTERDATO": day,
            }
            row |= {"PROEVEFORM": some(["Bundne prøvefag"] * 6 + ["Standpunkt"])}
            row |= {"GRUNDSKOLEKARAKTER": some(["-3", "00", "02", "4", "7", "10", "12", "81", "89"])}
            out.setdefault((MARKS, day.year), []).append(row)
    for day in chance.sample([date(turns, 6, 20), date(turns + 1, 10, 1), date(turns + 1, 10, 2)], some([0, 1, 2])):
        row = {"PNR": number, "UDD": "1529", "UDEL": some(["29", "29", "28", "30"]), "AUDD": some(["1529", "0", None])}
        row |= {"ELEV3_VFRA": day - timedelta(days=300), "ELEV3_VTIL": day, "AFG_ART": some(["11", "21", "31"])}
        out.setdefault((SCHOOL, day.year), []).append(row)


def append(path: Path, rows: list[dict[str, Any]]) -> None:
    manifest_path = path.with_name(f"{path.name}.manifest.json")
    manifest = json.loads(manifest_path.read_text("utf-8"))
    text = path.read_bytes().decode(manifest["encoding"])
    header = text.removeprefix("\ufeff").splitlines()[0].split(";")
    iso = _iso(text)
    lines = io.StringIO()
    for row in rows:
        values = [_text(row.get(name, "synthetic" if name == "DATA_KIND" else None), iso) for name in header]
        csv.writer(lines, delimiter=";", lineterminator="\n").writerow(values)
    data = (text.removesuffix("\n") + "\n" + lines.getvalue()).encode(manifest["encoding"])
    path.write_bytes(data)
    manifest |= {"confirmed": True}
    manifest |= {"rows": manifest["rows"] + len(rows), "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    manifest_path.write_text(json.dumps(manifest, indent=1), "utf-8")


def _iso(text: str) -> bool:
    return any(len(f) == 10 and f[4] == "-" for line in text.splitlines()[1:3] for f in line.split(";"))


def _text(value: Any, iso: bool) -> str:
    if value is None:
        return ""
    if isinstance(value, date):
        return value.isoformat() if iso else value.strftime("%d-%m-%Y")
    return str(value)
