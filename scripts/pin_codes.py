"""Make the pinned code lists from the collected ones: countries, offences; and write the lists that are ours.

python scripts/pin_codes.py FOLDER_WITH_CODES
"""

import csv
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from handleplan_pipeline.settings import get_settings
from handleplan_pipeline.sources.pinned import write_sidecar

ACCESSED = date(2026, 11, 24)
GROUPS = {
    "vestlig": "western",
    "ikke_vestlig": "non_western",
    "dansk_rige": "realm",
    "uoplyst": "unknown",
    "vestlig_fra_2013-07-01": "non_western",
}
"""Frozen as of 1 January 2010: a country that became western later stays non-western in the whole series."""
USES = {"kerne": "counted", "valg": "optional", "udelad": "left_out"}
TERMS = {"gadeuorden": "street_disorder", "euforiserende": "euphoriants_act", "handel_stoffer": "drug_dealing"}
SMUGGLING = "1440505"
"""Section 191 holds smuggling too, so the definition counts it with dealing."""
DREAM_BEGINS = "1991-07-29"
"""Week 31 of 1991, the first week of the register."""
DECISIONS_BEGIN, COUNTRIES_BEGIN = "1980-01-01", "1968-04-02"
DECISION_SOURCES = {
    "S": "Danmarks Statistik, TIMES: AFG_AFGTYP3",
    "K": "Kode i afgørelsesregisteret efter fagkendskab",
}
DECISION_TYPES = [
    ("111", "Ubetinget frihedsstraf", True, "S"),
    ("112", "Ubetinget frihedsstraf, foranstaltning", True, "K"),
    ("121", "Betinget frihedsstraf", True, "K"),
    ("122", "Betinget frihedsstraf med samfundstjeneste", True, "K"),
    ("211", "Bøde ved dom", True, "K"),
    ("212", "Bødeforelæg vedtaget", True, "K"),
    ("311", "Tiltalefrafald", True, "K"),
    ("312", "Advarsel i forbindelse med tiltalefrafald", True, "K"),
    ("411", "Påtaleopgivelse", False, "K"),
    ("511", "Frifindelse", False, "K"),
]
GUILT = {
    True: "Skyldig: straf eller tiltalefrafald.",
    False: "Ikke skyldig: sagen er opgivet eller endt i frifindelse.",
}
STUDY = "PMC9893621, tabel 2 (doi 10.1186/s12889-023-15106-y)"
PUBLIC_CODE = "Etiketter i offentlig Stata-kode til DREAM"
RANGES = "Kodeområder, som offentliggjorte DREAM-studier angiver"
IN_THE_STUDY = {
    *("121", "651", "652", "661", "881"),
    *("750", "753", "754", "755", "756", "757", "758", "760", "763", "764", "765", "766", "767", "768"),
    *("771", "775", "781", "783", "785", "810", "813", "814", "815", "816", "817", "818", "890", "893"),
}
IN_PUBLIC_CODE = {"111", "651", "730", "881", "997"}
NAMED = "Nævnt blandt overførslerne i definitionen af I12."
IN_ACTIVATION = "Samme ydelse med tilbud eller i en variant; en overførsel bliver ikke lønarbejde ved en ny kode."
REPLACED = "Afløste ved reform en ydelse, som definitionen af I12 nævner; ellers ville reformen ligne et fald."
ALL_OTHER = "Studiet i PMC9893621 regner alle koder, det ikke undtager, som offentlig ydelse."
NOT_NAMED = "Ikke blandt overførslerne i definitionen af I12."
BENEFITS = [
    # first and last code, label, category, use, reason; `*` after a label: the variant is not described
    ("111", "Arbejdsløshedsdagpenge", "unemployment_benefit", "counted", NAMED),
    ("112-120", "Arbejdsløshedsdagpenge*", "unemployment_benefit", "counted", IN_ACTIVATION),
    ("121", "Feriedagpenge", "holiday_benefit", "left_out", "Ferie; studiet regner den ikke som ydelse."),
    (
        "122-129",
        "Arbejdsløshedsdagpenge og midlertidige ydelser efter dem*",
        "unemployment_benefit",
        "counted",
        REPLACED,
    ),
    ("130", "Kontanthjælp", "cash_benefit", "counted", NAMED),
    ("131-139", "Kontanthjælp*", "cash_benefit", "counted", IN_ACTIVATION),
    ("140", "Starthjælp og introduktionsydelse", "introduction_benefit", "counted", NAMED),
    ("141-149", "Starthjælp og introduktionsydelse*", "introduction_benefit", "counted", IN_ACTIVATION),
    ("299", "Aktivering uden nærmere oplysning", "activation", "counted", ALL_OTHER),
    ("412", "Orlov", "leave", "left_out", NOT_NAMED),
    ("511-524", "Orlov og støttet beskæftigelse*", "leave_or_supported_work", "left_out", NOT_NAMED),
    ("621", "Efterløn", "early_retirement", "optional", "Følsomhedsserie efter definitionen af I12."),
    ("622", "Fleksydelse", "early_retirement", "optional", "Efterløn for fleksjobbere."),
    ("623-650", "Mellem efterløn og SU*", "not_described", "left_out", NOT_NAMED),
    ("651", "SU", "study_grant", "left_out", "SU er undtaget i definitionen af I12."),
    ("652-660", "SU*", "study_grant", "left_out", "SU er undtaget i definitionen af I12."),
    ("661", "Støtte til uddannelse", "study_grant", "left_out", "Som SU; studiet regner den ikke."),
    ("690-729", "Kontanthjælp og ydelser som den*", "cash_benefit", "counted", ALL_OTHER),
    ("730", "Kontanthjælp, passiv", "cash_benefit", "counted", NAMED),
    ("731-739", "Kontanthjælp*", "cash_benefit", "counted", IN_ACTIVATION),
    ("740", "Ledighedsydelse", "flex_job_benefit", "counted", NAMED),
    ("741-749", "Ledighedsydelse*", "flex_job_benefit", "counted", IN_ACTIVATION),
    ("750", "Revalidering", "rehabilitation", "counted", NAMED),
    ("751-769", "Revalidering og forrevalidering*", "rehabilitation", "counted", IN_ACTIVATION),
    ("770-779", "Fleksjob*", "flex_job", "left_out", "Løn med tilskud til arbejdsgiveren; ikke i definitionen."),
    ("780-782", "Førtidspension, også med skånejob*", "disability_pension", "counted", IN_ACTIVATION),
    ("783", "Førtidspension", "disability_pension", "counted", NAMED),
    ("784-790", "Førtidspension*", "disability_pension", "counted", IN_ACTIVATION),
    ("810-819", "Ressourceforløb*", "resource_course", "counted", REPLACED),
    ("820-869", "Ydelser mellem ressourceforløb og jobafklaring*", "not_described", "counted", ALL_OTHER),
    ("870-879", "Jobafklaringsforløb*", "job_clarification", "counted", REPLACED),
    (
        "880-889",
        "Barselsdagpenge*",
        "parental_benefit",
        "left_out",
        "Barsel; studiet regner den ikke, og definitionen nævner den ikke.",
    ),
    ("890", "Sygedagpenge", "sickness_benefit", "counted", NAMED),
    ("891-899", "Sygedagpenge*", "sickness_benefit", "counted", IN_ACTIVATION),
    ("997", "Uden bopæl i Danmark", "not_resident", "left_out", "Ingen ydelse."),
    ("998", "Folkepension", "state_pension", "left_out", "Folkepension er undtaget i definitionen af I12."),
    ("999", "Død", "dead", "left_out", "Ingen ydelse."),
]
"""Families of DREAM's codes. What counts is the definition of I12, with a reason each; version 2."""
BEGAN_LATER = {"622": "1999-01-01", "810-819": "2013-01-01", "870-879": "2014-07-01"}
"""Families of benefits that are younger than the register; the others begin with it."""
SEEN_COUNTRY = ("LCB0B/mapping_dst_tokens; LIFA LOIS, kommunal GIS-vejledning", "S")
RULED_COUNTRY = ("LCB0B/mapping_dst_tokens; gruppen efter Danmarks Statistiks regel", "K")
COUNTRY_UNKNOWN = {"5100", "5101", "5102"}
"""Denmark, Greenland, abroad but unknown: with an immigrant or descendant they say nothing of western or not."""
WIDER_OFFENCES = [
    ("1435000", "Salg af narkotika mv., uspecificeret", "drug_dealing"),
    ("1440000", "Smugling mv. af narkotika, uspecificeret", "drug_dealing"),
    ("3210000", "Lov om euforiserende stoffer, uspecificeret", "euphoriants_act"),
]
"""Codes of the same chapters that the first choice did not name: known, and not counted."""
ANCESTRY = [
    # system, code, supplier's meaning, ancestry or group, valid from
    ("IE_TYPE", "1", "dansk oprindelse", "danish"),
    ("IE_TYPE", "2", "indvandrer", "immigrant"),
    ("IE_TYPE", "3", "efterkommer", "descendant"),
    ("IE_TYPE", "0", "uoplyst", "unknown"),
    ("FOLK1E", "1", "dansk oprindelse", "danish"),
    ("FOLK1E", "24", "indvandrere, vestlige", "immigrant_western"),
    ("FOLK1E", "25", "indvandrere, ikke-vestlige", "immigrant_non_western"),
    ("FOLK1E", "34", "efterkommere, vestlige", "descendant_western"),
    ("FOLK1E", "35", "efterkommere, ikke-vestlige", "descendant_non_western"),
    ("FOLK1C", "5", "dansk oprindelse", "danish"),
    ("FOLK1C", "4", "indvandrere", "immigrant"),
    ("FOLK1C", "3", "efterkommere", "descendant"),
    ("STRAFNA6", "1", "dansk oprindelse", "danish"),
    ("STRAFNA6", "6", "indvandrere og efterkommere", "minority"),
    ("KRISE2", "7", "dansk oprindelse", "danish"),
    ("KRISE2", "8", "indvandrere og efterkommere", "minority"),
    ("KRISE2", "0", "uoplyst", "unknown"),
    ("SFI", "dansk", "dansk, vurderet af personalet", "danish"),
    ("SFI", "groenlandsk", "grønlandsk: i rigsfællesskabet, ikke minoritet efter DST", "danish"),
    ("SFI", "indvandrer", "indvandrer, vurderet", "immigrant"),
    ("SFI", "efterkommer", "efterkommer, vurderet", "descendant"),
    ("SFI", "uoplyst", "uoplyst", "unknown"),
]


