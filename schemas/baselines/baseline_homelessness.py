"""Contracts of the homelessness baseline: its confidential counts and the published table."""

from schemas.baselines.shape import baseline_contract
from schemas.contract import TableContract
from schemas.goals.shape import CELL_COLUMNS, CELL_KEY, CELL_RULES

BASELINE = baseline_contract("baseline_homelessness", "Baseline for hjemløshed", "Homelessness baseline")
CELL = TableContract(
    "cell",
    "baseline_homelessness",
    "Baseline for hjemløshed: optalte celler",
    "Homelessness baseline: counted cells",
    "FORTROLIG. Optællinger før diskretionering bag baseline for hjemløshed: skemaer og ophold.",
    "CONFIDENTIAL. Counts before disclosure control behind the homelessness baseline: forms and stays.",
    CELL_COLUMNS,
    CELL_KEY,
    CELL_RULES,
)
