"""Where the pipeline still reads a definition otherwise: reported, and to be mended there, never here.

Each entry puts the pipeline's reading in place of the recount's. With all of them every cell is the same; a test says
when one is no longer needed, and then it goes.
"""

from types import ModuleType
from typing import Any

from tests.recount import housing, treatment

PENDING: dict[str, tuple[ModuleType, str, Any]] = {
    "I03: CPR status 05, 07, 30, 50, 60 or 70 at follow-up is unknown (record 0042), not an address that is no home": (
        housing,
        "says_nothing",
        lambda address: address is None,
    ),
    "I05c: who is missing from the next file has left by the end of the year (open world 1), so within 90 days": (
        treatment,
        "left_early",
        lambda one: one.last - one.first <= treatment.EARLY and all(c["BEHANDLINGAFSLUTTETDATO"] for c in one.contacts),
    ),
    "I05d_unknown: a residential stay that is missing from the next file ended, for no stated reason": (
        treatment,
        "has_ended",
        lambda row: row["BEHANDLINGAFSLUTTETDATO"] is not None,
    ),
    "I07: of two statuses as near the earlier, as with addresses; nothing says the later": (
        treatment,
        "nearest",
        lambda said, day: min(said, key=lambda s: (abs(s[0] - day), s[0] < day, s[0]), default=None),
    ),
}
