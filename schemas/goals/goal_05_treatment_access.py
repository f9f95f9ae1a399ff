"""Contracts of goal 5: access to drug treatment."""

from schemas.goals.shape import goal_contracts

CELL, GOAL = goal_contracts("goal_05_treatment_access")
