"""Make the pinned files of published figures from the collected tables of SFI/VIVE, section 110 and housing lists.

    python scripts/pin_published.py FOLDER_WITH_SFI_AND_HOUSING

Every figure keeps its source; free-text notes become flags. Fails when the number of figures is not the known one.
"""

import csv
import re
import sys
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

from handleplan_pipeline.settings import get_settings
from handleplan_pipeline.sources.pinned import write_sidecar

ACCESSED = date(2026, 11, 24)
TOTAL = "I alt"
FLAGS = {
    "definition_2007": ("2007 definition", "definition differs"),
    "rounded_in_print": ("printed as", "rounded"),
    "revised": ("revised",),
    "derived_figure": ("derived", "pct of 6138"),
    "suspected_misprint": ("suspected", "misprint"),
    "at_least_120": ("at least 120",),
    "unit_is_stays": ("unit is stays",),
    "item_nonresponse": ("internt bortfald",),
    "counted_apart": ("counted apart",),
}
HOMELESS = {
    "sfi_totals": {},
    "sfi_age": {"age_group": "age_printed"},
    "sfi_causes": {"cause": "cause"},
    "sfi_ethnicity": {"subgroup": "subgroup", "herkomst": "origin"},
    "sfi_health_by_ethnicity": {"herkomst": "origin", "condition": "condition"},
    "sfi_sex": {"situation": "situation", "sex": "sex_printed"},
    "sfi_situation": {"situation": "situation", "age_group": "age_printed"},
    "vive2019_migrants": {},
}
DIMENSIONS = ("subgroup", "origin", "sex_printed", "age_printed", "situation", "cause", "condition")
VIVE = {"køn": "sex_printed", "alder": "age_printed", "byområde": None}
MISPRINTS = {("VIDENSPORTAL_2017", "Venner/familie", "I alt")}
"""Same value as the shelter share in the same list: a suspected slip (kept, flagged)."""
VINTAGE = {"SFI_1535": 2015, "BEDSTEEMNER_2021": 2021}
CRITERIA_BY_LIST_DATE = {
    "2006-01": "kombineret_udlejning_2005",
    "2010-01": "kombineret_udlejning_2010",
    "2010-10": "ghetto_2010",
    "2012-10-01": "ghetto_2010",
    "revised criteria list": "ghetto_2014",
    "2014-12-01": "ghetto_2014",
    "2015-12-01": "ghetto_2014",
    "2016-12-01": "ghetto_2014",
    "2017-12-01": "ghetto_2014",
    "2018 agreement": "exposed_2018",
    "2018": "exposed_2018",
    "2019": "exposed_2018",
    "2019-12-01": "exposed_2018",
    "2020": "exposed_2018",
    "2020-12-01": "exposed_2018",
    "2021": "parallel_2021",
    "2022": "parallel_2021",
    "2022-12-01": "parallel_2021",
    "2023": "parallel_2021",
    "2023-12-01": "parallel_2021",
    "2024-12-01": "parallel_2021",
    "2018-12": "exposed_2018",
    "2021-12": "parallel_2021",
    "2014": "ghetto_2014",
    "2007": "high_risk_department",
}


def rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as f:
        yield from csv.DictReader(f)


def flags(note: str) -> list[str]:
    return [flag for flag, words in FLAGS.items() if any(w in note.lower() for w in words)]


def slug(*parts: str) -> str:
    text = "_".join(p for p in parts if p and p != TOTAL).lower()
    for a, b in (("æ", "ae"), ("ø", "oe"), ("å", "aa"), ("§", "")):
        text = text.replace(a, b)
    return re.sub(r"[^a-z0-9]+", "_", text).strip("_")


