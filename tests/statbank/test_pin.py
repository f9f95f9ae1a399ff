"""`handleplan statbank pin`: pulled, held against the table's own description, and only then pinned; made ones never
as official. The descriptions of STRAFNA6, STRAFNA7 and FOLK1E are recorded; every answer here is made, none is real.
"""

import json
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from handleplan_pipeline.cli import app
from handleplan_pipeline.errors import ConfigurationError, SourceError
from handleplan_pipeline.settings import get_settings
from handleplan_pipeline.sources import pinned
from handleplan_pipeline.sources.statbank.extracts import (
    CONTEXT,
    EXTRACTS,
    FOLK1E_ALL,
    INDL004,
    KRISE2,
    RAS200,
    STRAFNA6,
    STRAFNA7,
    Extract,
)
from handleplan_pipeline.sources.statbank.pin import Pinning, extracts_named
from handleplan_pipeline.sources.statbank.question import asked_of
from handleplan_pipeline.sources.statbank.source import NotPulledError
from handleplan_pipeline.sources.statbank.tableinfo import parse_tableinfo
from tests.statbank import made
from tests.statbank.clients import NOW, SNAPSHOT, client, last_good
from tests.statbank.pins import of, pinning, recorded
from tests.statbank.server import REFERENCE, Faults, described

Server = tuple[str, Faults]


# -- what the repository holds ----------------------------------------------------------------------------------------


def test_the_repository_holds_no_answer_of_these_tables_and_says_how_to_get_one() -> None:
    for extract in (STRAFNA6, STRAFNA7, FOLK1E_ALL, *CONTEXT):
        with pytest.raises(
            NotPulledError, match=rf"{extract.table}: not pulled. `handleplan statbank pin {extract.id}`"
        ):
            SNAPSHOT.fetch(extract, range(2005, 2026))


def test_every_extract_can_be_named_and_no_two_share_a_file() -> None:
    assert {e.id for e in extracts_named("folk1e")} == {"folk1e", "folk1e_control", "folk1e_all"}
    assert [e.id for e in extracts_named("folk1e_all")] == ["folk1e_all"]
    assert [e.id for e in extracts_named("STRAFNA6")] == ["strafna6"]
    assert len({e.snapshot for e in EXTRACTS.values()}) == len(EXTRACTS) == 16
    with pytest.raises(ConfigurationError, match="STRAFNA99: no such table"):
        extracts_named("STRAFNA99")


@pytest.mark.parametrize(
    ("extract", "cells", "years"),
    [
        (STRAFNA6, 2 * 2 * 4 * 2 * 21, (2005, 2025)),
        (STRAFNA7, 2 * 5 * 21, (2005, 2025)),
        (FOLK1E_ALL, 2 * 2 * 126 * 5 * 19, (2008, 2026)),
    ],
    ids=lambda v: v.id if isinstance(v, Extract) else "",
)
def test_recorded_tables_have_what_is_asked_of_them(
    extract: Extract, cells: int, years: tuple[int, int], server: Server, tmp_path: Path
) -> None:
    done = pinning(server[0], recorded(tmp_path)).pin(extract)
    assert (done.cells, done.years[0], done.years[-1]) == (cells, *years)
    found = of(tmp_path).fetch(extract, range(2005, 2030))
    assert found.frame.height == cells
    assert set(found.frame["omraade"]) == {"101", "000"}
    assert (found.data_kind, found.standing.accessed) == ("synthetic", NOW.date())


# -- a made answer is never official ----------------------------------------------------------------------------------


def test_an_answer_of_any_other_address_is_not_pinned_as_official(server: Server, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="is a made one and is never pinned as official"):
        Pinning(client(server[0]), tmp_path)
    with pytest.raises(SourceError, match="not pinned among the repository's official files"):
        Pinning(client(server[0]), get_settings().reference, synthetic=True)
    with client("https://api.statbank.dk/v1") as real, pytest.raises(ConfigurationError, match="are not synthetic"):
        Pinning(real, tmp_path, synthetic=True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("url", "official"),
    [
        ("https://api.statbank.dk/v1", True),
        ("http://api.statbank.dk/v1", False),
        ("https://api.statbank.dk:8443/v1", False),
        ("https://api.statbank.dk.example/v1", False),
        ("https://api.statbank.dk@elsewhere.example/v1", False),
    ],
)
def test_whose_address_it_is(url: str, official: bool) -> None:
    with client(url) as c:
        assert c.official is official


def test_a_made_one_is_marked_in_every_place_it_stands_in(server: Server, tmp_path: Path) -> None:
    pinning(server[0], tmp_path).pin(STRAFNA6)
    for name in (STRAFNA6.snapshot, STRAFNA6.tableinfo):
        side = pinned.read_sidecar(tmp_path / "statbank" / name)
        assert (side.data_kind, side.producer, side.licence) == ("synthetic", "synthetic", "none")
        assert "SYNTHETIC" in str(side.remarks)