def save(name: str, heading: tuple[str, ...], rows: Sequence[tuple[object, ...]], **about: str) -> None:
    path = get_settings().reference / "codes" / name
    with path.open("w", encoding="utf-8", newline="") as f:
        w = csv.writer(f, lineterminator="\n")
        w.writerow(heading)
        w.writerows(rows)
    write_sidecar(path, accessed=ACCESSED, **about)
    print(name, len(rows))


def benefits() -> list[tuple[str, ...]]:
    """A row per code of the families, each with the source that names it."""
    rows: list[tuple[str, ...]] = []
    for codes, label, category, use, reason in BENEFITS:
        first, _, last = codes.partition("-")
        since = BEGAN_LATER.get(codes, DREAM_BEGINS)
        for code in map(str, range(int(first), int(last or first) + 1)):
            source = STUDY if code in IN_THE_STUDY else PUBLIC_CODE if code in IN_PUBLIC_CODE else RANGES
            if code in IN_THE_STUDY & IN_PUBLIC_CODE:
                source = f"{STUDY}; {PUBLIC_CODE}"
            text = label.replace("*", " (varianten er ikke beskrevet i kilden)")
            mark = "K" if source == RANGES else "S"
            rows.append((code, text, category, use, since, "", source, mark, reason))
    return rows