def write(path: Path, found: Iterable[dict[str, object]], title: str, producer: str) -> int:
    data = list(found)
    with path.open("w", encoding="utf-8", newline="") as f:
        writer = csv.DictWriter(f, list(data[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(data)
    write_sidecar(
        path,
        title=title,
        producer=producer,
        licence="Figures quoted with their source; see published_source.csv",
        accessed=ACCESSED,
        source=path.stem,
    )
    return len(data)


def homeless(folder: Path) -> Iterator[dict[str, object]]:
    for file, names in HOMELESS.items():
        for r in rows(folder / f"{file}.csv"):
            dims = dict.fromkeys(DIMENSIONS, TOTAL)
            for theirs, ours in names.items():
                dims[ours] = r[theirs]
            if file.startswith("vive") and (ours := VIVE[r["dimension"]]):
                dims[ours] = r["category"]
            marks = flags(r["note"])
            if (r["source_id"], r.get("situation", ""), r.get("age_group", "")) in MISPRINTS:
                marks.append("suspected_misprint")
            definition = "sfi_2007" if r["year"] == "2007" else "sfi_2009"
            yield {
                "figure_id": slug(
                    file, r["source_id"], r["table"], r["year"], r["geography"], r["measure"], *dims.values()
                ),
                "source_id": r["source_id"],
                "place": r["table"],
                "year": r["year"],
                "geography_name": r["geography"],
                "geography": {
                    "Danmark": "000",
                    "København": "101",
                    "Frederiksberg": "147",
                    "Odense": "461",
                    "Aarhus": "751",
                    "Aalborg": "851",
                }.get(r["geography"], ""),
                **dims,
                "measure": r["measure"],
                "value": r["value"],
                "unit": r["unit"],
                "definition": definition,
                "approximate": str("rounded_in_print" in marks).lower(),
                "flags": ";".join(marks),
            }


def section_110(folder: Path) -> Iterator[dict[str, object]]:
    for r in rows(folder / "paragraf110.csv"):
        marks = flags(r["note"])
        yield {
            "figure_id": slug(r["source_id"], r["year"], r["geography"], r["dimension"], r["category"], r["measure"]),
            "source_id": r["source_id"],
            "place": r["table"],
            "year": r["year"],
            "geography_name": r["geography"],
            "dimension": r["dimension"],
            "category": r["category"],
            "measure": r["measure"],
            "value": r["value"],
            "unit": r["unit"],
            "approximate": str("rounded_in_print" in marks).lower(),
            "flags": ";".join(marks),
        }


def iso(list_date: str) -> str:
    return list_date if re.fullmatch(r"\d{4}-\d{2}-\d{2}", list_date) else ""


def year_of(reference: str) -> str:
    found = re.match(r"(?:ultimo )?(\d{4})(?:-|$)", reference)
    return found.group(1) if found else ""


def sources(*documents: Path) -> Iterator[dict[str, object]]:
    seen: dict[str, dict[str, object]] = {}
    for document in documents:
        for line in document.read_text(encoding="utf-8").splitlines():
            cells = [c.strip() for c in line.strip("| ").split(" | ")]
            if len(cells) < 3 or not re.match(r"^[A-Z_]{2,}", cells[0]):
                continue
            previous = ""
            for name in cells[0].split(", "):
                full = re.sub(r"_\d{4}$", "", previous) + name if name.startswith("_") else name
                previous = full
                digits = re.findall(r"(?:19|20)\d\d", full)
                tier = cells[1].split("-")[0] if full != "BEDSTEEMNER_2021" else "4"
                if "-" in cells[1] and full not in ("BEDSTEEMNER_2021",):
                    tier = "2" if full.split("_")[0] in ("BOLIGSOCIALNET", "FAGBLADET", "MONDAQ", "DKLF") else "3"
                title = re.split(r"; | \(", cells[2])[0] if "-" not in cells[1] else f"Press or trade page ({full})"
                if title.startswith("Press reports"):
                    title = f"Press report ({full})"
                seen.setdefault(
                    full,
                    {
                        "source_id": full,
                        "trust_tier": tier,
                        "vintage": VINTAGE.get(full) or (digits[-1] if full.startswith("AST") else digits[0])
                        if digits or full in VINTAGE
                        else "2010",
                        "title": title[:160],
                    },
                )
    return iter(seen.values())


def main(folder: Path) -> None:
    target = get_settings().reference / "published"
    target.mkdir(parents=True, exist_ok=True)
    sfi, housing = folder / "sfi", folder / "housing"
    n = write(
        target / "homelessness_count.csv",
        homeless(sfi),
        "SFI and VIVE homelessness counts 2007-2024, as printed",
        "SFI / VIVE and those quoting them",
    )
    m = write(
        target / "section_110_statistics.csv",
        section_110(sfi),
        "Section 110 shelter statistics, as printed",
        "Ankestyrelsen / Danmarks Statistik",
    )
    write(
        target / "published_source.csv",
        sources(sfi / "SOURCES.md", housing / "SOURCES.md"),
        "Sources of the published figures and their trust tier",
        "own compilation",
    )
    write(
        target / "exposed_area_list.csv",
        (
            {
                "list_date": r["list_date"],
                "list_date_iso": iso(r["list_date"]),
                "area": r["area"],
                "area_key": slug(r["area"].removesuffix(" mv")),
                "state": {"på listen": "listed", "ny på listen": "new", "udgået": "left"}[r["status"]],
                "criteria_version": CRITERIA_BY_LIST_DATE[r["list_date"]],
                "source_id": r["source_id"],
            }
            for r in rows(housing / "copenhagen_membership.csv")
        ),
        "Copenhagen areas on the lists of exposed areas",
        "The ministry, quoted",
    )
    cph = (
        {
            "geography": "101",
            "list_date": r["reference"],
            "list_date_iso": iso(r["reference"]),
            "year": year_of(r["reference"]) if r["reference"] != "2018 agreement" else "",
            "list_type": r["measure"],
            "criteria_version": CRITERIA_BY_LIST_DATE[r["reference"]],
            "value": r["value"],
            "source_id": r["source_id"],
            "flags": ";".join(flags(r["note"])),
        }
        for r in rows(housing / "high_risk_departments.csv")
        if r["unit"] == "områder"
    )
    dk = (
        {
            "geography": "000",
            "list_date": r["list_date"],
            "list_date_iso": iso(r["list_date"]),
            "year": year_of(r["list_date"]),
            "list_type": r["list_type"],
            "criteria_version": CRITERIA_BY_LIST_DATE[r["list_date"]],
            "value": r["value"],
            "source_id": r["source_id"],
            "flags": "",
        }
        for r in rows(housing / "list_counts_national.csv")
    )
    write(
        target / "exposed_area_count.csv",
        [*cph, *dk],
        "Number of areas on the lists, by version of the criteria",
        "The ministry, quoted",
    )
    write(
        target / "exposed_area_criteria.csv",
        (
            {
                "criteria_version": CRITERIA_BY_LIST_DATE.get(r["valid_from"], "ghetto_2010"),
                "valid_from_printed": r["valid_from"],
                "valid_to_printed": r["valid_to"],
                "list_type": r["list_type"],
                "criterion": r["criterion"],
                "operator": r["operator"],
                "threshold": r["threshold"],
                "unit": r["unit"],
                "rule": r["rule"],
                "confirmed": str("general knowledge" not in r["note"] and "check" not in r["note"]).lower(),
                "source_id": r["source_id"],
            }
            for r in rows(housing / "criteria.csv")
        ),
        "Criteria of the lists, by version",
        "The ministry and the plan, quoted",
    )
    write(
        target / "high_risk_department.csv",
        (
            {
                "year": year_of(r["reference"]),
                "reference": r["reference"],
                "measure": {"afdelinger": "departments", "boliger": "dwellings"}[r["unit"]],
                "value": r["value"],
                "approximate": str("printed as" in r["note"].lower()).lower(),
                "source_id": r["source_id"],
            }
            for r in rows(housing / "high_risk_departments.csv")
            if r["unit"] in ("afdelinger", "boliger")
        ),
        "High-risk departments and their dwellings, as the plan prints them",
        "Københavns Kommune",
    )
    write(
        target / "exposed_area_citizenship.csv",
        (
            {
                "list_date": r["list_date"],
                "reference_date": r["reference_date"],
                "municipality": r["kommune"],
                "area": r["area"],
                "value": r["value"],
                "unit": r["unit"],
                "source_id": r["source_id"],
            }
            for r in rows(housing / "citizenship_2012.csv")
        ),
        "Share without Danish citizenship in listed areas, 2012",
        "Folketinget, quoted",
    )
    if (n, m) != (187, 58):
        raise SystemExit(f"read {n} homelessness figures and {m} section 110 figures, expected 187 and 58")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
