"""Contracts of goal 8: duration of partner violence."""

from schemas.goals.shape import goal_contracts

CELL, GOAL = goal_contracts("goal_08_violence_duration")