def test_a_made_one_replaces_no_official_one(server: Server, tmp_path: Path) -> None:
    pinning(server[0], tmp_path, official=True).pin(STRAFNA7)
    before = (tmp_path / "statbank" / STRAFNA7.snapshot).read_bytes()
    with pytest.raises(SourceError, match="a made one does not replace it"):
        pinning(server[0], tmp_path).pin(STRAFNA7)
    assert (tmp_path / "statbank" / STRAFNA7.snapshot).read_bytes() == before
    assert of(tmp_path).fetch(STRAFNA7, [2010]).data_kind == "official"


def test_a_made_description_is_no_measure_of_an_official_table(server: Server, tmp_path: Path) -> None:
    url, faults = server
    faults.info = lambda i: json.loads(json.dumps(i).replace("Persons of Danish origin", "Danish citizens"))
    pinning(url, tmp_path).pin(STRAFNA6)
    faults.info = dict
    pinning(url, tmp_path, official=True).pin(STRAFNA6)
    assert pinned.read_sidecar(tmp_path / "statbank" / STRAFNA6.tableinfo).data_kind is None


# -- verified before it is written ------------------------------------------------------------------------------------


def test_official_sidecars_say_what_was_asked_and_when(server: Server, tmp_path: Path) -> None:
    pinning(server[0], tmp_path, official=True).pin(STRAFNA7)
    _, side = pinned.read_pinned(tmp_path / "statbank" / "strafna7.csv")
    assert (side.producer, side.licence) == ("Danmarks Statistik", "CC BY 4.0, Kilde: Danmarks Statistik")
    assert (side.accessed, side.updated, side.data_kind) == (date(2026, 11, 25), "2026-04-08T08:00:00", None)
    asked = {v["code"]: v["values"] for v in (side.query or {})["variables"]}
    assert asked["OMRÅDE"] == ["101", "000"]
    assert asked["OVERTRÆD"] == ["1", "1220", "1435", "1440", "3210"]
    assert asked["Tid"] == [str(y) for y in range(2005, 2026)]


def test_nothing_is_written_of_an_answer_that_is_not_whole(server: Server, tmp_path: Path) -> None:
    url, faults = server
    faults.lines = lambda lines: lines[:-3]
    with pytest.raises(SourceError, match="STRAFNA6: 669 cells came, the selection has 672"):
        pinning(url, tmp_path, official=True).pin(STRAFNA6)
    assert list(tmp_path.iterdir()) == []


def test_a_table_that_means_something_else_is_pinned_only_after_somebody_has_read_it(
    server: Server, tmp_path: Path
) -> None:
    url, faults = server
    faults.info = lambda i: json.loads(json.dumps(i).replace("Persons of foreign origin", "Foreign citizens"))
    recorded(tmp_path)
    with pytest.raises(SourceError, match="code 6 meant 'Persons of foreign origin' and now means 'Foreign citizens'"):
        pinning(url, tmp_path, official=True).pin(STRAFNA6)
    with pytest.raises(NotPulledError):
        of(tmp_path).fetch(STRAFNA6, [2010])
    pinning(url, tmp_path, official=True, changed_meaning=True).pin(STRAFNA6)
    assert of(tmp_path).tableinfo(STRAFNA6).variable("HERKOMST1").texts["6"] == "Foreign citizens"


def test_an_answer_to_another_question_is_not_read(server: Server, tmp_path: Path) -> None:
    pinning(server[0], tmp_path).pin(STRAFNA7)
    wanted = replace(STRAFNA7, selection={**STRAFNA7.selection, "OVERTRÆD": ("1220",)})
    with pytest.raises(SourceError, match=r"another selection than is wanted now. `handleplan statbank pin strafna7`"):
        of(tmp_path).fetch(wanted, [2010])


def test_a_pinned_file_that_was_changed_is_never_read(server: Server, tmp_path: Path) -> None:
    pinning(server[0], tmp_path).pin(STRAFNA7)
    path = tmp_path / "statbank" / STRAFNA7.snapshot
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(pinned.PinnedFileError, match="was changed after it was pinned"):
        of(tmp_path).fetch(STRAFNA7, [2010])
    path.unlink()
    with pytest.raises(pinned.PinnedFileError, match="is missing"):
        of(tmp_path).fetch(STRAFNA7, [2010])


# -- tables whose description nobody had read -------------------------------------------------------------------------


def test_a_table_is_asked_in_its_own_codes_and_what_is_not_declared_at_its_total(
    server: Server, tmp_path: Path
) -> None:
    asked = asked_of(KRISE2, parse_tableinfo(json.dumps(made.TABLES["KRISE2"]).encode()))
    assert asked.selection == {
        "HERKAMS": ("T", "7", "8", "0"),
        "KMDR": ("TOT", "000001", "999999"),
        "BEBOSTAT": ("1", "3"),
    }
    done = pinning(server[0], tmp_path).pin(KRISE2)
    assert (done.cells, list(done.years)) == (4 * 3 * 2 * 3, [2019, 2020, 2021])


