"""Contract of the psychiatry baseline."""

from schemas.baselines.shape import baseline_contract

BASELINE = baseline_contract("baseline_psychiatry")
