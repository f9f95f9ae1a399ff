"""What each delivered file looks like: variables, what a row must fulfil, what makes it one of its kind.

From `docs/deliveries/*.md`. A converter gives the value of a text, or raises `ValueError`: then the row is set aside.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

Row = dict[str, Any]


class UnlistedCode(Exception):
    """A code that is on no list refuses the file: nobody knows what it means."""


Converter = Callable[[str], Any]
Rule = Callable[[Row], bool]


def person(text: str) -> str:
    """Ten characters without the hyphen; substitute numbers hold letters in places 8 and 9 and match nobody."""
    number = text.replace("-", "").replace(" ", "")
    if not re.fullmatch(r"[0-9]{7}[0-9A-Z]{2}[0-9]", number):
        raise ValueError("no person number")
    return number


def number_of_nobody(text: str) -> bool:
    """No number, or one the crime registers give the unidentified: 30 February 2000 and letters."""
    number = text.replace("-", "").replace(" ", "")
    return not number or bool(re.fullmatch(r"300200(?=[0-9]*[A-Z])[0-9A-Z]{4}", number))


def born(number: str) -> date | None:
    """The birth date a person number holds, or nothing where it is no real person's number.

    The seventh digit tells the century: 0-3 the 1900s; 4 and 9 the 2000s to 36, else the 1900s; 5-8 the 2000s to 57,
    else the 1800s. Numbers with letters hold no date: they stand for somebody who has none yet.
    """
    if not number.isdigit():
        return None
    day, month, year, seventh = int(number[:2]), int(number[2:4]), int(number[4:6]), int(number[6])
    if seventh <= 3:
        century = 1900
    elif seventh in (4, 9):
        century = 2000 if year <= 36 else 1900
    else:
        century = 2000 if year <= 57 else 1800
    try:
        return date(century + year, month, day)
    except ValueError:
        return None


def day(text: str) -> date:
    """A date as 2010-02-01 or 01-02-2010, not before 1900; a time of day is allowed at midnight only."""
    text = text.removesuffix(" 00:00:00").removesuffix("T00:00:00")
    if text[2:3] == "-":
        text = f"{text[6:]}-{text[3:5]}-{text[:2]}"
    if len(text) != 10:
        raise ValueError("no date")
    found = date.fromisoformat(text)
    if found.year < 1900:
        raise ValueError("before 1900")
    return found


def yes(text: str) -> bool:
    return {"J": True, "N": False}[text]


def number(text: str) -> int:
    return int(without_decimals(text))


def municipality(text: str) -> str:
    return like(r"[0-9]{3}")(without_decimals(text).zfill(3))


def without_decimals(text: str) -> str:
    """A code that a statistics package wrote as a number: 101.0 is 101."""
    return re.sub(r"^(-?[0-9]+)[.,]0+$", r"\1", text)


def coded(text: str) -> str:
    """A code of a closed list; whether it is on it is asked afterwards, for the year of the file."""
    return without_decimals(text)


def like(pattern: str, digits: int = 0) -> Converter:
    def convert(text: str) -> str:
        text = without_decimals(text)
        text = text.zfill(digits) if text.isdigit() else text
        if not re.fullmatch(pattern, text):
            raise ValueError("another form")
        return text

    return convert


def in_order(first: str, last: str) -> Rule:
    """The one date is not after the other, where both are known."""
    return lambda row: row[first] is None or row[last] is None or row[first] <= row[last]


def anonymous_or_person(row: Row) -> bool:
    return bool(row["ANONYM"]) == (row["CPR"] is None)


def _not_of_a_family(row: Row) -> bool:
    return not str(row["PGF"]).startswith("4")


def _agrees_with_number(row: Row) -> bool:
    """Sex and birth date are those of the person number: men's numbers are odd."""
    birth = born(row["PNR"])
    return birth is None or (birth == row["FOED_DAG"] and (int(row["PNR"][9]) % 2 == 1) == (row["KOEN"] == "1"))


def _sex_agrees_with_number(row: Row) -> bool:
    number = row["CPR"]
    return number is None or born(number) is None or (int(number[9]) % 2 == 1) == (row["KOEN"] == "M")