def test_a_table_of_numbers_has_decimals(server: Server, tmp_path: Path) -> None:
    pinning(server[0], tmp_path).pin(RAS200)
    found = of(tmp_path).fetch(RAS200, [2020]).frame
    by_hand = made.value(("101", "25", "BFK", "16-64", "TOT", "2020")) / 10
    assert found.filter(found["herkomst"] == "25")["value"].to_list() == [pytest.approx(by_hand)]


def changed(table: str, code: str, **values: str) -> dict[str, object]:
    """The made description of a table in which a variable has other codes."""
    info = json.loads(json.dumps(described(table)))
    next(v for v in info["variables"] if v["id"] == code)["values"] = [{"id": k, "text": t} for k, t in values.items()]
    return info


@pytest.mark.parametrize(
    ("extract", "info", "words"),
    [
        (
            KRISE2,
            changed("KRISE2", "BEBOSTAT", W="Women", C="Children"),
            r"KRISE2: variable BEBOSTAT has no code 1, 3. There are: W \(Women\), C \(Children\)",
        ),
        (
            replace(KRISE2, selection={**KRISE2.selection, "OMRÅDE": ("101",)}),
            described("KRISE2"),
            r"KRISE2: there is no variable OMRÅDE. There are: HERKAMS \(origin\), KMDR \(duration\), BEBOSTAT",
        ),
        (
            INDL004,
            described("INDL004"),
            r"INDL004: variable SEKTOR is not declared and has 0 codes that its labels call a total. "
            r"There are: S \(Somatic\), P \(Psychiatric\). Declare",
        ),
        (
            replace(KRISE2, time_code="{year}K1"),
            described("KRISE2"),
            r"KRISE2: no period is written like '\{year\}K1'. There are: 2019, 2020, 2021",
        ),
    ],
    ids=["code", "variable", "no total", "time"],
)
def test_what_is_declared_and_not_there_is_named_with_what_there_is(
    extract: Extract, info: dict[str, object], words: str, server: Server, tmp_path: Path
) -> None:
    url, faults = server
    faults.info = lambda _: info
    with pytest.raises(SourceError, match=words):
        pinning(url, tmp_path).pin(extract)
    assert faults.count("data") == 0
    assert list(tmp_path.iterdir()) == []


# -- live -------------------------------------------------------------------------------------------------------------


def test_a_live_answer_of_another_address_is_a_made_one(server: Server, tmp_path: Path) -> None:
    found = last_good(server[0], tmp_path).fetch(STRAFNA6, [2010, 2011])
    assert (found.standing.mode, found.data_kind, found.frame.height) == ("live", "synthetic", 2 * 2 * 4 * 2 * 2)
    server[1].always("data", lambda handler, _: handler.send(404, b""))
    again = last_good(server[0], tmp_path).fetch(STRAFNA6, [2010, 2011])
    assert (again.standing.mode, again.data_kind) == ("fallback", "synthetic")


def test_live_and_never_good_is_not_pulled_and_says_why(server: Server, tmp_path: Path) -> None:
    server[1].always("data", lambda handler, _: handler.send(404, b""))
    with pytest.raises(NotPulledError, match=r"not pulled. .* Asked live, it gave nothing: StatBank says UNKNOWN"):
        last_good(server[0], tmp_path).fetch(STRAFNA6, [2010])
    with pytest.raises(NotPulledError, match="KRISE2: not pulled"):
        last_good(server[0], tmp_path).fetch(KRISE2, [2019])


# -- the command ------------------------------------------------------------------------------------------------------


@pytest.fixture
def installed(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation whose StatBank is the made one and whose reference folder is its own, with the codes in it."""
    monkeypatch.setenv("HANDLEPLAN_STATBANK_URL", server[0])
    shutil.copytree(REFERENCE.parent / "codes", recorded(tmp_path / "reference") / "codes")
    monkeypatch.setenv("HANDLEPLAN_REFERENCE", str(tmp_path / "reference"))
    get_settings.cache_clear()
    yield tmp_path / "reference"
    get_settings.cache_clear()


def test_pin_says_what_it_pinned_and_list_what_is_there(installed: Path) -> None:
    done = CliRunner().invoke(app, ["statbank", "pin", "STRAFNA7", "--synthetic"])
    assert (done.exit_code, "strafna7: 210 cells, 2005-2025, pinned as strafna7.csv, SYNTETISK" in done.output) == (
        0,
        True,
    )
    assert (installed / "statbank" / "strafna7.csv").is_file()


def test_pin_without_a_table_goes_on_past_what_it_cannot_pull(installed: Path) -> None:
    done = CliRunner().invoke(app, ["statbank", "pin", "--synthetic"])
    assert done.exit_code == SourceError.exit_code
    assert "krise2: 72 cells" in done.output
    assert "Table does not exist: UDDAKT20" in done.output
    assert not (installed / "statbank" / "uddakt20.csv").exists()
