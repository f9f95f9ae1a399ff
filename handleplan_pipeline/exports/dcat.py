"""`catalog.jsonld`: the release as a DCAT-AP 3.0 catalogue that a data portal harvests.

A portal needs whole addresses: they begin with HANDLEPLAN_SITE_URL. Without it they are relative to the file, for
people to read. A demonstration is never to be harvested: it says so in its title, and its rights are not public.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from handleplan_pipeline.exports.datapackage import TITLE, licence
from handleplan_pipeline.exports.notice import marked, notice, publisher
from handleplan_pipeline.exports.release import Release, read
from handleplan_pipeline.lake.files import sha256_of
from handleplan_pipeline.settings import get_settings
from schemas.languages import LANGUAGES

NAME = "catalog.jsonld"
CONTEXT = {
    "adms": "http://www.w3.org/ns/adms#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "spdx": "http://spdx.org/rdf/terms#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
AUTHORITY = "http://publications.europa.eu/resource/authority"
PUBLISHER_TYPE = "http://purl.org/adms/publishertype/LocalAuthority"
PLACES = {"Copenhagen": "https://sws.geonames.org/2618425/"}
"""The address of a municipality, by what it is called; one that is not here is named without."""
CATALOGUE = {"da": "Handleplanens udgivelser", "en": "Releases of the action plan"}
KEYWORDS = {"da": ("integration", "resultatmål"), "en": ("integration", "result goals")}
MEDIA = {
    ".duckdb": ("application/vnd.duckdb", None),
    ".parquet": ("application/vnd.apache.parquet", "PARQUET"),
    ".csv": ("text/csv", "CSV"),
    ".json": ("application/json", "JSON"),
    ".xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "XLSX"),
    ".html": ("text/html", "HTML"),
}
"""Media type, and the name in the European list of file types where it has one."""
DOORS = (
    "handleplan.duckdb",
    "datapackage.json",
    "csv/goal.*.csv",
    "csv/output.observation.csv",
    "csv/output.goal_status.csv",
    "csv/da/goal.*.csv",
    "csv/da/output.observation.csv",
    "jsonstat/goal_*.json",
    "json/status.json",
    "sdmx/observation.csv",
    "xlsx/*/*.xlsx",
    "parquet/output/observation.parquet",
    "report/index.html",
)
"""The files a portal offers; what else there is hangs on them."""


def export(folder: Path) -> None:
    """Write `catalog.jsonld`."""
    site = get_settings().site_url
    text = json.dumps(catalogue(read(folder), folder, site), ensure_ascii=False, indent=1)
    (folder / NAME).write_text(text + "\n", encoding="utf-8", newline="\n")


def catalogue(release: Release, folder: Path, site: str | None) -> dict[str, Any]:
    """The catalogue of one data set, its distributions the files in `folder`."""
    base = f"{site.rstrip('/')}/{release.release_id}/" if site else ""
    demonstration = release.about["kind"] == "demonstration"
    agent: dict[str, Any] = {
        "@id": f"{base}#publisher",
        "@type": "foaf:Agent",
        "foaf:name": publisher(release, "da"),
    }
    # no authority publishes made-up figures
    if not demonstration:
        agent["dct:type"] = {
            "@id": PUBLISHER_TYPE,
            "@type": "skos:Concept",
            "skos:prefLabel": _texts({"da": "Lokal myndighed", "en": "Local authority"}),
        }
    return {
        "@context": CONTEXT,
        "@id": f"{base}#catalog",
        "@type": "dcat:Catalog",
        "dct:title": _texts({n: marked(CATALOGUE[n], release.synthetic, n) for n in LANGUAGES}),
        "dct:description": _texts(_description(release)),
        "dct:publisher": agent,
        "dct:issued": _time(release),
        "dct:modified": _time(release),
        "dct:language": _languages(),
        "dct:license": _licence(release),
        "dcat:dataset": [_dataset(release, folder, base, demonstration)],
    }


def _place(release: Release) -> dict[str, Any]:
    """The municipality whose figures these are."""
    called = {n: release.place("geography", n) for n in LANGUAGES}
    known = PLACES.get(called["en"])
    said = {"@id": known} if known else {"skos:prefLabel": _texts(called)}
    return said | {"@type": "dct:Location"}


def _dataset(release: Release, folder: Path, base: str, demonstration: bool) -> dict[str, Any]:
    rights = "NON_PUBLIC" if demonstration else "PUBLIC"
    return {
        "@id": f"{base}#dataset",
        "@type": "dcat:Dataset",
        "dct:identifier": release.release_id,
        "dct:title": _texts({n: marked(TITLE[n], release.synthetic, n) for n in LANGUAGES}),
        "dct:description": _texts(_description(release)),
        "dct:publisher": {"@id": f"{base}#publisher"},
        "dcat:contactPoint": {"@type": "vcard:Kind", "vcard:fn": publisher(release, "da")},
        "dcat:theme": {
            "@id": f"{AUTHORITY}/data-theme/SOCI",
            "@type": "skos:Concept",
            "skos:prefLabel": _texts({"da": "Befolkning og samfund", "en": "Population and society"}),
        },
        "dcat:keyword": [
            {"@value": k, "@language": n} for n in LANGUAGES for k in (*KEYWORDS[n], release.place("geography", n))
        ],
        "dct:spatial": _place(release),
        "dct:temporal": _years(release),
        "dct:accrualPeriodicity": {"@id": f"{AUTHORITY}/frequency/ANNUAL", "@type": "dct:Frequency"},
        "dct:language": _languages(),
        "dct:issued": _time(release),
        "dct:modified": _time(release),
        "dct:accessRights": {"@id": f"{AUTHORITY}/access-right/{rights}", "@type": "dct:RightsStatement"},
        "dcat:version": release.release_id,
        "adms:versionNotes": _texts(
            dict.fromkeys(LANGUAGES, f"{release.about['kind']}, {release.about['code_version']}")
        ),
        "dcat:distribution": [_distribution(release, folder, base, f) for f in doors(folder)],
    }


def doors(folder: Path) -> Iterator[Path]:
    """The files that a portal offers, of those that were made."""
    for pattern in DOORS:
        yield from sorted(folder.glob(pattern))


def _distribution(release: Release, folder: Path, base: str, file: Path) -> dict[str, Any]:
    name = file.relative_to(folder).as_posix()
    media, listed = MEDIA[file.suffix]
    said: dict[str, Any] = {
        "@id": f"{base}{name}#distribution",
        "@type": "dcat:Distribution",
        "dct:title": _texts({n: marked(name, release.synthetic, n) for n in LANGUAGES}),
        "dcat:accessURL": {"@id": f"{base}{name}", "@type": "rdfs:Resource"},
        "dcat:downloadURL": {"@id": f"{base}{name}"},
        "dcat:mediaType": {"@id": f"http://www.iana.org/assignments/media-types/{media}", "@type": "dct:MediaType"},
        "dcat:byteSize": {"@value": str(file.stat().st_size), "@type": "xsd:nonNegativeInteger"},
        "dct:license": _licence(release),
        "spdx:checksum": {
            "@type": "spdx:Checksum",
            "spdx:algorithm": {"@id": "spdx:checksumAlgorithm_sha256", "@type": "spdx:ChecksumAlgorithm"},
            "spdx:checksumValue": {"@value": sha256_of(file), "@type": "xsd:hexBinary"},
        },
    }
    if listed:
        said["dct:format"] = {"@id": f"{AUTHORITY}/file-type/{listed}", "@type": "dct:MediaTypeOrExtent"}
    return said


def _texts(words: dict[str, str]) -> list[dict[str, str]]:
    return [{"@value": text, "@language": language} for language, text in words.items()]


def _description(release: Release) -> dict[str, str]:
    return {n: " ".join(notice(release, n)) for n in LANGUAGES}


def _time(release: Release) -> dict[str, str]:
    return {"@value": release.about["built_at"], "@type": "xsd:dateTime"}


def _languages() -> list[dict[str, str]]:
    return [{"@id": f"{AUTHORITY}/language/{n}", "@type": "dct:LinguisticSystem"} for n in ("DAN", "ENG")]


def _licence(release: Release) -> dict[str, str]:
    return {"@id": licence(release)["path"], "@type": "dct:LicenseDocument"}


def _years(release: Release) -> dict[str, Any]:
    """The years that the observations are of."""
    years = release.tables["output.observation"].rows["year"].to_list()
    limits = {"dcat:startDate": f"{min(years)}-01-01", "dcat:endDate": f"{max(years)}-12-31"} if years else {}
    return {"@type": "dct:PeriodOfTime"} | {n: {"@value": d, "@type": "xsd:date"} for n, d in limits.items()}