def main(folder: Path) -> None:
    with (folder / "opr_land_western.csv").open(encoding="utf-8") as f:
        lands = [
            (
                r["opr_land"].zfill(4),
                r["land"],
                "unknown" if r["opr_land"] in COUNTRY_UNKNOWN else GROUPS[r["gruppe"]],
                COUNTRIES_BEGIN,
                "",
                *(SEEN_COUNTRY if r["basis"] == "seen in stored list" else RULED_COUNTRY),
            )
            for r in csv.DictReader(f)
        ]
    save(
        "origin_country.csv",
        ("code", "label_da", "country_group", "valid_from", "valid_until", "source", "mark"),
        lands,
        title="Countries of origin by group",
        producer="Danmarks Statistik",
        licence="CC BY 4.0",
        source="Lande i personstatistik, vestlige og ikke-vestlige",
        remarks="Frozen as of 1 January 2010: Croatia is non-western in the whole series. Denmark, Greenland and unknown "
        "abroad are no country that tells western from not. Version 2.",
    )
    with (folder / "ger7_goal6.csv").open(encoding="utf-8") as f:
        offences = [
            (r["ger7"], r["label"], TERMS[r["plan_term"]], "counted" if r["ger7"] == SMUGGLING else USES[r["use"]])
            for r in csv.DictReader(f)
        ]
    offences += [(code, label, category, "left_out") for code, label, category in WIDER_OFFENCES]
    save(
        "offence.csv",
        ("code", "label_da", "category", "use", "valid_from", "valid_until", "source", "mark"),
        [(*o, DECISIONS_BEGIN, "", "LCB0B/mapping_dst_tokens, GER7", "S") for o in offences],
        title="Offences of goal 6",
        producer="Danmarks Statistik (codes), this project (categories)",
        licence="CC BY 4.0",
        source="GER7",
        remarks="Codes as published; the choice of codes per category is ours, version 1.",
    )
    ours = "This project; to be replaced by the supplier's own list"
    save(
        "decision_type.csv",
        ("code", "label_da", "guilty", "valid_from", "valid_until", "source", "mark", "reason"),
        [
            (code, label, str(guilty).lower(), DECISIONS_BEGIN, "", DECISION_SOURCES[mark], mark, GUILT[guilty])
            for code, label, guilty, mark in DECISION_TYPES
        ],
        title="Types of decision and guilt",
        producer=ours,
        licence="CC BY 4.0",
        source="AFG_AFGTYP3",
        remarks="Only 111 was seen in a source; codes marked K are expert knowledge. Version 2.",
    )
    save(
        "benefit.csv",
        ("code", "label_da", "category", "use", "valid_from", "valid_until", "source", "mark", "reason"),
        benefits(),
        title="Benefit codes and what counts as transfer income",
        producer=ours,
        licence="CC BY 4.0",
        source="DREAM",
        remarks="Which benefits count follows the definition of I12, with a reason per code. Version 2.",
    )
    save(
        "ancestry.csv",
        ("system", "code", "label_da", "population_group", "valid_from"),
        [(*a, "1990-01-01") for a in ANCESTRY],
        title="Every supplier's codes of origin",
        producer="This project",
        licence="CC BY 4.0",
        source="Documentation of the registers named in `system`",
        remarks="Version 1.",
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
