"""Contract of overall indicator 1: completed 9th grade."""

from schemas.overall.shape import overall_contract

OVERALL = overall_contract("overall_1_ninth_grade")
