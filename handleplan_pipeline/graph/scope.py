"""What a run is about: the years and the sources that whoever launches it may choose in the launchpad."""

from enum import Enum

import dagster as dg
from pydantic import Field

from schemas.registry import delivered_sources

FIRST_YEAR = 2006
"""The first reference year (`REFERENCE_YEAR`), which the launchpad shows before it is asked."""
SourceName = Enum("SourceName", {name: name for name in delivered_sources()})  # type: ignore[misc]
"""The sources somebody delivers: the launchpad offers their names and refuses another one."""


class Scope(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Years and sources of a run. Nothing said is the yearly refresh: every year, every source.

    The years become the run's partitions when it is queued (`graph/coordinator.py`); partitions that were chosen in the
    dialog, or by a schedule, stand.
    """

    years_from: int = Field(
        FIRST_YEAR,
        description="Første referenceår. The first reference year that is made anew; 2006 is the first there is.",
    )
    years_to: int | None = Field(
        None,
        description="Sidste referenceår. The last reference year that is made anew; nothing said: the running one.",
    )
    sources: list[SourceName] = Field(
        [],
        description="Kilder, hvis modtagemappe der ses i. Sources whose landing folder is looked into; nothing said: "
        "all. Tables of the others are made of what was accepted before.",
    )

    def looks_into(self, source: str) -> bool:
        """Whether new files of this source are taken in."""
        return not self.sources or source in {s.value for s in self.sources}
