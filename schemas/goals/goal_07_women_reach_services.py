"""Contracts of goal 7: women who make use of municipal services."""

from schemas.goals.shape import goal_contracts

CELL, GOAL = goal_contracts("goal_07_women_reach_services")
