"""Contracts of goal 2: young people in the crime statistics."""

from schemas.goals.shape import goal_contracts

CELL, GOAL = goal_contracts("goal_02_youth_crime")
