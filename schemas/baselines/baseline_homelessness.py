"""Contracts of the homelessness baseline: its confidential counts and the published table."""

from schemas.baselines.shape import baseline_contract
from schemas.contract import TableContract
from schemas.goals.shape import CELL_COLUMNS, CELL_KEY, CELL_RULES

BASELINE = baseline_contract("baseline_homelessness")
CELL = TableContract(
    "cell",
    "baseline_homelessness",
    "Optalte celler, baseline",
    "Counted cells, baseline",
    "FORTROLIG. Optællinger før diskretionering bag baselinen: skemaer og ophold.",
    "CONFIDENTIAL. Counts before disclosure control behind the baseline: forms and stays.",
    CELL_COLUMNS,
    CELL_KEY,
    CELL_RULES,
)
