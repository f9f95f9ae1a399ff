"""Suppliers number their rows from 1 in every file, as the specification lets them; nobody may be another for it."""

import csv
import hashlib
import io
import json
import shutil
from pathlib import Path

import pytest

from tests.lib import lakes
from tests.lib.lakes import COUNTED_CITY, count, generated, once, shared_root
from tests.recount.cities import HARD_CITY
from tests.recount.comparison import counted, differences, recount, said
from tests.recount.files import read
from tests.recount.strangers import add

pytestmark = pytest.mark.slow

NUMBERED = {
    "drug_treatment": "KONTAKTFORLOEBID",
    "psychiatry_contacts": "K_RECNUM",
    "special_team_log": "HENVENDELSE_ID",
    "crisis_centre_stays": "OPHOLD_ID",
    "dst_kraf": "JOURNR",
    "dst_victims": "JOURNR",
}


def renumber(folder: Path) -> int:
    """Gives each file's ids anew, from 1 in the order in which they come. Returns how many ids stand in two files."""
    given: dict[str, dict[str, set[str]]] = {}
    for source, name in NUMBERED.items():
        for path in sorted((folder / source).glob("*.csv")):
            manifest_path = path.with_name(f"{path.name}.manifest.json")
            manifest = json.loads(manifest_path.read_text("utf-8"))
            header, *rows = csv.reader(path.read_bytes().decode(manifest["encoding"]).splitlines(), delimiter=";")
            at = next(n for n, column in enumerate(header) if column.lstrip("\ufeff").upper() == name)
            now: dict[str, str] = {}
            for row in rows:
                was, row[at] = row[at], now.setdefault(row[at], f"N{len(now) + 1:06d}") if row[at] else row[at]
                given.setdefault(source, {}).setdefault(row[at], set()).add(was)
            text = io.StringIO()
            csv.writer(text, delimiter=";", lineterminator="\n").writerows([header, *rows])
            data = text.getvalue().encode(manifest["encoding"])
            path.write_bytes(data)
            manifest |= {"confirmed": True, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            manifest_path.write_text(json.dumps(manifest, indent=1), "utf-8")
    return sum(len(was) > 1 for ids in given.values() for was in ids.values())


def test_ids_given_anew_every_year_change_no_cell(tmp_path_factory: pytest.TempPathFactory) -> None:
    landing, before = lakes.counted(tmp_path_factory, *COUNTED_CITY)

    def anew(root: Path) -> None:
        shutil.copytree(landing, root / "in")
        assert renumber(root / "in") > 100
        count(root)

    after = once(shared_root(tmp_path_factory), "ids given anew", anew) / "lake"
    found = differences(counted(before), counted(after))
    assert not found, said(found)


def test_both_counts_agree_on_a_hard_city_whose_ids_are_given_anew(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    shutil.copytree(generated(tmp_path_factory, *HARD_CITY), tmp_path / "in")
    add(tmp_path / "in", 3)
    renumber(tmp_path / "in")
    count(tmp_path)
    found = differences(recount(read(tmp_path / "in")), counted(tmp_path / "lake"))
    assert not found, said(found)
