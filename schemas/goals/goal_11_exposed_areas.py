"""Contracts of goal 11: exposed housing areas and high-risk departments."""

from schemas.goals.shape import goal_contracts

CELL, GOAL = goal_contracts("goal_11_exposed_areas")
