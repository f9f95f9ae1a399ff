"""Make the pinned code lists from the collected ones: countries, offences; and write the lists that are ours.

python scripts/pin_codes.py FOLDER_WITH_CODES
"""

import csv
import sys
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
BENEFITS = [
    ("111", "Arbejdsløshedsdagpenge", "unemployment_benefit", "counted"),
    ("130", "Kontanthjælp", "cash_benefit", "counted"),
    ("730", "Kontanthjælp, passiv", "cash_benefit", "counted"),
    ("140", "Starthjælp og introduktionsydelse", "introduction_benefit", "counted"),
    ("740", "Ledighedsydelse", "flex_job_benefit", "counted"),
    ("750", "Revalidering", "rehabilitation", "counted"),
    ("783", "Førtidspension", "disability_pension", "counted"),
    ("890", "Sygedagpenge", "sickness_benefit", "counted"),
    ("621", "Efterløn", "early_retirement", "optional"),
    ("651", "SU", "study_grant", "left_out"),
    ("998", "Folkepension", "state_pension", "left_out"),
]
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


def save(name: str, heading: tuple[str, ...], rows: list[tuple[object, ...]], **about: str) -> None:
    path = get_settings().reference / "codes" / name
    with path.open("w", encoding="utf-8", newline="") as f:
        w = csv.writer(f, lineterminator="\n")
        w.writerow(heading)
        w.writerows(rows)
    write_sidecar(path, accessed=ACCESSED, **about)
    print(name, len(rows))


def main(folder: Path) -> None:
    with (folder / "opr_land_western.csv").open(encoding="utf-8") as f:
        lands = [(r["opr_land"].zfill(4), r["land"], GROUPS[r["gruppe"]]) for r in csv.DictReader(f)]
    save(
        "origin_country.csv",
        ("code", "label_da", "country_group"),
        lands,
        title="Countries of origin by group",
        producer="Danmarks Statistik",
        licence="CC BY 4.0",
        source="Lande i personstatistik, vestlige og ikke-vestlige",
        remarks="Frozen as of 1 January 2010: Croatia is non-western in the whole series. Version 2010-01-01.",
    )
    with (folder / "ger7_goal6.csv").open(encoding="utf-8") as f:
        offences = [
            (r["ger7"], r["label"], TERMS[r["plan_term"]], "counted" if r["ger7"] == SMUGGLING else USES[r["use"]])
            for r in csv.DictReader(f)
        ]
    save(
        "offence.csv",
        ("code", "label_da", "category", "use"),
        offences,
        title="Offences of goal 6",
        producer="Danmarks Statistik (codes), this project (categories)",
        licence="CC BY 4.0",
        source="GER7",
        remarks="Codes as published; the choice of codes per category is ours, version 1.",
    )
    ours = "This project; to be replaced by the supplier's own list"
    save(
        "decision_type.csv",
        ("code", "label_da", "guilty", "mark"),
        [(a, b, str(c).lower(), d) for a, b, c, d in DECISION_TYPES],
        title="Types of decision and guilt",
        producer=ours,
        licence="CC BY 4.0",
        source="AFG_AFGTYP3",
        remarks="Only 111 was seen in a source; codes marked K are expert knowledge. Version 1.",
    )
    save(
        "benefit.csv",
        ("code", "label_da", "category", "use", "mark"),
        [(*b, "K") for b in BENEFITS],
        title="Benefit codes and what counts as transfer income",
        producer=ours,
        licence="CC BY 4.0",
        source="DREAM",
        remarks="Which benefits count follows the definition of I12; the codes are expert knowledge.",
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
