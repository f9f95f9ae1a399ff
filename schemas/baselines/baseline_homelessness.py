"""Contract of the homelessness baseline."""

from schemas.baselines.shape import baseline_contract

BASELINE = baseline_contract("baseline_homelessness", "Baseline for hjemløshed", "Homelessness baseline")
