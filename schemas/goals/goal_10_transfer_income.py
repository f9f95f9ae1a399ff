"""Contracts of goal 10: transfer income in exposed areas and departments."""

from schemas.goals.shape import goal_contracts

CELL, GOAL = goal_contracts("goal_10_transfer_income")
