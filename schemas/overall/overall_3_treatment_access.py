"""Contract of overall indicator 3: persons with cocaine use in treatment."""

from schemas.overall.shape import overall_contract

OVERALL = overall_contract("overall_3_treatment_access")