NUMBERS = {"PNR", "CPR", "V_CPR"}


@dataclass(frozen=True)
class Layout:
    """`must` and `may` are the variables that have to be, and those that may be filled; `also` other names of them.

    `period` says how a row belongs to the file's year: a date lies `in` it, `is` its 1 January, an interval `overlaps`
    it, or it is named. `end` is the variable whose date after the period is an end to come; `later` ones may lie in
    the year after. `weeks` allows DREAM's; `acting` is the municipality that has to be the city's in some row.
    `digits` are the places of a code that can lose its zeros. Up to the share `without_person` rows are nobody's.

    A record that runs on is known again by its `name` (else the key), and is corrected within one of its `units`. Ids
    that suppliers give (`own_ids`) hold within a file: they name no record, but an open one that is gone where its
    person and id, or its id and first day, are seen again was corrected. `end_is_a_day` of the record, or else the
    first day that is not.
    """

    must: dict[str, Converter]
    may: dict[str, Converter]
    key: tuple[str, ...]
    period: tuple[str, ...]
    end: str | None = None
    rules: tuple[Rule, ...] = ()
    later: tuple[str, ...] = ()
    weeks: bool = False
    acting: str | None = None
    also: dict[str, str] = field(default_factory=dict)
    digits: dict[str, int] = field(default_factory=dict)
    without_person: float = 0.0
    name: tuple[str, ...] = ()
    units: tuple[tuple[str, ...], ...] = ()
    own_ids: tuple[str, ...] = ()
    end_is_a_day: bool = True

    def named(self, texts: dict[str, str]) -> dict[str, str]:
        """The texts under the names of the specification, whatever the case or the other name they came under."""
        own = {**self.must, **self.may}
        number = next((n for n in own if n in NUMBERS), None)
        other = dict.fromkeys(NUMBERS - set(own), number) if number else {}
        known = {n.upper(): n for n in own} | {n: to for n, to in (other | self.also).items() if to}
        return {known.get(name.upper(), name.upper()): text for name, text in texts.items()}

    def refuses(self, columns: set[str]) -> bool:
        """A file has exactly its variables, and may have a mark of what kind of data it is and, in DREAM, weeks.

        So ethnic origin cannot come along in the municipality's case work either.
        """
        extra = columns - set(self.must) - set(self.may) - {"DATA_KIND"}
        return not set(self.must) | set(self.may) <= columns or any(
            not (self.weeks and re.fullmatch(r"Y_[0-9]{4}", name)) for name in extra
        )

    def is_week_of(self, name: str, year: int) -> bool:
        """Whether a variable is a week of the file's year; of a file with many years no other is read."""
        return self.weeks and bool(re.fullmatch(rf"Y_{year % 100:02d}[0-9]{{2}}", name))

    def one_record(self, row: Row) -> tuple[Any, ...]:
        """What the rows that tell of one record have in common: the key.

        But where the end is part of the key, because somebody can have left on the day they came and have come again,
        nobody comes twice on one day and stays both times: all rows that go beyond that day are then of one record.
        """
        if self.end in self.key:
            first_day = row[self.period[1]]
            left_at_once = row[self.end] == first_day
            return (*(row[c] for c in self.key if c != self.end), left_at_once)
        return tuple(row[c] for c in self.key)

    def happens_in_life(self, row: Row) -> bool:
        """Nothing has happened to anybody before the day their number says they were born."""
        names = {**self.must, **self.may}
        number = next((row[n] for n, convert in names.items() if convert is person), None)
        birth = born(number) if number else None
        days = [row[n] for n, convert in names.items() if convert is day and n != "FOED_DAG"]
        return birth is None or all(found is None or found >= birth for found in days)

    @staticmethod
    def week(text: str) -> str:
        """The benefit of a week: three digits, or none."""
        return like(r"[0-9]{3}")(text) if text else text


