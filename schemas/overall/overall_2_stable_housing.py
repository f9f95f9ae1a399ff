"""Contract of overall indicator 2: a more stable housing situation."""

from schemas.overall.shape import overall_contract

OVERALL = overall_contract("overall_2_stable_housing")
