"""A generated region, and the files each municipality would have been sent if it stood alone.

They are cut here by another head than the pipeline's: raw files, suppliers' own variable names, and the sentence of
`population_en` in Python sets. Nothing of `Delivery.cut` is read.
"""

import shutil
from pathlib import Path

import polars as pl
import pytest

from handleplan_pipeline.sources.deliveries.declared import delivery_of
from handleplan_pipeline.synthetic.cover import Files
from handleplan_pipeline.synthetic.files import confirm_small_years, write_delivery
from tests.lib.lakes import once, shared_root, succeeded

CITIES = ("101", "147", "185")
SIZE = ("--scale", "0.012", "--years", "2006-2012", "--seed", "11")
NAMES_IT = {
    "dst_bua": ("HKOM",),
    "dst_bufo": ("HKOM",),
    "drug_treatment": ("KOM",),
    "section_110_stays": ("BOFORM_KOM", "BETALINGSKOM"),
    "sfi_person_forms": ("KOMMUNE",),
    "dst_kraf": ("AFG_GERKOM",),
}
"""Variables that say whose a row is."""
OF_RESIDENTS = (
    "dst_kraf",
    "dst_victims",
    "psychiatry_contacts",
    "psychiatry_contacts_lpr3",
    "psychiatry_discharge_notifications",
)
OF_CHILDREN = ("dst_kotre", "dst_udfk", "dst_education_background", "dst_income")
"""About children whom a measure of the municipality was for."""


def person_of(source: str) -> str | None:
    person = delivery_of(source).person_variable
    return person.name if person else None


def sent_to(nation: Files, own: Files, code: str) -> dict[tuple[str, int], pl.DataFrame]:
    """Every file of a municipality that stands alone."""
    population = {p: f for (s, p), f in nation.frames.items() if s == "dst_bef"}
    residents = {p: set(f.filter(pl.col("KOM") == code)["PNR"]) for p, f in population.items()}
    measures = [f for (s, _), f in nation.frames.items() if s in ("dst_bua", "dst_bufo")]
    children = {n for f in measures for n, m in f.select("PNR", "HKOM").rows() if m == code}
    found = dict(own.frames)
    for (source, period), frame in nation.frames.items():
        mine = pl.lit(value=False)
        for name in NAMES_IT.get(source, ()):
            mine = mine | (pl.col(name) == code).fill_null(value=False)
        if source in OF_RESIDENTS:
            mine = mine | pl.col(str(person_of(source))).is_in(residents.get(period, set()))
        if source in OF_CHILDREN:
            mine = mine | pl.col(str(person_of(source))).is_in(children)
        if source != "dst_bef":
            found[source, period] = frame.filter(mine)
    named: dict[int, set[str]] = {}
    for (source, period), frame in found.items():
        if (name := person_of(source)) is not None:
            for year in (period, period + 1):
                named.setdefault(year, set()).update(frame[name].drop_nulls())
    for period, frame in population.items():
        found["dst_bef", period] = frame.filter((pl.col("KOM") == code) | pl.col("PNR").is_in(named[period]))
    return found


def alone(region: Path, code: str, out: Path) -> Path:
    """The folder of deliveries of a municipality that stands alone."""
    own = Files.read(region / code)
    for (source, period), frame in sorted(sent_to(Files.read(region / "nation"), own, code).items()):
        write_delivery(out, delivery_of(source), period, frame.to_dict())
    confirm_small_years(out)
    return out


def made(root: Path) -> None:
    """The region's files, its national lake, a lake per municipality, and each municipality alone; all counted."""
    succeeded("region", "synthesize", "--out", str(root / "in"), "--municipalities", ",".join(CITIES), *SIZE)
    settings = {"HANDLEPLAN_NATIONAL_LAKE": str(root / "national")}
    succeeded("region", "ingest", "--landing", str(root / "in" / "nation"), **settings)
    cities = ("--municipalities", ",".join(CITIES), "--landings", str(root / "in"))
    succeeded("region", "run", "--job", "count", *cities, **settings)
    for code in CITIES:
        landing = alone(root / "in", code, root / "alone" / code / "in")
        lake = ("--lake", str(root / "alone" / code / "lake"))
        succeeded("run", "--job", "count", "--landing", str(landing), *lake, HANDLEPLAN_MUNICIPALITY=code)


@pytest.fixture(scope="session")
def region(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A region that was counted in both ways; nobody writes into it."""
    return once(shared_root(tmp_path_factory), f"region {CITIES} {SIZE}", made)


@pytest.fixture
def copied(region: Path, tmp_path: Path) -> Path:
    """The same, to be written into."""
    place = tmp_path / "region"
    shutil.copytree(region, place, symlinks=True)
    return place
