"""Cell suppression for linked tables: protect, attack, verify. Usable on its own; knows no goal and no table.

A table system is a matrix `incidence` (cells x leaves, 0/1) over non-negative integer leaf counts. Who reads published
cells, and knows nothing else, can find the least and the greatest value of every hidden cell; `protect` chooses what to
hide so that each sensitive cell keeps an interval that covers what is required.
"""

from handleplan_pipeline.disclosure.attack import attack
from handleplan_pipeline.disclosure.errors import ContradictionError, DisclosureError, InfeasibleError
from handleplan_pipeline.disclosure.protect import Pattern, Protection, pattern, protect
from handleplan_pipeline.disclosure.requirement import NOT_REQUIRED, THRESHOLD
from handleplan_pipeline.disclosure.verify import Report, verify

__all__ = [
    "NOT_REQUIRED",
    "THRESHOLD",
    "ContradictionError",
    "DisclosureError",
    "InfeasibleError",
    "Pattern",
    "Protection",
    "Report",
    "attack",
    "pattern",
    "protect",
    "verify",
]