CHILD_MEASURE = Layout(
    must={"PNR": person, "PGF": like(r"[0-9]{3}"), "SAG_VFRA": day, "HKOM": municipality},
    may={"SAG_VTIL": day, "SLUTGRUND": like(r"[0-9]{1,2}")},
    key=("PNR", "PGF", "SAG_VFRA", "HKOM"),
    units=(("PNR", "PGF", "HKOM"),),
    also={"PFG": "PGF"},
    period=("overlaps", "SAG_VFRA", "SAG_VTIL"),
    end="SAG_VTIL",
    rules=(in_order("SAG_VFRA", "SAG_VTIL"), _not_of_a_family),
    acting="HKOM",
)

LAYOUTS: dict[str, Layout] = {
    "dst_bef": Layout(
        must={"PNR": person, "KOEN": coded, "FOED_DAG": day, "KOM": municipality, "REFERENCEDATO": day},
        may={"IE_TYPE": coded, "OPR_LAND": like(r"[0-9]{4}", digits=4)},
        key=("PNR",),
        period=("is", "REFERENCEDATO"),
        digits={"OPR_LAND": 4},
        rules=(in_order("FOED_DAG", "REFERENCEDATO"), _agrees_with_number),
    ),
    "dst_bua": CHILD_MEASURE,
    "dst_bufo": CHILD_MEASURE,
    "dst_kotre": Layout(
        must={
            "PNR": person,
            "UDD": like(r"[0-9]{1,6}"),
            "UDEL": like(r"[0-9]{2}", digits=2),
            "ELEV3_VFRA": day,
            "ELEV3_VTIL": day,
        },
        may={"AUDD": like(r"[0-9]{1,6}"), "AFG_ART": like(r"[0-9]{1,2}")},
        key=("PNR", "UDEL", "ELEV3_VFRA"),
        period=("in", "ELEV3_VTIL"),
        rules=(in_order("ELEV3_VFRA", "ELEV3_VTIL"),),
    ),
    "dst_udfk": Layout(
        must={
            "PNR": person,
            "GRUNDSKOLEFAG": like(r"[A-Z0-9ÆØÅ]{2,6}"),
            "PROEVEFORM": coded,
            "GRUNDSKOLEKARAKTER": coded,
            "SKOLEAAR": like(r"[0-9]{4}/[0-9]{4}"),
            "KARAKTERDATO": day,
        },
        may={},
        key=("PNR", "GRUNDSKOLEFAG", "PROEVEFORM", "KARAKTERDATO"),
        digits={"GRUNDSKOLEKARAKTER": 2},
        period=("in", "KARAKTERDATO"),
    ),
    "dst_kraf": Layout(
        must={
            "PNR": person,
            "AFG_AFGDTO": day,
            "AFG_GERDTO": day,
            "AFG_GER7": like(r"[123][0-9]{6}"),
            "AFG_AFGTYP3": like(r"[0-9]{3}"),
            "JOURNR": like(r"[0-9A-Z-]{3,20}"),
        },
        may={"AFG_GERKOM": municipality},
        key=("PNR", "JOURNR", "AFG_AFGDTO", "AFG_AFGTYP3", "AFG_GER7", "AFG_GERDTO"),
        period=("in", "AFG_AFGDTO"),
        also={"AFG_AFGOEDTO": "AFG_AFGDTO", "AFG_GER1DTO": "AFG_GERDTO", "SIG_GER1DTO": "AFG_GERDTO"},
        without_person=0.15,
        rules=(in_order("AFG_GERDTO", "AFG_AFGDTO"),),
    ),
    "dst_victims": Layout(
        must={
            "PNR": person,
            "OFFER_GERDTO": day,
            "OFFER_GER7": like(r"[123][0-9]{6}"),
            "JOURNR": like(r"[0-9A-Z-]{3,20}"),
        },
        may={},
        key=("PNR", "JOURNR"),
        period=("in", "OFFER_GERDTO"),
        also={"OFR_GERDTO": "OFFER_GERDTO", "OFR_GERFRADT": "OFFER_GERDTO", "OFR_GER7": "OFFER_GER7"},
        without_person=0.15,
    ),
    "dst_dream": Layout(must={"PNR": person, "AAR": number}, may={}, key=("PNR",), period=("year", "AAR"), weeks=True),
    "section_110_stays": Layout(
        must={
            "CPR": person,
            "BOFORM_ID": like(r"[A-Z0-9]{2,12}"),
            "BOFORM_KOM": municipality,
            "BETALINGSKOM": municipality,
            "INDSKREVET": day,
        },
        may={"UDSKREVET": day},
        key=("CPR", "BOFORM_ID", "INDSKREVET", "UDSKREVET"),
        name=("CPR", "BOFORM_ID", "INDSKREVET"),
        units=(("CPR", "BOFORM_ID"),),
        end_is_a_day=False,
        without_person=0.25,
        period=("overlaps", "INDSKREVET", "UDSKREVET"),
        end="UDSKREVET",
        rules=(in_order("INDSKREVET", "UDSKREVET"),),
    ),
    "address_history": Layout(
        must={
            "CPR": person,
            "TILFLYTDTO": day,
            "CPRSTATUS": coded,
            "CO_ADRESSE": yes,
            "UDEN_FAST_BOPAEL": yes,
        },
        may={
            "FRAFLYTDTO": day,
            "KOMKOD": municipality,
            "VEJKOD": like(r"[0-9]{4}", digits=4),
            "ANVENDELSE": coded,
        },
        key=("CPR", "TILFLYTDTO"),
        units=(("CPR", "KOMKOD", "VEJKOD", "CPRSTATUS"),),
        end_is_a_day=False,
        digits={"CPRSTATUS": 2},
        period=("overlaps", "TILFLYTDTO", "FRAFLYTDTO"),
        end="FRAFLYTDTO",
        rules=(in_order("TILFLYTDTO", "FRAFLYTDTO"),),
    ),
    "drug_treatment": Layout(
        must={
            "CPR": person,
            "KONTAKTFORLOEBID": like(r"[A-Z0-9]{2,20}"),
            "KOM": municipality,
            "INDSKRIVNINGSDATO": day,
            "HOVEDSTOF": coded,
            "BEHANDLINGSTYPE": coded,
        },
        may={
            "ANMODNINGSDATO": day,
            "BEHANDLINGAFSLUTTETDATO": day,
            "BISTOF1": coded,
            "BISTOF2": coded,
            "AFSLUTNINGSAARSAG": coded,
            "STATUSDATO": day,
            "BOLIGSITUATION": coded,
        },
        key=("KONTAKTFORLOEBID",),
        period=("overlaps", "INDSKRIVNINGSDATO", "BEHANDLINGAFSLUTTETDATO"),
        end="BEHANDLINGAFSLUTTETDATO",
        rules=(
            in_order("INDSKRIVNINGSDATO", "BEHANDLINGAFSLUTTETDATO"),
            in_order("ANMODNINGSDATO", "INDSKRIVNINGSDATO"),
        ),
        later=("STATUSDATO",),
        name=("CPR", "KOM", "BEHANDLINGSTYPE", "INDSKRIVNINGSDATO"),
        units=(("CPR", "KONTAKTFORLOEBID"), ("KONTAKTFORLOEBID", "INDSKRIVNINGSDATO")),
        own_ids=("KONTAKTFORLOEBID",),
    ),
    "special_team_log": Layout(
        must={
            "HENVENDELSE_ID": like(r"[A-Z0-9]{2,20}"),
            "DATO": day,
            "ANONYM": yes,
            "KOEN": coded,
            "PARTNERVOLD": yes,
            "TILBUD": coded,
        },
        may={"CPR": person, "VOLDSSTART": day},
        key=("HENVENDELSE_ID",),
        period=("in", "DATO"),
        rules=(in_order("VOLDSSTART", "DATO"), anonymous_or_person, _sex_agrees_with_number),
    ),
    "crisis_centre_stays": Layout(
        must={"OPHOLD_ID": like(r"[A-Z0-9]{2,20}"), "INDFLYTNING": day, "ANONYM": yes},
        may={"CPR": person, "UDFLYTNING": day, "VOLDSSTART": day},
        key=("OPHOLD_ID",),
        period=("in", "INDFLYTNING"),
        end="UDFLYTNING",
        rules=(in_order("INDFLYTNING", "UDFLYTNING"), in_order("VOLDSSTART", "INDFLYTNING"), anonymous_or_person),
    ),
    "psychiatry_contacts": Layout(
        must={
            "V_CPR": person,
            "K_RECNUM": like(r"[A-Z0-9]{2,20}"),
            "D_INDDTO": day,
            "C_PATTYPE": coded,
        },
        may={"D_UDDTO": day, "C_DIAG": like(r"DF[0-9]{2}[0-9A-Z]{0,3}")},
        key=("K_RECNUM",),
        period=("overlaps", "D_INDDTO", "D_UDDTO"),
        end="D_UDDTO",
        rules=(in_order("D_INDDTO", "D_UDDTO"),),
        name=("V_CPR", "C_PATTYPE", "D_INDDTO"),
        units=(("V_CPR", "K_RECNUM"), ("K_RECNUM", "D_INDDTO")),
        own_ids=("K_RECNUM",),
    ),
    "psychiatry_discharge_notifications": Layout(
        must={"V_CPR": person, "D_UDDTO": day, "BEHOV_VURDERET": yes},
        may={"UNDERRETNINGSDATO": day},
        key=("V_CPR", "D_UDDTO"),
        period=("in", "D_UDDTO"),
        later=("UNDERRETNINGSDATO",),
    ),
    "social_psychiatry_services": Layout(
        must={
            "CPR": person,
            "PARAGRAF": coded,
            "STARTDATO": day,
            "INITIATIV": coded,
        },
        may={"SLUTDATO": day},
        key=("CPR", "PARAGRAF", "STARTDATO"),
        units=(("CPR", "PARAGRAF"),),
        period=("overlaps", "STARTDATO", "SLUTDATO"),
        end="SLUTDATO",
        rules=(in_order("STARTDATO", "SLUTDATO"),),
    ),
    "housing_areas": Layout(
        must={
            "OMRAADE_ID": like(r"[A-Z0-9-]{2,20}"),
            "OMRAADE_TYPE": coded,
            "STATUSDATO": day,
            "KRITERIEVERSION": like(r"[a-z][a-z0-9_]*"),
            "PAA_LISTEN": yes,
            "KRITERIER_2010": yes,
        },
        may={"BOLIGER": number},
        key=("OMRAADE_ID", "OMRAADE_TYPE", "STATUSDATO", "KRITERIEVERSION"),
        period=("in", "STATUSDATO"),
    ),
    "housing_area_keys": Layout(
        must={
            "OMRAADE_TYPE": coded,
            "OMRAADE_ID_FOER": like(r"[A-Z0-9-]{2,20}"),
            "OMRAADE_ID_NY": like(r"[A-Z0-9-]{2,20}"),
            "GYLDIG_FRA": day,
        },
        may={},
        key=("OMRAADE_TYPE", "OMRAADE_ID_FOER", "OMRAADE_ID_NY", "GYLDIG_FRA"),
        period=("in", "GYLDIG_FRA"),
    ),
    "person_number_changes": Layout(
        must={"CPR_NYT": person, "CPR_GAMMELT": person, "AENDRET": day},
        may={},
        key=("CPR_GAMMELT",),
        period=("in", "AENDRET"),
        rules=(lambda row: bool(row["CPR_NYT"] != row["CPR_GAMMELT"]),),
    ),
    "housing_residents": Layout(
        must={
            "CPR": person,
            "OMRAADE_ID": like(r"[A-Z0-9-]{2,20}"),
            "OMRAADE_TYPE": coded,
            "REFERENCEDATO": day,
        },
        may={},
        key=("CPR", "OMRAADE_TYPE"),
        period=("is", "REFERENCEDATO"),
    ),
    "sfi_person_forms": Layout(
        must={
            "SKEMA_ID": like(r"[A-Z0-9]{2,12}"),
            "TAELLEDATO": day,
            "KOMMUNE": municipality,
            "KOEN": coded,
            "ETNISK_BAGGRUND": coded,
            "SITUATION": like(r"[1-9]"),
            "FORSOERGELSE": coded,
            "SKREVET_OP_BOLIG": coded,
        },
        may={"ALDER": number},
        key=("SKEMA_ID",),
        period=("in", "TAELLEDATO"),
    ),
}
