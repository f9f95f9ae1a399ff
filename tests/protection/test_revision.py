"""Two corrections and a release without disclosure control between them, attacked by who has kept all releases.

Slow: four whole runs of one lake.
"""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from handleplan_pipeline.catalogue import load_catalogue
from handleplan_pipeline.lake.releases import controlled, existing
from handleplan_pipeline.lake.tables import Lake
from handleplan_pipeline.protection.audit import audit
from handleplan_pipeline.protection.proof import printed
from handleplan_pipeline.protection.together import revised_by_few
from tests.lib.corrections import correct
from tests.lib.lakes import released, succeeded
from tests.protection.attacker import Attacker, Key, Remembering, Truth, at, judged, truth_of_cells, unchanged

pytestmark = pytest.mark.slow
CATALOGUE = load_catalogue()
CORRECTED = frozenset({"section_110_stays", "special_team_log"})


def untouched(attackers: list[Attacker]) -> Iterator[tuple[Key, list[Key]]]:
    """Series that rest on no source that was delivered anew are what they were, shown or not."""
    needs = {i.id: set(i.needs) for i in CATALOGUE.indicators}
    return unchanged(attackers, lambda key, _: CORRECTED.isdisjoint(needs.get(key[0], CORRECTED)))


def test_corrections_are_released_without_telling_whom_they_concern(tmp_path: Path) -> None:
    lake, landing = released(tmp_path, "0.05", "7", "2010-2012"), tmp_path / "in"
    run = ("run", "--landing", str(landing), "--lake", str(lake))
    true = [truth_of_cells(lake)]
    correct(landing, "section_110_stays", 2012, 3)
    succeeded(*run)
    true.append(truth_of_cells(lake))
    # what is printed without disclosure control is no release: the next one remembers those before it
    succeeded(*run, HANDLEPLAN_DISCLOSURE="off-not-to-be-shared")
    correct(landing, "section_110_stays", 2012, 4, number=3)
    correct(landing, "special_team_log", 2011, 2)
    succeeded(*run)
    true.append(truth_of_cells(lake))
    releases = existing(Lake(lake))
    assert [controlled(r) for r in releases] == [True, True, False, True]
    first, second, _, third = releases
    cell = lake / "tables/cell"
    assert audit(third, cell / "certificate.parquet", [first, second], kinds=cell / "kind.parquet") == []
    for earlier, now in ((first, second), (first, third), (second, third)):
        assert not list(revised_by_few(CATALOGUE, printed(now), printed(earlier)))
    before, now = printed(first), printed(second)
    # what did not change and was printed is printed again, and every year but a few is as it was
    same = {k for k, c in before.counts.items() if now.counts.get(k) == c}
    assert len(same) > 0.9 * len(before.counts)
    assert now.hidden >= before.hidden & (now.hidden | now.counts.keys())
    # every change has its reason, and all follow from the two deliveries that were corrected
    listed = pl.read_parquet(second / "parquet/meta/revision.parquet")
    assert "delivery_corrected" in set(listed["reason"])
    assert set(listed["reason"]) <= {"delivery_corrected", "disclosure"}
    assert pl.read_parquet(third / "parquet/meta/vintage.parquet")["release_id"].to_list() == [
        r.name for r in (first, second, third)
    ]
    attackers = [Attacker.of(r) for r in (first, second, third)]
    everything = Remembering(attackers, untouched(attackers))
    known: Truth = {(at((*w, "x"), n)[0], *w[1:]): c for n, t in enumerate(true) for w, c in t.items()}
    small, found = judged(everything, known)
    assert small > 1000
    assert found == []
